"""The trend taken off the values, so that the variogram is that of what remains."""

from dataclasses import dataclass

import numpy as np

from spatial.arrays import FloatArray
from spatial.errors import CollinearDriftError, TooFewPlacesError
from spatial.interpolation.drift import COLLINEAR, CovariateScaling, Drift
from spatial.interpolation.duplicates import MergedPlaces


@dataclass(frozen=True, slots=True)
class Trend:
    """
    A trend by ordinary least squares.

    Parameters
    ----------
    remainder : MergedPlaces
        The places, with what remains of their values.
    degree : int
        Degree of the polynomial of the coordinates.
    covariates : tuple of str
        Names of the covariates.
    r_squared : float
        The share of the variance of the values that the trend explains.
    """

    remainder: MergedPlaces
    degree: int
    covariates: tuple[str, ...]
    r_squared: float


def remove_trend(places: MergedPlaces, drift: Drift) -> Trend:
    """
    Take a trend off the values of samples.

    Parameters
    ----------
    places : MergedPlaces
        Samples, their values on the transformed scale.
    drift : Drift
        Polynomial and covariates.

    Returns
    -------
    Trend
        Without polynomial and covariates the values are left as they are.

    Raises
    ------
    CollinearDriftError
        Where the samples cannot tell the parts of the trend apart.
    TooFewPlacesError
        Where there are no more samples than parts.
    MissingCovariateError
        Where a covariate is missing at a sample.

    Notes
    -----
    Ordinary and not generalised least squares, as R's gstat: the variogram is not known yet. The
    residuals vary a little less than the field does around its true trend, most of all at long
    distances (Cressie 1993, section 3.4.3).

    Examples
    --------
    >>> from spatial.interpolation.duplicates import merge_colocated
    >>> places = merge_colocated([0, 1, 2, 3], [0, 1, 0, 1], [1.0, 2.0, 3.0, 4.0])
    >>> remove_trend(places, Drift(1)).remainder.values.round(9) + 0.0
    array([0., 0., 0., 0.])
    """
    names = () if drift.covariates is None else drift.covariates.names
    if drift.size == 1:
        return Trend(places, drift.degree, names, 0.0)
    if len(places.values) <= drift.size:
        raise TooFewPlacesError(
            f"A trend with {drift.size} parts needs samples from more places than that; there are "
            f"{len(places.values)}."
        )
    parts = _parts(places.coordinates, drift, names)
    basis, corner = np.linalg.qr(parts)
    diagonal = np.abs(np.diag(corner))
    if (diagonal <= COLLINEAR * np.linalg.norm(parts, axis=0)).any():
        raise CollinearDriftError(
            "The samples cannot tell the parts of the trend apart: a covariate follows from the "
            "others, or from the coordinates. Leave one out, or lower the degree."
        )
    remainder = places.values - basis @ (basis.T @ places.values)
    spread = float(np.sum((places.values - places.values.mean()) ** 2))
    return Trend(
        places._replace(values=remainder),
        drift.degree,
        names,
        1.0 - float(remainder @ remainder) / spread,
    )


def _parts(coordinates: FloatArray, drift: Drift, names: tuple[str, ...]) -> FloatArray:
    """
    Return the parts of a trend at samples.

    Parameters
    ----------
    coordinates : ndarray, shape (n, 2)
        Their places.
    drift : Drift
        Polynomial and covariates.
    names : tuple of str
        Of the covariates.

    Returns
    -------
    ndarray, shape (n, p)
        Coordinates relative to their middle and extent, covariates to their mean and spread.
    """
    middle = coordinates.mean(axis=0)
    extent = max(float(np.abs(coordinates - middle).max()), 1.0)
    monomials = drift.monomials((coordinates - middle) / extent)
    covariates = drift.covariates_at(coordinates, "samples")
    if not names:
        return np.asarray(monomials)
    scaled = CovariateScaling.of(covariates, names).apply(covariates)
    return np.column_stack([monomials, scaled])
