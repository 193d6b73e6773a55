"""Parsed parameters, and the operator's key."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.api.deps import parse_bbox
from app.errors import InvalidRequest
from tests.app.conftest import KEY
from tests.app.scene import Showcase


@pytest.mark.parametrize(
    ("text", "boxes"),
    [
        ("1,2,3,4", ((1, 2, 3, 4),)),
        ("-180,-90,180,90", ((-180, -90, 180, 90),)),
        ("1,2,-5,3,4,1000", ((1, 2, 3, 4),)),
        ("177,65,-177,70", ((177, 65, 180, 70), (-180, 65, -177, 70))),
        ("180,-90,-180,90", ((180, -90, 180, 90), (-180, -90, -180, 90))),
        ("5,5,5,5", ((5, 5, 5, 5),)),
    ],
)
def test_box(text: str, boxes: tuple[Any, ...]) -> None:
    assert parse_bbox(text) == boxes


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1,2,3",
        "1,2,3,4,5",
        "1,2,3,4,5,6,7",
        "a,b,c,d",
        "nan,nan,nan,nan",
        "1,2,nan,4",
        "1,2,inf,4",
        "1,2,1e999,4",
        "1,4,3,2",
        "1,-91,3,2",
        "1,2,3,90.1",
        "-181,2,3,4",
        "1,2,181,4",
        "1;2;3;4",
        "1,2,3,",
        "1_0,2,3,4",
        "١,2,3,4",
    ],
)
def test_no_box(text: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_bbox(text)
    assert caught.value.details == {"parameter": "bbox"}
    assert "bbox" in caught.value.message


def _guarded(showcase: Showcase) -> list[tuple[str, str]]:
    return [
        ("POST", "/api/surfaces"),
        ("POST", "/api/hotspots"),
        ("POST", "/api/hotspots/batch"),
        ("PUT", "/api/guidelines/frameworks/OWN_X"),
        ("DELETE", "/api/guidelines/frameworks/OWN_X"),
        ("POST", "/api/imports"),
        ("GET", "/api/imports"),
        ("GET", "/api/imports/im_x"),
        ("GET", "/api/imports/im_x/quarantine.csv"),
        ("GET", "/api/imports/im_x/report.json"),
        ("GET", "/api/imports/im_x/report.html"),
        ("GET", "/api/imports/im_x/report.csv"),
        ("GET", f"/api/imports/files/{'0' * 64}"),
        ("PUT", f"/api/imports/files/{'0' * 64}"),
        ("GET", f"/api/imports/files/{'0' * 64}/upload"),
        ("PATCH", f"/api/imports/files/{'0' * 64}/upload"),
        ("DELETE", f"/api/imports/files/{'0' * 64}/upload"),
        ("POST", "/api/boundaries"),
        ("DELETE", "/api/boundaries/x"),
        ("POST", "/api/imports/im_x/preview"),
        ("POST", "/api/imports/im_x/confirm"),
        ("POST", "/api/imports/im_x/undo"),
        ("POST", "/api/imports/im_x/mapping"),
        ("GET", "/api/mappings"),
        ("GET", "/api/mappings/x"),
        ("PUT", "/api/mappings/x"),
        ("DELETE", "/api/mappings/x"),
        ("DELETE", "/api/jobs/jb_x"),
    ]


def test_every_write_and_every_read_of_imports_needs_the_key(
    visitor: TestClient, showcase: Showcase
) -> None:
    bodies: dict[str, Any] = {
        "/api/surfaces": {"json": {"contaminant": "zn"}},
        "/api/hotspots": {"json": {"contaminant": "zn", "threshold": 1}},
        "/api/hotspots/batch": {"json": {"contaminant": "zn", "threshold": 1}},
        "/api/imports": {"data": {"dataset": "d"}, "files": {"file": b"x"}},
        "/api/boundaries": {"data": {"name": "d"}, "files": {"file": b"x"}},
        "/api/imports/im_x/preview": {"json": {}},
        "/api/imports/im_x/mapping": {"json": {"name": "x"}},
    }
    for method, path in _guarded(showcase):
        said = bodies.get(path, {}) if method == "POST" else {}
        for given in (None, "Bearer", "Bearer wrong", f"Basic {KEY}", f"Bearer {KEY}x", KEY):
            headers = {} if given is None else {"Authorization": given}
            answer = visitor.request(method, path, headers=headers, **said)
            assert answer.status_code == 401, (method, path, given)
            assert answer.headers["www-authenticate"] == "Bearer"
            assert "hotspots key show" in answer.json()["detail"]


def test_no_route_that_writes_was_forgotten(visitor: TestClient, showcase: Showcase) -> None:
    paths = visitor.get("/api/openapi.json").json()["paths"]
    writes = {
        (method.upper(), path)
        for path, methods in paths.items()
        for method in methods
        if method in {"post", "put", "patch", "delete"}
    }
    # Questions too long for an address.
    asked = {
        ("POST", f"/api/surfaces/{{surface_id}}/{name}") for name in ("value", "profile", "zonal")
    }
    assert writes - asked == {
        ("POST", "/api/surfaces"),
        ("POST", "/api/hotspots"),
        ("POST", "/api/hotspots/batch"),
        ("PUT", "/api/guidelines/frameworks/{name}"),
        ("DELETE", "/api/guidelines/frameworks/{name}"),
        ("POST", "/api/imports"),
        ("PUT", "/api/imports/files/{sha256}"),
        ("PATCH", "/api/imports/files/{sha256}/upload"),
        ("DELETE", "/api/imports/files/{sha256}/upload"),
        ("POST", "/api/boundaries"),
        ("DELETE", "/api/boundaries/{name}"),
        ("POST", "/api/imports/{import_id}/preview"),
        ("POST", "/api/imports/{import_id}/confirm"),
        ("POST", "/api/imports/{import_id}/undo"),
        ("POST", "/api/imports/{import_id}/mapping"),
        ("PUT", "/api/mappings/{name}"),
        ("DELETE", "/api/mappings/{name}"),
        ("DELETE", "/api/jobs/{job_id}"),
        ("POST", "/api/members"),
    }
