"""Lanes answer as the routes do, byte for byte."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.api.lanes import Lanes
from app.main import create_app
from app.services.features.collections import _collections
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
