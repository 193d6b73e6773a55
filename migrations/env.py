"""Alembic's entry: migrates over the connection it is handed (app.db.migrate)."""

from alembic import context
from sqlalchemy import Connection

from app.db.models import SCHEMA, Base


def _include_name(name: str | None, kind: str, _parents: object) -> bool:
    """Leave PostGIS and the job queue's schema out of comparisons."""
    return name == SCHEMA if kind == "schema" else name != "revision"


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        version_table="revision",
        version_table_schema=SCHEMA,
        include_schemas=True,
        include_name=_include_name,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


_run(context.config.attributes["connection"])
