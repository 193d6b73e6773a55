"""What every transform promises."""

from typing import ClassVar, Protocol

import scipy
from numpy.typing import ArrayLike

from spatial.arrays import FloatArray
from spatial.errors import InvalidRequestError

# What a card can hold of a transform, and JSON gives back to the last bit.
Parameters = dict[str, float | list[float]]


class Transform(Protocol):
    """A strictly increasing function g, its inverse, and what it does to a Gaussian."""

    name: ClassVar[str]

    @property
    def parameters(self) -> Parameters:
        """What the card must keep to make the transform again."""
        ...

    def forward(self, values: ArrayLike) -> FloatArray:
        """
        Return g(values).

        Parameters
        ----------
        values : array_like
            Concentrations.

        Returns
        -------
        ndarray
            On the transformed scale.
        """
        ...

    def forward_threshold(self, threshold: float) -> float:
        """
        Return g(T) for any T, also outside the transform's domain.

        Parameters
        ----------
        threshold : float
            A guideline value.

        Returns
        -------
        float
            On the transformed scale; minus infinity below the domain.
        """
        ...

    def inverse(self, transformed: ArrayLike) -> FloatArray:
        """
        Return the concentrations of transformed values.

        Parameters
        ----------
        transformed : array_like
            On the transformed scale.

        Returns
        -------
        ndarray
            Concentrations.
        """
        ...

    def quantile(self, location: ArrayLike, sigma: ArrayLike, probability: float) -> FloatArray:
        """
        Return a quantile of the concentration.

        Parameters
        ----------
        location : array_like
            Location on the transformed scale.
        sigma : array_like
            Standard deviation there.
        probability : float
            Between 0 and 1.

        Returns
        -------
        ndarray
            Concentrations.
        """
        ...

    def mean(
        self, location: ArrayLike, sigma: ArrayLike, lagrange_multiplier: ArrayLike
    ) -> FloatArray:
        """
        Return the unbiased mean of the concentration.

        Parameters
        ----------
        location : array_like
            Location on the transformed scale.
        sigma : array_like
            Standard deviation there.
        lagrange_multiplier : array_like
            Of the covariance convention, see `spatial.interpolation.contract.Prediction`.

        Returns
        -------
        ndarray
            Concentrations.
        """
        ...


def normal_quantile(probability: float) -> float:
    """
    Return the quantile of the standard normal distribution.

    Parameters
    ----------
    probability : float
        Between 0 and 1.

    Returns
    -------
    float
        z with Φ(z) = probability.
    """
    if not 0.0 < probability < 1.0:
        raise InvalidRequestError(f"A quantile lies between 0 and 1; got {probability}.")
    return float(scipy.special.ndtri(probability))
