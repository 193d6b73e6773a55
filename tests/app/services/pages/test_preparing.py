"""Prepared pages are those of the database, byte for byte, of the state they were read in."""

import os
import re
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.services.features.collections import Collection
from app.services.features.paging import Page, PageRequest, read_page
from app.services.features.query import Query
from app.services.features.reference import Box
from app.services.features.whole import PageWish, page_statement
from app.services.pages import Cutting, PreparedPages, preparing
from app.services.pages.preparing import _Kept
from app.services.pages.texts import PageTexts
from app.services.runtime import Runtime
from app.services.tile_matrices import WEB_MERCATOR_QUAD, WORLD_CRS84_QUAD, TileAddress
from app.services.vector_tiles import TileWish
from app.services.vector_tiles.making import make_tile
from tests.app import scene
from tests.app.prepared import collection_of, made_texts, pages_in, samples_state
from tests.app.scene import Showcase

# Texts that JSON has to escape, or not; many results of a sample, and none; limits; nothing at all.
_ROWS = """\
id,lon,lat,contaminant,value,unit,extraction,uncertainty,coverage_factor,date,site
A,5.1,51.1,zinc,10,mg/kg,aqua regia,2,2,2020-03-04,S1
A,5.1,51.1,lead,<5,mg/kg,,,,2020-03-04,S1
A,5.1,51.1,zinc,7.5,mg/kg,CaCl2,0.1,1.7,2020-03-04,S1
"B ""q"" \\ é <>&",-179.99999999951,51.2000000005,lead,12,mg/kg,,,,,
تربة ملوثة,179.99999999951,51.2,zinc,1e-7,mg/kg,,,,2021,
C,0.00000001,-0.000001,zinc,100000000,mg/kg,,,,,"a	tab"
"two
lines",5.3,51.3,zinc,0,mg/kg,,,,,
"""

_CHANGES = (
    r"UPDATE dataset SET title = E'Böden „neu“ \\\\ \"\n' WHERE name = 'second'",
    "UPDATE measurement SET superseded_at = now() WHERE value = 12",
    r"UPDATE manner SET coverage_factor = 1e15, method = E'\x7f\x01/'",
    """UPDATE sample SET repairs = '["ä", {"a": null,
    "b": [1e3, 1.50]}]' WHERE code = 'A'""",
)

TILES = [
    (WEB_MERCATOR_QUAD, 0, 0, 0), (WEB_MERCATOR_QUAD, 6, 21, 32),
    (WEB_MERCATOR_QUAD, 11, 685, 1056), (WEB_MERCATOR_QUAD, 12, 1371, 2113),
    (WEB_MERCATOR_QUAD, 20, 351_000, 541_000),
    (WEB_MERCATOR_QUAD, 4, 5, 0), (WEB_MERCATOR_QUAD, 4, 5, 15), (WORLD_CRS84_QUAD, 0, 0, 1),
    (WORLD_CRS84_QUAD, 4, 3, 16),
]  # fmt: skip
BOXES: list[tuple[Box, ...]] = [
    (), ((5.73, 50.96, 5.75, 50.98),), ((5.74, 50.97, 5.74, 50.97),),
    ((170.0, -90.0, 180.0, 90.0), (-180.0, -90.0, 5.74, 90.0)),
]  # fmt: skip


def _read(runtime: Runtime, wish: PageWish) -> Page:
    """Read a page as the route does, which plans each one and never gives up."""
    request = PageRequest(wish.limit, wish.cursor, Query(wish.boxes))
    with runtime.database.reading() as session:
        return read_page(session, wish.collection, request)


def _assert_same(runtime: Runtime, texts: PageTexts, wish: PageWish) -> str | None:
    page, same = Cutting(texts, wish).page(), _read(runtime, wish)
    assert page.features == ",".join(same.features).encode()
    assert page.count == len(same.features)
    assert page.next_cursor == same.next_cursor
    return page.next_cursor


