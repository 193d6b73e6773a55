"""The samples a definition looks at, and their places."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from spatial.arrays import BoolArray, FloatArray, IntArray, as_coordinates, as_values


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """
    Results of one contaminant.

    Parameters
    ----------
    coordinates : ndarray, shape (n, 2)
        Eastings and northings (m) in the plane of the evidence.
    values : ndarray, shape (n,)
        Concentrations; of a result below its detection limit, the limit.
    is_censored : ndarray of bool, shape (n,)
        Which lie below their limit.
    """

    coordinates: FloatArray
    values: FloatArray
    is_censored: BoolArray

    @classmethod
    def of(
        cls, coordinates: ArrayLike, values: ArrayLike, is_censored: ArrayLike | None = None
    ) -> Self:
        """
        Check and return samples.

        Parameters
        ----------
        coordinates : array_like, shape (n, 2)
            Eastings and northings (m).
        values : array_like, shape (n,)
            Concentrations or limits.
        is_censored : array_like of bool, shape (n,), optional
            Which are limits; none when absent.

        Returns
        -------
        Samples
            Ready to be looked at.

        Raises
        ------
        InvalidCoordinatesError, InvalidValuesError
            Where a number is missing.

        Examples
        --------
        >>> Samples.of([[0, 0], [1, 1]], [3.0, 4.0], [False, True]).halved
        array([3., 2.])
        """
        places = as_coordinates(coordinates)
        numbers = as_values(values, len(places))
        censored = np.zeros(len(places), np.bool_) if is_censored is None else is_censored
        return cls(places, numbers, np.asarray(censored, np.bool_))

    @property
    def halved(self) -> FloatArray:
        """Values with half the limit in place of each result below it."""
        return np.where(self.is_censored, 0.5 * self.values, self.values)

    def is_undecidable(self, threshold: float) -> BoolArray:
        """
        Tell which results cannot say whether a threshold is exceeded.

        Parameters
        ----------
        threshold : float
            The guideline value T.

        Returns
        -------
        ndarray of bool, shape (n,)
            True where the detection limit lies above it.
        """
        return self.is_censored & (self.values > threshold)

    def places(self) -> tuple[FloatArray, IntArray]:
        """
        Return the separate places.

        Returns
        -------
        tuple of ndarray
            Places, shape (m, 2), in the order in which they come first among the samples; and the
            place of each sample, shape (n,).
        """
        found, first, place = np.unique(
            self.coordinates, axis=0, return_index=True, return_inverse=True
        )
        order = np.argsort(first, kind="stable")
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        return found[order], rank[place.ravel()].astype(np.int64)


def all_of_place(mark: BoolArray, place: IntArray, count: int) -> BoolArray:
    """
    Tell at which places every sample is marked.

    Parameters
    ----------
    mark : ndarray of bool, shape (n,)
        By sample.
    place : ndarray of int64, shape (n,)
        Place of each sample.
    count : int
        How many places there are.

    Returns
    -------
    ndarray of bool, shape (count,)
        By place.

    Examples
    --------
    >>> all_of_place(np.array([True, False, True]), np.array([0, 0, 1]), 2).tolist()
    [False, True]
    """
    unmarked = np.bincount(place[~mark], minlength=count)
    return np.asarray(unmarked == 0)
