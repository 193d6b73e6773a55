"""An order of places along a Hilbert curve, in which neighbours are near each other."""

import numpy as np
from numpy.typing import ArrayLike

from spatial.arrays import IntArray
from spatial.errors import InvalidCoordinatesError

HILBERT_ORDER = 26
# Squares are divided at most until they are this part of a box wide, as a power of two,
_FINEST = 6
# and until they are this part of what was found before them.
_SHARE = 4


def hilbert_key(longitude: ArrayLike, latitude: ArrayLike) -> IntArray:
    """
    Return each place's position along a Hilbert curve over the whole globe.

    Rows stored in this order lie close to their neighbours on the disk, which makes reads by
    bounding box cheap. The curve has order 26 (cells of 0.6 m at the equator).

    Parameters
    ----------
    longitude : array_like, shape (n,)
        Degrees, -180 to 180.
    latitude : array_like, shape (n,)
        Degrees, -90 to 90.

    Returns
    -------
    ndarray of int64, shape (n,)
        0 to 4**26 - 1.

    Raises
    ------
    InvalidCoordinatesError
        Where a place is not on the globe.

    Notes
    -----
    D. Hilbert (1891); the bitwise form is that of H. S. Warren, Hacker's Delight, chapter 16.

    Examples
    --------
    >>> hilbert_key([-180.0, 179.999999], [-90.0, -90.0]).tolist() == [0, 4**26 - 1]
    True
    """
    degrees_east, degrees_north = np.asarray(longitude, float), np.asarray(latitude, float)
    on_globe = (np.abs(degrees_east) <= 180.0) & (np.abs(degrees_north) <= 90.0)
    if not on_globe.all():
        raise InvalidCoordinatesError(
            f"{int(np.count_nonzero(~on_globe))} places are not on the globe: longitude must lie "
            "within -180 and 180 degrees, latitude within -90 and 90."
        )
    side = 1 << HILBERT_ORDER
    column = np.minimum((degrees_east + 180.0) / 360.0 * side, side - 1).astype(np.int64)
    row = np.minimum((degrees_north + 90.0) / 180.0 * side, side - 1).astype(np.int64)
    key = np.zeros(column.shape, dtype=np.int64)
    step = side >> 1
    while step:
        right = (column & step) > 0
        upper = (row & step) > 0
        key += step * step * ((3 * right) ^ upper)
        # Rotate the quadrant so that the curve enters and leaves it where its neighbours do.
        is_flipped = ~upper & right
        column = np.where(is_flipped, side - 1 - column, column)
        row = np.where(is_flipped, side - 1 - row, row)
        column, row = np.where(upper, column, row), np.where(upper, row, column)
        step >>= 1
    return key


def hilbert_spans(
    box: tuple[float, float, float, float], begin: int = 0, *, finest: int = _FINEST
) -> list[tuple[int, int]]:
    """
    Return stretches of the curve that hold every place of a box, and some around it.

    Whoever keeps places by their position finds those of a box by looking through these stretches
    alone, in the order of the curve. The first ones are the smallest: who needs the first few
    places looks at few others, however many there are.

    Parameters
    ----------
    box : (float, float, float, float)
        West, south, east, north in degrees, west not beyond east; its edges belong to it.
    begin : int
        What lies before this position is left out.
    finest : int
        Squares are divided at most until they are this part of the box wide, as a power of two:
        fewer stretches are found sooner, and hold more of what lies around the box.

    Returns
    -------
    list of (int, int)
        First and last position of each, in ascending order, without touching.

    Notes
    -----
    A quadrant that the box touches and does not cover is divided, unless it is small beside what
    was found before it. The curve within a quadrant is the whole one turned: the box is turned
    instead.

    Examples
    --------
    >>> hilbert_spans((-180.0, -90.0, 180.0, 90.0)) == [(0, 4**26 - 1)]
    True
    >>> key = int(hilbert_key([5.7], [50.9])[0])
    >>> any(first <= key <= last for first, last in hilbert_spans((5.6, 50.8, 5.8, 51.0)))
    True
    """
    side = 1 << HILBERT_ORDER
    west, south, east, north = box
    cells = (_column(west, side), _row(south, side), _column(east, side), _row(north, side))
    wide = max(cells[2] - cells[0], cells[3] - cells[1]) + 1
    least = 1 << max(0, wide.bit_length() - 1 - finest)
    waiting: list[_Part] = [_smallest_square(cells)]
    spans: list[tuple[int, int]] = []
    covered = 0
    while waiting:
        base, side, within = waiting.pop()
        size = side * side
        if base + size <= begin:
            continue
        if within is not None and side > least and _SHARE * size > covered:
            waiting += reversed(_quadrants(base, within, side >> 1))
            continue
        first, last = max(base, begin), base + size - 1
        covered += last - first + 1
        if spans and spans[-1][1] + 1 == first:
            first = spans.pop()[0]
        spans.append((first, last))
    return spans


