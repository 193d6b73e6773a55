"""Prepared places follow imports, undoing and visibility, and are read once."""

import gc
import weakref
from typing import Any

import numpy as np
import pytest

from app.db.session import hold_still
from app.errors import NotFound
from app.services import imports
from app.services.features import get_collection
from app.services.runtime import Runtime
from app.services.state import Shown, shown_of
from app.services.tile_cache import TileCache
from app.services.tile_matrices import WEB_MERCATOR_QUAD, TileAddress
from app.services.vector_tiles import places as module
from app.services.vector_tiles.cells import Cells, Places, count_cells
from app.services.vector_tiles.content import content_of
from app.services.vector_tiles.places import PreparedPlaces
from tests.app.loops import run_in_loop
from tests.app.scene import quiet, soil_csv, take_in

_WORLD = TileAddress(0, 0, 0)
_OPTIONS: dict[str, Any] = {"epsg": 4326, "unit": "mg/kg", "visibility": "public"}


def _shown(opened: Runtime) -> Shown:
    with opened.database.reading() as session:
        hold_still(session)
        return shown_of(session)


def _prepared(opened: Runtime) -> PreparedPlaces:
    return PreparedPlaces(opened.database, opened.tile_cache, 60_000)


def _cells(
    opened: Runtime, prepared: PreparedPlaces, collection_id: str = "samples", **filters: str
) -> Cells:
    with opened.database.reading() as session:
        collection = get_collection(session, collection_id)
    found = prepared.find(
        _shown(opened), collection, content_of(collection), filters, WEB_MERCATOR_QUAD
    )
    assert found is not None
    return count_cells(found, _WORLD, 50.0 if filters else None)


def test_imports_undoing_and_hiding_change_what_is_counted(runtime: Runtime) -> None:
    prepared = _prepared(runtime)
    rows = [("A", 5.1, 51.1, 10), ("B", 6.1, 51.1, 90), ("C", 5.1, 51.2, "<5")]
    take_in(runtime, soil_csv(rows), dataset="d", **_OPTIONS)
    assert _cells(runtime, prepared).counts.sum() == 3
    assert _cells(runtime, prepared, contaminant="zn").maxima.max() == 90
    more = take_in(runtime, soil_csv([("B", 6.1, 51.1, 70), ("D", 7, 51, 60)]), dataset="d",
                   **_OPTIONS)  # fmt: skip
    now = _cells(runtime, prepared, contaminant="zn")
    assert (now.counts.sum(), now.maxima.max(), now.above is not None) == (4, 70, True)
    assert now.above is not None
    assert now.above.sum() == 2
    imports.undo(runtime.database, more["id"], quiet)
    now = _cells(runtime, prepared, contaminant="zn")
    assert (now.counts.sum(), now.maxima.max()) == (3, 90)
    take_in(runtime, soil_csv([("E", 8, 51, 1)]), dataset="d", **_OPTIONS | {
        "visibility": "private"
    })  # fmt: skip
    assert _cells(runtime, prepared).counts.sum() == 0


def test_samples_with_several_results_count_once_and_tell_the_highest(runtime: Runtime) -> None:
    header = "sample,lon,lat,parameter,result,unit,extraction"
    rows = [
        ("A", 5, 51, "zinc", 10, "mg/kg", "aqua regia"),
        ("A", 5, 51, "zinc", 30, "mg/kg", "total"),
        ("A", 5, 51, "lead", 700, "mg/kg", "total"),
        ("B", 5, 51.5, "zinc", 1, "mg/kg", "total"),
    ]
    options = {"epsg": 4326, "visibility": "public"}
    take_in(runtime, soil_csv(rows, header), dataset="d", **options)
    prepared = _prepared(runtime)
    zinc = _cells(runtime, prepared, contaminant="zn")
    assert (zinc.counts.sum(), zinc.maxima.max()) == (2, 30)
    every = _cells(runtime, prepared, "results")
    assert (every.counts.sum(), every.maxima.max()) == (4, 700)


