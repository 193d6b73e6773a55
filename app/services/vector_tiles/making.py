"""Tiles made by the database (MVT), kept until what they show changes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Date, Double, Integer, Text, and_, case, cast, func, literal, or_, select
from sqlalchemy.orm import Session

from app.db.session import Database, hold_still
from app.errors import InvalidRequest
from app.services.features import Collection, Query
from app.services.features.query import conditions, said_of_the_request, touches
from app.services.remembering import Remembered
from app.services.state import state_key, state_of
from app.services.tile_cache import TileCache
from app.services.tile_matrices import TILE_SIZE, TileAddress, TileMatrixSet
from app.services.vector_tiles.content import Content, content_of, exceeds, kept_columns

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
# With more features than these a tile shows cells; with fewer, every one of them.
MOST_FEATURES = 5_000
# Cells along the side of a tile: four pixels each.
CELLS = 64
_EXTENT = 4096
# Around a tile, so that symbols and lines at its edge are drawn whole: 4 pixels.
_BUFFER = 64
# Web Mercator ends here; a little less than the tile of zoom 0 reaches.
_MERCATOR_LATITUDE = 85.06


@dataclass(frozen=True)
class TileWish:
    """Which features of which collection, and what they are held against."""

    collection: Collection
    query: Query
    threshold: float | None = None


class VectorTiles:
    """Makes vector tiles, or finds those made before."""

    def __init__(self, database: Database, cache: TileCache) -> None:
        self._database, self._cache = database, cache
        self._version: Remembered[str, str] = Remembered()

    def version(self) -> str:
        """Return what changes when anything does that a tile may show."""

        def read() -> str:
            with self._database.reading() as session:
                return state_of(session)

        return self._version.get("", read)

    def key(self, asked: str) -> str:
        """Return the name of the answer to what is asked, of what is shown now."""
        return state_key(self.version(), asked)

    def get(self, asked: str, make: Callable[[Session], bytes]) -> tuple[str, bytes]:
        """Return a tile and its name; an empty one shows nothing.

        A new one lies under the state it was read in, and not under one that was a moment ago.
        """
        key = self.key(asked)
        found = self._cache.get(key)
        if found is None:
            with self._database.reading() as session:
                hold_still(session)
                found = make(session)
                key = state_key(state_of(session), asked)
            self._cache.put(key, found)
        return key, found


def check_wish(session: Session, wish: TileWish) -> Content:
    """Return what tiles would show; what cannot be understood is refused before any is asked for.

    Raises
    ------
    NotFound, InvalidRequest
        A collection without tiles; a filter that names nothing; a threshold without a contaminant.
    """
    content = content_of(wish.collection)
    _check_threshold(wish, content)
    conditions(session, wish.collection, wish.query)
    return content


def make_tile(session: Session, wish: TileWish, matrix: TileMatrixSet, tile: TileAddress) -> bytes:
    """Return one tile: every feature, or cells with count, maximum and share of exceedance.

    Raises
    ------
    NotFound, InvalidRequest
        A collection without tiles; a threshold without a contaminant; a filter that cannot be
        computed.
    """
    content = content_of(wish.collection)
    _check_threshold(wish, content)
    with said_of_the_request(wish.query):
        made, count = _features(session, wish, content, matrix, tile)
        if count > MOST_FEATURES:
            return _cells(session, wish, content, matrix, tile)
    return made


def _check_threshold(wish: TileWish, content: Content) -> None:
    if wish.threshold is None:
        return
    if not content.is_concentration:
        raise InvalidRequest(
            f"Features of {wish.collection.id!r} have no concentration; threshold is for samples "
            "and results.",
            parameter="threshold",
        )
    if "contaminant" not in wish.query.filters:
        raise InvalidRequest(
            "threshold needs contaminant=…, whose concentration is held against it.",
            parameter="threshold",
        )


def _features(
    session: Session,
    wish: TileWish,
    content: Content,
    matrix: TileMatrixSet,
    tile: TileAddress,
) -> tuple[bytes, int]:
    """Return the tile with every feature, and how many there are: one more than allowed at most."""
    collection = wish.collection
    measured = content.measure(session, wish.query.filters.get("contaminant"))
    columns = kept_columns(collection, content, measured, wish.threshold)
    shape = (
        _point(collection.geom, matrix, tile)
        if content.is_point
        else _area(collection.geom, matrix, tile)
    )
    box = _degrees(matrix, tile, _BUFFER / _EXTENT)
    inner = (
        select(
            shape.label("geom"), *(_plain(column).label(name) for name, column in columns.items())
        )
        .select_from(collection.source)
        .where(*conditions(session, collection, wish.query), touches(collection.geom, box))
        # An order of its own: the same features are the same bytes.
        .order_by(collection.hilbert, *collection.key)
        .limit(MOST_FEATURES + 1)
        .subquery("features")
    )
    statement = select(
        func.ST_AsMVT(inner.table_valued(), content.name, _EXTENT, "geom"), func.count()
    ).select_from(inner)
    made, count = session.execute(statement).one()
    return bytes(made or b""), count


def _plain(column: Any) -> Any:
    """Return a column as a tile can hold it."""
    return cast(column, Text) if isinstance(getattr(column, "type", None), Date) else column


def _bounds(matrix: TileMatrixSet, tile: TileAddress) -> Any:
    west, south, east, north = matrix.bounds(tile)
    return func.ST_MakeEnvelope(west, south, east, north, matrix.epsg)


def _on_matrix(geom: Any, matrix: TileMatrixSet) -> Any:
    return geom if matrix.epsg == 4326 else func.ST_Transform(geom, matrix.epsg)


def _point(geom: Any, matrix: TileMatrixSet, tile: TileAddress) -> Any:
    placed = _on_matrix(geom, matrix)
    return func.ST_AsMVTGeom(placed, _bounds(matrix, tile), _EXTENT, _BUFFER, True)


def _area(geom: Any, matrix: TileMatrixSet, tile: TileAddress) -> Any:
    """Return a shape in the tile; one smaller than a pixel becomes a pixel and never vanishes."""
    west, south, east, north = _degrees(matrix, tile, 2 * _BUFFER / _EXTENT)
    # Cut first: nothing beyond the poles or far from the tile is transformed.
    near = func.ST_ClipByBox2D(geom, func.ST_MakeEnvelope(west, south, east, north, 4326))
    shape = _on_matrix(near, matrix)
    half = matrix.tile_side(tile.zoom) / TILE_SIZE / 2
    width = func.ST_XMax(shape) - func.ST_XMin(shape)
    height = func.ST_YMax(shape) - func.ST_YMin(shape)
    # At least a pixel along both axes; a thin one keeps its length.
    pixel = func.ST_Expand(
        func.ST_Envelope(shape),
        func.greatest(half - width / 2, 0.0),
        func.greatest(half - height / 2, 0.0),
    )
    is_small = or_(width < 2 * half, height < 2 * half)
    bounds = _bounds(matrix, tile)
    seen = func.ST_AsMVTGeom(
        case((and_(func.ST_Dimension(geom) == 2, is_small), pixel), else_=shape),
        bounds,
        _EXTENT,
        _BUFFER,
        True,
    )
    # A sliver may still fall between the tile's units.
    return func.coalesce(seen, func.ST_AsMVTGeom(pixel, bounds, _EXTENT, _BUFFER, True))


def _degrees(
    matrix: TileMatrixSet, tile: TileAddress, around: float
) -> tuple[float, float, float, float]:
    """Return a tile's box in degrees, and a share of its side around it."""
    west, south, east, north = matrix.degrees(tile, around)
    limit = _MERCATOR_LATITUDE if matrix.epsg != 4326 else 90.0
    return max(west, -180.0), max(south, -limit), min(east, 180.0), min(north, limit)


