"""
The likelihood of many samples as a product of small ones (Vecchia's approximation).

The kernel calls nothing outside this file, so that the compiler's cache notices every change.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import ArrayLike

from spatial.arrays import FloatArray, IntArray, as_coordinates, as_values
from spatial.errors import SingularSystemError, TooFewPlacesError
from spatial.interpolation.covariance import MODEL_NAMES, VariogramModel, correlation
from spatial.interpolation.fast_compiled import ZERO, inner, kernel
from spatial.interpolation.fast_numbers import greater, lesser, rows_of_zeros

DEFAULT_NEIGHBOURS = 30
# A conditional variance below this share of the sill is none.
SINGULAR = 1e-12
# Knots of the spline that stands in for the Bessel function, evenly spaced in the logarithm of
# the distance; its error is below 1e-9.
SPLINE_KNOTS = 2_500
SPLINE_LIMITS = (math.log(1e-8), math.log(60.0))
SPHERICAL, EXPONENTIAL, GAUSSIAN = (
    MODEL_NAMES.index(name) for name in ("spherical", "exponential", "gaussian")
)


class LikelihoodTerms(NamedTuple):
    """
    What the likelihood is made of, for a covariance with any factor.

    Parameters
    ----------
    log_variances : float
        Σ ln d_i of the conditional variances d_i: the logarithm of the determinant.
    ones : float
        1ᵀ C⁻¹ 1.
    ones_values : float
        1ᵀ C⁻¹ y.
    values : float
        yᵀ C⁻¹ y.
    """

    log_variances: float
    ones: float
    ones_values: float
    values: float

    @property
    def mean(self) -> float:
        """The mean by generalised least squares."""
        return self.ones_values / self.ones

    @property
    def squares(self) -> float:
        """(y − mean)ᵀ C⁻¹ (y − mean)."""
        return self.values - self.ones_values * self.ones_values / self.ones


class VecchiaPlan:
    """
    The order of the samples, and for each the earlier ones it is conditioned on.

    Parameters
    ----------
    coordinates : ndarray, shape (n, 2)
        Places (m), in the isotropic space of the model that is near the right one.
    neighbours : int
        How many earlier samples each is conditioned on; all where there are fewer.

    Notes
    -----
    Vecchia (1988). Order: by easting and northing, then shuffled by a generator with a fixed seed,
    so that it does not depend on the order of the file; a shuffled order is nearly as good as the
    best known (Guinness 2018).

    Examples
    --------
    >>> plan = VecchiaPlan(np.array([[0.0, 0.0], [5.0, 0.0], [6.0, 0.0]]), 1)
    >>> sorted(plan.order.tolist()), plan.earlier.shape
    ([0, 1, 2], (3, 1))
    """

    def __init__(self, coordinates: FloatArray, neighbours: int) -> None:
        by_place = np.lexsort((coordinates[:, 1], coordinates[:, 0]))
        shuffled = np.random.default_rng(0).permutation(len(coordinates))
        self.order: IntArray = by_place[shuffled]
        self.earlier = _nearest_earlier(
            coordinates[self.order], min(neighbours, len(coordinates) - 1)
        )


def _nearest_earlier(places: FloatArray, count: int) -> IntArray:
    """
    Return the nearest of the earlier places of each place.

    Parameters
    ----------
    places : ndarray, shape (n, 2)
        Places in their order (m).
    count : int
        How many are wanted.

    Returns
    -------
    ndarray of int64, shape (n, count)
        Indices, nearest first; -1 where there are fewer.
    """
    total = len(places)
    found = np.full((total, count), -1, np.int64)
    start = 1
    while start < total:
        # Of the places up to the end of this stretch at least half come before any place in it.
        stop = min(2 * start, total)
        tree = scipy.spatial.cKDTree(places[:stop])
        left, asked = np.arange(start, stop), 2 * count + 2
        while len(left):
            asked = min(asked, stop)
            near = np.asarray(tree.query(places[left], k=np.arange(1, asked + 1))[1], np.int64)
            is_earlier = near < left[:, np.newaxis]
            rank = np.cumsum(is_earlier, axis=1) - 1
            has_enough = (rank[:, -1] + 1 >= np.minimum(count, left)) | (asked == stop)
            rows, columns = np.nonzero(is_earlier & (rank < count) & has_enough[:, np.newaxis])
            found[left[rows], rank[rows, columns]] = near[rows, columns]
            left, asked = left[~has_enough], 2 * asked
        start = stop
    return found


@lru_cache(maxsize=8)
def _matern_spline(smoothness: float) -> FloatArray:
    """
    Return a Matérn correlation as cubic pieces of the logarithm of distance over scale.

    Parameters
    ----------
    smoothness : float
        ν.

    Returns
    -------
    ndarray, shape (SPLINE_KNOTS - 1, 4)
        Coefficients, highest power first.
    """
    # Here and not above: a process that only predicts starts without it.
    from scipy.interpolate import CubicSpline

    knots = np.linspace(*SPLINE_LIMITS, SPLINE_KNOTS)
    curve = CubicSpline(knots, correlation("matern", np.exp(knots), smoothness))
    return np.ascontiguousarray(curve.c.T)


def _tables(model: VariogramModel) -> tuple[FloatArray, FloatArray]:
    """
    Return a model as the kernel reads it.

    Parameters
    ----------
    model : VariogramModel
        The model.

    Returns
    -------
    tuple of ndarray
        Code, partial sill and scale of each structure, shape (s, 3); and splines of Matérn
        structures, shape (s, SPLINE_KNOTS - 1, 4), or of one knot where there are none.
    """
    structures = np.array(
        [
            (float(MODEL_NAMES.index(part.name)), part.partial_sill, part.scale)
            for part in model.structures
        ]
    )
    is_matern = [part.name == "matern" for part in model.structures]
    splines = np.zeros((len(is_matern), SPLINE_KNOTS - 1 if any(is_matern) else 1, 4))
    for row, part in enumerate(model.structures):
        if is_matern[row]:
            splines[row] = _matern_spline(part.smoothness)
    return structures, splines


@inner
def _covariance(
    first: FloatArray, second: FloatArray, structures: FloatArray, splines: FloatArray
) -> float:
    """
    Return the covariance of two different places.

    Parameters
    ----------
    first : ndarray, shape (2,)
        A place in the isotropic space (m).
    second : ndarray, shape (2,)
        Another.
    structures : ndarray, shape (s, 3)
        See `_tables`.
    splines : ndarray, shape (s, k, 4)
        See `_tables`.

    Returns
    -------
    float
        C(h).
    """
    east, north = first[0] - second[0], first[1] - second[1]
    squared = east * east + north * north
    total = 0.0
    for s in range(structures.shape[0]):
        sill, scale = structures[s, 1], structures[s, 2]
        if structures[s, 0] == SPHERICAL:
            ratio = math.sqrt(squared) / scale
            if ratio < 1.0:
                total += sill * (1.0 - ratio * (1.5 - 0.5 * ratio * ratio))
        elif structures[s, 0] == EXPONENTIAL:
            total += sill * math.exp(-math.sqrt(squared) / scale)
        elif structures[s, 0] == GAUSSIAN:
            total += sill * math.exp(-squared / (scale * scale))
        else:
            place = 0.5 * math.log(squared / (scale * scale))
            if place < SPLINE_LIMITS[1]:
                step = (SPLINE_LIMITS[1] - SPLINE_LIMITS[0]) / (SPLINE_KNOTS - 1)
                offset = greater(place - SPLINE_LIMITS[0], 0.0)
                piece = lesser(math.floor(offset / step), SPLINE_KNOTS - 2)
                t = offset - piece * step
                c = splines[s, piece]
                total += sill * (((c[0] * t + c[1]) * t + c[2]) * t + c[3])
    return total


@kernel
def _terms(
    places: FloatArray,
    values: FloatArray,
    earlier: IntArray,
    sill: float,
    structures: FloatArray,
    splines: FloatArray,
) -> tuple[float, float, float, float, bool]:
    """
    Sum the terms of the likelihood over all samples.

    Parameters
    ----------
    places : ndarray, shape (n, 2)
        Places in the isotropic space (m), in the plan's order.
    values : ndarray, shape (n,)
        Their values.
    earlier : ndarray of int64, shape (n, m)
        See `VecchiaPlan`.
    sill : float
        Covariance at no distance.
    structures : ndarray, shape (s, 3)
        See `_tables`.
    splines : ndarray, shape (s, k, 4)
        See `_tables`.

    Returns
    -------
    tuple
        The four `LikelihoodTerms`, and whether every conditional variance was positive.
    """
    most = earlier.shape[1]
    factor = rows_of_zeros(most, most)
    solved = rows_of_zeros(3 + ZERO, most)
    log_variances = ones = ones_values = squares = 0.0
    for i in range(values.shape[0]):
        size = 0
        while size < most and earlier[i, size] >= 0:
            size += 1
        variance, value, one = sill, values[i], 1.0
        for row in range(size):
            place = earlier[i, row]
            for column in range(row):
                entry = _covariance(places[place], places[earlier[i, column]], structures, splines)
                for k in range(column):
                    entry -= factor[row, k] * factor[column, k]
                factor[row, column] = entry / factor[column, column]
            pivot = sill
            own, its_value, its_one = (
                _covariance(places[place], places[i], structures, splines),
                values[place],
                1.0,
            )
            for k in range(row):
                pivot -= factor[row, k] * factor[row, k]
                own -= factor[row, k] * solved[0, k]
                its_value -= factor[row, k] * solved[1, k]
                its_one -= factor[row, k] * solved[2, k]
            if not pivot > SINGULAR * sill:
                return 0.0, 0.0, 0.0, 0.0, False
            factor[row, row] = math.sqrt(pivot)
            solved[0, row] = own / factor[row, row]
            solved[1, row] = its_value / factor[row, row]
            solved[2, row] = its_one / factor[row, row]
            variance -= solved[0, row] * solved[0, row]
            value -= solved[0, row] * solved[1, row]
            one -= solved[0, row] * solved[2, row]
        if not variance > SINGULAR * sill:
            return 0.0, 0.0, 0.0, 0.0, False
        log_variances += math.log(variance)
        ones += one * one / variance
        ones_values += one * value / variance
        squares += value * value / variance
    return log_variances, ones, ones_values, squares, True


def likelihood_terms(
    plan: VecchiaPlan, coordinates: FloatArray, values: FloatArray, model: VariogramModel
) -> LikelihoodTerms | None:
    """
    Return the terms of the likelihood under a model.

    Parameters
    ----------
    plan : VecchiaPlan
        Order and neighbours.
    coordinates : ndarray, shape (n, 2)
        Eastings and northings (m), no two the same.
    values : ndarray, shape (n,)
        One per place; best with a mean near 0.
    model : VariogramModel
        The model.

    Returns
    -------
    LikelihoodTerms or None
        None where the model calls two samples the same.
    """
    structures, splines = _tables(model)
    *sums, is_stable = _terms(
        model.isotropic(coordinates)[plan.order],
        values[plan.order],
        plan.earlier,
        model.sill,
        structures,
        splines,
    )
    return LikelihoodTerms(*sums) if is_stable else None


def vecchia_log_likelihood(
    coordinates: ArrayLike,
    values: ArrayLike,
    model: VariogramModel,
    *,
    neighbours: int = DEFAULT_NEIGHBOURS,
) -> float:
    """
    Return the logarithm of the Gaussian likelihood of samples, the mean estimated.

    Parameters
    ----------
    coordinates : array_like, shape (n, 2)
        Eastings and northings (m), no two the same.
    values : array_like, shape (n,)
        One value per place.
    model : VariogramModel
        The covariance.
    neighbours : int
        How many earlier samples each is conditioned on; n − 1 gives the exact likelihood.

    Returns
    -------
    float
        −½ (n ln 2π + ln det C + (y − m)ᵀ C⁻¹ (y − m)).

    Raises
    ------
    TooFewPlacesError
        Where there are fewer than two places.
    SingularSystemError
        Where the model calls two samples the same.

    Examples
    --------
    >>> model = VariogramModel.single("exponential", nugget=0.0, partial_sill=1.0, scale=1.0)
    >>> far = [[0.0, 0.0], [1e6, 0.0]]
    >>> round(vecchia_log_likelihood(far, [1.0, -1.0], model), 6)
    -2.837877
    """
    places = as_coordinates(coordinates)
    numbers = as_values(values, len(places))
    if len(numbers) < 2:
        raise TooFewPlacesError("A likelihood needs at least two places.")
    plan = VecchiaPlan(model.isotropic(places), neighbours)
    terms = likelihood_terms(plan, places, numbers - numbers.mean(), model)
    if terms is None:
        raise SingularSystemError(
            "The likelihood cannot be calculated: the variogram calls samples that lie close "
            "together the same. Use a model with a nugget, or merge those samples."
        )
    constant = len(numbers) * math.log(2.0 * math.pi)
    return -0.5 * (constant + terms.log_variances + terms.squares)
