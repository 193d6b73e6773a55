"""What the database is asked for tiles: features as they are shown, how many, which cells."""

import math
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Date,
    Double,
    Integer,
    Select,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
)

from app.services.features import Collection
from app.services.features.query import touches
from app.services.vector_tiles.cells import CELLS, MERCATOR_LATITUDE
from app.services.vector_tiles.content import Content, Measured, exceeds
from app.services.vector_tiles.encoding import EXTENT
from app.services.vector_tiles.frames import BUFFER, Frame


class Told(NamedTuple):
    """What tiles tell of a collection."""

    collection: Collection
    content: Content
    measured: Measured


def features_of(
    told: Told,
    columns: dict[str, Any],
    frame: Frame,
    conditions: list[ColumnElement[bool]],
    *,
    most: int,
) -> Select[Any]:
    """Return the statement of a tile with every feature, and their number."""
    collection, content, measured = told
    on_plane = (_point if content.is_point else _near)(collection.geom, frame)
    kept = {name: _plain(column) for name, column in columns.items()}
    if not content.is_point:
        kept["has_area"] = func.ST_Dimension(collection.geom) == 2
    # Limited, so that it stays a query of its own: what is calculated there is calculated once,
    # however often the next one names it.
    inner = (
        select(on_plane.label("geom"), *(column.label(name) for name, column in kept.items()))
        .select_from(measured.source(collection))
        .where(*conditions, _is_near(collection, content, frame))
        # An order of its own: the same features are the same bytes.
        .order_by(collection.hilbert, *collection.key)
        .limit(most + 1)
        .subquery("features" if content.is_point else "placed")
    )
    if not content.is_point:
        shape = _drawn(inner.c.geom, inner.c.has_area, frame)
        inner = select(shape.label("geom"), *(inner.c[name] for name in columns)).subquery(
            "features"
        )
    made = func.ST_AsMVT(inner.table_valued(), content.name, EXTENT, "geom")
    return select(made, func.count()).select_from(inner)


def number_of(
    collection: Collection,
    content: Content,
    frame: Frame,
    conditions: list[ColumnElement[bool]],
    *,
    most: int,
) -> Select[Any]:
    """Return the statement of how many features lie in a tile: one more than allowed at most."""
    inner = (
        select(literal(1).label("one"))
        .select_from(collection.source)
        .where(*conditions, _is_near(collection, content, frame))
        .limit(most + 1)
    )
    return select(func.count()).select_from(inner.subquery("found"))


def cells_of(
    told: Told,
    frame: Frame,
    conditions: list[ColumnElement[bool]],
    threshold: float | None,
) -> Select[Any]:
    """Return the statement of a tile's cells: column, row, count, maximum, how many above.

    Each feature is counted in the one its middle lies in.
    """
    collection, content, measured = told
    column, row = _cell_of(middle(collection.geom, content), frame)
    inner = (
        select(column.label("column"), row.label("row"), measured.value.label("value"))
        .select_from(measured.source(collection))
        .where(*conditions, touches(collection.geom, frame.box))
        .subquery("placed")
    )
    above: Any = literal(None)
    if threshold is not None:
        above = func.count().filter(exceeds(inner.c.value, threshold))
    place = (inner.c.column, inner.c.row)
    return (
        select(*place, func.count(), func.max(cast(inner.c.value, Double)), above)
        .where(*(along.between(0, CELLS - 1) for along in place))
        .group_by(*place)
        .order_by(inner.c.row, inner.c.column)
    )


def middle(geom: Any, content: Content) -> tuple[Any, Any]:
    """Return longitude and latitude of the middle of a feature."""
    if content.is_point:
        return func.ST_X(geom), func.ST_Y(geom)
    return (
        (func.ST_XMin(geom) + func.ST_XMax(geom)) / 2,
        (func.ST_YMin(geom) + func.ST_YMax(geom)) / 2,
    )


