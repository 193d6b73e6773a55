"""Inverse distance weighting: a baseline without an uncertainty."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from spatial.arrays import BoolArray, FloatArray, IntArray, as_coordinates, as_values
from spatial.errors import InvalidRequestError, TooFewPlacesError
from spatial.grids import Grid, Tile
from spatial.interpolation.contract import Family, MethodSettings, Prediction
from spatial.interpolation.fast_grid import predict_cells, window_of
from spatial.interpolation.fast_inverse_distance import weigh_window
from spatial.interpolation.kernels import inverse_distance_neighbours
from spatial.neighbours import NeighbourSearch


class InverseDistance:
    """
    The mean of samples weighted by 1 / distance^power.

    Parameters
    ----------
    power : float
        Exponent of the distance, 2 by custom.
    neighbours : int, optional
        How many nearest samples each place is predicted from; all when absent.

    Notes
    -----
    Shepard (1968). A sample's place gets the sample's value. There is no model behind it, so there
    is no sigma and no probability.

    Examples
    --------
    >>> method = InverseDistance().fit([[0, 0], [3, 0]], [1.0, 4.0])
    >>> method.predict([[1, 0], [3, 0]]).location
    array([1.6, 4. ])
    """

    family: Family = "none"

    def __init__(self, power: float = 2.0, neighbours: int | None = None) -> None:
        self.power = power
        self.neighbours = neighbours

    def fit(self, coordinates: ArrayLike, values: ArrayLike) -> Self:
        """
        Take the samples.

        Parameters
        ----------
        coordinates : array_like, shape (n, 2)
            Eastings and northings (m), no two the same.
        values : array_like, shape (n,)
            One value per place.

        Returns
        -------
        Self
            The fitted method.

        Raises
        ------
        InvalidRequestError
            Where the power is not positive or the number of neighbours below 1.
        TooFewPlacesError
            Where there are fewer than two places.
        """
        if not (np.isfinite(self.power) and self.power > 0.0):
            raise InvalidRequestError(f"The power must be more than 0; got {self.power}.")
        if self.neighbours is not None and self.neighbours < 1:
            raise InvalidRequestError(
                f"Inverse distance needs at least one neighbour; got {self.neighbours}."
            )
        self.coordinates_ = as_coordinates(coordinates)
        self.values_ = as_values(values, len(self.coordinates_))
        if len(self.values_) < 2:
            raise TooFewPlacesError("Inverse distance needs at least two places.")
        self.search_ = NeighbourSearch(self.coordinates_)
        # In the order of the tree, once: a grid may have thousands of tiles.
        self.ordered_ = self.values_[self.search_.tree.order]
        return self

    def predict(self, coordinates: ArrayLike) -> Prediction:
        """
        Predict at places.

        Parameters
        ----------
        coordinates : array_like, shape (m, 2)
            Eastings and northings (m).

        Returns
        -------
        Prediction
            Locations; sigma and the multiplier are NaN.
        """
        cells = as_coordinates(coordinates)
        count = len(self.values_)
        if self.neighbours is None or self.neighbours >= count:
            neighbours = np.arange(count)[np.newaxis, :]
        else:
            neighbours = self.search_.nearest(cells, self.neighbours)
        return self._weigh(cells, neighbours)

    def predict_grid(
        self, grid: Grid, tile: Tile, served: BoolArray, max_distance: float = np.inf
    ) -> Prediction:
        """
        Predict the wanted cells of a tile; from nearest samples many times faster than `predict`.

        Parameters
        ----------
        grid : Grid
            The grid.
        tile : Tile
            The window of it.
        served : ndarray of bool, shape (rows * columns,)
            Which of the tile's cells are wanted.
        max_distance : float
            Cells farther than this from every sample (m) are not wanted either.

        Returns
        -------
        Prediction
            One entry per cell of the tile, NaN where none is wanted. The same bits whatever the
            tile; equal to those of `predict` but for rounding, because the sums are taken in
            another order.
        """
        neighbours = self.neighbours
        if neighbours is None or neighbours >= len(self.values_):
            return predict_cells(self, self.search_, (grid, tile), served, max_distance)
        tree = self.search_.tree
        result = np.full((1, tile.rows, tile.columns), np.nan)
        window = window_of(grid, tile, served, max_distance)
        rule = (int(neighbours), float(self.power))
        weigh_window(tree, self.ordered_, window, rule, result)
        return _without_sigma(result.ravel())

    def leave_one_out(self, rows: IntArray | None = None) -> Prediction:
        """
        Predict each sample from the others.

        Parameters
        ----------
        rows : ndarray of int64, shape (m,), optional
            Which samples are left out, one at a time; all when absent.

        Returns
        -------
        Prediction
            Locations; sigma and the multiplier are NaN.
        """
        count = len(self.values_)
        wanted = np.arange(count) if rows is None else rows
        most = count - 1 if self.neighbours is None else min(self.neighbours, count - 1)
        # One sample at a time keeps "all others" from needing an n x n table.
        if most < count - 1:
            return self._weigh(self.coordinates_[wanted], self.search_.nearest_others(most, rows))
        location = np.empty(len(wanted))
        for row, place in enumerate(wanted):
            others = np.delete(np.arange(count), place)[np.newaxis, :]
            location[row] = self._weigh(self.coordinates_[[place]], others).location[0]
        return _without_sigma(location)

    def _weigh(self, cells: FloatArray, neighbours: IntArray) -> Prediction:
        """
        Predict from chosen neighbours.

        Parameters
        ----------
        cells : ndarray, shape (m, 2)
            Places (m).
        neighbours : ndarray of int64, shape (m, k) or (1, n)
            The samples of each, or one row for all.

        Returns
        -------
        Prediction
            Locations.
        """
        return _without_sigma(
            inverse_distance_neighbours(
                cells, self.coordinates_, self.values_, neighbours, float(self.power)
            )
        )


def _without_sigma(location: FloatArray) -> Prediction:
    """
    Return a prediction that claims nothing of its uncertainty.

    Parameters
    ----------
    location : ndarray, shape (m,)
        Predicted values.

    Returns
    -------
    Prediction
        With NaN beside the locations.
    """
    return Prediction(location, np.full_like(location, np.nan), np.full_like(location, np.nan))


def from_settings(settings: MethodSettings) -> InverseDistance:
    """
    Make the method from what it is told.

    Parameters
    ----------
    settings : MethodSettings
        Power and neighbours are used.

    Returns
    -------
    InverseDistance
        Not yet fitted.
    """
    return InverseDistance(settings.power, settings.neighbours)
