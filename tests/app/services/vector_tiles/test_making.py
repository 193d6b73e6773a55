"""Tiles for the event loop: who waits for places holds no thread, and nothing is asked twice."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from app.db.reading import Readers
from app.errors import Busy
from app.services.features.collections import lasting_collection
from app.services.runtime import Runtime
from app.services.tile_matrices import WEB_MERCATOR_QUAD, TileAddress
from app.services.vector_tiles import PlainWish, fetch_shown, making
from app.services.vector_tiles import places as module
from app.services.vector_tiles.making import VectorTiles
from tests.app.loops import run_in_loop
from tests.app.scene import Showcase, soil_csv, take_in

_WORLD = TileAddress(0, 0, 0)
_OPTIONS: dict[str, Any] = {"epsg": 4326, "unit": "mg/kg", "visibility": "public"}
# More than the event loop's own threads, whatever the machine.
_MANY = 40


class _Held:
    """Readings that begin, and end when they are let go."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.may_end = threading.Event()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Held]:
    """Readings of places as slow as the test wants."""
    found, whole = _Held(), module._read_places

    def slowly(*arguments: Any) -> Any:
        found.begun.append(arguments[3]["dataset"])
        assert found.may_end.wait(30)
        return whole(*arguments)

    monkeypatch.setattr(module, "_read_places", slowly)
    yield found
    found.may_end.set()


def _wish(collection: str, code: str | None = None) -> PlainWish:
    found = lasting_collection(collection)
    assert found is not None
    return PlainWish(found, code)


def _in_a_loop(opened: Runtime, work: Callable[[Readers], Awaitable[None]]) -> None:
    async def running() -> None:
        async with opened.readers() as readers:
            await work(readers)

    run_in_loop(running())


def _tiles(opened: Runtime) -> VectorTiles:
    return opened.vector_tiles


async def _fetched(
    tiles: VectorTiles, readers: Readers, asked: str, wish: PlainWish
) -> tuple[str, bytes]:
    """Return the tile of the world as the event loop has it made."""
    shown = await fetch_shown(readers)
    return await tiles.fetch(readers, shown, asked, wish, WEB_MERCATOR_QUAD, _WORLD)


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - what comes is in another thread
            await asyncio.sleep(0.01)


def test_who_waits_for_places_holds_no_thread_of_the_loop(runtime: Runtime, held: _Held) -> None:
    take_in(runtime, soil_csv([("A", 5, 51, 1)]), dataset="d", **_OPTIONS)
    tiles, wish = _tiles(runtime), _wish("samples")

    async def work(readers: Readers) -> None:
        waiting = [
            asyncio.ensure_future(_fetched(tiles, readers, str(n), wish)) for n in range(_MANY)
        ]
        try:
            await _until(lambda: bool(held.begun))
            # Jobs and names of hosts need the loop's own threads.
            assert await asyncio.wait_for(asyncio.to_thread(lambda: 7), 2) == 7
            # One that goes away takes nothing from the others.
            waiting.pop(0).cancel()
        finally:
            held.may_end.set()
            answers = await asyncio.gather(*waiting)
        assert len({content for _, content in answers}) == 1

    _in_a_loop(runtime, work)
    assert len(held.begun) == 1


def test_who_comes_second_is_told_to_ask_again(
    runtime: Runtime, held: _Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PATIENCE_SECONDS", 0.2)
    take_in(runtime, soil_csv([("A", 5, 51, 1)]), dataset="d", **_OPTIONS)
    tiles, wish = _tiles(runtime), _wish("samples")

    async def work(readers: Readers) -> None:
        def ask() -> Any:
            return _fetched(tiles, readers, "t", wish)

        first = asyncio.ensure_future(ask())
        await _until(lambda: bool(held.begun))
        with pytest.raises(Busy, match="being read"):
            await ask()
        with pytest.raises(Busy, match="being read"):
            await asyncio.to_thread(
                tiles.tile, "t", lambda _session: wish.whole(), WEB_MERCATOR_QUAD, _WORLD
            )
        assert not first.done()
        held.may_end.set()
        assert await first == await ask()

    _in_a_loop(runtime, work)


def test_a_long_reading_does_not_keep_another_from_beginning(runtime: Runtime, held: _Held) -> None:
    take_in(runtime, soil_csv([("A", 5, 51, 1)]), dataset="d", **_OPTIONS)
    tiles = _tiles(runtime)

    async def work(readers: Readers) -> None:
        both = [
            asyncio.ensure_future(_fetched(tiles, readers, name, wish))
            for name, wish in (("all", _wish("samples")), ("zinc", _wish("samples", "zn")))
        ]
        await _until(lambda: len(held.begun) == 2)
        held.may_end.set()
        await asyncio.gather(*both)

    _in_a_loop(runtime, work)


def test_a_failed_reading_is_told_to_all_and_tried_again(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(runtime, soil_csv([("A", 5, 51, 1)]), dataset="d", **_OPTIONS)
    tiles, wish = _tiles(runtime), _wish("samples")

    def too_long(*_arguments: Any) -> Any:
        raise Busy("too long")

    async def work(readers: Readers) -> None:
        def ask() -> Any:
            return _fetched(tiles, readers, "t", wish)

        with monkeypatch.context() as changed:
            changed.setattr(module, "_read_places", too_long)
            told = await asyncio.gather(ask(), ask(), return_exceptions=True)
        assert [str(one) for one in told] == ["too long"] * 2
        assert (await ask())[1]

    _in_a_loop(runtime, work)


def test_areas_whose_middle_lies_elsewhere_are_read_once(
    showcase: Showcase, monkeypatch: pytest.MonkeyPatch
) -> None:
    # More lie in the tile than may, though no middle does.
    monkeypatch.setattr(making, "MOST_FEATURES", 0)
    monkeypatch.setattr(making, "count_inside", lambda _places, _tile: 0)
    monkeypatch.setattr(showcase.runtime.tile_cache, "get", lambda _key: None)
    asked: list[str] = []
    for name in ("_count", "_features", "_cells"):
        usual = getattr(making, name)

        def noted(*rest: Any, name: str = name, usual: Any = usual) -> Any:
            asked.append(name)
            return usual(*rest)

        monkeypatch.setattr(making, name, noted)
    tiles, wish = _tiles(showcase.runtime), _wish("hotspots")

    async def work(readers: Readers) -> None:
        _, quick = await _fetched(tiles, readers, "of the loop", wish)
        assert asked == ["_count", "_cells"]
        _, usual = await asyncio.to_thread(
            tiles.tile, "of the route", lambda _session: wish.whole(), WEB_MERCATOR_QUAD, _WORLD
        )
        assert quick == usual != b""

    _in_a_loop(showcase.runtime, work)
