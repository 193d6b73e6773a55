"""Before anything is predicted: check, merge, transform, fit, cross-validate, lay out the grid."""

import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from spatial.arrays import FloatArray
from spatial.coordinates import Bounds, is_metric
from spatial.errors import (
    ConstantValuesError,
    GridError,
    InvalidCoordinatesError,
    TooFewPlacesError,
)
from spatial.grids import Grid, check_cell_count
from spatial.interpolation.auto_choice import choose_automatically
from spatial.interpolation.card import samples_sha256
from spatial.interpolation.card_warnings import model_warnings
from spatial.interpolation.censored_places import (
    censoring_warnings,
    merge_with_limits,
    values_for_transform,
)
from spatial.interpolation.chosen_model import ChosenModel, choose_model, method_of_choice, reach_of
from spatial.interpolation.declustering import declustering_weights
from spatial.interpolation.drift import Table
from spatial.interpolation.duplicates import MergedPlaces, merge_colocated
from spatial.interpolation.indicator_warnings import indicator_warnings
from spatial.interpolation.model_choice import LeftOut, left_out_rows
from spatial.interpolation.registry import get_method
from spatial.interpolation.request import AUTO, SurfaceRequest
from spatial.interpolation.simulation_surface import check_simulation_size
from spatial.interpolation.surface_model import SurfaceModel
from spatial.interpolation.transforms import Transform, fit_transform, get_transform
from spatial.interpolation.validation import Validation, Validator

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

FEWEST_PLACES = 10
NONE = get_transform("none")


def prepare(  # noqa: PLR0913, PLR0917 - samples, request and area in one call
    eastings: ArrayLike,
    northings: ArrayLike,
    values: ArrayLike,
    request: SurfaceRequest,
    epsg: int,
    outline: "BaseGeometry | None" = None,
    covariates: Table | None = None,
    *,
    is_censored: ArrayLike | None = None,
) -> SurfaceModel:
    """
    Check, merge, transform, fit the variogram, cross-validate and lay out the grid.

    Parameters
    ----------
    eastings : array_like, shape (n,)
        Eastings of the samples (m).
    northings : array_like, shape (n,)
        Northings of the samples (m).
    values : array_like, shape (n,)
        Concentrations (mg/kg dry mass); the detection limit of a sample below it.
    request : SurfaceRequest
        What the analyst decided.
    epsg : int
        EPSG code of the coordinates, a projected system in metres.
    outline : shapely geometry, optional
        Polygons in the same system; cells whose centre lies outside are missing.
    covariates : Table, optional
        What external drift depends on: a `GridTable`, or a `MeasuredTable` where the samples came
        with covariates of their own. Cells without them are missing.
    is_censored : array_like of bool, shape (n,), optional
        Which values are limits; none when absent.

    Returns
    -------
    SurfaceModel
        Everything `predict_tile` needs.

    Raises
    ------
    SpatialError
        A child of it whose sentence says what is wrong with the samples or the request.
    """
    _check_system(np.asarray(eastings, np.float64), np.asarray(northings, np.float64), epsg)
    request.check_covariates(covariates)
    auto = None
    if request.method == AUTO:
        ranked = merge_colocated(eastings, northings, values, is_censored)
        _check_places(ranked)
        auto = choose_automatically(ranked, request)
        request = auto.request
    method = get_method(request.method)
    places, censoring = merge_with_limits(
        (eastings, northings, values), is_censored, request, method.family
    )
    _check_places(places)
    transform = NONE
    if method.family in {"gaussian", "realisations"}:
        transform = _transform_of(places, request, outline)
    chosen = choose_model(method, places, transform, request, covariates)
    fit, empirical = chosen.fit, chosen.empirical
    max_distance = request.max_distance or reach_of(fit.model, empirical)
    if chosen.indicators is not None:
        told = indicator_warnings(request, places, chosen.indicators, max_distance)
    else:
        told = model_warnings(request, places, empirical, chosen.candidates, max_distance)
    bounds = _surface_bounds(places, max_distance, outline)
    check_cell_count(bounds, request.cell_size, request.max_cells)
    if method.family == "realisations":
        check_simulation_size(bounds, request)
    return SurfaceModel(
        request=request,
        grid=Grid.covering(bounds, request.cell_size, epsg),
        outline=outline,
        transform=transform,
        places=places,
        covariates=covariates,
        trend=chosen.trend,
        empirical=empirical,
        fit=fit,
        candidates=tuple(chosen.candidates),
        max_distance=float(max_distance),
        warnings=(*([auto.warning] if auto else []), *censoring_warnings(censoring), *told),
        fingerprint=_fingerprint(
            places,
            request,
            {
                "transform": [transform.name, transform.parameters],
                "variogram": repr(chosen.variograms),
                "max_distance": max_distance,
                "outline": None if outline is None else outline.wkb_hex,
                "covariates": None if covariates is None else covariates.fingerprint,
            },
        ),
        indicators=chosen.indicators,
        censoring=censoring,
        augmented=chosen.augmented,
        validations=_validations(chosen, places, transform, request, covariates),
        auto=auto,
    )


