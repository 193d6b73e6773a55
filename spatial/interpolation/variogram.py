"""The empirical variogram, and fitting a model to it."""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from spatial.arrays import FloatArray, IntArray, as_coordinates, as_values
from spatial.coordinates import Bounds
from spatial.errors import VariogramError
from spatial.interpolation.covariance import (
    ModelName,
    Structure,
    VariogramModel,
    check_model_name,
    correlation,
    practical_range_factor,
)
from spatial.interpolation.estimators import EstimatorName, FitMethod, get_estimator
from spatial.interpolation.kernels import bin_pairs
from spatial.interpolation.variogram_pairs import Direction, PairSums, pair_sums

DEFAULT_LAGS = 15
# Where the number of lags is not stated, there are fewer of them rather than fewer pairs in each.
FEWEST_LAGS = 5
WANTED_PAIRS = 30
# The practical range is looked for between half the shortest lag and ten times the longest.
SHORTEST_RANGE = 0.5
LONGEST_RANGE = 10.0
SCANNED_SCALES = 200
# A model with this share of its largest semivariance at the shortest lag tells neighbours nothing.
NO_STRUCTURE = 0.9


@dataclass(frozen=True, slots=True)
class EmpiricalVariogram:
    """
    Half the expected squared difference of pairs, by distance.

    Parameters
    ----------
    pairs : ndarray of int64, shape (lags,)
        How many pairs each lag has; lags without pairs are left out.
    distance : ndarray, shape (lags,)
        Their mean distance (m).
    semivariance : ndarray, shape (lags,)
        γ.
    cutoff : float
        The largest distance of a pair (m).
    estimator : {"matheron", "cressie_hawkins", "dowd"}
        How γ was estimated.
    direction : Direction, optional
        Which pairs were compared; all when absent.
    lags : int
        How many there were, those without pairs counted.
    standard_error : ndarray, shape (lags,), optional
        Of the semivariances as estimates of those of all pairs, where not all were compared.
    compared : int, optional
        How many places were compared, where not all were.
    """

    pairs: IntArray
    distance: FloatArray
    semivariance: FloatArray
    cutoff: float
    estimator: EstimatorName = "matheron"
    direction: Direction | None = None
    lags: int = DEFAULT_LAGS
    standard_error: FloatArray | None = None
    compared: int | None = None

    @property
    def width(self) -> float:
        """Width of a lag (m)."""
        return self.cutoff / self.lags


@dataclass(frozen=True, slots=True)
class VariogramFit:
    """
    A fitted model.

    Parameters
    ----------
    model : VariogramModel
        The model.
    weighted_squares : float
        Σ w (γ̂ − γ)², which least squares make small; under maximum likelihood with w = N/h².
    is_range_at_limit : bool
        True where the variogram does not level off within the lags, so that the range is only
        a lower bound.
    method : {"N/h²", "N/γ²", "likelihood"}
        The weights w of least squares, or maximum likelihood.
    log_likelihood : float, optional
        What maximum likelihood made large.
    """

    model: VariogramModel
    weighted_squares: float
    is_range_at_limit: bool
    method: FitMethod = "N/h²"
    log_likelihood: float | None = None


def is_without_structure(model: VariogramModel, empirical: EmpiricalVariogram) -> bool:
    """
    Tell whether neighbours are no more alike than any two samples.

    Parameters
    ----------
    model : VariogramModel
        The fitted model.
    empirical : EmpiricalVariogram
        What it was fitted to.

    Returns
    -------
    bool
        True where the model has at the shortest lag 90 % of what it has at the longest: it is
        nugget nearly alone, or its range is shorter than the samples' distances. A sill it would
        reach beyond the lags counts for nothing, because nobody has seen it.

    Examples
    --------
    >>> line = EmpiricalVariogram(np.array([9, 9]), np.array([50.0, 80.0]), np.ones(2), 90.0)
    >>> short = VariogramModel.single("spherical", nugget=0.0, partial_sill=1.0, scale=40.0)
    >>> is_without_structure(short, line)
    True
    """
    ends = [empirical.distance.min(), empirical.distance.max()]
    at_shortest_lag, at_longest_lag = model.semivariance(ends)
    return bool(at_shortest_lag >= NO_STRUCTURE * at_longest_lag)


