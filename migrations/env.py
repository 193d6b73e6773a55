"""Alembic's entry: migrates over the connection it is handed (app.db.migrate)."""

import re

from alembic import context
from sqlalchemy import Connection, ForeignKeyConstraint
from sqlalchemy.schema import SchemaItem

from app.db.models import SCHEMA, Base
from app.db.models.base import BY_TRIGGER

# Parts of the tables of samples and of measurements.
_PART = re.compile(r"(sample|measurement)_(rest|\d+)")


def _include_name(name: str | None, kind: str, _parents: object) -> bool:
    """Leave PostGIS, the job queue's schema and the parts of tables out of comparisons."""
    if kind == "schema":
        return name == SCHEMA
    return name != "revision" and not (kind == "table" and _PART.fullmatch(str(name)))


def _include_object(
    thing: SchemaItem, _name: str | None, _kind: str, _is_reflected: bool, _other: object
) -> bool:
    """Leave out the references that triggers check and no foreign key of the database."""
    if not isinstance(thing, ForeignKeyConstraint):
        return True
    return not any(element.info.get(BY_TRIGGER, False) for element in thing.elements)


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        version_table="revision",
        version_table_schema=SCHEMA,
        include_schemas=True,
        include_name=_include_name,
        include_object=_include_object,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


_run(context.config.attributes["connection"])
