"""Connections, and the database's errors in plain words."""

import time
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.db.embedded import ClusterUrls
from app.db.migrate import downgrade, head_revision
from app.db.models import Contaminant
from app.db.session import Database, connection_string, driver_url
from app.errors import (
    Busy,
    Conflict,
    DatabaseUnavailable,
    NotMigrated,
    NotReady,
    PostGISMissing,
    UnsafeSettings,
)
from tests.app.conftest import FreshDatabase, renamed, run


@pytest.fixture
def hurried(fresh: FreshDatabase) -> Iterator[Database]:
    """A database that waits for little."""
    opened = Database(fresh.api, read_timeout_ms=200, pool_size=1, pool_wait_seconds=0.1)
    yield opened
    opened.close()


def _check(url: str, revision: str | None = None) -> None:
    database = Database(url)
    try:
        database.check(revision or head_revision())
    finally:
        database.close()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:p@h/d",
        "postgres://u:p@h/d",
        "postgresql+psycopg://u:p@h/d",
        "postgresql+psycopg2://u:p@h/d",
    ],
)
def test_any_spelling_of_postgresql_is_taken(url: str) -> None:
    assert driver_url(url).drivername == "postgresql+psycopg"
    assert connection_string(url) == "postgresql://u:p@h/d"


def test_who_remembers_asks_again_unless_what_was_written_is_not_shown(database: Database) -> None:
    numbers = [database.changes]
    for is_shown in (False, True, False):
        with database.writing(is_shown=is_shown):
            pass
        numbers.append(database.changes)
    first, *others = numbers
    assert others[0] == first
    assert others[1] == others[2] != first


@pytest.mark.parametrize("url", ["mysql://u:p@h/d", "sqlite:///x.db"])
def test_another_database_is_refused(url: str) -> None:
    with pytest.raises(UnsafeSettings, match="only PostgreSQL with PostGIS will do"):
        driver_url(url)


def test_text_that_is_no_address_is_refused_without_repeating_it() -> None:
    with pytest.raises(UnsafeSettings, match="postgresql://user:password@host/database") as caught:
        driver_url("secret-text")
    assert "secret-text" not in caught.value.message


def test_reading_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError, match="read-only"), database.reading() as session:
        session.execute(text("DELETE FROM hotspots.unit"))


def test_writing_is_all_or_nothing(database: Database) -> None:
    def fail() -> None:
        with database.writing() as session:
            session.execute(text("DELETE FROM hotspots.unit"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM hotspots.unit")) == 134


def test_slow_query_is_stopped_with_a_sentence(hurried: Database) -> None:
    start = time.monotonic()
    with pytest.raises(Busy, match="took too long"), hurried.reading() as session:
        session.execute(text("SELECT pg_sleep(30)"))
    assert time.monotonic() - start < 10


def test_exhausted_pool_is_busy_not_a_crash(hurried: Database) -> None:
    with hurried.reading() as first, hurried.reading() as second:
        first.execute(text("SELECT 1"))
        second.execute(text("SELECT 1"))
        with pytest.raises(Busy, match="at once"), hurried.reading() as third:
            third.execute(text("SELECT 1"))


def test_two_who_store_the_same_is_a_conflict(database: Database) -> None:
    with pytest.raises(Conflict, match="same"), database.writing() as session:
        session.add(Contaminant(code="zn", name_en="Zinc", aliases=[]))


def test_healthy_database_passes(cluster: ClusterUrls) -> None:
    _check(cluster.api)


def test_unreachable_server_is_one_sentence() -> None:
    with pytest.raises(DatabaseUnavailable, match=r"does not answer.*hotspots doctor"):
        _check("postgresql://nobody@127.0.0.1:9/nothing")


def test_absent_database_is_one_sentence(cluster: ClusterUrls) -> None:
    with pytest.raises(DatabaseUnavailable, match="does not answer"):
        _check(renamed(cluster.api, "absent"))


def test_wrong_password_is_one_sentence_without_it(cluster: ClusterUrls) -> None:
    wrong = driver_url(cluster.api).set(password="wrong-password")
    with pytest.raises(DatabaseUnavailable) as caught:
        _check(wrong.render_as_string(hide_password=False))
    assert "wrong-password" not in caught.value.message


def test_database_that_goes_away_is_unavailable(cluster: ClusterUrls, database: Database) -> None:
    database.check(head_revision())
    maintenance = renamed(cluster.superuser, "postgres")
    run(maintenance, "ALTER DATABASE fresh ALLOW_CONNECTIONS false")
    run(
        maintenance,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'fresh'",
    )
    with pytest.raises(DatabaseUnavailable):
        database.check(head_revision())
    run(maintenance, "ALTER DATABASE fresh ALLOW_CONNECTIONS true")
    database.check(head_revision())


def test_missing_postgis_is_one_sentence(fresh: FreshDatabase) -> None:
    run(fresh.superuser, "DROP EXTENSION postgis CASCADE")
    with pytest.raises(PostGISMissing, match="has no PostGIS extension"):
        _check(fresh.api)


def test_unmigrated_schema_is_one_sentence(fresh: FreshDatabase) -> None:
    run(fresh.owner, "DROP SCHEMA hotspots CASCADE")
    with pytest.raises(NotMigrated, match=r"no soil-hotspots schema yet\. Run 'hotspots migrate'"):
        _check(fresh.api)


def test_emptied_schema_is_one_sentence(fresh: FreshDatabase) -> None:
    downgrade(fresh.owner)
    with pytest.raises(NotMigrated, match="Run 'hotspots migrate'"):
        _check(fresh.api)


def test_other_revision_is_named(fresh: FreshDatabase) -> None:
    run(fresh.owner, "UPDATE hotspots.revision SET version_num = 'tomorrow'")
    with pytest.raises(NotMigrated, match=f"at revision tomorrow.* needs {head_revision()}"):
        _check(fresh.api)


def test_dropped_table_is_not_migrated(fresh: FreshDatabase, database: Database) -> None:
    run(fresh.owner, "DROP TABLE hotspots.unit")
    with pytest.raises(NotMigrated, match="incomplete"), database.reading() as session:
        session.execute(text("SELECT * FROM hotspots.unit"))


def test_role_that_owns_tables_is_refused(fresh: FreshDatabase) -> None:
    with pytest.raises(UnsafeSettings, match="superuser or owns the tables"):
        _check(fresh.owner)


def test_superuser_is_refused(fresh: FreshDatabase) -> None:
    with pytest.raises(UnsafeSettings, match="superuser or owns the tables"):
        _check(fresh.superuser)


def test_role_without_rights_is_one_sentence(fresh: FreshDatabase) -> None:
    role = "CREATE ROLE stranger LOGIN PASSWORD 'stranger'"
    run(fresh.superuser, role)
    try:
        run(fresh.superuser, "GRANT CONNECT ON DATABASE fresh TO stranger")
        stranger = driver_url(fresh.api).set(username="stranger", password="stranger")
        with pytest.raises(NotReady, match="lacks rights"):
            _check(stranger.render_as_string(hide_password=False))
    finally:
        run(fresh.superuser, "REVOKE ALL ON DATABASE fresh FROM stranger")
        run(fresh.superuser, "DROP ROLE stranger")
