"""What a reader of a surface must know, in plain words."""

from collections.abc import Mapping, Sequence

import numpy as np

from spatial.arrays import Float32Array
from spatial.interpolation.cross_validation import CrossValidation
from spatial.interpolation.duplicates import MergedPlaces
from spatial.interpolation.model_choice import Candidate
from spatial.interpolation.registry import get_method
from spatial.interpolation.request import SurfaceRequest
from spatial.interpolation.surface_model import SurfaceModel
from spatial.interpolation.variogram import EmpiricalVariogram, VariogramFit, is_without_structure

# Fewer places than this give a variogram that another survey might contradict.
FEW_PLACES = 30
# A median so many times the largest sample is no measurement's worth.
BEYOND = 10


def model_warnings(
    request: SurfaceRequest,
    places: MergedPlaces,
    empirical: EmpiricalVariogram,
    candidates: Sequence[Candidate],
    max_distance: float,
) -> tuple[str, ...]:
    """
    Say in plain words what a reader of the surface must know.

    Parameters
    ----------
    request : SurfaceRequest
        What was asked for.
    places : MergedPlaces
        Samples by place.
    empirical : EmpiricalVariogram
        The variogram's points.
    candidates : sequence of Candidate
        Models tried, best first.
    max_distance : float
        How far a sample reaches (m).

    Returns
    -------
    tuple of str
        Sentences; none where there is nothing to say.
    """
    chosen = candidates[0]
    return (
        *warnings_of_samples(request, places),
        *warnings_of_fit(chosen.fit, empirical, max_distance),
        *_warnings_of_figures(chosen.figures),
        *(
            f"The {candidate.name} model was left out of the choice. {candidate.reason}"
            for candidate in candidates
            if candidate.reason is not None
        ),
    )


def warnings_of_samples(request: SurfaceRequest, places: MergedPlaces) -> list[str]:
    """
    Say what the samples lack.

    Parameters
    ----------
    request : SurfaceRequest
        What was asked for.
    places : MergedPlaces
        Samples by place.

    Returns
    -------
    list of str
        Sentences.
    """
    warnings = []
    if len(places.values) < FEW_PLACES:
        warnings.append(
            f"Only {len(places.values)} places: the variogram and the stated uncertainty are rough "
            f"below {FEW_PLACES}."
        )
    if places.merged_places:
        warnings.append(
            f"{places.merged_places} places had more than one sample; their arithmetic means are "
            f"used (largest difference at one place: {float(places.spread.max()):g})."
        )
    if get_method(request.method).family == "none":
        warnings.append(
            "This method has no uncertainty: no probability of exceedance can be given. It uses "
            "the concentrations without a transform."
        )
    return warnings


def warnings_of_fit(
    fit: VariogramFit, empirical: EmpiricalVariogram, max_distance: float
) -> list[str]:
    """
    Say what the variogram lacks.

    Parameters
    ----------
    fit : VariogramFit
        The chosen model.
    empirical : EmpiricalVariogram
        The variogram's points.
    max_distance : float
        How far a sample reaches (m).

    Returns
    -------
    list of str
        Sentences.
    """
    warnings = []
    if is_without_structure(fit.model, empirical):
        warnings.append(
            "No spatial structure: the closest samples differ as much as distant ones, so the "
            "surface is little more than the mean of the samples. "
            f"Cells farther than {max_distance:,.0f} m from every sample are missing."
        )
    elif fit.is_range_at_limit:
        warnings.append(
            "The variogram does not level off within the distances compared (up to "
            f"{empirical.cutoff:,.0f} m): there may be a trend, and the range is not known."
        )
    if int(empirical.pairs.min()) < 30:
        warnings.append(
            f"A distance class of the variogram has only {int(empirical.pairs.min())} pairs of "
            "samples; 30 or more are wanted."
        )
    return warnings


def _warnings_of_figures(figures: CrossValidation | None) -> list[str]:
    """
    Say what the cross-validation found.

    Parameters
    ----------
    figures : CrossValidation or None
        Leave-one-out figures.

    Returns
    -------
    list of str
        Sentences.
    """
    if figures is None:
        return []
    warnings = []
    if figures.r_squared <= 0.0:
        warnings.append("Left-out samples are predicted no better than by the mean of all samples.")
    if figures.rmsse is not None and not 0.75 <= figures.rmsse <= 1.25:
        direction = "too small" if figures.rmsse > 1.0 else "too large"
        warnings.append(
            f"The stated uncertainty is {direction}: standardised errors of left-out samples have "
            f"a root mean square of {figures.rmsse:.2f}, not 1."
        )
    return warnings


def band_warnings(model: SurfaceModel, bands: Mapping[str, Float32Array]) -> list[str]:
    """
    Say where the finished surface cannot be believed.

    Parameters
    ----------
    model : SurfaceModel
        What was fitted.
    bands : mapping of str to ndarray
        The finished bands.

    Returns
    -------
    list of str
        Sentences; none for families without a median beside a location.
    """
    if "median" not in bands or "location" not in bands:
        return []
    warnings = []
    largest = float(model.places.values.max())
    is_beyond = bands["median"] > BEYOND * largest
    if is_beyond.any():
        warnings.append(
            f"In {int(np.count_nonzero(is_beyond)):,} cells the median is more than {BEYOND} times "
            f"the largest sample ({largest:g}): the model runs on beyond the samples, and these "
            "cells are not to be believed. Choose a smaller largest distance, or no trend."
        )
    is_predicted = ~np.isnan(bands["location"])
    for name in ("median", "mean"):
        lost = int(np.count_nonzero(is_predicted & np.isnan(bands[name])))
        if lost:
            warnings.append(f"In {lost:,} cells the {name} is too large to state; it is missing.")
    return warnings
