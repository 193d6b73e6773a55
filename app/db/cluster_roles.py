"""What is inside the cluster: one database with PostGIS, an owner, and a role that owns nothing."""

import hashlib
from typing import LiteralString

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL

from app.db.cluster_address import Address
from app.db.cluster_errors import SecretsError, StartError, disk_full
from app.db.cluster_folder import ClusterFolder, Secrets
from app.db.cluster_server import SUPERUSER

DATABASE = "hotspots"
OWNER_ROLE = "hotspots_owner"
API_ROLE = "hotspots_api"
# Raise it when `provision` changes: every existing cluster is then provisioned again.
_REVISION = 1

_ROLE_RIGHTS: LiteralString = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
_IN_DATABASE: tuple[LiteralString, ...] = (
    "CREATE EXTENSION IF NOT EXISTS postgis",
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    "CREATE SCHEMA IF NOT EXISTS hotspots AUTHORIZATION hotspots_owner",
    # Large objects belong to nobody's quota and are outside table rights.
    "REVOKE EXECUTE ON FUNCTION lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea) "
    "FROM PUBLIC",
)


def url_for(address: Address, role: str, password: str, database: str = DATABASE) -> str:
    """Write an SQLAlchemy URL; everything is named, so that PG* variables change nothing."""
    if address.socket_dir is None:
        url = URL.create("postgresql+psycopg", role, password, address.host, address.port, database)
    else:
        query = {"host": address.host, "port": str(address.port)}
        url = URL.create("postgresql+psycopg", role, password, database=database, query=query)
    return url.render_as_string(hide_password=False)


def provision(
    folder: ClusterFolder, address: Address, passwords: Secrets, postgis: str | None
) -> None:
    """Bring roles, database and PostGIS to this version's state; costs one query when they are.

    The mark of completeness is the database's comment, written last: a crash in between leaves no
    mark, and every step may be repeated.
    """
    mark = _mark(passwords, postgis)
    try:
        with _connect(address, passwords, "postgres") as connection:
            found = connection.execute(
                "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
                (DATABASE,),
            ).fetchone()
            if found is not None and found[0] == mark:
                return
            _provision_cluster(connection, passwords, has_database=found is not None)
        with _connect(address, passwords, DATABASE) as connection:
            for statement in _IN_DATABASE:
                connection.execute(statement)
            _update_postgis(connection)
            connection.execute(
                sql.SQL("COMMENT ON DATABASE {} IS {}").format(
                    sql.Identifier(DATABASE), sql.Literal(mark)
                )
            )
    except psycopg.errors.DiskFull as error:
        raise disk_full(folder.path) from error
    except psycopg.Error as error:
        if "password authentication failed" in str(error):
            raise SecretsError(
                f"The passwords in {folder.secrets} do not fit the database; restore the file, or "
                "delete it while the service is stopped: the next start makes new passwords."
            ) from error
        if any("No space left" in line for line in folder.log_tail()):
            raise disk_full(folder.path) from error
        raise StartError(
            f"The database in {folder.path} could not be set up ({str(error).strip()[:300]}); "
            f"look into {folder.log} for the cause, then start again."
        ) from error


def _mark(passwords: Secrets, postgis: str | None) -> str:
    # A hash of 256-bit random passwords tells nothing about them, and notices new ones.
    joined = f"{passwords.owner}\n{passwords.api}".encode()
    return (
        f"soil-hotspots {_REVISION}, PostGIS {postgis}, {hashlib.sha256(joined).hexdigest()[:16]}"
    )


def _connect(address: Address, passwords: Secrets, database: str) -> psycopg.Connection:
    return psycopg.connect(
        host=address.host,
        hostaddr="",  # keeps PGHOSTADDR of the caller's shell away
        port=address.port,
        user=SUPERUSER,
        password=passwords.superuser,
        dbname=database,
        autocommit=True,
        connect_timeout=10,
        application_name="soil-hotspots set-up",
        options="-c statement_timeout=0 -c client_min_messages=warning",
    )


def _provision_cluster(
    connection: psycopg.Connection, passwords: Secrets, *, has_database: bool
) -> None:
    for role, password in ((OWNER_ROLE, passwords.owner), (API_ROLE, passwords.api)):
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
        connection.execute(
            sql.SQL("{} ROLE {} WITH " + _ROLE_RIGHTS + " PASSWORD {}").format(
                sql.SQL("ALTER" if known else "CREATE"),
                sql.Identifier(role),
                sql.Literal(password),
            )
        )
    # The owner inherits schema public from pg_database_owner; the API's role inherits nothing.
    connection.execute("ALTER ROLE hotspots_owner INHERIT")
    connection.execute("ALTER ROLE hotspots_api NOINHERIT")
    # One hostile query may not fill the disk, nor keep the owner from connecting.
    connection.execute("ALTER ROLE hotspots_api SET temp_file_limit = '2GB'")
    connection.execute("ALTER ROLE hotspots_api CONNECTION LIMIT 190")
    if not has_database:
        connection.execute("CREATE DATABASE hotspots OWNER hotspots_owner")
    connection.execute("REVOKE ALL ON DATABASE postgres, template1, hotspots FROM PUBLIC")
    # COPY goes through a temporary table, see the import service.
    connection.execute("GRANT CONNECT, TEMPORARY ON DATABASE hotspots TO hotspots_api")


def _update_postgis(connection: psycopg.Connection) -> None:
    """Follow the distribution's PostGIS when a package upgrade has brought a newer one."""
    connection.execute("ALTER EXTENSION postgis UPDATE")
