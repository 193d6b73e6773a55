"""Where all features of a collection lie, read once: cells of any tile follow without a query."""

import asyncio
import logging
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Double, Null, Select, cast, func, select, text
from sqlalchemy.orm import Session

from app.db.copying import read_numbers
from app.db.models import Contaminant, Measurement, Sample
from app.db.session import Database, hold_still, stopper
from app.errors import Busy, NotFound
from app.services.features import Collection, Query, get_collection, select_features
from app.services.state import Shown, shown_of
from app.services.threads import Threads
from app.services.tile_cache import TileCache, tile_key
from app.services.tile_matrices import TileMatrixSet
from app.services.vector_tiles.asked import AskedPlaces, PlacesWish
from app.services.vector_tiles.cells import NO_VALUE, Places, merge_rows, sort_places
from app.services.vector_tiles.content import Content
from app.services.vector_tiles.statements import middle

log = logging.getLogger(__name__)

# Bytes of places that stay open; files are mapped, so that processes share what is in memory.
_MOST_OPEN = 512 * 1024 * 1024
# So long who comes second waits for places that are read, and the first for theirs to begin.
_PATIENCE_SECONDS = 20.0
# So many parts are read at once, and so many are being read or wait for it.
_READERS = 2
_MOST_READINGS = 64
# Smaller files are read: each that is mapped stays an open file.
_MAPPED_BYTES = 4 * 1024 * 1024
_MOST_LISTS = 64
# What is open is noted as asked for so seldom: a request costs no call of the system for it.
_NOTE_SECONDS = 60.0
_FORMAT = "places 1"


@dataclass(frozen=True)
class _Part:
    """Features that change together: those of one data set, or all where sets have no part."""

    key: str
    filters: dict[str, str]


_Asked = tuple[Any, ...]


@dataclass
class _List:
    keys: list[str]
    places: list[Places]
    # When it was noted last.
    noted: float


class _Reading(NamedTuple):
    """A part that is being read, and whether who waits asked for it first."""

    future: Future[Places | None]
    is_own: bool

    def may_be_waited_for(self) -> bool:
        """Say whether the first to ask waits on: its answer is made as they wait."""
        return self.is_own and self.future.running()

    def result(self) -> Places | None:
        """Return what was read; who comes second is told to come back."""
        if not self.future.done():
            raise _busy()
        return self.future.result()

    async def within_patience(self) -> Places | None:
        """Wait without a thread; whoever goes away leaves the reading to the others."""
        coming = asyncio.wrap_future(self.future)
        # Nobody may be left to hear of a fault.
        coming.add_done_callback(lambda told: told.cancelled() or told.exception())
        await asyncio.wait([coming], timeout=_PATIENCE_SECONDS)
        if self.may_be_waited_for():
            await asyncio.wait([coming])
        return self.result()


