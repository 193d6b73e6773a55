"""Features as Arrow tables, straight from the database's own text: memory stays flat."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import pyarrow as pa
from pyarrow import csv
from sqlalchemy import ARRAY, Select, Text, cast, func, text
from sqlalchemy.orm import Session

from app.services.features import Collection, Query
from app.services.features.query import select_features
from app.services.features.reference import DEGREE_DIGITS
from app.services.files import listing
from app.services.files.copying import PieceFile, copied
from app.services.files.lookups import look_up
from app.services.files.shapes import from_hexadecimal, points, points_as_json

GEOMETRY = "geometry"
# How values come: as themselves, as text, or as text for JSON, where shapes are GeoJSON.
Form = Literal["typed", "text", "json"]
# What the database's types are, by their numbers: as `json_text` calls them, and as columns. What
# is none of these is told as text.
_TYPES = {
    16: ("boolean", pa.bool_()),
    20: ("number", pa.int64()),
    21: ("number", pa.int64()),
    23: ("number", pa.int64()),
    700: ("number", pa.float64()),
    701: ("number", pa.float64()),
    1082: ("date", pa.date32()),
    114: ("json", pa.string()),
    3802: ("json", pa.string()),
    1007: ("json", pa.string()),
    1009: ("json", pa.string()),
    1022: ("json", pa.string()),
}
_BLOCK_BYTES = 4 * 1024 * 1024
# Columns on their way: the keys of what is shared, and where a feature lies.
_KEY = "_shared_{}"
_SHAPE = "_shape"


@dataclass(frozen=True)
class Table:
    """Features; their geometry in degrees is the last column: WKB, or GeoJSON.

    What many features share is a column with a dictionary. `kinds` are the columns' in the words
    of `json_text`.
    """

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]
    kinds: dict[str, str] = field(default_factory=dict)
    is_point: bool = False


def read_table(
    session: Session,
    collection: Collection,
    query: Query,
    *,
    timeout_ms: int,
    form: Form = "typed",
) -> Table:
    """Return the features that satisfy a query, in Hilbert order; one statement reads them all."""
    session.execute(text(f"SET LOCAL statement_timeout = {int(timeout_ms)}"))
    shown = {"id": collection.public_id} | collection.properties
    described = _described(session, collection, query, shown)
    kinds = {name: kind for name, (kind, _) in described.items()}
    types = {
        name: kind if form == "typed" else pa.string() for name, (_, kind) in described.items()
    }
    told = {name: _as_told(column, kinds[name], types[name]) for name, column in shown.items()}
    lookups = look_up(session, collection, query, told, types)
    shared = {name for one in collection.shared for name in one.names}
    lists = listing.Lists(session, collection.listed) if collection.listed else None
    own = [name for name in shown if name not in shared | ({lists.property} if lists else set())]
    is_point = getattr(collection.geom.type, "geometry_type", None) == "POINT"

    # What comes of a row: its own values, its keys, the parts of its list, and where it lies.
    asked = {name: (told[name].label(name), types[name]) for name in own}
    for at, one in enumerate(collection.shared):
        asked[_KEY.format(at)] = (one.key.label(_KEY.format(at)), pa.int64())
    asked |= lists.columns if lists else {}
    asked |= _places(collection.geom, form, is_point=is_point)

    fields = [
        pa.field(name, pa.dictionary(pa.int32(), kind) if name in shared else kind)
        for name, kind in types.items()
    ]
    schema = pa.schema(
        [*fields, pa.field(GEOMETRY, pa.string() if form == "json" else pa.binary())]
    )

    def batches() -> Iterator[pa.RecordBatch]:
        statement = _statement(session, collection, query, [column for column, _ in asked.values()])
        rows = _parsed(
            copied(session, statement), {name: kind for name, (_, kind) in asked.items()}
        )
        for batch in lists.features(rows) if lists else rows:
            columns = {name: batch.column(name) for name in batch.schema.names}
            for at, lookup in enumerate(lookups):
                columns |= lookup.columns(columns[_KEY.format(at)])
            columns[GEOMETRY] = _shapes(columns, form, is_point=is_point)
            yield pa.record_batch([columns[name] for name in schema.names], schema=schema)

    return Table(schema, batches(), kinds, is_point)


def _described(
    session: Session, collection: Collection, query: Query, shown: dict[str, Any]
) -> dict[str, tuple[str, pa.DataType]]:
    """Return of which kind and type columns are, as the database tells of no rows."""
    asked = select_features(
        session, collection, query, *(column.label(name) for name, column in shown.items())
    ).limit(0)
    result = session.connection().execute(asked)
    told: Any = result.cursor.description
    return {one.name: _TYPES.get(one.type_code, ("text", pa.string())) for one in told}


def _as_told(column: Any, kind: str, wanted: pa.DataType) -> Any:
    """Return lists as JSON, and as text whatever is wanted as such."""
    if kind == "json":
        whole = func.to_json(column) if isinstance(column.type, ARRAY) else column
        return func.nullif(cast(whole, Text), "null")  # JSON's null says as much as none
    return cast(column, Text) if wanted == pa.string() else column


def _places(geom: Any, form: Form, *, is_point: bool) -> dict[str, tuple[Any, pa.DataType]]:
    if is_point:
        return {
            "_x": (func.ST_X(geom).label("_x"), pa.float64()),
            "_y": (func.ST_Y(geom).label("_y"), pa.float64()),
        }
    if form == "json":
        # The option 0 leaves out a short name of the system, which GeoJSON has no longer.
        told = func.ST_AsGeoJSON(geom, DEGREE_DIGITS, 0)
    else:
        told = func.encode(func.ST_AsBinary(geom), "hex")
    return {_SHAPE: (told.label(_SHAPE), pa.string())}


def _shapes(columns: dict[str, pa.Array], form: Form, *, is_point: bool) -> pa.Array:
    if is_point:
        make = points_as_json if form == "json" else points
        return make(columns["_x"], columns["_y"])
    return columns[_SHAPE] if form == "json" else from_hexadecimal(columns[_SHAPE])


def _statement(
    session: Session, collection: Collection, query: Query, columns: list[Any]
) -> Select[Any]:
    found = select_features(session, collection, query, *columns)
    listed = collection.listed
    if listed is None:
        return found.order_by(collection.hilbert, *collection.key)
    return found.outerjoin(listed.table, listed.belongs).order_by(
        collection.hilbert, *collection.key, listed.order
    )


def _parsed(pieces: Iterator[bytes], types: dict[str, pa.DataType]) -> Iterator[pa.RecordBatch]:
    file = PieceFile(pieces)
    if file.is_empty:
        return
    yield from csv.open_csv(
        pa.PythonFile(file, mode="r"),
        read_options=csv.ReadOptions(
            column_names=list(types), block_size=_BLOCK_BYTES, use_threads=False
        ),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=types,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["t"],
            false_values=["f"],
        ),
    )
