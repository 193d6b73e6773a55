"""Ordinary kriging, from all samples or from the nearest ones."""

import copy
from typing import Self

import numpy as np
import scipy
from numpy.typing import ArrayLike

from spatial.arrays import BoolArray, FloatArray, IntArray, as_coordinates, as_values
from spatial.errors import InvalidRequestError, SingularSystemError, TooFewPlacesError
from spatial.grids import Grid, Tile
from spatial.interpolation.contract import (
    Family,
    JointPrediction,
    MethodSettings,
    Prediction,
)
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.fast_equations import Model
from spatial.interpolation.fast_factor import GlobalFactor, factor_samples
from spatial.interpolation.fast_global import krige_globally
from spatial.interpolation.fast_grid import predict_cells, window_of
from spatial.interpolation.fast_kriging import krige_window
from spatial.interpolation.fast_tables import correlation_tables
from spatial.interpolation.kernels import (
    krige_neighbours,
    structure_table,
)
from spatial.neighbours import NeighbourSearch

# From all samples, memory grows with n² and the time of a cell too.
MOST_PLACES_FROM_ALL = 5_000
SINGULAR_ADVICE = (
    "The kriging equations have no stable solution: samples lie so close together that the "
    "variogram calls them the same. Use a model with a nugget, another model than the Gaussian, "
    "or merge those samples."
)


