"""The samples of a kriging: places, errors of measurement, covariates, and their trend."""

import numpy as np

from spatial.arrays import FloatArray, IntArray
from spatial.errors import InvalidValuesError
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.drift import CovariateScaling, Drift
from spatial.interpolation.predictand import KrigingOptions, Predictand


class KrigingSamples:
    """
    Samples, ready for the equations.

    Parameters
    ----------
    coordinates : ndarray, shape (n, 2)
        Places.
    variogram : VariogramModel
        The covariance of the values.
    drift : Drift or None
        The trend; None for a known mean.
    options : KrigingOptions
        Distance and errors of measurement are used.
    """

    def __init__(
        self,
        coordinates: FloatArray,
        variogram: VariogramModel,
        drift: Drift | None,
        options: KrigingOptions,
    ) -> None:
        self.coordinates, self.variogram, self.drift = coordinates, variogram, drift
        self.metric = options.metric
        self.embedded = options.metric.embed(coordinates)
        self.points = variogram.isotropic(self.embedded)
        self.errors = self._measurement_variances(options)
        self.centre = coordinates.mean(axis=0)
        self.extent = float(max(np.ptp(coordinates, axis=0).max(), 1e-300))
        self.covariates = np.empty((len(coordinates), 0))
        if drift is not None:
            numbers = drift.covariates_at(coordinates, "samples")
            names = () if drift.covariates is None else drift.covariates.names
            self._scaling = CovariateScaling.of(numbers, names)
            self.covariates = self._scaling.apply(numbers)

    def _measurement_variances(self, options: KrigingOptions) -> FloatArray:
        """
        Return the variance of each sample's error.

        Parameters
        ----------
        options : KrigingOptions
            One variance, or a table of them.

        Returns
        -------
        ndarray, shape (n,)
            0 or more.
        """
        stated = options.measurement_variance
        numbers = (
            np.full(len(self.coordinates), float(stated))
            if isinstance(stated, (int, float))
            else stated.at(self.coordinates)[:, 0]
        )
        bad = ~(np.isfinite(numbers) & (numbers >= 0.0))
        if bad.any():
            raise InvalidValuesError(
                f"{int(bad.sum())} of {len(numbers)} variances of measurement are missing, "
                "infinite or negative; give every sample one of 0 or more."
            )
        return np.ascontiguousarray(numbers, np.float64)

    def covariates_at(self, places: FloatArray, what: str) -> FloatArray:
        """
        Return the covariates of places on the samples' scale.

        Parameters
        ----------
        places : ndarray, shape (m, 2)
            Places.
        what : str
            What they are, for a sentence.

        Returns
        -------
        ndarray, shape (m, q)
            NaN where missing.
        """
        if self.drift is None:
            return np.empty((len(places), 0))
        return self._scaling.apply(self.drift.covariates_at(places, what))

    def covariances(self) -> FloatArray:
        """
        Return the covariances of all samples, errors of measurement on the diagonal.

        Returns
        -------
        ndarray, shape (n, n)
            Symmetric.
        """
        distance = self.metric.between(self.points[:, np.newaxis], self.points)
        covariances = self.variogram.covariance(distance)
        covariances[np.diag_indices_from(covariances)] += self.errors
        return covariances

    def trend(self) -> FloatArray:
        """
        Return the trend of the samples around their centre.

        Returns
        -------
        ndarray, shape (n, p)
            The constant first; p = 0 for a known mean.
        """
        if self.drift is None:
            return np.empty((len(self.coordinates), 0))
        offsets = (self.coordinates - self.centre) / self.extent
        return np.column_stack([self.drift.monomials(offsets), self.covariates])

    def trend_at(
        self, cells: FloatArray, covariates: FloatArray, predictand: Predictand
    ) -> FloatArray:
        """
        Return the trend of what is predicted, around the samples' centre.

        Parameters
        ----------
        cells : ndarray, shape (m, 2)
            Places.
        covariates : ndarray, shape (m, q)
            Their scaled covariates.
        predictand : Predictand
            What is predicted.

        Returns
        -------
        ndarray, shape (m, p)
            In the order of `trend`.
        """
        if self.drift is None:
            return np.empty((len(cells), 0))
        offsets = (cells - self.centre) / self.extent
        parts = predictand.monomials(self.drift, offsets, self.extent)
        return np.column_stack([parts, covariates])

    def local_trends(
        self, cells: FloatArray, near: IntArray, covariates: FloatArray, predictand: Predictand
    ) -> tuple[FloatArray, FloatArray]:
        """
        Return the trends of neighbours and of what is predicted, around each place.

        Parameters
        ----------
        cells : ndarray, shape (m, 2)
            Places.
        near : ndarray of int64, shape (m, k)
            Samples of each.
        covariates : ndarray, shape (m, q)
            Scaled covariates of the places.
        predictand : Predictand
            What is predicted.

        Returns
        -------
        tuple of ndarray
            Shapes (m, k, p) and (m, p).
        """
        if self.drift is None:
            return np.empty((*near.shape, 0)), np.empty((len(cells), 0))
        # Around the place itself: far from the origin squares of coordinates lose their digits.
        offsets = self.coordinates[near] - cells[:, np.newaxis]
        trend = np.concatenate(
            [self.drift.monomials(offsets / self.extent), self.covariates[near]], axis=2
        )
        parts = predictand.monomials(self.drift, np.zeros_like(cells), self.extent)
        return np.ascontiguousarray(trend), np.column_stack([parts, covariates])
