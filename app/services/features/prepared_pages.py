"""Pages of points without a query: the texts of a collection, kept for the state they are of.

The statement that puts a page together (`whole`) puts these texts together too, once for all pages:
so a page is the same bytes whichever way it came. They are never out of date, because they lie
under the state that was read with them (`state_within`). While there are none of the state of now,
the first to ask begins them, in a thread of its own, and pages are read from the database.
"""

import logging
import secrets
import threading
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.db.session import Database, hold_still
from app.errors import HotspotsError
from app.services.features.collections import Collection
from app.services.features.orders import Order
from app.services.features.page_texts import PageTexts, cut_page, open_texts, write_texts
from app.services.features.paging import feature, named
from app.services.features.whole import PageWish, WholePage, seen, stretches
from app.services.state import state_within
from app.services.threads import Threads
from app.services.tile_cache import TileCache, tile_key

log = logging.getLogger(__name__)

# Of fewer features, pages are found in the database as quickly.
_FEWEST = 5_000
_ROWS_AT_ONCE = 1_000
_FORMAT = "page texts 1"


class PreparedPages:
    """Keeps the texts of collections of points; each is made by one thread, one after another."""

    def __init__(
        self, database: Database, cache: TileCache, folder: Path, fewest: int = _FEWEST
    ) -> None:
        self._database, self._cache, self._folder, self._fewest = database, cache, folder, fewest
        self._threads = Threads("pages", 1)
        self._lock, self._closing = threading.Lock(), threading.Event()
        self._open: dict[str, tuple[str, PageTexts]] = {}
        self._making: set[str] = set()
        # The last state of each collection whose texts are not to be made.
        self._left: dict[str, str] = {}

    def find(self, collection: Collection, state: str) -> PageTexts | None:
        """Return the texts of a state; None where they are yet to be made, or not worth it."""
        with self._lock:
            kept = self._open.get(collection.id)
            if kept is not None and kept[0] == state:
                return kept[1]
            if self._left.get(collection.id) == state or collection.id in self._making:
                return None
            path = self._cache.find(_key(collection, state))
            if path is not None:
                texts = open_texts(path)
                self._open[collection.id] = (state, texts)
                return texts
            self._making.add(collection.id)
        self._threads.begin(self._make, collection, state)
        return None

    def close(self) -> None:
        """Stop what is being made, and begin nothing any more."""
        self._closing.set()
        self._threads.close(wait=True)

    def _make(self, collection: Collection, asked: str) -> None:
        part = self._folder / f"{secrets.token_hex(16)}.pages"
        left: str | None = None
        try:
            with self._database.reading() as session:
                hold_still(session)
                # It may have changed since it was asked for.
                state = str(session.scalar(select(state_within())))
                if self._are_few(session, collection):
                    left = state
                else:
                    width = len(Order(collection).columns)
                    with closing(_rows(session, collection, self._closing)) as rows:
                        write_texts(part, rows, width)
            if self._closing.is_set():
                return
            if left is None and not self._cache.keep(_key(collection, state), part):
                log.warning("The pages of %s are more than may be kept.", collection.id)
                left = state
        except (HotspotsError, OSError) as error:
            log.warning("The pages of %s could not be prepared: %s", collection.id, error)
            left = asked
        finally:
            part.unlink(missing_ok=True)
            with self._lock:
                self._making.discard(collection.id)
                if left is not None:
                    self._left[collection.id] = left

    def _are_few(self, session: Session, collection: Collection) -> bool:
        some = _found(collection, collection.key[0]).limit(self._fewest).subquery()
        return (session.scalar(select(func.count()).select_from(some)) or 0) < self._fewest


def page_of(texts: PageTexts, wish: PageWish, state: str) -> WholePage:
    """Return a page cut out of the texts of a state.

    Raises
    ------
    InvalidRequest
        The cursor is none of ours.
    """
    order = Order(wish.collection)
    behind = [-1] * len(order.columns) if wish.cursor is None else order.position(wish.cursor)
    spans = stretches(wish.boxes, behind[0])
    cut = cut_page(texts, spans, wish.boxes, behind, wish.limit)
    cursor = None if cut.position is None else order.cursor(list(cut.position))
    return WholePage(cut.features, cut.number, cursor, state)


def _key(collection: Collection, state: str) -> str:
    return tile_key(_FORMAT, collection.id, state)


def _found(collection: Collection, *columns: Any) -> Select[Any]:
    return select(*columns).select_from(collection.source).where(*seen(collection))


def _rows(
    session: Session, collection: Collection, is_over: threading.Event
) -> Generator[Any, None, None]:
    columns = Order(collection).columns
    place = func.ST_X(collection.geom), func.ST_Y(collection.geom)
    told = _found(collection, *named(columns), *place, feature(collection)).order_by(*columns)
    # A cursor in the database: however many there are, a few are here at once.
    with session.execute(told.execution_options(yield_per=_ROWS_AT_ONCE)) as rows:
        for row in rows:
            if is_over.is_set():
                return
            yield row
