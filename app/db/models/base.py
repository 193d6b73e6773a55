"""What every table shares: the schema, constraint names, ids and checks."""

import uuid
from datetime import datetime
from typing import Annotated, Any, ClassVar

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, MetaData, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP, UUID
from sqlalchemy.orm import DeclarativeBase, mapped_column

SCHEMA = "hotspots"

# Names are spelled out so that a migration can find a constraint again.
_NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """All tables live in one PostgreSQL schema, apart from PostGIS and the job queue."""

    metadata = MetaData(schema=SCHEMA, naming_convention=_NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: TIMESTAMP(timezone=True),
        dict[str, Any]: JSONB,
        list[str]: ARRAY(Text),
        str: Text,
        uuid.UUID: UUID(as_uuid=True),
    }


class View(DeclarativeBase):
    """What the database shows of several tables; its definition stands in the migrations."""

    metadata = MetaData(schema=SCHEMA)
    type_annotation_map = Base.type_annotation_map


Key = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
# Random, so that an id tells nothing; stored as 16 bytes, shown with a prefix (app.db.ids).
PublicId = Annotated[
    uuid.UUID,
    mapped_column(
        UUID(as_uuid=True), unique=True, nullable=False, server_default=text("gen_random_uuid()")
    ),
]
CreatedAt = Annotated[
    datetime,
    mapped_column(TIMESTAMP(timezone=True), nullable=False, server_default=text("now()")),
]
HilbertKey = Annotated[int, mapped_column(BigInteger, nullable=False)]


# Marks a reference that joins may use and triggers check, a statement at a time.
BY_TRIGGER = "checked by a trigger"


def checked_by_trigger(target: str) -> ForeignKey:
    """Return a reference that the database checks by trigger, not by a foreign key of its own.

    A foreign key looks at every row alone (migrations/versions/20261127_set_references.py).
    """
    return ForeignKey(f"{SCHEMA}.{target}", info={BY_TRIGGER: True})


def one_of(column: str, *values: str) -> CheckConstraint:
    """Return the check that a text column holds one of the named words."""
    words = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({words})", name=column)


def is_finite_and_not_negative(column: str) -> CheckConstraint:
    """Return the check that refuses NaN, infinity and negative numbers.

    PostgreSQL sorts NaN above infinity, so ``< 'Infinity'`` refuses both.
    """
    return CheckConstraint(f"{column} >= 0 AND {column} < 'Infinity'", name=f"{column}_finite")


def within_the_globe(column: str) -> CheckConstraint:
    """Return the check that a geometry lies in longitude and latitude; NaN fails it too."""
    return CheckConstraint(
        f"ST_XMin({column}) >= -180 AND ST_XMax({column}) <= 180 "
        f"AND ST_YMin({column}) >= -90 AND ST_YMax({column}) <= 90",
        name=f"{column}_within_globe",
    )
