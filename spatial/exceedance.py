"""The probability that a concentration lies above a guideline value."""

import math

import numpy as np
import scipy
from numpy.typing import ArrayLike

from spatial.arrays import FloatArray
from spatial.errors import InvalidRequestError
from spatial.interpolation.transforms import Transform, get_transform


def check_threshold(threshold: float) -> None:
    """
    Refuse a threshold that is not a finite number.

    Parameters
    ----------
    threshold : float
        The guideline value T.

    Raises
    ------
    InvalidRequestError
        Where it is not.
    """
    if not math.isfinite(threshold):
        raise InvalidRequestError(f"A threshold must be a finite number; got {threshold}.")


def exceedance_probability(
    location: ArrayLike, sigma: ArrayLike, threshold: float, transform: Transform | str
) -> FloatArray:
    """
    Return P(concentration > threshold) of a distribution that is Gaussian in g.

    Parameters
    ----------
    location : array_like
        Location of the distribution on the transformed scale, NaN where missing.
    sigma : array_like
        Its standard deviation on the transformed scale; 0 where the value is known.
    threshold : float
        The guideline value T, in the unit of the concentration (mg/kg).
    transform : Transform or str
        The transform g, or its name.

    Returns
    -------
    ndarray
        1 - Phi((g(T) - location) / sigma), NaN where missing.

    Raises
    ------
    InvalidRequestError
        Where the threshold is not a number.

    Notes
    -----
    A threshold below everything the transform can give (zero or less under ln) is exceeded with
    certainty. Where sigma is 0 the probability is 1 or 0.

    Examples
    --------
    >>> exceedance_probability([5.0, 5.0], [0.5, 0.0], float(np.exp(5.0)), "ln").round(3)
    array([0.5, 0. ])
    >>> exceedance_probability([5.0], [0.5], 0.0, "ln")
    array([1.])
    """
    check_threshold(threshold)
    g = get_transform(transform) if isinstance(transform, str) else transform
    middle, spread = np.asarray(location, np.float64), np.asarray(sigma, np.float64)
    limit = g.forward_threshold(threshold)
    with np.errstate(divide="ignore", invalid="ignore"):
        # (location - g) / sigma in place of 1 - Phi(...) keeps small probabilities exact.
        probability = np.asarray(scipy.special.ndtr((middle - limit) / spread))
    is_certain = spread == 0.0
    if np.any(is_certain):
        known = np.where(np.isnan(middle), np.nan, middle > limit)
        probability = np.where(is_certain, known, probability)
    return probability
