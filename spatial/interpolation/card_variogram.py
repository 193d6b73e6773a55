"""The part of the model card about variograms."""

from dataclasses import asdict
from typing import Any

from spatial.interpolation.variogram import EmpiricalVariogram, VariogramFit


def describe_fit(fit: VariogramFit) -> dict[str, Any]:
    """
    Describe a fitted variogram.

    Parameters
    ----------
    fit : VariogramFit
        The fit.

    Returns
    -------
    dict
        Its numbers; ``range`` is the practical range (m).
    """
    return {
        "nugget": fit.model.nugget,
        "sill": fit.model.sill,
        "range": fit.model.range_,
        "structures": [asdict(part) for part in fit.model.structures],
        "anisotropy": None if fit.model.anisotropy is None else asdict(fit.model.anisotropy),
        "weighted_squares": fit.weighted_squares,
        "is_range_at_limit": fit.is_range_at_limit,
        "method": fit.method,
        "log_likelihood": fit.log_likelihood,
    }


def describe_variogram(
    empirical: EmpiricalVariogram, fit: VariogramFit, scale: str, of: str
) -> dict[str, Any]:
    """
    Describe a variogram's points and its fit.

    Parameters
    ----------
    empirical : EmpiricalVariogram
        The points.
    fit : VariogramFit
        The fit.
    scale : str
        Name of the transform.
    of : str
        What it is a variogram of.

    Returns
    -------
    dict
        Estimator, points and fit.
    """
    errors = empirical.standard_error
    points = zip(
        empirical.pairs,
        empirical.distance,
        empirical.semivariance,
        [None] * len(empirical.pairs) if errors is None else errors.tolist(),
        strict=True,
    )
    return {
        "of": of,
        "estimator": empirical.estimator,
        "weights": fit.method,
        "cutoff": empirical.cutoff,
        "scale": scale,
        "places_compared": empirical.compared,
        "points": [
            {
                "pairs": int(pairs),
                "distance": float(distance),
                "semivariance": float(gamma),
                "standard_error": error,
            }
            for pairs, distance, gamma, error in points
        ],
        "fit": describe_fit(fit),
    }