def default_cutoff(coordinates: FloatArray) -> float:
    """
    Return a third of the diagonal of the samples' extent, as gstat does.

    Parameters
    ----------
    coordinates : ndarray, shape (n, 2)
        Places (m).

    Returns
    -------
    float
        Metres.
    """
    return Bounds.of(coordinates[:, 0], coordinates[:, 1]).diagonal / 3.0


def automatic_lags(coordinates: FloatArray, cutoff: float) -> int:
    """
    Return how many lags the samples can fill with 30 pairs on average, from 5 to 15.

    Parameters
    ----------
    coordinates : ndarray, shape (n, 2)
        Places (m).
    cutoff : float
        The largest distance of a pair (m).

    Returns
    -------
    int
        Lags.

    Examples
    --------
    >>> automatic_lags(np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]), 2.0)
    5
    """
    if len(coordinates) > 1_000:
        return DEFAULT_LAGS
    tree = scipy.spatial.cKDTree(coordinates)
    pairs = (int(tree.count_neighbors(tree, cutoff)) - len(coordinates)) // 2
    return min(max(pairs // WANTED_PAIRS, FEWEST_LAGS), DEFAULT_LAGS)


def empirical_variogram(
    coordinates: ArrayLike,
    values: ArrayLike,
    *,
    cutoff: float | None = None,
    lags: int | None = DEFAULT_LAGS,
    estimator: EstimatorName = "matheron",
    direction: Direction | None = None,
) -> EmpiricalVariogram:
    """
    Estimate the semivariance in lags of equal width.

    Parameters
    ----------
    coordinates : array_like, shape (n, 2)
        Eastings and northings (m).
    values : array_like, shape (n,)
        One value per place.
    cutoff : float, optional
        The largest distance (m); a third of the diagonal of the extent when absent.
    lags : int, optional
        How many lags; each is (a, b]. None for `automatic_lags`.
    estimator : {"matheron", "cressie_hawkins", "dowd"}
        See `spatial.interpolation.estimators`.
    direction : Direction, optional
        Only pairs in this direction are compared.

    Returns
    -------
    EmpiricalVariogram
        γ(h), by Matheron's estimator 1/(2N) Σ (y_i − y_j)², for the lags that have pairs.

    Raises
    ------
    VariogramError
        Where no pair lies within the cutoff.

    Notes
    -----
    Matheron (1963). Cutoff, lags and their closed right ends are the defaults of R's gstat.

    Examples
    --------
    >>> line = empirical_variogram([[0, 0], [1, 0], [2, 0]], [0.0, 1.0, 3.0], cutoff=2.0, lags=2)
    >>> line.pairs, line.semivariance
    (array([2, 1]), array([1.25, 4.5 ]))
    """
    places = as_coordinates(coordinates)
    numbers = as_values(values, len(places))
    chosen = get_estimator(estimator)
    reach = default_cutoff(places) if cutoff is None else float(cutoff)
    if not (np.isfinite(reach) and reach > 0.0) or (lags is not None and lags < 1):
        raise VariogramError(
            f"A variogram needs lags and a cutoff above 0 m; got {lags} lags up to {reach} m."
        )
    classes = automatic_lags(places, reach) if lags is None else lags
    order = np.lexsort((places[:, 1], places[:, 0]))
    places, numbers, width = places[order], numbers[order], reach / classes
    if estimator == "matheron" and direction is None:
        pairs, distance, squares = bin_pairs(places, numbers, width, classes)
        not_summed = np.full(classes, np.nan)
        sums = PairSums(pairs, distance, squares, not_summed, not_summed)
    else:
        sums = pair_sums(places, numbers, width, classes, direction, chosen.needs_medians)
    has_pairs = sums.pairs > 0
    if not has_pairs.any():
        where = "" if direction is None else " in that direction"
        raise VariogramError(f"No two places lie within {reach:g} m of each other{where}.")
    kept = PairSums(*(part[has_pairs] for part in sums))
    return EmpiricalVariogram(
        kept.pairs.astype(np.int64),
        kept.distance / kept.pairs,
        chosen.semivariance(kept),
        reach,
        estimator,
        direction,
        classes,
    )


def fit_variogram(
    empirical: EmpiricalVariogram,
    name: ModelName,
    *,
    smoothness: float = 1.5,
    weights: FloatArray | None = None,
) -> VariogramFit:
    """
    Fit a nugget and one structure by weighted least squares.

    Parameters
    ----------
    empirical : EmpiricalVariogram
        What to fit to.
    name : {"spherical", "exponential", "gaussian", "matern"}
        The model.
    smoothness : float
        ν of the Matérn model; it is not fitted.
    weights : ndarray, shape (lags,), optional
        Of the lags; N/h² when absent.

    Returns
    -------
    VariogramFit
        The best model with nugget and partial sill of 0 or more.

    Raises
    ------
    VariogramError
        Where fewer than three lags have pairs.

    Notes
    -----
    Weights N/h², gstat's default (fit.method 7). For a given scale nugget and partial sill are a
    linear problem with an exact answer, so only the scale is searched: first over 200 scales from
    half the shortest lag to ten times the longest, then by Brent's method around the best. No
    starting value is needed and no local minimum is mistaken for the best.

    Examples
    --------
    >>> truth = VariogramModel.single("exponential", nugget=0.2, partial_sill=1.0, scale=30.0)
    >>> lag = np.linspace(5.0, 150.0, 15)
    >>> points = EmpiricalVariogram(np.full(15, 50), lag, truth.semivariance(lag), 150.0)
    >>> round(fit_variogram(points, "exponential").model.structures[0].scale, 4)
    30.0
    """
    check_model_name(name)
    if len(empirical.distance) < 3:
        raise VariogramError(
            f"Only {len(empirical.distance)} distance classes have pairs of samples; fitting a "
            "variogram needs three. More samples or a larger cutoff would help."
        )
    if weights is None:
        weights = empirical.pairs / empirical.distance**2
    factor = practical_range_factor(name, smoothness)
    shortest, longest = float(empirical.distance.min()), float(empirical.distance.max())
    log_scales = np.log(
        np.geomspace(SHORTEST_RANGE * shortest, LONGEST_RANGE * longest, SCANNED_SCALES) / factor
    )

    def sills(scale: float) -> tuple[float, float, float]:
        shape = 1.0 - correlation(name, empirical.distance / scale, smoothness)
        return _fit_sills(empirical.semivariance, shape, weights)

    def misfit(log_scale: float) -> float:
        return sills(float(np.exp(log_scale)))[2]

    best = int(np.argmin([misfit(log_scale) for log_scale in log_scales]))
    interval = (log_scales[max(best - 1, 0)], log_scales[min(best + 1, len(log_scales) - 1)])
    # Here and not above: a process that only predicts starts without it.
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(misfit, bounds=interval, method="bounded", options={"xatol": 1e-12})
    log_scale = float(found.x) if found.fun <= misfit(log_scales[best]) else log_scales[best]
    scale = float(np.exp(log_scale))
    nugget, partial_sill, squares = sills(scale)
    if not nugget + partial_sill > 0.0:
        raise VariogramError("All pairs of samples have equal values: there is no variogram.")
    model = VariogramModel(nugget, (Structure(name, partial_sill, scale, smoothness),))
    is_at_limit = partial_sill > 0.0 and scale * factor > 0.99 * LONGEST_RANGE * longest
    return VariogramFit(model, squares, is_at_limit)


def _fit_sills(
    gamma: FloatArray, shape: FloatArray, weights: FloatArray
) -> tuple[float, float, float]:
    """
    Return the best nugget and partial sill for a scale.

    Parameters
    ----------
    gamma : ndarray, shape (lags,)
        The semivariances.
    shape : ndarray, shape (lags,)
        1 − correlation of the model at the lags.
    weights : ndarray, shape (lags,)
        Of the lags.

    Returns
    -------
    tuple of float
        Nugget, partial sill (neither below 0) and the weighted sum of squares.
    """
    mean_shape, mean_gamma = np.average(shape, weights=weights), np.average(gamma, weights=weights)
    spread = np.sum(weights * (shape - mean_shape) ** 2)
    # A shape without spread cannot be told from the nugget, so the nugget takes it all.
    slope = (
        np.sum(weights * (shape - mean_shape) * (gamma - mean_gamma)) / spread
        if spread > 1e-12 * np.sum(weights)
        else 0.0
    )
    nugget, partial_sill = float(mean_gamma - slope * mean_shape), float(slope)
    if partial_sill < 0.0:
        nugget, partial_sill = float(mean_gamma), 0.0
    elif nugget < 0.0:
        nugget = 0.0
        partial_sill = float(np.sum(weights * shape * gamma) / np.sum(weights * shape**2))
    residual = gamma - nugget - partial_sill * shape
    return nugget, partial_sill, float(np.sum(weights * residual**2))
