"""What is asked for first after a change is made ready before anybody asks.

That is places of all samples and those asked for last, of which tiles from afar are counted; when
nothing changes any more, texts of pages. One thread does it where jobs are worked on: no answer
waits for it, though where one process does all they share the interpreter. Imports are done and
shown before. Two workers that do the same find each other's files and locks.
"""

import logging
import threading
import time

from sqlalchemy import select

from app.db.session import Database
from app.services.features import Collection, Query
from app.services.features.collections import lasting_collection
from app.services.features.paging import is_at_most
from app.services.jobs import change_is_due
from app.services.pages import PreparedPages
from app.services.pages.preparing import FEWEST
from app.services.state import (
    Shown,
    ShownDataset,
    samples_within,
    shown_from,
    shown_statement,
    snapshot_now,
)
from app.services.storage import FileStore
from app.services.tile_cache import TileCache
from app.services.vector_tiles import content_of
from app.services.vector_tiles.places import PreparedPlaces
from app.settings import Settings

log = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0
# Texts wait so long: the database has pages until then, and whoever comes at once for places that
# nobody asked for before needs the processor more.
_CALM_SECONDS = 10.0
# Four times as long as something took nothing is made: of many changes the last one counts.
_REST = 4.0
_LONGEST_REST_SECONDS = 3600.0
_REST_AFTER_A_FAULT_SECONDS = 60.0
_GRACE_SECONDS = 0.5
_LONGEST_GRACE_SECONDS = 5.0

# Data sets, and the state of pages.
_Told = tuple[tuple[ShownDataset, ...], str | None]


class Foresight:
    """Looks every second whether what is shown has changed.

    Of fewer samples than `fewest` nothing is made: they are read in a moment.
    """

    def __init__(
        self, settings: Settings, database: Database, store: FileStore, fewest: int = FEWEST
    ) -> None:
        limits, timeout_ms = settings.limits, settings.database.write_timeout_ms
        # Those that answer have theirs, and find the files; these end with the thread.
        cache = TileCache(store.tiles, limits.tile_cache_bytes)
        self._places = PreparedPlaces(database, cache, timeout_ms)
        self._pages = PreparedPages(
            database, store.pages, limits.page_file_bytes, timeout_ms, fewest
        )
        self._database, self._fewest = database, fewest
        self._keeps_places = limits.tile_cache_bytes > 0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="foresight", daemon=True)
        self._shown: Shown | None = None
        # The data sets whose places are ready.
        self._placed: tuple[ShownDataset, ...] | None = None
        # What was shown the last time, since when, and of what everything is ready.
        self._told: _Told | None = None
        self._told_since = 0.0
        self._done: _Told | None = None

    def start(self) -> None:
        """Look after it in a thread, until closed."""
        self._thread.start()

    def close(self) -> None:
        """Stop what is being made, and wait some seconds for its end."""
        self._closing.set()
        deadline = time.monotonic() + _LONGEST_GRACE_SECONDS
        self._pages.close()
        while self._thread.is_alive() and time.monotonic() < deadline:
            # Between two statements there is none to be stopped.
            self._places.close()
            self._thread.join(_GRACE_SECONDS)

    def look(self) -> None:
        """Make ready what is not, unless something else is about to be shown."""
        shown = self._shown = self._now()
        told = (shown.datasets, shown.of_samples)
        if told == self._done or self._change_is_due():
            return
        if self._keeps_places and shown.datasets != self._placed:
            self._make_places(shown)
            self._placed = shown.datasets
        if told != self._told:
            self._told, self._told_since = told, time.monotonic()
        is_calm = time.monotonic() - self._told_since >= _CALM_SECONDS
        if is_calm and self._make_pages(shown.of_samples or ""):
            self._done = told

    def _now(self) -> Shown:
        """Return what is shown; most of the time one look at transactions tells it."""
        with self._database.reading() as session:
            before = self._shown
            if before and session.scalar(select(snapshot_now() == before.snapshot)):
                return before
            statement = shown_statement().add_columns(samples_within())
            return shown_from(session.execute(statement).one())

    def _change_is_due(self) -> bool:
        with self._database.reading() as session:
            return bool(session.scalar(select(change_is_due(of_data=True))))

    def _make_places(self, shown: Shown) -> None:
        with self._database.reading() as session:
            if is_at_most(session, _points("samples"), Query(), self._fewest - 1):
                return
        for wish in self._places.latest():
            if not self._closing.is_set():
                self._places.make_ready(shown, wish, content_of(wish.collection))

    def _make_pages(self, state: str) -> bool:
        """Make texts, and say whether there are all that are to be made."""
        samples, results = _points("samples"), _points("results")
        # Everybody asks for samples; for results those who did before.
        wanted = [samples, *([results] if self._pages.were_made(results) else [])]
        return all(self._pages.make_ready(collection, state) for collection in wanted)

    def _watch(self) -> None:
        pause = 0.0
        while not self._closing.wait(pause):
            begun = time.monotonic()
            try:
                self.look()
                least = _LOOK_SECONDS
            # Whatever it is, nobody waits for it: who asks for the same makes it.
            except Exception:
                if self._closing.is_set():
                    return
                log.exception("What is asked for first could not be made ready.")
                least = _REST_AFTER_A_FAULT_SECONDS
            rest = min(_REST * (time.monotonic() - begun), _LONGEST_REST_SECONDS)
            pause = max(least, rest)


def _points(name: str) -> Collection:
    found = lasting_collection(name)
    assert found is not None  # noqa: S101 - the two of them always are
    return found
