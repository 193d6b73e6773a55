"""How good predicted distributions are on the scale of concentrations, and at a threshold."""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from spatial.arrays import BoolArray, FloatArray
from spatial.errors import InvalidRequestError, NoProbabilityError
from spatial.exceedance import exceedance_probability
from spatial.interpolation.contract import Prediction
from spatial.interpolation.transforms import Transform

# The standard normal distribution is followed this far, with so many nodes on either side of the
# observed value.
REACH = 9.0
NODES = 64
RELIABILITY_CLASSES = 10


@dataclass(frozen=True, slots=True)
class ReliabilityClass:
    """
    Predicted probabilities of one class beside what happened.

    Parameters
    ----------
    lower : float
        Lower end of the class.
    upper : float
        Upper end.
    count : int
        Samples whose probability lies in it.
    mean_probability : float or None
        Their mean predicted probability; None without samples.
    observed_share : float or None
        Share of them above the threshold.
    """

    lower: float
    upper: float
    count: int
    mean_probability: float | None
    observed_share: float | None


@dataclass(frozen=True, slots=True)
class ThresholdFigures:
    """
    Figures of predicted probabilities of exceedance.

    Parameters
    ----------
    threshold : float
        The guideline value.
    count : int
        How many samples were predicted.
    exceeding : int
        How many of them lie above the threshold.
    brier : float
        Mean squared difference of probability and outcome, 0 to 1; small is good.
    auc : float or None
        Chance that a sample above has the larger probability than one below; 0.5 is by lot. None
        where all samples are on one side.
    reliability : tuple of ReliabilityClass
        Ten classes of probability.
    """

    threshold: float
    count: int
    exceeding: int
    brier: float
    auc: float | None
    reliability: tuple[ReliabilityClass, ...]


def crps_of_concentrations(
    observed: ArrayLike, prediction: Prediction, transform: Transform
) -> FloatArray:
    """
    Return the continuous ranked probability score on the scale of the concentrations.

    Parameters
    ----------
    observed : array_like, shape (n,)
        Measured concentrations.
    prediction : Prediction
        On the transformed scale. Without sigma it is a statement without doubt, and its score the
        absolute error.
    transform : Transform
        g.

    Returns
    -------
    ndarray, shape (n,)
        In the unit of the concentrations.

    Notes
    -----
    CRPS = 2 ∫ (1{y < q_τ} − τ)(q_τ − y) dτ over the quantiles q_τ = g⁻¹(ŷ + σ Φ⁻¹(τ)) (Gneiting &
    Ranjan 2011, J. Bus. Econ. Stat. 29), by Gauss and Legendre on both sides of the kink at y.

    Examples
    --------
    >>> from spatial.interpolation.transforms import get_transform
    >>> one = np.ones(1)
    >>> crps_of_concentrations([0.0], Prediction(0 * one, one, one), get_transform("none")).round(6)
    array([0.233695])
    """
    measured = np.asarray(observed, np.float64)
    location, sigma = prediction.location, prediction.sigma
    if np.isnan(sigma).all():
        return np.abs(transform.inverse(location) - measured)
    with np.errstate(divide="ignore", invalid="ignore"):
        kink = (transform.forward(measured) - location) / sigma
    kink = np.clip(np.where(np.isnan(kink), 0.0, kink), -REACH, REACH)[:, np.newaxis]
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    total = np.zeros(len(measured))
    for low, high, is_above in ((-REACH, kink, False), (kink, REACH, True)):
        half = 0.5 * (high - low)
        t = low + half * (nodes + 1.0)
        quantile = transform.inverse(location[:, np.newaxis] + sigma[:, np.newaxis] * t)
        share = scipy.special.ndtr(-t) if is_above else scipy.special.ndtr(t)
        density = np.exp(-0.5 * t * t) / np.sqrt(2.0 * np.pi)
        miss = np.abs(quantile - measured[:, np.newaxis])
        total += 2.0 * np.sum(half * weights * density * share * miss, axis=1)
    return total


