"""What the embedded cluster's roles may do, tried against the real thing."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from app.db.cluster_process import processes_in
from app.db.embedded import ClusterUrls, EmbeddedCluster


@pytest.fixture(scope="module")
def urls() -> Iterator[ClusterUrls]:
    folder = Path(tempfile.mkdtemp(prefix="hotspots-test-"))
    folder.chmod(0o755)
    with EmbeddedCluster(folder / "data").running() as addresses:
        with _connected(addresses.owner) as owner:
            owner.execute("CREATE TABLE hotspots.thing (number integer)")
            owner.execute("GRANT USAGE ON SCHEMA hotspots TO hotspots_api")
            owner.execute("GRANT SELECT, INSERT ON hotspots.thing TO hotspots_api")
        yield addresses
    assert processes_in(folder / "data" / "postgres") == []
    shutil.rmtree(folder)


@pytest.fixture
def api(urls: ClusterUrls) -> Iterator[psycopg.Connection]:
    with _connected(urls.api) as connection:
        yield connection


def _connected(url: str, database: str = "hotspots") -> psycopg.Connection:
    libpq = url.replace("postgresql+psycopg://", "postgresql://")
    return psycopg.connect(re.sub(r"/hotspots\?", f"/{database}?", libpq), autocommit=True)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.mine (number integer)",
        "CREATE TABLE hotspots.mine (number integer)",
        "CREATE SCHEMA mine",
        "CREATE ROLE mine",
        "CREATE DATABASE mine",
        "CREATE EXTENSION postgres_fdw",
        "CREATE FUNCTION public.mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "SET ROLE hotspots_owner",
        "SET ROLE postgres",
        "SET SESSION AUTHORIZATION hotspots_owner",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_ls_dir('/')",
        "COPY hotspots.thing FROM '/etc/passwd'",
        "COPY hotspots.thing TO PROGRAM 'cat'",
        "SELECT lo_import('/etc/passwd')",
        "SELECT lo_create(0)",
        "SELECT lo_from_bytea(0, 'x')",
        "DELETE FROM hotspots.thing",
        "DROP TABLE hotspots.thing",
        "ALTER TABLE hotspots.thing ADD COLUMN more integer",
        "SELECT rolpassword FROM pg_authid",
        "ALTER SYSTEM SET fsync = off",
        "SET temp_file_limit = -1",
        "DELETE FROM public.spatial_ref_sys",
    ],
)
def test_the_api_role_cannot(api: psycopg.Connection, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        api.execute(statement)


def test_the_api_role_has_its_table_rights_and_temporary_tables(api: psycopg.Connection) -> None:
    with api.transaction():
        api.execute("CREATE TEMPORARY TABLE staging (number integer) ON COMMIT DROP")
        with api.cursor().copy("COPY staging FROM STDIN") as copy:
            copy.write_row((7,))
        api.execute("INSERT INTO hotspots.thing SELECT number FROM staging")
    assert api.execute("SELECT number FROM hotspots.thing").fetchone() == (7,)
    # the origin of EPSG:28992, from its definition: 5.387638889 E, 52.156160556 N
    distance = api.execute(
        "SELECT ST_Distance(ST_Transform(ST_Point(5.387638889, 52.156160556, 4289), 28992), "
        "ST_Point(155000, 463000, 28992))"
    ).fetchone()
    assert distance is not None
    assert distance[0] < 0.01


def test_the_api_role_owns_nothing_and_belongs_to_nobody(api: psycopg.Connection) -> None:
    row = api.execute(
        "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, rolinherit, "
        "(SELECT count(*) FROM pg_shdepend WHERE refobjid = r.oid AND deptype = 'o'), "
        "(SELECT count(*) FROM pg_auth_members WHERE member = r.oid) "
        "FROM pg_roles r WHERE rolname = current_user"
    ).fetchone()
    assert row == (False, False, False, False, False, False, 0, 0)


@pytest.mark.parametrize("database", ["postgres", "template1"])
def test_the_api_role_enters_no_other_database(urls: ClusterUrls, database: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        _connected(urls.api, database)


def test_nobody_enters_without_the_right_password(urls: ClusterUrls) -> None:
    wrong = re.sub(r"://(\w+):[^@]+@", r"://\1:wrong@", urls.superuser)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        _connected(wrong)


def test_the_owner_is_no_superuser_and_may_migrate(urls: ClusterUrls) -> None:
    with _connected(urls.owner) as owner:
        owner.execute("CREATE SCHEMA procrastinate")
        owner.execute("CREATE TABLE hotspots.place (geom geometry(Point, 4326))")
        owner.execute("CREATE INDEX ON hotspots.place USING gist (geom)")
        owner.execute("DROP SCHEMA hotspots CASCADE")
        owner.execute("CREATE SCHEMA IF NOT EXISTS hotspots")
        row = owner.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
        assert row == (False,)
        owner.execute("CREATE TABLE hotspots.thing (number integer)")
        owner.execute("GRANT USAGE ON SCHEMA hotspots TO hotspots_api")
        owner.execute("GRANT SELECT, INSERT ON hotspots.thing TO hotspots_api")


def test_the_server_listens_on_its_socket_only(urls: ClusterUrls) -> None:
    with _connected(urls.superuser) as superuser:
        assert superuser.execute("SHOW listen_addresses").fetchone() == ("",)
        assert superuser.execute("SHOW unix_socket_permissions").fetchone() == ("0700",)
        assert superuser.execute("SHOW jit").fetchone() == ("off",)
        assert superuser.execute("SHOW shared_buffers").fetchone() == ("128MB",)
        lines = superuser.execute("SELECT auth_method FROM pg_hba_file_rules").fetchall()
        assert {line[0] for line in lines} == {"scram-sha-256"}
