"""Tiles of collections (MVT), kept until what they show changes.

Where few features lie in a tile it has every one of them, made by the database; where many do it
has cells, counted from prepared places, or by the database under filters of a caller's own.
"""

from collections.abc import Callable
from typing import Protocol

from sqlalchemy.orm import Session

from app.db.reading import Readers
from app.db.session import Database, hold_still
from app.errors import InvalidRequest
from app.services.features import Collection, Query, conditions
from app.services.features.query import said_of_the_request
from app.services.registries import find_contaminant
from app.services.remembering import Remembered
from app.services.state import Shown, shown_of, state_key
from app.services.threads import Threads
from app.services.tile_cache import TileCache, TileMemory
from app.services.tile_matrices import TileAddress, TileMatrixSet
from app.services.vector_tiles.cells import Cells, Places, cells_of_rows, count_cells, count_inside
from app.services.vector_tiles.content import Content, content_of, kept_columns
from app.services.vector_tiles.encoding import encode_cells
from app.services.vector_tiles.frames import Frame, frame_of
from app.services.vector_tiles.places import PreparedPlaces
from app.services.vector_tiles.quick import fetch_features
from app.services.vector_tiles.statements import Told, cells_of, features_of, number_of
from app.services.vector_tiles.wishes import PlainWish, TileWish

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
# With more features than these a tile shows cells; with fewer, every one of them.
MOST_FEATURES = 5_000
# The cells of fewer are counted at once, in the event loop.
_FEW = 20_000
# And where fewer points are looked through, they are put into a tile there.
_FEW_POINTS = 3_000
# So many tiles of the event loop are made in threads at once.
_THREADS = 4


class PointTile(Protocol):
    """A tile that is to be made of points that lie ready."""

    @property
    def reach(self) -> int:
        """How many points are looked through."""

    def make(self, most: int) -> bytes | None:
        """Return the tile with every point; None where they are too many."""


class Points(Protocol):
    """Points that lie ready with what tiles show of them."""

    def within(self, matrix: TileMatrixSet, tile: TileAddress) -> PointTile:
        """Return a tile that is to be made."""


class VectorTiles:
    """Makes vector tiles, or finds those made before.

    `find_points` gives the points of a collection in a state of pages, where they lie ready.
    """

    def __init__(
        self,
        database: Database,
        cache: TileCache,
        memory: TileMemory,
        timeout_ms: int,
        find_points: Callable[[Collection, str], Points | None],
    ) -> None:
        self._find_points = find_points
        self._database, self._cache, self._memory = database, cache, memory
        self._places = PreparedPlaces(database, cache, timeout_ms)
        self._threads = Threads("tiles", _THREADS)
        self._version: Remembered[str, Shown] = Remembered(lambda: database.changes)
        self._codes: Remembered[str, str] = Remembered()

    def close(self) -> None:
        """Begin nothing any more."""
        self._threads.close()
        self._places.close()

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

    async def fetch_code(self, name: str) -> str:
        """Return the code of a contaminant, by any of its names.

        Raises
        ------
        NotFound
            Nothing is called so.
        """

        def read() -> str:
            with self._database.reading() as session:
                return find_contaminant(session, name).code

        found = self._codes.find(name)
        if found is None:
            found = await self._threads.run(self._codes.get, name, read)
        return found

    async def fetch(
        self,
        readers: Readers,
        shown: Shown,
        asked: str,
        wish: PlainWish,
        matrix: TileMatrixSet,
        tile: TileAddress,
    ) -> tuple[str, bytes]:
        """Return the same as `tile`, in the event loop; new tiles are kept in memory alone.

        `shown` is what was shown a moment ago. What is made by one statement of a millisecond is
        not worth a file.

        Raises
        ------
        NotFound, InvalidRequest, Busy
            As `tile` does.
        """
        key = state_key(shown.state, asked)
        found = self._memory.get(key)
        if found is not None:
            return key, found

        def count(session: Session) -> bytes:
            return make_tile(session, wish.whole(), matrix, tile, are_many=True)

        made = await self._make(readers, shown, wish, matrix, tile)
        if made is None:
            key, content = await self._threads.run(self.get, asked, count)
        else:
            key, content = state_key(made[0], asked), made[1]
        self._memory.put(key, content)
        return key, content

    async def _make(
        self,
        readers: Readers,
        shown: Shown,
        wish: PlainWish,
        matrix: TileMatrixSet,
        tile: TileAddress,
    ) -> tuple[str, bytes] | None:
        """Return a tile after the state it is of, or None where the database is to count cells."""
        filters = {} if wish.code is None else {"contaminant": wish.code}
        places = await self._places.fetch(shown, wish.collection, wish.content, filters, matrix)
        if places is not None:
            inside = count_inside(places, tile)
            if inside > MOST_FEATURES:
                return shown.state, await self._count_cells(places, wish, tile, inside)
            made = await self._point_tile(shown, wish, matrix, tile)
            if made is not None:
                return shown.state, made
            features = await fetch_features(readers, shown, wish, matrix, tile, MOST_FEATURES)
            if features.number <= MOST_FEATURES:
                return features.state, features.made
        # What is shown changed meanwhile, or of many areas the middles lie elsewhere.
        return None

    async def _point_tile(
        self,
        shown: Shown,
        wish: PlainWish,
        matrix: TileMatrixSet,
        tile: TileAddress,
    ) -> bytes | None:
        """Return a tile of points that lie ready, or None."""
        if shown.of_samples is None or wish.code is not None:
            return None
        points = self._find_points(wish.collection, shown.of_samples)
        if points is None:
            return None
        one = points.within(matrix, tile)
        if one.reach < _FEW_POINTS:
            return one.make(MOST_FEATURES)
        return await self._threads.run(one.make, MOST_FEATURES)

    async def _count_cells(
        self, places: list[Places], wish: PlainWish, tile: TileAddress, inside: int
    ) -> bytes:
        def count() -> bytes:
            cells = count_cells(places, tile, wish.threshold)
            return encode_cells(cells, f"{wish.content.name}_cells")

        # A thread takes longer than a few cells do.
        return count() if inside < _FEW else await self._threads.run(count)

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
        or bool(query.equal)
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


