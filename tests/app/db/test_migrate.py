"""Migrations up and down, what they grant, and whether they make what the models say."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.pool import NullPool

from app.db import migrate
from app.db.embedded import ClusterUrls
from app.db.models import Base
from app.db.models.base import BY_TRIGGER
from app.db.session import Database
from app.errors import PostGISMissing, UnsafeSettings
from tests.app.conftest import FreshDatabase, renamed, run

FIRST = "20261122_first_schema"
NARROW = "20261127_measurements"


def _tables(url: str) -> set[str]:
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        found = connection.execute(
            text(
                "SELECT schemaname || '.' || tablename FROM pg_tables "
                "WHERE schemaname IN ('hotspots', 'procrastinate')"
            )
        )
        return set(found.scalars())


def _count(url: str, statement: str) -> int:
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        return int(connection.execute(text(statement)).scalar_one())


def test_models_equal_the_migrated_schema(fresh: FreshDatabase) -> None:
    migrate.check_models(fresh.owner)


def _definitions(url: str) -> list[str]:
    """Every constraint and index, which Alembic compares in part only."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        constraints = connection.execute(
            text(
                "SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) "
                "FROM pg_constraint WHERE connamespace = 'hotspots'::regnamespace "
                "AND conrelid <> COALESCE(to_regclass('hotspots.revision'), 0)"
            )
        )
        indexes = connection.execute(
            text(
                "SELECT indexdef FROM pg_indexes "
                "WHERE schemaname = 'hotspots' AND tablename <> 'revision'"
            )
        )
        return sorted([*constraints.scalars(), *indexes.scalars()])


def test_constraints_and_indexes_are_those_of_the_models(fresh: FreshDatabase) -> None:
    migrated = _definitions(fresh.owner)
    assert len(migrated) > 100
    run(fresh.owner, "DROP SCHEMA hotspots CASCADE")
    run(fresh.owner, "CREATE SCHEMA hotspots")
    engine = create_engine(fresh.owner, poolclass=NullPool)
    Base.metadata.create_all(engine)
    # Some references are checked by triggers instead (tests/app/db/models/test_constraints.py).
    by_trigger = tuple(
        f"hotspots.{table.name} {constraint.name} "
        for table in Base.metadata.tables.values()
        for constraint in table.foreign_key_constraints
        if any(BY_TRIGGER in element.info for element in constraint.elements)
    )
    assert len(by_trigger) == 7
    made = [line for line in _definitions(fresh.owner) if not line.startswith(by_trigger)]
    # What large imports have of their own is as in the rest (test_own_tables.py).
    whole = [line for line in migrated if "_rest" not in line]
    assert len(migrated) - len(whole) == 27
    assert made == whole


def test_check_models_notices_a_difference(fresh: FreshDatabase) -> None:
    run(fresh.owner, "ALTER TABLE hotspots.sample DROP COLUMN code")
    with pytest.raises(Exception, match="New upgrade operations detected"):
        migrate.check_models(fresh.owner)


def test_down_and_up_again_makes_the_same_schema(fresh: FreshDatabase) -> None:
    before = _tables(fresh.owner)
    assert {"hotspots.sample", "procrastinate.procrastinate_jobs"} <= before
    migrate.downgrade(fresh.owner)
    assert _tables(fresh.owner) == {"hotspots.revision"}
    leftovers = (
        "SELECT count(*) FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace "
        "WHERE n.nspname IN ('hotspots', 'procrastinate') AND t.typname !~ 'revision'"
    )
    assert _count(fresh.owner, leftovers) == 0
    migrate.upgrade(fresh.owner, fresh.api)
    assert _tables(fresh.owner) == before
    migrate.check_models(fresh.owner)
    database = Database(fresh.api)
    database.check(migrate.head_revision())
    database.close()


def test_each_revision_goes_down_and_up_alone(fresh: FreshDatabase) -> None:
    migrate.downgrade(fresh.owner, FIRST)
    assert not any(name.startswith("procrastinate") for name in _tables(fresh.owner))
    migrate.upgrade(fresh.owner, fresh.api, FIRST)
    migrate.upgrade(fresh.owner, fresh.api)
    assert "procrastinate.procrastinate_jobs" in _tables(fresh.owner)