# A square: its first position on the curve, how wide it is, and what of the box lies in it, columns
# and rows from and to, counted along the curve's own way through it; None is all of it.
_Part = tuple[int, int, tuple[int, int, int, int] | None]


def _column(longitude: float, side: int) -> int:
    """
    Return the column of a longitude, exactly as `hilbert_key` does.

    Parameters
    ----------
    longitude : float
        Degrees.
    side : int
        How many columns there are.

    Returns
    -------
    int
        0 to ``side - 1``.
    """
    return int(min((longitude + 180.0) / 360.0 * side, side - 1))


def _row(latitude: float, side: int) -> int:
    """
    Return the row of a latitude, exactly as `hilbert_key` does.

    Parameters
    ----------
    latitude : float
        Degrees.
    side : int
        How many rows there are.

    Returns
    -------
    int
        0 to ``side - 1``.
    """
    return int(min((latitude + 90.0) / 180.0 * side, side - 1))


def _smallest_square(within: tuple[int, int, int, int]) -> _Part:
    """
    Return the smallest square of the curve that holds a box.

    Parameters
    ----------
    within : (int, int, int, int)
        First column and row and last column and row of the box.

    Returns
    -------
    tuple
        The square.
    """
    west, south, east, north = within
    base, side = 0, 1 << HILBERT_ORDER
    while side > 1:
        half = side >> 1
        is_right, is_upper = west >= half, south >= half
        if is_right != (east >= half) or is_upper != (north >= half):
            break
        base += half * half * ((3 * is_right) ^ is_upper)
        last = half - 1
        if is_right:
            west, east = west - half, east - half
        if is_upper:
            south, north = south - half, north - half
        elif is_right:
            west, south, east, north = last - north, last - east, last - south, last - west
        else:
            west, south, east, north = south, west, north, east
        side = half
    inside = (west, south, east, north)
    return base, side, None if inside == (0, 0, side - 1, side - 1) else inside


def _quadrants(base: int, within: tuple[int, int, int, int], half: int) -> list[_Part]:
    """
    Return the quadrants of a square that the box touches.

    Parameters
    ----------
    base : int
        The square's first position on the curve.
    within : (int, int, int, int)
        First column and row and last column and row of the box in the square.
    half : int
        How wide a quadrant is.

    Returns
    -------
    list of (int, int, tuple or None)
        Squares in the order of the curve: lower left, upper left, upper right, lower right.
    """
    west, south, east, north = within
    last, cells = half - 1, half * half
    is_left, is_right, is_lower, is_upper = west < half, east >= half, south < half, north >= half
    left, right = (west, min(east, last)), (max(west - half, 0), east - half)
    lower, upper = (south, min(north, last)), (max(south - half, 0), north - half)
    found: list[tuple[int, tuple[int, int, int, int]]] = []
    if is_left and is_lower:
        found.append((0, (lower[0], left[0], lower[1], left[1])))
    if is_left and is_upper:
        found.append((1, (left[0], upper[0], left[1], upper[1])))
    if is_right and is_upper:
        found.append((2, (right[0], upper[0], right[1], upper[1])))
    if is_right and is_lower:
        found.append((3, (last - lower[1], last - right[1], last - lower[0], last - right[0])))
    whole = (0, 0, last, last)
    return [(base + n * cells, half, None if box == whole else box) for n, box in found]