def _validations(
    chosen: "ChosenModel",
    places: MergedPlaces,
    transform: Transform,
    request: SurfaceRequest,
    covariates: Table | None,
) -> tuple[Validation, ...]:
    """
    Hide single samples and whole blocks from the chosen model.

    Parameters
    ----------
    chosen : ChosenModel
        What was fitted.
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
    tuple of Validation
        Both; none for indicators, whose thresholds have figures of their own.
    """
    if chosen.indicators is not None:
        return ()
    values = transform.forward(places.values)
    data_sets = 1
    if chosen.augmented is not None:
        values, data_sets = chosen.augmented.completed, request.realisations
    validator = Validator(
        method=method_of_choice(get_method(request.method), request),
        settings=request.settings(chosen.fit.model, covariates),
        places=places,
        transform=transform,
        left_out=LeftOut(
            places.coordinates,
            values,
            left_out_rows(places.is_censored, data_sets, request.seed),
        ),
        thresholds=request.thresholds,
        seed=request.seed,
    )
    return validator.leave_one_out(), validator.blocks(reach_of(chosen.fit.model, chosen.empirical))


def _transform_of(
    places: MergedPlaces, request: SurfaceRequest, outline: "BaseGeometry | None"
) -> Transform:
    """
    Fit the transform, with declustering weights where they are asked for.

    Parameters
    ----------
    places : MergedPlaces
        Samples by place, in concentrations.
    request : SurfaceRequest
        Transform, its options and the declustering.
    outline : shapely geometry or None
        The area asked for.

    Returns
    -------
    Transform
        g.
    """
    weights = declustering_weights(request.declustering, places, outline)
    values = values_for_transform(places, request.transform)
    return fit_transform(request.transform, values, weights, request.transform_options)


def _check_system(eastings: FloatArray, northings: FloatArray, epsg: int) -> None:
    """
    Refuse coordinates that are not metres on a plane.

    Parameters
    ----------
    eastings : ndarray, shape (n,)
        Eastings.
    northings : ndarray, shape (n,)
        Northings.
    epsg : int
        EPSG code.
    """
    if not is_metric(epsg):
        raise InvalidCoordinatesError(
            f"EPSG:{epsg} is not a projected coordinate system in metres; transform the samples "
            "to one (spatial.coordinates.choose_metric_crs names one for an extent)."
        )
    looks_like_degrees = (
        eastings.size > 0 and np.abs(eastings).max() <= 180.0 and np.abs(northings).max() <= 180.0
    )
    if looks_like_degrees:
        raise InvalidCoordinatesError(
            f"The coordinates look like degrees of longitude and latitude, not metres of "
            f"EPSG:{epsg}: none is larger than 180."
        )


def _check_places(places: MergedPlaces) -> None:
    """
    Refuse samples that cannot make a surface.

    Parameters
    ----------
    places : MergedPlaces
        Samples by place.
    """
    count = len(places.values)
    if count < FEWEST_PLACES:
        raise TooFewPlacesError(
            f"A surface needs samples from at least {FEWEST_PLACES} separate places; there are "
            f"{count}."
        )
    measured = places.values[~places.is_censored]
    if len(measured) and float(np.ptp(measured)) == 0.0:
        raise ConstantValuesError(
            f"All {len(measured)} measured places have the same value ({measured[0]:g}), so there "
            "is nothing to interpolate. Are these detection limits entered as values?"
        )


def _surface_bounds(
    places: MergedPlaces, max_distance: float, outline: "BaseGeometry | None"
) -> Bounds:
    """
    Return the extent outside which every cell would be missing.

    Parameters
    ----------
    places : MergedPlaces
        Samples by place.
    max_distance : float
        How far a sample reaches (m).
    outline : shapely geometry or None
        The area asked for.

    Returns
    -------
    Bounds
        Metres.
    """
    reach = Bounds.of(places.coordinates[:, 0], places.coordinates[:, 1]).buffered(max_distance)
    if outline is None:
        return reach
    if outline.is_empty or not outline.is_valid or outline.area == 0.0:
        raise GridError("The outline is empty or not a valid polygon.")
    shared = reach.intersection(Bounds(*outline.bounds))
    if shared is None:
        raise GridError(
            f"The outline lies farther than {max_distance:,.0f} m from every sample; are both in "
            "the same coordinate system?"
        )
    return shared


def _fingerprint(places: MergedPlaces, request: SurfaceRequest, fitted: dict[str, Any]) -> str:
    """
    Return a hash of everything a prediction depends on.

    Parameters
    ----------
    places : MergedPlaces
        Samples by place.
    request : SurfaceRequest
        What was asked for.
    fitted : dict
        What was found, ready for JSON.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    settings = fitted | {
        "samples": samples_sha256(places),
        "request": asdict(request),
    }
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
