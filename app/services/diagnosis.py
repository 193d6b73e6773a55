"""The checks behind `hotspots doctor`: what works, what does not, and what to do about it."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool

from app.db.cluster_errors import ClusterError, folder_error
from app.db.cluster_programs import MINIMUM_POSTGIS, MINIMUM_POSTGRES, choose_programs
from app.db.embedded import ClusterStatus, EmbeddedCluster

MINIMUM_PYTHON = (3, 11)
_MINIMUM_FREE_BYTES = 1_000_000_000
_MINIMUM_SERVER = MINIMUM_POSTGRES * 10_000
_MIGRATE = "Run: hotspots migrate"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at, with the remedy where it is not as it should be."""

    name: str
    ok: bool
    detail: str
    remedy: str | None = None


def diagnose(
    data_dir: Path,
    database_url: str | None,
    owner_url: str | None,
    expected_revision: str | None = None,
    version_table: str = "hotspots.revision",
) -> list[Check]:
    """Check the installation from the ground up; a later check is left out when it cannot be made.

    A stopped embedded cluster is started for the checks and stopped again; one that was never made
    is left alone.
    """
    checks = [check_python(), check_folder(data_dir), check_space(data_dir)]
    expectation = (expected_revision, version_table)
    if database_url is None:
        return checks + _check_embedded(data_dir, expectation)
    checks += check_database(database_url, *expectation)
    if owner_url is not None:
        checks.append(_check_owner(owner_url))
    return checks


def check_python() -> Check:
    """Check the version of Python."""
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] >= MINIMUM_PYTHON:
        return Check("python", ok=True, detail=f"Python {found}.")
    needed = ".".join(map(str, MINIMUM_PYTHON))
    return Check(
        "python", ok=False, detail=f"Python {found} is too old.", remedy=f"Install Python {needed}."
    )


def check_folder(data_dir: Path) -> Check:
    """Check that the data folder, or the place where it will be made, can be written."""
    folder = _nearest_existing(data_dir)
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"x" * 4096)
    except OSError as error:
        return _failed("data folder", folder_error(folder, error))
    there = "" if folder == data_dir.expanduser().resolve() else ", not made yet"
    return Check("data folder", ok=True, detail=f"{data_dir} can be written{there}.")


def check_space(data_dir: Path) -> Check:
    """Check that the disk has room to work."""
    folder = _nearest_existing(data_dir)
    free = shutil.disk_usage(folder).free
    detail = f"{free / 1e9:.1f} GB free in {folder}."
    if free >= _MINIMUM_FREE_BYTES:
        return Check("disk space", ok=True, detail=detail)
    return Check(
        "disk space",
        ok=False,
        detail=f"Only {detail}",
        remedy="Free at least 1 GB there, or choose a folder on another disk with --data.",
    )


def _nearest_existing(data_dir: Path) -> Path:
    folder = data_dir.expanduser().resolve()
    while folder != folder.parent and not _exists(folder):
        folder = folder.parent
    return folder


def _exists(folder: Path) -> bool:
    try:
        return folder.exists()
    except PermissionError:
        return False  # it lies behind a folder we cannot enter, which is then the one to name


def _check_embedded(data_dir: Path, expectation: tuple[str | None, str]) -> list[Check]:
    cluster = EmbeddedCluster(data_dir)
    try:
        status = cluster.status()
        programs = choose_programs(status.major)
    except ClusterError as error:
        return [_failed("PostgreSQL", error)]
    checks = [
        Check("PostgreSQL", ok=True, detail=f"Version {programs.major} in {programs.folder}."),
        Check("PostGIS", ok=True, detail=f"Version {programs.postgis} is installed."),
        _check_cluster(cluster, status),
    ]
    if status.state == "absent":
        return checks
    try:
        with cluster.running() as urls:
            return checks + check_database(urls.api, *expectation)
    except ClusterError as error:
        return [*checks, _failed("connection", error)]


