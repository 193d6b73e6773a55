"""
The variogram of very many places: all pairs where that is affordable, else a stated sample.

A sample is a random choice of places, all pairs of which are compared. For a given number of
pairs this is the best choice: comparing few places with all others follows those few too closely.
The error of sampling is estimated by leaving out one of sixteen random groups of places in turn.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spatial.arrays import FloatArray, IntArray, as_coordinates, as_values
from spatial.errors import VariogramError
from spatial.interpolation.fast_blocks import aligned_zeros
from spatial.interpolation.fast_compiled import kernel
from spatial.interpolation.fast_lanes import (
    add,
    divide,
    load,
    multiply,
    root,
    splat,
    store,
    subtract,
)
from spatial.interpolation.fast_numbers import lesser, whole_zeros, zeros
from spatial.interpolation.fast_vectors import WIDTH
from spatial.interpolation.variogram import DEFAULT_LAGS, EmpiricalVariogram, default_cutoff

# Pairs looked at in about half a second on one core.
MOST_PAIRS = 200_000_000
GROUPS = 16


@dataclass(frozen=True, slots=True)
class SampledVariogram:
    """
    A variogram of many places, and how well a sample of them knows it.

    Parameters
    ----------
    empirical : EmpiricalVariogram
        The estimate.
    standard_error : ndarray, shape (lags,)
        Of the semivariances as estimates of those that all pairs of all places would give; 0 where
        all pairs were compared. It says nothing of the error that comes from having these
        samples and no others.
    places : int
        How many places were compared.
    of_places : int
        Of how many.
    """

    empirical: EmpiricalVariogram
    standard_error: FloatArray
    places: int
    of_places: int


def sampled_variogram(
    coordinates: ArrayLike,
    values: ArrayLike,
    rng: np.random.Generator,
    *,
    cutoff: float | None = None,
    lags: int = DEFAULT_LAGS,
    most_pairs: int = MOST_PAIRS,
) -> SampledVariogram:
    """
    Estimate the semivariance by Matheron's estimator in about the time that is allowed.

    Parameters
    ----------
    coordinates : array_like, shape (n, 2)
        Eastings and northings (m).
    values : array_like, shape (n,)
        One value per place.
    rng : numpy.random.Generator
        Chooses places and groups.
    cutoff : float, optional
        The largest distance (m); a third of the diagonal of the extent when absent.
    lags : int
        How many lags; each is (a, b].
    most_pairs : int
        So many pairs may be looked at; all pairs within the cutoff are, where they are not more.

    Returns
    -------
    SampledVariogram
        For the lags that have pairs.

    Raises
    ------
    VariogramError
        Where no pair lies within the cutoff.

    Notes
    -----
    Standard errors by the delete-a-group jackknife (Efron 1982; Kott 2001), with the correction for
    a finite population.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> places = rng.uniform(0.0, 100.0, (2000, 2))
    >>> found = sampled_variogram(places, places[:, 0], rng, most_pairs=100_000)
    >>> found.places, bool(found.standard_error[0] > 0.0)
    (525, True)
    """
    places = as_coordinates(coordinates)
    numbers = as_values(values, len(places))
    reach = default_cutoff(places) if cutoff is None else float(cutoff)
    if not (np.isfinite(reach) and reach > 0.0) or lags < 1:
        raise VariogramError(
            f"A variogram needs lags and a cutoff above 0 m; got {lags} lags up to {reach} m."
        )
    order = np.lexsort((places[:, 1], places[:, 0]))
    candidates = int(_count_candidates(places[order, 0].copy(), reach))
    count = len(places)
    if candidates > most_pairs:
        # Pairs grow with the square of places.
        count = max(2, int(count * math.sqrt(most_pairs / candidates)))
        order = order[np.sort(rng.choice(len(places), count, replace=False))]
    groups = rng.permutation(count) % GROUPS
    flat = _sum_by_group(places[order], numbers[order], groups, reach / lags, lags)
    sums = np.asarray(flat, np.float64).reshape(GROUPS, GROUPS, lags + 2, 4)[:, :, 1:-1, :3]
    empirical = _estimate(sums.sum(axis=(0, 1)), reach)
    error = np.zeros_like(empirical.semivariance)
    if count < len(places):
        error = _jackknife(sums) * math.sqrt(1.0 - count / len(places))
    return SampledVariogram(empirical, error, count, len(places))


def _estimate(sums: FloatArray, cutoff: float) -> EmpiricalVariogram:
    """
    Turn sums into the points of a variogram.

    Parameters
    ----------
    sums : ndarray, shape (lags, 3)
        Pairs, sum of distances, sum of squared differences.
    cutoff : float
        The largest distance (m).

    Returns
    -------
    EmpiricalVariogram
        Of the lags that have pairs.
    """
    pairs, distance, squares = sums[sums[:, 0] > 0].T
    if not len(pairs):
        raise VariogramError(f"No two places lie within {cutoff:g} m of each other.")
    return EmpiricalVariogram(
        pairs.astype(np.int64), distance / pairs, squares / (2.0 * pairs), cutoff
    )


def _jackknife(sums: FloatArray) -> FloatArray:
    """
    Return standard errors of semivariances.

    Parameters
    ----------
    sums : ndarray, shape (groups, groups, lags, 3)
        Pairs, sum of distances, sum of squared differences, apart for each two groups.

    Returns
    -------
    ndarray, shape (lags,)
        Of the lags that have pairs; NaN where leaving out a group leaves none.
    """
    whole = sums.sum(axis=(0, 1))
    own = sums[np.arange(GROUPS), np.arange(GROUPS)]
    left = whole - (sums.sum(axis=0) + sums.sum(axis=1) - own)
    left = left[:, whole[:, 0] > 0]
    estimates = left[:, :, 2] / np.where(left[:, :, 0] > 0.5, 2.0 * left[:, :, 0], np.nan)
    spread = (estimates - estimates.mean(axis=0)) ** 2
    return np.asarray(np.sqrt((GROUPS - 1) / GROUPS * spread.sum(axis=0)), np.float64)


@kernel
def _count_candidates(eastings: FloatArray, cutoff: float) -> int:
    """
    Count the pairs that lie within a distance from west to east.

    Parameters
    ----------
    eastings : ndarray, shape (n,)
        Sorted (m).
    cutoff : float
        The distance (m).

    Returns
    -------
    int
        Pairs that the sum over pairs has to look at.
    """
    total, end = 0, 0
    for i in range(eastings.shape[0]):
        while end < eastings.shape[0] and eastings[end] - eastings[i] <= cutoff:
            end += 1
        total += end - i - 1
    return total


@kernel
def _sum_by_group(
    places: FloatArray, values: FloatArray, groups: IntArray, width: float, lags: int
) -> FloatArray:
    """
    Sum over all pairs within the cutoff, apart for each two groups.

    Parameters
    ----------
    places : ndarray, shape (n, 2)
        Places (m), sorted by easting.
    values : ndarray, shape (n,)
        Their values.
    groups : ndarray of int64, shape (n,)
        The group of each.
    width : float
        Width of a lag (m).
    lags : int
        How many lags; each is (a, b].

    Returns
    -------
    ndarray, shape (groups * groups * (lags + 2) * 4,)
        Pairs, sum of distances, sum of squared differences, and a 0.
    """
    # Lag 0 takes pairs at one place and lag lags + 1 those too far apart: no test to mispredict.
    sums: FloatArray = zeros(GROUPS * GROUPS * (lags + 2) * 4)
    count, cutoff, end = places.shape[0], width * lags, 0
    held = aligned_zeros(3 * (count + WIDTH))
    norths, numbers = count + WIDTH, 2 * (count + WIDTH)
    starts = whole_zeros(count + WIDTH)
    for i in range(count + WIDTH):
        # Behind the last place there is room for lanes that count for nothing.
        held[i] = places[i, 0] if i < count else np.inf
        if i < count:
            held[norths + i], held[numbers + i] = places[i, 1], values[i]
            starts[i] = groups[i] * (lags + 2) * 4
    scratch = aligned_zeros(3 * WIDTH)
    for i in range(count):
        easting, northing = splat(held[i]), splat(held[norths + i])
        value, of_group = splat(held[numbers + i]), starts[i] * GROUPS
        while end < count and held[end] - held[i] <= cutoff:
            end += 1
        for j in range(i + 1, end, WIDTH):
            east = subtract(load(held, j), easting)
            north = subtract(load(held, norths + j), northing)
            distance = root(add(multiply(east, east), multiply(north, north)))
            difference = subtract(load(held, numbers + j), value)
            store(scratch, 0, divide(distance, splat(width)))
            store(scratch, WIDTH, distance)
            store(scratch, 2 * WIDTH, multiply(difference, difference))
            for lane in range(lesser(WIDTH, end - j)):
                lag = lesser(math.ceil(scratch[lane]), lags)
                if scratch[WIDTH + lane] > cutoff:
                    lag = lags + 1
                cell = of_group + starts[j + lane] + lag * 4
                sums[cell] += 1.0
                sums[cell + 1] += scratch[WIDTH + lane]
                sums[cell + 2] += scratch[2 * WIDTH + lane]
    return sums
