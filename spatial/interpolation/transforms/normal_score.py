"""The normal score transform: ranks of the samples, with stated tails beyond them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import scipy
from numpy.typing import ArrayLike

from spatial.arrays import FloatArray
from spatial.errors import ConstantValuesError, InvalidRequestError, TransformDomainError
from spatial.interpolation.transforms.contract import Parameters
from spatial.interpolation.transforms.integration import KINKED_NODES, IntegratedTransform

# More knots make the card longer and the transform no better.
MOST_KNOTS = 1_000
# The tail's power is estimated from the largest tenth of the values, at least five of them, and
# kept where the tail has a variance.
TAIL_SHARE = 0.1
FEWEST_IN_TAIL = 5
TAIL_POWERS = (2.0, 10.0)


@dataclass(frozen=True, slots=True)
class NormalScore(IntegratedTransform):
    """
    Φ⁻¹ of the samples' cumulative distribution.

    Parameters
    ----------
    values : tuple of float
        Concentrations, strictly increasing.
    scores : tuple of float
        Their normal scores, strictly increasing. Between them g is linear.
    minimum : float
        The lowest concentration there can be.
    lower_power : float
        Below the smallest sample the share of concentrations under z falls as
        (z − minimum)^lower_power; 1 is uniform.
    upper_power : float
        Above the largest sample the share of concentrations over z falls as z^−upper_power
        (the hyperbolic model).

    Notes
    -----
    Deutsch & Journel (1998), sections V.1.6 and V.2.2. A value's score is that of the middle of its
    step in the cumulative distribution, so equal values have equal scores and g is a function.

    Examples
    --------
    >>> g = NormalScore((2.0, 5.0, 9.0), (-1.0, 0.0, 1.0), 0.0, 1.0, 3.0)
    >>> g.forward([3.5, 5.0]).tolist()
    [-0.5, 0.0]
    >>> g.inverse(g.forward([0.1, 400.0])).round(9).tolist()
    [0.1, 400.0]
    """

    name: ClassVar[str] = "normal_score"
    nodes: ClassVar[FloatArray] = KINKED_NODES
    values: Sequence[float]
    scores: Sequence[float]
    minimum: float
    lower_power: float
    upper_power: float

    def __post_init__(self) -> None:
        values, scores = np.asarray(self.values), np.asarray(self.scores)
        if len(values) < 2 or values.shape != scores.shape:
            raise InvalidRequestError(
                "A normal score transform needs two or more values and one score for each."
            )
        if not ((np.diff(values) > 0.0).all() and (np.diff(scores) > 0.0).all()):
            raise InvalidRequestError(
                "The values and the scores of a normal score transform must increase strictly."
            )
        if not (self.lower_power > 0.0 and self.upper_power > 0.0):
            raise InvalidRequestError(
                "The tails of a normal score transform need powers above 0; got "
                f"{self.lower_power} and {self.upper_power}."
            )
        if not self.minimum < values[0]:
            raise InvalidRequestError(
                f"The minimum of a normal score transform ({self.minimum:g}) must lie below the "
                f"smallest value ({values[0]:g})."
            )
        if not values[-1] > 0.0:
            raise TransformDomainError(
                "The normal score transform continues beyond the largest value as a power of it, "
                f"so that value must be positive; it is {values[-1]:g}."
            )

    @classmethod
    def fitted(
        cls, values: FloatArray, weights: FloatArray | None, options: Mapping[str, float]
    ) -> Self:
        """
        Take scores and tails from samples.

        Parameters
        ----------
        values : ndarray, shape (n,)
            Concentrations.
        weights : ndarray, shape (n,), or None
            Declustering weights.
        options : mapping of str to float
            ``minimum`` (0 where every value is positive, otherwise a tenth of their spread below
            the smallest), ``lower_power`` (1) and ``upper_power`` (Hill's estimate from the
            largest tenth of the values, within 2 and 10).

        Returns
        -------
        NormalScore
            The transform.

        Raises
        ------
        ConstantValuesError
            Where all values are equal.
        TransformDomainError
            Where the largest value is not positive.
        """
        shares = np.ones(len(values)) if weights is None else weights
        distinct, group = np.unique(values[shares > 0.0], return_inverse=True)
        if len(distinct) < 2:
            raise ConstantValuesError("All values are equal: they have no order to take scores of.")
        mass = np.bincount(group, weights=shares[shares > 0.0])
        upto = np.cumsum(mass)
        scores = scipy.special.ndtri((upto - 0.5 * mass) / upto[-1])
        if len(distinct) > MOST_KNOTS:
            chosen = np.unique(np.linspace(0, len(distinct) - 1, MOST_KNOTS).round().astype(int))
            distinct, scores = distinct[chosen], scores[chosen]
        lowest, spread = float(distinct[0]), float(distinct[-1] - distinct[0])
        minimum = 0.0 if lowest > 0.0 else lowest - 0.1 * spread
        return cls(
            tuple(distinct.tolist()),
            tuple(scores.tolist()),
            float(options.get("minimum", minimum)),
            float(options.get("lower_power", 1.0)),
            float(options.get("upper_power", _hill_power(values))),
        )

    @property
    def parameters(self) -> Parameters:
        """Knots and tails."""
        return {
            "values": list(self.values),
            "scores": list(self.scores),
            "minimum": self.minimum,
            "lower_power": self.lower_power,
            "upper_power": self.upper_power,
        }

    def forward(self, values: ArrayLike) -> FloatArray:
        """
        Return g(values).

        Parameters
        ----------
        values : array_like
            Concentrations above the minimum.

        Returns
        -------
        ndarray
            Normal scores.

        Raises
        ------
        TransformDomainError
            Where a value is at the minimum or below.
        """
        numbers = np.asarray(values, np.float64)
        bad = int(np.count_nonzero(numbers <= self.minimum))
        if bad:
            raise TransformDomainError(
                f"{bad} of {numbers.size} values are not above {self.minimum:g}, which the normal "
                "score transform takes for the lowest concentration there can be."
            )
        result = np.interp(numbers, self.values, self.scores)
        below, above = numbers < self.values[0], numbers > self.values[-1]
        # Tails are a few values or none: only they pay for logarithms.
        if below.any():
            share = (numbers[below] - self.minimum) / (self.values[0] - self.minimum)
            result[below] = scipy.special.ndtri_exp(
                scipy.special.log_ndtr(self.scores[0]) + self.lower_power * np.log(share)
            )
        if above.any():
            excess = np.log(numbers[above] / self.values[-1])
            result[above] = -scipy.special.ndtri_exp(
                scipy.special.log_ndtr(-self.scores[-1]) - self.upper_power * excess
            )
        return np.asarray(result)

    def forward_threshold(self, threshold: float) -> float:
        """
        Return g(T).

        Parameters
        ----------
        threshold : float
            A guideline value.

        Returns
        -------
        float
            Minus infinity at the minimum and below: every concentration is above.
        """
        if threshold <= self.minimum:
            return -math.inf
        return float(self.forward(np.array([threshold]))[0])

    def inverse(self, transformed: ArrayLike) -> FloatArray:
        """
        Return the concentrations of normal scores.

        Parameters
        ----------
        transformed : array_like
            Normal scores.

        Returns
        -------
        ndarray
            Concentrations above the minimum.
        """
        numbers = np.atleast_1d(np.asarray(transformed, np.float64))
        result = np.interp(numbers, self.scores, self.values)
        below, above = numbers < self.scores[0], numbers > self.scores[-1]
        if below.any():
            fall = (
                scipy.special.log_ndtr(numbers[below]) - scipy.special.log_ndtr(self.scores[0])
            ) / self.lower_power
            result[below] = self.minimum + (self.values[0] - self.minimum) * np.exp(fall)
        if above.any():
            rise = (
                scipy.special.log_ndtr(-self.scores[-1]) - scipy.special.log_ndtr(-numbers[above])
            ) / self.upper_power
            result[above] = self.values[-1] * np.exp(rise)
        return np.asarray(result.reshape(np.shape(transformed)))


def _hill_power(values: FloatArray) -> float:
    """
    Estimate the power of the upper tail.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Concentrations.

    Returns
    -------
    float
        1 over the mean of ln(z/z_k) over the largest values z_1 … z_k−1 (Hill 1975), within 2 and
        10.
    """
    low, high = TAIL_POWERS
    count = min(max(math.ceil(TAIL_SHARE * len(values)), FEWEST_IN_TAIL), len(values))
    tail = np.sort(values)[-count:]
    if tail[0] <= 0.0:
        return high
    mean = float(np.log(tail[1:] / tail[0]).mean()) if count > 1 else 0.0
    return min(max(1.0 / mean, low), high) if mean > 0.0 else high
