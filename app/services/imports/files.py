"""The stored file of an import, and how it is to be read: in a child process with limits."""

from collections.abc import Callable, Collection, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from typing import Any, cast

from sqlalchemy.orm import Session

from app.db.models import Import
from app.services.imports.ahead import read_ahead
from app.services.imports.options import as_options
from app.services.mappings import saved_for
from app.services.registries import ingest_registries
from app.services.storage import FileStore
from app.settings import LimitSettings
from ingest.child import cells_in_child, nursery, preview_in_child, stream_in_child
from ingest.findings import refusal
from ingest.options import Limits
from ingest.pipeline import FileKind
from ingest.records import Reading, Records

# Some 100,000 rows of text, and more of what is compressed.
LARGE_BYTES = 8 * 1024 * 1024
# Tables of up to 100,000 rows: what the reading is ahead of the loading, those of one block.
_PIECES_AHEAD = 2


class ImportFile:
    """The file of an import, and how it is to be read."""

    def __init__(
        self,
        session: Session,
        record: Import,
        store: FileStore,
        limits: LimitSettings,
        on_progress: Callable[[float], None],
    ) -> None:
        # It loads its libraries while we ask the database. Why it cannot is said when it is wanted.
        with suppress(OSError):
            nursery.prepare()
        self._path = store.upload_path(record.sha256)
        self._kind = cast("FileKind", record.kind)  # the database takes no other
        self._options = replace(as_options(record.options), saved=saved_for(session, record.kind))
        self._registries = ingest_registries(session)
        self._limits = Limits(
            wall_seconds=limits.import_seconds,
            memory_bytes=limits.import_memory_bytes,
            max_rows=limits.import_max_rows,
            max_columns=limits.import_max_columns,
            max_cells=limits.import_max_cells,
        )
        self.is_large = record.kind == "samples" and record.size_bytes >= LARGE_BYTES
        self._on_wait = partial(on_progress, 0.1)

    def read(self, take: Callable[[Records], None]) -> Reading:
        """Hand over every piece of the file; return how it was understood.

        Raises
        ------
        IngestError
            The file as a whole cannot be used.
        """
        reading: Reading | None = None
        with closing(read_ahead(self._stream, self._on_wait, _PIECES_AHEAD)) as pieces:
            for piece in pieces:
                if isinstance(piece, Reading):
                    reading = piece
                else:
                    take(piece)
                    del piece
        if reading is None:
            raise refusal("reading_failed")
        return reading

    def _stream(self, on_wait: Callable[[], None]) -> Iterator[Records | Reading]:
        return stream_in_child(
            self._kind, self._path, self._options, self._registries, self._limits, on_wait
        )

    def preview(self) -> dict[str, Any]:
        """Return what would be read.

        Raises
        ------
        IngestError
            The file as a whole cannot be used as it is told to be read.
        """
        return preview_in_child(
            self._kind, self._path, self._options, self._registries, self._limits, self._on_wait
        )

    def cells(self, rows: Collection[int]) -> dict[int, tuple[str, ...]]:
        """Return some rows as they are written."""
        return cells_in_child(self._path, self._options, rows, self._limits, self._on_wait)
