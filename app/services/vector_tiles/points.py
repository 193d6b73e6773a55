"""Points as a Mapbox Vector Tile (version 2.1), of what each shows, written down before.

What a point shows is kept as the messages that a tile has it in, one file of all columns, in the
order of the points. A tile of them is byte for byte the one that the database makes of its rows
(`ST_AsMVT`): the same value is sent once, in the order in which it comes first.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import chain, pairwise
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.services.files.text_columns import bytes_of, offsets_of
from app.services.vector_tiles.encoding import (
    DOUBLE,
    FEATURE,
    GEOMETRY,
    TAGS,
    TYPE,
    VALUE,
    layer,
    piece,
)

_WORD = 8
# At the end of a file: columns, words of the name.
_ENDING = 2
_STRING = 0x0A
_POINT = 1
# MoveTo one place.
_MOVE = 9
# Before the properties and behind them: the feature and its tags; its type and its geometry.
_HEAD, _SHAPE = 4, 5
# Seven bits each: more values than a tile has, and all places.
_VARINT = 3

_Whole = NDArray[np.int64]


class Column(NamedTuple):
    """A property of points: the messages one after the other, and where each ends."""

    ends: _Whole
    content: memoryview


class Marks(NamedTuple):
    """What points show, under the name of what they are of; None is a property that none has."""

    name: str
    columns: list[Column | None]


def value_messages(column: pa.Array, *, is_number: bool) -> pa.Array:
    """Return what a tile has for each text, or number as text; nothing where there is none."""
    if pa.types.is_dictionary(column.type):
        distinct = value_messages(column.dictionary, is_number=is_number)
        return distinct.take(column.indices).fill_null(b"")
    if is_number:
        told = _of_numbers(column)
    else:
        sizes = pc.binary_length(column).dictionary_encode()
        heads = [None if size is None else _head(size) for size in sizes.dictionary.to_pylist()]
        head = pa.array(heads, pa.binary()).take(sizes.indices)
        told = pc.binary_join_element_wise(head, column.cast(pa.binary()), b"")
    return told.fill_null(b"")


def _of_numbers(column: pa.Array) -> pa.Array:
    numbers = column.cast(pa.float64()).fill_null(0.0).to_numpy()
    rows = np.empty((len(numbers), 11), np.uint8)
    rows[:, :3] = VALUE, 9, DOUBLE
    rows[:, 3:] = np.ascontiguousarray(numbers, "<f8").view(np.uint8).reshape(-1, 8)
    kind = pa.binary(rows.shape[1])
    told = pa.Array.from_buffers(kind, len(rows), [None, pa.py_buffer(rows)]).cast(pa.binary())
    return pc.if_else(column.is_valid(), told, None)


def _head(size: int) -> bytes:
    """Return what stands before a text of so many bytes."""
    return piece(VALUE, piece(_STRING, bytes(size)))[:-size] if size else piece(VALUE, b"\x0a\0")


class MarkWriter:
    """Writes columns of messages batch by batch; however many there are, a few are in memory."""

    def __init__(self, contents: Sequence[IO[bytes]], ends: Sequence[IO[bytes]]) -> None:
        self._contents, self._ends = contents, ends
        self._sizes = [0] * len(contents)

    @property
    def size(self) -> int:
        """How many bytes were written, without where messages end."""
        return sum(self._sizes)

    def add(self, columns: Sequence[pa.Array]) -> None:
        """Write the messages of some more points."""
        for at, column in enumerate(columns):
            ends = offsets_of(column)[1:] + self._sizes[at]
            self._contents[at].write(bytes_of(column).data)
            self._ends[at].write(ends.data)
            self._sizes[at] = int(ends[-1]) if len(ends) else self._sizes[at]

    def finish(self, file: Path, name: str) -> None:
        """Put the file together, under the name of what the points are of."""
        with file.open("wb") as out:
            for size, content, ends in zip(self._sizes, self._contents, self._ends, strict=True):
                if size:
                    for column in (content, ends):
                        column.seek(0)
                        shutil.copyfileobj(column, out)
                        out.write(bytes(-out.tell() % _WORD))
            told = name.encode()
            told += bytes(-len(told) % _WORD)
            count = self._ends[0].seek(0, 2) // _WORD if self._ends else 0
            out.write(np.array([count, *self._sizes], np.int64).tobytes() + told)
            out.write(np.array([len(self._sizes), len(told) // _WORD], np.int64).tobytes())
            out.flush()
            # Or a name could outlive what it names when the machine stops.
            os.fsync(out.fileno())


@contextmanager
def writing_marks(folder: Path, width: int) -> Iterator[MarkWriter]:
    """Give what writes so many columns, which wait in a folder's files without names."""
    with ExitStack() as opened:
        contents, ends = (
            [opened.enter_context(TemporaryFile(dir=folder)) for _ in range(width)]
            for _ in range(2)
        )
        yield MarkWriter(contents, ends)


