"""What a route does not know, it refuses."""

import pytest
from fastapi.testclient import TestClient

PATHS = [
    "/api",
    "/api/conformance",
    "/api/collections",
    "/api/collections/samples",
    "/api/collections/samples/items",
    "/api/contaminants",
    "/api/guidelines",
    "/api/source-types",
    "/api/datasets",
    "/api/surfaces",
    "/api/hotspots",
    "/api/map",
    "/api/members/places",
    "/health/live",
]


@pytest.mark.parametrize("path", PATHS)
def test_unknown_parameter_is_named(visitor: TestClient, path: str) -> None:
    answer = visitor.get(path, params={"limt": "5"})
    assert answer.status_code == 400
    assert answer.json()["parameter"] == "limt"
    assert answer.json()["detail"].startswith("There is no parameter 'limt' here. There are: ")


def test_known_parameters_are_listed(visitor: TestClient) -> None:
    detail = visitor.get("/api/collections/samples/items?Limit=5").json()["detail"]
    assert detail.endswith(
        "bbox, bbox-crs, contaminant, count, crs, cursor, dataset, datetime, f, filter, "
        "filter-crs, filter-lang, layer, limit, properties, sortby."
    )


@pytest.mark.parametrize(
    "path",
    [
        "/api/collections/samples/items?contaminant=%00",
        "/api/collections/samples/items?dataset=%00",
        "/api/guidelines?framework=a%00b",
        "/api/surfaces?contaminant=%00",
        "/api/hotspots?contaminant=%00",
        "/api/members/places?q=%00%00",
    ],
)
def test_nul_in_a_parameter_is_400(visitor: TestClient, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status_code == 400
    assert "NUL" in answer.json()["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/collections/%00",
        "/api/collections/samples/items/%00",
        "/api/surfaces/%00",
        "/api/hotspots/%00",
        "/api/jobs/%00",
        "/api/jobs/%F0%9F%92%A5",
        "/api/surfaces/sf_%ff",
    ],
)
def test_strange_ids_are_not_found(visitor: TestClient, path: str) -> None:
    assert visitor.get(path).status_code == 404


def test_parameter_said_twice_is_400(visitor: TestClient) -> None:
    answer = visitor.get("/api/collections/samples/items?limit=5&limit=6")
    assert answer.status_code == 400
    assert answer.json()["parameter"] == "limit"
    assert "once" in answer.json()["detail"]
