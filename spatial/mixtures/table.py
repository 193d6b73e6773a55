"""Results of several contaminants side by side: one value per place and contaminant."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from spatial.arrays import BoolArray, FloatArray, IntArray


class Table(NamedTuple):
    """
    One value per row and contaminant.

    Parameters
    ----------
    values : ndarray, shape (n, m)
        The mean of the results there, half the limit for those below it; where all lie below
        theirs, the largest of these limits; NaN where there is none.
    is_censored : ndarray of bool, shape (n, m)
        Where all results lie below their limits.
    """

    values: FloatArray
    is_censored: BoolArray

    @property
    def halved(self) -> FloatArray:
        """Values with half the limit where all results lie below theirs."""
        return np.where(self.is_censored, 0.5 * self.values, self.values)


def tabulate(
    rows: Sequence[IntArray],
    values: Sequence[FloatArray],
    is_censored: Sequence[BoolArray],
    count: int,
) -> Table:
    """
    Put results side by side.

    Parameters
    ----------
    rows : sequence of ndarray of int64, length m
        For each contaminant the row (sample or place) of each of its results.
    values : sequence of ndarray, length m
        The results; of one below its detection limit, the limit.
    is_censored : sequence of ndarray of bool, length m
        Which are limits.
    count : int
        How many rows there are.

    Returns
    -------
    Table
        One column per contaminant.

    Examples
    --------
    >>> row, value = np.array([0, 0, 2]), np.array([4.0, 2.0, 9.0])
    >>> table = tabulate([row], [value], [np.array([False, True, True])], 3)
    >>> table.values.ravel(), table.is_censored.ravel()
    (array([2.5, nan, 9. ]), array([False, False,  True]))
    """
    found = np.full((count, len(rows)), np.nan)
    silent = np.zeros(found.shape, np.bool_)
    for j, (row, numbers, censored) in enumerate(zip(rows, values, is_censored, strict=True)):
        results = np.bincount(row, minlength=count)
        halved = np.where(censored, 0.5 * numbers, numbers)
        has_any = results > 0
        sums = np.bincount(row, weights=halved, minlength=count)
        found[has_any, j] = sums[has_any] / results[has_any]
        silent[:, j] = has_any & (np.bincount(row[~censored], minlength=count) == 0)
        limits = np.zeros(count)
        np.maximum.at(limits, row, numbers)
        found[silent[:, j], j] = limits[silent[:, j]]
    return Table(found, silent)
