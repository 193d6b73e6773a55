"""Which samples are nearest to a place."""

import numpy as np

from spatial.arrays import FloatArray, IntArray
from spatial.interpolation.fast_search import nearest_of_all
from spatial.interpolation.fast_tree import build_tree


class NeighbourSearch:
    """
    A k-d tree of places.

    Each query place is answered alone, so the answer does not depend on what else is asked.
    Of samples equally far from a place, the one that comes first among the samples is nearer;
    distances are compared as squares, (Δeast)² + (Δnorth)², each step rounded once.

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
        self.tree = build_tree(places)

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
        nearest, _ = nearest_of_all(self.tree, cells, min(count, len(self.places)))
        return np.asarray(nearest, np.int64)

    def nearest_others(self, count: int, rows: IntArray | None = None) -> IntArray:
        """
        Return the nearest other places of places, themselves left out.

        Parameters
        ----------
        count : int
            How many; all others where there are fewer.
        rows : ndarray of int64, shape (m,), optional
            Of which places; of all when absent.

        Returns
        -------
        ndarray of int64, shape (m, count)
            Indices of places, nearest first.
        """
        wanted = np.arange(len(self.places)) if rows is None else rows
        found = self.nearest(self.places[wanted], count + 1)
        itself = wanted[:, np.newaxis]
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
        _, squares = nearest_of_all(self.tree, cells, 1)
        return np.asarray(np.sqrt(squares[:, 0]), np.float64)

    def separation(self) -> FloatArray:
        """
        Return how far each place is from its nearest neighbour.

        Returns
        -------
        ndarray, shape (n,)
            Metres.
        """
        _, squares = nearest_of_all(self.tree, self.places, 2)
        return np.asarray(np.sqrt(squares[:, 1]), np.float64)
