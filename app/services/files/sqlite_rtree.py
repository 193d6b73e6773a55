"""An R-tree of SQLite, packed from boxes in the order in which they come.

What the three tables behind it hold is told at the head of SQLite's own ext/rtree/rtree.c. Features
come along the Hilbert curve, so that those of a node lie close to each other.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.services.files.shapes import outwards
from app.services.files.sqlite_pages import TableWriter
from app.services.files.sqlite_records import records

_ROOT = 1
# A row or a node, and its box: numbers as the file holds them.
_ENTRY = np.dtype(
    [("of", ">i8"), ("west", ">f4"), ("east", ">f4"), ("south", ">f4"), ("north", ">f4")]
)
_HEAD = 4
_MOST = 51  # SQLite puts no more into a node
Entries = NDArray[np.void]


@dataclass(frozen=True)
class Root:
    """What is put in at last: the first node, and the parents of all others."""

    content: bytes
    parents: list[tuple[int, int]]


class RTreeWriter:
    """Fills an empty R-tree but for its first node, which is known at the end."""

    def __init__(self, nodes: TableWriter, rows: TableWriter, node_bytes: int) -> None:
        """Fill the tables of nodes, and of the node of each row."""
        self._nodes, self._rows, self._node_bytes = nodes, rows, node_bytes
        self._most = min(_MOST, (node_bytes - _HEAD) // _ENTRY.itemsize)
        self._next = _ROOT + 1
        self._waiting = np.empty(0, _ENTRY)
        # What the nodes with rows are for the nodes above.
        self._leaves: list[Entries] = []

    def add(self, keys: NDArray[np.int64], boxes: NDArray[np.float64]) -> None:
        """Write rows by their boxes (west, south, east, north); NaN is a row without a place."""
        is_placed = ~np.isnan(boxes[:, 0])
        west, south, east, north = outwards(boxes[is_placed])
        entries = np.empty(len(west), _ENTRY)
        entries["of"] = keys[is_placed]
        entries["west"], entries["south"], entries["east"], entries["north"] = (
            west, south, east, north,
        )  # fmt: skip
        self._waiting = np.concatenate([self._waiting, entries])
        full = len(self._waiting) // self._most * self._most
        # Not all of them: whether the rows fit into the first node is not known yet.
        full = full if full < len(self._waiting) else full - self._most
        if full > 0:
            self._leaves.append(self._level(self._waiting[:full], self._rows))
            self._waiting = self._waiting[full:]

    def finish(self) -> Root:
        """Write the nodes that are left; return what remains to be put in."""
        level = self._waiting
        parents: list[tuple[int, int]] = []
        depth = 0
        if self._leaves:
            level = np.concatenate([*self._leaves, self._level(self._waiting, self._rows)])
            depth = 1
        else:
            self._tell(self._rows, level["of"], np.full(len(level), _ROOT))
        while len(level) > self._most:
            below, level = level, self._level(level, None)
            told = np.repeat(level["of"], self._most)[: len(below)]
            parents += zip(below["of"].tolist(), told.tolist(), strict=True)
            depth += 1
        if depth:
            parents += ((of, _ROOT) for of in level["of"].tolist())
        content = _contents(level, len(level), self._node_bytes)[0]
        content[:2] = np.frombuffer(depth.to_bytes(2, "big"), np.uint8)
        self._nodes.finish()
        self._rows.finish()
        return Root(content.tobytes(), parents)

    def _level(self, entries: Entries, rows: TableWriter | None) -> Entries:
        """Write the nodes of entries; return the nodes as entries of the level above."""
        starts = np.arange(0, len(entries), self._most)
        numbers = np.arange(self._next, self._next + len(starts))
        self._next += len(starts)
        content = _contents(entries, self._most, self._node_bytes)
        offsets = np.arange(len(starts) + 1, dtype=np.int32) * self._node_bytes
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(content)]
        blobs = pa.Array.from_buffers(pa.binary(), len(starts), buffers)
        self._nodes.add(numbers, records([None, blobs], len(starts)))
        if rows is not None:
            self._tell(rows, entries["of"], np.repeat(numbers, self._most)[: len(entries)])
        above = np.empty(len(starts), _ENTRY)
        above["of"] = numbers
        for side, widen in (
            ("west", np.minimum), ("south", np.minimum), ("east", np.maximum), ("north", np.maximum)
        ):  # fmt: skip
            above[side] = widen.reduceat(entries[side].astype(np.float32), starts)
        return above

    def _tell(self, rows: TableWriter, keys: Entries, numbers: NDArray[np.int64]) -> None:
        told = pa.array(numbers)
        rows.add(keys.astype(np.int64), records([None, told], len(told)))


def _contents(entries: Entries, most: int, node_bytes: int) -> NDArray[np.uint8]:
    """Return the bytes of nodes, a row each, with so many entries but for the last."""
    count = max(1, -(-len(entries) // max(1, most)))
    content = np.zeros((count, node_bytes), np.uint8)
    held = np.zeros(count * most, _ENTRY)
    held[: len(entries)] = entries
    width = most * _ENTRY.itemsize
    content[:, _HEAD : _HEAD + width] = held.view(np.uint8).reshape(count, width)
    sizes = np.full(count, most, ">u2")
    sizes[-1] = len(entries) - (count - 1) * most
    content[:, 2:_HEAD] = sizes.view(np.uint8).reshape(count, 2)
    return content
