"""Which places are neighbours: k nearest ones or all within a distance, in a metric plane."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.spatial import KDTree

from spatial.arrays import BoolArray, FloatArray, IntArray
from spatial.errors import InvalidRequestError, TooExpensiveError

# Some 2 GB of memory while they are sorted.
MOST_PAIRS = 60_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """
    Binary weights among places: 1 for neighbours, the place itself left out.

    Parameters
    ----------
    matrix : csr_array, shape (n, n)
        Ones, column indices rising in each row.
    description : dict
        What they are, for the card.
    """

    matrix: csr_array
    description: dict[str, Any]

    @property
    def counts(self) -> IntArray:
        """How many neighbours each place has."""
        return np.diff(self.matrix.indptr).astype(np.int64)

    def sums(self, values: FloatArray) -> FloatArray:
        """
        Add up the values at each place's neighbours.

        Parameters
        ----------
        values : ndarray, shape (n,)
            One per place.

        Returns
        -------
        ndarray, shape (n,)
            Sums, the place's own value left out.
        """
        return np.asarray(self.matrix @ values, np.float64)

    def permuted_sums(self, values: FloatArray, rng: np.random.Generator) -> FloatArray:
        """
        Add up values at neighbours after a conditional permutation.

        Parameters
        ----------
        values : ndarray, shape (n,)
            One per place.
        rng : Generator
            Where chance comes from.

        Returns
        -------
        ndarray, shape (n,)
            For each place, its own value stays and all others are shuffled among the others.

        Notes
        -----
        One permutation serves all places: for place i its value changes places with the one that
        was put there, which leaves i as it was and the others a permutation of the others.
        """
        order = rng.permutation(len(values))
        shuffled = values[order]
        went_to = np.empty_like(order)
        went_to[order] = np.arange(len(order))
        sums = self.sums(shuffled)
        # Where a place's own value went to one of its neighbours, the other one lies there instead.
        row = np.repeat(np.arange(len(values)), self.counts)
        at_neighbour = row[went_to[row] == self.matrix.indices]
        sums[at_neighbour] += shuffled[at_neighbour] - values[at_neighbour]
        return sums


def nearest_neighbours(places: FloatArray, count: int) -> Weights:
    """
    Return the k nearest places of each place.

    Parameters
    ----------
    places : ndarray, shape (n, 2)
        Separate places (m).
    count : int
        k.

    Returns
    -------
    Weights
        With k neighbours each.

    Raises
    ------
    InvalidRequestError
        Where there are not so many others.

    Examples
    --------
    >>> weights = nearest_neighbours(np.array([[0.0, 0], [1, 0], [3, 0]]), 1)
    >>> weights.matrix.toarray().astype(int).tolist()
    [[0, 1, 0], [1, 0, 0], [0, 1, 0]]
    """
    n = len(places)
    if not 1 <= count < n:
        raise InvalidRequestError(
            f"Each place needs {count} neighbours, and there are {n} places. Choose fewer."
        )
    # Imported here: the search is compiled, which only those pay for who use it.
    from spatial.neighbours import NeighbourSearch

    found = np.sort(NeighbourSearch(places).nearest_others(count), axis=1)
    pointers = np.arange(0, n * count + 1, count)
    matrix = csr_array((np.ones(n * count), found.ravel(), pointers), shape=(n, n))
    return Weights(matrix, {"kind": "k nearest", "neighbours": count, "binary": True})


def within_distance(places: FloatArray, distance: float) -> Weights:
    """
    Return all places within a distance of each place.

    Parameters
    ----------
    places : ndarray, shape (n, 2)
        Separate places (m).
    distance : float
        The band (m), its edge included.

    Returns
    -------
    Weights
        Some places may have none.

    Raises
    ------
    InvalidRequestError
        Where the distance is none.
    TooExpensiveError
        Where there are too many pairs.

    Examples
    --------
    >>> within_distance(np.array([[0.0, 0], [1, 0], [3, 0]]), 2.0).counts.tolist()
    [1, 2, 1]
    """
    if not 0.0 < distance < np.inf:
        raise InvalidRequestError(f"The distance band must be above 0 m; got {distance}.")
    tree = KDTree(places)
    pairs = int(tree.count_neighbors(tree, distance)) - len(places)
    if pairs > MOST_PAIRS:
        raise TooExpensiveError(
            f"Within {distance:g} m there are {pairs:,} pairs of neighbours; at most "
            f"{MOST_PAIRS:,} are allowed. Choose a narrower band, or neighbours in place of it.",
            None,
        )
    found = tree.query_pairs(distance, output_type="ndarray")
    both = (np.concatenate([found[:, 0], found[:, 1]]), np.concatenate([found[:, 1], found[:, 0]]))
    matrix = csr_array((np.ones(len(both[0])), both), shape=(len(places), len(places)))
    matrix.sort_indices()
    counts = np.diff(matrix.indptr)
    description = {
        "kind": "distance band",
        "distance_m": distance,
        "binary": True,
        "neighbours_fewest": int(counts.min()),
        "neighbours_median": float(np.median(counts)),
        "neighbours_most": int(counts.max()),
        "places_without": int(np.count_nonzero(counts == 0)),
    }
    return Weights(matrix, description)


def typical_spacing(places: FloatArray) -> float:
    """
    Return the median distance from a place to the nearest other.

    Parameters
    ----------
    places : ndarray, shape (n, 2)
        Separate places (m), two or more.

    Returns
    -------
    float
        Metres.

    Examples
    --------
    >>> typical_spacing(np.array([[0.0, 0], [1, 0], [3, 0]]))
    1.0
    """
    distance, _ = KDTree(places).query(places, k=2)
    return float(np.median(np.asarray(distance)[:, 1]))


def mark_nearest(
    centres: FloatArray, places: FloatArray, is_marked: BoolArray, reach: float
) -> IntArray:
    """
    Return the marked place to which each centre belongs.

    Parameters
    ----------
    centres : ndarray, shape (m, 2)
        Of cells (m).
    places : ndarray, shape (n, 2)
        All places (m).
    is_marked : ndarray of bool, shape (n,)
        Which are marked.
    reach : float
        How far a place speaks (m).

    Returns
    -------
    ndarray of int64, shape (m,)
        The nearest place where that is marked and within reach, else -1.

    Examples
    --------
    >>> places, marked = np.array([[0.0, 0], [4, 0]]), np.array([True, False])
    >>> mark_nearest(np.array([[1.0, 0], [3, 0], [-9, 0]]), places, marked, 2.0).tolist()
    [0, -1, -1]
    """
    belongs = np.full(len(centres), -1, np.int64)
    if not is_marked.any():
        return belongs
    # Few cells lie near a marked place, so only those are held against all places.
    distance, _ = KDTree(places[is_marked]).query(centres, distance_upper_bound=reach * (1 + 1e-12))
    near = np.flatnonzero(np.isfinite(distance))
    nearest = np.asarray(KDTree(places).query(centres[near])[1], np.int64)
    hit = is_marked[nearest]
    belongs[near[hit]] = nearest[hit]
    return belongs
