"""Estimators of the semivariance by name. Adding one is one function and one entry here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from spatial.arrays import FloatArray
from spatial.errors import UnknownNameError

if TYPE_CHECKING:
    from spatial.interpolation.variogram_pairs import PairSums

EstimatorName = Literal["matheron", "cressie_hawkins", "dowd"]
ESTIMATOR_NAMES: tuple[EstimatorName, ...] = get_args(EstimatorName)
# How a model is fitted: by least squares with one of two weights, or by maximum likelihood.
FitMethod = Literal["N/h²", "N/γ²", "likelihood"]
FIT_METHODS: tuple[FitMethod, ...] = get_args(FitMethod)


@dataclass(frozen=True, slots=True)
class Estimator:
    """
    One way to make a semivariance of the pairs of a lag.

    Parameters
    ----------
    name : {"matheron", "cressie_hawkins", "dowd"}
        The name in requests and model cards.
    title : str
        What it is, for people.
    semivariance : callable
        Takes `PairSums` of lags that have pairs, returns γ.
    needs_medians : bool
        Whether it uses the medians.
    """

    name: EstimatorName
    title: str
    semivariance: "Callable[[PairSums], FloatArray]"
    needs_medians: bool = False


def matheron(sums: "PairSums") -> FloatArray:
    """
    Return half the mean squared difference.

    Parameters
    ----------
    sums : PairSums
        Of lags that have pairs.

    Returns
    -------
    ndarray, shape (lags,)
        1/(2N) Σ d².

    Notes
    -----
    Matheron (1963). Unbiased; one wrong sample spoils every lag it is in.
    """
    return sums.squares / (2.0 * sums.pairs)


def cressie_hawkins(sums: "PairSums") -> FloatArray:
    """
    Return the robust estimate from square roots of differences.

    Parameters
    ----------
    sums : PairSums
        Of lags that have pairs.

    Returns
    -------
    ndarray, shape (lags,)
        ½ (1/N Σ |d|^½)⁴ / (0.457 + 0.494/N).

    Notes
    -----
    Cressie & Hawkins (1980), without their term 0.045/N², as in R's gstat. The divisor makes it
    unbiased where differences are Gaussian.
    """
    return 0.5 * (sums.roots / sums.pairs) ** 4 / (0.457 + 0.494 / sums.pairs)


def dowd(sums: "PairSums") -> FloatArray:
    """
    Return the robust estimate from the median difference.

    Parameters
    ----------
    sums : PairSums
        Of lags that have pairs.

    Returns
    -------
    ndarray, shape (lags,)
        ½ · 2.198 · (median |d|)².

    Notes
    -----
    Dowd (1984); 2.198 = 1/Φ⁻¹(0.75)² makes it right where differences are Gaussian. Up to half of
    the pairs of a lag may be spoilt.
    """
    return 0.5 * 2.198 * np.square(sums.medians)


ESTIMATORS: dict[EstimatorName, Estimator] = {
    estimator.name: estimator
    for estimator in (
        Estimator("matheron", "Matheron", matheron),
        Estimator("cressie_hawkins", "Cressie–Hawkins", cressie_hawkins),
        Estimator("dowd", "Dowd", dowd, needs_medians=True),
    )
}


def get_estimator(name: str) -> Estimator:
    """
    Return an estimator by name.

    Parameters
    ----------
    name : str
        A key of `ESTIMATORS`.

    Returns
    -------
    Estimator
        Its entry.

    Raises
    ------
    UnknownNameError
        With the names there are.

    Examples
    --------
    >>> get_estimator("dowd").title
    'Dowd'
    """
    for known, estimator in ESTIMATORS.items():
        if known == name:
            return estimator
    raise UnknownNameError(
        f"There is no variogram estimator called {name!r}; there are: {', '.join(ESTIMATORS)}."
    )
