"""How often whole groups of contaminants exceed their guideline values at the same places."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spatial.arrays import IntArray
from spatial.errors import InvalidRequestError, InvalidValuesError
from spatial.mixtures.pairs import EXCEEDS, UNKNOWN

# Every group is counted: 4,096 of twelve contaminants.
MOST_IN_GROUPS = 12


@dataclass(frozen=True, slots=True)
class Group:
    """
    Two or more contaminants that exceed at one place at least.

    Parameters
    ----------
    contaminants : tuple of str
        In the order in which they were named.
    places : int
        At how many places all of them could be decided.
    together : int
        At how many of these all exceed, whatever others do.
    alone : int
        At how many of these they exceed and no other contaminant is known to.
    """

    contaminants: tuple[str, ...]
    places: int
    together: int
    alone: int

    @property
    def share(self) -> float:
        """Places where all exceed, as a share of those where all could be decided."""
        return self.together / self.places


def count_groups(names: Sequence[str], flags: ArrayLike) -> tuple[Group, ...]:
    """
    Count how often each group of contaminants exceeds together.

    Parameters
    ----------
    names : sequence of str, length m
        The contaminants, from 2 to `MOST_IN_GROUPS`.
    flags : array_like of int, shape (n, m)
        By place: 1 exceeds, 0 does not, -1 unknown (`exceedance_flags`).

    Returns
    -------
    tuple of Group
        Those that exceed together somewhere, the largest number of places first.

    Raises
    ------
    InvalidRequestError
        Where a name comes twice, or there are too few or too many.
    InvalidValuesError
        Where the flags have another shape.

    Notes
    -----
    With bits for contaminants, the places where a group exceeds are the sum over all sets of
    exceeding contaminants that hold it: one pass per bit makes these sums for all groups at once.

    Examples
    --------
    >>> found = count_groups(["As", "Pb", "Zn"], [[1, 1, 0], [1, 1, 1], [1, 1, -1], [0, 0, 1]])
    >>> [(group.contaminants, group.places, group.together, group.alone) for group in found][:2]
    [(('As', 'Pb'), 4, 3, 2), (('As', 'Zn'), 3, 1, 0)]
    """
    count = len(names)
    if not 2 <= count <= MOST_IN_GROUPS or len(set(names)) < count:
        raise InvalidRequestError(
            f"Groups are made of 2 to {MOST_IN_GROUPS} different contaminants; got {count}."
        )
    table = np.asarray(flags)
    if table.ndim != 2 or table.shape[1] != count:
        raise InvalidValuesError(
            f"There must be one flag per place and contaminant; got an array of shape "
            f"{table.shape} for {count} contaminants."
        )
    bits = 1 << np.arange(count)
    exceeding = (table == EXCEEDS) @ bits
    alone = np.bincount(exceeding, minlength=1 << count)
    together = _of_supersets(alone, count)
    places = _of_supersets(np.bincount((table != UNKNOWN) @ bits, minlength=1 << count), count)
    groups = [
        Group(
            tuple(name for j, name in enumerate(names) if code >> j & 1),
            int(places[code]),
            int(together[code]),
            int(alone[code]),
        )
        for code in np.flatnonzero(together).tolist()
        if code.bit_count() >= 2
    ]
    return tuple(sorted(groups, key=lambda group: -group.together))


def _of_supersets(counts: IntArray, bits: int) -> IntArray:
    """
    Add to the count of each set those of all sets that hold it.

    Parameters
    ----------
    counts : ndarray of int64, shape (2 ** bits,)
        By set.
    bits : int
        How many members there are.

    Returns
    -------
    ndarray of int64, shape (2 ** bits,)
        Sums.
    """
    sums = np.asarray(counts, np.int64).copy()
    for j in range(bits):
        halves = sums.reshape(-1, 2, 1 << j)
        halves[:, 0] += halves[:, 1]
    return sums
