"""The Box–Cox transform: a power chosen by the data, the logarithm among them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from spatial.arrays import FloatArray
from spatial.errors import ConstantValuesError, InvalidRequestError
from spatial.interpolation.transforms.contract import Parameters
from spatial.interpolation.transforms.integration import IntegratedTransform
from spatial.interpolation.transforms.logarithm import refuse_non_positive

# Powers looked for; beyond them a few samples decide everything.
POWERS = (-2.0, 2.0)
SCANNED_POWERS = 81
# A power nearer to zero is the logarithm to the last digits.
LOGARITHM = 1e-9


@dataclass(frozen=True, slots=True)
class BoxCox(IntegratedTransform):
    """
    (z^λ − 1)/λ, continued as a logarithm beyond the samples on the side where it would end.

    Parameters
    ----------
    power : float
        λ; 0 is the logarithm.
    smallest : float
        The smallest sample. For λ > 0 the power has a lowest value, which a Gaussian has not;
        below the smallest sample g goes on as a logarithm with the same value and slope.
    largest : float
        The largest sample. For λ < 0 the power has a highest value; above the largest sample g
        goes on as a logarithm.

    Notes
    -----
    Box & Cox (1964). With the logarithmic tail g is strictly increasing from all positive
    concentrations onto all numbers, so that quantiles and probabilities are exact.

    Examples
    --------
    >>> g = BoxCox(power=0.5, smallest=1.0, largest=100.0)
    >>> g.forward([4.0, 9.0]).round(9).tolist()
    [2.0, 4.0]
    >>> g.inverse(g.forward([0.01, 50.0])).round(9).tolist()
    [0.01, 50.0]
    """

    name: ClassVar[str] = "box_cox"
    power: float
    smallest: float
    largest: float

    def __post_init__(self) -> None:
        low, high = POWERS
        if not low <= self.power <= high:
            raise InvalidRequestError(
                f"The power of a Box–Cox transform must lie within {low:g} and {high:g}; "
                f"got {self.power}."
            )
        if not 0.0 < self.smallest <= self.largest < math.inf:
            raise InvalidRequestError(
                "A Box–Cox transform needs its smallest and largest sample, positive and in this "
                f"order; got {self.smallest} and {self.largest}."
            )

    @classmethod
    def fitted(
        cls, values: FloatArray, weights: FloatArray | None, options: Mapping[str, float]
    ) -> Self:
        """
        Choose the power by maximum likelihood.

        Parameters
        ----------
        values : ndarray, shape (n,)
            Concentrations, all positive.
        weights : ndarray, shape (n,), or None
            Declustering weights.
        options : mapping of str to float
            ``power`` where it is not to be chosen.

        Returns
        -------
        BoxCox
            The transform.

        Raises
        ------
        TransformDomainError
            Where a value is zero or negative.
        ConstantValuesError
            Where all values are equal.
        """
        refuse_non_positive(values, "the Box–Cox transform")
        if float(np.ptp(values)) == 0.0:
            raise ConstantValuesError("All values are equal: no power can be chosen for them.")
        ends = float(values.min()), float(values.max())
        if "power" in options:
            return cls(float(options["power"]), *ends)
        shares = np.ones(len(values)) if weights is None else weights
        logs = np.log(values)
        # Relative to the geometric mean, so that the unit does not matter and nothing overflows.
        logs -= np.average(logs, weights=shares)
        powers = np.linspace(*POWERS, SCANNED_POWERS)
        best = int(np.argmin([_misfit(power, logs, shares) for power in powers]))
        interval = (powers[max(best - 1, 0)], powers[min(best + 1, SCANNED_POWERS - 1)])
        # Here and not above: a process that only predicts starts without it.
        from scipy.optimize import minimize_scalar

        found = minimize_scalar(
            _misfit, args=(logs, shares), bounds=interval, method="bounded", options={"xatol": 1e-9}
        )
        return cls(float(found.x), *ends)

    @property
    def parameters(self) -> Parameters:
        """Power, smallest and largest sample."""
        return {"power": self.power, "smallest": self.smallest, "largest": self.largest}

    def forward(self, values: ArrayLike) -> FloatArray:
        """
        Return g(values).

        Parameters
        ----------
        values : array_like
            Concentrations, all positive.

        Returns
        -------
        ndarray
            On the transformed scale.

        Raises
        ------
        TransformDomainError
            Where a value is zero or negative.
        """
        numbers = np.asarray(values, np.float64)
        refuse_non_positive(numbers, "the Box–Cox transform")
        logs = np.log(numbers)
        inside = np.clip(logs, *self._power_holds)
        tail = (logs - inside) * np.exp(self.power * inside)
        return np.asarray(_power_of_log(inside, self.power) + tail)

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
            Minus infinity for zero and below: every concentration is above.
        """
        return float(self.forward(threshold)) if threshold > 0.0 else -math.inf

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
            Concentrations, all positive.
        """
        numbers = np.asarray(transformed, np.float64)
        low, high = self._power_holds
        limits = (_power_of_log(np.asarray(end), self.power) for end in (low, high))
        inside = np.clip(numbers, *limits)
        logs = inside
        if abs(self.power) > LOGARITHM:
            logs = np.log1p(self.power * inside) / self.power
        return np.exp(logs + (numbers - inside) * np.exp(-self.power * logs))

    @property
    def _power_holds(self) -> tuple[float, float]:
        """Between which logarithms of concentrations g is the power itself."""
        if abs(self.power) <= LOGARITHM:
            return -math.inf, math.inf
        if self.power > 0.0:
            return math.log(self.smallest), math.inf
        return -math.inf, math.log(self.largest)


def _power_of_log(logs: FloatArray, power: float) -> FloatArray:
    """
    Return (z^λ − 1)/λ of ln z.

    Parameters
    ----------
    logs : ndarray
        Logarithms of concentrations.
    power : float
        λ.

    Returns
    -------
    ndarray
        The transformed values; the logarithms themselves where λ is 0.
    """
    if abs(power) <= LOGARITHM:
        return logs
    return np.asarray(np.expm1(power * logs) / power)


def _misfit(power: float, logs: FloatArray, weights: FloatArray) -> float:
    """
    Return minus the log-likelihood of a power, apart from a constant.

    Parameters
    ----------
    power : float
        λ.
    logs : ndarray, shape (n,)
        Logarithms of the values over their geometric mean.
    weights : ndarray, shape (n,)
        Of the values.

    Returns
    -------
    float
        ½ ln σ²(λ); the Jacobian is 1 for values over their geometric mean.
    """
    numbers = _power_of_log(logs, float(power))
    middle = np.average(numbers, weights=weights)
    return 0.5 * math.log(float(np.average((numbers - middle) ** 2, weights=weights)))
