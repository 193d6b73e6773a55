"""Records that are superseded and never updated: sources, aggregates and boundaries."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    MetaData,
    Table,
    delete,
    exists,
    func,
    insert,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.orm import Session

from app.db.models import Aggregate, Boundary, Source

Versioned = type[Aggregate] | type[Boundary] | type[Source]

# What a record is known by, where it came from and what became of it; the rest is what it tells.
_BOOKKEEPING = frozenset(
    {"id", "uid", "dataset_id", "natural_key", "hilbert", "import_id", "row_number"}
    | {"supersedes_id", "superseded_at"}
)


def load_versions(
    session: Session, model: Versioned, rows: Sequence[dict[str, Any]]
) -> frozenset[str]:
    """Insert new records and those that say something else; return their natural keys.

    A record that replaces another keeps its id for the outside; equal ones change nothing.
    """
    stored: Any = model.__table__
    staged = Table(
        f"staged_{stored.name}",
        MetaData(),
        *(Column(column.name, column.type) for column in stored.columns),
    )
    session.execute(
        text(
            f"CREATE TEMPORARY TABLE {staged.name} ON COMMIT DROP AS "  # noqa: S608 - our names
            f"SELECT * FROM hotspots.{stored.name} WITH NO DATA"
        )
    )
    session.execute(insert(staged), rows)
    told = [column.name for column in stored.columns if column.name not in _BOOKKEEPING]
    says_other = tuple_(*(stored.c[name] for name in told)).is_distinct_from(
        tuple_(*(staged.c[name] for name in told))
    )
    session.execute(
        update(stored)
        .values(superseded_at=func.now())
        .where(_is_same(stored, staged), stored.c.superseded_at.is_(None), says_other)
    )
    # The time of a transaction stands still: these are the ones just superseded.
    old = stored.alias("old")
    just_superseded = _is_same(old, staged) & (old.c.superseded_at == func.now())
    current = stored.alias("current")
    is_there = exists().where(_is_same(current, staged), current.c.superseded_at.is_(None))
    copied = [*told, "dataset_id", "natural_key", "hilbert", "import_id", "row_number"]
    fresh = (
        select(
            *(staged.c[name] for name in copied),
            func.coalesce(old.c.uid, func.gen_random_uuid()),
            old.c.id,
        )
        .select_from(staged.outerjoin(old, just_superseded))
        .where(~is_there)
        .order_by(staged.c.hilbert, staged.c.row_number)
    )
    loaded = insert(stored).from_select([*copied, "uid", "supersedes_id"], fresh)
    return frozenset(session.scalars(loaded.returning(stored.c.natural_key)))


def take_back(session: Session, model: Versioned, import_id: int) -> None:
    """Remove the records of an import; those that they had superseded hold again."""
    gone = (
        delete(model).where(model.import_id == import_id).returning(model.supersedes_id).cte("gone")
    )
    session.execute(
        update(model)
        .values(superseded_at=None)
        .where(model.id.in_(select(gone.c.supersedes_id)))
        .execution_options(synchronize_session=False)
    )


def _is_same(one: Any, other: Any) -> ColumnElement[bool]:
    same: ColumnElement[bool] = (one.c.dataset_id == other.c.dataset_id) & (
        one.c.natural_key == other.c.natural_key
    )
    return same
