"""Variograms of indicators for a surface: one per threshold, chosen by left-out samples."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spatial.arrays import BoolArray, FloatArray
from spatial.errors import InvalidRequestError, SingularSystemError, VariogramError
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.cross_validation_scores import ThresholdFigures, probability_figures
from spatial.interpolation.duplicates import MergedPlaces
from spatial.interpolation.indicator_kriging import (
    IndicatorKriging,
    check_both_sides,
    indicators,
)
from spatial.interpolation.predictand import KrigingOptions
from spatial.interpolation.request import SurfaceRequest
from spatial.interpolation.variogram import EmpiricalVariogram, VariogramFit
from spatial.interpolation.variogram_choice import RequestedFit, requested_variogram


@dataclass(frozen=True, slots=True)
class IndicatorCandidate:
    """
    One covariance model that was tried for a threshold.

    Parameters
    ----------
    name : str
        The model.
    fit : VariogramFit
        Its fitted form.
    brier : float
        Brier score of left-out samples at this threshold alone; infinite where the equations had
        no stable solution.
    reason : str or None
        Why there is none.
    """

    name: str
    fit: VariogramFit
    brier: float
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class IndicatorFit:
    """
    What was found of one threshold.

    Parameters
    ----------
    threshold : float
        The guideline value.
    undecided : int
        Places whose detection limit lies above it: left out.
    empirical : EmpiricalVariogram
        The variogram's points of the indicator.
    fit : VariogramFit
        The variogram used, its own or that of all thresholds.
    candidates : tuple of IndicatorCandidate
        The models tried, best first.
    """

    threshold: float
    undecided: int
    empirical: EmpiricalVariogram
    fit: VariogramFit
    candidates: tuple[IndicatorCandidate, ...]


@dataclass(frozen=True, slots=True)
class FittedIndicators:
    """
    All thresholds of a surface.

    Parameters
    ----------
    thresholds : tuple of IndicatorFit
        Rising.
    is_below : ndarray of bool, shape (n,)
        Places of which is known only that they lie below their value.
    figures : tuple of ThresholdFigures
        Of left-out samples that are decided, after the correction of order relations.
    """

    thresholds: tuple[IndicatorFit, ...]
    is_below: BoolArray
    figures: tuple[ThresholdFigures, ...]

    @property
    def variograms(self) -> tuple[VariogramModel, ...]:
        """One per threshold."""
        return tuple(part.fit.model for part in self.thresholds)

    @property
    def narrowest(self) -> IndicatorFit:
        """The threshold whose variogram has the shortest range: it limits the surface."""
        return min(self.thresholds, key=lambda part: part.fit.model.range_)


def fit_indicators(
    places: MergedPlaces, is_below: BoolArray, request: SurfaceRequest
) -> FittedIndicators:
    """
    Fit a variogram to the indicators of each threshold, and cross-validate all of them together.

    Parameters
    ----------
    places : MergedPlaces
        Samples by place, in concentrations; detection limits where they lie below one.
    is_below : ndarray of bool, shape (n,)
        Which places these are.
    request : SurfaceRequest
        Thresholds, models, way of fitting, neighbours.

    Returns
    -------
    FittedIndicators
        For the surface and its card.

    Raises
    ------
    VariogramError
        Where every decided sample is on one side of a threshold.
    SingularSystemError
        Where no model gives a stable solution.
    """
    options = request.settings().kriging_options
    parts = [_fit_one(places, is_below, request, options, t) for t in request.thresholds]
    if request.shares_variogram:
        shared = _most_even(places, is_below, parts)
        parts = [
            IndicatorFit(part.threshold, part.undecided, shared.empirical, shared.fit, ())
            if part is not shared
            else part
            for part in parts
        ]
    models = tuple(part.fit.model for part in parts)
    kriging = IndicatorKriging(request.thresholds, models, options)
    told = kriging.fit(places.coordinates, places.values, is_below).leave_one_out_probabilities()
    figures = []
    for threshold, probability in zip(told.thresholds, told.probability.T, strict=True):
        at = indicators(places.values, is_below, threshold)
        is_told = ~np.isnan(at) & ~np.isnan(probability)
        figures.append(probability_figures(at[is_told] == 0.0, probability[is_told], threshold))
    return FittedIndicators(tuple(parts), is_below, tuple(figures))


def _fit_one(
    places: MergedPlaces,
    is_below: BoolArray,
    request: SurfaceRequest,
    options: KrigingOptions,
    threshold: float,
) -> IndicatorFit:
    """
    Choose the model of one threshold by the Brier score of left-out samples.

    Parameters
    ----------
    places : MergedPlaces
        Samples by place.
    is_below : ndarray of bool, shape (n,)
        Which lie below their value.
    request : SurfaceRequest
        Models and way of fitting.
    options : KrigingOptions
        Of the kriging.
    threshold : float
        The guideline value.

    Returns
    -------
    IndicatorFit
        With all models tried.
    """
    at = indicators(places.values, is_below, threshold)
    check_both_sides(at, threshold)
    is_decided = ~np.isnan(at)
    decided = places._replace(
        coordinates=places.coordinates[is_decided],
        values=at[is_decided],
        counts=places.counts[is_decided],
        spread=places.spread[is_decided],
        is_censored=np.zeros(int(np.count_nonzero(is_decided)), np.bool_),
    )
    empirical = requested_variogram(decided, request)
    fitted = RequestedFit(decided, empirical, request)
    tried = []
    for name in request.models:
        fit = fitted(name)
        try:
            brier = _brier(decided, fit.model, options)
        except SingularSystemError as error:
            tried.append(IndicatorCandidate(name, fit, float("inf"), str(error)))
        else:
            tried.append(IndicatorCandidate(name, fit, brier))
    tried.sort(key=lambda candidate: candidate.brier)
    if tried[0].reason is not None:
        raise SingularSystemError(f"Threshold {threshold:g}: {tried[0].reason}")
    undecided = int(np.count_nonzero(~is_decided))
    return IndicatorFit(threshold, undecided, empirical, tried[0].fit, tuple(tried))


def _brier(decided: MergedPlaces, model: VariogramModel, options: KrigingOptions) -> float:
    """
    Return the Brier score of left-out samples at one threshold.

    Parameters
    ----------
    decided : MergedPlaces
        Places with indicators as values.
    model : VariogramModel
        Their variogram.
    options : KrigingOptions
        Of the kriging.

    Returns
    -------
    float
        Of the samples with neighbours enough.
    """
    kriging = IndicatorKriging([0.5], model, options).fit(decided.coordinates, decided.values)
    above: FloatArray = kriging.leave_one_out_probabilities().probability[:, 0]
    is_told = ~np.isnan(above)
    if not is_told.any():
        raise InvalidRequestError(
            "No sample has as many neighbours as the search asks for; use a larger radius or "
            "fewer neighbours."
        )
    return float(np.mean((above[is_told] - decided.values[is_told]) ** 2))


def _most_even(
    places: MergedPlaces, is_below: BoolArray, parts: Sequence[IndicatorFit]
) -> IndicatorFit:
    """
    Return the threshold that parts the samples most evenly: its variogram is known best.

    Parameters
    ----------
    places : MergedPlaces
        Samples by place.
    is_below : ndarray of bool, shape (n,)
        Which lie below their value.
    parts : sequence of IndicatorFit
        All thresholds.

    Returns
    -------
    IndicatorFit
        One of them.
    """
    if not parts:
        raise VariogramError("No threshold was stated.")
    shares = [np.nanmean(indicators(places.values, is_below, part.threshold)) for part in parts]
    return parts[int(np.argmin(np.abs(np.array(shares) - 0.5)))]
