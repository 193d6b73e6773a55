"""Rows in large number as pages of an SQLite file, many times faster than one by one.

The layout is SQLite's own (https://www.sqlite.org/fileformat.html, chapters 1 and 2), which its
authors promise to read for decades. Tables are made by SQLite, empty; nobody else has the file open
meanwhile.
"""

import struct
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.services.files.sqlite_records import Records, constant_or, varints
from app.services.files.text_columns import bytes_of, joined

# No page may hold this byte: programs lock it.
_LOCKED = 1 << 30
_LEAF, _INTERIOR = 13, 5
_LEAF_HEAD = struct.Struct(">BHHHB")
_INTERIOR_HEAD = struct.Struct(">BHHHBI")
_POINTER = 2
# What a child takes in its parent, at most: a pointer, a page and a key.
_CHILD_BYTES = _POINTER + 4 + 9
# Where the header tells of the file's length, and which change that was of.
_CHANGE_AT, _COUNT_AT, _COUNTED_AT = 24, 28, 92


class Pages:
    """The pages of a file, to which new ones are added at the end."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("r+b")
        head = self._file.read(100)
        told = int.from_bytes(head[16:18], "big")
        self.size = 65_536 if told == 1 else told
        self.count = int.from_bytes(head[_COUNT_AT : _COUNT_AT + 4], "big")
        self._change = int.from_bytes(head[_CHANGE_AT : _CHANGE_AT + 4], "big")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Say in the header how long the file is, and close it."""
        with self._file as file:
            if kind is None:
                for at, number in (
                    (_CHANGE_AT, self._change + 1),
                    (_COUNT_AT, self.count),
                    (_COUNTED_AT, self._change + 1),
                ):
                    file.seek(at)
                    file.write(number.to_bytes(4, "big"))

    def put(self, number: int, page: bytes | bytearray) -> None:
        """Write the page of a number, which begins with 1."""
        self._file.seek((number - 1) * self.size)
        self._file.write(page)

    def add(self, page: bytes | bytearray) -> int:
        """Write a page behind the others, and return its number."""
        self.count += 1
        if self.count == _LOCKED // self.size + 1:
            self.count += 1
        self.put(self.count, page)
        return self.count

    def add_chain(self, content: bytes) -> int:
        """Write what one page does not hold as a chain of pages; return the first one's number."""
        room = self.size - 4
        following = 0
        # From the end, for each tells of the next one.
        for start in reversed(range(0, len(content), room)):
            page = following.to_bytes(4, "big") + content[start : start + room]
            following = self.add(page.ljust(self.size, b"\0"))
        return following


