"""What is asked for first after a change lies ready, made once and seldom, with nobody asking."""

import threading
import time
from collections.abc import Callable
from contextlib import closing
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db import ids
from app.services import foresight as module
from app.services import jobs
from app.services.features import Query
from app.services.foresight import Foresight
from app.services.pages import preparing
from app.services.runtime import Runtime
from app.services.tile_matrices import WEB_MERCATOR_QUAD, TileAddress
from app.services.vector_tiles import TileWish, places
from tests.app.prepared import collection_of
from tests.app.scene import soil_csv, take_in

_OPTIONS: dict[str, Any] = {"epsg": 4326, "unit": "mg/kg", "visibility": "public"}


@pytest.fixture(autouse=True)
def _no_calm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts wait for nothing."""
    monkeypatch.setattr(module, "_CALM_SECONDS", 0.0)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """Filters of the places that were read, one after another, but for the data set."""
    return _read_by(monkeypatch, lambda: None)


def _read_by(monkeypatch: pytest.MonkeyPatch, before: Callable[[], object]) -> list[dict[str, str]]:
    told: list[dict[str, str]] = []
    whole = places._read_places

    def recorded(*arguments: Any) -> Any:
        before()
        filters = dict(arguments[3])
        del filters["dataset"]
        told.append(filters)
        return whole(*arguments)

    monkeypatch.setattr(places, "_read_places", recorded)
    return told


def _foresight(runtime: Runtime, fewest: int = 1) -> Foresight:
    return Foresight(runtime.settings, runtime.database, runtime.store, fewest)


def _import(runtime: Runtime, name: str, dataset: str = "d", **more: Any) -> None:
    take_in(runtime, soil_csv([(name, 5.1, 51.1, 10)]), dataset=dataset, **_OPTIONS | more)


def _ask(runtime: Runtime, collection_id: str = "samples", **filters: str) -> None:
    asked = str(time.monotonic())
    wish = TileWish(collection_of(collection_id), Query(filters=filters))
    tile = TileAddress(0, 0, 0)
    assert runtime.vector_tiles.tile(asked, lambda _session: wish, WEB_MERCATOR_QUAD, tile)[1]


def _ready(runtime: Runtime) -> set[str]:
    return {path.name for path in runtime.store.pages.iterdir() if path.suffix != ".lock"}


def test_who_asks_after_a_change_finds_places_and_texts(
    runtime: Runtime, read: list[dict[str, str]]
) -> None:
    foresight = _foresight(runtime)
    _import(runtime, "A")
    foresight.look()
    assert read == [{}]
    assert _ready(runtime) == {"samples.pages", "samples.tiles"}
    _ask(runtime)
    foresight.look()
    assert read == [{}]
    # Of another data set that is shown now; the first one's lie there.
    _import(runtime, "B", "e")
    foresight.look()
    _import(runtime, "C", "f", visibility="private")
    foresight.look()
    assert read == [{}, {}]
    with runtime.database.writing() as session:
        session.execute(text("UPDATE hotspots.dataset SET visibility = 'public'"))
    foresight.look()
    assert read == [{}, {}, {}]
    _ask(runtime)
    assert len(read) == 3


def test_another_process_makes_nothing_again(
    runtime: Runtime, read: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    whole = preparing.write_texts

    def counted(*arguments: Any) -> None:
        written.append(arguments[1])
        whole(*arguments)

    monkeypatch.setattr(preparing, "write_texts", counted)
    _import(runtime, "A")
    side_by_side = [threading.Thread(target=_foresight(runtime).look) for _ in range(3)]
    for one in side_by_side:
        one.start()
    for one in side_by_side:
        one.join()
    _foresight(runtime).look()
    assert (len(read), len(written)) == (1, 1)


def test_what_somebody_asked_for_last_is_made_ready_too(
    runtime: Runtime, read: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    _import(runtime, "A")
    _ask(runtime, contaminant="zinc")
    _ask(runtime, "results", contaminant="zn")
    _ask(runtime, "results")
    read.clear()
    _import(runtime, "B")
    foresight = _foresight(runtime)
    monkeypatch.setattr("app.services.vector_tiles.asked._MOST", 2)
    foresight.look()
    assert read == [{}, {}, {"contaminant": "zn"}]
    # What is made ready is not asked for by that: it makes place for what is.
    _ask(runtime, contaminant="zn")
    read.clear()
    _import(runtime, "C")
    foresight.look()
    assert read == [{}, {"contaminant": "zn"}, {}]


def test_texts_wait_until_nothing_has_changed_for_a_while(
    runtime: Runtime, read: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    foresight = _foresight(runtime)
    monkeypatch.setattr(module, "_CALM_SECONDS", 60.0)
    _import(runtime, "A")
    foresight.look()
    foresight._told_since -= 50.0
    foresight.look()
    assert (read, _ready(runtime)) == ([{}], set())
    foresight._told_since -= 10.0
    foresight.look()
    assert _ready(runtime) == {"samples.pages", "samples.tiles"}
    # Another change begins to be waited for anew.
    (runtime.store.pages / "samples.lock").unlink()
    _import(runtime, "B")
    foresight.look()
    assert time.monotonic() - foresight._told_since < 50.0
    assert foresight._done != foresight._told


def test_texts_of_results_are_made_where_somebody_asked_for_them(runtime: Runtime) -> None:
    _import(runtime, "A")
    _foresight(runtime).look()
    (runtime.store.pages / "results.pages").touch()
    (runtime.store.pages / "samples.pages").unlink()
    (runtime.store.pages / "samples.lock").unlink()  # it says until when to rest
    _foresight(runtime).look()
    assert _ready(runtime) >= {"samples.pages", "results.tiles"}


def test_of_few_samples_or_without_room_nothing_is_made(
    runtime: Runtime, read: list[dict[str, str]], limited: Callable[..., Runtime]
) -> None:
    _import(runtime, "A")
    _foresight(runtime, fewest=2).look()
    _foresight(limited(tile_cache_bytes=0, page_file_bytes=0)).look()
    assert (read, _ready(runtime)) == ([], set())


def test_nothing_is_made_of_what_is_about_to_change(
    runtime: Runtime, read: list[dict[str, str]]
) -> None:
    _import(runtime, "A")
    with runtime.database.writing() as session:
        waiting = ids.show("job", jobs.create(session, "import", {}).uid)
        jobs.create(session, "surface", {})
    foresight = _foresight(runtime)
    foresight.look()
    assert (read, _ready(runtime)) == ([], set())
    with runtime.database.writing() as session:
        jobs.cancel(session, waiting)
    foresight.look()
    assert read == [{}]


def test_of_many_changes_few_are_made_ready_and_the_last_one_is(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[float] = []

    def be_slow() -> None:
        begun.append(time.monotonic())
        time.sleep(0.3)

    read = _read_by(monkeypatch, be_slow)
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.01)
    foresight, changes = _foresight(runtime), 0
    with closing(foresight):
        foresight.start()
        while len(begun) < 3:
            changes += 1
            _import(runtime, f"S{changes}")
        deadline = time.monotonic() + 60
        while foresight._placed != foresight._now().datasets:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    # Each took 0.3 s, and then four times as long there was rest.
    assert min(later - one for one, later in pairwise(begun)) > 5 * 0.3
    made = len(read)
    assert changes > made
    _ask(runtime)
    assert len(read) == made


def test_a_fault_is_told_and_it_goes_on_later(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    faults = [OSError("the disk is gone")]

    def fail_once() -> None:
        if faults:
            raise faults.pop()

    read = _read_by(monkeypatch, fail_once)
    monkeypatch.setattr(module, "_REST_AFTER_A_FAULT_SECONDS", 0.1)
    _import(runtime, "A")
    with closing(_foresight(runtime)) as foresight:
        foresight.start()
        deadline = time.monotonic() + 30
        while not _ready(runtime):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert read == [{}]
    assert caplog.text.count("What is asked for first could not be made ready") == 1


def test_whoever_stops_waits_for_no_statement(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    has_begun = threading.Event()

    def read_slowly(session: Session, *_others: Any) -> None:
        session.execute(text("SET LOCAL statement_timeout = 120000"))
        has_begun.set()
        session.execute(text("SELECT pg_sleep(90)"))

    monkeypatch.setattr(places, "_read_places", read_slowly)
    _import(runtime, "A")
    begun = time.monotonic()
    with closing(_foresight(runtime)) as foresight:
        foresight.start()
        assert has_begun.wait(60)
    assert time.monotonic() - begun < 60
    assert "foresight" not in {thread.name for thread in threading.enumerate()}
    assert caplog.text == ""


def test_whoever_stops_waits_a_bounded_time_where_the_server_stops_nothing(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    has_begun, may_end = threading.Event(), threading.Event()

    def count_slowly(*_arguments: Any) -> bool:
        has_begun.set()
        may_end.wait(60)
        return True

    def refuse(*_arguments: Any, **_named: Any) -> None:
        raise psycopg.OperationalError("nobody listens")

    _import(runtime, "A")
    foresight = _foresight(runtime)
    monkeypatch.setattr(module, "_LONGEST_GRACE_SECONDS", 1.0)
    monkeypatch.setattr(preparing, "_LONGEST_GRACE_SECONDS", 1.0)
    monkeypatch.setattr(preparing, "is_at_most", count_slowly)
    monkeypatch.setattr(psycopg.Connection, "cancel_safe", refuse)
    foresight.start()
    assert has_begun.wait(60)
    begun = time.monotonic()
    foresight.close()
    assert time.monotonic() - begun < 30
    may_end.set()
    foresight._thread.join(30)
    assert not foresight._thread.is_alive()
    assert "could not be stopped: nobody listens" in caplog.text
