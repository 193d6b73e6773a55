"""
The loops, compiled: functions of arrays that hold no lock and start no thread.

Every cell is calculated alone and in one fixed order of operations, so its bits do not depend on
the tile, thread or process it is calculated in. Threads and processes are the caller's.

The kernels of this file call no other file's: the compiler's cache notices a change of the file a
kernel is in, and not a change of another file it calls. Those of the files ``fast_*.py`` and of the
simulation do, and are kept by `spatial.interpolation.fast_compiled`; the ones here are plain, and
what those are held against.
"""

import math

import numpy as np

from spatial.arrays import FloatArray, IntArray
from spatial.interpolation.covariance import MODEL_NAMES, VariogramModel
from spatial.interpolation.fast_compiled import ZERO, inner, kernel
from spatial.interpolation.fast_numbers import greater, lesser, rows_of_zeros, zeros

SPHERICAL, EXPONENTIAL, GAUSSIAN, MATERN = range(4)
# A pivot below this share of the sill means two samples say the same to the last digits.
SINGULAR = 1e-13
# By inverse distance: a sample of this weight is at the place itself. Infinite ones leave no mean.
MOST_WEIGHT = 1e290


def structure_table(model: VariogramModel) -> FloatArray:
    """
    Return a variogram's structures as the kernels read them.

    Parameters
    ----------
    model : VariogramModel
        The model.

    Returns
    -------
    ndarray, shape (structures, 5)
        Code, partial sill, scale, smoothness, and the Matérn factor 2^(1−ν)/Γ(ν).
    """
    return np.array(
        [
            (
                MODEL_NAMES.index(part.name),
                part.partial_sill,
                part.scale,
                part.smoothness,
                2.0 ** (1.0 - part.smoothness) / math.gamma(part.smoothness),
            )
            for part in model.structures
        ]
    )


@inner
def _matern(ratio: float, smoothness: float, factor: float) -> float:
    """
    Return the Matérn correlation.

    Parameters
    ----------
    ratio : float
        Distance over scale, more than 0.
    smoothness : float
        ν.
    factor : float
        2^(1−ν)/Γ(ν).

    Returns
    -------
    float
        2^(1−ν)/Γ(ν) r^ν K_ν(r).

    Notes
    -----
    K_ν(r) = ∫ exp(−r cosh t) cosh(νt) dt over t ≥ 0 by the trapezoidal rule, which converges
    exponentially for this integrand: a step of 1/8 leaves rounding only (checked against scipy).
    """
    if smoothness == 0.5:
        return math.exp(-ratio)
    if smoothness == 1.5:
        return (1.0 + ratio) * math.exp(-ratio)
    if smoothness == 2.5:
        return (1.0 + ratio + ratio * ratio / 3.0) * math.exp(-ratio)
    if ratio < 1e-9:
        return 1.0
    if ratio > 690.0:
        return 0.0
    step = 0.125
    total = 0.5 * math.exp(-ratio)
    t = step
    while True:
        exponent = ratio * math.cosh(t)
        term = math.exp(-exponent) * math.cosh(smoothness * t)
        total += term
        if exponent > 1.0 and term < 1e-18 * total:
            break
        t += step
    return float(factor * ratio**smoothness * total * step)


@inner
def covariance_at(distance: float, nugget: float, structures: FloatArray) -> float:
    """
    Return the covariance of two measurements.

    Parameters
    ----------
    distance : float
        Between the places (m).
    nugget : float
        Counts only where the distance is exactly 0.
    structures : ndarray, shape (s, 5)
        See `structure_table`.

    Returns
    -------
    float
        C(h).
    """
    total = nugget if distance == 0.0 else 0.0
    for s in range(structures.shape[0]):
        code, partial_sill = structures[s, 0], structures[s, 1]
        ratio = distance / structures[s, 2]
        if ratio == 0.0:
            total += partial_sill
        elif code == SPHERICAL:
            if ratio < 1.0:
                total += partial_sill * (1.0 - ratio * (1.5 - 0.5 * ratio * ratio))
        elif code == EXPONENTIAL:
            total += partial_sill * math.exp(-ratio)
        elif code == GAUSSIAN:
            total += partial_sill * math.exp(-ratio * ratio)
        else:
            total += partial_sill * _matern(ratio, structures[s, 3], structures[s, 4])
    return total


