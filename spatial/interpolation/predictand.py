"""What is predicted: the value at a point, the field without nugget, or the mean of a block."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from spatial.arrays import FloatArray
from spatial.errors import InvalidRequestError
from spatial.interpolation.block import Block
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.drift import Drift, Table
from spatial.interpolation.metrics import Metric, Planar
from spatial.interpolation.neighbourhood import Neighbourhood


@dataclass(frozen=True, slots=True)
class KrigingOptions:
    """
    What every kind of kriging may be told.

    Parameters
    ----------
    neighbourhood : Neighbourhood
        Which samples each place is predicted from; all unless stated.
    metric : Metric
        How distance is measured.
    measurement_variance : float or Table
        Variance of the error of each sample's value, on the scale of the values, beyond the
        nugget: one for all, or a table of one column that knows every sample.
    filters_nugget : bool
        Whether the nugget is an error of measurement too, so that the field without it is
        predicted.
    block : Block, optional
        Predict the mean over this rectangle and not the value at a point. Right for values
        without a transform only: the mean of logarithms is not the logarithm of the mean.
    """

    neighbourhood: Neighbourhood = field(default_factory=Neighbourhood)
    metric: Metric = field(default_factory=Planar)
    measurement_variance: float | Table = 0.0
    filters_nugget: bool = False
    block: Block | None = None


class Predictand:
    """
    The thing predicted at each place, as its covariances and its trend.

    Parameters
    ----------
    variogram : VariogramModel
        The covariance of point values.
    metric : Metric
        How distance is measured.
    filters_nugget : bool
        Whether the field without nugget is predicted.
    block : Block, optional
        Predict the mean over this rectangle. Its nugget averages out to nothing.

    Examples
    --------
    >>> model = VariogramModel.single("spherical", nugget=0.5, partial_sill=1.0, scale=100.0)
    >>> point, block = Predictand(model, Planar()), Predictand(model, Planar(), block=Block(50, 50))
    >>> point.variance, round(block.variance, 4)
    (1.5, 0.6279)
    """

    def __init__(
        self,
        variogram: VariogramModel,
        metric: Metric,
        filters_nugget: bool = False,
        block: Block | None = None,
    ) -> None:
        self.variogram = variogram
        self.metric = metric
        is_smoothed = filters_nugget or block is not None
        if is_smoothed and not any(part.partial_sill > 0.0 for part in variogram.structures):
            raise InvalidRequestError(
                "The variogram is nugget alone: without it there is nothing left to predict."
            )
        self.signal = replace(variogram, nugget=0.0) if is_smoothed else variogram
        self.offsets, self.weights = np.zeros((1, 2)), np.ones(1)
        if block is not None:
            self.offsets, self.weights = block.discretised()
        self.variance = self._variance(block)

    def _variance(self, block: Block | None) -> float:
        """
        Return the variance of what is predicted.

        Parameters
        ----------
        block : Block or None
            The support.

        Returns
        -------
        float
            C₀₀.
        """
        if block is None:
            return self.signal.sill
        points = self.variogram.isotropic(self.offsets)
        covariances = self.signal.covariance(self.metric.between(points[:, np.newaxis], points))
        return float(self.weights @ covariances @ self.weights)

    def covariances(self, cells: FloatArray, samples: FloatArray) -> FloatArray:
        """
        Return the covariances of samples with what is predicted.

        Parameters
        ----------
        cells : ndarray, shape (m, 2)
            Places.
        samples : ndarray, shape (n, d) or (m, k, d)
            Embedded isotropic points: the same for all places, or those of each.

        Returns
        -------
        ndarray, shape (m, n) or (m, k)
            c₀.
        """
        total = np.zeros(())
        for offset, weight in zip(self.offsets, self.weights, strict=True):
            places = cells + offset if offset.any() else cells
            points = self.variogram.isotropic(self.metric.embed(places))
            distance = self.metric.between(points[:, np.newaxis], samples)
            total = total + weight * self.signal.covariance(distance)
        return np.ascontiguousarray(total, np.float64)

    def monomials(self, drift: Drift, offsets: FloatArray, unit: float) -> FloatArray:
        """
        Return the polynomial trend of what is predicted.

        Parameters
        ----------
        drift : Drift
            The trend.
        offsets : ndarray, shape (m, 2)
            Places relative to an origin, in a unit.
        unit : float
            The unit (m).

        Returns
        -------
        ndarray, shape (m, 1, 3 or 6)
            At a point, or the mean over the block.
        """
        total = np.zeros(())
        for offset, weight in zip(self.offsets, self.weights, strict=True):
            total = total + weight * drift.monomials(offsets + offset / unit)
        return np.asarray(total, np.float64)


def chunks(length: int, size: int) -> Iterator[slice]:
    """
    Cut a range into pieces.

    Parameters
    ----------
    length : int
        Of the range.
    size : int
        Of a piece, at most.

    Yields
    ------
    slice
        The pieces in order.

    Examples
    --------
    >>> [piece.stop for piece in chunks(5, 2)]
    [2, 4, 5]
    """
    for start in range(0, length, size):
        yield slice(start, min(start + size, length))
