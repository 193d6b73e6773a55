"""Values below detection limits, and what a summary of them says."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from spatial.arrays import BoolArray, FloatArray, as_values
from spatial.errors import (
    CensoredValuesError,
    ConstantValuesError,
    InvalidValuesError,
    TransformDomainError,
)

PROBABILITIES = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)


class CensoredValues(NamedTuple):
    """
    Results of a laboratory, sorted by value; at equal values the censored ones come first.

    Parameters
    ----------
    values : ndarray, shape (n,)
        What was measured; for a censored result its detection limit.
    is_censored : ndarray of bool, shape (n,)
        True where all that is known is that the value lies below.
    """

    values: FloatArray
    is_censored: BoolArray

    @property
    def detected(self) -> FloatArray:
        """The measured values, sorted."""
        return self.values[~self.is_censored]

    @property
    def limits(self) -> FloatArray:
        """The limits of the censored ones, sorted."""
        return self.values[self.is_censored]


@dataclass(frozen=True, slots=True)
class CensoredSummary:
    """
    What values look like, those below detection limits included.

    Parameters
    ----------
    method : str
        A name of `spatial.interpolation.censoring.registry.SUMMARIES`.
    label : str
        How the figures were made, for people; says so where the way is not recommended.
    count : int
        How many values.
    censored_count : int
        How many of them below a limit.
    mean : float
        In the unit of the values.
    sd : float
        Standard deviation.
    median : float or None
        None where it lies below every measured value and the method says nothing there.
    quantiles : dict of float or None
        By probability, such as "0.95".
    """

    method: str
    label: str
    count: int
    censored_count: int
    mean: float
    sd: float
    median: float | None
    quantiles: dict[str, float | None]


Summarise = Callable[[CensoredValues], CensoredSummary]


def as_censored(values: ArrayLike, is_censored: ArrayLike) -> CensoredValues:
    """
    Check and sort censored values.

    Parameters
    ----------
    values : array_like, shape (n,)
        Measured values, or detection limits; positive.
    is_censored : array_like of bool, shape (n,)
        Which are limits.

    Returns
    -------
    CensoredValues
        Sorted.

    Raises
    ------
    InvalidValuesError
        Where there are none, one is missing, or there is not one mark per value.
    TransformDomainError
        Where a value or a limit is zero or negative.
    CensoredValuesError
        Where fewer than two values were measured.
    ConstantValuesError
        Where all measured values are equal.

    Examples
    --------
    >>> as_censored([3.0, 1.0, 2.0], [False, True, False]).detected
    array([2., 3.])
    """
    numbers = as_values(values, np.size(values))
    marks = np.asarray(is_censored)
    if marks.shape != numbers.shape or marks.dtype != np.bool_:
        raise InvalidValuesError(
            f"There must be one mark, true or false, per value: {len(numbers)} values, marks of "
            f"shape {marks.shape} and type {marks.dtype}."
        )
    if (numbers <= 0.0).any():
        raise TransformDomainError(
            f"{int(np.count_nonzero(numbers <= 0.0))} of {len(numbers)} values or limits are zero "
            "or negative. A reported zero is usually a result below the detection limit: state "
            "the limit."
        )
    order = np.lexsort((~marks, numbers))
    result = CensoredValues(numbers[order], marks[order])
    measured = result.detected
    if len(measured) < 2:
        raise CensoredValuesError(
            f"Only {len(measured)} of {len(numbers)} values lie above their detection limit; two "
            "or more are needed to say what lies below."
        )
    if measured[0] == measured[-1]:
        raise ConstantValuesError(
            f"All {len(measured)} measured values are the same ({measured[0]:g}): nothing can be "
            "said of those below the detection limits."
        )
    return result


def named_quantiles(quantiles: FloatArray) -> dict[str, float | None]:
    """
    Return quantiles by name.

    Parameters
    ----------
    quantiles : ndarray, shape (7,)
        Of `PROBABILITIES`; NaN where not known.

    Returns
    -------
    dict of float or None
        By probability.
    """
    return {
        f"{share:.2f}": None if np.isnan(value) else float(value)
        for share, value in zip(PROBABILITIES, quantiles, strict=True)
    }
