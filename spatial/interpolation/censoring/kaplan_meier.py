"""The Kaplan–Meier estimate, for values known to lie below limits."""

import numpy as np

from spatial.arrays import FloatArray
from spatial.interpolation.censoring.contract import (
    PROBABILITIES,
    CensoredSummary,
    CensoredValues,
    named_quantiles,
)


def distribution(data: CensoredValues) -> tuple[FloatArray, FloatArray]:
    """
    Return the product-limit distribution.

    Parameters
    ----------
    data : CensoredValues
        The values.

    Returns
    -------
    tuple of ndarray
        Distinct measured values, increasing; and the share of all values at or below each.

    Notes
    -----
    Kaplan & Meier (1958) with the values turned round, as in Helsel (2012), chapter 6: going down,
    each measured value x takes the share d/n of what is left, with d measured values at x and n
    values that may lie at x or below, those censored at x among them.

    Examples
    --------
    >>> data = CensoredValues(np.array([1.0, 2.0, 2.0, 3.0]), np.array([False, True, False, False]))
    >>> distribution(data)[1].tolist()
    [0.5, 0.75, 1.0]
    """
    places, measured = np.unique(data.detected, return_counts=True)
    left = np.searchsorted(data.values, places, side="right")
    steps = (1.0 - measured / left)[::-1]
    below = np.cumprod(steps)[::-1]
    return places, np.concatenate([below[1:], [1.0]])


def summarise(data: CensoredValues) -> CensoredSummary:
    """
    Summarise the product-limit distribution.

    Parameters
    ----------
    data : CensoredValues
        The values.

    Returns
    -------
    CensoredSummary
        The share that is only known to lie below the smallest measured value is put at the smallest
        value or limit of all (Efron's convention): where it is large, mean and sd are upper and
        lower bounds more than estimates, and quantiles in it are None.

    Notes
    -----
    A quantile is the smallest value with at least that share at or below it; halfway to the next
    where the share is met exactly. The standard deviation is that of the distribution times
    √(n/(n − 1)), so that it is the usual one where nothing is censored.

    Examples
    --------
    >>> data = CensoredValues(np.array([1.0, 2.0, 4.0]), np.array([True, False, False]))
    >>> round(summarise(data).mean, 3), summarise(data).quantiles["0.05"]
    (2.333, None)
    """
    places, upto = distribution(data)
    count, share = len(data.values), np.diff(upto, prepend=0.0)
    # What lies at or below the smallest measured value holds its own step and what is below it.
    left = np.searchsorted(data.values, places[0], side="right")
    own = np.count_nonzero(data.detected == places[0]) / left
    hidden = float(share[0] * (1.0 - own))
    at = np.concatenate([[data.values[0]], places])
    share = np.concatenate([[hidden], share - np.eye(1, len(share))[0] * hidden])
    mean = float(np.sum(share * at))
    variance = float(np.sum(share * (at - mean) ** 2)) * count / (count - 1)
    quantiles = np.array([_quantile(places, upto, hidden, p) for p in PROBABILITIES])
    named = named_quantiles(quantiles)
    return CensoredSummary(
        method="kaplan_meier",
        label="Kaplan–Meier; what is below every measured value counts as the smallest limit",
        count=count,
        censored_count=len(data.limits),
        mean=mean,
        sd=float(np.sqrt(variance)),
        median=named["0.50"],
        quantiles=named,
    )


def _quantile(places: FloatArray, upto: FloatArray, hidden: float, probability: float) -> float:
    """
    Return a quantile of the product-limit distribution.

    Parameters
    ----------
    places : ndarray, shape (k,)
        Distinct measured values.
    upto : ndarray, shape (k,)
        The share of all values at or below each.
    hidden : float
        The share below all of them.
    probability : float
        Between 0 and 1.

    Returns
    -------
    float
        NaN where it lies below every measured value.
    """
    if probability < hidden - 1e-12:
        return float("nan")
    rank = int(np.searchsorted(upto, probability - 1e-12))
    is_exact = abs(upto[rank] - probability) <= 1e-12 and rank + 1 < len(places)
    return float(0.5 * (places[rank] + places[rank + 1]) if is_exact else places[rank])
