"""Samples below detection limits on their way into a surface: counted, merged, spoken of."""

import numpy as np
from numpy.typing import ArrayLike

from spatial.arrays import FloatArray, as_values
from spatial.errors import CensoredValuesError, InvalidRequestError
from spatial.interpolation.augmentation import FEWEST_MEASURED
from spatial.interpolation.censoring.contract import as_censored
from spatial.interpolation.censoring.order_statistics import filled_in
from spatial.interpolation.contract import Family
from spatial.interpolation.duplicates import MergedPlaces, censoring_marks, merge_colocated
from spatial.interpolation.request import SurfaceRequest
from spatial.interpolation.surface_model import CensoringRecord, Treatment

# A surface of which more is drawn than measured says more of the model than of the soil.
STRONG_SHARE = 0.5
# Transforms that are fitted to the values, and must not be fitted to limits.
FITTED_TRANSFORMS = ("box_cox", "normal_score")


def merge_with_limits(
    columns: tuple[ArrayLike, ArrayLike, ArrayLike],
    is_censored: ArrayLike | None,
    request: SurfaceRequest,
    family: Family,
) -> tuple[MergedPlaces, CensoringRecord | None]:
    """
    Merge samples by place, those below their limits treated as the request says.

    Parameters
    ----------
    columns : tuple of array_like, shape (n,)
        Eastings (m), northings (m), and values: limits where censored.
    is_censored : array_like of bool, shape (n,), or None
        Which are limits.
    request : SurfaceRequest
        The treatment asked for.
    family : {"gaussian", "none", "thresholds"}
        Of the method; only one with a Gaussian model can draw values.

    Returns
    -------
    tuple
        The places, and what became of the limits; None where there are none.

    Raises
    ------
    CensoredValuesError
        Where too few values are measured, or no limit says anything.
    InvalidRequestError
        Where the way of fitting cannot be combined with drawn values.
    """
    eastings, northings, values = (np.ravel(column) for column in columns)
    marks = censoring_marks(is_censored, len(values))
    if not marks.any():
        return merge_colocated(eastings, northings, values), None
    numbers = as_values(values, len(marks))
    _check_limits(numbers[~marks], numbers[marks])
    treatment = _treatment(request, family)
    if treatment == "augmentation":
        _check_fit(request)
    if treatment == "substitution":
        places = merge_colocated(eastings, northings, np.where(marks, 0.5 * numbers, numbers))
    else:
        places = merge_colocated(eastings, northings, numbers, marks)
    limits = numbers[marks]
    return places, CensoringRecord(
        treatment=treatment,
        is_fallback=treatment == "substitution" != request.censoring,
        samples=len(limits),
        of_samples=len(numbers),
        places=places.censored_places,
        lowest_limit=float(limits.min()),
        highest_limit=float(limits.max()),
        different_limits=len(np.unique(limits)),
        above_all_measured=int(np.count_nonzero(limits > numbers[~marks].max())),
        halved_at_measured_places=places.limits_halved,
        left_out_at_measured_places=places.limits_left_out,
    )


def _treatment(request: SurfaceRequest, family: Family) -> Treatment:
    """
    Return how samples below their limits are treated.

    Parameters
    ----------
    request : SurfaceRequest
        The treatment asked for.
    family : {"gaussian", "thresholds", "realisations", "none"}
        Of the method.

    Returns
    -------
    {"augmentation", "indicators", "substitution"}
        A limit at or below a threshold decides an indicator, so those need nothing drawn.
    """
    if request.censoring == "substitution":
        return "substitution"
    treatments: dict[str, Treatment] = {
        "gaussian": "augmentation",
        "realisations": "augmentation",
        "thresholds": "indicators",
    }
    return treatments.get(family, "substitution")