def names_in(session: Session, wish: TileWish) -> list[str]:
    """Return what a feature in such tiles tells, by name."""
    content = content_of(wish.collection)
    measured = content.measure(_code(session, wish.query))
    return list(kept_columns(wish.collection, content, measured, wish.threshold))


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
    content, frame = content_of(wish.collection), frame_of(matrix, tile)
    check_threshold(wish, content)
    with said_of_the_request(wish.query):
        if not are_many or _count(session, wish, content, frame) <= MOST_FEATURES:
            made, count = _features(session, wish, content, frame)
            if count <= MOST_FEATURES:
                return made
        return encode_cells(_cells(session, wish, content, frame), f"{content.name}_cells")


def check_threshold(wish: TileWish, content: Content) -> None:
    """Refuse a threshold that nothing can be held against.

    Raises
    ------
    InvalidRequest
        Features without concentrations; no contaminant.
    """
    if wish.threshold is None:
        return
    if content.of_code is None:
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


def _code(session: Session, query: Query) -> str | None:
    name = query.filters.get("contaminant")
    return None if name is None else find_contaminant(session, name).code


def _count(session: Session, wish: TileWish, content: Content, frame: Frame) -> int:
    found = conditions(session, wish.collection, wish.query)
    counted = number_of(wish.collection, content, frame, found, most=MOST_FEATURES)
    return session.scalar(counted) or 0


def _features(
    session: Session, wish: TileWish, content: Content, frame: Frame
) -> tuple[bytes, int]:
    """Return the tile with every feature, and how many there are: one more than allowed at most."""
    measured = content.measure(_code(session, wish.query))
    columns = kept_columns(wish.collection, content, measured, wish.threshold)
    found = conditions(session, wish.collection, wish.query)
    statement = features_of(
        Told(wish.collection, content, measured), columns, frame, found, most=MOST_FEATURES
    )
    made, count = session.execute(statement).one()
    return bytes(made or b""), count


def _cells(session: Session, wish: TileWish, content: Content, frame: Frame) -> Cells:
    measured = content.measure(_code(session, wish.query))
    found = conditions(session, wish.collection, wish.query)
    statement = cells_of(Told(wish.collection, content, measured), frame, found, wish.threshold)
    return cells_of_rows(session.execute(statement).all())
