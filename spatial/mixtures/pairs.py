"""How often contaminants exceed their guideline values at the same places."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

from spatial.arrays import BoolArray, FloatArray, IntArray
from spatial.errors import InvalidRequestError, InvalidValuesError
from spatial.significance import adjusted_p_values

FlagArray = NDArray[np.int8]
EXCEEDS, BELOW, UNKNOWN = 1, 0, -1
# Tables as likely as the one seen count as such in spite of rounding, as in R's fisher.test.
_AS_LIKELY = 1.0 + 1e-7


@dataclass(frozen=True, slots=True)
class Pair:
    """
    Two contaminants at the places where both could be decided.

    Parameters
    ----------
    first, second : str
        The contaminants.
    both, first_only, second_only, neither : int
        At how many places they exceed their guideline values.
    p_value : float
        Fisher's exact test of independence, two-sided.
    q_value : float
        The smallest false-discovery rate, over all pairs, at which this one is a discovery.
    """

    first: str
    second: str
    both: int
    first_only: int
    second_only: int
    neither: int
    p_value: float
    q_value: float

    @property
    def places(self) -> int:
        """How many places could be decided for both."""
        return self.both + self.first_only + self.second_only + self.neither

    @property
    def jaccard(self) -> float | None:
        """Places of both as a share of those of either; None where neither ever exceeds."""
        either = self.both + self.first_only + self.second_only
        return self.both / either if either else None

    @property
    def lift(self) -> float | None:
        """How many times more often together than if independent; None where one never exceeds."""
        alone = (self.both + self.first_only) * (self.both + self.second_only)
        return self.places * self.both / alone if alone else None

    @property
    def log_odds_ratio(self) -> float:
        """The logarithm of the odds ratio with half a place added to each count."""
        together = (self.both + 0.5) * (self.neither + 0.5)
        apart = (self.first_only + 0.5) * (self.second_only + 0.5)
        return float(np.log(together / apart))


def exceedance_flags(values: ArrayLike, is_censored: ArrayLike, threshold: float) -> FlagArray:
    """
    Tell which results exceed a guideline value, and which cannot tell.

    Parameters
    ----------
    values : array_like
        Concentrations; of a result below its detection limit, the limit; NaN where not measured.
    is_censored : array_like of bool
        Which are limits; of the same shape.
    threshold : float
        The guideline value T, in the same unit.

    Returns
    -------
    ndarray of int8
        1 above T; 0 not above it; -1 not measured, or below a limit that is itself above T.

    Raises
    ------
    InvalidRequestError
        Where T is not positive.
    InvalidValuesError
        Where the shapes differ.

    Examples
    --------
    >>> exceedance_flags([5.0, 5.0, 1.0, np.nan], [False, True, True, False], 3.0).tolist()
    [1, -1, 0, -1]
    """
    if not (np.isfinite(threshold) and threshold > 0.0):
        raise InvalidRequestError(f"A threshold is a positive number; got {threshold}.")
    numbers = np.asarray(values, np.float64)
    censored = np.asarray(is_censored, np.bool_)
    if numbers.shape != censored.shape:
        raise InvalidValuesError("There must be one sign of censoring per value.")
    above = numbers > threshold
    flags = above.astype(np.int8)
    flags[np.isnan(numbers) | (above & censored)] = UNKNOWN
    return flags


def compare_pairs(names: Sequence[str], flags: ArrayLike) -> tuple[Pair, ...]:
    """
    Compare every two contaminants over the places where both could be decided.

    Parameters
    ----------
    names : sequence of str, length m
        The contaminants.
    flags : array_like of int, shape (n, m)
        By place: 1 exceeds, 0 does not, -1 unknown (`exceedance_flags`).

    Returns
    -------
    tuple of Pair
        m (m - 1) / 2 of them, in the order of the names.

    Raises
    ------
    InvalidRequestError
        Where a name comes twice, or there are fewer than two.
    InvalidValuesError
        Where the flags have another shape or other values.

    Notes
    -----
    Places near each other are not independent: with autocorrelated values p is too small. It
    ranks pairs; it proves no common source.

    Examples
    --------
    >>> pair, = compare_pairs(["As", "Pb"], [[1, 1], [1, 1], [1, 0], [0, 0], [0, 0], [1, -1]])
    >>> pair.both, pair.places, round(pair.jaccard, 3), round(pair.lift, 3)
    (2, 5, 0.667, 1.667)
    >>> round(pair.p_value, 3)
    0.4
    """
    if len(names) < 2 or len(set(names)) < len(names):
        raise InvalidRequestError("A comparison needs at least two different contaminants.")
    table = np.asarray(flags)
    if table.ndim != 2 or table.shape[1] != len(names):
        raise InvalidValuesError(
            f"There must be one flag per place and contaminant; got an array of shape "
            f"{table.shape} for {len(names)} contaminants."
        )
    if not np.isin(table, (EXCEEDS, BELOW, UNKNOWN)).all():
        raise InvalidValuesError("A flag is 1 (exceeds), 0 (does not) or -1 (unknown).")
    exceeds, below = (table == EXCEEDS).astype(np.float64), (table == BELOW).astype(np.float64)
    both, first_only = exceeds.T @ exceeds, exceeds.T @ below
    neither = below.T @ below
    at = list(combinations(range(len(names)), 2))
    counts = [
        (int(both[i, j]), int(first_only[i, j]), int(first_only[j, i]), int(neither[i, j]))
        for i, j in at
    ]
    p_values = [fisher_p_value(*count) for count in counts]
    q_values = adjusted_p_values(p_values)
    return tuple(
        Pair(names[i], names[j], *count, p, float(q))
        for (i, j), count, p, q in zip(at, counts, p_values, q_values, strict=True)
    )


def fisher_p_value(both: int, first_only: int, second_only: int, neither: int) -> float:
    """
    Return the two-sided p-value of Fisher's exact test.

    Parameters
    ----------
    both, first_only, second_only, neither : int
        The table of counts.

    Returns
    -------
    float
        The probability, given the margins, of a table no likelier than this one.

    Examples
    --------
    Fisher's lady tasting tea, who told three of four cups:

    >>> round(fisher_p_value(3, 1, 1, 3), 4)
    0.4857
    """
    first, second = both + first_only, both + second_only
    places = first + second_only + neither
    possible = np.arange(max(0, first + second - places), min(first, second) + 1)
    ln = -(
        gammaln(possible + 1)
        + gammaln(first - possible + 1)
        + gammaln(second - possible + 1)
        + gammaln(places - first - second + possible + 1)
    )
    chances = np.exp(ln - ln.max())
    seen = chances[both - possible[0]]
    return float(min(1.0, chances[chances <= seen * _AS_LIKELY].sum() / chances.sum()))


def kendall_tau_b(
    first: ArrayLike,
    second: ArrayLike,
    first_is_censored: ArrayLike,
    second_is_censored: ArrayLike,
) -> float | None:
    """
    Return Kendall's tau-b of two contaminants with results below detection limits.

    Parameters
    ----------
    first, second : array_like, shape (n,)
        Values, or limits where censored, at the same places.
    first_is_censored, second_is_censored : array_like of bool, shape (n,)
        Which are limits.

    Returns
    -------
    float or None
        Between -1 and 1; None where no two results of one of them can be put in order.

    Raises
    ------
    InvalidValuesError
        Where shapes differ or a value is missing.

    Notes
    -----
    Two results are in order where it is certain: a value is above another that is smaller, and
    above a limit it reaches; all else is a tie. tau-b = (C - D) / sqrt(K_1 K_2), C and D the
    concordant and discordant pairs, K the pairs in order (Helsel 2012, chapter 12; Brown,
    Hollander & Korwar 1974). Time grows with n log^2 n.

    Examples
    --------
    >>> nothing = [False] * 4
    >>> round(kendall_tau_b([1, 2, 3, 4], [1, 3, 2, 4], nothing, nothing), 4)
    0.6667
    >>> kendall_tau_b([1, 1, 1, 1], [1, 3, 2, 4], nothing, nothing) is None
    True
    """
    x, y = np.asarray(first, np.float64), np.asarray(second, np.float64)
    x_is, y_is = (
        np.asarray(first_is_censored, np.bool_),
        np.asarray(second_is_censored, np.bool_),
    )
    if x.ndim != 1 or not x.shape == y.shape == x_is.shape == y_is.shape:
        raise InvalidValuesError("Both contaminants need one value and one sign per place.")
    if np.isnan(x).any() or np.isnan(y).any():
        raise InvalidValuesError("Kendall's tau takes only places where both were measured.")
    low_x, high_x = _bounds(x, x_is)
    low_y, high_y = _bounds(y, y_is)
    ordered = float(_certain_pairs(low_x, high_x)) * float(_certain_pairs(low_y, high_y))
    if ordered == 0.0:
        return None
    concordant = _dominations(low_x, low_y, high_x, high_y)
    discordant = _dominations(low_x, -high_y, high_x, -low_y)
    return float((concordant - discordant) / np.sqrt(ordered))


def _bounds(values: FloatArray, is_censored: BoolArray) -> tuple[IntArray, IntArray]:
    """
    Rank results with what is certain of those below limits.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Values, or limits.
    is_censored : ndarray of bool, shape (n,)
        Which are limits.

    Returns
    -------
    tuple of ndarray of int64
        Numbers low and high such that result i is certainly above j where low[i] > high[j].
    """
    rank = 2 * np.unique(values, return_inverse=True)[1].ravel().astype(np.int64)
    # A value reaches a limit it equals, and a limit reaches nothing.
    return np.where(is_censored, -2, rank), np.where(is_censored, rank - 1, rank)


def _certain_pairs(low: IntArray, high: IntArray) -> int:
    """
    Count the pairs whose order is certain.

    Parameters
    ----------
    low : ndarray of int64, shape (n,)
        Of `_bounds`.
    high : ndarray of int64, shape (n,)
        Of `_bounds`.

    Returns
    -------
    int
        How many.
    """
    return int(np.searchsorted(np.sort(high), low, side="left").sum())


def _dominations(upper_x: IntArray, upper_y: IntArray, lower_x: IntArray, lower_y: IntArray) -> int:
    """
    Count the pairs (i, j) with upper_x[i] > lower_x[j] and upper_y[i] > lower_y[j].

    All 2 n points are put in order of x, where i must come after j, and merged in twos, fours and
    so on: in each merge the points j of the left half below each i of the right half are counted.

    Parameters
    ----------
    upper_x : ndarray of int64, shape (n,)
        First numbers of the points i.
    upper_y : ndarray of int64, shape (n,)
        Their second numbers.
    lower_x : ndarray of int64, shape (n,)
        First numbers of the points j.
    lower_y : ndarray of int64, shape (n,)
        Their second numbers.

    Returns
    -------
    int
        How many.
    """
    count = len(upper_x)
    is_lower = np.arange(2 * count) >= count
    # At equal numbers the upper comes first, so that only what is truly below is before it.
    by_x = np.lexsort((is_lower, np.concatenate((upper_x, lower_x))))
    by_y = np.lexsort((is_lower, np.concatenate((upper_y, lower_y))))
    position = np.empty(2 * count, np.int64)
    position[by_x] = np.arange(2 * count)
    position, is_lower = position[by_y], is_lower[by_y]
    total = 0
    for level in range((2 * count - 1).bit_length()):
        merged = position >> (level + 1)
        order = np.argsort(merged, kind="stable")
        is_right = (position[order] >> level & 1).astype(np.bool_)
        lower = is_lower[order]
        left_before = np.cumsum(lower & ~is_right)
        asks = is_right & ~lower
        # What earlier merges hold: each is full, so that it starts at a known place.
        start = merged[order][asks] << (level + 1)
        total += int((left_before[asks] - np.append(0, left_before)[start]).sum())
    return total
