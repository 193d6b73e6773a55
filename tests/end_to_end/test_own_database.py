"""A database of the operator's own: what is missing is named, and nothing is taken for granted."""

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from app.db.embedded import ClusterUrls, EmbeddedCluster
from tests.end_to_end.service import clean_environment, data_folder, run_command, start


@pytest.fixture(scope="module")
def server() -> Iterator[ClusterUrls]:
    """A PostgreSQL server that plays the operator's own."""
    with data_folder() as folder, EmbeddedCluster(folder).running() as urls:
        yield urls


def _database(server: ClusterUrls, name: str, *, with_postgis: bool) -> dict[str, str]:
    """Make a database; return the settings that name it."""

    def renamed(url: str) -> str:
        return make_url(url).set(database=name).render_as_string(hide_password=False)

    superuser = create_engine(server.superuser, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with superuser.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} OWNER hotspots_owner"))
    if with_postgis:
        inside = create_engine(renamed(server.superuser), poolclass=NullPool)
        with inside.begin() as connection:
            connection.execute(text("CREATE EXTENSION postgis"))
    return {
        "HOTSPOTS_DATABASE_URL": renamed(server.api),
        "HOTSPOTS_OWNER_DATABASE_URL": renamed(server.owner),
    }


def test_migrate_seed_and_serve(server: ClusterUrls) -> None:
    own = _database(server, "own", with_postgis=True)
    with data_folder() as folder:
        environment = clean_environment(HOTSPOTS_DATA_DIR=str(folder), **own)
        early = run_command("serve", "--port", "0", environment=environment)
        assert early.returncode == 1
        assert "hotspots migrate" in early.stderr
        for command in ("migrate", "seed"):
            done = run_command(command, environment=environment)
            assert done.returncode == 0, done.stderr
        service = start(folder, "--no-demo", environment=environment)
        try:
            assert len(service.json("/api/contaminants")["contaminants"]) == 144
            assert not (folder / "postgres").exists(), "no cluster of its own was made"
        finally:
            service.stop()


def test_a_database_without_postgis_is_named(server: ClusterUrls) -> None:
    own = _database(server, "bare", with_postgis=False)
    with data_folder() as folder:
        environment = clean_environment(HOTSPOTS_DATA_DIR=str(folder), **own)
        for command in (("migrate",), ("serve", "--port", "0")):
            done = run_command(*command, environment=environment)
            assert done.returncode == 1
            assert "CREATE EXTENSION postgis" in done.stderr
            assert "Traceback" not in done.stderr


def test_a_server_that_does_not_answer_is_named() -> None:
    with data_folder() as folder:
        environment = clean_environment(
            HOTSPOTS_DATA_DIR=str(folder),
            HOTSPOTS_DATABASE_URL="postgresql://api:secret@127.0.0.1:1/none",
        )
        done = run_command("serve", "--port", "0", environment=environment)
        assert done.returncode == 1
        assert "does not answer" in done.stderr
        assert "secret" not in done.stderr
        assert "Traceback" not in done.stderr


def test_the_owners_role_may_not_serve(server: ClusterUrls) -> None:
    own = _database(server, "mixed", with_postgis=True)
    with data_folder() as folder:
        environment = clean_environment(HOTSPOTS_DATA_DIR=str(folder), **own)
        assert run_command("migrate", environment=environment).returncode == 0
        environment["HOTSPOTS_DATABASE_URL"] = environment["HOTSPOTS_OWNER_DATABASE_URL"]
        done = run_command("serve", "--port", "0", environment=environment)
        assert done.returncode == 1
        assert "owns" in done.stderr