def _assert_same_tiles(runtime: Runtime, pages: PreparedPages, collection: Collection) -> int:
    """Return how many tiles are not empty."""
    points = pages.tiles(collection, samples_state(runtime))
    assert points is not None
    filled = 0
    for matrix, zoom, row, column in TILES:
        tile = TileAddress(zoom, row, column)
        with runtime.database.reading() as session:
            wish = TileWish(collection, Query())
            usual = make_tile(session, wish, matrix, tile, are_many=False)
        assert points.within(matrix, tile).make(5_000) == usual, tile
        filled += usual != b""
    return filled


@pytest.fixture(params=["samples", "results"])
def collection(request: pytest.FixtureRequest) -> Collection:
    """Each collection of points."""
    return collection_of(request.param)


def test_prepared_pages_are_those_of_the_database(
    showcase: Showcase, collection: Collection, tmp_path: Path
) -> None:
    runtime = showcase.runtime
    pages = pages_in(runtime, tmp_path)
    texts = made_texts(pages, collection, samples_state(runtime))
    assert texts is not None
    assert _assert_same_tiles(runtime, pages, collection) > 4
    followed = 0
    for boxes in BOXES:
        for limit in (3, 100):
            cursor: str | None = None
            for _ in range(3):
                cursor = _assert_same(runtime, texts, PageWish(collection, boxes, cursor, limit))
                if cursor is None:
                    break
                followed += 1
    assert followed > 3
    assert {one.suffix for one in tmp_path.iterdir()} == {".lock", ".pages", ".tiles"}


def test_whatever_texts_say_they_are_the_same_bytes(
    runtime: Runtime, collection: Collection, tmp_path: Path
) -> None:
    for dataset in ("first", "second"):
        taken = scene.take_in(runtime, _ROWS, dataset=dataset, visibility="public", epsg=4326)
        assert taken["status"] == "loaded", taken
    # What is superseded is not listed, nor what was taken back without another in its place.
    corrected = _ROWS.replace(",7.5,", ",7.25,")
    scene.take_in(runtime, corrected, dataset="first", visibility="public", epsg=4326)
    with runtime.database.writing() as session:
        for statement in _CHANGES:
            session.connection().exec_driver_sql(statement)
    pages = pages_in(runtime, tmp_path)
    texts = made_texts(pages, collection, samples_state(runtime))
    assert texts is not None
    assert len(texts.ends) > 8
    assert _assert_same_tiles(runtime, pages, collection) > 4
    for boxes in BOXES:
        _assert_same(runtime, texts, PageWish(collection, boxes, None, 100))


def test_another_state_has_no_prepared_pages(showcase: Showcase, tmp_path: Path) -> None:
    pages, samples = pages_in(showcase.runtime, tmp_path), collection_of("samples")
    state = samples_state(showcase.runtime)
    assert made_texts(pages, samples, state) is not None
    # It is found again by who opens the same folder, and by its own state alone.
    again = pages_in(showcase.runtime, tmp_path)
    assert again.find(samples, state) is not None
    assert again.find(samples, "another") is None
    again.close()
    assert again.find(samples, state) is not None
    # Nor would another collection take them for its own.
    for ending in ("pages", "tiles"):
        (tmp_path / f"samples.{ending}").rename(tmp_path / f"results.{ending}")
    other = pages_in(showcase.runtime, tmp_path)
    assert other.find(collection_of("results"), state) is None
    other.close()


def test_who_changes_what_is_shown_waits_before_pages_are_made_again(
    showcase: Showcase, tmp_path: Path
) -> None:
    pages, samples = pages_in(showcase.runtime, tmp_path), collection_of("samples")
    assert made_texts(pages, samples, samples_state(showcase.runtime)) is not None
    # Were it begun, the threads that have ended would say so.
    assert pages.find(samples, "another") is None
    pages._kept["samples"].look_again = pages._kept["samples"].rest_until = 0.0
    with pytest.raises(RuntimeError, match="shutdown"):
        pages.find(samples, "another")


