"""Large imports have tables of their own, which are like the others once they are loaded."""

import pytest
from psycopg.errors import ForeignKeyViolation
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from app.db import migrate
from app.db.models import Import, Result, Sample
from app.errors import NotMigrated
from app.services import imports
from app.services.imports import batches, files, tables
from app.services.runtime import Runtime, sweep_orphans
from tests.app.conftest import FreshDatabase
from tests.app.scene import quiet, register, soil_csv, take_in

OPTIONS = {"epsg": 4326, "unit": "mg/kg", "dataset": "d"}
ROWS = [(f"S{i}", 5 + i / 1000, 51.1, i + 1) for i in range(40)]


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGE_BYTES", 0)


def _rows(opened: Runtime) -> dict[str, int]:
    """Count the rows of each part of the two tables, empty ones too."""
    parts = text(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent IN "
        "('hotspots.sample'::regclass, 'hotspots.measurement'::regclass)"
    )
    counts = text(
        "SELECT tableoid::regclass::text, count(*) FROM hotspots.sample GROUP BY 1 UNION ALL "
        "SELECT tableoid::regclass::text, count(*) FROM hotspots.measurement GROUP BY 1"
    )
    with opened.database.reading() as session:
        found = dict.fromkeys(session.scalars(parts), 0) | dict(session.execute(counts).all())
    return {name.removeprefix("hotspots."): count for name, count in found.items()}


def _values(opened: Runtime) -> list[tuple[str | None, float | None]]:
    with opened.database.reading() as session:
        rows = session.execute(
            select(Sample.code, Result.value)
            .join(Result, Result.sample_id == Sample.id)
            .where(Result.superseded_at.is_(None))
            .order_by(Result.value)
        )
        return [(code, value) for code, value in rows]


def _number(opened: Runtime, shown: dict) -> int:
    with opened.database.reading() as session:
        return imports.get(session, shown["id"]).id


@pytest.mark.usefixtures("large")
def test_rows_lie_apart_and_are_read_with_the_others(runtime: Runtime) -> None:
    first = _number(runtime, take_in(runtime, soil_csv(ROWS), **OPTIONS))
    other = [("T", 6.0, 52.0, 99)]
    # The data set has samples now: what may contradict them goes to the rest.
    take_in(runtime, soil_csv(other), **OPTIONS)
    own = {f"sample_{first}": 40, f"measurement_{first}": 40}
    assert _rows(runtime) == own | {"sample_rest": 1, "measurement_rest": 1}
    assert _values(runtime) == [(row[0], float(row[3])) for row in [*ROWS, *other]]


@pytest.mark.usefixtures("large")
def test_a_corrected_file_supersedes_and_an_equal_one_changes_nothing(runtime: Runtime) -> None:
    take_in(runtime, soil_csv(ROWS), **OPTIONS)
    again = take_in(runtime, soil_csv(ROWS) + "\n", **OPTIONS)
    assert again["rows"]["unchanged"] == 40
    corrected = [*ROWS[:-1], (*ROWS[-1][:3], 400)]
    shown = take_in(runtime, soil_csv(corrected), **OPTIONS)
    assert (shown["rows"]["loaded"], shown["rows"]["unchanged"]) == (1, 39)
    assert _values(runtime)[-1] == ("S39", 400.0)


@pytest.mark.usefixtures("large")
def test_tables_of_an_undone_import_go(runtime: Runtime) -> None:
    kept = _number(runtime, take_in(runtime, soil_csv(ROWS), **OPTIONS | {"dataset": "kept"}))
    shown = take_in(runtime, soil_csv(ROWS), **OPTIONS)
    sweep_orphans(runtime)
    assert f"sample_{_number(runtime, shown)}" in _rows(runtime)
    imports.undo(runtime.database, shown["id"], quiet)
    sweep_orphans(runtime)
    own = {f"sample_{kept}": 40, f"measurement_{kept}": 40}
    assert _rows(runtime) == own | {"sample_rest": 0, "measurement_rest": 0}
    assert len(_values(runtime)) == 40


def _known_rows(opened: Runtime) -> float:
    """Return how many measurements the planner knows of; -1 where nobody ever looked."""
    statement = text("SELECT reltuples FROM pg_class WHERE oid = 'hotspots.measurement'::regclass")
    with opened.database.reading() as session:
        return float(session.execute(statement).scalar_one())