@inner
def _distance(first: FloatArray, second: FloatArray) -> float:
    """
    Return the distance of two places.

    Parameters
    ----------
    first : ndarray, shape (2,)
        Easting and northing (m).
    second : ndarray, shape (2,)
        Easting and northing (m).

    Returns
    -------
    float
        Metres.
    """
    east, north = first[0] - second[0], first[1] - second[1]
    return math.sqrt(east * east + north * north)


@inner
def _eliminate(system: FloatArray, size: int, tolerance: float) -> bool:
    """
    Factor a symmetric system in place and carry its right-hand sides along.

    Parameters
    ----------
    system : ndarray, shape (>= size, >= size + extra)
        Upper triangle of C, with right-hand sides as further columns; becomes U (C = UᵀU) and
        U⁻ᵀ times the right-hand sides.
    size : int
        Rows of the system.
    tolerance : float
        A smaller pivot counts as none.

    Returns
    -------
    bool
        False where the system has no stable solution.
    """
    width = system.shape[1]
    for j in range(size):
        pivot = system[j, j]
        if not pivot > tolerance:
            return False
        inverse_root = 1.0 / math.sqrt(pivot)
        for c in range(j, width):
            system[j, c] *= inverse_root
        for i in range(j + 1, size):
            share = system[j, i]
            if share != 0.0:
                for c in range(i, width):
                    system[i, c] -= share * system[j, c]
    return True


@inner
def _carry(system: FloatArray, size: int, number: int, multiplier: float) -> float:
    """
    Return the location of a cell from one data set, less what its values are relative to.

    Parameters
    ----------
    system : ndarray, shape (k, k + 2 + r)
        U, z, u and w of each data set.
    size : int
        Samples of the cell.
    number : int
        Which data set.
    multiplier : float
        μ.

    Returns
    -------
    float
        w·z − μ w·u.
    """
    most = system.shape[0]
    wz = wu = 0.0
    for i in range(size):
        wz += system[i, most + 2 + number] * system[i, most]
        wu += system[i, most + 2 + number] * system[i, most + 1]
    return wz - multiplier * wu


