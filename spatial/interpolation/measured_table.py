"""Covariates measured at the samples, and known elsewhere from a grid."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from spatial.arrays import FloatArray, array_sha256
from spatial.errors import InvalidValuesError
from spatial.interpolation.drift import GridTable, PlaceTable


class MeasuredTable:
    """
    Numbers with which samples came, and those of a grid at every other place.

    Parameters
    ----------
    eastings : array_like, shape (n,)
        Eastings of the samples (m), as they are given to `build_surface`.
    northings : array_like, shape (n,)
        Their northings (m).
    columns : mapping of str to array_like, shape (n,)
        Their numbers by name; samples of one place must have the same.
    grid : GridTable
        The same names on a grid.

    Examples
    --------
    >>> from spatial.grids import Grid
    >>> grid = Grid(west=0.0, north=10.0, cell_size=10.0, columns=1, rows=1, epsg=32631)
    >>> table = MeasuredTable([3.0], [4.0], {"height": [1.5]}, GridTable(grid, {"height": [[2.0]]}))
    >>> table.at(np.array([[3.0, 4.0], [3.0, 5.0]])).tolist()
    [[1.5], [2.0]]
    """

    def __init__(
        self,
        eastings: ArrayLike,
        northings: ArrayLike,
        columns: Mapping[str, ArrayLike],
        grid: GridTable,
    ) -> None:
        if set(columns) != set(grid.names):
            raise InvalidValuesError(
                f"The samples have the covariates {', '.join(columns)}, the grid has "
                f"{', '.join(grid.names)}; they must be the same."
            )
        self.names = grid.names
        rows = np.unique(
            np.column_stack([eastings, northings, *(columns[name] for name in self.names)]), axis=0
        )
        self._samples = PlaceTable(
            rows[:, :2], {name: rows[:, 2 + i] for i, name in enumerate(self.names)}
        )
        self._grid = grid

    @property
    def fingerprint(self) -> str:
        """A hash of all names and numbers."""
        both = (self._samples.fingerprint, self._grid.fingerprint)
        return array_sha256({"parts": np.array([list(part.encode()) for part in both], np.uint8)})

    def at(self, coordinates: FloatArray) -> FloatArray:
        """
        Return the numbers of places.

        Parameters
        ----------
        coordinates : ndarray, shape (m, 2)
            Eastings and northings (m).

        Returns
        -------
        ndarray, shape (m, q)
            Those of the sample where one lies exactly there, else those of the cell.
        """
        measured = self._samples.at(coordinates)
        return np.where(np.isnan(measured), self._grid.at(coordinates), measured)
