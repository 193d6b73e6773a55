"""What a route does not know, it refuses."""

from itertools import cycle

import pytest
from fastapi.testclient import TestClient

ITEMS = "/api/collections/{}/items"
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
        "filter-crs, filter-lang, layer, limit, properties, sortby, and properties of the "
        "collection (its queryables)."
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


def test_properties_are_parameters_where_features_are_read_and_told_once(
    visitor: TestClient,
) -> None:
    document = visitor.get("/api/openapi.json").json()
    told = document["components"]["parameters"]
    takers = set()
    for path, methods in document["paths"].items():
        for operation in methods.values():
            listed = operation.get("parameters", [])
            own = [one["name"] for one in listed if "$ref" not in one]
            named = [one["$ref"].rpartition("/")[2] for one in listed if "$ref" in one]
            if named:
                takers.add(path.rpartition("/")[2])
                assert set(named) == set(told), path
                # What has two meanings would be read in one of them only.
                assert len(set(own + named)) == len(own) + len(named), path
    expected = {"items", "statistics", "tilejson.json", "style.json", "{x}", "{layer_id}.{ending}"}
    assert takers == expected
    assert told["value"]["schema"]["type"] == "number"
    assert told["sampled_from"]["schema"]["format"] == "date"
    assert not {"threshold", "contaminant", "results", "contaminants"} & set(told)


def test_strange_values_of_properties_are_400_and_name_them(visitor: TestClient) -> None:
    told = visitor.get("/api/openapi.json").json()["components"]["parameters"]
    values = cycle(["", "NaN", "1_0", "2020-02-30", "1e999", "'; --", "٣"])
    for name, parameter in told.items():
        collection = parameter["description"].rpartition(" ")[2].rstrip(".")
        value = next(values)
        answer = visitor.get(ITEMS.format(collection), params={name: value, "limit": 1})
        if parameter["schema"]["type"] == "string" and "format" not in parameter["schema"]:
            assert (answer.status_code, answer.json()["features"]) == (200, []), name
        else:
            assert (answer.status_code, answer.json()["parameter"]) == (400, name), value


def test_property_of_another_collection_is_400_with_those_there_are(visitor: TestClient) -> None:
    for query in ("value=3", "threshold=3", "contaminant=zn", "geometry=x", "working_groups=a"):
        answer = visitor.get(f"{ITEMS.format('members')}?{query}")
        assert answer.status_code == 400
        assert answer.json()["parameter"] == query.partition("=")[0]
    detail = visitor.get(f"{ITEMS.format('members')}?value=3").json()["detail"]
    assert detail.endswith("There are: bbox, datetime, name, kind, organisation, city, country.")