def open_marks(file: Path) -> Marks:
    """Map a file that was written here; processes share what of it is in memory."""
    plain = np.asarray(np.memmap(file, np.int64, "r"))
    width, words = map(int, plain[-_ENDING:])
    end = len(plain) - _ENDING - words
    name = plain[end : end + words].tobytes().rstrip(b"\0").decode()
    count, *sizes = map(int, plain[end - width - 1 : end])
    columns: list[Column | None] = []
    begin = 0
    for size in sizes:
        if not size:
            columns.append(None)
            continue
        middle = begin + -(-size // _WORD)
        content = plain[begin:middle].view(np.uint8)[:size].data
        columns.append(Column(plain[middle : middle + count], content))
        begin = middle + count
    return Marks(name, columns)


def encode_points(
    marks: Marks, keys: Sequence[str], name: str, numbers: _Whole, places: tuple[_Whole, _Whole]
) -> bytes:
    """Return a tile of one layer with the points of some numbers; nothing without points.

    `places` are columns and rows in units of the tile.
    """
    if not len(numbers):
        return b""
    there = [(at, column) for at, column in enumerate(marks.columns) if column is not None]
    # Point by point, as the database goes.
    columns = [_messages(column, numbers) for _, column in there]
    messages = chain.from_iterable(zip(*columns, strict=True))
    # Each gets the place at which it comes first; what a point has not, none.
    distinct = {b"": -1}
    listed = [distinct.setdefault(message, len(distinct) - 1) for message in messages]
    values = np.array(listed, np.int64).reshape(len(numbers), len(there))
    features = _features([at for at, _ in there], values, places)
    return layer(name, features, keys, b"".join(distinct))


def _messages(column: Column, numbers: _Whole) -> list[bytes]:
    begins = np.where(numbers > 0, column.ends[numbers - 1], 0)
    ends = column.ends[numbers]
    # Those that follow each other are cut out together.
    breaks = np.flatnonzero(np.diff(numbers) != 1) + 1
    firsts = np.concatenate(([0], breaks))
    lasts = np.concatenate((breaks - 1, [len(numbers) - 1]))
    runs = zip(begins[firsts].tolist(), ends[lasts].tolist(), strict=True)
    whole = b"".join([column.content[begin:end] for begin, end in runs])
    cuts = [0, *np.cumsum(ends - begins).tolist()]
    return [whole[begin:end] for begin, end in pairwise(cuts)]


def _features(keys: list[int], values: _Whole, places: tuple[_Whole, _Whole]) -> bytes:
    """Return the features: a row of bytes each, of which those that it has not are left out.

    Each has a property at least: its id.
    """
    count, width = values.shape
    # Zigzag: the sign is the last bit.
    turned = [place << 1 ^ place >> 63 for place in places]
    parts = np.column_stack([values, *turned])[:, :, np.newaxis] >> _SHIFTS
    sent = np.empty((count, width + 2, 1 + _VARINT), np.uint8)
    sent[:, :width, 0], sent[:, width:, 0] = keys, 0
    sent[:, :, 1:] = parts & 0x7F | (parts > 0x7F) << 7
    has = np.empty(sent.shape, np.bool_)
    has[:, :width, 0], has[:, width:, 0] = values >= 0, False
    has[:, :, 1:] = (parts > 0) | (parts[:, :, :1] >= 0) & (_SHIFTS == 0)
    of_tags, of_place = has[:, :width].sum((1, 2)), 1 + has[:, width:].sum((1, 2))
    head = np.empty((count, _HEAD), np.uint8)
    head[:, 0], head[:, 2], head[:, 3] = FEATURE, TAGS, of_tags
    head[:, 1] = 2 + of_tags + _SHAPE - 1 + of_place
    shape = np.empty((count, _SHAPE), np.uint8)
    shape[:] = TYPE, _POINT, GEOMETRY, 0, _MOVE
    shape[:, 3] = of_place
    tags, places_told = sent[:, :width].reshape(count, -1), sent[:, width:].reshape(count, -1)
    rows = np.concatenate((head, tags, shape, places_told), axis=1)
    kept = np.ones(rows.shape, np.bool_)
    kept[:, _HEAD : _HEAD + tags.shape[1]] = has[:, :width].reshape(count, -1)
    kept[:, -places_told.shape[1] :] = has[:, width:].reshape(count, -1)
    return rows[kept].tobytes()


_SHIFTS = 7 * np.arange(_VARINT)
