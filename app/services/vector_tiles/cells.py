"""Squares of four pixels that count the features of a tile, from places sorted along a curve.

A place has a key: column and row of its cell at the finest level, their bits by turns (Morton
order). So a tile's places lie in one stretch of sorted keys, those of each of its cells too, and a
cell's numbers follow from its stretch alone, at any zoom and for any threshold.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from app.services.tile_matrices import MAX_ZOOM, TileAddress, TileMatrixSet

# Cells along the side of a tile: four pixels each.
CELLS = 64
_CELL_BITS = 6
# The finest cells are those of the last zoom.
_DEPTH = MAX_ZOOM + _CELL_BITS
# Web Mercator ends here; a little less than the tile of zoom 0 reaches.
MERCATOR_LATITUDE = 85.06
_Whole = TypeVar("_Whole", int, NDArray[np.int64])
# Each doubling of a number's bits moves half of them; what lies between is wiped out.
_SPREADING = (
    (16, 0x0000FFFF0000FFFF),
    (8, 0x00FF00FF00FF00FF),
    (4, 0x0F0F0F0F0F0F0F0F),
    (2, 0x3333333333333333),
    (1, 0x5555555555555555),
)
_LAST_CELL = CELLS * CELLS - 1
_EDGES = np.arange(CELLS * CELLS + 1)
# Fewer places than these are looked at one by one sooner than cells are looked for among them.
_FEW = 200_000
# No value is told: less than any, and above no threshold.
NO_VALUE = -np.inf


class Places(NamedTuple):
    """Keys of places in ascending order, and what was measured at each (`NO_VALUE`: nothing)."""

    keys: NDArray[np.int64]
    # None where nothing is measured.
    values: NDArray[np.float64] | None


class Cells(NamedTuple):
    """Cells of one tile with at least one feature, in rows from the north."""

    columns: NDArray[np.int64]
    rows: NDArray[np.int64]
    counts: NDArray[np.int64]
    # The highest value, `NO_VALUE` where none is known.
    maxima: NDArray[np.float64]
    # How many lie above the threshold, where there is one.
    above: NDArray[np.int64] | None = None


def sort_places(
    longitudes: NDArray[np.float64],
    latitudes: NDArray[np.float64],
    values: NDArray[np.float64] | None,
    matrix: TileMatrixSet,
) -> Places:
    """Return places of a matrix by their keys; what lies beyond the matrix is left out."""
    columns, rows = matrix.columns << _DEPTH, matrix.rows << _DEPTH
    across = (longitudes + 180.0) / 360.0 * columns
    if matrix.epsg == 4326:
        inside = np.ones(len(latitudes), bool)
        down = (90.0 - latitudes) / 180.0 * rows
    else:
        inside = np.abs(latitudes) <= MERCATOR_LATITUDE
        turned = np.radians(np.clip(latitudes, -MERCATOR_LATITUDE, MERCATOR_LATITUDE))
        down = (1.0 - np.arcsinh(np.tan(turned)) / np.pi) / 2 * rows
    # The eastern and southern edge of the world belong to the last cells.
    column = np.clip(across, 0, columns - 1).astype(np.int64)
    row = np.clip(down, 0, rows - 1).astype(np.int64)
    keys = (_spread(column) | _spread(row) << 1)[inside]
    order = np.argsort(keys, kind="stable")
    return Places(keys[order], None if values is None else values[inside][order])


def merge_rows(
    owners: NDArray[np.float64], values: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return one row of each owner, and the highest of its values."""
    if not len(owners):
        return np.zeros(0, np.int64), values
    order = np.argsort(owners, kind="stable")
    ordered = owners[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    return order[starts], np.maximum.reduceat(values[order], starts)


def count_inside(parts: Sequence[Places], tile: TileAddress) -> int:
    """Return how many places lie in a tile."""
    return sum(end - begin for begin, end in (_stretch(part.keys, tile) for part in parts))


def count_cells(parts: Sequence[Places], tile: TileAddress, threshold: float | None) -> Cells:
    """Return the cells of a tile with all places of all parts in them."""
    counts = np.zeros(CELLS * CELLS, np.int64)
    maxima = np.full(CELLS * CELLS, NO_VALUE)
    above = None if threshold is None else np.zeros(CELLS * CELLS, np.int64)
    shift = 2 * (_DEPTH - _CELL_BITS - tile.zoom)
    for keys, values in _pieces(parts, tile):
        if len(keys) < _FEW:
            found = np.bincount(keys >> shift & _LAST_CELL, minlength=CELLS * CELLS)
            bounds = np.r_[0, np.cumsum(found)]
        else:
            bounds = np.searchsorted(keys, _key(tile) * CELLS * CELLS + _EDGES << shift)
            found = np.diff(bounds)
        counts += found
        if values is None:
            continue
        filled = np.flatnonzero(found)
        highest = np.maximum.reduceat(values, bounds[filled])
        maxima[filled] = np.maximum(maxima[filled], highest)
        if above is not None and threshold is not None:
            sums = np.r_[0, np.cumsum(values > threshold)]
            above += np.diff(sums[bounds])
    seen = counts[_ALONG] > 0
    order = _ALONG[seen]
    told = None if above is None else above[order]
    return Cells(_COLUMNS[seen], _ROWS[seen], counts[order], maxima[order], told)


def cells_of_rows(rows: Sequence[Any]) -> Cells:
    """Return cells of rows (column, row, count, maximum, how many above), as a database tells."""
    columns, down, counts = (np.array([row[at] for row in rows], np.int64) for at in range(3))
    maxima = np.array([NO_VALUE if row[3] is None else row[3] for row in rows], np.float64)
    is_held = len(rows) > 0 and rows[0][4] is not None
    above = np.array([row[4] for row in rows], np.int64) if is_held else None
    return Cells(columns, down, counts, maxima, above)


def _spread(numbers: _Whole) -> _Whole:
    """Return numbers with a bit of room before each of their bits."""
    for shift, mask in _SPREADING:
        numbers = (numbers | numbers << shift) & mask
    return numbers


def _pieces(parts: Sequence[Places], tile: TileAddress) -> list[Places]:
    """Return the places in a tile, none of them empty; many small pieces are put together.

    All are of the same features, so that each has values or none has.
    """
    large: list[Places] = []
    small: list[Places] = []
    for keys, values in parts:
        begin, end = _stretch(keys, tile)
        if begin < end:
            piece = Places(keys[begin:end], None if values is None else values[begin:end])
            (small if end - begin < CELLS * CELLS else large).append(piece)
    return large + ([_joined(small)] if len(small) > 1 else small)


def _joined(pieces: list[Places]) -> Places:
    keys = np.concatenate([piece.keys for piece in pieces])
    order = np.argsort(keys, kind="stable")
    values = [piece.values for piece in pieces if piece.values is not None]
    return Places(keys[order], np.concatenate(values)[order] if values else None)


def _key(tile: TileAddress) -> int:
    return _spread(tile.column) | _spread(tile.row) << 1


def _stretch(keys: NDArray[np.int64], tile: TileAddress) -> tuple[int, int]:
    """Return where the places of a tile begin and end."""
    shift = 2 * (_DEPTH - tile.zoom)
    first = _key(tile) << shift
    begin, end = np.searchsorted(keys, (first, first + (1 << shift)))
    return int(begin), int(end)


# The cells of a tile row by row, and where each comes along the curve.
_ROWS, _COLUMNS = (axis.ravel() for axis in np.indices((CELLS, CELLS)))
_ALONG = _spread(_COLUMNS) | _spread(_ROWS) << 1