class OrdinaryKriging:
    """
    Ordinary kriging of a value whose mean is constant but unknown.

    Exact: the Cholesky factor of each system is solved in full, and a sample's place gets the
    sample's value back. The standard deviation is that of a new measurement, so it holds the
    nugget.

    Parameters
    ----------
    variogram : VariogramModel
        The covariance of the values.
    neighbours : int, optional
        How many nearest samples each place is predicted from; all when absent.

    Notes
    -----
    Σ_j λ_j C_ij + μ = C_i0 and Σ λ = 1; ŷ = Σ λ_i y_i; σ² = C(0) − Σ λ_i C_i0 − μ
    (Matheron 1963; Chilès & Delfiner 2012, section 3.4). The sign of the Lagrange multiplier μ
    belongs to this covariance form.

    Examples
    --------
    >>> model = VariogramModel.single("spherical", nugget=0.0, partial_sill=1.0, scale=10.0)
    >>> kriging = OrdinaryKriging(model).fit([[0, 0], [4, 0]], [1.0, 3.0])
    >>> kriging.predict([[2, 0], [4, 0]]).location.round(12)
    array([2., 3.])
    """

    family: Family = "gaussian"

    def __init__(self, variogram: VariogramModel, neighbours: int | None = None) -> None:
        self.variogram = variogram
        self.neighbours = neighbours

    def fit(self, coordinates: ArrayLike, values: ArrayLike) -> Self:
        """
        Take the samples, and factor their covariances where all are used.

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
            Where the number of neighbours is below 1, or all of too many samples are asked for.
        TooFewPlacesError
            Where there are fewer than two places.
        SingularSystemError
            Where the samples' covariances have no stable solution.
        """
        self.coordinates_ = as_coordinates(coordinates)
        self.values_ = as_values(values, len(self.coordinates_))
        if len(self.values_) < 2:
            raise TooFewPlacesError("Kriging needs at least two places.")
        if self.neighbours is not None and self.neighbours < 1:
            raise InvalidRequestError(
                f"Kriging needs at least one neighbour; got {self.neighbours}."
            )
        self.structures_ = structure_table(self.variogram)
        self.tables_ = correlation_tables(self.variogram)
        # Neighbours are the nearest on the ground; covariances are those of the turned space.
        self.isotropic_ = np.ascontiguousarray(self.variogram.isotropic(self.coordinates_))
        self.search_ = NeighbourSearch(self.coordinates_)
        self._take(self.values_[np.newaxis])
        return self

    def _take(self, completed: FloatArray) -> None:
        """
        Keep data sets as kernels want them.

        Parameters
        ----------
        completed : ndarray, shape (r, n)
            Values in each data set.
        """
        self.completed_ = np.ascontiguousarray(completed, np.float64)
        # In the order of the tree, once: a grid may have thousands of tiles.
        ordered = np.take(self.completed_, self.search_.tree.order, axis=1)
        self.ordered_ = np.ascontiguousarray(ordered)
        self.factor_ = self._factor() if self._uses_all else None

    @property
    def _uses_all(self) -> bool:
        """Whether every sample is a neighbour of every place."""
        return self.neighbours is None or self.neighbours >= len(self.values_)

    def _factor(self) -> GlobalFactor:
        """
        Factor the covariances of all samples.

        Returns
        -------
        GlobalFactor
            See `spatial.interpolation.fast_factor.factor_samples`.
        """
        if len(self.values_) > MOST_PLACES_FROM_ALL:
            raise InvalidRequestError(
                f"Kriging from all of {len(self.values_):,} places needs too much memory and "
                f"time (at most {MOST_PLACES_FROM_ALL:,}); give a number of neighbours, such as 32."
            )
        factor, is_stable = factor_samples(self.isotropic_, self._model(self.completed_))
        if not is_stable:
            raise SingularSystemError(SINGULAR_ADVICE)
        return GlobalFactor(*factor)

    def _model(self, values: FloatArray) -> Model:
        """
        Put together what kernels need to know of the samples.

        Parameters
        ----------
        values : ndarray, shape (r, n)
            The samples' values in each data set, in the order the kernel wants them.

        Returns
        -------
        Model
            With the variogram.
        """
        return Model(
            values,
            float(self.variogram.nugget),
            self.structures_,
            float(self.variogram.sill),
            self.tables_,
        )

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
            One entry per place.

        Raises
        ------
        SingularSystemError
            Where a place's neighbours have no stable solution.
        """
        return self.predict_jointly(coordinates).first

    def predict_jointly(self, coordinates: ArrayLike) -> JointPrediction:
        """
        Predict at places from every data set given to `with_data_sets`.

        Parameters
        ----------
        coordinates : array_like, shape (m, 2)
            Eastings and northings (m).

        Returns
        -------
        JointPrediction
            One entry per place.
        """
        cells = as_coordinates(coordinates)
        if self.factor_ is None:
            return self._krige(cells, self.search_.nearest(cells, self.neighbours or 1))
        isotropic = np.ascontiguousarray(self.variogram.isotropic(cells))
        references = np.ascontiguousarray(self.completed_[:, 0])
        answers = krige_globally(isotropic, self.factor_, references, self.variogram.sill)
        return JointPrediction(np.sqrt(answers[0]), answers[1], answers[2:])

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
            tile; equal to those of `predict` but for rounding, because the equations are
            eliminated in another order.

        Raises
        ------
        SingularSystemError
            Where the neighbours of a wanted cell have no stable solution.
        """
        if self.shares_blocks:
            return self.predict_grid_jointly(grid, tile, served, max_distance).first
        return predict_cells(self, self.search_, (grid, tile), served, max_distance)

    @property
    def shares_blocks(self) -> bool:
        """Whether neighbouring cells of a grid are predicted together."""
        return not self._uses_all and self.variogram.anisotropy is None

    def predict_grid_jointly(
        self, grid: Grid, tile: Tile, served: BoolArray, max_distance: float = np.inf
    ) -> JointPrediction:
        """
        Predict the wanted cells of a tile from every data set, where `shares_blocks`.

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
        JointPrediction
            One entry per cell of the tile, NaN where none is wanted.

        Raises
        ------
        SingularSystemError
            Where the neighbours of a wanted cell have no stable solution.
        """
        tree = self.search_.tree
        model = self._model(self.ordered_)
        result = np.full((2 + len(self.completed_), tile.rows, tile.columns), np.nan)
        window = window_of(grid, tile, served, max_distance)
        if krige_window(tree, model, window, int(self.neighbours or 1), result):
            raise SingularSystemError(SINGULAR_ADVICE)
        answers = result.reshape(len(result), -1)
        return JointPrediction(np.sqrt(answers[0]), answers[1], answers[2:])

    def leave_one_out(self, rows: IntArray | None = None) -> Prediction:
        """
        Predict each sample from the others, the variogram kept.

        Parameters
        ----------
        rows : ndarray of int64, shape (m,), optional
            Which samples are left out, one at a time; all when absent.

        Returns
        -------
        Prediction
            One entry per sample left out.

        Raises
        ------
        SingularSystemError
            Where the samples' covariances have no stable solution.
        """
        return self.leave_one_out_jointly(rows).first

    def leave_one_out_jointly(self, rows: IntArray | None = None) -> JointPrediction:
        """
        Predict each sample from the others, in every data set.

        Parameters
        ----------
        rows : ndarray of int64, shape (m,), optional
            Which samples are left out, one at a time; all when absent.

        Returns
        -------
        JointPrediction
            One entry per sample left out.
        """
        if self._uses_all:
            found = _leave_one_out_of_all(self.isotropic_, self.completed_, self.variogram)
            return found if rows is None else JointPrediction(*(part[..., rows] for part in found))
        neighbours = self.search_.nearest_others(self.neighbours or 1, rows)
        cells = self.coordinates_ if rows is None else self.coordinates_[rows]
        return self._krige(cells, neighbours)

    def with_data_sets(self, completed: FloatArray) -> "OrdinaryKriging":
        """
        Return the method fitted to several data sets at the same places.

        Parameters
        ----------
        completed : ndarray, shape (r, n)
            Values on the transformed scale.

        Returns
        -------
        OrdinaryKriging
            With the same search; its plain predictions are those from the first.
        """
        other = copy.copy(self)
        other._take(completed)
        other.values_ = other.completed_[0]
        return other

    def _krige(self, cells: FloatArray, neighbours: IntArray) -> JointPrediction:
        """
        Predict from chosen neighbours.

        Parameters
        ----------
        cells : ndarray, shape (m, 2)
            Places (m).
        neighbours : ndarray of int64, shape (m, k)
            The samples of each.

        Returns
        -------
        JointPrediction
            One entry per place.
        """
        answers, failures = krige_neighbours(
            np.ascontiguousarray(self.variogram.isotropic(cells)),
            self.isotropic_,
            self.completed_,
            neighbours,
            self.variogram.nugget,
            self.structures_,
        )
        if failures:
            raise SingularSystemError(SINGULAR_ADVICE)
        return JointPrediction(np.sqrt(answers[0]), answers[1], answers[2:])