def test_the_planner_is_told_when_the_tables_have_grown(runtime: Runtime) -> None:
    many = [(f"M{i}", 5 + i / 10_000, 52.1, i + 1) for i in range(1_100)]
    take_in(runtime, soil_csv(ROWS), **OPTIONS)
    before = _known_rows(runtime)
    assert before < 40
    take_in(runtime, soil_csv(many), **OPTIONS | {"dataset": "e"})
    assert _known_rows(runtime) == 1_140


def test_a_small_file_of_many_results_is_large(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "LARGE_ROWS", 80)
    first = _number(runtime, take_in(runtime, soil_csv(ROWS), **OPTIONS))
    take_in(runtime, soil_csv(ROWS[1:]), **OPTIONS | {"dataset": "e"})
    own = {f"sample_{first}": 40, f"measurement_{first}": 40}
    assert _rows(runtime) == own | {"sample_rest": 39, "measurement_rest": 39}


def test_small_imports_share_the_rest(runtime: Runtime) -> None:
    take_in(runtime, soil_csv(ROWS), **OPTIONS)
    assert _rows(runtime) == {"sample_rest": 40, "measurement_rest": 40}


@pytest.mark.usefixtures("large")
def test_there_are_not_more_tables_than_can_be_planned_quickly(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    monkeypatch.setattr(tables, "_MOST_TABLES", 1)
    first = _number(runtime, take_in(runtime, soil_csv(ROWS), **OPTIONS))
    assert "tables enough" not in caplog.text
    take_in(runtime, soil_csv(ROWS), **OPTIONS | {"dataset": "e"})
    assert "tables enough" in caplog.text
    assert _rows(runtime) == {
        f"sample_{first}": 40,
        f"measurement_{first}": 40,
        "sample_rest": 40,
        "measurement_rest": 40,
    }


@pytest.mark.usefixtures("large")
def test_indexes_and_checks_are_those_of_the_rest(runtime: Runtime) -> None:
    number = _number(runtime, take_in(runtime, soil_csv(ROWS), **OPTIONS))
    described = text(
        "SELECT regexp_replace(indexdef, 'INDEX \\S+ ON \\S+', '') FROM pg_indexes "
        "WHERE schemaname = 'hotspots' AND tablename = :name UNION ALL "
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE conrelid = CAST('hotspots.' || :name AS regclass) ORDER BY 1"
    )
    with runtime.database.reading() as session:
        for table, least in (("sample", 13), ("measurement", 12)):
            rest, own = (
                session.scalars(described, {"name": f"{table}_{part}"}).all()
                for part in ("rest", number)
            )
            assert len(rest) >= least
            assert own == rest


@pytest.mark.parametrize(
    ("rows", "broken"),
    [
        ("SELECT 1, {first}, -9, {how}, 1, 'none', 1", "measurement_measurand_id"),
        ("SELECT 1, {first}, {what}, -9, 1, 'none', 1", "measurement_manner_id"),
        # Between two samples, and behind them.
        ("SELECT 1, {first} + 1, {what}, {how}, 1, 'none', 1", "measurement_sample_id"),
        ("SELECT 1, {first} + 3, {what}, {how}, 1, 'none', 1", "measurement_sample_id"),
    ],
)
def test_what_refers_to_nothing_is_not_joined(runtime: Runtime, rows: str, broken: str) -> None:
    take_in(runtime, soil_csv(ROWS[:1]), **OPTIONS)
    import_id = register(runtime, soil_csv(ROWS).encode(), "e", epsg=4326, unit="mg/kg")
    with (
        pytest.raises(DBAPIError, match=f"fk_{broken}") as caught,
        runtime.database.writing() as session,
    ):
        _join_one_result(session, imports.get(session, import_id), rows)
    assert isinstance(caught.value.orig, ForeignKeyViolation)
    assert _rows(runtime) == {"sample_rest": 1, "measurement_rest": 1}


@pytest.mark.parametrize("at", [0, 2])
def test_samples_may_lack_numbers_between_them(runtime: Runtime, at: int) -> None:
    """As after rows were taken back; then each result is asked for its sample."""
    take_in(runtime, soil_csv(ROWS[:1]), **OPTIONS)
    import_id = register(runtime, soil_csv(ROWS).encode(), "e", epsg=4326, unit="mg/kg")
    rows = f"SELECT 1, {{first}} + {at}, {{what}}, {{how}}, 1, 'none', 1"
    with runtime.database.writing() as session:
        record = imports.get(session, import_id)
        _join_one_result(session, record, rows)
        number = record.id
    found = {f"sample_{number}": 2, f"measurement_{number}": 1}
    assert _rows(runtime) == found | {"sample_rest": 1, "measurement_rest": 1}


def _join_one_result(session: Session, record: Import, rows: str) -> None:
    record.status = "reading"
    session.flush()
    number = {"number": record.id}
    first = session.scalar(text("SELECT hotspots.begin_own_tables(:number)"), number)
    session.execute(
        text(
            f"INSERT INTO hotspots.sample_{record.id} (id, dataset_id, natural_place, geom, "
            "easting, northing, original_easting, original_northing, original_epsg, hilbert, "
            "import_id, row_number) SELECT id, :dataset, 'at:' || id, 'SRID=4326;POINT(5 51)', 5, "
            "51, '5', '51', 4326, 1, :number, 1 FROM unnest(ARRAY[:first, :first + 2]) AS id"
        ),
        number | {"first": first, "dataset": record.dataset_id},
    )
    keys = "SELECT measurand_id AS what, manner_id AS how FROM hotspots.measurement"
    told = session.execute(text(keys)).mappings().one()
    columns = "id, sample_id, measurand_id, manner_id, row_number, censoring, value"
    row = rows.format(first=first, **told)
    session.execute(text(f"INSERT INTO hotspots.measurement_{record.id} ({columns}) {row}"))
    session.execute(text("SELECT hotspots.join_own_tables(:number)"), number)


def test_only_an_import_that_is_read_begins_tables(runtime: Runtime) -> None:
    number = _number(runtime, take_in(runtime, soil_csv(ROWS), **OPTIONS))
    begin = text(f"SELECT hotspots.begin_own_tables({number})")
    with (
        pytest.raises(DBAPIError, match="only an import that is being read has tables"),
        runtime.database.writing() as session,
    ):
        session.execute(begin)


@pytest.mark.parametrize(
    "statement", ["DROP TABLE hotspots.sample_rest", "CREATE TABLE hotspots.sample_9 ()"]
)
def test_the_service_owns_no_table(runtime: Runtime, statement: str) -> None:
    """It may begin and join tables, and neither drop them nor make others."""
    with (
        pytest.raises(NotMigrated, match="lacks rights"),
        runtime.database.writing() as session,
    ):
        session.execute(text(statement))


def test_migration_down_and_up_keeps_what_large_imports_brought(fresh: FreshDatabase) -> None:
    engine = create_engine(fresh.owner, poolclass=NullPool)
    with engine.begin() as connection:
        for statement in (
            "INSERT INTO hotspots.dataset (id, name, title) VALUES (1, 'd', 'D')",
            "INSERT INTO hotspots.import (id, dataset_id, kind, filename, sha256, size_bytes, "
            "status) VALUES (1, 1, 'samples', 'f', 's', 1, 'reading')",
            "SELECT hotspots.begin_own_tables(1)",
            "INSERT INTO hotspots.sample_1 (id, dataset_id, natural_place, geom, easting, "
            "northing, original_easting, original_northing, original_epsg, hilbert, import_id, "
            "row_number) VALUES (1100585369600, 1, 'a', 'SRID=4326;POINT(5 51)', 5, 51, '5', "
            "'51', 4326, 1, 1, 1)",
            "SELECT hotspots.join_own_tables(1)",
        ):
            connection.execute(text(statement))
    shown = "SELECT natural_place, uid FROM hotspots.sample"
    with engine.begin() as connection:
        before = connection.execute(text(shown)).all()
    migrate.downgrade(fresh.owner, "20261128_sample_ranges")
    with engine.begin() as connection:
        assert connection.execute(text(shown)).all() == before
    migrate.upgrade(fresh.owner, fresh.api)
    migrate.check_models(fresh.owner)
    with engine.begin() as connection:
        assert connection.execute(text(shown)).all() == before
        next_one = connection.scalar(
            text("SELECT nextval(pg_get_serial_sequence('hotspots.sample', 'id'))")
        )
        assert next_one == 2
