"""
Sums over pairs of samples that robust and directional variograms need.

The plain variogram has its own, faster kernel in `spatial.interpolation.kernels`. The kernels here
call nothing outside this file, so that the compiler's cache notices every change.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from spatial.arrays import FloatArray, IntArray
from spatial.errors import InvalidRequestError
from spatial.interpolation.fast_compiled import ZERO, inner, kernel
from spatial.interpolation.fast_numbers import lesser, rows_of_whole_zeros, rows_of_zeros, zeros

# The median is found in two passes: first its bucket, then the values in it.
BUCKETS = 4096
EVERY_DIRECTION = 90.0


@dataclass(frozen=True, slots=True)
class Direction:
    """
    Which pairs of samples a directional variogram compares.

    Parameters
    ----------
    azimuth : float
        Degrees clockwise from north; 0 and 180 are the same.
    tolerance : float
        How far a pair's direction may lie to either side (degrees), above 0 and at most 90;
        90 takes every pair.

    Examples
    --------
    >>> Direction(45.0, 120.0)
    Traceback (most recent call last):
        ...
    spatial.errors.InvalidRequestError: The tolerance of a direction must lie above 0 and at most \
at 90 degrees; got 120.0.
    """

    azimuth: float
    tolerance: float = 22.5

    def __post_init__(self) -> None:
        if not math.isfinite(self.azimuth):
            raise InvalidRequestError(
                f"The azimuth of a direction must be a number of degrees; got {self.azimuth}."
            )
        if not 0.0 < self.tolerance <= EVERY_DIRECTION:
            raise InvalidRequestError(
                "The tolerance of a direction must lie above 0 and at most at 90 degrees; "
                f"got {self.tolerance}."
            )

    @property
    def cone(self) -> FloatArray:
        """East and north part of its unit vector, and the least cosine of a pair's angle to it."""
        angle = math.radians(self.azimuth)
        is_open = self.tolerance == EVERY_DIRECTION
        least = -1.0 if is_open else math.cos(math.radians(self.tolerance))
        return np.array([math.sin(angle), math.cos(angle), least])


class PairSums(NamedTuple):
    """
    What estimators make semivariances of, by lag.

    Parameters
    ----------
    pairs : ndarray, shape (lags,)
        How many pairs.
    distance : ndarray, shape (lags,)
        Sum of their distances (m).
    squares : ndarray, shape (lags,)
        Sum of squared differences.
    roots : ndarray, shape (lags,)
        Sum of square roots of absolute differences.
    medians : ndarray, shape (lags,)
        Median of absolute differences; NaN where it was not asked for.
    """

    pairs: FloatArray
    distance: FloatArray
    squares: FloatArray
    roots: FloatArray
    medians: FloatArray


def pair_sums(
    places: FloatArray,
    values: FloatArray,
    width: float,
    lags: int,
    direction: Direction | None,
    needs_medians: bool,
) -> PairSums:
    """
    Sum over all pairs within the cutoff, and within a direction where one is given.

    Parameters
    ----------
    places : ndarray, shape (n, 2)
        Places of the samples (m), sorted by easting.
    values : ndarray, shape (n,)
        Their values.
    width : float
        Width of a lag (m).
    lags : int
        How many lags; each is (a, b].
    direction : Direction or None
        Pairs outside it do not count.
    needs_medians : bool
        Whether medians are wanted; they take two more passes.

    Returns
    -------
    PairSums
        By lag; lags without pairs hold zeros.

    Examples
    --------
    >>> line = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]])
    >>> pair_sums(line, np.array([0.0, 1.0, 4.0]), 1.0, 2, None, True).medians
    array([2., 4.])
    """
    cone = (Direction(0.0, EVERY_DIRECTION) if direction is None else direction).cone
    pairs, distance, squares, roots = _sum_pairs(places, values, width, lags, cone)
    medians = np.full(lags, np.nan)
    if needs_medians:
        medians = _medians(places, values, width, lags, cone)
    return PairSums(pairs, distance, squares, roots, medians)


