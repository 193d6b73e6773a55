"""The tables that samples and measurements of an import go to: those of all, or its own.

A large import that nothing in its data set can contradict fills tables of its own. Their indexes
are built once when they join the others, which takes a tenth of the time of keeping them row by
row. Until then nobody can look into them, so they join as soon as somebody has to.
"""

import logging

import polars as pl
from sqlalchemy import text

from app.db.queries import query
from app.db.session import Database
from app.services.imports.copying import Copying

log = logging.getLogger(__name__)

# Every statement about samples is planned over all tables there are, a tenth of a millisecond each.
_MOST_TABLES = 16


class Tables:
    """Where rows go, under which numbers, until `join` makes them part of the whole."""

    def __init__(self, database: Database, copying: Copying, import_id: int) -> None:
        self._database = database
        self._copying = copying
        self._import = {"import_id": import_id}
        self._suffix = ""
        self._next_id = 0

    def begin_own(self) -> None:
        """Let rows go to tables of their own from now on, unless there are too many such tables."""
        session = self._copying.session
        if (session.scalar(query("own_tables")) or 0) < _MOST_TABLES:
            began = text("SELECT hotspots.begin_own_tables(:import_id)")
            self._next_id = int(session.execute(began, self._import).scalar_one())
            self._suffix = f"_{self._import['import_id']}"
        else:
            log.info(
                "Import %(import_id)s is large, but there are tables enough: it goes where small "
                "ones go, and takes longer.",
                self._import,
            )

    def copy(self, table: str, frame: pl.DataFrame) -> None:
        """Copy rows of ``sample`` or ``measurement``."""
        self._copying.copy(table + self._suffix, frame)

    def new_ids(self, number: int) -> pl.Series:
        """Return numbers for new samples, ascending."""
        if self._suffix:
            self._next_id += number
            return pl.int_range(self._next_id - number, self._next_id, eager=True)
        # A transaction of its own: the copying need not be waited for.
        with self._database.writing(is_shown=False) as session:
            rows = session.scalars(query("new_sample_ids"), {"number": number}).all()
        return pl.Series(rows, dtype=pl.Int64)

    def join(self) -> None:
        """Make what was copied so far part of the whole, where later rows go at once."""
        if self._suffix:
            session = self._copying.session
            # One statement for all rows there are, where each batch of a small import is one.
            timeout = session.scalar(text("SHOW statement_timeout"))
            session.execute(text("SET LOCAL statement_timeout = 0"))
            session.execute(text("SELECT hotspots.join_own_tables(:import_id)"), self._import)
            session.execute(
                text("SELECT set_config('statement_timeout', :timeout, true)"), {"timeout": timeout}
            )
            self._suffix = ""
