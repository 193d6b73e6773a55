"""Regression on order statistics (ROS)."""

import numpy as np
import scipy

from spatial.arrays import FloatArray
from spatial.interpolation.censoring.contract import (
    PROBABILITIES,
    CensoredSummary,
    CensoredValues,
    named_quantiles,
)


def plotting_positions(data: CensoredValues) -> FloatArray:
    """
    Return the plotting positions of values with one or several detection limits.

    Parameters
    ----------
    data : CensoredValues
        The values.

    Returns
    -------
    ndarray, shape (n,)
        The estimated share of values below each; for a censored one a share below its limit.

    Notes
    -----
    Helsel & Cohn (1988), after Hirsch & Stedinger (1987). With limits l_1 < … < l_m, A_j measured
    values in [l_j, l_j+1) and B_j values known to be below l_j, the share above l_j is
    p_j = p_j+1 + A_j/(A_j + B_j) (1 − p_j+1), p_m+1 = 0. Within each interval positions are of the
    Weibull type. A measured value equal to a limit counts as above it, and only there.

    Examples
    --------
    >>> data = CensoredValues(np.array([1.0, 2.0, 3.0]), np.array([True, False, False]))
    >>> plotting_positions(data).round(3)
    array([0.167, 0.556, 0.778])
    """
    limits = np.unique(data.limits)
    if not len(limits) or data.detected[0] < limits[0]:
        limits = np.concatenate([[-np.inf], limits])
    interval = np.searchsorted(limits, data.values, side="right") - 1
    above = np.bincount(interval[~data.is_censored], minlength=len(limits))
    below = np.array(
        [
            np.count_nonzero(data.limits <= limit) + np.count_nonzero(data.detected < limit)
            for limit in limits
        ]
    )
    exceeds = np.zeros(len(limits) + 1)
    for j in range(len(limits) - 1, -1, -1):
        share = above[j] / (above[j] + below[j]) if above[j] else 0.0
        exceeds[j] = exceeds[j + 1] + share * (1.0 - exceeds[j + 1])
    positions = np.empty(len(data.values))
    for j in range(len(limits)):
        measured = np.flatnonzero((interval == j) & ~data.is_censored)
        ranks = np.arange(1, len(measured) + 1) / (len(measured) + 1)
        positions[measured] = 1.0 - exceeds[j] + (exceeds[j] - exceeds[j + 1]) * ranks
        hidden = np.flatnonzero((interval == j) & data.is_censored)
        ranks = np.arange(1, len(hidden) + 1) / (len(hidden) + 1)
        positions[hidden] = (1.0 - exceeds[j]) * ranks
    return positions


def filled_in(data: CensoredValues) -> FloatArray:
    """
    Put values from a line through the measured ones in place of the limits.

    Parameters
    ----------
    data : CensoredValues
        The values.

    Returns
    -------
    ndarray, shape (n,)
        In the order of the data; measured values as they are.

    Examples
    --------
    >>> data = CensoredValues(np.array([1.0, 2.0, 4.0]), np.array([True, False, False]))
    >>> filled_in(data).round(2)
    array([0.59, 2.  , 4.  ])
    """
    scores = scipy.special.ndtri(plotting_positions(data))
    is_seen = ~data.is_censored
    slope, level = np.polyfit(scores[is_seen], np.log(data.detected), 1)
    filled = data.values.copy()
    filled[data.is_censored] = np.exp(level + slope * scores[data.is_censored])
    return filled


def summarise(data: CensoredValues) -> CensoredSummary:
    """
    Fill in censored values from a line through the measured ones, and summarise all.

    Parameters
    ----------
    data : CensoredValues
        The values.

    Returns
    -------
    CensoredSummary
        Measured values count as they are; only the censored ones follow the lognormal line.

    Notes
    -----
    Helsel & Cohn (1988): ln of the measured values is regressed on normal quantiles of their
    plotting positions. Quantiles of the filled-in values are interpolated (type 7 of Hyndman & Fan
    1996, the default of numpy and R).

    Examples
    --------
    >>> data = CensoredValues(np.array([1.0, 2.0, 4.0]), np.array([True, False, False]))
    >>> round(summarise(data).mean, 3)
    2.195
    """
    filled = filled_in(data)
    return CensoredSummary(
        method="ros",
        label="regression on order statistics, lognormal below the limits",
        count=len(filled),
        censored_count=len(data.limits),
        mean=float(filled.mean()),
        sd=float(filled.std(ddof=1)),
        median=float(np.median(filled)),
        quantiles=named_quantiles(np.quantile(filled, PROBABILITIES)),
    )