def _check_cluster(cluster: EmbeddedCluster, status: ClusterStatus) -> Check:
    folder = cluster.folder.cluster
    sentences = {
        "absent": "Not made yet; the first start makes it.",
        "stopped": f"Made in {folder}, stopped; starts when needed.",
        "stale": f"Stopped; a killed server (process {status.pid}) left its pid file behind, which "
        "the next start clears.",
        "starting": "A process is starting or stopping it just now.",
        "running": f"Running (process {status.pid}), in use by the service or a command.",
        "orphan": f"Running (process {status.pid}) for nobody: the service was killed. The next "
        "start takes it over, and its end stops it.",
    }
    # Every one of these states mends itself, so none is a fault.
    return Check("cluster", ok=True, detail=sentences[status.state])


def check_database(
    url: str, expected_revision: str | None = None, version_table: str = "hotspots.revision"
) -> list[Check]:
    """Check the database the service uses: reachable, PostGIS, migrated, a role without power."""
    checks: list[Check] = []
    try:
        with _connected(url) as connection:
            checks.append(_check_server(connection, url))
            checks.append(_check_postgis(connection))
            checks.append(_check_revision(connection, expected_revision, version_table))
            checks.append(_check_role(connection))
    except (DBAPIError, ArgumentError) as error:
        checks.append(_unreachable(url, error, "connection", "HOTSPOTS_DATABASE_URL"))
    return checks


def _check_owner(owner_url: str) -> Check:
    try:
        with _connected(owner_url) as connection:
            role = connection.execute(text("SELECT current_user")).scalar_one()
    except (DBAPIError, ArgumentError) as error:
        return _unreachable(owner_url, error, "owner", "HOTSPOTS_OWNER_DATABASE_URL")
    return Check("owner", ok=True, detail=f"Migrations can connect as {role}.")


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    parsed = make_url(url)
    if parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise ArgumentError("the address does not start with postgresql://")
    engine = create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        poolclass=NullPool,
        connect_args={"connect_timeout": 5},
    )
    with engine.connect() as connection:
        yield connection


def _check_server(connection: Connection, url: str) -> Check:
    version = connection.execute(text("SHOW server_version")).scalar_one()
    detail = f"PostgreSQL {version} at {_place(url)}."
    if int(connection.execute(text("SHOW server_version_num")).scalar_one()) >= _MINIMUM_SERVER:
        return Check("connection", ok=True, detail=detail)
    return Check(
        "connection",
        ok=False,
        detail=f"{detail[:-1]} is too old.",
        remedy=f"Use a server of version {MINIMUM_POSTGRES} or newer.",
    )


def _check_postgis(connection: Connection) -> Check:
    version = connection.execute(
        text("SELECT extversion FROM pg_extension WHERE extname = 'postgis'")
    ).scalar_one_or_none()
    if version is None:
        major = connection.execute(text("SHOW server_version_num")).scalar_one()[:2]
        return Check(
            "PostGIS",
            ok=False,
            detail="The database has no PostGIS extension.",
            remedy="On the database server install it (apt-get install "
            f"postgresql-{major}-postgis-3), then as a superuser in this database type: "
            "CREATE EXTENSION postgis;",
        )
    if tuple(int(part) for part in version.split(".")[:2]) < MINIMUM_POSTGIS:
        needed = ".".join(map(str, MINIMUM_POSTGIS))
        return Check(
            "PostGIS",
            ok=False,
            detail=f"The database has PostGIS {version}, and {needed} or newer is needed.",
            remedy="Upgrade its package, then as a superuser type: "
            "SELECT postgis_extensions_upgrade();",
        )
    return Check("PostGIS", ok=True, detail=f"The database has PostGIS {version}.")