def _leave_one_out_of_all(
    coordinates: FloatArray, completed: FloatArray, variogram: VariogramModel
) -> JointPrediction:
    """
    Leave every sample out in turn with one matrix inverse.

    Parameters
    ----------
    coordinates : ndarray, shape (n, 2)
        Places of the samples (m).
    completed : ndarray, shape (r, n)
        Their values in each data set.
    variogram : VariogramModel
        The covariance of the values.

    Returns
    -------
    JointPrediction
        One entry per sample.

    Notes
    -----
    Dubrule (1983): with B the samples' block of the inverse of the kriging matrix [[C, 1], [1ᵀ, 0]]
    and b its last column, the error at i is (B y)_i / B_ii, its variance 1 / B_ii, and the
    Lagrange multiplier −b_i / B_ii.
    """
    covariances = variogram.covariance(scipy.spatial.distance.cdist(coordinates, coordinates))
    try:
        inverse = scipy.linalg.cho_solve(
            scipy.linalg.cho_factor(covariances), np.eye(len(coordinates))
        )
    except scipy.linalg.LinAlgError as error:
        raise SingularSystemError(SINGULAR_ADVICE) from error
    row_sums = inverse.sum(axis=1)
    last_column = row_sums / row_sums.sum()
    block = inverse - np.outer(row_sums, last_column)
    diagonal = np.diag(block)
    locations = np.empty_like(completed)
    for location, values in zip(locations, completed, strict=True):
        location[:] = values - block @ (values - values.mean()) / diagonal
    return JointPrediction(np.sqrt(1.0 / diagonal), -last_column / diagonal, locations)


def from_settings(settings: MethodSettings) -> OrdinaryKriging:
    """
    Make the method from what it is told.

    Parameters
    ----------
    settings : MethodSettings
        Variogram and neighbours are used.

    Returns
    -------
    OrdinaryKriging
        Not yet fitted.

    Raises
    ------
    InvalidRequestError
        Where there is no variogram.
    """
    if settings.variogram is None:
        raise InvalidRequestError("Kriging needs a variogram model.")
    return OrdinaryKriging(settings.variogram, settings.neighbours)
