"""Tags and 304: the same bytes have the same tag, others have another."""

import pytest
from fastapi.testclient import TestClient

from app.api.freshness import matching
from tests.app import scene
from tests.app.conftest import KEY
from tests.app.scene import Showcase

PLAIN = {"Accept-Encoding": "identity"}
ITEMS = "/api/collections/samples/items?limit=20"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (None, None),
        ("", None),
        ('"a"', '"a"'),
        ('"b", "a"', '"a"'),
        ('W/"a"', 'W/"a"'),
        ('"a-gzip"', '"a-gzip"'),
        ("*", '"a"'),
        ("a", None),
        ('"ab"', None),
        ('"b"', None),
    ],
)
def test_matching(asked: str | None, found: str | None) -> None:
    assert matching(asked, '"a"') == found


@pytest.mark.parametrize(
    "path",
    ["/api", "/api/contaminants", "/api/surfaces", "/api/hotspots", "/api/datasets", ITEMS, "/"],
)
def test_known_answer_is_a_304_without_a_body(visitor: TestClient, path: str) -> None:
    for encoding in ("identity", "gzip"):
        first = visitor.get(path, headers={"Accept-Encoding": encoding})
        assert first.status_code == 200
        asked = {"Accept-Encoding": encoding, "If-None-Match": first.headers["etag"]}
        for method in ("GET", "HEAD"):
            again = visitor.request(method, path, headers=asked)
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == first.headers["etag"]
            assert again.headers["cache-control"] == first.headers["cache-control"] == "no-cache"


def test_packed_bytes_have_a_tag_of_their_own(visitor: TestClient) -> None:
    plain = visitor.get(ITEMS, headers=PLAIN)
    packed = visitor.get(ITEMS, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert plain.headers["etag"] != packed.headers["etag"]
    assert "Accept-Encoding" in plain.headers["vary"]
    assert "Accept-Encoding" in packed.headers["vary"]


def test_tag_changes_with_what_is_shown(operator: TestClient) -> None:
    runtime = operator.app.state.runtime  # type: ignore[attr-defined]
    before = operator.get(ITEMS, headers=PLAIN)
    rows = "id,lon,lat,zinc\nA,5.1,51.1,10\n"
    taken = scene.take_in(runtime, rows, dataset="d", visibility="public", epsg=4326, unit="mg/kg")
    assert taken["status"] == "loaded"
    after = operator.get(ITEMS, headers=PLAIN | {"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert after.headers["etag"] != before.headers["etag"]
    # Nobody between the operator and the service may keep what the key opened.
    assert after.headers["cache-control"] == "private, no-cache"


def test_tile_is_asked_about_each_time_and_not_painted_again(
    visitor: TestClient, showcase: Showcase, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/api/surfaces/{showcase.zinc}/tiles/WebMercatorQuad/12/1371/2113.png"
    first = visitor.get(path)
    assert first.headers["cache-control"] == "no-cache"
    tag = first.headers["etag"]
    assert visitor.get(path + "?layer=probability&threshold=9").headers["etag"] != tag
    monkeypatch.setattr(showcase.runtime.painter, "tile", None)
    again = visitor.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.headers["etag"]) == (304, tag)
    assert again.headers["cache-control"] == "no-cache"


def test_nothing_that_may_become_private_is_kept_unasked(
    visitor: TestClient, showcase: Showcase
) -> None:
    for path in (
        f"surfaces/{showcase.zinc}/tiles/WebMercatorQuad/0/0/0.png",
        f"downloads/{showcase.zinc}.tif",
        f"collections/{showcase.layer}/tiles/WebMercatorQuad/0/0/0",
        "collections/samples/tiles/WebMercatorQuad/0/0/0",
        "downloads/sources.gpkg",
    ):
        assert visitor.get(f"/api/{path}").headers["cache-control"] == "no-cache"
        with_key = visitor.get(f"/api/{path}", headers={"Authorization": f"Bearer {KEY}"})
        assert with_key.headers["cache-control"] == "private, no-cache"


def test_errors_and_writing_are_never_kept(visitor: TestClient) -> None:
    for answer in (
        visitor.get("/api/nothing"),
        visitor.get("/api/collections/samples/items?limit=0", headers={"If-None-Match": "*"}),
        visitor.post("/api/surfaces", json={}),
        visitor.get("/api/imports", headers={"Authorization": f"Bearer {KEY[:-1]}"}),
    ):
        assert answer.status_code >= 400
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers
