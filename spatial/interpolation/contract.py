"""What every method of interpolation promises."""

from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol, Self

from numpy.typing import ArrayLike

from spatial.arrays import FloatArray
from spatial.interpolation.covariance import VariogramModel

Family = Literal["gaussian", "none"]


class Prediction(NamedTuple):
    """
    What a method says about m places, on the transformed scale; NaN where it says nothing.

    Parameters
    ----------
    location : ndarray, shape (m,)
        The predicted value.
    sigma : ndarray, shape (m,)
        Standard deviation of a new measurement at the place; NaN for a method without one.
    lagrange_multiplier : ndarray, shape (m,)
        The multiplier μ of Σ_j λ_j C_ij + μ = C_i0 (covariance convention, so that
        σ² = C(0) − Σ λ_i C_i0 − μ); 0 for a method without the condition Σ λ = 1, NaN for a
        method without sigma. The mean of a back-transformed surface needs it.
    """

    location: FloatArray
    sigma: FloatArray
    lagrange_multiplier: FloatArray


class Interpolator(Protocol):
    """
    A method: the constructor keeps its settings, ``fit`` takes the samples.

    Fitted attributes end in an underscore. ``predict`` is a function of each place alone, so the
    same place gets the same bits whatever else is asked in the same call.
    """

    family: Family

    def fit(self, coordinates: ArrayLike, values: ArrayLike) -> Self:
        """
        Take the samples.

        Parameters
        ----------
        coordinates : array_like, shape (n, 2)
            Eastings and northings (m), no two the same.
        values : array_like, shape (n,)
            One value per place, on the transformed scale.

        Returns
        -------
        Self
            The fitted method.
        """
        ...

    def predict(self, coordinates: ArrayLike) -> Prediction:
        """
        Predict at places.

        Parameters
        ----------
        coordinates : array_like, shape (m, 2)
            Eastings and northings (m).

        Returns
        -------
        Prediction
            One entry per place.
        """
        ...

    def leave_one_out(self) -> Prediction:
        """
        Predict each sample from the others, the variogram kept.

        Returns
        -------
        Prediction
            One entry per sample.
        """
        ...


@dataclass(frozen=True, slots=True)
class MethodSettings:
    """
    What a method may be told; each takes what it understands.

    Parameters
    ----------
    variogram : VariogramModel, optional
        Needed by the kriging methods.
    neighbours : int, optional
        How many nearest samples each place is predicted from; all when absent.
    power : float
        Exponent of inverse distance.
    """

    variogram: VariogramModel | None = None
    neighbours: int | None = None
    power: float = 2.0
