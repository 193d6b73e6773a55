"""From which threshold on the data of a cell can decide: one number that answers for any."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.spatial import KDTree

from spatial.arrays import FloatArray
from spatial.grids import Grid
from spatial.hotspots.classes import BLOCK, block_middles, over_cells, varies_too_much
from spatial.hotspots.contract import Evidence
from spatial.hotspots.samples import Samples

# So many places near the middle of a block are looked at; where they do not tell, its cells are.
_AROUND = 8
# As many as are equally near in the middle of a square of samples.
_MOST_TIED = 4


@dataclass(frozen=True, slots=True, eq=False)
class DecidingPlaces:
    """
    The separate places of samples, and about which thresholds each of them can decide.

    Parameters
    ----------
    tree : KDTree
        The places, eastings and northings (m).
    least : ndarray, shape (m,)
        Of each place the least threshold about which its results can decide: its smallest
        detection limit where all of them lie below one, else 0.

    Examples
    --------
    >>> samples = Samples.of([[5.0, 5.0], [35.0, 5.0]], [9.0, 9.0], [False, True])
    >>> DecidingPlaces.of(samples).nearest(Grid(0.0, 10.0, 10.0, 4, 1, 28992))
    array([[0., 0., 9., 9.]])
    """

    tree: KDTree
    least: FloatArray

    @classmethod
    def of(cls, samples: Samples) -> Self:
        """
        Return the places of samples.

        Parameters
        ----------
        samples : Samples
            The results.

        Returns
        -------
        DecidingPlaces
            Ready to be asked.
        """
        places, place = samples.places()
        least = np.full(len(places), np.inf)
        np.minimum.at(least, place, np.where(samples.is_censored, samples.values, 0.0))
        return cls(KDTree(places), least)

    def nearest(self, grid: Grid) -> FloatArray:
        """
        Return for each cell the least threshold about which the place nearest to it can decide.

        Parameters
        ----------
        grid : Grid
            The cells, taken at their centres.

        Returns
        -------
        ndarray, shape (rows, columns)
            Of places equally near the smallest.

        Notes
        -----
        The place nearest to any cell of a block is no farther from its middle than the one nearest
        to that, and the block's diagonal more. Where all of those are alike so are the cells; so
        cells need to be asked along borders only, and where places lie closer than blocks.
        """
        if not self.least.any():
            return np.zeros(grid.shape)
        middles = block_middles(grid)
        count = min(_AROUND, len(self.least))
        distance, index = self._query(middles.reshape(-1, 2), count)
        found = self.least[index]
        # A hair more, for what is lost in rounding.
        reach = distance[:, 0] + (1.0 + 1e-9) * np.sqrt(2.0) * BLOCK * grid.cell_size
        is_alike = ((found == found[:, :1]) | (distance > reach[:, np.newaxis])).all(axis=1)
        is_alike &= (distance[:, -1] > reach) | (count == len(self.least))
        cells = over_cells(found[:, 0].reshape(middles.shape[:2]), grid).copy()
        asked = ~over_cells(is_alike.reshape(middles.shape[:2]), grid)
        cells[asked] = self._at(grid.cell_centres()[asked.ravel()], _MOST_TIED)
        return cells

    def _at(self, points: FloatArray, count: int) -> FloatArray:
        """
        Return the least threshold of the places nearest to points.

        Parameters
        ----------
        points : ndarray, shape (n, 2)
            Eastings and northings (m).
        count : int
            How many places are looked at; more where all of them are equally near.

        Returns
        -------
        ndarray, shape (n,)
            The smallest of those equally near.
        """
        count = min(count, len(self.least))
        distance, index = self._query(points, count)
        is_tied = distance == distance[:, :1]
        least = np.where(is_tied, self.least[index], np.inf).min(axis=1, initial=np.inf)
        more = is_tied[:, -1]
        if count < len(self.least) and more.any():
            least[more] = self._at(points[more], 2 * count)
        return np.asarray(least, np.float64)

    def _query(self, points: FloatArray, count: int) -> tuple[FloatArray, np.ndarray]:
        """
        Return the nearest places.

        Parameters
        ----------
        points : ndarray, shape (n, 2)
            Eastings and northings (m).
        count : int
            How many.

        Returns
        -------
        tuple of ndarray, shape (n, count)
            Distances (m), rising, and which places they are.
        """
        distance, index = self.tree.query(points, range(1, count + 1))
        return np.asarray(distance), np.asarray(index)


def deciding_thresholds(
    evidence: Evidence, share_of_sill: float, places: DecidingPlaces | None = None
) -> FloatArray:
    """
    Return for each cell the least threshold about which the data can decide there.

    Parameters
    ----------
    evidence : Evidence
        Samples, and the surface's bands for its variance.
    share_of_sill : float
        From this share of the sill on, the kriging variance decides nothing.
    places : DecidingPlaces, optional
        Those of the samples, where they are known already.

    Returns
    -------
    ndarray, shape (rows, columns)
        0 where they can decide about any threshold, infinite where about none. A cell is
        undecidable at T, as `spatial.hotspots.classes.undecidable_cells` tells it, exactly where
        this lies above T.

    Examples
    --------
    >>> samples = Samples.of([[5.0, 5.0], [35.0, 5.0]], [9.0, 9.0], [False, True])
    >>> evidence = Evidence(Grid(0.0, 10.0, 10.0, 4, 1, 28992), samples)
    >>> deciding_thresholds(evidence, 0.9) > 5.0
    array([[False, False,  True,  True]])
    """
    places = DecidingPlaces.of(evidence.samples) if places is None else places
    cells = places.nearest(evidence.grid)
    cells[varies_too_much(evidence, share_of_sill)] = np.inf
    return cells