def threshold_figures(
    observed: ArrayLike, prediction: Prediction, transform: Transform, threshold: float
) -> ThresholdFigures:
    """
    Compare predicted probabilities of exceedance with what was measured.

    Parameters
    ----------
    observed : array_like, shape (n,)
        Measured concentrations.
    prediction : Prediction
        Of the left-out samples, on the transformed scale.
    transform : Transform
        g.
    threshold : float
        The guideline value T.

    Returns
    -------
    ThresholdFigures
        Brier score, area under the curve and reliability.

    Raises
    ------
    NoProbabilityError
        Where the method has no uncertainty.

    Examples
    --------
    >>> from spatial.interpolation.transforms import get_transform
    >>> two = np.array([1.0, 3.0])
    >>> figures = threshold_figures(
    ...     two, Prediction(two, np.ones(2), np.zeros(2)), get_transform("none"), 2.0
    ... )
    >>> round(figures.brier, 4), figures.auc
    (0.0252, 1.0)
    """
    if np.isnan(prediction.sigma).any():
        raise NoProbabilityError(
            "This method has no uncertainty, so its probabilities cannot be scored."
        )
    probability = exceedance_probability(
        prediction.location, prediction.sigma, threshold, transform
    )
    return probability_figures(np.asarray(observed, np.float64) > threshold, probability, threshold)


def probability_figures(
    is_above: BoolArray, probability: FloatArray, threshold: float
) -> ThresholdFigures:
    """
    Compare probabilities with outcomes.

    Parameters
    ----------
    is_above : ndarray of bool, shape (n,)
        Whether each sample exceeds the threshold.
    probability : ndarray, shape (n,)
        What was predicted, 0 to 1.
    threshold : float
        The guideline value, for the record.

    Returns
    -------
    ThresholdFigures
        Brier (1950) score, area under the receiver operating characteristic by the rank sum of Mann
        and Whitney, and reliability.

    Raises
    ------
    InvalidRequestError
        Where a probability is missing.

    Examples
    --------
    >>> probability_figures(np.array([True, False]), np.array([0.8, 0.4]), 5.0).brier
    0.1
    """
    if np.isnan(probability).any() or not len(probability):
        raise InvalidRequestError("A left-out sample has no probability to be scored.")
    outcome = is_above.astype(np.float64)
    above, below = int(outcome.sum()), int(len(outcome) - outcome.sum())
    # Here and not above: importing it takes as long as a fifth of a process's start.
    from scipy.stats import rankdata

    ranks = rankdata(probability)
    auc = (
        float((ranks[is_above].sum() - above * (above + 1) / 2) / (above * below))
        if above and below
        else None
    )
    return ThresholdFigures(
        threshold=float(threshold),
        count=len(outcome),
        exceeding=above,
        brier=float(np.mean((probability - outcome) ** 2)),
        auc=auc,
        reliability=_reliability(outcome, probability),
    )


def _reliability(outcome: FloatArray, probability: FloatArray) -> tuple[ReliabilityClass, ...]:
    """
    Sort probabilities into classes.

    Parameters
    ----------
    outcome : ndarray, shape (n,)
        1 above the threshold, else 0.
    probability : ndarray, shape (n,)
        What was predicted.

    Returns
    -------
    tuple of ReliabilityClass
        From 0 to 1, each closed below; the last is closed above too.
    """
    edges = np.linspace(0.0, 1.0, RELIABILITY_CLASSES + 1)
    number = np.clip(np.searchsorted(edges, probability, "right") - 1, 0, RELIABILITY_CLASSES - 1)
    classes = []
    for k in range(RELIABILITY_CLASSES):
        inside = number == k
        count = int(np.count_nonzero(inside))
        classes.append(
            ReliabilityClass(
                lower=float(edges[k].round(12)),
                upper=float(edges[k + 1].round(12)),
                count=count,
                mean_probability=float(probability[inside].mean()) if count else None,
                observed_share=float(outcome[inside].mean()) if count else None,
            )
        )
    return tuple(classes)
