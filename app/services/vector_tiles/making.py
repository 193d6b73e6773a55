"""Tiles of collections (MVT), kept until what they show changes.

Where few features lie in a tile it has every one of them, made by the database; where many do it
has cells, counted from prepared places, or by the database under filters of a caller's own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Date, Double, Integer, Text, and_, case, cast, func, literal, or_, select
from sqlalchemy.orm import Session

from app.db.session import Database, hold_still
from app.errors import InvalidRequest
from app.services.features import Collection, Query
from app.services.features.query import (
    conditions,
    said_of_the_request,
    select_features,
    touches,
)
from app.services.registries import find_contaminant
from app.services.remembering import Remembered
from app.services.state import Shown, shown_of, state_key
from app.services.tile_cache import TileCache
from app.services.tile_matrices import TILE_SIZE, TileAddress, TileMatrixSet
from app.services.vector_tiles.cells import (
    CELLS,
    MERCATOR_LATITUDE,
    Cells,
    cells_of_rows,
    count_cells,
    count_inside,
)
from app.services.vector_tiles.content import Content, content_of, exceeds, kept_columns
from app.services.vector_tiles.encoding import EXTENT, encode_cells
from app.services.vector_tiles.places import PreparedPlaces, middle

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
# With more features than these a tile shows cells; with fewer, every one of them.
MOST_FEATURES = 5_000
# Around a tile, so that symbols and lines at its edge are drawn whole: 4 pixels.
_BUFFER = 64


@dataclass(frozen=True)
class TileWish:
    """Which features of which collection, and what they are held against."""

    collection: Collection
    query: Query
    threshold: float | None = None


class VectorTiles:
    """Makes vector tiles, or finds those made before."""

    def __init__(self, database: Database, cache: TileCache, timeout_ms: int) -> None:
        self._database, self._cache = database, cache
        self._places = PreparedPlaces(database, cache, timeout_ms)
        self._version: Remembered[str, Shown] = Remembered()
        self._codes: Remembered[str, str] = Remembered()

    def shown(self) -> Shown:
        """Return what is shown, and what changes when anything does that a tile may show."""

        def read() -> Shown:
            with self._database.reading() as session:
                hold_still(session)
                return shown_of(session)

        return self._version.get("", read)

    def key(self, asked: str) -> str:
        """Return the name of the answer to what is asked, of what is shown now."""
        return state_key(self.shown().state, asked)

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
                key = state_key(shown_of(session).state, asked)
            self._cache.put(key, found)
        return key, found

    def tile(
        self,
        asked: str,
        wish_of: Callable[[Session], TileWish],
        matrix: TileMatrixSet,
        tile: TileAddress,
    ) -> tuple[str, bytes]:
        """Return a tile of a collection and its name.

        Raises
        ------
        NotFound, InvalidRequest
            A collection without tiles; a threshold without a contaminant; a filter that names
            nothing or cannot be computed.
        """
        shown = self.shown()
        key = state_key(shown.state, asked)
        found = self._cache.get(key)
        if found is not None:
            return key, found
        # A session asks nothing of the database until somebody asks it.
        with self._database.reading() as session:
            wish = wish_of(session)
            content = content_of(wish.collection)
            check_threshold(wish, content)
            filters = self._plain_filters(session, wish.query)
        places = self._places.find(shown, wish.collection, content, filters, matrix)
        are_many = places is None or count_inside(places, tile) > MOST_FEATURES
        if places is not None and are_many and not _has_own_filters(wish.query):
            cells = count_cells(places, tile, wish.threshold)
            found = encode_cells(cells, f"{content.name}_cells")
            self._cache.put(key, found)
            return key, found

        def make(session: Session) -> bytes:
            return make_tile(session, wish_of(session), matrix, tile, are_many=are_many)

        return self.get(asked, make)

    def _plain_filters(self, session: Session, query: Query) -> dict[str, str]:
        """Return the named filters, a contaminant by its code."""
        filters = dict(query.filters)
        if "contaminant" in filters:
            name = filters["contaminant"]
            filters["contaminant"] = self._codes.get(
                name, lambda: find_contaminant(session, name).code
            )
        return filters


def _has_own_filters(query: Query) -> bool:
    """Say whether more is asked than what places are prepared for."""
    return (
        bool(query.boxes)
        or query.period is not None
        or query.plane_box is not None
        or query.where is not None
    )


def check_wish(session: Session, wish: TileWish) -> Content:
    """Return what tiles would show; what cannot be understood is refused before any is asked for.

    Raises
    ------
    NotFound, InvalidRequest
        A collection without tiles; a filter that names nothing; a threshold without a contaminant.
    """
    content = content_of(wish.collection)
    check_threshold(wish, content)
    conditions(session, wish.collection, wish.query)
    return content


def make_tile(
    session: Session,
    wish: TileWish,
    matrix: TileMatrixSet,
    tile: TileAddress,
    *,
    are_many: bool,
) -> bytes:
    """Return one tile by asking the database alone: every feature, or cells that count them.

    With `are_many` there may be too many for all to be shown, so they are counted first.

    Raises
    ------
    NotFound, InvalidRequest
        A collection without tiles; a threshold without a contaminant; a filter that cannot be
        computed.
    """
    content = content_of(wish.collection)
    check_threshold(wish, content)
    with said_of_the_request(wish.query):
        if not are_many or _count(session, wish, matrix, tile) <= MOST_FEATURES:
            made, count = _features(session, wish, content, matrix, tile)
            if count <= MOST_FEATURES:
                return made
        return encode_cells(_cells(session, wish, content, matrix, tile), f"{content.name}_cells")


def check_threshold(wish: TileWish, content: Content) -> None:
    """Refuse a threshold that nothing can be held against.

    Raises
    ------
    InvalidRequest
        Features without concentrations; no contaminant.
    """
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


def _count(session: Session, wish: TileWish, matrix: TileMatrixSet, tile: TileAddress) -> int:
    """Return how many features lie in a tile: one more than allowed at most."""
    box = _degrees(matrix, tile, _BUFFER / EXTENT)
    found = select_features(session, wish.collection, wish.query, literal(1).label("one")).where(
        touches(wish.collection.geom, box)
    )
    counted = select(func.count()).select_from(found.limit(MOST_FEATURES + 1).subquery())
    return session.scalar(counted) or 0


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
    box = _degrees(matrix, tile, _BUFFER / EXTENT)
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
        func.ST_AsMVT(inner.table_valued(), content.name, EXTENT, "geom"), func.count()
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
    """Return a point in units of the tile."""
    across, down = _within(func.ST_X(geom), func.ST_Y(geom), matrix, tile)
    return func.ST_MakePoint(func.round(across * EXTENT), func.round(down * EXTENT))


def _area(geom: Any, matrix: TileMatrixSet, tile: TileAddress) -> Any:
    """Return a shape in the tile; one smaller than a pixel becomes a pixel and never vanishes."""
    west, south, east, north = _degrees(matrix, tile, 2 * _BUFFER / EXTENT)
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
        EXTENT,
        _BUFFER,
        True,
    )
    # A sliver may still fall between the tile's units.
    return func.coalesce(seen, func.ST_AsMVTGeom(pixel, bounds, EXTENT, _BUFFER, True))


def _degrees(
    matrix: TileMatrixSet, tile: TileAddress, around: float
) -> tuple[float, float, float, float]:
    """Return a tile's box in degrees, and a share of its side around it."""
    west, south, east, north = matrix.degrees(tile, around)
    limit = MERCATOR_LATITUDE if matrix.epsg != 4326 else 90.0
    return max(west, -180.0), max(south, -limit), min(east, 180.0), min(north, limit)


