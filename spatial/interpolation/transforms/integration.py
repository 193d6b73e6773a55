"""Quantiles and means of transforms that have no closed form for them."""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from spatial.arrays import FloatArray
from spatial.interpolation.transforms.contract import normal_quantile

# Where the integral of a mean is taken, in standard deviations: everywhere alike for a smooth
# inverse, which the trapezoidal rule then integrates exactly; densely in the middle for one with
# kinks. Far to the right because an upper tail may outgrow the bell curve for a while.
SMOOTH_NODES = np.arange(-12.0, 12.125, 0.25)
KINKED_NODES = np.concatenate(
    [np.arange(-8.0, -4.0, 0.25), np.arange(-4.0, 5.0, 0.0625), np.arange(5.0, 12.125, 0.25)]
)


class IntegratedTransform(ABC):
    """A transform whose quantiles follow from its inverse, and whose mean is an integral of it."""

    nodes: ClassVar[FloatArray] = SMOOTH_NODES

    @abstractmethod
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
            g⁻¹(location + z σ): exact, because g is increasing.
        """
        z = normal_quantile(probability)
        return self.inverse(np.asarray(location, np.float64) + z * np.asarray(sigma, np.float64))

    def mean(
        self, location: ArrayLike, sigma: ArrayLike, lagrange_multiplier: ArrayLike
    ) -> FloatArray:
        """
        Return the unbiased mean of the concentration.

        Parameters
        ----------
        location : array_like
            ŷ, the prediction on the transformed scale.
        sigma : array_like
            σ, its kriging standard deviation.
        lagrange_multiplier : array_like
            μ of the covariance convention.

        Returns
        -------
        ndarray
            E g⁻¹(ŷ + ε) with ε Gaussian of variance σ² + 2μ.

        Notes
        -----
        With Σ λ = 1 the predictions ŷ vary by C(0) − σ² − 2μ, so that ŷ + ε has the field's own
        mean and variance, and its back-transform the field's own mean, whatever g is. For ln it is
        exp(ŷ + σ²/2 + μ). Where kriging extrapolates so far that σ² + 2μ is negative it counts
        as 0.
        """
        middle, spread, multiplier = np.broadcast_arrays(
            np.asarray(location, np.float64),
            np.asarray(sigma, np.float64),
            np.asarray(lagrange_multiplier, np.float64),
        )
        width = np.sqrt(np.maximum(spread * spread + 2.0 * multiplier, 0.0))
        weights = np.gradient(self.nodes) * np.exp(-0.5 * self.nodes * self.nodes)
        weights /= weights.sum()
        total = np.zeros(middle.shape)
        with np.errstate(over="ignore"):
            # Node by node, so that memory does not grow with their number.
            for node, weight in zip(self.nodes, weights, strict=True):
                total += weight * self.inverse(middle + node * width)
        return total