def _check_limits(measured: FloatArray, limits: FloatArray) -> None:
    """
    Refuse samples of which too little is known.

    Parameters
    ----------
    measured : ndarray, shape (m,)
        Measured values.
    limits : ndarray, shape (c,)
        Limits of the others.
    """
    count = len(measured) + len(limits)
    if not len(measured):
        raise CensoredValuesError(
            f"All {count} results lie below their detection limits (the highest is "
            f"{limits.max():g}): there is nothing to interpolate."
        )
    if len(measured) < FEWEST_MEASURED:
        raise CensoredValuesError(
            f"Only {len(measured)} of {count} values lie above their detection limit; a spatial "
            f"model needs {FEWEST_MEASURED} or more."
        )
    if limits.min() > measured.max() and len(limits) > STRONG_SHARE * count:
        raise CensoredValuesError(
            f"Every detection limit (the lowest is {limits.min():g}) lies above every measured "
            f"value (the highest is {measured.max():g}), so the {len(limits)} results below a "
            "limit say nothing. Leave them out, or ask the laboratory for lower limits."
        )


def _check_fit(request: SurfaceRequest) -> None:
    """
    Refuse ways of fitting that cannot follow drawn values.

    Parameters
    ----------
    request : SurfaceRequest
        The request.
    """
    if request.fit_method == "likelihood" or request.anisotropy == "fitted":
        what = "likelihood" if request.fit_method == "likelihood" else "fitted anisotropy"
        raise InvalidRequestError(
            f"With values below detection limits the variogram is fitted to drawn values again "
            f"and again, which is not possible by {what}: fit by least squares and state the "
            "anisotropy, or choose the censoring 'substitution'."
        )


def values_for_transform(places: MergedPlaces, transform: str) -> FloatArray:
    """
    Return what a transform is fitted to.

    Parameters
    ----------
    places : MergedPlaces
        Samples by place, limits where censored.
    transform : str
        Its name.

    Returns
    -------
    ndarray, shape (n,)
        The values; for a transform that is fitted, limits are replaced by values from a lognormal
        line through the measured ones (regression on order statistics), at most the limit. Only
        their distribution counts here, not which place gets which.

    Raises
    ------
    TransformDomainError
        Where a value or a limit is zero or negative.
    CensoredValuesError
        Where fewer than two places are measured.
    """
    if transform not in FITTED_TRANSFORMS or not places.censored_places:
        return places.values
    order = np.lexsort((~places.is_censored, places.values))
    filled = np.empty(len(order))
    filled[order] = filled_in(as_censored(places.values, places.is_censored))
    return np.where(places.is_censored, np.minimum(filled, places.values), filled)


def censoring_warnings(record: CensoringRecord | None) -> list[str]:
    """
    Say in plain words what a reader must know of the samples below their limits.

    Parameters
    ----------
    record : CensoringRecord or None
        What became of them.

    Returns
    -------
    list of str
        Sentences.
    """
    if record is None:
        return []
    share = f"{record.samples} of {record.of_samples} samples ({record.share:.0%})"
    if record.treatment == "augmentation":
        warnings = [
            f"{share} lie below their detection limits. Their values are drawn several times from "
            "the model, below the limit, and the uncertainty of that is part of the surface's."
        ]
    elif record.treatment == "indicators":
        warnings = [
            f"{share} lie below their detection limits. They count as below every threshold that "
            "is not below their limit."
        ]
    else:
        reason = ", because this method cannot draw them" if record.is_fallback else ""
        warnings = [
            f"{share} lie below their detection limits and stand with half of it{reason}. This "
            "simple fallback biases the surface where such samples are many."
        ]
    if record.share > STRONG_SHARE:
        warnings.append(
            "More than half of the samples lie below their detection limits: where values are low, "
            "the surface rests on assumptions and hardly on measurements. Use it to find high "
            "values only."
        )
    if record.above_all_measured:
        warnings.append(
            f"{record.above_all_measured} detection limits lie above every measured value: those "
            "samples say next to nothing."
        )
    if record.halved_at_measured_places:
        warnings.append(
            f"At places with measured samples too, {record.halved_at_measured_places} samples "
            "below their limit stand with half of it in the mean of the place."
        )
    if record.left_out_at_measured_places:
        warnings.append(
            f"{record.left_out_at_measured_places} detection limits lie above the measured samples "
            "of the same place; they are left out."
        )
    return warnings