def test_results_are_carried_over_and_back(fresh: FreshDatabase) -> None:
    """Texts that are the value and texts that are not, what is shared and what is superseded."""
    migrate.downgrade(fresh.owner, "20261127_aggregates")
    for statement in (
        "INSERT INTO hotspots.dataset (id, name, title) VALUES (1, 'd', 'D')",
        "INSERT INTO hotspots.import (id, dataset_id, kind, filename, sha256, size_bytes) "
        "VALUES (1, 1, 'samples', 'f', 's', 1), (2, 1, 'samples', 'g', 't', 1)",
        "INSERT INTO hotspots.sample (id, dataset_id, natural_place, geom, easting, northing, "
        "original_easting, original_northing, original_epsg, hilbert, import_id, row_number) "
        "SELECT id, 1, 'id:' || id, 'SRID=4326;POINT(5 51)', 5, 51, '5', '51', 4326, 1, 1, id "
        "FROM generate_series(1, 2) AS id",
        "INSERT INTO hotspots.result (id, sample_id, contaminant, value, censoring, "
        "detection_limit, limit_kind, unit, basis, extraction, replicate, qualifier, method, "
        "column_name, original_text, original_unit, conversion_factor, import_id, row_number, "
        "supersedes_id, superseded_at) VALUES "
        "(3, 1, 'zn', 1.5, 'none', NULL, NULL, 'mg/kg', 'dry', 'XRF', NULL, NULL, NULL, 'Zn', "
        "'1.5', 'mg/kg', 1, 1, 2, NULL, '2020-01-01'), "
        "(4, 1, 'zn', 2, 'none', NULL, NULL, 'mg/kg', 'dry', 'XRF', NULL, 'J', NULL, 'Zn', "
        "'2.0', 'mg/kg', 1, 2, 2, 3, NULL), "
        "(5, 1, 'zn', 2, 'none', NULL, NULL, 'mg/kg', 'dry', NULL, 'a', NULL, 'M', 'Zn', "
        "'2000', 'ug/kg', 0.001, 2, 2, NULL, NULL), "
        "(6, 2, 'pb', NULL, 'left', 0.5, 'LOD', 'mg/kg', 'unstated', NULL, NULL, 'U', NULL, 'Pb', "
        "'<0.5', 'mg/kg', 1, 1, 3, NULL, NULL)",
    ):
        run(fresh.owner, statement)
    shown = "SELECT hashtext(string_agg(result::text, ' ' ORDER BY id)) FROM hotspots.result"
    before = _count(fresh.owner, shown)
    migrate.upgrade(fresh.owner, fresh.api, NARROW)
    assert _count(fresh.owner, shown) == before
    assert _count(fresh.owner, "SELECT count(*) FROM hotspots.measurand") == 3
    assert _count(fresh.owner, "SELECT count(*) FROM hotspots.manner") == 4
    texts = "SELECT count(original_text) FROM hotspots.measurement"
    assert _count(fresh.owner, texts) == 3  # all but 1.5, which is what its value says
    migrate.downgrade(fresh.owner, "20261127_aggregates")
    assert _count(fresh.owner, shown) == before
    migrate.upgrade(fresh.owner, fresh.api)
    assert _count(fresh.owner, "SELECT count(*) FROM hotspots.result") == 4
    migrate.downgrade(fresh.owner, NARROW)
    assert _count(fresh.owner, shown) == before


def test_own_frameworks_go_with_their_values_and_the_registry_stays(fresh: FreshDatabase) -> None:
    run(
        fresh.owner,
        "INSERT INTO hotspots.own_framework (framework, visibility, version) "
        "VALUES ('OWN_X', 'private', 1)",
    )
    columns = (
        "legal_name, contaminant, land_use, tier, value, unit, verified, verification, framework"
    )
    run(
        fresh.owner,
        f"INSERT INTO hotspots.guideline_value (id, own_framework, {columns}) "
        "VALUES ('OWN_X-1', 'OWN_X', 'x', 'zn', 'any', 'screening', 1, 'mg/kg', false, 'none', "
        "'OWN_X')",
    )
    count = "SELECT count(*) FROM hotspots.guideline_value"
    assert _count(fresh.owner, count) == 2076
    migrate.downgrade(fresh.owner, "20261127_measurements")
    assert _count(fresh.owner, count) == 2075
    migrate.upgrade(fresh.owner, fresh.api)
    migrate.check_models(fresh.owner)
    assert _count(fresh.owner, count) == 2075


def test_upgrade_twice_changes_nothing(fresh: FreshDatabase) -> None:
    migrate.upgrade(fresh.owner, fresh.api)
    assert _count(fresh.owner, "SELECT count(*) FROM hotspots.contaminant") == 144


def test_one_role_for_owner_and_api_is_refused(fresh: FreshDatabase) -> None:
    with pytest.raises(UnsafeSettings, match="Create a second role that owns nothing"):
        migrate.upgrade(fresh.owner, fresh.owner)


def test_upgrade_without_postgis_is_one_sentence(cluster: ClusterUrls) -> None:
    maintenance = renamed(cluster.superuser, "postgres")
    run(maintenance, "CREATE DATABASE plain OWNER hotspots_owner TEMPLATE template0")
    try:
        with pytest.raises(PostGISMissing, match=r"no PostGIS.*CREATE EXTENSION postgis;$"):
            migrate.upgrade(renamed(cluster.owner, "plain"), renamed(cluster.api, "plain"))
        assert _tables(renamed(cluster.owner, "plain")) == set()
    finally:
        run(maintenance, "DROP DATABASE plain WITH (FORCE)")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE hotspots.mine (a int)",
        "CREATE TABLE public.mine (a int)",
        "CREATE SCHEMA mine",
        "CREATE TABLE procrastinate.mine (a int)",
        "UPDATE hotspots.revision SET version_num = 'x'",
        "DELETE FROM hotspots.revision",
        "INSERT INTO hotspots.revision VALUES ('x')",
        "DROP TABLE hotspots.measurement",
        "ALTER TABLE hotspots.sample ADD COLUMN a int",
        "TRUNCATE hotspots.measurement",
        "COPY hotspots.member TO PROGRAM 'cat'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT lo_import('/etc/passwd')",
        "SET ROLE hotspots_owner",
    ],
)
def test_api_role_may_not(cluster: ClusterUrls, statement: str) -> None:
    engine = create_engine(cluster.api, poolclass=NullPool)
    with (
        engine.connect() as connection,
        pytest.raises(ProgrammingError, match=r"permission denied|must be"),
    ):
        connection.execute(text(statement))


def test_api_role_reads_the_revision(cluster: ClusterUrls) -> None:
    engine = create_engine(cluster.api, poolclass=NullPool)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT version_num FROM hotspots.revision")).scalar_one()
    assert found == migrate.head_revision()
