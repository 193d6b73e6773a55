"""One method fitted to several completed data sets, and what they say together."""

import copy
from typing import Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from spatial.arrays import BoolArray, FloatArray, IntArray, as_coordinates
from spatial.errors import InvalidRequestError
from spatial.grids import Grid, Tile
from spatial.interpolation.contract import Family, Interpolator, JointPrediction, Prediction
from spatial.interpolation.fast_grid import predict_cells
from spatial.interpolation.kriging import OrdinaryKriging
from spatial.neighbours import NeighbourSearch


@runtime_checkable
class JointMethod(Protocol):
    """A fitted method that weighs samples by their places alone, for several data sets at once."""

    def with_data_sets(self, completed: FloatArray) -> Self:
        """
        Return the method fitted to several data sets at the same places.

        Parameters
        ----------
        completed : ndarray, shape (r, n)
            Values on the transformed scale.

        Returns
        -------
        Self
            Another; what depends on places alone is shared.
        """
        ...

    def predict_jointly(self, coordinates: ArrayLike) -> JointPrediction:
        """
        Predict at places from every data set.

        Parameters
        ----------
        coordinates : array_like, shape (m, 2)
            Eastings and northings (m).

        Returns
        -------
        JointPrediction
            One entry per place.
        """
        ...

    def leave_one_out_jointly(self, rows: IntArray | None = None) -> JointPrediction:
        """
        Predict samples from the others, in every data set.

        Parameters
        ----------
        rows : ndarray of int64, shape (m,), optional
            Which samples are left out, one at a time; all when absent.

        Returns
        -------
        JointPrediction
            One entry per sample left out.
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
    fitted_ : JointMethod
        It fitted to all data sets.

    Notes
    -----
    Rubin (1987), section 3.3, with kriging locations as estimates and kriging variances within; see
    `pool`. How samples are weighed is found once for all data sets. Every cell is added up data set
    by data set in one order, so its bits do not depend on what else is asked.

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
        if not isinstance(first, JointMethod):
            raise InvalidRequestError("This method cannot predict from several data sets at once.")
        self.fitted_: JointMethod = first.with_data_sets(sets)
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
        return pool(self.fitted_.predict_jointly(coordinates))

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
        fitted = self.fitted_
        if isinstance(fitted, OrdinaryKriging) and fitted.shares_blocks:
            return pool(fitted.predict_grid_jointly(grid, tile, served, max_distance))
        return predict_cells(self, self.search_, (grid, tile), served, max_distance)

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
        return pool(self.fitted_.leave_one_out_jointly(rows))


def pool(joint: JointPrediction) -> Prediction:
    """
    Combine predictions from several completed data sets.

    Parameters
    ----------
    joint : JointPrediction
        From two data sets or more.

    Returns
    -------
    Prediction
        Location: the mean over data sets. Variance: the kriging variance plus (1 + 1/r) times the
        variance between the r locations. The multiplier is that of every data set.

    Notes
    -----
    Rubin (1987), section 3.3. The variance is updated set by set (Welford 1962), place by place.

    Examples
    --------
    >>> one, zero = np.array([1.0]), np.array([0.0])
    >>> both = pool(JointPrediction(one, zero, np.array([[0.0], [2.0]])))
    >>> both.location, both.sigma
    (array([1.]), array([2.]))
    """
    mean = joint.locations[0].copy()
    squares = np.zeros_like(mean)
    # One after the other and never along an axis: numpy's order of adding depends on the shape.
    for count, location in enumerate(joint.locations[1:], start=2):
        step = location - mean
        mean += step / count
        squares += step * (location - mean)
    sets = len(joint.locations)
    between = squares / (sets - 1) * (1.0 + 1.0 / sets)
    return Prediction(mean, np.sqrt(joint.sigma**2 + between), joint.lagrange_multiplier)
