"""The texts of collections of points, kept for the state they were read in.

They are put together by columns as downloads are, and are the bytes that the database puts together
for a page (`features.whole`). They are never out of date, because with them stands the state that
was read in the same moment (`samples_within`). Where there are none of that of now, the first to
ask begins them, in a thread of its own, and pages are read from the database.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.session import Database, hold_still, stopper
from app.services.features import Collection, Query
from app.services.features.orders import Order
from app.services.features.paging import is_at_most
from app.services.features.whole import (
    PageWish,
    WholePage,
    are_mostly_around,
    stretches,
)
from app.services.files.geojson import feature_texts
from app.services.files.rows import Reading, Table, read_table
from app.services.pages.ids import hashed
from app.services.pages.naming import texts_name, texts_path
from app.services.pages.texts import PageTexts, Piece, cut_page, open_texts, write_texts
from app.services.pages.tiles import PointTiles, names_of
from app.services.state import samples_within
from app.services.stopping import WorkStopped
from app.services.threads import Threads
from app.services.vector_tiles.content import content_of
from app.services.vector_tiles.points import (
    Marks,
    MarkWriter,
    open_marks,
    value_messages,
    writing_marks,
)

log = logging.getLogger(__name__)

# Of fewer features, pages are found in the database as quickly.
FEWEST = 5_000
# Preparing takes at most a fifth of the time, however often what is shown changes. Nobody waits
# longer for a clock that was set back.
_REST = 4.0
_LONGEST_REST_SECONDS = 3600.0
# So long nobody looks again for what another process prepares.
_PAUSE_SECONDS = 1.0
_REST_AFTER_A_FAULT_SECONDS = 60.0
_GRACE_SECONDS = 0.5
_LONGEST_GRACE_SECONDS = 5.0
_CUTTERS = 2
# Some 2,000 features with a result each.
_MOST_AT_ONCE_BYTES = 1_500_000
_PARTIAL, _SHOWN = ".partial", ".shown"


class _Files(NamedTuple):
    """Files of the same name: what pages are cut out of, and what tiles show."""

    texts: PageTexts
    marks: Marks

    @property
    def name(self) -> str:
        return self.texts.name


@dataclass
class _Kept:
    """What is known of a collection's texts."""

    files: _Files | None = None
    is_being_made: bool = False
    # The last state whose texts are not to be made.
    left: str | None = None
    # When the file is looked for again, and when texts may be made again.
    look_again: float = 0.0
    rest_until: float = 0.0


class _TooLarge(Exception):
    """Texts are more than may be kept."""


