"""Prepared pages are those of the database, byte for byte, of the state they were read in."""

from pathlib import Path

import pytest

from app.services.features.collections import Collection, lasting_collection
from app.services.features.page_texts import PageTexts
from app.services.features.paging import Page, PageRequest, read_page
from app.services.features.prepared_pages import PreparedPages, page_of
from app.services.features.query import Query
from app.services.features.reference import Box
from app.services.features.whole import PageWish, fetch_state
from app.services.tile_cache import TileCache
from tests.app.loops import run_in_loop
from tests.app.scene import Showcase

BOXES: list[tuple[Box, ...]] = [
    (), ((5.73, 50.96, 5.75, 50.98),), ((5.74, 50.97, 5.74, 50.97),),
    ((170.0, -90.0, 180.0, 90.0), (-180.0, -90.0, 5.74, 90.0)),
]  # fmt: skip


def _collection(name: str) -> Collection:
    found = lasting_collection(name)
    assert found is not None
    return found


def _state(showcase: Showcase) -> str:
    async def ask() -> str:
        async with showcase.runtime.readers() as readers:
            return await fetch_state(readers)

    return run_in_loop(ask())


def _read(showcase: Showcase, wish: PageWish) -> Page:
    """Read a page as the route does, which plans each one and never gives up."""
    request = PageRequest(wish.limit, wish.cursor, Query(wish.boxes))
    with showcase.runtime.database.reading() as session:
        return read_page(session, wish.collection, request)


def _made(pages: PreparedPages, collection: Collection, state: str) -> PageTexts | None:
    """Ask until what the first asking began has come to its end."""
    found = pages.find(collection, state)
    pages._threads._pool.shutdown(wait=True)
    return found or pages.find(collection, state)


def _pages(showcase: Showcase, folder: Path, most: int = 10**9, fewest: int = 1) -> PreparedPages:
    cache = TileCache(folder / "kept", most)
    return PreparedPages(showcase.runtime.database, cache, folder, fewest)


@pytest.fixture(params=["samples", "results"])
def collection(request: pytest.FixtureRequest) -> Collection:
    """Each collection of points."""
    return _collection(request.param)


def test_prepared_pages_are_those_of_the_database(
    showcase: Showcase, collection: Collection, tmp_path: Path
) -> None:
    state = _state(showcase)
    texts = _made(_pages(showcase, tmp_path), collection, state)
    assert texts is not None
    followed = 0
    for boxes in BOXES:
        for limit in (3, 100):
            cursor: str | None = None
            for _ in range(3):
                wish = PageWish(collection, boxes, cursor, limit)
                page = page_of(texts, wish, state)
                same = _read(showcase, wish)
                assert page.features == ",".join(same.features).encode()
                assert page.count == len(same.features)
                assert page.next_cursor == same.next_cursor
                cursor = page.next_cursor
                if cursor is None:
                    break
                followed += 1
    assert followed > 3
    assert [one.name for one in tmp_path.iterdir()] == ["kept"]


def test_another_state_has_no_prepared_pages(showcase: Showcase, tmp_path: Path) -> None:
    pages = _pages(showcase, tmp_path)
    state = _state(showcase)
    assert _made(pages, _collection("samples"), state) is not None
    # It is found again by who opens the same folder, and by its own state alone.
    again = _pages(showcase, tmp_path)
    assert again.find(_collection("samples"), state) is not None
    assert again.find(_collection("samples"), "another") is None
    again._threads._pool.shutdown(wait=True)


@pytest.mark.parametrize(("most", "fewest"), [(100, 1), (10**9, 10**6)])
def test_what_is_too_large_or_too_few_is_not_made_twice(
    showcase: Showcase, tmp_path: Path, most: int, fewest: int
) -> None:
    pages = _pages(showcase, tmp_path, most, fewest)
    # Were it begun again, the threads that have ended would say so.
    assert _made(pages, _collection("samples"), _state(showcase)) is None
    assert list(tmp_path.iterdir()) == []


def test_whoever_closes_waits_for_what_has_begun_and_keeps_no_half(
    showcase: Showcase, tmp_path: Path
) -> None:
    pages = _pages(showcase, tmp_path)
    pages._closing.set()
    assert pages.find(_collection("samples"), _state(showcase)) is None
    pages.close()
    assert list(tmp_path.iterdir()) == []
