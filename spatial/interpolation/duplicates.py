"""Samples of one place merged, because two at no distance make the equations singular."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from spatial.arrays import BoolArray, FloatArray, IntArray, as_coordinates, as_values
from spatial.errors import InvalidValuesError

# Metres. No soil sample is surveyed better, and a coordinate transformation rounds less.
SAME_PLACE = 0.001


class MergedPlaces(NamedTuple):
    """
    Samples by separate place, ordered by easting and then northing.

    Parameters
    ----------
    coordinates : ndarray, shape (n, 2)
        Eastings and northings (m).
    values : ndarray, shape (n,)
        Arithmetic mean of each place's values; of its limits where it is censored.
    counts : ndarray of int64, shape (n,)
        How many samples each place had.
    spread : ndarray, shape (n,)
        Largest minus smallest value of each place.
    is_censored : ndarray of bool, shape (n,)
        Places all of whose samples lie below their limits.
    limits_halved : int
        Limits at places with measured samples, which stand with half of them in the mean.
    limits_left_out : int
        Limits above all measured samples of their place, which say nothing and are left out.
    """

    coordinates: FloatArray
    values: FloatArray
    counts: IntArray
    spread: FloatArray
    is_censored: BoolArray
    limits_halved: int
    limits_left_out: int

    @property
    def merged_places(self) -> int:
        """How many places had more than one sample."""
        return int(np.count_nonzero(self.counts > 1))

    @property
    def sample_count(self) -> int:
        """How many samples there were."""
        return int(self.counts.sum())

    @property
    def censored_places(self) -> int:
        """How many places are known by a limit only."""
        return int(np.count_nonzero(self.is_censored))


def merge_colocated(
    eastings: ArrayLike,
    northings: ArrayLike,
    values: ArrayLike,
    is_censored: ArrayLike | None = None,
) -> MergedPlaces:
    """
    Merge samples whose places agree to the millimetre.

    Parameters
    ----------
    eastings : array_like, shape (n,)
        Eastings (m).
    northings : array_like, shape (n,)
        Northings (m).
    values : array_like, shape (n,)
        One value per sample; the limit of a sample below it.
    is_censored : array_like of bool, shape (n,), optional
        Which are limits; none when absent.

    Returns
    -------
    MergedPlaces
        The same, bit for bit, in whatever order the samples came.

    Raises
    ------
    InvalidValuesError
        Where a value is missing, or there is not one mark per value.

    Notes
    -----
    A place all of whose samples are censored is censored at the mean of their limits. Where
    measured and censored samples meet, a limit stands with half of it in the mean; one above all
    measured samples of the place is left out, because they say more than it does.

    Examples
    --------
    >>> merged = merge_colocated([5, 0, 5], [1, 2, 1], [10.0, 7.0, 14.0])
    >>> merged.values, merged.counts, merged.spread
    (array([ 7., 12.]), array([1, 2]), array([0., 4.]))
    >>> merged = merge_colocated([0, 0, 5], [1, 1, 1], [10.0, 8.0, 3.0], [False, True, True])
    >>> merged.values, merged.is_censored
    (array([7., 3.]), array([False,  True]))
    """
    places = as_coordinates(np.column_stack([np.ravel(eastings), np.ravel(northings)]))
    numbers = as_values(np.ravel(values), len(places))
    marks = censoring_marks(is_censored, len(numbers))
    keys = np.round(places / SAME_PLACE)
    order = np.lexsort((marks, numbers, places[:, 1], places[:, 0], keys[:, 1], keys[:, 0]))
    places, numbers, marks, keys = places[order], numbers[order], marks[order], keys[order]
    is_first = np.ones(len(places), dtype=bool)
    is_first[1:] = (keys[1:] != keys[:-1]).any(axis=1)
    starts = np.flatnonzero(is_first)
    counts = np.diff(np.append(starts, len(places))).astype(np.int64)
    if not len(places):
        return MergedPlaces(places, numbers, counts, numbers, marks, 0, 0)
    measured = np.add.reduceat(~marks, starts, dtype=np.int64)
    highest = np.maximum.reduceat(np.where(marks, -np.inf, numbers), starts)
    is_mixed = marks & np.repeat(measured > 0, counts)
    is_out = is_mixed & (numbers > np.repeat(highest, counts))
    is_halved = is_mixed & ~is_out
    numbers = np.where(is_halved, 0.5 * numbers, numbers)
    used = np.add.reduceat(~is_out, starts, dtype=np.int64)
    most = np.maximum.reduceat(np.where(is_out, -np.inf, numbers), starts)
    least = np.minimum.reduceat(np.where(is_out, np.inf, numbers), starts)
    return MergedPlaces(
        places[starts],
        np.add.reduceat(np.where(is_out, 0.0, numbers), starts) / used,
        counts,
        most - least,
        measured == 0,
        int(np.count_nonzero(is_halved)),
        int(np.count_nonzero(is_out)),
    )


def censoring_marks(is_censored: ArrayLike | None, count: int) -> BoolArray:
    """
    Check which values are limits.

    Parameters
    ----------
    is_censored : array_like of bool, shape (n,), or None
        Which are; none when absent.
    count : int
        How many values there are.

    Returns
    -------
    ndarray of bool, shape (n,)
        The marks.

    Raises
    ------
    InvalidValuesError
        Where there is not one mark, true or false, per value.

    Examples
    --------
    >>> censoring_marks(None, 2)
    array([False, False])
    """
    if is_censored is None:
        return np.zeros(count, np.bool_)
    marks = np.asarray(is_censored)
    if marks.shape != (count,) or (marks.dtype != np.bool_ and count):
        raise InvalidValuesError(
            f"There must be one mark, true or false, per value: {count} values, marks of "
            f"shape {marks.shape} and type {marks.dtype}."
        )
    return marks.astype(np.bool_)