class PreparedPages:
    """Keeps a file of texts for each collection; it is made anew by one process, one after another.

    A file takes the former one's place. Larger ones than `most_bytes` are not kept; 0 makes none.
    """

    def __init__(
        self,
        database: Database,
        folder: Path,
        most_bytes: int,
        timeout_ms: int,
        fewest: int = FEWEST,
    ) -> None:
        self._database, self._folder, self._timeout_ms = database, folder, timeout_ms
        self._most_bytes, self._fewest = most_bytes, fewest
        self._threads = Threads("pages", 1)
        # For what is large enough to keep the event loop busy.
        self.cutters = Threads("cutting", _CUTTERS)
        self._lock = threading.Lock()
        self._kept: dict[str, _Kept] = {}
        self._is_closing = False
        self._making: Future[None] | None = None
        self._stop: Callable[[], None] | None = None

    def find(self, collection: Collection, state: str) -> PageTexts | None:
        """Return the texts of a state; None where they are yet to be made, or not worth it."""
        found = self._find(collection, state)
        return None if found is None else found.texts

    def tiles(self, collection: Collection, state: str) -> PointTiles | None:
        """Return what makes vector tiles of a state; None where pages are not prepared."""
        found = self._find(collection, state) if collection.lies_on_curve else None
        return None if found is None else PointTiles(*found, content_of(collection))

    def make_ready(self, collection: Collection, state: str) -> bool:
        """Make the texts of a state before anybody asks, unless another does or they rest.

        Say whether they are ready, or not to be made.
        """
        if not self._most_bytes:
            return True
        if self._find(collection, state) is None and self._making is not None:
            self._making.result()
        found = self._find(collection, state)
        return found is not None or self._kept[collection.id].left == texts_name(collection, state)

    def were_made(self, collection: Collection) -> bool:
        """Whether there are texts, of whatever state: somebody asked for them."""
        return self._path(collection).exists()

    def _find(self, collection: Collection, state: str) -> _Files | None:
        if not self._most_bytes:
            return None
        name = texts_name(collection, state)
        with self._lock:
            kept = self._kept.setdefault(collection.id, _Kept())
            if kept.files is not None and kept.files.name == name:
                return kept.files
            now = time.monotonic()
            if kept.left == name or kept.is_being_made or now < kept.look_again:
                return None
            kept.files = self._opened(collection)
            if kept.files is not None and kept.files.name == name:
                return kept.files
            if self._is_closing or now < kept.rest_until:
                kept.look_again = now + _PAUSE_SECONDS
                return None
            self._making = self._threads.begin(self._make, collection, kept)
            kept.is_being_made = True
        return None

    def close(self) -> None:
        """Stop what is being made, wait some seconds for its end, and begin nothing any more."""
        deadline = time.monotonic() + _LONGEST_GRACE_SECONDS
        with self._lock:
            self._is_closing, making = True, self._making
        if making is not None:
            # Between two pieces it ends by itself; in a long statement it has to be told, again
            # where it was between two statements.
            while wait([making], _GRACE_SECONDS).not_done and time.monotonic() < deadline:
                with self._lock:
                    if self._stop is not None:
                        self._stop()
        self._threads.close(wait=making is None or making.done())
        self.cutters.close()

    def _opened(self, collection: Collection) -> _Files | None:
        try:
            found = _Files(
                open_texts(self._path(collection)), open_marks(self._marks_path(collection))
            )
        except FileNotFoundError:
            return None
        # Cut short, or in another version's layout: it is made anew.
        except (OSError, ValueError, IndexError):
            log.warning("The pages of %s cannot be read; they are made anew.", collection.id)
            return None
        # Otherwise one was replaced a moment ago, and the other is about to be.
        return found if found.marks.name == found.name else None

    def _make(self, collection: Collection, kept: _Kept) -> None:
        rest, left = _PAUSE_SECONDS, None
        try:
            with self._alone(collection) as lock:
                if lock is not None:
                    begun = time.monotonic()
                    left = self._write(collection)
                    rest = min(_REST * (time.monotonic() - begun), _LONGEST_REST_SECONDS)
                    # The others see there until when.
                    os.utime(lock, (time.time() + rest,) * 2)
        # Whatever it is, nobody waits for the answer, and pages are read from the database.
        except Exception:
            rest = _REST_AFTER_A_FAULT_SECONDS
            if not self._is_closing:
                log.exception("The pages of %s could not be prepared.", collection.id)
        finally:
            with self._lock:
                kept.is_being_made, kept.left = False, left
                if left is not None:
                    kept.files = None
                kept.rest_until = time.monotonic() + rest

    def _write(self, collection: Collection) -> str | None:
        """Write the texts of the state of now; return its name where they are not to be kept."""
        with self._database.reading() as session, self._held(session):
            # It may have changed since it was asked for, and somebody may have been quicker.
            name = texts_name(collection, str(session.scalar(select(samples_within()))))
            there = self._opened(collection)
            if there is not None and there.name == name:
                return None
            if is_at_most(session, collection, Query(), self._fewest - 1):
                return self._left(collection, name)
            partial = self._path(collection).with_suffix(_PARTIAL)
            try:
                self._write_whole(session, collection, partial, name)
            except _TooLarge:
                log.warning("The pages of %s are more than may be kept.", collection.id)
                return self._left(collection, name)
            finally:
                partial.unlink(missing_ok=True)
        return None

    def _left(self, collection: Collection, name: str) -> str:
        """Remove what was kept of a former state: perhaps nobody may see it any more."""
        path = self._path(collection)
        # A process that was killed left what it was writing.
        unfinished = path.with_suffix(_PARTIAL), path.with_suffix(_SHOWN)
        for one in (path, self._marks_path(collection), *unfinished):
            one.unlink(missing_ok=True)
        return name

    def _write_whole(
        self, session: Session, collection: Collection, partial: Path, name: str
    ) -> None:
        reading = Reading(self._timeout_ms, form="json", with_position=True)
        table = read_table(session, collection, Query(), reading)
        names = names_of(content_of(collection))
        shown = partial.with_suffix(_SHOWN)
        try:
            with closing(table.batches), writing_marks(self._folder, len(names)) as marks:
                pieces = (
                    self._checked(piece, partial, marks) for piece in _pieces(table, names, marks)
                )
                write_texts(partial, name, len(Order(collection).columns), pieces)
                marks.finish(shown, name)
            if partial.stat().st_size + shown.stat().st_size > self._most_bytes:
                raise _TooLarge
            # Whoever finds the texts finds these.
            shown.replace(self._marks_path(collection))
            partial.replace(self._path(collection))
        finally:
            shown.unlink(missing_ok=True)

    def _checked(self, piece: Piece, partial: Path, marks: MarkWriter) -> Piece:
        """Let a piece be written, unless the service ends, or there are too many already."""
        if self._is_closing:
            raise WorkStopped
        if partial.stat().st_size + marks.size > self._most_bytes:
            raise _TooLarge
        return piece

    @contextmanager
    def _held(self, session: Session) -> Iterator[None]:
        """Let a session see one moment alone, and whoever closes stop what it computes."""
        hold_still(session)
        stop = stopper(session)
        with self._lock:
            self._stop = stop
        try:
            yield
        finally:
            with self._lock:
                self._stop = None

    @contextmanager
    def _alone(self, collection: Collection) -> Iterator[Path | None]:
        """Give a lock that keeps other processes from making the same, unless one does or did."""
        lock = self._path(collection).with_suffix(".lock")
        with lock.open("ab") as file:
            try:
                flock(file, LOCK_EX | LOCK_NB)
            except BlockingIOError:
                yield None
                return
            resting = 0.0 < lock.stat().st_mtime - time.time() < _LONGEST_REST_SECONDS
            yield None if resting else lock

    def _path(self, collection: Collection) -> Path:
        return texts_path(self._folder, collection.id)

    def _marks_path(self, collection: Collection) -> Path:
        return self._folder / f"{collection.id}.tiles"


