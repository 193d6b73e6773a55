"""Tiles of lanes are those of the routes, byte for byte; faults are told by the routes."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.api import tile_lanes
from app.api.lanes import Lanes
from app.api.recent import RecentAnswers
from app.main import create_app
from app.services.pages import PreparedPages
from app.services.vector_tiles import TILED, making
from tests.app.scene import Showcase

_OF_THE_REQUEST = {"x-request-id"}
_WORLD = "WebMercatorQuad/0/0/0"
_MEUSE = "WebMercatorQuad/12/1371/2113"
_DEGREES = "WorldCRS84Quad/4/3/16"


@pytest.fixture(scope="module")
def routed(showcase: Showcase) -> Iterator[TestClient]:
    """A caller of the showcase whose requests all go to the routes."""
    app = create_app(runtime=showcase.runtime)
    app.user_middleware = [one for one in app.user_middleware if one.cls is not Lanes]
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as caller:
        yield caller


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch, showcase: Showcase, visitor: TestClient) -> list[str]:
    """What lanes of tiles have answered; a slow machine is no reason to ask anew."""
    runtime, current = showcase.runtime, visitor.app.state.shown  # type: ignore[attr-defined]
    for remembered in (runtime.vector_tiles._version, runtime.painter._seen, current):
        monkeypatch.setattr(remembered, "_seconds", 600.0)
    found: list[str] = []
    for name in ("_vector", "_raster"):
        answer = getattr(tile_lanes, name)

        def noted(ask: Any, *rest: Any, answer: Any = answer) -> Any:
            found.append(ask.scope["path"])
            return answer(ask, *rest)

        monkeypatch.setattr(tile_lanes, name, noted)
    return found


def _told(answer: Any) -> tuple[Any, ...]:
    kept = {name: text for name, text in answer.headers.items() if name not in _OF_THE_REQUEST}
    return answer.status_code, kept, answer.content


def _same(visitor: TestClient, routed: TestClient, path: str, **headers: str) -> Any:
    quick, usual = visitor.get(path, headers=headers), routed.get(path, headers=headers)
    assert _told(quick) == _told(usual), path
    return quick


@pytest.mark.parametrize("collection", list(TILED))
@pytest.mark.parametrize("place", [_WORLD, _MEUSE, _DEGREES, "WebMercatorQuad/14/0/0"])
def test_vector_tile_is_that_of_the_route(
    visitor: TestClient, routed: TestClient, taken: list[str], collection: str, place: str
) -> None:
    path = f"/api/collections/{collection}/tiles/{place}"
    first = _same(visitor, routed, path)
    assert first.status_code in {200, 204}
    again = _same(visitor, routed, path, **{"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    visitor.app.state.recent = RecentAnswers()  # type: ignore[attr-defined]
    _same(visitor, routed, path, **{"If-None-Match": first.headers["etag"]})
    _same(visitor, routed, path, **{"Accept-Encoding": "gzip"})
    assert taken == [path] * 3  # who asked again was answered before any lane


@pytest.mark.parametrize("most", [5_000, 20])
@pytest.mark.parametrize("asked", [
    "samples ?contaminant=zn", "samples ?contaminant=Zinc&threshold=300", "samples ",
    "results ?contaminant=zn", "results ?contaminant=zn&threshold=99.5", "results ",
])  # fmt: skip
def test_one_contaminant_as_features_and_as_cells(
    visitor: TestClient,
    routed: TestClient,
    taken: list[str],
    monkeypatch: pytest.MonkeyPatch,
    asked: str,
    most: int,
) -> None:
    collection, query = asked.split(" ")
    monkeypatch.setattr(making, "MOST_FEATURES", most)
    runtime = visitor.app.state.runtime  # type: ignore[attr-defined]
    # Another number of features makes another tile, which no other test does.
    runtime.tile_memory._kept.clear()
    visitor.app.state.recent = RecentAnswers()  # type: ignore[attr-defined]
    path = f"/api/collections/{collection}/tiles/WebMercatorQuad/11/685/1056{query}"
    monkeypatch.setattr(runtime.tile_cache, "get", lambda _key: None)
    assert _same(visitor, routed, path).status_code == 200
    assert len(taken) == 1
    runtime.tile_memory._kept.clear()


@pytest.mark.parametrize("tile", [
    "samples/tiles/WebMercatorQuad/11/685/1056", "results/tiles/WebMercatorQuad/11/685/1056",
    f"samples/tiles/{_DEGREES}",
])  # fmt: skip
def test_points_that_lie_ready_are_the_tile_of_the_route(
    visitor: TestClient,
    routed: TestClient,
    taken: list[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    tile: str,
) -> None:
    runtime = visitor.app.state.runtime  # type: ignore[attr-defined]
    pages = PreparedPages(runtime.database, tmp_path, 10**9, 60_000, fewest=1)
    monkeypatch.setattr(runtime.vector_tiles, "_find_points", pages.tiles)
    monkeypatch.setattr(runtime.tile_cache, "get", lambda _key: None)
    path = f"/api/collections/{tile}"

    def ask_anew() -> Any:
        runtime.tile_memory._kept.clear()
        visitor.app.state.recent = RecentAnswers()  # type: ignore[attr-defined]
        return _same(visitor, routed, path)

    by_the_database = ask_anew()
    # Whoever asked first has begun them.
    pages._threads._pool.shutdown(wait=True)

    def forbidden(*_told: Any) -> Any:
        raise AssertionError("The database was asked.")

    monkeypatch.setattr(making, "fetch_features", forbidden)
    assert ask_anew().content == by_the_database.content != b""
    assert taken == [path] * 2


@pytest.mark.parametrize("query", [
    "?contaminant=kryptonite", "?contaminant=", "?threshold=5", "?contaminant=zn&threshold=-1",
    "?contaminant=zn&threshold=nan", "?bbox=1,2,3", "?nothing=1", "?limit=3",
])  # fmt: skip
def test_faults_are_those_of_the_route(visitor: TestClient, routed: TestClient, query: str) -> None:
    quick = visitor.get(f"/api/collections/samples/tiles/{_WORLD}{query}")
    usual = routed.get(f"/api/collections/samples/tiles/{_WORLD}{query}")
    assert quick.status_code in {400, 404}
    assert quick.status_code == usual.status_code
    assert quick.json()["detail"] == usual.json()["detail"]


@pytest.mark.parametrize("place", [
    "WebMercatorQuad/0/0/1", "WebMercatorQuad/25/0/0", "WebMercatorQuad/-1/0/0", "Other/0/0/0",
    "WebMercatorQuad/00/0/0", "WebMercatorQuad/1/0/99999999999",
])  # fmt: skip
def test_no_tile_is_none_of_the_route(
    visitor: TestClient, routed: TestClient, taken: list[str], place: str
) -> None:
    for path in (f"/api/collections/samples/tiles/{place}", f"/api/surfaces/x/tiles/{place}.png"):
        assert visitor.get(path).status_code == routed.get(path).status_code
    assert taken == []


@pytest.mark.parametrize("query", [
    "", "?layer=mean", "?layer=sigma", "?layer=probability&threshold=300", "?breaks=10,200,900",
    "?layer=class&threshold=300", "?layer=quantile&q=0.9",
])  # fmt: skip
@pytest.mark.parametrize("ending", ["png", "webp", "tif", "npy"])
def test_picture_is_that_of_the_route(
    visitor: TestClient, routed: TestClient, showcase: Showcase, taken: list[str], ending: str,
    query: str,
) -> None:  # fmt: skip
    path = f"/api/surfaces/{showcase.zinc}/tiles/{_MEUSE}.{ending}{query}"
    first = _same(visitor, routed, path)
    assert first.status_code == 200
    known = {"If-None-Match": first.headers["etag"]}
    quick, usual = visitor.get(path, headers=known), routed.get(path, headers=known)
    assert (quick.status_code, usual.status_code) == (304, 304)
    # Pictures are never packed, which the packing of routes does not know of a 304.
    assert dict(quick.headers).keys() == dict(usual.headers).keys() - {"vary"}
    assert quick.headers["etag"] == usual.headers["etag"]
    assert len(taken) == 1
    visitor.app.state.recent = RecentAnswers()  # type: ignore[attr-defined]
    by_the_lane = visitor.get(path, headers=known)
    assert _told(by_the_lane) == _told(quick)
    assert len(taken) == 2


def test_painting_has_threads_of_its_own(
    visitor: TestClient, showcase: Showcase, monkeypatch: pytest.MonkeyPatch
) -> None:
    painter, used = showcase.runtime.painter, []
    usual = painter.surface, painter.kept_tile

    def surface(name: str) -> Any:
        used.append(threading.current_thread().name)
        return usual[0](name)

    def kept_tile(*told: Any) -> bytes:
        used.append(threading.current_thread().name)
        return usual[1](*told)

    monkeypatch.setattr(painter, "surface", surface)
    monkeypatch.setattr(painter, "kept_tile", kept_tile)
    monkeypatch.setattr(painter, "seen", lambda _name: None)
    path = f"/api/surfaces/{showcase.zinc}/tiles/{_MEUSE}.png?breaks=11,222,888"
    assert visitor.get(path).status_code == 200
    assert [name.partition("_")[0] for name in used] == ["painting"] * 2


def test_pictures_that_cannot_be_are_refused_as_by_the_route(
    visitor: TestClient, routed: TestClient, showcase: Showcase
) -> None:
    own = f"/api/surfaces/{showcase.zinc}/tiles/{_MEUSE}"
    secret = next(name for name in showcase.secret_ids if name.startswith("sf_"))
    for path, status in (
        (f"{own}.png?layer=probability", 400),
        (f"{own}.png?layer=nothing", 400),
        (f"{own}.png?q=0.5", 400),
        (f"{own}.png?layer=quantile&q=2", 400),
        (f"{own}.png?breaks=5,4", 400),
        (f"{own}.bmp", 404),
        (f"/api/surfaces/{secret}/tiles/{_MEUSE}.png", 404),
        (f"/api/surfaces/sf_x/tiles/{_MEUSE}.png", 404),
    ):
        quick, usual = visitor.get(path), routed.get(path)
        assert (quick.status_code, quick.json()["detail"]) == (status, usual.json()["detail"]), path
