"""What every method of interpolation promises."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol, Self

from numpy.typing import ArrayLike

from spatial.arrays import FloatArray, IntArray
from spatial.distributions.contract import Family
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.drift import Drift
from spatial.interpolation.neighbourhood import Neighbourhood
from spatial.interpolation.predictand import KrigingOptions

__all__ = [
    "Family",
    "Interpolator",
    "JointPrediction",
    "MethodSettings",
    "Prediction",
    "ThresholdInterpolator",
    "ThresholdPrediction",
]


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


class JointPrediction(NamedTuple):
    """
    What a method says about m places from r data sets of the same samples.

    Places alone decide how samples are weighed, so sigma and multiplier are those of every data
    set.

    Parameters
    ----------
    sigma : ndarray, shape (m,)
        As in `Prediction`.
    lagrange_multiplier : ndarray, shape (m,)
        As in `Prediction`.
    locations : ndarray, shape (r, m)
        The predicted value, from each data set.
    """

    sigma: FloatArray
    lagrange_multiplier: FloatArray
    locations: FloatArray

    @property
    def first(self) -> Prediction:
        """What is said from the first data set."""
        return Prediction(self.locations[0], self.sigma, self.lagrange_multiplier)


class ThresholdPrediction(NamedTuple):
    """
    Probabilities of exceedance at stated thresholds; NaN where nothing is said.

    Parameters
    ----------
    thresholds : tuple of float
        Guideline values, rising.
    probability : ndarray, shape (m, t)
        P(z > T) of a point measurement, one column per threshold, falling along each row.
    """

    thresholds: tuple[float, ...]
    probability: FloatArray


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

    def leave_one_out(self, rows: IntArray | None = None) -> Prediction:
        """
        Predict samples from all others, the variogram kept.

        Parameters
        ----------
        rows : ndarray of int64, shape (m,), optional
            Which samples are left out, one at a time; all when absent.

        Returns
        -------
        Prediction
            One entry per sample left out.
        """
        ...


class ThresholdInterpolator(Protocol):
    """A method of the family thresholds: it gives probabilities, and no distribution."""

    family: Family

    def fit(self, coordinates: ArrayLike, values: ArrayLike) -> Self:
        """
        Take the samples.

        Parameters
        ----------
        coordinates : array_like, shape (n, 2)
            Eastings and northings (m), no two the same.
        values : array_like, shape (n,)
            One value per place, on the scale of the thresholds.

        Returns
        -------
        Self
            The fitted method.
        """
        ...

    def predict_probabilities(self, coordinates: ArrayLike) -> ThresholdPrediction:
        """
        Predict at places.

        Parameters
        ----------
        coordinates : array_like, shape (m, 2)
            Eastings and northings (m).

        Returns
        -------
        ThresholdPrediction
            One row per place.
        """
        ...

    def leave_one_out_probabilities(self) -> ThresholdPrediction:
        """
        Predict each sample from the others.

        Returns
        -------
        ThresholdPrediction
            One row per sample.
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
    variograms : tuple of VariogramModel
        One per threshold, for indicator kriging; in place of one for all.
    neighbours : int, optional
        How many nearest samples each place is predicted from; all when absent.
    power : float
        Exponent of inverse distance.
    mean : float, optional
        The known mean of simple kriging, on the transformed scale.
    drift : Drift, optional
        The trend of universal kriging, of external drift and of block kriging.
    options : KrigingOptions, optional
        What the kriging methods beside the ordinary one may be told; its neighbourhood then
        counts in place of ``neighbours``.
    thresholds : tuple of float
        Guideline values of indicator kriging, in the unit of the values.
    """

    variogram: VariogramModel | None = None
    variograms: tuple[VariogramModel, ...] = ()
    neighbours: int | None = None
    power: float = 2.0
    mean: float | None = None
    drift: Drift | None = None
    options: KrigingOptions | None = None
    thresholds: tuple[float, ...] = ()

    @property
    def kriging_options(self) -> KrigingOptions:
        """The options, or their defaults with so many neighbours."""
        return self.options or KrigingOptions(Neighbourhood(self.neighbours))