def test_another_data_set_leaves_places_as_they_are(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    whole = module._read_places

    def counted(*arguments: Any) -> Any:
        read.append(arguments[3]["dataset"])
        return whole(*arguments)

    monkeypatch.setattr(module, "_read_places", counted)
    prepared = _prepared(runtime)
    take_in(runtime, soil_csv([("A", 5, 51, 1)]), dataset="a", **_OPTIONS)
    _cells(runtime, prepared)
    take_in(runtime, soil_csv([("B", 6, 51, 1)]), dataset="b", **_OPTIONS)
    _cells(runtime, prepared)
    one, other = (entry.public_id for entry in _shown(runtime).datasets)
    assert read == [one, other]
    # They lie on the disk for other processes, and for later.
    later = _prepared(runtime)
    assert _cells(runtime, later).counts.sum() == 2
    assert _cells(runtime, later, dataset=other).counts.sum() == 1
    assert read == [one, other]
    with pytest.raises(NotFound, match="no data set"):
        _cells(runtime, later, dataset="ds_" + "0" * 32)


def test_what_changed_meanwhile_is_not_kept_under_what_it_was(runtime: Runtime) -> None:
    take_in(runtime, soil_csv([("A", 5, 51, 1)]), dataset="d", **_OPTIONS)
    before = _shown(runtime)
    take_in(runtime, soil_csv([("B", 6, 51, 1)]), dataset="d", **_OPTIONS)
    with runtime.database.reading() as session:
        collection = get_collection(session, "samples")
    prepared = _prepared(runtime)
    content = content_of(collection)
    assert prepared.find(before, collection, content, {}, WEB_MERCATOR_QUAD) is None


def test_lists_hold_nothing_that_was_closed_to_make_room(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(runtime, soil_csv([("A", 5, 51, 1)]), dataset="d", **_OPTIONS)
    shown, prepared = _shown(runtime), _prepared(runtime)
    with runtime.database.reading() as session:
        collections = {name: get_collection(session, name) for name in ("samples", "results")}

    def fetch(name: str, code: str | None = None) -> list[Places]:
        collection, filters = collections[name], {} if code is None else {"contaminant": code}
        work = prepared.fetch(shown, collection, content_of(collection), filters, WEB_MERCATOR_QUAD)
        found = run_in_loop(work)
        assert found is not None
        return found

    def is_open(places: weakref.ref[Any]) -> bool:
        gc.collect()
        return places() is not None

    # One place and its value are sixteen bytes: three fit, the next closes one.
    monkeypatch.setattr(module, "_MOST_OPEN", 3 * 16)
    first = weakref.ref(fetch("samples", "zn")[0].keys)
    second = weakref.ref(fetch("results", "zn")[0].keys)
    fetch("results")
    assert is_open(first)
    fetch("samples", "zn")  # asked for again: as young as the newest
    fetch("samples")
    assert (is_open(first), is_open(second)) == (True, False)
    assert sum(map(module._size, prepared._open.values())) <= module._MOST_OPEN


def test_without_room_on_the_disk_places_stay_in_memory(runtime: Runtime) -> None:
    take_in(runtime, soil_csv([("A", 5, 51, 1)]), dataset="d", **_OPTIONS)
    prepared = PreparedPlaces(runtime.database, TileCache(runtime.store.tiles, 0), 60_000)
    assert _cells(runtime, prepared).counts.tolist() == [1]
    assert isinstance(next(iter(prepared._open.values())).keys, np.ndarray)


def test_hotspots_are_counted_by_their_middle(showcase: Any) -> None:
    cells = _cells(showcase.runtime, _prepared(showcase.runtime), showcase.layer)
    assert cells.counts.sum() > 0
    assert cells.maxima.max() > 400


def test_districts_without_a_shape_are_in_no_cell(runtime: Runtime) -> None:
    content = "area_code,contaminant,n,median,unit\nNL42,Zinc,9,35,mg/kg\n"
    take_in(runtime, content, dataset="d", kind="aggregates", visibility="public")
    assert len(_cells(runtime, _prepared(runtime), "aggregates").counts) == 0
