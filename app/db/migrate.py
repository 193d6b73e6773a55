"""Bring the schema to this version's revision, as its owner, and give the API role its rights."""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from app.db.models import SCHEMA
from app.db.session import (
    QUEUE_SCHEMA,
    check_postgis,
    driver_url,
    translated_errors,
)
from app.errors import NotMigrated, UnsafeSettings
from app.resources import migrations


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations()))
    config.attributes["connection"] = connection
    return config


def head_revision() -> str:
    """Return the revision that this version of the product needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise UnsafeSettings("This installation has no migrations; install it again.")
    return head


def _owner_engine(owner_url: str) -> Engine:
    return create_engine(
        driver_url(owner_url),
        poolclass=NullPool,
        # Alembic takes the path's first schema for an unnamed one; ours is always named.
        connect_args={"options": "-c search_path=public", "connect_timeout": 5},
    )


def upgrade(owner_url: str, api_url: str, revision: str = "head") -> None:
    """Migrate up in one transaction, and grant the API's role table rights and no more."""
    api_role = driver_url(api_url).username
    owner_role = driver_url(owner_url).username
    if api_role is None or api_role == owner_role:
        raise UnsafeSettings(
            "The owner and the API use the same database role. Create a second role that owns "
            "nothing and name it in HOTSPOTS_DATABASE_URL."
        )
    with translated_errors(), _owner_engine(owner_url).begin() as connection:
        check_postgis(Session(connection))
        # Two services that start together migrate one after the other.
        connection.execute(text("SELECT pg_advisory_xact_lock(718281828)"))
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        with _known_revisions():
            command.upgrade(_config(connection), revision)
        _grant(connection, api_role)


def downgrade(owner_url: str, revision: str = "base") -> None:
    """Migrate down in one transaction."""
    engine = _owner_engine(owner_url)
    with translated_errors(), engine.begin() as connection, _known_revisions():
        command.downgrade(_config(connection), revision)


@contextmanager
def _known_revisions() -> Iterator[None]:
    """Say in a sentence that a revision is not one of this version's."""
    try:
        yield
    except CommandError as error:
        raise NotMigrated(
            f"This version does not know the revision that was asked for or found ({error}). "
            "A database that a newer version made needs that version."
        ) from error


def check_models(owner_url: str) -> None:
    """Raise where the models and the migrated schema differ."""
    with _owner_engine(owner_url).begin() as connection:
        command.check(_config(connection))


def _grant(connection: Connection, role: str) -> None:
    quoted = connection.dialect.identifier_preparer.quote(role)
    present = text("SELECT nspname FROM pg_namespace WHERE nspname = ANY(:wanted)")
    # An older revision has no queue yet.
    for schema in connection.scalars(present, {"wanted": [SCHEMA, QUEUE_SCHEMA]}).all():
        for statement in (
            f"GRANT USAGE ON SCHEMA {schema} TO {quoted}",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {quoted}",
            f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {quoted}",
            f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {schema} TO {quoted}",
        ):
            connection.execute(text(statement))
    connection.execute(text(f"REVOKE INSERT, UPDATE, DELETE ON {SCHEMA}.revision FROM {quoted}"))