def _is_near(collection: Collection, content: Content, frame: Frame) -> ColumnElement[bool]:
    """Return the condition that a feature lies in a tile or just around it."""
    if content.is_point:
        # What lies a hair beyond is drawn all the same.
        overlaps: ColumnElement[bool] = collection.geom.op("&&")(_envelope(frame.box, 4326))
        return overlaps
    return touches(collection.geom, frame.box)


def _envelope(box: tuple[Any, Any, Any, Any], epsg: int) -> Any:
    return func.ST_MakeEnvelope(*box, epsg)


def _plain(column: Any) -> Any:
    """Return a column as a tile can hold it."""
    return cast(column, Text) if isinstance(getattr(column, "type", None), Date) else column


def _point(geom: Any, frame: Frame) -> Any:
    """Return a point in units of the tile."""
    across, down = _within(func.ST_X(geom), func.ST_Y(geom), frame)
    return func.ST_MakePoint(func.round(across * EXTENT), func.round(down * EXTENT))


def _near(geom: Any, frame: Frame) -> Any:
    """Return what of a shape lies near the tile, on its plane."""
    # Cut first: nothing beyond the poles or far from the tile is transformed.
    near = func.ST_ClipByBox2D(geom, _envelope(frame.wide_box, 4326))
    return near if frame.epsg == 4326 else func.ST_Transform(near, frame.epsg)


def _drawn(shape: Any, has_area: Any, frame: Frame) -> Any:
    """Return a shape in the tile; one smaller than a pixel becomes a pixel and never vanishes."""
    width = func.ST_XMax(shape) - func.ST_XMin(shape)
    height = func.ST_YMax(shape) - func.ST_YMin(shape)
    # At least a pixel along both axes; a thin one keeps its length.
    pixel = func.ST_Expand(
        func.ST_Envelope(shape),
        func.greatest(frame.half_pixel - width / 2, 0.0),
        func.greatest(frame.half_pixel - height / 2, 0.0),
    )
    is_small = or_(width < 2 * frame.half_pixel, height < 2 * frame.half_pixel)
    bounds = _envelope((frame.west, frame.south, frame.east, frame.north), frame.epsg)
    seen = func.ST_AsMVTGeom(
        case((and_(has_area, is_small), pixel), else_=shape),
        bounds,
        EXTENT,
        BUFFER,
        True,
    )
    # A sliver may still fall between the tile's units.
    return func.coalesce(seen, func.ST_AsMVTGeom(pixel, bounds, EXTENT, BUFFER, True))


def _cell_of(place: tuple[Any, Any], frame: Frame) -> tuple[Any, Any]:
    """Return column and row of the cell in which a place lies."""
    across, down = (cast(func.floor(along * CELLS), Integer) for along in _within(*place, frame))
    # The edges of the world belong to its last cells.
    last_column, last_row = (
        CELLS - 1 if number + 1 == count else CELLS
        for number, count in ((frame.column, frame.columns), (frame.row, frame.rows))
    )
    first_row = 0 if frame.row == 0 else -1
    return func.least(across, last_column), func.greatest(func.least(down, last_row), first_row)


def _within(longitude: Any, latitude: Any, frame: Frame) -> tuple[Any, Any]:
    """Return how far a place lies to the right and down in a tile, as shares of its side.

    Calculated from degrees, because a million transformations cost more than a million logarithms.
    """
    # Products, because a quotient would be written with casts to exact numbers, which are slow.
    across = (longitude + 180.0) * (1 / 360) * frame.columns - frame.column
    if frame.epsg == 4326:
        return across, (90.0 - latitude) * (1 / 180) * frame.rows - frame.row
    # Nobody's place beyond the matrix; the logarithm would not end there.
    inside = func.least(func.greatest(latitude, -MERCATOR_LATITUDE), MERCATOR_LATITUDE)
    stretched = func.ln(func.tan(func.radians(inside) * 0.5 + math.pi / 4)) * (1 / math.pi)
    return across, (1.0 - stretched) * 0.5 * frame.rows - frame.row
