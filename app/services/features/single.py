"""One feature by its id, read without a thread: one statement, prepared once."""

from functools import cache
from typing import Any

from sqlalchemy import Dialect, func, select
from sqlalchemy.dialects.postgresql import asyncpg

from app.db.reading import Readers
from app.services.features.collections import Collection, lasting_collection
from app.services.features.paging import absent, feature
from app.services.features.written import mark, written
from app.services.visibility import visible_within

DIALECT: Dialect = asyncpg.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy has none
_KINDS = {"UUID": "uuid", "INTEGER": "int4", "BIGINT": "int8"}


async def fetch_feature(readers: Readers, collection: Collection, feature_id: str) -> bytes:
    """Return a feature of a lasting collection as GeoJSON.

    Raises
    ------
    NotFound
        Unknown, or not the caller's to see: the answer is the same.
    """
    parts = collection.read_id(feature_id)
    row = None if parts is None else await readers.row(_statement(collection.id), *parts)
    if row is None:
        raise absent(collection, feature_id)
    told: bytes = row[0]
    return told


@cache
def _statement(collection_id: str) -> str:
    collection = lasting_collection(collection_id)
    assert collection is not None  # noqa: S101 - the caller has it from there
    names = [f"id_{number}" for number in range(len(collection.id_columns))]
    statement = (
        select(as_bytes(feature(collection)))
        .select_from(collection.source)
        .where(collection.has_id(tuple(map(mark, names))), collection.is_visible(visible_within()))
    )
    kinds = [_KINDS[str(column.type)] for column in collection.id_columns]
    numbered = enumerate(zip(names, kinds, strict=True), 1)
    return written(statement, DIALECT, {name: f"${n}::{kind}" for n, (name, kind) in numbered})


def as_bytes(text: Any) -> Any:
    """Return a text as it is sent, so that nothing decodes it on the way."""
    return func.convert_to(text, "UTF8")