class Cutting:
    """A page that is to be cut out of texts.

    Raises
    ------
    InvalidRequest
        The cursor is none of ours.
    """

    def __init__(self, texts: PageTexts, wish: PageWish) -> None:
        self._texts, self._wish, self._order = texts, wish, Order(wish.collection)
        first = [-1] * len(self._order.columns)
        self._behind = first if wish.cursor is None else self._order.position(wish.cursor)
        self._spans = stretches(wish.boxes, self._behind[0])

    @property
    def takes_long(self) -> bool:
        """Whether whoever waits in an event loop would be held up: many bytes, or a thin box."""
        size = min(self._wish.limit, len(self._texts.ends)) * self._texts.mean_bytes
        return size > _MOST_AT_ONCE_BYTES or are_mostly_around(self._spans, self._wish.boxes)

    def page(self) -> WholePage:
        """Cut it out."""
        wish = self._wish
        cut = cut_page(self._texts, self._spans, wish.boxes, self._behind, wish.limit)
        cursor = None if cut.position is None else self._order.cursor(list(cut.position))
        return WholePage(cut.features, cut.number, cursor)


def _pieces(table: Table, names: Sequence[str], marks: MarkWriter) -> Iterator[Piece]:
    """Yield what pages need of features; what tiles show of them is written meanwhile."""
    *position, longitude, latitude = table.position
    for batch in table.batches:
        if batch.num_rows:
            marks.add(
                [
                    value_messages(batch.column(name), is_number=table.kinds[name] == "number")
                    for name in names
                ]
            )
            yield Piece(
                [batch.column(name).to_numpy() for name in position],
                batch.column(longitude).to_numpy(),
                batch.column(latitude).to_numpy(),
                hashed(batch.column("id").cast(pa.binary()).to_pylist()),
                feature_texts(batch, table.kinds, behind=","),
            )
