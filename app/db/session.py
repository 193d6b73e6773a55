"""Connections to the database, and its errors in plain words."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import asyncpg
import psycopg
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from app.db.changes import Changes
from app.db.models import SCHEMA
from app.errors import (
    Busy,
    Conflict,
    DatabaseUnavailable,
    HotspotsError,
    InvalidRequest,
    NotMigrated,
    PostGISMissing,
    StorageFull,
    UnsafeSettings,
)

log = logging.getLogger(__name__)

QUEUE_SCHEMA = "procrastinate"
# Procrastinate's functions name their tables without a schema.
SEARCH_PATH = f"{SCHEMA},{QUEUE_SCHEMA},public"

QUERY_CANCELLED = "57014"
_DISK_FULL = "53100"
_UNDEFINED_TABLE = "42P01"
_UNDEFINED_SCHEMA = "3F000"
_UNIQUE_VIOLATION = "23505"
_NO_PRIVILEGE = "42501"
_UNTRANSLATABLE = "22P05"
_GOING_DOWN = frozenset({"57P01", "57P02", "57P03"})
_CONNECT_SECONDS = 5


def driver_url(url: str) -> URL:
    """Return the address with the driver this product uses, whatever it was written with."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        # The text may hold a password, so it is not repeated.
        raise UnsafeSettings(
            "The database address cannot be read. Write it as "
            "postgresql://user:password@host/database."
        ) from error
    if parsed.get_backend_name() not in {"postgresql", "postgres"}:
        raise UnsafeSettings(
            f"The database address starts with {parsed.drivername!r}; only PostgreSQL with "
            "PostGIS will do. Write it as postgresql://user:password@host/database."
        )
    return parsed.set(drivername="postgresql+psycopg")


def connection_string(url: str) -> str:
    """Return the address in the form that libpq reads, for the job queue."""
    return driver_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _json_text(thing: Any) -> str:
    """Return JSON; moments are written as ISO 8601, anything else unknown is an error."""
    return json.dumps(thing, default=_moment)


def _moment(thing: Any) -> str:
    if isinstance(thing, (date, datetime)):
        return thing.isoformat()
    raise TypeError(f"{type(thing).__name__} has no place in JSON")


