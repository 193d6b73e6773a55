"""No transform."""

from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from spatial.arrays import FloatArray
from spatial.interpolation.transforms.contract import Parameters, normal_quantile


class Identity:
    """
    No transform: the concentration itself is modelled as Gaussian.

    Examples
    --------
    >>> Identity().quantile([5.0], [2.0], 0.5)
    array([5.])
    """

    name: ClassVar[str] = "none"

    @property
    def parameters(self) -> Parameters:
        """None are needed."""
        return {}

    def forward(self, values: ArrayLike) -> FloatArray:
        """
        Return the values themselves.

        Parameters
        ----------
        values : array_like
            Concentrations.

        Returns
        -------
        ndarray
            A copy.
        """
        return np.array(values, np.float64)

    def forward_threshold(self, threshold: float) -> float:
        """
        Return the threshold itself.

        Parameters
        ----------
        threshold : float
            A guideline value.

        Returns
        -------
        float
            The same.
        """
        return threshold

    def inverse(self, transformed: ArrayLike) -> FloatArray:
        """
        Return the values themselves.

        Parameters
        ----------
        transformed : array_like
            Concentrations.

        Returns
        -------
        ndarray
            A copy.
        """
        return np.array(transformed, np.float64)

    def quantile(self, location: ArrayLike, sigma: ArrayLike, probability: float) -> FloatArray:
        """
        Return a quantile of the concentration.

        Parameters
        ----------
        location : array_like
            Location.
        sigma : array_like
            Standard deviation.
        probability : float
            Between 0 and 1.

        Returns
        -------
        ndarray
            location + z σ.
        """
        z = normal_quantile(probability)
        return np.asarray(location, np.float64) + z * np.asarray(sigma, np.float64)

    def mean(
        self, location: ArrayLike, sigma: ArrayLike, lagrange_multiplier: ArrayLike
    ) -> FloatArray:
        """
        Return the mean, which is the location.

        Parameters
        ----------
        location : array_like
            Location.
        sigma : array_like
            Not used.
        lagrange_multiplier : array_like
            Not used.

        Returns
        -------
        ndarray
            A copy of the location.
        """
        return np.array(location, np.float64)
