"""Indicator kriging: probabilities at stated thresholds, without a distribution assumed."""

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from spatial.arrays import FloatArray, as_coordinates, as_values
from spatial.errors import InvalidRequestError, VariogramError
from spatial.interpolation.contract import Family, MethodSettings, ThresholdPrediction
from spatial.interpolation.covariance import ModelName, VariogramModel
from spatial.interpolation.drift import Drift
from spatial.interpolation.general_kriging import GeneralKriging
from spatial.interpolation.predictand import KrigingOptions
from spatial.interpolation.variogram import empirical_variogram, fit_variogram


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
        if indicator.min() == indicator.max():
            side = "at or below" if indicator[0] else "above"
            raise VariogramError(
                f"All samples lie {side} the threshold {threshold:g}, so there is no variogram of "
                "it; its probability is all there is to say."
            )
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

    def fit(self, coordinates: ArrayLike, values: ArrayLike) -> Self:
        """
        Take the samples.

        Parameters
        ----------
        coordinates : array_like, shape (n, 2)
            Eastings and northings (m), no two the same.
        values : array_like, shape (n,)
            One value per place, on the scale of the thresholds.

        Returns
        -------
        Self
            The fitted method.

        Raises
        ------
        SpatialError
            As `GeneralKriging.fit`.
        """
        places = as_coordinates(coordinates)
        numbers = as_values(values, len(places))
        self.parts_ = [
            GeneralKriging(model, Drift(), options=self.options).fit(
                places, (numbers <= threshold).astype(np.float64)
            )
            for threshold, model in zip(self.thresholds, self.variograms, strict=True)
        ]
        return self

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

    def leave_one_out_probabilities(self) -> ThresholdPrediction:
        """
        Predict each sample from the others.

        Returns
        -------
        ThresholdPrediction
            One row per sample.
        """
        return self._put_together([part.leave_one_out().location for part in self.parts_])

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
        Thresholds, variogram (one for all) and options (or neighbours) are used.

    Returns
    -------
    IndicatorKriging
        Not yet fitted.

    Raises
    ------
    InvalidRequestError
        Where there is no variogram or no threshold.
    """
    if settings.variogram is None:
        raise InvalidRequestError("Kriging needs a variogram model.")
    return IndicatorKriging(settings.thresholds, settings.variogram, settings.kriging_options)
