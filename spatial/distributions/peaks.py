"""What is kept of many cells, so that the highest probability among them is known for any T."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from spatial.arrays import FloatArray
from spatial.distributions.contract import Quantity

# Where the legend's classes and those of hotspots begin: the highest probability of many cells is
# exact there, whatever the threshold.
PEAK_SHARES = (0.05, 0.2, 0.4, 0.5, 0.6, 0.8, 0.95)


def peak_band(share: float) -> str:
    """
    Return the name of the band that tells where a share is reached.

    Parameters
    ----------
    share : float
        A probability of exceedance.

    Returns
    -------
    str
        Of that share.

    Examples
    --------
    >>> peak_band(0.05)
    'peak_0.05'
    """
    return f"peak_{share:g}"


@dataclass(frozen=True, slots=True)
class Peaks:
    """
    How many cells become one that hides none of them.

    Parameters
    ----------
    bands : tuple of str
        Names of what is kept of a cell; of many cells the highest of each is kept.
    measures : Quantity
        What is kept of a cell: an array with the bands as its first axis.
    probability : callable
        Takes a threshold and gives the quantity, made of these bands, that is the highest
        probability among the cells.

    Notes
    -----
    P(z > T) ≥ p in a cell where its quantile of 1 - p lies at T or above. So the highest of the
    cells' quantiles of 1 - p tells for *every* T whether any of them reaches p: at the shares that
    are kept the answer is exact, and only what lies between two of them is interpolated.
    """

    bands: tuple[str, ...]
    measures: Quantity
    probability: Callable[[float], Quantity]


def between_shares(
    threshold: float, maxima: Sequence[FloatArray], scale: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """
    Return where a threshold lies among falling maxima, on the scale of their shares.

    Parameters
    ----------
    threshold : float
        T, on the scale of the maxima.
    maxima : sequence of ndarray
        For each share the highest quantile of 1 minus it, falling.
    scale : ndarray
        The shares as numbers between which a straight line is right.

    Returns
    -------
    tuple of ndarray
        The place on the scale, and whether anything is known. Beyond the ends the outermost line
        goes on; where the maxima do not fall there, infinite.

    Examples
    --------
    >>> maxima = [np.array([30.0]), np.array([20.0]), np.array([10.0])]
    >>> between_shares(25.0, maxima, np.array([0.1, 0.5, 0.9]))[0].round(3)
    array([0.3])
    """
    stack = np.stack([np.asarray(band, np.float64) for band in maxima])
    reached = np.zeros(stack.shape[1:], np.int64)
    for band in stack:
        reached += band >= threshold
    step = np.clip(reached - 1, 0, len(stack) - 2)
    # One flat index costs a third of one along an axis.
    size = step.size
    places = step * size + np.arange(size).reshape(step.shape)
    upper, lower = stack.ravel()[places], stack.ravel()[places + size]
    begin, end = scale[step], scale[step + 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        along = (upper - threshold) / (upper - lower)
        # A maximum just below T does not reach it, however near it lies.
        along = np.where(lower < threshold, np.minimum(along, 1.0 - 1e-6), along)
        place = begin + along * (end - begin)
    # Nothing between two equal maxima: all or none of it lies above.
    flat = np.where(upper >= threshold, np.inf, -np.inf)
    return np.where(upper == lower, flat, place), ~np.isnan(stack[0])


def gaussian_probability(threshold: float, maxima: Sequence[FloatArray]) -> FloatArray:
    """
    Return the highest probability of cells that are Gaussian on the scale of the maxima.

    Parameters
    ----------
    threshold : float
        T on that scale.
    maxima : sequence of ndarray
        For each of `PEAK_SHARES` the highest location - sigma z(share).

    Returns
    -------
    ndarray
        P, NaN where nothing is known. Of a single cell it is that cell's at every threshold.

    Notes
    -----
    (location - T)/sigma is a straight line in T for each cell, so the highest of many is convex:
    between two shares a straight line lies above it and hides nothing.

    Examples
    --------
    >>> maxima = [np.array([5.0 - 0.5 * scipy.special.ndtri(share)]) for share in PEAK_SHARES]
    >>> gaussian_probability(5.5, maxima).round(6), scipy.special.ndtr(-1.0).round(6)
    (array([0.158655]), np.float64(0.158655))
    """
    place, is_known = between_shares(threshold, maxima, scipy.special.ndtri(np.array(PEAK_SHARES)))
    return np.where(is_known, scipy.special.ndtr(place), np.nan)


def counted_probability(threshold: float, maxima: Sequence[FloatArray]) -> FloatArray:
    """
    Return the highest share of realisations above a threshold.

    Parameters
    ----------
    threshold : float
        T in the concentration's unit.
    maxima : sequence of ndarray
        For each of `PEAK_SHARES` the highest value that so many realisations reach.

    Returns
    -------
    ndarray
        P, NaN where nothing is known; never on the wrong side of a share.

    Examples
    --------
    >>> maxima = [np.array([value]) for value in (9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0)]
    >>> counted_probability(7.5, maxima), counted_probability(99.0, maxima)
    (array([0.3]), array([0.]))
    """
    place, is_known = between_shares(threshold, maxima, np.array(PEAK_SHARES))
    return np.where(is_known, np.clip(place, 0.0, 1.0), np.nan)