def _check_revision(connection: Connection, expected: str | None, table: str) -> Check:
    exists = connection.execute(text("SELECT to_regclass(:table)"), {"table": table}).scalar_one()
    if exists is None:
        return Check("schema", ok=False, detail="The database is not migrated.", remedy=_MIGRATE)
    # `table` is a constant of this product that PostgreSQL has just found by that name.
    found = connection.execute(
        text(f"SELECT max(version_num) FROM {table}")  # noqa: S608
    ).scalar_one()
    if found is None:
        return Check("schema", ok=False, detail="The database is not migrated.", remedy=_MIGRATE)
    if expected is not None and found != expected:
        return Check(
            "schema",
            ok=False,
            detail=f"The database is at revision {found}, and this program needs {expected}.",
            remedy=f"{_MIGRATE} - or, if the database is the newer one, install the newer program.",
        )
    return Check("schema", ok=True, detail=f"The database is at revision {found}.")


_ROLE_POWERS = text("""
    SELECT
        r.rolsuper AS "is a superuser",
        r.rolbypassrls AS "passes by row-level security",
        r.rolcreaterole AS "may create roles",
        EXISTS (SELECT FROM pg_database d WHERE d.datdba = r.oid
                AND d.datname = current_database()) AS "owns the database",
        EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid
                AND c.relpersistence <> 't') AS "owns tables",
        EXISTS (SELECT FROM pg_namespace n WHERE n.nspowner = r.oid) AS "owns a schema",
        EXISTS (SELECT FROM pg_proc p WHERE p.proowner = r.oid) AS "owns functions",
        EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid) AS "is member of other roles",
        EXISTS (SELECT FROM pg_namespace n WHERE n.nspname !~ '^pg_'
                AND has_schema_privilege(r.oid, n.oid, 'CREATE')) AS "may create tables"
    FROM pg_roles r WHERE r.rolname = current_user
""")


def _check_role(connection: Connection) -> Check:
    row = connection.execute(_ROLE_POWERS).mappings().one()
    role = connection.execute(text("SELECT current_user")).scalar_one()
    powers = [power for power, has in row.items() if has]
    if not powers:
        return Check("role", ok=True, detail=f"The service's role {role} owns nothing.")
    return Check(
        "role",
        ok=False,
        detail=f"The service's role {role} is too powerful: it {', '.join(powers)}.",
        remedy="Name a role that owns nothing and has table rights only in HOTSPOTS_DATABASE_URL, "
        "and the owner in HOTSPOTS_OWNER_DATABASE_URL.",
    )


def _unreachable(url: str, error: Exception, name: str, setting: str) -> Check:
    if isinstance(error, ArgumentError):
        return Check(
            name,
            ok=False,
            detail=f"The database address in {setting} cannot be read.",
            remedy="Write it as postgresql://user:password@host:5432/database",
        )
    reason = " ".join(str(getattr(error, "orig", error)).split())
    place = _place(url)
    known = (
        ("password authentication failed", f"The server at {place} refused the password."),
        ("does not exist", f"The server at {place} knows no such database or role."),
        ("no pg_hba.conf entry", f"The server at {place} does not let this machine in."),
        ("starting up", f"The server at {place} is still starting up."),
        ("too many clients", f"The server at {place} has no connection left."),
    )
    for words, sentence in known:
        if words in reason:
            remedy = f"Correct {setting}, or the server's roles and pg_hba.conf."
            return Check(name, ok=False, detail=sentence, remedy=remedy)
    return Check(
        name,
        ok=False,
        detail=f"The database server at {place} does not answer ({reason[:200]}).",
        remedy=f"Start that server, open the way to it, or correct {setting}.",
    )


def _place(url: str) -> str:
    """Name host, port and database of an address, never its password."""
    parsed: URL = make_url(url)
    host = parsed.host or parsed.query.get("host") or "the local socket"
    port = f":{parsed.port}" if parsed.port else ""
    return f"{host}{port}/{parsed.database or ''}"


def _failed(name: str, error: ClusterError) -> Check:
    """Split an error's sentence into what is wrong and what to do."""
    detail, separator, remedy = str(error).partition("; ")
    if not separator:
        return Check(name, ok=False, detail=detail)
    return Check(name, ok=False, detail=f"{detail}.", remedy=f"{remedy[:1].upper()}{remedy[1:]}")
