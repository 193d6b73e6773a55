"""Whoever asks the same is told the same, as long as it holds, and of so many bytes at most."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.api import tile_lanes
from app.api.recent import Address, Answer, RecentAnswers, address_of
from app.services.datasets import DatasetTerms
from app.services.runtime import Runtime
from tests.app.scene import ensure, soil_csv, take_in

TILE = "/api/collections/samples/tiles/WebMercatorQuad/9/171/263"


def _address(path: str) -> Address:
    return ("http", path, b"", b"h", None, None)


def _answer(body: bytes | None = b"x", *, holds: bool = True) -> Answer:
    return Answer(lambda: holds, '"t"', {"Vary": "Accept", "X-Own": "1"}, True, body)


def test_answer_is_given_again_while_it_holds() -> None:
    recent, holding = RecentAnswers(), [True]
    recent.put(_address("/a"), Answer(lambda: holding[0], '"t"', {}, True, b"x"))
    assert recent.get(_address("/a")) is not None
    assert recent.get(_address("/b")) is None
    holding[0] = False
    assert recent.get(_address("/a")) is None
    holding[0] = True  # a state that returns
    assert recent.get(_address("/a")) is not None


def test_those_asked_for_longest_ago_make_room() -> None:
    recent = RecentAnswers(most_bytes=3 * (2048 + 1000))
    for name in "abc":
        recent.put(_address(name), _answer(bytes(1000)))
    recent.get(_address("a"))
    recent.put(_address("c"), _answer(bytes(1000)))  # in its own place
    recent.put(_address("d"), _answer(bytes(1000)))
    assert [recent.get(_address(name)) is not None for name in "abcd"] == [True, False, True, True]


def test_who_has_the_answer_is_told_so_by_the_tag_they_sent() -> None:
    answer = _answer()
    told = dict(answer.said_to('"other", "t-zstd"') or [])
    assert told == {
        b"cache-control": b"no-cache",
        b"vary": b"Accept, Accept-Encoding",
        b"etag": b'"t-zstd"',
    }
    assert answer.said_to('"other"') is None
    for number in range(20):
        answer.said_to(f'"{number}", "t"')
    assert answer.said_to('"99", "t"') is None  # the lane looks at it


@pytest.mark.parametrize(
    ("method", "headers"), [("POST", {}), ("GET", {b"authorization": b"Bearer k"})]
)
def test_what_depends_on_more_is_not_kept(method: str, headers: dict[bytes, bytes]) -> None:
    scope = {"type": "http", "method": method, "scheme": "http", "path": "/", "query_string": b""}
    assert address_of(scope, headers) is None
    assert address_of({"type": "lifespan"}, {}) is None


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What lanes were asked for."""
    asked: list[Any] = []
    usual = tile_lanes._vector

    async def counted(ask: Any, *more: Any) -> Any:
        asked.append(ask)
        return await usual(ask, *more)

    monkeypatch.setattr(tile_lanes, "_vector", counted)
    return asked


def test_tile_is_sent_again_without_its_lane_until_it_may_not_be_seen(
    runtime: Runtime, client: TestClient, made: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # A slow machine is no reason to ask anew.
    monkeypatch.setattr(client.app.state.shown, "_seconds", 600.0)  # type: ignore[attr-defined]
    rows = soil_csv([("A", 5.1, 51.1, 10)])
    take_in(runtime, rows, dataset="d", visibility="public", epsg=4326, unit="mg/kg")
    first = client.get(TILE)
    again = [client.get(TILE) for _ in range(3)]
    assert first.status_code == 200
    assert first.content
    assert {one.content for one in again} == {first.content}
    assert len(made) == 1
    own = {"x-request-id"}
    for one in again:
        assert {k: v for k, v in one.headers.items() if k not in own} == {
            k: v for k, v in first.headers.items() if k not in own
        }
    known = client.get(TILE, headers={"If-None-Match": first.headers["etag"]})
    assert (known.status_code, known.content, len(made)) == (304, b"", 1)
    assert client.head(TILE).content == b""
    client.get(TILE, headers={"Accept-Encoding": "identity"})
    client.get(TILE, headers={"Authorization": "Bearer wrong"})
    assert len(made) == 3
    with runtime.database.writing() as session:
        ensure(session, "d", DatasetTerms(visibility="private"))
    assert client.get(TILE).status_code == 204
    assert client.get(TILE, headers={"If-None-Match": first.headers["etag"]}).status_code == 204
