"""Samples of one place merged, because two at no distance make the equations singular."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from spatial.arrays import FloatArray, IntArray, as_coordinates, as_values

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
        Arithmetic mean of each place's values.
    counts : ndarray of int64, shape (n,)
        How many samples each place had.
    spread : ndarray, shape (n,)
        Largest minus smallest value of each place.
    """

    coordinates: FloatArray
    values: FloatArray
    counts: IntArray
    spread: FloatArray

    @property
    def merged_places(self) -> int:
        """How many places had more than one sample."""
        return int(np.count_nonzero(self.counts > 1))

    @property
    def sample_count(self) -> int:
        """How many samples there were."""
        return int(self.counts.sum())


def merge_colocated(eastings: ArrayLike, northings: ArrayLike, values: ArrayLike) -> MergedPlaces:
    """
    Merge samples whose places agree to the millimetre.

    Parameters
    ----------
    eastings : array_like, shape (n,)
        Eastings (m).
    northings : array_like, shape (n,)
        Northings (m).
    values : array_like, shape (n,)
        One value per sample.

    Returns
    -------
    MergedPlaces
        The same, bit for bit, in whatever order the samples came.

    Examples
    --------
    >>> merged = merge_colocated([5, 0, 5], [1, 2, 1], [10.0, 7.0, 14.0])
    >>> merged.values, merged.counts, merged.spread
    (array([ 7., 12.]), array([1, 2]), array([0., 4.]))
    """
    places = as_coordinates(np.column_stack([np.ravel(eastings), np.ravel(northings)]))
    numbers = as_values(np.ravel(values), len(places))
    keys = np.round(places / SAME_PLACE)
    order = np.lexsort((numbers, places[:, 1], places[:, 0], keys[:, 1], keys[:, 0]))
    places, numbers, keys = places[order], numbers[order], keys[order]
    is_first = np.ones(len(places), dtype=bool)
    is_first[1:] = (keys[1:] != keys[:-1]).any(axis=1)
    starts = np.flatnonzero(is_first)
    counts = np.diff(np.append(starts, len(places)))
    if not len(places):
        return MergedPlaces(places, numbers, counts.astype(np.int64), numbers)
    return MergedPlaces(
        places[starts],
        np.add.reduceat(numbers, starts) / counts,
        counts.astype(np.int64),
        np.maximum.reduceat(numbers, starts) - np.minimum.reduceat(numbers, starts),
    )