class PreparedPlaces:
    """Keeps places under the version of what they were read from: never out of date.

    Each part is read once, by a thread of its own; whoever else wants it waits for that.
    """

    def __init__(self, database: Database, cache: TileCache, timeout_ms: int) -> None:
        self._database, self._cache, self._timeout_ms = database, cache, timeout_ms
        self._threads, self._openers = Threads("places", _READERS), Threads("open", 1)
        self._asked = AskedPlaces(cache)
        self._lock = threading.Lock()
        self._stops: list[Callable[[], None]] = []
        self._open: OrderedDict[str, Places] = OrderedDict()
        self._readings: dict[str, Future[Places | None]] = {}
        # Of one state, what was found open: looking for each data set takes time where many are.
        self._listed: tuple[str, dict[_Asked, _List]] = ("", {})

    def find(
        self,
        shown: Shown,
        collection: Collection,
        content: Content,
        filters: Mapping[str, str],
        matrix: TileMatrixSet,
    ) -> list[Places] | None:
        """Return the places of the features under named filters, or None if what is shown changed.

        Raises
        ------
        NotFound
            A filter that names nothing.
        Busy
            They are being read at this moment.
        """
        self._asked.note(PlacesWish(collection, matrix, filters))
        found = []
        for part in _parts(shown, collection, filters, matrix):
            places = self._kept(part.key)
            if places is None:
                reading = self._begin(part, collection, content, matrix)
                wait([reading.future], _PATIENCE_SECONDS)
                if reading.may_be_waited_for():
                    wait([reading.future])
                places = reading.result()
            if places is None:
                return None
            found.append(places)
        return found

    async def fetch(
        self,
        shown: Shown,
        collection: Collection,
        content: Content,
        filters: Mapping[str, str],
        matrix: TileMatrixSet,
    ) -> list[Places] | None:
        """Return the same in the event loop, where no thread waits for what another reads.

        Raises
        ------
        NotFound, Busy
            As `find` does.
        """
        asked, now = _asked(collection, filters, matrix), time.monotonic()
        wish = PlacesWish(collection, matrix, filters)
        listed = self._opened(shown, asked)
        if listed is not None:
            if now - listed.noted >= _NOTE_SECONDS:
                listed.noted = now
                self._openers.begin(self._note, wish, listed.keys)
            return listed.places
        parts = _parts(shown, collection, filters, matrix)

        def open_all() -> list[Places | None]:
            self._asked.note(wish)
            return [self._kept(part.key) for part in parts]

        kept = await self._openers.run(open_all)
        found = []
        for part, opened in zip(parts, kept, strict=True):
            places = opened
            if places is None:
                reading = self._begin(part, collection, content, matrix)
                places = await reading.within_patience()
            if places is None:
                return None
            found.append(places)
        self._list(shown, asked, [part.key for part in parts], now)
        return found

    def make_ready(self, shown: Shown, wish: PlacesWish, content: Content) -> None:
        """Read in the caller's thread what lies nowhere yet, for whoever will ask; open nothing."""
        for part in _parts(shown, wish.collection, wish.filters, wish.matrix):
            if self._cache.find(part.key) is None:
                with self._cache.making(part.key):
                    if self._cache.find(part.key) is None:
                        self._read(part, wish.collection, content, wish.matrix)

    def latest(self) -> list[PlacesWish]:
        """Return what is worth being made ready after a change: what was asked for last."""
        with self._database.reading() as session:
            codes = session.scalars(select(Contaminant.code)).all()
        return self._asked.latest(codes)

    def close(self) -> None:
        """Stop what is being read, and begin nothing any more."""
        self._threads.close()
        self._openers.close()
        with self._lock:
            for stop in self._stops:
                stop()

    def _note(self, wish: PlacesWish, keys: Sequence[str]) -> None:
        """Let what is open be as young on the disk, where others find it and room is made."""
        self._asked.note(wish)
        for key in keys:
            self._cache.find(key)

    def _opened(self, shown: Shown, asked: _Asked) -> _List | None:
        with self._lock:
            state, lists = self._listed
            if state != shown.state or asked not in lists:
                return None
            found = lists[asked]
            for key in found.keys:
                self._open.move_to_end(key)
            return found

    def _list(self, shown: Shown, asked: _Asked, keys: list[str], noted: float) -> None:
        with self._lock:
            # Otherwise a list would hold what was closed to make room.
            if not all(key in self._open for key in keys):
                return
            state, lists = self._listed
            if state != shown.state or len(lists) >= _MOST_LISTS:
                self._listed = (shown.state, {})
            self._listed[1][asked] = _List(keys, [self._open[key] for key in keys], noted)

    def _kept(self, key: str) -> Places | None:
        with self._lock:
            found = self._open.get(key)
            if found is not None:
                self._open.move_to_end(key)
                return found
        path = self._cache.find(key)
        if path is None:
            return None
        try:
            places = _mapped(path)
        except OSError as error:
            log.warning("Places could not be opened again: %s", error.strerror)
            return None
        self._hold(key, places)
        return places

    def _hold(self, key: str, places: Places) -> None:
        with self._lock:
            self._open[key] = places
            total = sum(map(_size, self._open.values()))
            while total > _MOST_OPEN and len(self._open) > 1:
                total -= _size(self._open.popitem(last=False)[1])
                # Lists may hold it, too.
                self._listed = ("", {})

    def _begin(
        self, part: _Part, collection: Collection, content: Content, matrix: TileMatrixSet
    ) -> _Reading:
        """Begin to read a part, unless somebody did."""
        with self._lock:
            future = self._readings.get(part.key)
            if future is not None:
                return _Reading(future, is_own=False)
            if len(self._readings) >= _MOST_READINGS:
                raise _busy()
            future = self._threads.begin(self._read_once, part, collection, content, matrix)
            self._readings[part.key] = future
            return _Reading(future, is_own=True)

    def _read_once(
        self, part: _Part, collection: Collection, content: Content, matrix: TileMatrixSet
    ) -> Places | None:
        try:
            # Somebody may have read them just before, or be about to in another process.
            with self._cache.making(part.key):
                kept = self._kept(part.key)
                if kept is None:
                    places = self._read(part, collection, content, matrix)
                    kept = self._kept(part.key)
                    if kept is None and places is not None:
                        self._hold(part.key, places)
                        return places
                return kept
        finally:
            with self._lock:
                del self._readings[part.key]

    def _read(
        self, part: _Part, collection: Collection, content: Content, matrix: TileMatrixSet
    ) -> Places | None:
        """Read a part and put it into the cache; None where it is not that of now."""
        with self._database.reading() as session, self._stoppable(session):
            if all(
                part.key != other.key
                for other in _parts(shown_of(session), collection, part.filters, matrix)
            ):
                return None
            session.execute(text(f"SET LOCAL statement_timeout = {int(self._timeout_ms)}"))
            places = _read_places(session, collection, content, part.filters, matrix)
        self._cache.put(part.key, _packed(places))
        return places

    @contextmanager
    def _stoppable(self, session: Session) -> Iterator[None]:
        """Let a session see one moment alone, and whoever closes stop what it computes."""
        hold_still(session)
        stop = stopper(session)
        with self._lock:
            self._stops.append(stop)
        try:
            yield
        finally:
            with self._lock:
                self._stops.remove(stop)


