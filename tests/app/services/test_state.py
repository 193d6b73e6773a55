"""What is shown at one moment: another hash for another state, and answers under their own."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.db import ids
from app.db.models import Import
from app.db.session import Database
from app.services import members
from app.services.datasets import DatasetTerms
from app.services.features import Query, extent_of, get_collection
from app.services.runtime import Runtime
from app.services.state import Shown, changed_state, shown_of, state_of, state_within
from tests.app.conftest import FreshDatabase, run
from tests.app.scene import ensure, registration, soil_csv, take_in

PLACES = {"dataset": "d", "visibility": "private", "epsg": 4326, "unit": "mg/kg"}


def _state(opened: Runtime) -> str:
    with opened.database.reading() as session:
        return state_of(session)


def _set(opened: Runtime, visibility: str) -> None:
    with opened.database.writing() as session:
        ensure(session, "d", DatasetTerms(visibility=visibility))


def _set_elsewhere(opened: Runtime, visibility: str) -> None:
    """Set it as another process does."""
    other = Database(opened.database.url)
    with other.writing() as session:
        ensure(session, "d", DatasetTerms(visibility=visibility))
    other.close()


def _decide(opened: Runtime, member: str, *, approve: bool) -> None:
    with opened.database.writing() as session:
        members.decide(session, member, approve=approve)


def _registered(opened: Runtime, count: int) -> list[str]:
    with opened.database.writing() as session:
        return [
            ids.show("member", members.register(session, registration(name=f"M{n}")).uid)
            for n in range(count)
        ]


def test_a_member_in_the_place_of_another_is_another_state(runtime: Runtime) -> None:
    one, two, three, four = _registered(runtime, 4)
    for member, approve in ((one, True), (two, False), (three, True), (four, False)):
        _decide(runtime, member, approve=approve)
    before = _state(runtime)
    _decide(runtime, one, approve=False)
    _decide(runtime, two, approve=True)
    assert _state(runtime) != before


def test_another_import_of_the_same_number_is_another_state(runtime: Runtime) -> None:
    """So it is after a dump was restored: numbers are given again."""
    take_in(runtime, soil_csv([("A", 5.0, 51.0, 1)]), **PLACES | {"visibility": "public"})
    before = _state(runtime)
    with runtime.database.reading() as session:
        within = session.scalar(select(state_within()))
    with runtime.database.writing() as session:
        session.execute(update(Import).values(finished_at=datetime(2020, 1, 1, tzinfo=UTC)))
    assert _state(runtime) != before
    with runtime.database.reading() as session:
        assert session.scalar(select(state_within())) != within


def test_what_is_read_after_a_change_lies_under_what_it_changed_to(runtime: Runtime) -> None:
    take_in(runtime, soil_csv([("A", 5.1, 51.1, 10)]), **PLACES)
    hidden = runtime.vector_tiles.key("t")

    def meanwhile(_session: Session) -> bytes:
        return b"A"

    _set_elsewhere(runtime, "public")
    # Within the second in which the old state is still remembered.
    assert runtime.vector_tiles.key("t") == hidden
    key, content = runtime.vector_tiles.get("t", meanwhile)
    assert (content, key != hidden) == (b"A", True)
    _set_elsewhere(runtime, "private")
    assert runtime.vector_tiles.get("t", lambda _session: b"") == (hidden, b"")
    _set_elsewhere(runtime, "public")
    runtime.vector_tiles._version._kept.clear()  # a second later
    assert runtime.vector_tiles.get("t", lambda _session: b"") == (key, b"A")


def test_what_this_process_writes_is_seen_at_once(runtime: Runtime) -> None:
    take_in(runtime, soil_csv([("A", 5.1, 51.1, 10)]), **PLACES)
    tiles = runtime.vector_tiles
    hidden = tiles.key("t")
    _set(runtime, "public")
    assert tiles.key("t") != hidden
    _set(runtime, "private")
    assert tiles.key("t") == hidden


def test_a_file_that_waited_lies_under_the_state_it_was_written_in(runtime: Runtime) -> None:
    take_in(runtime, soil_csv([("A", 5.1, 51.1, 10)]), **PLACES)
    hidden = runtime.files.key("f")
    _set(runtime, "public")
    made = runtime.files.make("samples", Query(), "parquet", "f")
    assert made.count == 1
    _set(runtime, "private")
    assert runtime.files.find(hidden) is None
    assert runtime.files.find(made.key) is not None
    assert made.key != runtime.files.key("f") == hidden


def test_what_repeats_a_registry_is_another_with_another_word(
    runtime: Runtime, fresh: FreshDatabase
) -> None:
    state, file = _state(runtime), runtime.files.key("f")
    run(fresh.owner, "UPDATE hotspots.contaminant SET name_en = 'Spelter' WHERE code = 'zn'")
    assert (_state(runtime) == state, runtime.files.key("f") == file) == (True, False)
    run(fresh.owner, "UPDATE hotspots.source_type SET name_fr = 'Usine'")
    assert _state(runtime) == state  # no tile says so
    run(fresh.owner, "UPDATE hotspots.source_type SET name_en = 'Works'")
    assert _state(runtime) != state


def test_no_change_comes_between_a_tile_and_its_state(runtime: Runtime) -> None:
    take_in(runtime, soil_csv([("A", 5.1, 51.1, 10)]), **PLACES)
    hidden = runtime.vector_tiles.key("t")

    def slowly(session: Session) -> bytes:
        before = state_of(session)
        _set(runtime, "public")
        assert state_of(session) == before
        return b"hidden"

    assert runtime.vector_tiles.get("t", slowly) == (hidden, b"hidden")


@pytest.mark.parametrize("end", ["reject", "hide"])
def test_the_extent_of_what_is_hidden_is_not_told_for_a_moment(runtime: Runtime, end: str) -> None:
    [member] = _registered(runtime, 1)
    _decide(runtime, member, approve=True)
    take_in(runtime, soil_csv([("A", 5.1, 51.1, 10)]), **PLACES | {"visibility": "public"})
    changes: dict[str, tuple[str, Callable[[], Any]]] = {
        "reject": ("members", lambda: _decide(runtime, member, approve=False)),
        "hide": ("samples", lambda: _set(runtime, "private")),
    }
    name, change = changes[end]

    def box() -> Any:
        with runtime.database.reading() as session:
            return extent_of(session, get_collection(session, name)).box

    assert box() is not None
    change()
    assert box() is None


def test_state_is_told_where_anything_was_written_since(runtime: Runtime) -> None:
    take_in(runtime, soil_csv([("A", 5.1, 51.1, 10)]), **PLACES)

    def told(snapshot: str) -> str | None:
        with runtime.database.reading() as session:
            found: str | None = session.execute(select(changed_state(snapshot))).scalar_one()
            return found

    def now() -> Shown:
        with runtime.database.reading() as session:
            return shown_of(session)

    before = now()
    # Others may write beside, the database itself too: then it is told, and is the same.
    assert any(told(now().snapshot) is None for _ in range(50))
    with runtime.database.writing() as session:
        ensure(session, "d", DatasetTerms(visibility="public"))
        session.flush()
        # Not before it is committed.
        assert told(before.snapshot) in {None, before.state}
    after = now()
    assert told(before.snapshot) == after.state != before.state
    with runtime.database.writing() as session:
        session.execute(select(func.pg_current_xact_id()))
    assert told(after.snapshot) == after.state