@kernel
def krige_neighbours(
    cells: FloatArray,
    places: FloatArray,
    values: FloatArray,
    neighbours: IntArray,
    nugget: float,
    structures: FloatArray,
) -> tuple[FloatArray, int]:
    """
    Predict each cell by ordinary kriging from its own neighbours.

    Parameters
    ----------
    cells : ndarray, shape (m, 2)
        Places to predict (m).
    places : ndarray, shape (n, 2)
        Places of the samples (m).
    values : ndarray, shape (r, n)
        Their values, in one or several data sets.
    neighbours : ndarray of int64, shape (m, k)
        For each cell the samples it is predicted from; n or more means none.
    nugget : float
        Nugget of the variogram.
    structures : ndarray, shape (s, 5)
        See `structure_table`.

    Returns
    -------
    tuple
        Variance, Lagrange multiplier and the location from each data set, shape (2 + r, m), NaN
        for a cell without neighbours or without a stable solution; and how many cells had none.

    Notes
    -----
    With C = UᵀU, z = U⁻ᵀc₀, u = U⁻ᵀ1 and w = U⁻ᵀy one elimination gives everything:
    μ = (u·z − 1)/u·u, ŷ = w·(z − μu), σ² = C(0) − z·z + μ² u·u.
    """
    count, most, sets = places.shape[0], neighbours.shape[1], values.shape[0]
    sill = covariance_at(0.0, nugget, structures)
    result = rows_of_zeros(2 + sets, cells.shape[0])
    system = rows_of_zeros(most, most + 2 + sets)
    failures = 0
    for cell in range(cells.shape[0]):
        result[:, cell] = np.nan
        size = 0
        while size < most and neighbours[cell, size] < count:
            size += 1
        if size == 0:
            continue
        first = neighbours[cell, 0]
        for i in range(size):
            place = neighbours[cell, i]
            system[i, i] = sill
            for j in range(i + 1, size):
                distance = _distance(places[place], places[neighbours[cell, j]])
                system[i, j] = covariance_at(distance, nugget, structures)
            system[i, size:most] = 0.0
            distance = _distance(places[place], cells[cell])
            system[i, most] = covariance_at(distance, nugget, structures)
            system[i, most + 1] = 1.0
            # Values relative to one of them: Σ λ = 1, and fewer digits cancel.
            for j in range(sets):
                system[i, most + 2 + j] = values[j, place] - values[j, first]
        if not _eliminate(system, size, SINGULAR * sill):
            failures += 1
            continue
        uu = uz = zz = 0.0
        for i in range(size):
            z, u = system[i, most], system[i, most + 1]
            uu += u * u
            uz += u * z
            zz += z * z
        multiplier = (uz - 1.0) / uu
        result[0, cell] = greater(0.0, sill - zz + multiplier * multiplier * uu)
        result[1, cell] = multiplier
        for j in range(sets):
            result[2 + j, cell] = values[j, first] + _carry(system, size, j, multiplier)
    return result, failures


@kernel
def inverse_distance_neighbours(
    cells: FloatArray,
    places: FloatArray,
    values: FloatArray,
    neighbours: IntArray,
    power: float,
) -> FloatArray:
    """
    Predict each cell by inverse distance from its own neighbours, or from all samples.

    Parameters
    ----------
    cells : ndarray, shape (m, 2)
        Places to predict (m).
    places : ndarray, shape (n, 2)
        Places of the samples (m).
    values : ndarray, shape (n,)
        Their values.
    neighbours : ndarray of int64, shape (m, k) or (1, n)
        For each cell the samples it is predicted from (n or more means none); one row serves all
        cells.
    power : float
        Exponent of the distance.

    Returns
    -------
    ndarray, shape (m,)
        The weighted means; NaN for a cell without neighbours.
    """
    count = places.shape[0]
    result: FloatArray = zeros(cells.shape[0])
    for cell in range(cells.shape[0]):
        row = cell if neighbours.shape[0] > 1 else 0
        weights = weighted = 0.0
        for i in range(neighbours.shape[1]):
            place = neighbours[row, i]
            if place >= count:
                break
            distance = _distance(places[place], cells[cell])
            weight = 1.0 / (distance * distance) if power == 2.0 else distance**-power
            if weight >= MOST_WEIGHT:
                weights, weighted = 1.0, values[place]
                break
            weights += weight
            weighted += weight * values[place]
        result[cell] = weighted / weights if weights > 0.0 else np.nan
    return result


@kernel
def bin_pairs(places: FloatArray, values: FloatArray, width: float, lags: int) -> FloatArray:
    """
    Sum distances and squared differences of all pairs by lag.

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

    Returns
    -------
    ndarray, shape (3, lags)
        Pairs, sum of distances, sum of squared differences in each lag (a, b].
    """
    sums: FloatArray = rows_of_zeros(3 + ZERO, lags)
    cutoff = width * lags
    for i in range(places.shape[0]):
        for j in range(i + 1, places.shape[0]):
            if places[j, 0] - places[i, 0] > cutoff:
                break
            distance = _distance(places[i], places[j])
            if distance > cutoff or distance == 0.0:
                continue
            lag = lesser(math.ceil(distance / width) - 1, lags - 1)
            difference = values[i] - values[j]
            sums[0, lag] += 1.0
            sums[1, lag] += distance
            sums[2, lag] += difference * difference
    return sums
