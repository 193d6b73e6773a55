"""Indicator kriging: probabilities at stated thresholds, without a distribution assumed."""

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from spatial.arrays import BoolArray, FloatArray, as_coordinates, as_values
from spatial.errors import InvalidRequestError, VariogramError
from spatial.grids import Grid, Tile
from spatial.interpolation.contract import Family, MethodSettings, ThresholdPrediction
from spatial.interpolation.covariance import ModelName, VariogramModel
from spatial.interpolation.drift import Drift
from spatial.interpolation.fast_grid import predict_cells
from spatial.interpolation.general_kriging import GeneralKriging
from spatial.interpolation.kriging import OrdinaryKriging
from spatial.interpolation.metrics import Planar
from spatial.interpolation.neighbourhood import Neighbourhood
from spatial.interpolation.predictand import KrigingOptions
from spatial.interpolation.variogram import empirical_variogram, fit_variogram
from spatial.neighbours import NeighbourSearch


def correct_order_relations(shares: FloatArray) -> FloatArray:
    """
    Make kriged shares below rising thresholds a distribution.

    Parameters
    ----------
    shares : ndarray, shape (m, t)
        Kriged P(z ≤ T) for rising thresholds; they may fall or leave 0 to 1.

    Returns
    -------
    ndarray, shape (m, t)
        Within 0 and 1 and never falling: the average of the upward correction, which raises what is
        below an earlier one, and of the downward one, which lowers what is above a later one.

    Notes
    -----
    Deutsch & Journel (1998), GSLIB, section IV.1.9.

    Examples
    --------
    >>> correct_order_relations(np.array([[-0.1, 0.5, 0.3, 1.2]])).tolist()
    [[0.0, 0.4, 0.4, 1.0]]
    """
    within = np.clip(shares, 0.0, 1.0)
    upward = np.maximum.accumulate(within, axis=1)
    downward = np.minimum.accumulate(within[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(0.5 * (upward + downward), np.float64)


def indicators(values: FloatArray, is_below: BoolArray | None, threshold: float) -> FloatArray:
    """
    Return which values lie at or below a threshold, where that can be said.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Values; detection limits where only that is known.
    is_below : ndarray of bool, shape (n,), or None
        Values of which is known only that they lie below their detection limit.
    threshold : float
        The guideline value T.

    Returns
    -------
    ndarray, shape (n,)
        1 at or below, 0 above; NaN where the detection limit lies above T: undecidable.

    Examples
    --------
    >>> below = np.array([False, False, True, True])
    >>> indicators(np.array([1.0, 9.0, 2.0, 9.0]), below, 5.0)
    array([ 1.,  0.,  1., nan])
    """
    at = (values <= threshold).astype(np.float64)
    if is_below is not None:
        at[is_below & (values > threshold)] = np.nan
    return at


def check_both_sides(at: FloatArray, threshold: float) -> None:
    """
    Refuse a threshold that does not part the samples.

    Parameters
    ----------
    at : ndarray, shape (n,)
        Indicators, NaN where undecidable.
    threshold : float
        The guideline value, for the sentence.

    Raises
    ------
    VariogramError
        Where all are on one side, or none is decided.
    """
    at = at[~np.isnan(at)]
    if not len(at):
        raise VariogramError(
            f"Every sample lies below a detection limit above the threshold {threshold:g}: it "
            "cannot be decided whether any exceeds it."
        )
    if at.min() == at.max():
        side = "at or below" if at[0] else "above"
        raise VariogramError(
            f"All samples lie {side} the threshold {threshold:g}, so there is no variogram of "
            "it; its probability is all there is to say."
        )


def fit_indicator_variograms(
    coordinates: ArrayLike, values: ArrayLike, thresholds: Sequence[float], name: ModelName
) -> tuple[VariogramModel, ...]:
    """
    Fit a variogram to the indicators of each threshold.

    Parameters
    ----------
    coordinates : array_like, shape (n, 2)
        Eastings and northings (m).
    values : array_like, shape (n,)
        One value per place.
    thresholds : sequence of float
        Guideline values.
    name : {"spherical", "exponential", "gaussian", "matern"}
        The model.

    Returns
    -------
    tuple of VariogramModel
        One per threshold.

    Raises
    ------
    VariogramError
        Where every sample is on one side of a threshold.

    Examples
    --------
    >>> places = np.random.default_rng(0).uniform(0.0, 100.0, (50, 2))
    >>> models = fit_indicator_variograms(places, places[:, 0], [30.0, 70.0], "spherical")
    >>> [model.sill > 0.1 for model in models]
    [True, True]
    """
    places = as_coordinates(coordinates)
    numbers = as_values(values, len(places))
    models = []
    for threshold in thresholds:
        indicator = (numbers <= threshold).astype(np.float64)
        check_both_sides(indicator, threshold)
        models.append(fit_variogram(empirical_variogram(places, indicator), name).model)
    return tuple(models)


class IndicatorKriging:
    """
    Kriging of what lies above each threshold and what does not.

    Parameters
    ----------
    thresholds : sequence of float
        Guideline values, rising, in the unit of the values.
    variograms : VariogramModel or sequence of VariogramModel
        Of the indicators: one per threshold, or one for all (median indicator kriging, where only
        its shape counts).
    options : KrigingOptions, optional
        Neighbourhood and distance.

    Notes
    -----
    Ordinary kriging of 1{z ≤ T} gives the share P(z ≤ T) of a point measurement (Journel 1983,
    Mathematical Geology 15(3)); order relations are corrected by `correct_order_relations`. No
    transform and no Gaussian shape are assumed, and nothing is known between the thresholds.

    Examples
    --------
    >>> model = VariogramModel.single("spherical", nugget=0.0, partial_sill=0.2, scale=10.0)
    >>> kriging = IndicatorKriging([2.0, 5.0], model).fit([[0, 0], [4, 0]], [1.0, 3.0])
    >>> kriging.predict_probabilities([[2, 0], [4, 0]]).probability.round(9).tolist()
    [[0.5, 0.0], [1.0, 0.0]]
    """

    family: Family = "thresholds"

    def __init__(
        self,
        thresholds: Sequence[float],
        variograms: VariogramModel | Sequence[VariogramModel],
        options: KrigingOptions | None = None,
    ) -> None:
        limits = np.asarray(thresholds, np.float64)
        if limits.ndim != 1 or not len(limits) or not np.isfinite(limits).all():
            raise InvalidRequestError("Indicator kriging needs thresholds, all finite numbers.")
        if (np.diff(limits) <= 0.0).any():
            raise InvalidRequestError("The thresholds of indicator kriging must rise.")
        models = (
            (variograms,) * len(limits)
            if isinstance(variograms, VariogramModel)
            else tuple(variograms)
        )
        if len(models) != len(limits):
            raise InvalidRequestError(
                f"There are {len(limits)} thresholds, but {len(models)} variograms; give one for "
                "each or one for all."
            )
        self.options = options or KrigingOptions()
        if self.options.block is not None:
            raise InvalidRequestError(
                "The share of a block that exceeds is not the probability that its mean does; "
                "simulate for blocks."
            )
        self.thresholds = tuple(float(limit) for limit in limits)
        self.variograms: tuple[VariogramModel, ...] = models

    def fit(
        self, coordinates: ArrayLike, values: ArrayLike, is_below: BoolArray | None = None
    ) -> Self:
        """
        Take the samples.

        Parameters
        ----------
        coordinates : array_like, shape (n, 2)
            Eastings and northings (m), no two the same.
        values : array_like, shape (n,)
            One value per place, on the scale of the thresholds.
        is_below : ndarray of bool, shape (n,), optional
            Places of which is known only that they lie below their value, a detection limit. One
            above a threshold is undecidable there, and left out of that threshold.

        Returns
        -------
        Self
            The fitted method.

        Raises
        ------
        SpatialError
            As the kriging of each indicator.
        """
        self.coordinates_ = as_coordinates(coordinates)
        numbers = as_values(values, len(self.coordinates_))
        self.parts_: list[OrdinaryKriging | GeneralKriging] = []
        self.decided_: list[BoolArray] = []
        for threshold, model in zip(self.thresholds, self.variograms, strict=True):
            at = indicators(numbers, is_below, threshold)
            is_decided = ~np.isnan(at)
            part = self._kriging(model).fit(self.coordinates_[is_decided], at[is_decided])
            self.parts_.append(part)
            self.decided_.append(is_decided)
        return self

    def _kriging(self, model: VariogramModel) -> OrdinaryKriging | GeneralKriging:
        """
        Return the kriging of one indicator, the fast one where the options allow it.

        Parameters
        ----------
        model : VariogramModel
            Of the indicator.

        Returns
        -------
        OrdinaryKriging or GeneralKriging
            The same but for rounding; not yet fitted.
        """
        options, rule = self.options, self.options.neighbourhood
        is_plain = (
            isinstance(options.metric, Planar)
            and rule == Neighbourhood(rule.neighbours)
            and options.measurement_variance == 0.0
            and not options.filters_nugget
        )
        if is_plain:
            return OrdinaryKriging(model, rule.neighbours)
        return GeneralKriging(model, Drift(), options=options)

    def predict_probabilities(self, coordinates: ArrayLike) -> ThresholdPrediction:
        """
        Predict at places.

        Parameters
        ----------
        coordinates : array_like, shape (m, 2)
            Places.

        Returns
        -------
        ThresholdPrediction
            P(z > T), falling from threshold to threshold; NaN where there are too few neighbours.
        """
        places = as_coordinates(coordinates)
        return self._put_together([part.predict(places).location for part in self.parts_])

    def predict_grid_probabilities(
        self, grid: Grid, tile: Tile, served: BoolArray, max_distance: float = np.inf
    ) -> ThresholdPrediction:
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
            Cells farther than this (m) from every sample that is decided, at any threshold, are
            missing.

        Returns
        -------
        ThresholdPrediction
            One row per cell of the tile, NaN where none is wanted. The same bits whatever the tile.
        """
        shares = []
        for part, is_decided in zip(self.parts_, self.decided_, strict=True):
            if isinstance(part, OrdinaryKriging):
                cells = part.predict_grid(grid, tile, served, max_distance)
            else:
                search = NeighbourSearch(self.coordinates_[is_decided])
                cells = predict_cells(part, search, (grid, tile), served, max_distance)
            shares.append(cells.location)
        return self._put_together(shares)

    def leave_one_out_probabilities(self) -> ThresholdPrediction:
        """
        Predict each sample from the others.

        Returns
        -------
        ThresholdPrediction
            One row per sample, those too that are undecided.
        """
        shares = []
        for part, is_decided in zip(self.parts_, self.decided_, strict=True):
            share = np.empty(len(is_decided))
            share[is_decided] = part.leave_one_out().location
            if not is_decided.all():
                share[~is_decided] = part.predict(self.coordinates_[~is_decided]).location
            shares.append(share)
        return self._put_together(shares)

    def _put_together(self, shares: list[FloatArray]) -> ThresholdPrediction:
        """
        Correct order relations and turn shares below into probabilities above.

        Parameters
        ----------
        shares : list of ndarray, shape (m,)
            Kriged P(z ≤ T), by threshold.

        Returns
        -------
        ThresholdPrediction
            P(z > T).
        """
        below = correct_order_relations(np.column_stack(shares))
        return ThresholdPrediction(self.thresholds, 1.0 - below)


def from_settings(settings: MethodSettings) -> IndicatorKriging:
    """
    Make the method from what it is told.

    Parameters
    ----------
    settings : MethodSettings
        Thresholds, variograms (one for each, or one for all) and options (or neighbours) are used.

    Returns
    -------
    IndicatorKriging
        Not yet fitted.

    Raises
    ------
    InvalidRequestError
        Where there is no variogram or no threshold.
    """
    models = settings.variograms or settings.variogram
    if models is None:
        raise InvalidRequestError("Kriging needs a variogram model.")
    return IndicatorKriging(settings.thresholds, models, settings.kriging_options)
