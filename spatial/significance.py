"""False discoveries among many tests, and probabilities counted over permutations."""

import numpy as np
from numpy.typing import ArrayLike

from spatial.arrays import BoolArray, FloatArray
from spatial.errors import InvalidRequestError


def adjusted_p_values(p_values: ArrayLike) -> FloatArray:
    """
    Return Benjamini and Hochberg's adjusted p-values (q-values).

    Parameters
    ----------
    p_values : array_like, shape (n,)
        One per test, between 0 and 1.

    Returns
    -------
    ndarray, shape (n,)
        The smallest false-discovery rate at which each test is a discovery.

    Raises
    ------
    InvalidRequestError
        Where a p-value is none.

    Notes
    -----
    q_(i) = min over j >= i of n p_(j) / j (Benjamini & Hochberg 1995). Valid for independent tests
    and for tests that depend positively on each other (Benjamini & Yekutieli 2001).

    Examples
    --------
    >>> adjusted_p_values([0.01, 0.04, 0.03, 0.5]).round(4)
    array([0.04  , 0.0533, 0.0533, 0.5   ])
    """
    p = np.asarray(p_values, np.float64)
    if not np.all((p >= 0.0) & (p <= 1.0)):
        raise InvalidRequestError("A p-value lies between 0 and 1.")
    order = np.argsort(p, kind="stable")
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum.accumulate(scaled[::-1])[::-1]
    return adjusted


def discoveries(p_values: ArrayLike, rate: float) -> BoolArray:
    """
    Tell which tests are discoveries at a false-discovery rate.

    Parameters
    ----------
    p_values : array_like, shape (n,)
        One per test.
    rate : float
        The rate that is accepted, between 0 and 1.

    Returns
    -------
    ndarray of bool, shape (n,)
        True for discoveries.

    Raises
    ------
    InvalidRequestError
        Where the rate is none.

    Examples
    --------
    >>> discoveries([0.01, 0.04, 0.03, 0.5], 0.05).tolist()
    [True, False, False, False]
    """
    if not 0.0 < rate < 1.0:
        raise InvalidRequestError(f"A false-discovery rate lies between 0 and 1; got {rate}.")
    return np.asarray(adjusted_p_values(p_values) <= rate)


def counted_p_values(as_extreme: ArrayLike, permutations: int) -> FloatArray:
    """
    Return p-values from how many permutations were as extreme as what was seen.

    Parameters
    ----------
    as_extreme : array_like of int, shape (n,)
        How many were.
    permutations : int
        Of how many.

    Returns
    -------
    ndarray, shape (n,)
        (count + 1) / (permutations + 1): what was seen counts as one of them (Davison & Hinkley
        1997), so that no p-value is 0.

    Examples
    --------
    >>> counted_p_values([0, 99], 99)
    array([0.01, 1.  ])
    """
    return (np.asarray(as_extreme, np.float64) + 1.0) / (permutations + 1.0)


def fewest_permutations(tests: int, rate: float) -> int:
    """
    Return how many permutations let a single test be a discovery.

    Parameters
    ----------
    tests : int
        How many tests there are.
    rate : float
        The false-discovery rate.

    Returns
    -------
    int
        With fewer, several tests must share the smallest p-value before any is one.

    Examples
    --------
    >>> fewest_permutations(5000, 0.05)
    99999
    """
    return int(np.ceil(round(tests / rate, 9))) - 1