def _medians(
    places: FloatArray, values: FloatArray, width: float, lags: int, cone: FloatArray
) -> FloatArray:
    """
    Return the exact median of absolute differences by lag, without holding all of them.

    Parameters
    ----------
    places : ndarray, shape (n, 2)
        Places of the samples (m), sorted by easting.
    values : ndarray, shape (n,)
        Their values.
    width : float
        Width of a lag (m).
    lags : int
        How many lags.
    cone : ndarray, shape (3,)
        See `Direction.cone`.

    Returns
    -------
    ndarray, shape (lags,)
        NaN for a lag without pairs.
    """
    spread = float(np.ptp(values)) if len(values) else 0.0
    counts = _count_buckets(places, values, width, lags, cone, spread)
    upto = np.cumsum(counts, axis=1)
    total = upto[:, -1]
    ranks = np.column_stack([(total - 1) // 2, total // 2])
    bounds = np.array(
        [np.searchsorted(row, rank, side="right") for row, rank in zip(upto, ranks, strict=True)]
    )
    bounds[total == 0] = 0
    skipped = np.where(bounds[:, 0] > 0, upto[np.arange(lags), bounds[:, 0] - 1], 0)
    sizes = upto[np.arange(lags), bounds[:, 1]] - skipped
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    held = _collect_buckets(
        places, values, np.array([width, spread]), cone, bounds.astype(np.int64), starts
    )
    medians = np.full(lags, np.nan)
    for lag in np.flatnonzero(total):
        part = np.sort(held[starts[lag] : starts[lag + 1]])
        medians[lag] = part[ranks[lag] - skipped[lag]].mean()
    return medians


@inner
def _lag(first: FloatArray, second: FloatArray, width: float, lags: int, cone: FloatArray) -> int:
    """
    Return the lag a pair belongs to.

    Parameters
    ----------
    first : ndarray, shape (2,)
        Easting and northing (m).
    second : ndarray, shape (2,)
        Easting and northing (m).
    width : float
        Width of a lag (m).
    lags : int
        How many lags.
    cone : ndarray, shape (3,)
        See `Direction.cone`.

    Returns
    -------
    int
        Its number; -1 for none.
    """
    east, north = second[0] - first[0], second[1] - first[1]
    distance = math.sqrt(east * east + north * north)
    if distance > width * lags or distance == 0.0:
        return -1
    # The test gstat makes, in the same arithmetic, so that pairs on the edge fall alike.
    if abs((east * cone[0] + north * cone[1]) / distance) < cone[2]:
        return -1
    lag: int = lesser(math.ceil(distance / width) - 1, lags - 1)
    return lag


@inner
def _bucket(difference: float, spread: float) -> int:
    """
    Return the bucket of an absolute difference.

    Parameters
    ----------
    difference : float
        Between two values.
    spread : float
        Between the smallest and the largest value.

    Returns
    -------
    int
        0 to BUCKETS - 1; narrower at small differences, for skewed values.
    """
    if spread == 0.0:
        return 0
    bucket: int = lesser(math.floor(math.sqrt(difference / spread) * BUCKETS), BUCKETS - 1)
    return bucket


@kernel
def _sum_pairs(
    places: FloatArray, values: FloatArray, width: float, lags: int, cone: FloatArray
) -> FloatArray:
    """
    Sum pairs, distances, squared differences and roots of differences by lag.

    Parameters
    ----------
    places : ndarray, shape (n, 2)
        Places of the samples (m), sorted by easting.
    values : ndarray, shape (n,)
        Their values.
    width : float
        Width of a lag (m).
    lags : int
        How many lags.
    cone : ndarray, shape (3,)
        See `Direction.cone`.

    Returns
    -------
    ndarray, shape (4, lags)
        See `PairSums`.
    """
    sums: FloatArray = rows_of_zeros(4 + ZERO, lags)
    for i in range(places.shape[0]):
        for j in range(i + 1, places.shape[0]):
            if places[j, 0] - places[i, 0] > width * lags:
                break
            lag = _lag(places[i], places[j], width, lags, cone)
            if lag < 0:
                continue
            east, north = places[j, 0] - places[i, 0], places[j, 1] - places[i, 1]
            difference = values[i] - values[j]
            sums[0, lag] += 1.0
            sums[1, lag] += math.sqrt(east * east + north * north)
            sums[2, lag] += difference * difference
            sums[3, lag] += math.sqrt(abs(difference))
    return sums


@kernel
def _count_buckets(
    places: FloatArray,
    values: FloatArray,
    width: float,
    lags: int,
    cone: FloatArray,
    spread: float,
) -> IntArray:
    """
    Count absolute differences by lag and bucket.

    Parameters
    ----------
    places : ndarray, shape (n, 2)
        Places of the samples (m), sorted by easting.
    values : ndarray, shape (n,)
        Their values.
    width : float
        Width of a lag (m).
    lags : int
        How many lags.
    cone : ndarray, shape (3,)
        See `Direction.cone`.
    spread : float
        Between the smallest and the largest value.

    Returns
    -------
    ndarray of int64, shape (lags, BUCKETS)
        How many pairs.
    """
    counts: IntArray = rows_of_whole_zeros(lags, BUCKETS + ZERO)
    for i in range(places.shape[0]):
        for j in range(i + 1, places.shape[0]):
            if places[j, 0] - places[i, 0] > width * lags:
                break
            lag = _lag(places[i], places[j], width, lags, cone)
            if lag >= 0:
                counts[lag, _bucket(abs(values[i] - values[j]), spread)] += 1
    return counts


@kernel
def _collect_buckets(
    places: FloatArray,
    values: FloatArray,
    sizes: FloatArray,
    cone: FloatArray,
    bounds: IntArray,
    starts: IntArray,
) -> FloatArray:
    """
    Collect the absolute differences of chosen buckets.

    Parameters
    ----------
    places : ndarray, shape (n, 2)
        Places of the samples (m), sorted by easting.
    values : ndarray, shape (n,)
        Their values.
    sizes : ndarray, shape (2,)
        Width of a lag (m), and spread of the values.
    cone : ndarray, shape (3,)
        See `Direction.cone`.
    bounds : ndarray of int64, shape (lags, 2)
        First and last bucket wanted of each lag.
    starts : ndarray of int64, shape (lags + 1,)
        Where each lag's differences begin in the result, and where the last ends.

    Returns
    -------
    ndarray, shape (starts[-1],)
        Absolute differences, lag after lag.
    """
    width, spread, lags = sizes[0], sizes[1], bounds.shape[0]
    held: FloatArray = zeros(starts[-1])
    filled = starts.copy()
    for i in range(places.shape[0]):
        for j in range(i + 1, places.shape[0]):
            if places[j, 0] - places[i, 0] > width * lags:
                break
            lag = _lag(places[i], places[j], width, lags, cone)
            if lag < 0:
                continue
            difference = abs(values[i] - values[j])
            bucket = _bucket(difference, spread)
            if bounds[lag, 0] <= bucket <= bounds[lag, 1]:
                held[filled[lag]] = difference
                filled[lag] += 1
    return held
