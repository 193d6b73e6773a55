"""Features as Arrow tables, straight from the database's own text: memory stays flat."""

import json
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Literal

import pyarrow as pa
from pyarrow import csv
from sqlalchemy import ARRAY, Select, Text, cast, func, text, tuple_
from sqlalchemy.orm import Session

from app.db.session import stopper
from app.services.features import Collection, Query
from app.services.features.query import select_features
from app.services.features.reference import DEGREE_DIGITS
from app.services.files import listing
from app.services.files.copying import ahead, copied
from app.services.files.lookups import Lookup, look_up
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
_SETTINGS = text(
    "SELECT set_config('statement_timeout', :timeout, true), "
    "set_config('parallel_tuple_cost', '0.001', true)"
)
# So many features are asked for before the others, for who waits: about the time of a page.
_FIRST = 5_000
# Columns on their way: the keys of what is shared, and where a feature lies.
_KEY = "_shared_{}"
_SHAPE = "_shape"
_PLACE = ("_x", "_y")
_POSITION = "_position_{}"


@dataclass(frozen=True)
class Table:
    """Features; their geometry in degrees is the last column: WKB, or GeoJSON.

    What many features share is a column with a dictionary. `kinds` are the columns' in the words
    of `json_text`.
    """

    schema: pa.Schema
    batches: Generator[pa.RecordBatch, None, None]
    kinds: dict[str, str] = field(default_factory=dict)
    is_point: bool = False
    # Columns behind the geometry, where they were asked for: what a point's position in the order
    # consists of, longitude and latitude.
    position: tuple[str, ...] = ()
    # The ids of the data sets they come from.
    datasets: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Reading:
    """How features are read, for at most so long."""

    timeout_ms: int
    form: Form = "typed"
    # Whether a point's position in the order comes too.
    with_position: bool = False
    # Whether the first come at once, before all the others are sorted; the last then come later.
    begins_soon: bool = False


def read_table(session: Session, collection: Collection, query: Query, reading: Reading) -> Table:
    """Return the features that satisfy a query, in Hilbert order.

    Who does not read them to their end closes `batches`, before anything else is asked.
    """
    # Handing a worker's rows on costs less than PostgreSQL thinks, so that two cores sort them.
    session.execute(_SETTINGS, {"timeout": f"{reading.timeout_ms:d}"})
    form = reading.form
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
    position = _position(collection) if reading.with_position else {}
    asked |= position

    wanted = [column for column, _ in asked.values()]
    fields = [
        pa.field(name, pa.dictionary(pa.int32(), kind) if name in shared else kind)
        for name, kind in types.items()
    ]
    fields.append(pa.field(GEOMETRY, pa.string() if form == "json" else pa.binary()))
    fields += [pa.field(name, kind) for name, (_, kind) in position.items()]
    schema = pa.schema(fields)

    def batches() -> Generator[pa.RecordBatch, None, None]:
        rows = _parsed(
            session,
            _statements(session, collection, query, wanted, begins_soon=reading.begins_soon),
            {name: kind for name, (_, kind) in asked.items()},
        )
        with closing(rows):
            for batch in lists.features(rows) if lists else rows:
                columns = {name: batch.column(name) for name in batch.schema.names}
                for at, lookup in enumerate(lookups):
                    columns |= lookup.columns(columns[_KEY.format(at)])
                columns[GEOMETRY] = _shapes(columns, form, is_point=is_point)
                yield pa.record_batch([columns[name] for name in schema.names], schema=schema)

    features = ahead(batches(), stopper(session))
    return Table(schema, features, kinds, is_point, tuple(position), _datasets(lookups))


def _datasets(lookups: list[Lookup]) -> set[str]:
    one = {told for lookup in lookups for told in lookup.distinct("dataset")}
    several = (json.loads(told) for lookup in lookups for told in lookup.distinct("datasets"))
    return one.union(*several)


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
        place = dict(zip(_PLACE, (func.ST_X(geom), func.ST_Y(geom)), strict=True))
        return {name: (number.label(name), pa.float64()) for name, number in place.items()}
    if form == "json":
        # The option 0 leaves out a short name of the system, which GeoJSON has no longer.
        told = func.ST_AsGeoJSON(geom, DEGREE_DIGITS, 0)
    else:
        told = func.encode(func.ST_AsBinary(geom), "hex")
    return {_SHAPE: (told.label(_SHAPE), pa.string())}


def _position(collection: Collection) -> dict[str, tuple[Any, pa.DataType]]:
    """Return what says where a point comes in the order, and where it lies."""
    parts = enumerate([collection.hilbert, *collection.key])
    named = {_POSITION.format(at): part for at, part in parts}
    asked = {name: (part.label(name), pa.int64()) for name, part in named.items()}
    return asked | _places(collection.geom, "typed", is_point=True)


def _shapes(columns: dict[str, pa.Array], form: Form, *, is_point: bool) -> pa.Array:
    if is_point:
        make = points_as_json if form == "json" else points
        return make(*(columns[name] for name in _PLACE))
    return columns[_SHAPE] if form == "json" else from_hexadecimal(columns[_SHAPE])


def _statements(
    session: Session,
    collection: Collection,
    query: Query,
    columns: list[Any],
    *,
    begins_soon: bool,
) -> Iterator[Select[Any]]:
    """Yield a statement, or of many features one for the first of them, and one for the rest."""
    place = [collection.hilbert, *collection.key]
    middle = None
    if begins_soon:
        ordered = select_features(session, collection, query, *place).order_by(*place)
        middle = session.execute(ordered.offset(_FIRST).limit(1)).first()
    found = select_features(session, collection, query, *columns)
    listed = collection.listed
    if listed is not None:
        found = found.outerjoin(listed.table, listed.belongs)
        place.append(listed.order)
    found = found.order_by(*place)
    if middle is None:
        yield found
    else:
        position = tuple_(*place[: len(middle)])
        yield found.where(position < tuple_(*middle))
        yield found.where(position >= tuple_(*middle))


def _parsed(
    session: Session, statements: Iterator[Select[Any]], types: dict[str, pa.DataType]
) -> Generator[pa.RecordBatch, None, None]:
    convert = csv.ConvertOptions(
        column_types=types,
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        true_values=["t"],
        false_values=["f"],
    )
    parse = csv.ParseOptions(newlines_in_values=True)
    for statement in statements:
        with closing(copied(session, statement)) as pieces:
            for piece in pieces:
                read = csv.ReadOptions(
                    column_names=list(types), block_size=len(piece) + 1, use_threads=False
                )
                yield from csv.read_csv(
                    pa.BufferReader(piece),
                    read_options=read,
                    parse_options=parse,
                    convert_options=convert,
                ).to_batches()
