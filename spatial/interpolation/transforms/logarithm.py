"""The natural logarithm."""

import math
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from spatial.arrays import FloatArray
from spatial.errors import TransformDomainError
from spatial.interpolation.transforms.contract import Parameters, normal_quantile


def refuse_non_positive(values: FloatArray, what: str) -> None:
    """
    Refuse zero and negative concentrations.

    Parameters
    ----------
    values : ndarray
        Concentrations.
    what : str
        The function that is not defined for them.

    Raises
    ------
    TransformDomainError
        Where a value is zero or negative.
    """
    bad = values <= 0.0
    if bad.any():
        raise TransformDomainError(
            f"{int(np.count_nonzero(bad))} of {values.size} values are zero or negative "
            f"(smallest: {float(values.min()):g}), and {what} is defined for positive "
            "values only. A reported zero is usually a result below the detection limit: "
            "leave it out or state the limit."
        )


class NaturalLogarithm:
    """
    The natural logarithm, for concentrations, whose spread grows with their size.

    Examples
    --------
    >>> g = NaturalLogarithm()
    >>> g.forward([0.0, 2.0])
    Traceback (most recent call last):
        ...
    spatial.errors.TransformDomainError: 1 of 2 values are zero or negative (smallest: 0), and the \
logarithm is defined for positive values only. A reported zero is usually a result below the \
detection limit: leave it out or state the limit.
    >>> g.mean([0.0], [1.0], [0.0]).round(4)
    array([1.6487])
    """

    name: ClassVar[str] = "ln"

    @property
    def parameters(self) -> Parameters:
        """None are needed."""
        return {}

    def forward(self, values: ArrayLike) -> FloatArray:
        """
        Return ln(values).

        Parameters
        ----------
        values : array_like
            Concentrations, all positive.

        Returns
        -------
        ndarray
            Their logarithms.

        Raises
        ------
        TransformDomainError
            Where a value is zero or negative.
        """
        numbers = np.asarray(values, np.float64)
        refuse_non_positive(numbers, "the logarithm")
        return np.log(numbers)

    def forward_threshold(self, threshold: float) -> float:
        """
        Return ln(T).

        Parameters
        ----------
        threshold : float
            A guideline value.

        Returns
        -------
        float
            Minus infinity for zero and below: every concentration is above.
        """
        return math.log(threshold) if threshold > 0.0 else -math.inf

    def inverse(self, transformed: ArrayLike) -> FloatArray:
        """
        Return exp(transformed).

        Parameters
        ----------
        transformed : array_like
            Logarithms.

        Returns
        -------
        ndarray
            Concentrations.
        """
        return np.exp(np.asarray(transformed, np.float64))

    def quantile(self, location: ArrayLike, sigma: ArrayLike, probability: float) -> FloatArray:
        """
        Return a quantile of the concentration.

        Parameters
        ----------
        location : array_like
            Location of the logarithm.
        sigma : array_like
            Its standard deviation.
        probability : float
            Between 0 and 1.

        Returns
        -------
        ndarray
            exp(location + z σ).
        """
        z = normal_quantile(probability)
        return np.exp(np.asarray(location, np.float64) + z * np.asarray(sigma, np.float64))

    def mean(
        self, location: ArrayLike, sigma: ArrayLike, lagrange_multiplier: ArrayLike
    ) -> FloatArray:
        """
        Return the unbiased mean of lognormal ordinary kriging.

        Parameters
        ----------
        location : array_like
            ŷ, the predicted logarithm.
        sigma : array_like
            σ, its kriging standard deviation.
        lagrange_multiplier : array_like
            μ of the covariance convention; with the variogram convention its sign is the other.

        Returns
        -------
        ndarray
            exp(ŷ + σ²/2 + μ).

        Notes
        -----
        E exp(ŷ) is exp(m + Var(ŷ)/2), and with Σ λ = 1 Var(ŷ) = C(0) − σ² − 2μ, so the factor that
        makes the expectation exp(m + C(0)/2) is exp(σ²/2 + μ) (Journel 1980; Cressie 1993).
        """
        spread = np.asarray(sigma, np.float64)
        return np.exp(
            np.asarray(location, np.float64)
            + 0.5 * spread * spread
            + np.asarray(lagrange_multiplier, np.float64)
        )
