"""Which samples are nearest to a place."""

import numpy as np
from scipy.spatial import cKDTree

from spatial.arrays import FloatArray, IntArray


class NeighbourSearch:
    """
    A k-d tree of places.

    Each query place is answered alone, so the answer does not depend on what else is asked.
    Samples at the same k-th distance are chosen between in the same way every time the same
    samples come in the same order.

    Parameters
    ----------
    places : ndarray, shape (n, 2)
        Eastings and northings (m).

    Examples
    --------
    >>> search = NeighbourSearch(np.array([[0.0, 0.0], [10.0, 0.0], [30.0, 0.0]]))
    >>> search.nearest(np.array([[9.0, 0.0]]), 2).tolist()
    [[1, 0]]
    >>> search.distance_to_nearest(np.array([[9.0, 0.0]])).tolist()
    [1.0]
    >>> search.nearest_others(2).tolist()
    [[1, 2], [0, 2], [1, 0]]
    """

    def __init__(self, places: FloatArray) -> None:
        self.places = places
        self._tree = cKDTree(places)

    def nearest(self, cells: FloatArray, count: int) -> IntArray:
        """
        Return the nearest places of each cell, nearest first.

        Parameters
        ----------
        cells : ndarray, shape (m, 2)
            Where to look from (m).
        count : int
            How many; all where there are fewer.

        Returns
        -------
        ndarray of int64, shape (m, count)
            Indices of places.
        """
        ranks = np.arange(1, min(count, len(self.places)) + 1)
        _, indices = self._tree.query(cells, k=ranks)
        return np.ascontiguousarray(indices, np.int64)

    def nearest_others(self, count: int) -> IntArray:
        """
        Return the nearest other places of each place, itself left out.

        Parameters
        ----------
        count : int
            How many; all others where there are fewer.

        Returns
        -------
        ndarray of int64, shape (n, count)
            Indices of places, nearest first.
        """
        found = self.nearest(self.places, count + 1)
        itself = np.arange(len(self.places))[:, np.newaxis]
        # Stable: the place itself moves to the end, the others keep their order.
        order = np.argsort(found == itself, axis=1, kind="stable")
        return np.ascontiguousarray(np.take_along_axis(found, order, axis=1)[:, :-1])

    def distance_to_nearest(self, cells: FloatArray) -> FloatArray:
        """
        Return how far the nearest place is.

        Parameters
        ----------
        cells : ndarray, shape (m, 2)
            Where to look from (m).

        Returns
        -------
        ndarray, shape (m,)
            Metres.
        """
        distances, _ = self._tree.query(cells, k=1)
        return np.asarray(distances, np.float64)

    def separation(self) -> FloatArray:
        """
        Return how far each place is from its nearest neighbour.

        Returns
        -------
        ndarray, shape (n,)
            Metres.
        """
        distances, _ = self._tree.query(self.places, k=np.array([2]))
        return np.asarray(distances, np.float64)[:, 0]
