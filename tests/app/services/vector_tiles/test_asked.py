"""What was asked for last is told first, and little of it."""

import os
from pathlib import Path

import pytest

from app.services.runtime import Runtime
from app.services.state import shown_of
from app.services.tile_cache import TileCache
from app.services.tile_matrices import WEB_MERCATOR_QUAD, WORLD_CRS84_QUAD
from app.services.vector_tiles import content_of, places
from app.services.vector_tiles.asked import AskedPlaces, PlacesWish, _key
from app.services.vector_tiles.places import PreparedPlaces
from tests.app.loops import run_in_loop
from tests.app.prepared import collection_of
from tests.app.scene import soil_csv, take_in

_SAMPLES, _RESULTS = collection_of("samples"), collection_of("results")
_FIRST = PlacesWish(_SAMPLES, WEB_MERCATOR_QUAD, {})


def _told(asked: AskedPlaces, *codes: str) -> list[PlacesWish]:
    first, *others = asked.latest(codes)
    assert first == _FIRST
    return others


@pytest.fixture
def cache(tmp_path: Path) -> TileCache:
    """An empty folder with room."""
    return TileCache(tmp_path, 1_000_000)


def test_the_last_ones_come_first_and_are_few(cache: TileCache) -> None:
    asked, codes = AskedPlaces(cache), ("as", "cd", "pb", "zn")
    assert _told(asked, *codes) == []
    wishes = [PlacesWish(_SAMPLES, WEB_MERCATOR_QUAD, {"contaminant": code}) for code in codes]
    wishes += [PlacesWish(_RESULTS, WORLD_CRS84_QUAD, {})]
    for moment, wish in enumerate(wishes):
        asked.note(wish)
        os.utime(cache._path(_key(wish)), (moment, moment))
    assert _told(asked, *codes) == wishes[:0:-1]
    asked.note(wishes[0])
    assert _told(asked, *codes) == [wishes[0], *wishes[:1:-1]]
    # A contaminant that the registry has no more is nobody's wish.
    assert _told(asked, "as") == [wishes[0], wishes[4]]


def test_other_filters_and_collections_are_not_noted(cache: TileCache, tmp_path: Path) -> None:
    asked = AskedPlaces(cache)
    asked.note(PlacesWish(_SAMPLES, WEB_MERCATOR_QUAD, {"dataset": "ds_1"}))
    asked.note(PlacesWish(collection_of("sources"), WEB_MERCATOR_QUAD, {}))
    assert list(tmp_path.iterdir()) == []


def test_who_asks_in_the_event_loop_is_noted_and_what_is_made_ready_is_not(
    runtime: Runtime,
) -> None:
    take_in(runtime, soil_csv([("A", 5, 51, 1)]), dataset="d", visibility="public", epsg=4326,
            unit="mg/kg")  # fmt: skip
    asked = AskedPlaces(runtime.tile_cache)
    prepared = PreparedPlaces(runtime.database, runtime.tile_cache, 60_000)
    with runtime.database.reading() as session:
        shown = shown_of(session)
    wish = PlacesWish(_SAMPLES, WORLD_CRS84_QUAD, {"contaminant": "zn"})
    prepared.make_ready(shown, wish, content_of(_SAMPLES))
    assert _told(asked, "zn") == []
    assert run_in_loop(
        prepared.fetch(shown, _SAMPLES, content_of(_SAMPLES), wish.filters, wish.matrix)
    )
    assert _told(asked, "zn") == [wish]
    prepared.close()


def test_what_is_looked_at_all_day_was_asked_for_last_and_stays(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(runtime, soil_csv([("A", 5, 51, 1)]), dataset="d", visibility="public", epsg=4326,
            unit="mg/kg")  # fmt: skip
    cache = runtime.tile_cache
    prepared, asked = PreparedPlaces(runtime.database, cache, 60_000), AskedPlaces(cache)
    with runtime.database.reading() as session:
        shown = shown_of(session)
    all_day, once = (PlacesWish(_SAMPLES, WEB_MERCATOR_QUAD, {"contaminant": code})
                     for code in ("zn", "pb"))  # fmt: skip

    def ask(wish: PlacesWish) -> None:
        work = prepared.fetch(shown, _SAMPLES, content_of(_SAMPLES), wish.filters, wish.matrix)
        assert run_in_loop(work)

    for wish in (all_day, once):
        ask(wish)
    [part] = places._parts(shown, _SAMPLES, all_day.filters, WEB_MERCATOR_QUAD)
    kept = [cache._path(key) for key in (_key(all_day), part.key)]
    for path in kept:
        os.utime(path, (1, 1))
    ask(all_day)  # within the same minute
    prepared._openers.begin(lambda: None).result()
    assert _told(asked, "pb", "zn") == [once, all_day]
    monkeypatch.setattr(places, "_NOTE_SECONDS", 0.0)
    ask(all_day)
    prepared._openers.begin(lambda: None).result()
    assert _told(asked, "pb", "zn") == [all_day, once]
    assert min(path.stat().st_mtime for path in kept) > 1
    prepared.close()