class Database:
    """Two pools on one database: one that cannot write, one that can."""

    def __init__(
        self,
        url: str,
        *,
        read_timeout_ms: int = 5_000,
        write_timeout_ms: int = 300_000,
        pool_size: int = 8,
        pool_wait_seconds: float = 10.0,
    ) -> None:
        self.url = url
        self._changes = Changes()
        self._pool_wait_seconds = pool_wait_seconds
        self._read = self._engine(
            f"-c search_path={SEARCH_PATH} -c statement_timeout={read_timeout_ms} "
            "-c default_transaction_read_only=on "
            # Which index answers depends on the box that is asked for.
            "-c plan_cache_mode=force_custom_plan",
            pool_size,
        )
        self._write = self._engine(
            f"-c search_path={SEARCH_PATH} -c statement_timeout={write_timeout_ms} "
            # Imports stage their rows in temporary tables.
            "-c temp_buffers=64MB",
            pool_size,
        )

    def _engine(self, options: str, pool_size: int) -> Engine:
        return create_engine(
            driver_url(self.url),
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=self._pool_wait_seconds,
            pool_pre_ping=True,
            json_serializer=_json_text,
            connect_args={"options": options, "connect_timeout": _CONNECT_SECONDS},
        )

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session that only reads, limited in time."""
        with translated_errors(), Session(self._read) as session:
            yield session

    @contextmanager
    def writing(self, *, is_shown: bool = True) -> Iterator[Session]:
        """Give a session whose work is committed at the end, or not at all.

        `is_shown` is false where nothing that anybody remembers can depend on what is written:
        then nobody asks again because of it.
        """
        with translated_errors(), Session(self._write) as session, session.begin():
            yield session
        if is_shown:
            self._changes.tell()

    @property
    def changes(self) -> int:
        """Return a number that is another one once this process or one beside it has written.

        Who remembers what was asks again then.
        """
        return self._changes.number

    def close(self) -> None:
        """Give all connections back; who asks later gets new ones."""
        self._read.dispose()
        self._write.dispose()

    def check(self, revision: str | None) -> None:
        """Refuse a database that this version cannot work with.

        Raises
        ------
        DatabaseUnavailable, PostGISMissing, NotMigrated, UnsafeSettings
            Each one sentence with its remedy.
        """
        with self.reading() as session:
            check_postgis(session)
            if revision is not None:
                _check_revision(session, revision)
            _check_role(session)


def stopper(session: Session) -> Callable[[], None]:
    """Return what another thread calls to stop the session's statement; it ends as cancelled.

    A server that does not take the request within a few seconds is only told of in the log.
    """
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, psycopg.Connection)  # noqa: S101 - narrows for the type checker

    def stop() -> None:
        try:
            # That takes a connection of its own.
            connection.cancel_safe(timeout=_CONNECT_SECONDS)
        except psycopg.Error as error:
            log.warning("A statement could not be stopped: %s", error)

    return stop


def hold_still(session: Session) -> None:
    """Let a session that has asked nothing yet see one moment alone."""
    session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def check_postgis(session: Session) -> None:
    """Refuse a database without the PostGIS extension."""
    if session.scalar(text("SELECT 1 FROM pg_extension WHERE extname = 'postgis'")) is None:
        raise PostGISMissing(
            "The database has no PostGIS extension. Install the PostGIS package of its "
            "PostgreSQL version, then let a superuser type in that database: "
            "CREATE EXTENSION postgis;"
        )


def _check_revision(session: Session, revision: str) -> None:
    remedy = "Run 'hotspots migrate' as the owner (HOTSPOTS_OWNER_DATABASE_URL)."
    exists = session.scalar(text("SELECT to_regclass(:name)"), {"name": f"{SCHEMA}.revision"})
    if exists is None:
        raise NotMigrated(f"The database has no soil-hotspots schema yet. {remedy}")
    found = session.scalar(text(f"SELECT version_num FROM {SCHEMA}.revision"))  # noqa: S608 - a constant
    if found != revision:
        raise NotMigrated(
            f"The database's schema is at revision {found}, this version needs {revision}. {remedy}"
        )


def _check_role(session: Session) -> None:
    is_superuser, owns = session.execute(
        text(
            "SELECT r.rolsuper, EXISTS (SELECT 1 FROM pg_class c "
            "WHERE c.relowner = r.oid AND c.relnamespace = to_regnamespace(:schema)) "
            "FROM pg_roles r WHERE r.rolname = current_user"
        ),
        {"schema": SCHEMA},
    ).one()
    if is_superuser or owns:
        raise UnsafeSettings(
            "HOTSPOTS_DATABASE_URL names a role that is a superuser or owns the tables. Give the "
            "service a role of its own that owns nothing, and put the owner's address into "
            "HOTSPOTS_OWNER_DATABASE_URL, which only 'hotspots migrate' uses."
        )


_TRANSLATIONS: dict[str, tuple[type[HotspotsError], str]] = {
    QUERY_CANCELLED: (
        Busy,
        "The query took too long and was stopped. Ask for a smaller area or less.",
    ),
    _DISK_FULL: (
        StorageFull,
        "The database has no space left on disk. Nothing was stored; free some space and try "
        "again.",
    ),
    _UNDEFINED_TABLE: (
        NotMigrated,
        "The database's schema is incomplete. Run 'hotspots migrate'.",
    ),
    _UNDEFINED_SCHEMA: (
        NotMigrated,
        "The database's schema is incomplete. Run 'hotspots migrate'.",
    ),
    _UNIQUE_VIOLATION: (
        Conflict,
        "Somebody else stored the same at this moment. Look at what there is now, and try again.",
    ),
    _NO_PRIVILEGE: (
        NotMigrated,
        "The database role lacks rights that it needs. The owner (HOTSPOTS_OWNER_DATABASE_URL) "
        "must be able to create schemas; 'hotspots migrate' then gives the service's role its own.",
    ),
    _UNTRANSLATABLE: (InvalidRequest, "The text contains a NUL character, which cannot be stored."),
}


_LOST = (
    psycopg.OperationalError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresConnectionError,
)
_CONNECTION_CLASS = "08"


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn the driver's errors that have a remedy into our own; let the others through."""
    try:
        yield
    except PoolTimeoutError as error:
        raise Busy("Too many requests at once; try again in a moment.") from error
    # The drivers' own from what is copied in, and from `app.db.reading`.
    except (DBAPIError, psycopg.Error, asyncpg.PostgresError) as error:
        translated = _translate(error)
        if translated is None:
            raise
        raise translated from error
    # The connection is closed, or out of step. What a statement does not take is another kind.
    except asyncpg.InterfaceError as error:
        raise unavailable() from error


def _translate(error: Exception) -> HotspotsError | None:
    cause = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(cause, "sqlstate", None)
    if state in _TRANSLATIONS:
        kind, sentence = _TRANSLATIONS[state]
        return kind(sentence)
    if state is None and "NUL (0x00)" in str(cause):  # refused before it was sent
        kind, sentence = _TRANSLATIONS[_UNTRANSLATABLE]
        return kind(sentence)
    is_lost = (
        state is None
        or state in _GOING_DOWN
        or state.startswith(_CONNECTION_CLASS)
        or (isinstance(error, DBAPIError) and error.connection_invalidated)
    )
    if isinstance(cause, _LOST) and is_lost:
        return unavailable()
    return None


def unavailable() -> DatabaseUnavailable:
    """Return the refusal where nobody answers."""
    return DatabaseUnavailable(
        "The database does not answer. Check that PostgreSQL runs and that "
        "HOTSPOTS_DATABASE_URL names it; 'hotspots doctor' tells more."
    )
