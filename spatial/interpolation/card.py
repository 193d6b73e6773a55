"""The model card: everything needed to argue with a surface, or to make it again."""

import math
import platform
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import numpy as np

from spatial.arrays import Float32Array, array_sha256
from spatial.interpolation.card_censoring import censoring_card
from spatial.interpolation.card_indicators import describe_indicators
from spatial.interpolation.card_simulation import describe_simulation
from spatial.interpolation.card_variogram import describe_fit, describe_variogram
from spatial.interpolation.card_warnings import band_warnings
from spatial.interpolation.cross_validation import CrossValidation
from spatial.interpolation.duplicates import MergedPlaces
from spatial.interpolation.registry import get_method
from spatial.interpolation.surface_model import SurfaceModel
from spatial.interpolation.validation import distance_quantiles
from spatial.neighbours import NeighbourSearch

CARD_VERSION = 1
OF_VALUES = "the values"
OF_REMAINDER = "what remains beside a trend by ordinary least squares"
PACKAGES = ("numpy", "scipy", "numba", "shapely", "rasterio", "pyproj")


def model_card(
    model: SurfaceModel, bands: Mapping[str, Float32Array], uncovered: int = 0
) -> dict[str, Any]:
    """
    Describe a finished surface.

    Parameters
    ----------
    model : SurfaceModel
        What was fitted.
    bands : mapping of str to ndarray
        The finished bands, float32.
    uncovered : int
        Cells that are missing for want of a covariate alone.

    Returns
    -------
    dict
        Ready for JSON: no NaN, no infinity, no numpy type.
    """
    places, grid = model.places, model.grid
    is_served = ~np.isnan(next(iter(bands.values())))
    card: dict[str, Any] = {
        "card_version": CARD_VERSION,
        "method": model.request.method,
        "method_title": get_method(model.request.method).title,
        "family": model.family,
        "support": "block" if model.settings.kriging_options.block else "point",
        "sigma_includes_nugget": _includes_nugget(model),
        "request": asdict(model.asked),
        "auto": None if model.auto is None else model.auto.described(),
        "seed": model.request.seed,
        "transform": {"name": model.transform.name, "parameters": model.transform.parameters},
        "neighbours": model.request.neighbours,
        "max_distance": model.max_distance,
        "inputs": {
            "sha256": samples_sha256(places),
            "samples": places.sample_count,
            "places": len(places.values),
            "merged_places": places.merged_places,
            "largest_spread": float(places.spread.max()),
            "minimum": float(places.values.min()),
            "median": float(np.median(places.values)),
            "maximum": float(places.values.max()),
            "nearest_neighbour_distance": _quantiles(places),
        },
        "censoring": censoring_card(model),
        "outline": model.outline_wkt,
        "grid": {**asdict(grid), "bounds": list(grid.bounds)},
        "cells": {
            "all": grid.cell_count,
            "served": int(np.count_nonzero(is_served)),
            "without_covariates": uncovered,
        },
        "trend": {
            "degree": model.trend.degree,
            "covariates": list(model.trend.covariates),
            "covariates_sha256": model.covariates and model.covariates.fingerprint,
            "r_squared": model.trend.r_squared,
        },
        "distribution": _distribution(model),
        "variogram": describe_variogram(
            model.empirical, model.fit, model.transform.name, _variogram_of(model)
        ),
        "thresholds": None if model.indicators is None else describe_indicators(model.indicators),
        "simulation": (
            describe_simulation(model, bands, int(np.count_nonzero(is_served)))
            if model.family == "realisations"
            else None
        ),
        "cross_validation": _cross_validation(model),
        "validations": [validation.described() for validation in model.validations],
        "candidates": [
            {
                "model": candidate.name,
                "fit": describe_fit(candidate.fit),
                "cross_validation": _figures(candidate.figures),
                "reason": candidate.reason,
            }
            for candidate in model.candidates
        ],
        "warnings": [*model.warnings, *band_warnings(model, bands)],
        "bands": list(bands),
        "array_sha256": array_sha256(bands),
        "fingerprint": model.fingerprint,
        "versions": {
            "python": platform.python_version(),
            "machine": platform.machine(),
            **{package: version(package) for package in PACKAGES},
        },
    }
    return {name: _plain(part) for name, part in card.items()}


def samples_sha256(places: MergedPlaces) -> str:
    """
    Return a hash of the samples as they are modelled.

    Parameters
    ----------
    places : MergedPlaces
        Samples by place.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    return array_sha256(
        {
            "coordinates": places.coordinates,
            "values": places.values,
            "is_censored": places.is_censored.astype(np.uint8),
        }
    )


def _includes_nugget(model: SurfaceModel) -> bool | None:
    """
    Tell whether sigma is that of a new measurement.

    Parameters
    ----------
    model : SurfaceModel
        The model.

    Returns
    -------
    bool or None
        None for a method without sigma.
    """
    if model.family != "gaussian":
        return None
    options = model.settings.kriging_options
    return not options.filters_nugget and options.block is None


def _quantiles(places: MergedPlaces) -> dict[str, float]:
    """
    Describe how far apart neighbouring places are.

    Parameters
    ----------
    places : MergedPlaces
        Samples by place.

    Returns
    -------
    dict of float
        Metres, by quantile.
    """
    return distance_quantiles(NeighbourSearch(places.coordinates).separation())


def _distribution(model: SurfaceModel) -> dict[str, Any]:
    """
    Return what the surface's family needs beside the transform, to be asked again.

    Parameters
    ----------
    model : SurfaceModel
        The model.

    Returns
    -------
    dict
        Thresholds, or the number of realisations; nothing for the other families.
    """
    if model.family == "thresholds":
        return {"thresholds": list(model.request.thresholds)}
    return {"realisations": model.request.simulations} if model.family == "realisations" else {}


def _variogram_of(model: SurfaceModel) -> str:
    """
    Say what the variogram in the card is one of.

    Parameters
    ----------
    model : SurfaceModel
        The model.

    Returns
    -------
    str
        Words.
    """
    if model.indicators is not None:
        narrowest = model.indicators.narrowest.threshold
        return f"the indicator of {narrowest:g}, which has the shortest range of all thresholds"
    return OF_REMAINDER if model.request.drift(model.covariates).size > 1 else OF_VALUES


def _cross_validation(model: SurfaceModel) -> dict[str, Any] | None:
    """
    Describe how left-out samples were predicted.

    Parameters
    ----------
    model : SurfaceModel
        The model.

    Returns
    -------
    dict or None
        Figures on the transformed scale, or by threshold.
    """
    if model.indicators is not None:
        return {"thresholds": [asdict(figures) for figures in model.indicators.figures]}
    return _figures(model.cross_validation)


def _figures(figures: CrossValidation | None) -> dict[str, Any] | None:
    """
    Describe a cross-validation.

    Parameters
    ----------
    figures : CrossValidation or None
        The figures.

    Returns
    -------
    dict or None
        By name.
    """
    return None if figures is None else asdict(figures)


def _plain(thing: Any) -> Any:
    """
    Make a structure of what JSON has; an infinite or missing number becomes null.

    Parameters
    ----------
    thing : object
        Dictionaries, lists, tuples, numbers, text.

    Returns
    -------
    object
        The same, plain.
    """
    if isinstance(thing, dict):
        return {str(key): _plain(value) for key, value in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [_plain(value) for value in thing]
    if isinstance(thing, float):
        return float(thing) if math.isfinite(thing) else None
    return thing
