"""Features as Arrow tables, straight from the database's own text: memory stays flat."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv
from sqlalchemy import ARRAY, JSON, Select, Text, cast, func, text
from sqlalchemy.orm import Session

from app.services.features import Collection, Query
from app.services.features.query import select_features

GEOMETRY = "geometry"
# How the database's types are told, by their numbers; what is none of these is told as text.
_ARROW = {
    16: pa.bool_(),
    20: pa.int64(),
    21: pa.int64(),
    23: pa.int64(),
    700: pa.float64(),
    701: pa.float64(),
    1082: pa.date32(),
}
_BLOCK_BYTES = 4 * 1024 * 1024
# The WKB of a point, before its two numbers.
_POINT_HEAD = np.frombuffer(b"\x01\x01\x00\x00\x00", np.uint8)
_POINT_BYTES = 21


@dataclass(frozen=True)
class Table:
    """Features; their geometry in degrees (WKB) is the last column."""

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]


def read_table(session: Session, collection: Collection, query: Query, *, timeout_ms: int) -> Table:
    """Return the features that satisfy a query, in Hilbert order; one statement reads them all."""
    session.execute(text(f"SET LOCAL statement_timeout = {int(timeout_ms)}"))
    columns = _columns(session, collection, query)
    is_point = getattr(collection.geom.type, "geometry_type", None) == "POINT"
    statement = _statement(session, collection, query, columns, is_point=is_point)
    fields = [pa.field(name, kind) for name, kind in columns.items()]
    schema = pa.schema([*fields, pa.field(GEOMETRY, pa.binary())])
    pieces = _copied(session, statement)
    return Table(schema, _batches(pieces, columns, schema, is_point=is_point))


def _columns(session: Session, collection: Collection, query: Query) -> dict[str, pa.DataType]:
    """Return the columns and their types, as the database tells them of no rows."""
    shown = {"id": collection.public_id} | collection.properties
    asked = select_features(
        session, collection, query, *(column.label(name) for name, column in shown.items())
    ).limit(0)
    result = session.connection().execute(asked)
    described: Any = result.cursor.description
    return {told.name: _ARROW.get(told.type_code, pa.string()) for told in described}


def _statement(
    session: Session,
    collection: Collection,
    query: Query,
    columns: dict[str, pa.DataType],
    *,
    is_point: bool,
) -> Select[Any]:
    shown = {"id": collection.public_id} | collection.properties
    told = [
        (_as_text(column) if columns[name] == pa.string() else column).label(name)
        for name, column in shown.items()
    ]
    geom = collection.geom
    if is_point:
        told += [func.ST_X(geom).label("_x"), func.ST_Y(geom).label("_y")]
    else:
        told.append(func.encode(func.ST_AsBinary(geom), "hex").label("_wkb"))
    found = select_features(session, collection, query, *told)
    return found.order_by(collection.hilbert, *collection.key)


def _as_text(column: Any) -> Any:
    """Return lists as JSON, anything else as the database writes it."""
    if isinstance(column.type, JSON):
        return func.nullif(cast(column, Text), "null")  # JSON's null says as much as none
    return cast(func.to_json(column) if isinstance(column.type, ARRAY) else column, Text)


def _copied(session: Session, statement: Select[Any]) -> Iterator[bytes]:
    """Yield the rows as CSV; whoever stops early ends the statement."""
    connection = session.connection()
    dialect = connection.dialect
    compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    told = compiled.params
    for name, bound in getattr(compiled, "binds", {}).items():
        # What the driver takes may be written otherwise than what the statement holds.
        process = bound.type.dialect_impl(dialect).bind_processor(dialect)
        if process is not None and name in told:
            told[name] = process(told[name])
    driver: Any = connection.connection.driver_connection
    copy = f"COPY ({compiled}) TO STDOUT (FORMAT csv)"
    with driver.cursor() as cursor, cursor.copy(copy, told or None) as pieces:
        for piece in pieces:
            yield bytes(piece)


class _File(io.RawIOBase):
    """Pieces as a file to be read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = next(pieces, b"")
        self.is_empty = not self._rest

    def readable(self) -> bool:
        """Say so."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return so many bytes, or what is left."""
        parts, length = [self._rest], len(self._rest)
        while size < 0 or length < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            parts.append(piece)
            length += len(piece)
        whole = b"".join(parts)
        end = len(whole) if size < 0 else size
        self._rest = whole[end:]
        return whole[:end]


def _batches(
    pieces: Iterator[bytes],
    columns: dict[str, pa.DataType],
    schema: pa.Schema,
    *,
    is_point: bool,
) -> Iterator[pa.RecordBatch]:
    file = _File(pieces)
    if file.is_empty:
        return
    places = {"_x": pa.float64(), "_y": pa.float64()} if is_point else {"_wkb": pa.string()}
    stream = csv.open_csv(
        pa.PythonFile(file, mode="r"),
        read_options=csv.ReadOptions(
            column_names=[*columns, *places], block_size=_BLOCK_BYTES, use_threads=False
        ),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=columns | places,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["t"],
            false_values=["f"],
        ),
    )
    for batch in stream:
        shown = [batch.column(name) for name in columns]
        shape = _points(batch) if is_point else _shapes(batch)
        yield pa.record_batch([*shown, shape], schema=schema)


def _points(batch: pa.RecordBatch) -> pa.Array:
    count = batch.num_rows
    content = np.empty((count, _POINT_BYTES), np.uint8)
    content[:, :5] = _POINT_HEAD
    for start, name in ((5, "_x"), (13, "_y")):
        numbers = batch.column(name).to_numpy(zero_copy_only=False).astype("<f8")
        content[:, start : start + 8] = numbers.view(np.uint8).reshape(count, 8)
    offsets = np.arange(count + 1, dtype=np.int32) * _POINT_BYTES
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(content)]
    return pa.Array.from_buffers(pa.binary(), count, buffers)


def _shapes(batch: pa.RecordBatch) -> pa.Array:
    told = batch.column("_wkb").to_pylist()
    return pa.array([bytes.fromhex(one) if one else None for one in told], pa.binary())
