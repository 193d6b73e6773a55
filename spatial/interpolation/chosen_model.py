"""The covariance model that a surface is calculated with: fitted, compared, chosen."""

from dataclasses import dataclass

from spatial.interpolation.augmentation import AugmentedSamples
from spatial.interpolation.censored_choice import choose_with_limits
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.drift import Table
from spatial.interpolation.duplicates import MergedPlaces
from spatial.interpolation.indicator_fitting import FittedIndicators, fit_indicators
from spatial.interpolation.model_choice import Candidate, LeftOut, left_out_rows, try_models
from spatial.interpolation.registry import Method, get_method
from spatial.interpolation.request import SurfaceRequest
from spatial.interpolation.transforms import Transform
from spatial.interpolation.trend import Trend, remove_trend
from spatial.interpolation.variogram import (
    EmpiricalVariogram,
    VariogramFit,
    is_without_structure,
)
from spatial.interpolation.variogram_choice import RequestedFit, requested_variogram


@dataclass(frozen=True, slots=True)
class ChosenModel:
    """
    What was fitted to the samples.

    Parameters
    ----------
    empirical : EmpiricalVariogram
        The variogram's points.
    fit : VariogramFit
        The chosen model.
    trend : Trend
        What was taken off the values first.
    candidates : list of Candidate
        All models tried, best first; none for indicators.
    indicators : FittedIndicators or None
        Of the family thresholds.
    augmented : AugmentedSamples or None
        Completed data sets, where values were drawn.
    """

    empirical: EmpiricalVariogram
    fit: VariogramFit
    trend: Trend
    candidates: list[Candidate]
    indicators: FittedIndicators | None = None
    augmented: AugmentedSamples | None = None

    @property
    def variograms(self) -> object:
        """Every fitted model, for the fingerprint."""
        return self.fit.model if self.indicators is None else self.indicators.variograms


def choose_model(
    method: Method,
    places: MergedPlaces,
    transform: Transform,
    request: SurfaceRequest,
    covariates: Table | None,
) -> ChosenModel:
    """
    Fit and choose the variogram, values below their limits drawn where that was asked for.

    Parameters
    ----------
    method : Method
        The surface's.
    places : MergedPlaces
        Samples by place, in concentrations.
    transform : Transform
        g.
    request : SurfaceRequest
        What was asked for.
    covariates : Table or None
        What external drift depends on.

    Returns
    -------
    ChosenModel
        The fit and what it rests on.
    """
    transformed = places._replace(values=transform.forward(places.values))
    drift = request.drift(covariates)
    if method.family == "thresholds":
        indicators = fit_indicators(places, places.is_censored, request)
        part = indicators.narrowest
        trend = remove_trend(transformed, drift)
        return ChosenModel(part.empirical, part.fit, trend, [], indicators)
    method = method_of_choice(method, request)
    if places.censored_places:
        candidates, augmented, trend = choose_with_limits(method, transformed, request, covariates)
        return ChosenModel(
            augmented.empirical, candidates[0].fit, trend, candidates, augmented=augmented
        )
    trend = remove_trend(transformed, drift)
    empirical = requested_variogram(trend.remainder, request)
    candidates = try_models(
        method,
        LeftOut(
            places.coordinates,
            transformed.values,
            left_out_rows(places.is_censored, 1, request.seed),
        ),
        request.models,
        request.settings(covariates=covariates),
        RequestedFit(trend.remainder, empirical, request),
    )
    return ChosenModel(empirical, candidates[0].fit, trend, candidates)


def method_of_choice(method: Method, request: SurfaceRequest) -> Method:
    """
    Return the kriging whose left-out samples choose the covariance model.

    Parameters
    ----------
    method : Method
        The surface's.
    request : SurfaceRequest
        Whether the mean is known.

    Returns
    -------
    Method
        For a simulation the kriging it rests on.
    """
    if method.family != "realisations":
        return method
    return get_method("ordinary_kriging" if request.mean is None else "simple_kriging")


def reach_of(variogram: VariogramModel, empirical: EmpiricalVariogram) -> float:
    """
    Return how far a sample speaks for its surroundings.

    Parameters
    ----------
    variogram : VariogramModel
        The fitted model.
    empirical : EmpiricalVariogram
        What it was fitted to.

    Returns
    -------
    float
        The practical range (m); without spatial structure there is none worth the name, and one
        distance class is taken, so that a surface of the mean still shows where samples are.
    """
    if is_without_structure(variogram, empirical):
        return max(variogram.range_, empirical.width)
    return variogram.range_