def _busy() -> Busy:
    return Busy("Many features are being read for the first tiles; ask again in a moment.")


def _asked(collection: Collection, filters: Mapping[str, str], matrix: TileMatrixSet) -> _Asked:
    return (collection.id, matrix.id, *sorted(filters.items()))


def _parts(
    shown: Shown, collection: Collection, filters: Mapping[str, str], matrix: TileMatrixSet
) -> list[_Part]:
    of_all = dict(filters)
    if "dataset" not in collection.filters:
        return [_Part(_name(collection, of_all, matrix, shown.state), of_all)]
    wanted = of_all.pop("dataset", None)
    datasets = [entry for entry in shown.datasets if wanted in {None, entry.public_id}]
    if wanted is not None and not datasets:
        raise NotFound(f"There is no data set {wanted[:80]!r}.", parameter="dataset")
    return [
        _Part(
            _name(collection, of_all, matrix, dataset.version),
            of_all | {"dataset": dataset.public_id},
        )
        for dataset in datasets
    ]


def _name(
    collection: Collection, filters: Mapping[str, str], matrix: TileMatrixSet, version: str
) -> str:
    return tile_key(_FORMAT, collection.id, sorted(filters.items()), matrix.id, version)


def _read_places(
    session: Session,
    collection: Collection,
    content: Content,
    filters: dict[str, str],
    matrix: TileMatrixSet,
) -> Places:
    statement, spread_by, is_many = _statement(session, collection, content, filters)
    longitudes, latitudes, *rest = read_numbers(session, statement, spread_by)
    values = rest[0] if rest else None
    if is_many and values is not None:
        first, values = merge_rows(rest[1], values)
        longitudes, latitudes = longitudes[first], latitudes[first]
    return sort_places(longitudes, latitudes, values, matrix)


def _statement(
    session: Session, collection: Collection, content: Content, filters: dict[str, str]
) -> tuple[Select[Any], Any, bool]:
    """Return what reads longitude, latitude and value; by what; whether rows are to be merged."""
    is_many = collection.id == "samples" and "contaminant" in filters
    if is_many:
        # Its results are joined: looking them up sample by sample takes several times as long.
        collection = get_collection(session, "results")
        value: Any = Measurement.value
    else:
        # The filter names it by its code already.
        value = content.measure(filters.get("contaminant")).value
    longitude, latitude = middle(collection.geom, content)
    columns = [longitude, latitude]
    if not isinstance(value, Null):
        columns.append(func.coalesce(cast(value, Double), NO_VALUE))
    if is_many:
        columns.append(Sample.id)
    statement = select_features(session, collection, Query(filters=filters), *columns).where(
        # Districts may have no shape, and shapes may be empty.
        longitude.is_not(None)
    )
    return statement, collection.key[0], is_many


def _size(places: Places) -> int:
    return places.keys.nbytes + (0 if places.values is None else places.values.nbytes)


def _packed(places: Places) -> bytes:
    """Return how many there are, the keys, and the values where there are any."""
    values = b"" if places.values is None else places.values.tobytes()
    return len(places.keys).to_bytes(8, sys.byteorder) + places.keys.tobytes() + values


def _mapped(path: Path) -> Places:
    if path.stat().st_size < _MAPPED_BYTES:
        plain = np.fromfile(path, np.int64)
    else:
        # A plain array over the same memory: one that maps costs more at every slice.
        plain = np.asarray(np.memmap(path, np.int64, "r"))
    count = int(plain[0])
    values = plain[1 + count :].view(np.float64) if len(plain) > 1 + count else None
    return Places(plain[1 : 1 + count], values)
