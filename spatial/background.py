"""Local background of a contaminant: the concentration above which a value is unusual there."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spatial.arrays import BoolArray, FloatArray
from spatial.errors import CensoredValuesError, TooFewPlacesError, UnknownNameError
from spatial.interpolation.censoring import kaplan_meier
from spatial.interpolation.censoring.contract import CensoredValues, as_censored

# Below this many values the quantile is hardly more than the largest one.
LEAST_COUNTS = {"mad": 10, "p90": 10, "p95": 20}
# Makes the median absolute deviation of a normal distribution its standard deviation.
MAD_TO_SIGMA = 1.4826
DEVIATIONS = 2.0


@dataclass(frozen=True, slots=True)
class Background:
    """
    An upper limit of the background, and what it rests on.

    Parameters
    ----------
    method : str
        "mad", "p90" or "p95".
    value : float
        In the unit of the values.
    count : int
        How many values.
    censored_count : int
        How many of them lie below a detection limit.
    label : str
        How it was worked out, for people.
    """

    method: str
    value: float
    count: int
    censored_count: int
    label: str


def background(values: ArrayLike, is_censored: ArrayLike, method: str) -> Background:
    """
    Return the upper limit of the background that values of a reference area show.

    Parameters
    ----------
    values : array_like, shape (n,)
        Concentrations; for a result below its detection limit the limit.
    is_censored : array_like of bool, shape (n,)
        Which are limits.
    method : str
        "mad": exp(median + 2 · 1.4826 MAD) of ln values; "p90" or "p95": that quantile.

    Returns
    -------
    Background
        With counts and a label.

    Raises
    ------
    UnknownNameError
        Where there is no such method.
    TooFewPlacesError
        Where there are fewer values than the method needs.
    CensoredValuesError
        Where what is asked for lies below the detection limits, or depends on what does.
    InvalidValuesError, TransformDomainError, ConstantValuesError
        Where the values cannot be summarised.

    Notes
    -----
    Reimann, Filzmoser & Garrett (2005), Background and threshold: critical comparison of methods of
    determination, Sci. Total Environ. 346, 1-16. Quantiles are those of the Kaplan–Meier estimate.
    A censored value counts as it is known: below its limit, so that its deviation from a higher
    median is at least their difference. Where the median of the deviations depends on how much
    more it is, the method refuses; no limit is halved and none is drawn.

    Examples
    --------
    >>> import numpy as np
    >>> values = np.exp(np.arange(-5.0, 6.0))
    >>> found = background(values, np.zeros(11, dtype=bool), "mad")
    >>> bool(np.isclose(np.log(found.value), 0.0 + 2 * 1.4826 * 3.0))
    True
    """
    if method not in LEAST_COUNTS:
        raise UnknownNameError(
            f"There is no background {method!r}. There are: {', '.join(LEAST_COUNTS)}."
        )
    count = int(np.size(values))
    if count < LEAST_COUNTS[method]:
        raise TooFewPlacesError(
            f"The background {method} needs {LEAST_COUNTS[method]} results or more; the reference "
            f"area has {count}. Choose a larger one."
        )
    data = as_censored(values, is_censored)
    quantiles = kaplan_meier.summarise(data).quantiles
    if method == "mad":
        value = _median_and_deviations(data, _known(quantiles["0.50"], "median", data))
        label = "exp(median + 2 × 1.4826 MAD) of ln values"
    else:
        share = f"0.{method[1:]}"
        value = _known(quantiles[share], f"{method[1:]}th percentile", data)
        label = f"{method[1:]}th percentile (Kaplan–Meier)"
    return Background(method, value, count, len(data.limits), label)


def _known(quantile: float | None, name: str, data: CensoredValues) -> float:
    """
    Return a quantile, or refuse.

    Parameters
    ----------
    quantile : float or None
        None where it is not known.
    name : str
        What it is called.
    data : CensoredValues
        The values.

    Returns
    -------
    float
        The quantile.

    Raises
    ------
    CensoredValuesError
        Where it lies below the detection limits.
    """
    if quantile is None:
        share = len(data.limits) / len(data.values)
        raise CensoredValuesError(
            f"The {name} lies below the detection limits: {share:.0%} of the "
            f"{len(data.values)} results do. Choose a higher percentile, another reference area, "
            "or state a threshold."
        )
    return quantile


def _median_and_deviations(data: CensoredValues, median: float) -> float:
    """
    Return exp(median + 2 · 1.4826 MAD) of ln values.

    Parameters
    ----------
    data : CensoredValues
        The values.
    median : float
        Their median.

    Returns
    -------
    float
        In the unit of the values.

    Raises
    ------
    CensoredValuesError
        Where the deviation depends on what lies below the limits.
    """
    logs, centre = np.log(data.values), float(np.log(median))
    spread = np.abs(logs - centre)
    least = _median_deviation(np.maximum(centre - logs, 0.0), spread, data.is_censored)
    most = _median_deviation(np.full(len(logs), np.inf), spread, data.is_censored)
    if not np.isclose(least, most, rtol=1e-9, atol=0.0):
        raise CensoredValuesError(
            f"The median deviation depends on the {len(data.limits)} of {len(data.values)} results "
            "below their detection limits. Choose the 90th or 95th percentile, another reference "
            "area, or state a threshold."
        )
    if least == 0.0:
        raise CensoredValuesError(
            "Half of the results are the same, so that the median deviation is 0. Choose the 90th "
            "or 95th percentile, or state a threshold."
        )
    return float(np.exp(centre + DEVIATIONS * MAD_TO_SIGMA * least))


def _median_deviation(hidden: FloatArray, seen: FloatArray, is_censored: BoolArray) -> float:
    """
    Return the median of deviations, with a bound in place of each that is not known.

    Parameters
    ----------
    hidden : ndarray, shape (n,)
        Bounds.
    seen : ndarray, shape (n,)
        Deviations.
    is_censored : ndarray of bool, shape (n,)
        Where the bound counts.

    Returns
    -------
    float
        The median; infinite where half of the bounds are.
    """
    return float(np.median(np.where(is_censored, hidden, seen)))
