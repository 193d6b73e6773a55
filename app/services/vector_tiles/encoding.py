"""Cells as a Mapbox Vector Tile (version 2.1), all at once: squares differ in few bytes."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.services.vector_tiles.cells import CELLS, NO_VALUE, Cells

EXTENT = 4096
_SIDE = EXTENT // CELLS
_VERSION = 2
# Fields of the protocol buffers, with their wire types: tile.layer; layer.name, features, keys,
# values, extent, version; feature.tags, type, geometry; value.double, uint.
_LAYER, _NAME, FEATURE, _KEY, VALUE, _EXTENT, _VERSION_FIELD = (
    0x1A, 0x0A, 0x12, 0x1A, 0x22, 0x28, 0x78,
)  # fmt: skip
TAGS, TYPE, GEOMETRY, DOUBLE, _UINT = 0x12, 0x18, 0x22, 0x19, 0x28
_POLYGON = 3
# MoveTo one place; LineTo three, around the square clockwise as it is seen; ClosePath.
_MOVE, _LINE, _CLOSE = 9, 26, 15


class _Told(NamedTuple):
    """A property: its values as they are sent, and which of them each cell has (-1: none)."""

    key: str
    values: bytes
    number: int
    of_each: NDArray[np.int64]


def encode_cells(cells: Cells, name: str) -> bytes:
    """Return a tile of one layer; nothing without cells."""
    if not len(cells.counts):
        return b""
    properties = _properties(cells)
    values = b"".join(told.values for told in properties)
    return layer(name, _features(cells, properties), [told.key for told in properties], values)


def layer(name: str, features: bytes, keys: Sequence[str], values: bytes) -> bytes:
    """Return a tile of one layer, of features and values as they are sent."""
    parts = [
        piece(_NAME, name.encode()),
        features,
        *(piece(_KEY, key.encode()) for key in keys),
        values,
        bytes((_EXTENT, *varint(EXTENT), _VERSION_FIELD, _VERSION)),
    ]
    return piece(_LAYER, b"".join(parts))


def _properties(cells: Cells) -> list[_Told]:
    distinct, of_each = np.unique(cells.counts, return_inverse=True)
    counts = b"".join(piece(VALUE, bytes((_UINT, *varint(n)))) for n in distinct.tolist())
    told = [_Told("count", counts, len(distinct), of_each)]
    known = cells.maxima != NO_VALUE
    if known.any():
        # Hardly any is there twice, and sorting them takes longer than sending them.
        order = np.where(known, np.cumsum(known) - 1, -1)
        maxima = cells.maxima[known]
        told.append(_Told("maximum", _doubles(maxima), len(maxima), order))
    if cells.above is not None:
        shares, of_each = np.unique(cells.above / cells.counts, return_inverse=True)
        told.append(_Told("share", _doubles(shares), len(shares), of_each))
    return told


def _doubles(numbers: NDArray[np.float64]) -> bytes:
    rows = np.empty((len(numbers), 11), np.uint8)
    rows[:, :3] = VALUE, 9, DOUBLE
    rows[:, 3:] = np.ascontiguousarray(numbers, "<f8").view(np.uint8).reshape(-1, 8)
    return rows.tobytes()


def _features(cells: Cells, properties: list[_Told]) -> bytes:
    """Return the features: a row of bytes each, of which those that it has not are left out."""
    count, shapes = len(cells.counts), cells.rows * CELLS + cells.columns
    head, tags = 4, 3 * len(properties)
    width = head + tags + _SHAPES.shape[1]
    sent = np.empty((count, width), np.uint8)
    has = np.ones((count, width), bool)
    begin = 0
    for at, told in enumerate(properties):
        place = told.of_each + begin
        begin += told.number
        is_told, is_long = told.of_each >= 0, place >= 0x80
        column = head + 3 * at
        sent[:, column] = at
        sent[:, column + 1] = np.where(is_long, place & 0x7F | 0x80, place)
        sent[:, column + 2] = place >> 7
        has[:, column] = has[:, column + 1] = is_told
        has[:, column + 2] = is_told & is_long
    sent[:, head + tags :] = _SHAPES[shapes]
    has[:, head + tags :] = _HAS_SHAPES[shapes]
    of_tags = has[:, head : head + tags].sum(1)
    sent[:, 0], sent[:, 2], sent[:, 3] = FEATURE, TAGS, of_tags
    sent[:, 1] = 2 + of_tags + _SHAPE_LENGTHS[shapes]
    return sent[has].tobytes()


def _shapes() -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Return type and geometry of each cell's square, and which bytes of its row it has."""
    rows = []
    # Zigzag: a number that is not negative is doubled.
    step, back = varint(2 * _SIDE), varint(2 * _SIDE - 1)
    for row in range(CELLS):
        for column in range(CELLS):
            corner = varint(2 * _SIDE * column) + varint(2 * _SIDE * row)
            path = bytes((_MOVE,)) + corner + bytes((_LINE,)) + step + b"\0\0" + step + back
            path += bytes((0, _CLOSE))
            rows.append(bytes((TYPE, _POLYGON)) + piece(GEOMETRY, path))
    width = max(map(len, rows))
    sent = np.array([np.frombuffer(row.ljust(width, b"\0"), np.uint8) for row in rows])
    lengths = np.array([len(row) for row in rows])
    return sent, np.arange(width) < lengths[:, np.newaxis]


def varint(number: int) -> bytes:
    """Return a number as it is sent: seven bits a byte."""
    told = bytearray()
    while number >= 0x80:
        told.append(number & 0x7F | 0x80)
        number >>= 7
    told.append(number)
    return bytes(told)


def piece(field: int, content: bytes) -> bytes:
    """Return a field with its content, and how long that is."""
    return bytes((field,)) + varint(len(content)) + content


_SHAPES, _HAS_SHAPES = _shapes()
_SHAPE_LENGTHS = _HAS_SHAPES.sum(1)
