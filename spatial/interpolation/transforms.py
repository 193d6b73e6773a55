"""Transforms g between concentrations and the scale on which a surface is Gaussian."""

import math
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from spatial.arrays import FloatArray
from spatial.errors import InvalidRequestError, TransformDomainError, UnknownNameError


class Transform(Protocol):
    """A strictly increasing function g, its inverse, and what it does to a Gaussian."""

    name: ClassVar[str]

    @property
    def parameters(self) -> dict[str, float]:
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


def _normal_quantile(probability: float) -> float:
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
    return float(ndtri(probability))


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
    def parameters(self) -> dict[str, float]:
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
        z = _normal_quantile(probability)
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
    def parameters(self) -> dict[str, float]:
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
        bad = numbers <= 0.0
        if bad.any():
            raise TransformDomainError(
                f"{int(np.count_nonzero(bad))} of {numbers.size} values are zero or negative "
                f"(smallest: {float(numbers.min()):g}), and the logarithm is defined for positive "
                "values only. A reported zero is usually a result below the detection limit: "
                "leave it out or state the limit."
            )
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
        z = _normal_quantile(probability)
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


TRANSFORMS: dict[str, type[Identity] | type[NaturalLogarithm]] = {
    "none": Identity,
    "ln": NaturalLogarithm,
}


def get_transform(name: str, parameters: dict[str, float] | None = None) -> Transform:
    """
    Return a transform by name, as a model card states it.

    Parameters
    ----------
    name : str
        A key of `TRANSFORMS`.
    parameters : dict of float, optional
        The card's parameters.

    Returns
    -------
    Transform
        The transform.

    Raises
    ------
    UnknownNameError
        With the names there are.

    Examples
    --------
    >>> get_transform("ln").name
    'ln'
    """
    if name not in TRANSFORMS:
        raise UnknownNameError(
            f"There is no transform called {name!r}; there are: {', '.join(TRANSFORMS)}."
        )
    return TRANSFORMS[name](**(parameters or {}))