def test_one_process_makes_pages_and_others_find_them(showcase: Showcase, tmp_path: Path) -> None:
    samples, state = collection_of("samples"), samples_state(showcase.runtime)
    first, second, third = (pages_in(showcase.runtime, tmp_path) for _ in range(3))
    with first._alone(samples) as lock:
        assert lock is not None
        assert made_texts(second, samples, state) is None
    assert not (tmp_path / "samples.pages").exists()
    assert made_texts(first, samples, state) is not None
    second._kept["samples"].look_again = 0.0
    assert second.find(samples, state) is not None
    # Who has not made them yet rests all the same.
    assert made_texts(third, samples, "another") is None
    with third._alone(samples) as lock:
        assert lock is None


def test_who_makes_texts_ready_is_told_whether_they_are(showcase: Showcase, tmp_path: Path) -> None:
    samples, state = collection_of("samples"), samples_state(showcase.runtime)
    first, second, third = (pages_in(showcase.runtime, tmp_path) for _ in range(3))
    with first._alone(samples):
        assert not second.make_ready(samples, state)
    assert not first.were_made(samples)
    assert first.make_ready(samples, state)
    assert first.were_made(samples)
    # Of another state they are not made before the rest is over.
    assert not third.make_ready(samples, "another")
    assert pages_in(showcase.runtime, tmp_path / "few", fewest=10**6).make_ready(samples, state)
    assert pages_in(showcase.runtime, tmp_path / "none", 0).make_ready(samples, state)


def test_a_clock_that_was_set_back_stops_nobody(showcase: Showcase, tmp_path: Path) -> None:
    pages, samples = pages_in(showcase.runtime, tmp_path), collection_of("samples")
    lock = tmp_path / "samples.lock"
    lock.touch()
    os.utime(lock, (time.time() + 86_400,) * 2)
    assert made_texts(pages, samples, samples_state(showcase.runtime)) is not None


@pytest.mark.parametrize(("most_bytes", "fewest"), [(100, 1), (10**9, 10**6)])
def test_what_is_too_large_or_too_few_is_not_made_twice(
    showcase: Showcase, tmp_path: Path, most_bytes: int, fewest: int
) -> None:
    pages = pages_in(showcase.runtime, tmp_path, most_bytes, fewest)
    assert made_texts(pages, collection_of("samples"), samples_state(showcase.runtime)) is None
    pages._kept["samples"].look_again = pages._kept["samples"].rest_until = 0.0
    assert pages.find(collection_of("samples"), samples_state(showcase.runtime)) is None
    assert [one.name for one in tmp_path.iterdir()] == ["samples.lock"]


@pytest.mark.parametrize("ending", ["pages", "tiles"])
@pytest.mark.parametrize("content", [b"", b"1234567", b"\xff" * 4096])
def test_what_cannot_be_read_is_made_anew(
    meuse: Runtime, tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture, ending: str
) -> None:
    samples, state, folder = collection_of("samples"), samples_state(meuse), tmp_path / "pages"
    assert made_texts(pages_in(meuse, folder), samples, state) is not None
    (folder / "samples.lock").unlink()  # it says until when to rest
    (folder / f"samples.{ending}").write_bytes(content)
    pages = pages_in(meuse, folder)
    assert pages.find(samples, state) is None
    assert made_texts(pages, samples, state) is not None
    assert pages.tiles(samples, state) is not None
    assert "The pages of samples cannot be read" in caplog.text


