"""Lanes answer as the routes do, byte for byte."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from app.api import item_lanes
from app.api.lanes import Lanes
from app.main import create_app
from app.services.features.collections import _collections
from app.services.pages import PreparedPages
from tests.app.scene import Showcase

_OF_THE_REQUEST = {"x-request-id"}


@pytest.fixture(scope="module")
def routed(showcase: Showcase) -> Iterator[TestClient]:
    """A caller of the showcase whose requests all go to the routes."""
    app = create_app(runtime=showcase.runtime)
    app.user_middleware = [one for one in app.user_middleware if one.cls is not Lanes]
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as caller:
        yield caller


def _told(answer: Any) -> tuple[Any, ...]:
    kept = {name: text for name, text in answer.headers.items() if name not in _OF_THE_REQUEST}
    return answer.status_code, kept, answer.content


def _items(visitor: TestClient, name: str) -> list[dict[str, Any]]:
    page = visitor.get(f"/api/collections/{name}/items", params={"limit": 3})
    return list(page.json()["features"])


@pytest.mark.parametrize("name", list(_collections()))
def test_feature_is_that_of_the_route(visitor: TestClient, routed: TestClient, name: str) -> None:
    listed = _items(visitor, name)
    assert listed
    for feature in listed:
        for query in ("", "?f=json"):
            address = f"/api/collections/{name}/items/{feature['id']}{query}"
            quick, usual = visitor.get(address), routed.get(address)
            assert quick.status_code == 200
            assert _told(quick) == _told(usual)


BOXES = [
    None, "-180,-90,180,90", "5.73,50.96,5.75,50.98", "5.74,50.97,5.7400001,50.9700001",
    "5.74,50.97,5.74,50.97", "170,-90,5.74,90", "179,-90,-179,90", "0,0,1,0,10,2",
    "2.9,44.9,3.2,45.3", "-180,50.97,180,50.9701", "5.74,-90,5.7401,90",
]  # fmt: skip


@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("name", list(_collections()))
def test_pages_are_those_of_the_route(
    visitor: TestClient, routed: TestClient, name: str, box: str | None
) -> None:
    for limit in (3, 40):
        address = f"/api/collections/{name}/items?limit={limit}" + (f"&bbox={box}" if box else "")
        for _ in range(3):
            quick, usual = visitor.get(address), routed.get(address)
            assert quick.status_code == 200
            assert _told(quick) == _told(usual)
            following = [one for one in quick.json()["links"] if one["rel"] == "next"]
            if not following:
                break
            address = following[0]["href"]


@pytest.mark.parametrize("headers", [{}, {"If-None-Match": '"another"'}])
def test_page_that_takes_long_is_that_of_the_route(
    visitor: TestClient,
    routed: TestClient,
    monkeypatch: pytest.MonkeyPatch,
    headers: dict[str, str],
) -> None:
    asked = []

    async def fetch_slowly(*_: Any, **__: Any) -> None:
        # Meanwhile it is watched whether the caller goes away.
        await asyncio.sleep(0.2)
        asked.append(1)

    monkeypatch.setattr(item_lanes, "fetch_page", fetch_slowly)
    address = "/api/collections/samples/items?limit=3&bbox=5.73,50.96,5.75,50.98"
    quick, usual = (one.get(address, headers=headers) for one in (visitor, routed))
    assert asked == [1]
    assert quick.status_code == 200
    assert _told(quick) == _told(usual)


def test_pages_of_many_small_boxes_hold_what_lies_in_them(
    visitor: TestClient, routed: TestClient
) -> None:
    rng = np.random.default_rng(4)
    found = 0
    for _ in range(40):
        west, south = rng.uniform(5.70, 5.76), rng.uniform(50.95, 50.99)
        side = 10 ** rng.uniform(-3.5, -1.5)
        box = f"{west:.6f},{south:.6f},{west + side:.6f},{south + side:.6f}"
        address = f"/api/collections/samples/items?limit=100&bbox={box}"
        quick, usual = visitor.get(address), routed.get(address)
        assert quick.content == usual.content
        found += len(quick.json()["features"])
    assert found > 200


@pytest.mark.parametrize("query", [
    "limit=0", "limit=01", "limit=x", "limit=999999999", "limit=9999999999", "limit=2&limit=3",
    "bbox=", "bbox=1,2,3", "bbox=0,1,0,0", "bbox=nan,0,1,1", "bbox=0,0,1,91", "bbox=0,0,181,1",
    "cursor=", "cursor=x", "cursor=WzFd", "cursor=WzEsMl0", "bbox=0,0,1,1&bbox-crs=nowhere",
    "crs=nowhere", "f=html", "f=pdf", "sortby=sample", "unknown=1", "count=true", "limit=3&f=json",
    "limit=3&f=json&bbox=5.7,50.9,5.8,51", "limit=+3", "limit=3&", "limit=%33",
    "limit=3&properties=sample",
])  # fmt: skip
def test_whatever_is_asked_is_answered_alike(
    visitor: TestClient, routed: TestClient, query: str
) -> None:
    for name in ("samples", "results", "nothing"):
        address = f"/api/collections/{name}/items?{query}"
        quick, usual = visitor.get(address), routed.get(address)
        assert quick.status_code == usual.status_code
        if quick.status_code == 200:
            assert _told(quick) == _told(usual)
        else:
            wrong, same = quick.json(), usual.json()
            assert wrong.pop("request_id") != same.pop("request_id")
            assert wrong == same


@pytest.mark.parametrize("headers", [
    {"Accept-Encoding": "zstd"}, {"Accept-Encoding": "gzip, br;q=0.5"},
    {"Accept-Encoding": "identity"}, {"Accept": "application/geo+json"},
    {"Accept": "text/html"}, {"Authorization": "Bearer x"}, {"X-Request-ID": "mine"},
    {"If-None-Match": "*"}, {"If-None-Match": "\"another\""},
    {"Host": "evil.example", "X-Request-ID": "mine"},
])  # fmt: skip
def test_headers_are_held_to_alike(
    visitor: TestClient, routed: TestClient, headers: dict[str, str]
) -> None:
    [feature, *_] = _items(visitor, "hotspots")
    address = f"/api/collections/hotspots/items/{feature['id']}"
    for method in ("GET", "HEAD"):
        told = [_told(one.request(method, address, headers=headers)) for one in (visitor, routed)]
        assert told[0] == told[1]


@pytest.mark.parametrize("rest", [
    "sm_00000000000000000000000000000000", "nothing", "sm_%00", "x?f=xml", "x?f=json&f=json",
    "x?limit=1", "x?crs=nowhere", "x/", "", "x?f=%00", "x?unknown=1",
])  # fmt: skip
def test_what_is_wrong_is_said_alike(visitor: TestClient, routed: TestClient, rest: str) -> None:
    for name in ("samples", "nothing", "hl_00000000000000000000000000000000"):
        address = f"/api/collections/{name}/items/{rest}"
        quick, usual = visitor.get(address), routed.get(address)
        assert quick.status_code == usual.status_code
        if quick.status_code >= 400:
            wrong, same = quick.json(), usual.json()
            assert wrong.pop("request_id") != same.pop("request_id")
            assert wrong == same


def test_one_known_already_is_not_sent_again(visitor: TestClient, routed: TestClient) -> None:
    [feature, *_] = _items(visitor, "samples")
    address = f"/api/collections/samples/items/{feature['id']}"
    tag = visitor.get(address, headers={"Accept-Encoding": "gzip"}).headers["etag"]
    quick, usual = (one.get(address, headers={"If-None-Match": tag}) for one in (visitor, routed))
    assert quick.status_code == 304
    assert _told(quick) == _told(usual)


def test_hidden_feature_is_not_found(visitor: TestClient, showcase: Showcase) -> None:
    hidden = [uid for uid in showcase.secret_ids if uid.startswith("sm_")]
    assert hidden
    for uid in hidden[:3]:
        assert visitor.get(f"/api/collections/samples/items/{uid}").status_code == 404


@pytest.mark.parametrize("name", ["samples", "results"])
def test_prepared_pages_are_those_of_the_route(
    showcase: Showcase, routed: TestClient, tmp_path: Path, name: str
) -> None:
    pages = PreparedPages(showcase.runtime.database, tmp_path, 10**9, 60_000, fewest=1)
    runtime = replace(showcase.runtime)
    runtime.__dict__["prepared_pages"] = pages
    base = f"/api/collections/{name}/items?limit=3"
    with TestClient(create_app(runtime=runtime), base_url="http://127.0.0.1") as caller:
        assert caller.get(base).status_code == 200
        pages._threads._pool.shutdown(wait=True)
        for box in BOXES:
            address = base + (f"&bbox={box}" if box else "")
            quick, usual = caller.get(address), routed.get(address)
            assert _told(quick) == _told(usual)
            again = caller.get(address, headers={"If-None-Match": quick.headers["etag"]})
            assert again.status_code == 304
        large = base.replace("limit=3", "limit=9000")
        assert _told(caller.get(large)) == _told(routed.get(large))
        assert pages._kept.keys() == {name}


@pytest.mark.parametrize("name", ["samples", "results"])
def test_prepared_feature_is_that_of_the_route(
    showcase: Showcase,
    routed: TestClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    pages = PreparedPages(showcase.runtime.database, tmp_path, 10**9, 60_000, fewest=1)
    runtime = replace(showcase.runtime)
    runtime.__dict__["prepared_pages"] = pages
    base = f"/api/collections/{name}/items"
    with TestClient(create_app(runtime=runtime), base_url="http://127.0.0.1") as caller:
        listed = [feature["id"] for feature in caller.get(f"{base}?limit=9000").json()["features"]]
        pages._threads._pool.shutdown(wait=True)
        absent = [f"{base}/{uid}" for uid in (*showcase.secret_ids, listed[0][:-1], "x" * 300)]
        for address in absent:
            quick, usual = caller.get(address), routed.get(address)
            assert quick.status_code == usual.status_code == 404
        monkeypatch.setattr(item_lanes, "fetch_feature", None)
        for uid in listed[:: len(listed) // 50]:
            address = f"{base}/{uid}"
            quick, usual = caller.get(address), routed.get(address)
            assert quick.json()["id"] == uid
            assert _told(quick) == _told(usual)
            again = caller.get(address, headers={"If-None-Match": quick.headers["etag"]})
            assert again.status_code == 304
