"""Cells as a Mapbox Vector Tile (version 2.1), all at once: squares differ in few bytes."""

import numpy as np
from numpy.typing import NDArray

from app.services.vector_tiles.cells import CELLS, NO_VALUE, Cells

EXTENT = 4096
_SIDE = EXTENT // CELLS
_VERSION = 2
# Fields of the protocol buffers, with their wire types: tile.layer; layer.name, features, keys,
# values, extent, version; feature.tags, type, geometry; value.double, uint.
_LAYER, _NAME, _FEATURE, _KEY, _VALUE, _EXTENT, _VERSION_FIELD = (
    0x1A, 0x0A, 0x12, 0x1A, 0x22, 0x28, 0x78,
)  # fmt: skip
_TAGS, _TYPE, _GEOMETRY, _DOUBLE, _UINT = 0x12, 0x18, 0x22, 0x19, 0x28
_POLYGON = 3
# MoveTo one place; LineTo three, around the square clockwise as it is seen; ClosePath.
_MOVE, _LINE, _CLOSE = 9, 26, 15
Bytes = NDArray[np.uint8]


def encode_cells(cells: Cells, name: str) -> bytes:
    """Return a tile of one layer; nothing without cells."""
    if not len(cells.counts):
        return b""
    told: list[tuple[str, Bytes, NDArray[np.int64]]] = []
    position = 0
    for key, numbers in _numbers(cells):
        known = numbers != NO_VALUE
        distinct, of_each = np.unique(numbers[known], return_inverse=True)
        places = np.full(len(numbers), -1)
        places[known] = of_each + position
        position += len(distinct)
        told.append((key, _values(distinct), places))
    parts = [
        _piece(_NAME, name.encode()),
        _features(cells, [places for _, _, places in told]),
        *(_piece(_KEY, key.encode()) for key, _, _ in told),
        *(values.tobytes() for _, values, _ in told),
        bytes((_EXTENT, *_varint(EXTENT), _VERSION_FIELD, _VERSION)),
    ]
    return _piece(_LAYER, b"".join(parts))


def _numbers(cells: Cells) -> list[tuple[str, NDArray[np.generic]]]:
    numbers: list[tuple[str, NDArray[np.generic]]] = [
        ("count", cells.counts),
        ("maximum", cells.maxima),
    ]
    if cells.above is not None:
        numbers.append(("share", cells.above / cells.counts))
    return numbers


def _features(cells: Cells, places: list[NDArray[np.int64]]) -> bytes:
    """Return the features: one row of bytes each, of which those that it has not are left out."""
    count = len(cells.counts)
    tags = _Rows(count)
    for key, place in enumerate(places):
        tags.add(np.full(count, key), place >= 0)
        tags.add_varints(place, place >= 0)
    shape = _Rows(count)
    shape.add(_MOVE)
    # Zigzag: a number that is not negative is doubled.
    shape.add_varints(cells.columns * (2 * _SIDE))
    shape.add_varints(cells.rows * (2 * _SIDE))
    shape.add(_LINE)
    for step in (2 * _SIDE, 0, 0, 2 * _SIDE, 2 * _SIDE - 1, 0):
        for byte in _varint(step):
            shape.add(byte)
    shape.add(_CLOSE)
    features = _Rows(count)
    features.add(_FEATURE)
    features.add(6 + tags.lengths + shape.lengths)
    features.add(_TAGS)
    features.add(tags.lengths)
    features.append(tags)
    features.add(_TYPE)
    features.add(_POLYGON)
    features.add(_GEOMETRY)
    features.add(shape.lengths)
    features.append(shape)
    return features.joined()


class _Rows:
    """Bytes of many features, column by column, and which of them each feature has."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._bytes: list[Bytes] = []
        self._has: list[NDArray[np.bool_]] = []
        self.lengths = np.zeros(count, np.int64)
        self._every = np.ones(count, bool)

    def add(self, numbers: NDArray[np.int64] | int, has: NDArray[np.bool_] | None = None) -> None:
        """Add a byte to each, or to those that have it."""
        self._bytes.append(np.broadcast_to(np.asarray(numbers).astype(np.uint8), self._count))
        self._has.append(self._every if has is None else has)
        self.lengths += 1 if has is None else has

    def add_varints(self, numbers: NDArray[np.int64], has: NDArray[np.bool_] | None = None) -> None:
        """Add numbers below 2^14 as varints."""
        is_long = numbers >= 0x80
        self.add(np.where(is_long, numbers & 0x7F | 0x80, numbers), has)
        self.add(numbers >> 7, is_long if has is None else is_long & has)

    def append(self, rows: "_Rows") -> None:
        """Add what others have."""
        self._bytes += rows._bytes
        self._has += rows._has
        self.lengths += rows.lengths

    def joined(self) -> bytes:
        """Return the bytes of all features, one after another."""
        return np.stack(self._bytes, axis=1)[np.stack(self._has, axis=1)].tobytes()


def _values(distinct: NDArray[np.generic]) -> Bytes:
    """Return numbers as values of a layer: whole ones as such, others as doubles."""
    if distinct.dtype.kind != "f":
        told = [_piece(_VALUE, bytes((_UINT, *_varint(int(number))))) for number in distinct]
        return np.frombuffer(b"".join(told), np.uint8)
    rows = np.empty((len(distinct), 11), np.uint8)
    rows[:, :3] = _VALUE, 9, _DOUBLE
    rows[:, 3:] = np.ascontiguousarray(distinct, "<f8").view(np.uint8).reshape(-1, 8)
    return rows.ravel()


def _varint(number: int) -> bytes:
    told = bytearray()
    while number >= 0x80:
        told.append(number & 0x7F | 0x80)
        number >>= 7
    told.append(number)
    return bytes(told)


def _piece(field: int, content: bytes) -> bytes:
    return bytes((field,)) + _varint(len(content)) + content