def test_what_was_kept_goes_when_its_features_are_few(meuse: Runtime, tmp_path: Path) -> None:
    samples, folder = collection_of("samples"), tmp_path / "pages"
    assert made_texts(pages_in(meuse, folder), samples, samples_state(meuse)) is not None
    (folder / "samples.lock").unlink()  # it says until when to rest
    pages = pages_in(meuse, folder, fewest=10**6)
    with meuse.database.writing() as session:
        session.execute(text("UPDATE hotspots.dataset SET title = 'another'"))
    assert made_texts(pages, samples, samples_state(meuse)) is None
    assert [one.name for one in folder.iterdir()] == ["samples.lock"]


def test_many_bytes_and_thin_boxes_are_cut_apart_from_the_loop(
    showcase: Showcase, tmp_path: Path
) -> None:
    samples = collection_of("samples")
    texts = made_texts(
        pages_in(showcase.runtime, tmp_path), samples, samples_state(showcase.runtime)
    )
    assert texts is not None

    def takes_long(texts: PageTexts, *boxes: Box) -> bool:
        return Cutting(texts, PageWish(samples, boxes, None, 10)).takes_long

    page = Cutting(texts, PageWish(samples, (), None, 10_000)).page()
    assert texts.mean_bytes == pytest.approx(len(page.features) / page.count, abs=2)
    assert not takes_long(texts, (5.0, 50.0, 6.0, 51.0))
    assert takes_long(texts, (-170.0, 50.0, 170.0, 50.0000001))
    assert takes_long(texts._replace(mean_bytes=1e6), (5.0, 50.0, 6.0, 51.0))


def test_nothing_is_prepared_where_nothing_may_be_kept(showcase: Showcase, tmp_path: Path) -> None:
    assert (
        made_texts(pages_in(showcase.runtime, tmp_path, 0), collection_of("samples"), "state")
        is None
    )
    assert list(tmp_path.iterdir()) == []


def test_a_fault_is_told_and_tried_again_later(
    showcase: Showcase, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gone = tmp_path / "gone"
    pages, samples = pages_in(showcase.runtime, gone), collection_of("samples")
    gone.rmdir()
    assert made_texts(pages, samples, samples_state(showcase.runtime)) is None
    assert "The pages of samples could not be prepared" in caplog.text
    assert pages._kept["samples"].rest_until > 0.0


def test_whoever_closes_stops_what_has_begun_and_keeps_no_half(
    showcase: Showcase, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pages, samples = pages_in(showcase.runtime, tmp_path), collection_of("samples")
    with pages._lock:
        pages._kept["samples"] = _Kept(is_being_made=True)
    pages._is_closing = True
    pages._make(samples, pages._kept["samples"])
    pages.close()
    assert [one.name for one in tmp_path.iterdir()] == ["samples.lock"]
    assert caplog.text == ""


def test_whoever_closes_stops_a_statement_that_takes_long(
    showcase: Showcase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    has_begun = threading.Event()

    def count_slowly(session: Session, *_others: Any) -> bool:
        session.execute(text("SET LOCAL statement_timeout = 120000"))
        has_begun.set()
        session.execute(text("SELECT pg_sleep(90)"))
        return False

    monkeypatch.setattr(preparing, "is_at_most", count_slowly)
    pages, begun = pages_in(showcase.runtime, tmp_path), time.monotonic()
    assert pages.find(collection_of("samples"), "state") is None
    assert has_begun.wait(60)
    pages.close()
    assert time.monotonic() - begun < 80
    assert [one.name for one in tmp_path.iterdir()] == ["samples.lock"]
    assert caplog.text == ""


@pytest.mark.parametrize("name", ["samples", "results"])
def test_texts_depend_on_nothing_but_what_their_state_holds(name: str) -> None:
    """A property that reads another table makes `samples_within` too little."""
    read = set(re.findall(r"hotspots\.(\w+)", page_statement(name, 0, with_state=False)))
    # They change with imports alone, which the state holds, as data sets and contaminants.
    by_imports = {"sample", "site", "result", "measurement", "measurand", "manner", "import"}
    assert "sample" in read
    assert read <= by_imports | {"dataset", "contaminant"}
