"""Maximum likelihood under a lognormal distribution."""

import math

import numpy as np
import scipy

from spatial.arrays import FloatArray
from spatial.errors import CensoredValuesError
from spatial.interpolation.censoring.contract import (
    PROBABILITIES,
    CensoredSummary,
    CensoredValues,
    named_quantiles,
)


def fit_normal(seen: FloatArray, hidden: FloatArray) -> tuple[float, float]:
    """
    Return mean and standard deviation of a normal distribution with values below limits.

    Parameters
    ----------
    seen : ndarray, shape (m,)
        Measured values, not all equal.
    hidden : ndarray, shape (k,)
        Limits of the others.

    Returns
    -------
    tuple of float
        μ and σ that make Π φ((y − μ)/σ)/σ · Π Φ((limit − μ)/σ) largest.

    Raises
    ------
    CensoredValuesError
        Where the likelihood has no largest value that can be found.

    Notes
    -----
    Cohen (1959). In 1/σ and μ/σ the log-likelihood is concave, so there is one maximum (Burridge
    1981); it is found by the method of Broyden, Fletcher, Goldfarb and Shanno from the moments of
    the measured values.

    Examples
    --------
    >>> [round(number, 3) for number in fit_normal(np.array([0.0, 2.0]), np.array([-1.0]))]
    [-0.033, 1.751]
    """
    scale = max(float(seen.std()), 1e-3)
    start = np.array([seen.mean() / scale, 1.0 / scale])

    def misfit(vector: FloatArray) -> tuple[float, FloatArray]:
        shift, precision = vector
        if precision <= 0.0:
            return math.inf, np.zeros(2)
        z, limit = precision * seen - shift, precision * hidden - shift
        # φ/Φ far in the left tail without dividing nothing by nothing.
        hazard = np.exp(
            -0.5 * limit * limit - 0.5 * math.log(2.0 * math.pi) - scipy.special.log_ndtr(limit)
        )
        value = (
            0.5 * np.sum(z * z)
            - len(seen) * math.log(precision)
            - np.sum(scipy.special.log_ndtr(limit))
        )
        slope = np.array(
            [
                -np.sum(z) + np.sum(hazard),
                np.sum(z * seen) - len(seen) / precision - np.sum(hazard * hidden),
            ]
        )
        return float(value), slope

    # Here and not above: a process that only predicts starts without it.
    from scipy.optimize import minimize

    found = minimize(misfit, start, jac=True, method="BFGS", options={"gtol": 1e-9})
    shift, precision = found.x
    if not (np.isfinite(found.fun) and np.abs(found.jac).max() < 1e-4 * (len(seen) + len(hidden))):
        raise CensoredValuesError(
            "No distribution fits these values best; too few of them lie above their detection "
            "limits."
        )
    return float(shift / precision), float(1.0 / precision)


def summarise(data: CensoredValues) -> CensoredSummary:
    """
    Summarise the most likely lognormal distribution.

    Parameters
    ----------
    data : CensoredValues
        The values.

    Returns
    -------
    CensoredSummary
        Mean exp(μ + σ²/2), sd mean·√(exp(σ²) − 1), median exp(μ): of the distribution, not of the
        samples.

    Examples
    --------
    >>> data = CensoredValues(np.array([1.0, 2.0, 4.0]), np.array([True, False, False]))
    >>> round(summarise(data).median, 3)
    1.703
    """
    middle, spread = fit_normal(np.log(data.detected), np.log(data.limits))
    with np.errstate(over="ignore"):
        mean = float(np.exp(middle + 0.5 * spread**2))
        sd = float(mean * np.sqrt(np.expm1(spread**2)))
    return CensoredSummary(
        method="maximum_likelihood",
        label="maximum likelihood, lognormal",
        count=len(data.values),
        censored_count=len(data.limits),
        mean=mean,
        sd=sd,
        median=math.exp(middle),
        quantiles=named_quantiles(
            np.exp(middle + spread * scipy.special.ndtri(np.array(PROBABILITIES)))
        ),
    )
