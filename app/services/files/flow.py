"""Features on their way into a file: counted, and with what is to be said of their data sets."""

import json
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pyarrow as pa

from app.services.files.rows import Table

# Takes ids of data sets; returns what is to be said of each.
Licences = Callable[[set[str]], list[dict[str, Any]]]


class Ready(Protocol):
    """Features whose GeoJSON lies ready."""

    def texts(self) -> Iterator[list[bytes]]:
        """Yield the GeoJSON of some features at a time."""


class Flow:
    """What a writer reads, once: batches, or texts where they lie ready."""

    def __init__(self, table: Table, licences: Licences, ready: Ready | None = None) -> None:
        self.schema, self.kinds, self.is_point = table.schema, table.kinds, table.is_point
        self.datasets = table.datasets
        self.count = 0
        self._table, self._licences, self._ready = table, licences, ready

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the features as they come."""
        for batch in self._table.batches:
            self.count += batch.num_rows
            yield batch

    def texts(self) -> Iterator[list[bytes]] | None:
        """Give the GeoJSON of some features at a time; None where it is yet to be written."""
        return None if self._ready is None else self._counted(self._ready.texts())

    def _counted(self, texts: Iterator[list[bytes]]) -> Iterator[list[bytes]]:
        for some in texts:
            self.count += len(some)
            yield some

    def tables(self, size: int) -> Iterator[pa.Table]:
        """Yield so many features at once, and the rest."""
        waiting: list[pa.RecordBatch] = []
        for batch in self.batches():
            waiting.append(batch)
            while sum(part.num_rows for part in waiting) >= size:
                whole = pa.Table.from_batches(waiting)
                yield whole.slice(0, size)
                waiting = whole.slice(size).to_batches()
        if waiting:
            yield pa.Table.from_batches(waiting)

    def licences_json(self) -> str:
        """Return what is to be said of the data sets; asked before the features or after them."""
        told = {"datasets": self._licences(self.datasets)}
        return json.dumps(told, ensure_ascii=False)