class TableWriter:
    """Fills an empty table; its rows come in the order of their keys, which are whole numbers."""

    def __init__(self, pages: Pages, root: int) -> None:
        """Fill the table whose first page is `root`."""
        self._pages, self._root = pages, root
        # What is not on a page yet: rows as the file holds them, their lengths and keys.
        self._content = b""
        self._sizes = np.empty(0, np.int64)
        self._keys = np.empty(0, np.int64)
        # Of each page that is written: its number, and the last key on it.
        self._leaves: list[tuple[int, int]] = []

    def add(self, keys: NDArray[np.int64], records: Records) -> None:
        """Write rows with their keys."""
        cells = self._cells(keys, records)
        self._content = b"".join([self._content, bytes_of(cells).data])
        self._sizes = np.concatenate([self._sizes, pc.binary_length(cells).to_numpy()])
        self._keys = np.concatenate([self._keys, keys])
        self._leaves += [(self._pages.add(page), key) for page, key in self._taken(to_end=False)]

    def finish(self) -> None:
        """Write what is left, and the pages that lead to the others."""
        rest = list(self._taken(to_end=True))
        if not self._leaves and len(rest) <= 1:
            for page, _ in rest:
                self._pages.put(self._root, page)
            return
        level = [*self._leaves, *((self._pages.add(page), key) for page, key in rest)]
        most = (self._pages.size - _INTERIOR_HEAD.size) // _CHILD_BYTES
        while len(level) > most:
            parts = -(-len(level) // most)
            ends = [len(level) * part // parts for part in range(parts + 1)]
            groups = [level[start:stop] for start, stop in pairwise(ends)]
            level = [(self._pages.add(self._interior(group)), group[-1][1]) for group in groups]
        self._pages.put(self._root, self._interior(level))

    def _cells(self, keys: NDArray[np.int64], records: Records) -> pa.Array:
        """Return rows as a page holds them; what is too long goes on in pages of its own."""
        head = [constant_or(records.lengths), varints(keys)]
        is_long = records.lengths > self._pages.size - 35
        if not is_long.any():
            return records.whole(head)
        rows = records.whole([])
        begun = [self._begun(rows[at].as_py()) for at in np.flatnonzero(is_long)]
        rows = pc.replace_with_mask(rows, pa.array(is_long), pa.array(begun, pa.binary()))
        return joined([*head, rows], len(rows), b"")

    def _begun(self, record: bytes) -> bytes:
        """Write the end of a long record; return its begin, and where it goes on."""
        size = self._pages.size
        least = (size - 12) * 32 // 255 - 23
        # As much as leaves the last page of the chain full.
        kept = least + (len(record) - least) % (size - 4)
        kept = kept if kept <= size - 35 else least
        return record[:kept] + self._pages.add_chain(record[kept:]).to_bytes(4, "big")

    def _taken(self, *, to_end: bool) -> Iterator[tuple[bytearray, int]]:
        """Yield full pages, each with its last key, and forget what they hold."""
        ends = np.cumsum(self._sizes)
        filled = ends + _POINTER * np.arange(1, len(ends) + 1)
        room = self._pages.size - _LEAF_HEAD.size
        start = 0
        while start < len(ends):
            before = filled[start - 1] if start else 0
            stop = int(np.searchsorted(filled, before + room, side="right"))
            if stop == len(ends) and not to_end:
                break  # more may come on that page
            yield self._leaf(start, stop, ends), int(self._keys[stop - 1])
            start = stop
        if start:
            self._content = self._content[ends[start - 1] :]
            self._sizes, self._keys = self._sizes[start:], self._keys[start:]

    def _leaf(self, start: int, stop: int, ends: NDArray[np.int64]) -> bytearray:
        begins = ends[start:stop] - self._sizes[start:stop]
        page = bytearray(self._pages.size)
        # Rows stand at the page's end, and what tells where at its begin.
        shift = self._pages.size - ends[stop - 1]
        places = (begins + shift).astype(">u2").tobytes()
        head = (_LEAF, 0, stop - start, int(begins[0] + shift) & 0xFFFF, 0)
        _LEAF_HEAD.pack_into(page, 0, *head)
        page[_LEAF_HEAD.size : _LEAF_HEAD.size + len(places)] = places
        page[begins[0] + shift :] = self._content[begins[0] : ends[stop - 1]]
        return page

    def _interior(self, children: list[tuple[int, int]]) -> bytearray:
        """Return a page that leads to others: the last one is named in its head."""
        page = bytearray(self._pages.size)
        numbers, keys = np.array(children[:-1], np.int64).reshape(-1, 2).T
        told = varints(keys)
        place = self._pages.size
        for at, (number, key) in enumerate(zip(numbers, told, strict=True)):
            cell = int(number).to_bytes(4, "big") + key.as_py()
            place -= len(cell)
            page[place : place + len(cell)] = cell
            struct.pack_into(">H", page, _INTERIOR_HEAD.size + _POINTER * at, place)
        head = (_INTERIOR, 0, len(keys), place & 0xFFFF, 0, children[-1][0])
        _INTERIOR_HEAD.pack_into(page, 0, *head)
        return page