def _cells(
    session: Session,
    wish: TileWish,
    content: Content,
    matrix: TileMatrixSet,
    tile: TileAddress,
) -> bytes:
    """Return squares of four pixels: each feature is counted in the one its middle lies in."""
    collection = wish.collection
    measured = content.measure(session, wish.query.filters.get("contaminant"))
    column, row = _cell_of(collection.geom, content, matrix, tile)
    columns = [column.label("column"), row.label("row"), measured.value.label("value")]
    inner = (
        select(*columns)
        .select_from(collection.source)
        .where(
            *conditions(session, collection, wish.query),
            touches(collection.geom, _degrees(matrix, tile, 1e-9)),
        )
        .subquery("placed")
    )
    told = [
        func.count().label("count"),
        func.max(cast(inner.c.value, Double)).label("maximum"),
    ]
    if wish.threshold is not None:
        above = func.count().filter(exceeds(inner.c.value, wish.threshold))
        told.append((cast(above, Double) / func.count()).label("share"))
    cells = (
        select(_square(inner.c.column, inner.c.row, matrix, tile).label("geom"), *told)
        .where(inner.c.column.between(0, CELLS - 1), inner.c.row.between(0, CELLS - 1))
        .group_by(inner.c.column, inner.c.row)
        .order_by(inner.c.row, inner.c.column)
        .subquery("cells")
    )
    statement = select(
        func.ST_AsMVT(cells.table_valued(), f"{content.name}_cells", _EXTENT, "geom")
    ).select_from(cells)
    return bytes(session.scalar(statement) or b"")


def _cell_of(geom: Any, content: Content, matrix: TileMatrixSet, tile: TileAddress) -> Any:
    """Return column and row of the cell in which the middle of a feature lies.

    Calculated from degrees, because a million transformations cost more than a million logarithms.
    """
    longitude: Any
    latitude: Any
    if content.is_point:
        longitude, latitude = func.ST_X(geom), func.ST_Y(geom)
    else:
        longitude = (func.ST_XMin(geom) + func.ST_XMax(geom)) / 2
        latitude = (func.ST_YMin(geom) + func.ST_YMax(geom)) / 2
    zoom, row, column = tile
    columns, rows = matrix.columns << zoom, matrix.rows << zoom
    across = (longitude + 180.0) / 360.0 * columns - column
    if matrix.epsg == 4326:
        down = (90.0 - latitude) / 180.0 * rows - row
    else:
        # Nobody's middle beyond the matrix; the logarithm would not end there.
        inside = func.least(func.greatest(latitude, -_MERCATOR_LATITUDE), _MERCATOR_LATITUDE)
        stretched = func.ln(func.tan(func.pi() / 4 + func.radians(inside) / 2)) / func.pi()
        down = (1.0 - stretched) / 2 * rows - row
    # The eastern and southern edge of the world belong to the last cell.
    last = [
        literal(CELLS - 1 if edge else CELLS) for edge in (column + 1 == columns, row + 1 == rows)
    ]
    return tuple(
        cast(func.least(func.floor(along * CELLS), most), Integer)
        for along, most in zip((across, down), last, strict=True)
    )


def _square(column: Any, row: Any, matrix: TileMatrixSet, tile: TileAddress) -> Any:
    west, north = matrix.corner(tile)
    side = matrix.tile_side(tile.zoom) / CELLS
    square = func.ST_MakeEnvelope(
        west + column * side,
        north - (row + 1) * side,
        west + (column + 1) * side,
        north - row * side,
        matrix.epsg,
    )
    return func.ST_AsMVTGeom(square, _bounds(matrix, tile), _EXTENT, 0, False)
