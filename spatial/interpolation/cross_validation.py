"""How good predictions are: figures over samples that were left out."""

from dataclasses import dataclass

import numpy as np
import scipy

from spatial.arrays import FloatArray
from spatial.errors import InvalidValuesError
from spatial.interpolation.contract import Prediction

INTERVALS = (0.50, 0.80, 0.90, 0.95)


@dataclass(frozen=True, slots=True)
class CrossValidation:
    """
    Figures over left-out samples, on the scale of the prediction.

    Parameters
    ----------
    scheme : str
        How samples were left out.
    count : int
        How many were predicted.
    mean_error : float
        Mean of predicted minus observed; near 0.
    rmse : float
        Root mean squared error.
    mae : float
        Mean absolute error.
    r_squared : float
        1 − mean squared error / variance of the observed; 0 or less is no better than the mean.
    rmsse : float or None
        Root mean squared standardised error; near 1.
    median_squared_standardised : float or None
        Near 0.455.
    coverage : dict of float or None
        Share of the observed within the central intervals, by nominal share.
    crps : float or None
        Mean continuous ranked probability score; small is good.
    mean_standardised : float or None
        Mean of the errors over sigma; near 0.
    variance_standardised : float or None
        Their variance; near 1.
    """

    scheme: str
    count: int
    mean_error: float
    rmse: float
    mae: float
    r_squared: float
    rmsse: float | None
    median_squared_standardised: float | None
    coverage: dict[str, float] | None
    crps: float | None
    mean_standardised: float | None = None
    variance_standardised: float | None = None


def gaussian_crps(observed: FloatArray, location: FloatArray, sigma: FloatArray) -> FloatArray:
    """
    Return the continuous ranked probability score of Gaussian predictions.

    Parameters
    ----------
    observed : ndarray, shape (n,)
        What was measured.
    location : ndarray, shape (n,)
        Means of the predictions.
    sigma : ndarray, shape (n,)
        Their standard deviations, positive.

    Returns
    -------
    ndarray, shape (n,)
        σ (z (2Φ(z) − 1) + 2φ(z) − 1/√π), in the unit of the values.

    Notes
    -----
    Gneiting & Raftery (2007), equation 21.

    Examples
    --------
    >>> gaussian_crps(np.array([0.0]), np.array([0.0]), np.array([1.0])).round(6)
    array([0.233695])
    """
    z = (observed - location) / sigma
    density = np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
    return np.asarray(
        sigma * (z * (2.0 * scipy.special.ndtr(z) - 1.0) + 2.0 * density - 1.0 / np.sqrt(np.pi))
    )


def cross_validation_figures(
    observed: FloatArray, prediction: Prediction, scheme: str = "leave-one-out"
) -> CrossValidation:
    """
    Summarise predictions of left-out samples.

    Parameters
    ----------
    observed : ndarray, shape (n,)
        What was measured, on the scale of the prediction.
    prediction : Prediction
        What was predicted without it.
    scheme : str
        How samples were left out, for the card.

    Returns
    -------
    CrossValidation
        The figures; those that need sigma are None for a method without one.

    Raises
    ------
    InvalidValuesError
        Where a left-out sample has no prediction.

    Examples
    --------
    >>> nothing = np.full(2, np.nan)
    >>> figures = cross_validation_figures(
    ...     np.array([1.0, 3.0]), Prediction(np.array([2.0, 2.0]), nothing, nothing)
    ... )
    >>> figures.rmse, figures.r_squared, figures.crps
    (1.0, 0.0, None)
    """
    if np.isnan(prediction.location).any():
        raise InvalidValuesError("A left-out sample could not be predicted from the others.")
    error = prediction.location - observed
    variance = float(np.var(observed))
    has_sigma = not bool(np.isnan(prediction.sigma).any())
    standardised = error / prediction.sigma if has_sigma else None
    return CrossValidation(
        scheme=scheme,
        count=len(observed),
        mean_error=float(error.mean()),
        rmse=float(np.sqrt(np.mean(error**2))),
        mae=float(np.abs(error).mean()),
        r_squared=float(1.0 - np.mean(error**2) / variance) if variance > 0.0 else 0.0,
        rmsse=None if standardised is None else float(np.sqrt(np.mean(standardised**2))),
        median_squared_standardised=(
            None if standardised is None else float(np.median(standardised**2))
        ),
        coverage=None if standardised is None else _coverage(standardised),
        crps=(
            float(np.mean(gaussian_crps(observed, prediction.location, prediction.sigma)))
            if has_sigma
            else None
        ),
        mean_standardised=None if standardised is None else float(standardised.mean()),
        variance_standardised=None if standardised is None else float(standardised.var()),
    )


def _coverage(standardised: FloatArray) -> dict[str, float]:
    """
    Return how often the observed lies within the central intervals.

    Parameters
    ----------
    standardised : ndarray, shape (n,)
        Errors over sigma.

    Returns
    -------
    dict of float
        By nominal share, such as "0.95".
    """
    return {
        f"{share:.2f}": float(
            np.mean(np.abs(standardised) <= scipy.special.ndtri(0.5 + share / 2.0))
        )
        for share in INTERVALS
    }
