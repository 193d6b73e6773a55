"""One method fitted to several completed data sets, and what they say together."""

import copy
from collections.abc import Iterator
from typing import Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from spatial.arrays import BoolArray, FloatArray, IntArray, as_coordinates
from spatial.errors import InvalidRequestError
from spatial.grids import Grid, Tile
from spatial.interpolation.contract import Family, Interpolator, Prediction
from spatial.interpolation.fast_grid import GridInterpolator, predict_cells
from spatial.neighbours import NeighbourSearch


@runtime_checkable
class Refitting(Protocol):
    """A fitted method that can take other values at its places without starting anew."""

    def with_values(self, values: FloatArray) -> Interpolator:
        """
        Return the method fitted to other values at the same places.

        Parameters
        ----------
        values : ndarray, shape (n,)
            One per place, on the transformed scale.

        Returns
        -------
        Interpolator
            Another; what depends on places alone is shared.
        """
        ...


class PooledMethod:
    """
    A method of the family gaussian, fitted to several completed data sets.

    Parameters
    ----------
    method : Interpolator
        The method, not yet fitted; it is copied.

    Attributes
    ----------
    parts_ : list of Interpolator
        It fitted to each data set.

    Notes
    -----
    Rubin (1987), section 3.3, with kriging locations as estimates and kriging variances within; see
    `pool`. Every cell is added up data set by data set in one order, so its bits do not depend on
    what else is asked.

    Examples
    --------
    >>> from spatial.interpolation.covariance import VariogramModel
    >>> from spatial.interpolation.kriging import OrdinaryKriging
    >>> model = VariogramModel.single("exponential", nugget=0.0, partial_sill=1.0, scale=1.0)
    >>> line, completed = [[0.0, 0.0], [2.0, 0.0]], [[0.0, 4.0], [1.0, 4.0]]
    >>> pooled = PooledMethod(OrdinaryKriging(model)).fit(line, completed).predict(line)
    >>> pooled.location, pooled.sigma.round(4)
    (array([0.5, 4. ]), array([0.866, 0.   ]))
    """

    family: Family = "gaussian"

    def __init__(self, method: Interpolator) -> None:
        if method.family != "gaussian":
            raise InvalidRequestError(
                "Only predictions with a distribution can be pooled over completed data sets."
            )
        self.method = method

    def fit(self, coordinates: ArrayLike, completed: ArrayLike) -> Self:
        """
        Take the completed data sets.

        Parameters
        ----------
        coordinates : array_like, shape (n, 2)
            Places (m).
        completed : array_like, shape (r, n)
            Two or more data sets, on the transformed scale.

        Returns
        -------
        Self
            The fitted method.

        Raises
        ------
        InvalidRequestError
            Where there are fewer than two data sets.
        """
        sets = np.asarray(completed, np.float64)
        if sets.ndim != 2 or len(sets) < 2:
            raise InvalidRequestError("Pooling needs two completed data sets or more.")
        self.coordinates_ = as_coordinates(coordinates)
        self.search_ = NeighbourSearch(self.coordinates_)
        first = copy.copy(self.method).fit(self.coordinates_, sets[0])
        self.parts_ = [first]
        for values in sets[1:]:
            if isinstance(first, Refitting):
                self.parts_.append(first.with_values(values))
            else:
                self.parts_.append(copy.copy(self.method).fit(self.coordinates_, values))
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
            Pooled.
        """
        cells = as_coordinates(coordinates)
        return pool(part.predict(cells) for part in self.parts_)

    def predict_grid(
        self, grid: Grid, tile: Tile, served: BoolArray, max_distance: float = np.inf
    ) -> Prediction:
        """
        Predict the wanted cells of a tile.

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
            Pooled, one entry per cell of the tile, NaN where none is wanted.
        """
        return pool(self._tiles(grid, tile, served, max_distance))

    def _tiles(
        self, grid: Grid, tile: Tile, served: BoolArray, max_distance: float
    ) -> Iterator[Prediction]:
        """
        Predict a tile from each data set in turn.

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

        Yields
        ------
        Prediction
            Of one data set.
        """
        for part in self.parts_:
            if isinstance(part, GridInterpolator):
                yield part.predict_grid(grid, tile, served, max_distance)
            else:
                yield predict_cells(part, self.search_, (grid, tile), served, max_distance)

    def leave_one_out(self, rows: IntArray | None = None) -> Prediction:
        """
        Predict samples from the others.

        Parameters
        ----------
        rows : ndarray of int64, shape (m,), optional
            Which samples are left out, one at a time; all when absent.

        Returns
        -------
        Prediction
            Pooled, one entry per sample left out. For a drawn value it says what the method does
            with it, and nothing of how right it is.
        """
        return pool(part.leave_one_out(rows) for part in self.parts_)


def pool(predictions: Iterator[Prediction] | list[Prediction]) -> Prediction:
    """
    Combine predictions from several completed data sets.

    Parameters
    ----------
    predictions : iterable of Prediction
        Two or more, of the same places; no more than one is held at a time.

    Returns
    -------
    Prediction
        Location: the mean over data sets. Variance: the mean kriging variance, which is the same
        under each, plus (1 + 1/r) times the variance between the r locations. Mean multiplier.

    Notes
    -----
    Rubin (1987), section 3.3. The variance is updated set by set (Welford 1962), place by place.

    Examples
    --------
    >>> one, zero = np.array([1.0]), np.array([0.0])
    >>> both = pool([Prediction(zero, one, zero), Prediction(2 * one, one, zero)])
    >>> both.location, both.sigma
    (array([1.]), array([2.]))
    """
    several = iter(predictions)
    first = next(several)
    mean, squares = first.location.copy(), np.zeros_like(first.location)
    within, multiplier, count = first.sigma**2, first.lagrange_multiplier.copy(), 1
    # One after the other and never along an axis: numpy's order of adding depends on the shape.
    for prediction in several:
        count += 1
        step = prediction.location - mean
        mean += step / count
        squares += step * (prediction.location - mean)
        within += prediction.sigma**2
        multiplier += prediction.lagrange_multiplier
    between = squares / (count - 1) * (1.0 + 1.0 / count)
    return Prediction(mean, np.sqrt(within / count + between), multiplier / count)