def _cells(
    session: Session,
    wish: TileWish,
    content: Content,
    matrix: TileMatrixSet,
    tile: TileAddress,
) -> Cells:
    """Return the cells of a tile: each feature is counted in the one its middle lies in."""
    collection = wish.collection
    measured = content.measure(session, wish.query.filters.get("contaminant"))
    column, row = _cell_of(middle(collection.geom, content), matrix, tile)
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
    above: Any = literal(None)
    if wish.threshold is not None:
        above = func.count().filter(exceeds(inner.c.value, wish.threshold))
    rows = session.execute(
        select(
            inner.c.column,
            inner.c.row,
            func.count(),
            func.max(cast(inner.c.value, Double)),
            above,
        )
        .where(inner.c.column.between(0, CELLS - 1), inner.c.row.between(0, CELLS - 1))
        .group_by(inner.c.column, inner.c.row)
        .order_by(inner.c.row, inner.c.column)
    )
    return cells_of_rows(rows.all())


def _cell_of(place: tuple[Any, Any], matrix: TileMatrixSet, tile: TileAddress) -> tuple[Any, Any]:
    """Return column and row of the cell in which a place lies."""
    zoom, row, column = tile
    columns, rows = matrix.columns << zoom, matrix.rows << zoom
    # The edges of the world belong to its last cells.
    last = [
        literal(CELLS - 1 if edge else CELLS) for edge in (column + 1 == columns, row + 1 == rows)
    ]
    first = literal(0 if row == 0 else -1)
    across, down = (
        cast(func.least(func.floor(along * CELLS), most), Integer)
        for along, most in zip(_within(*place, matrix, tile), last, strict=True)
    )
    return across, func.greatest(down, first)


def _within(
    longitude: Any, latitude: Any, matrix: TileMatrixSet, tile: TileAddress
) -> tuple[Any, Any]:
    """Return how far a place lies to the right and down in a tile, as shares of its side.

    Calculated from degrees, because a million transformations cost more than a million logarithms.
    """
    zoom, row, column = tile
    columns, rows = matrix.columns << zoom, matrix.rows << zoom
    across = (longitude + 180.0) / 360.0 * columns - column
    if matrix.epsg == 4326:
        return across, (90.0 - latitude) / 180.0 * rows - row
    # Nobody's place beyond the matrix; the logarithm would not end there.
    inside = func.least(func.greatest(latitude, -MERCATOR_LATITUDE), MERCATOR_LATITUDE)
    stretched = func.ln(func.tan(func.pi() / 4 + func.radians(inside) / 2)) / func.pi()
    return across, (1.0 - stretched) / 2 * rows - row
