"""deploy/postgres/20-roles.sql on a real PostgreSQL: what compose's database starts with."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

PASSWORDS = {"HOTSPOTS_OWNER_PASSWORD": "o'wner", "HOTSPOTS_API_PASSWORD": 'a"pi'}


def programs() -> Path:
    """Return the folder of the newest PostgreSQL's programs."""
    folders = sorted(
        (int(path.parent.name), path) for path in Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    )
    if not folders:
        pytest.skip("needs PostgreSQL's server programs where Debian puts them")
    return folders[-1][1]


class Server:
    """A throw-away server, reached by its socket; as root it runs as the postgres user."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = programs()

    def run(self, *words: str | Path, **environment: str) -> str:
        drop = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        answer = subprocess.run(
            [*(drop if os.geteuid() == 0 else []), *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C", **environment},
        )
        if answer.returncode:
            raise RuntimeError(answer.stderr)
        return answer.stdout

    def psql(
        self, sql: str, user: str = "postgres", database: str = "hotspots", password: str = ""
    ) -> str:
        """Run one statement; the password of a role is asked for, the superuser's is not."""
        return self.run(
            self.bin / "psql",
            *("--no-psqlrc", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"),
            *("--host", str(self.folder), "--username", user, "--dbname", database),
            *("--command", sql),
            PGPASSWORD=password,
        ).strip()


@pytest.fixture(scope="module")
def server(repository: Path) -> Iterator[Server]:
    # Not pytest's folder: a socket's path may have 107 bytes, and postgres must be able to enter.
    folder = Path(tempfile.mkdtemp(prefix="hs-roles-", dir="/tmp"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    made = Server(folder)
    data = folder / "data"
    script = folder / "20-roles.sql"
    shutil.copy(repository / "deploy" / "postgres" / "20-roles.sql", script)
    script.chmod(0o644)
    started = False
    try:
        made.run(
            made.bin / "initdb",
            *("--no-sync", "--encoding=UTF8", "--username=postgres"),
            *("--pgdata", str(data), "--auth=trust"),
        )
        hba = "local all postgres trust\nlocal all all scram-sha-256\n"
        made.run("sh", "-c", f'printf "%s" "{hba}" > data/pg_hba.conf')
        settings = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
        made.run(
            made.bin / "pg_ctl",
            *("--pgdata", str(data), "--wait", "--log", str(folder / "log")),
            *("--options", settings, "start"),
        )
        started = True
        made.psql("CREATE DATABASE hotspots", database="postgres")
        made.run(
            made.bin / "psql",
            *("--no-psqlrc", "--host", str(folder), "--username=postgres", "--dbname=hotspots"),
            *("--file", str(script)),
            **PASSWORDS,
        )
        yield made
    finally:
        if started:
            made.run(made.bin / "pg_ctl", "--pgdata", str(data), "--mode=immediate", "stop")
        shutil.rmtree(folder)


def api(server: Server, sql: str) -> str:
    return server.psql(sql, user="hotspots_api", password=PASSWORDS["HOTSPOTS_API_PASSWORD"])


def owner(server: Server, sql: str) -> str:
    return server.psql(sql, user="hotspots_owner", password=PASSWORDS["HOTSPOTS_OWNER_PASSWORD"])


def test_postgis_is_there(server: Server) -> None:
    assert server.psql("SELECT extname FROM pg_extension WHERE extname = 'postgis'") == "postgis"


def test_roles_hold_no_power(server: Server) -> None:
    powers = server.psql(
        "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'hotspots%' AND (rolsuper OR rolcreatedb "
        "OR rolcreaterole OR rolreplication OR rolbypassrls)"
    )
    assert powers == "0"


def test_passwords_with_quotes_open_the_door_and_others_do_not(server: Server) -> None:
    assert api(server, "SELECT current_user") == "hotspots_api"
    assert owner(server, "SELECT current_user") == "hotspots_owner"
    with pytest.raises(RuntimeError, match="password authentication failed"):
        server.psql("SELECT 1", user="hotspots_api", password="guess")


def test_owner_makes_what_migrations_make(server: Server) -> None:
    owner(
        server,
        "CREATE SCHEMA other; CREATE TABLE hotspots.a (g geometry(Point, 4326)); "
        "GRANT USAGE ON SCHEMA hotspots TO hotspots_api; "
        "GRANT SELECT ON hotspots.a TO hotspots_api",
    )
    assert api(server, "SELECT count(*) FROM hotspots.a") == "0"


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE public.mine (a int)",
        "CREATE TABLE hotspots.mine (a int)",
        "CREATE SCHEMA mine",
        "CREATE EXTENSION dblink",
        "CREATE ROLE mine",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SELECT pg_read_file('/etc/hostname')",
        "SELECT lo_create(0)",
        "SET temp_file_limit = -1",
        "SET ROLE hotspots_owner",
    ],
)
def test_api_role_may_not(server: Server, sql: str) -> None:
    with pytest.raises(RuntimeError, match=r"permission denied|must be|available"):
        api(server, sql)


def test_api_role_may_use_temporary_tables(server: Server) -> None:
    assert "CREATE TABLE" in api(server, "CREATE TEMPORARY TABLE t (a int)")


def test_api_role_reaches_no_other_database_it_could_fill(server: Server) -> None:
    assert api(server, "SELECT has_database_privilege('hotspots', 'CREATE')") == "f"
