"""Kriging in general: any trend, neighbourhood, support and error of measurement."""

import copy
from dataclasses import replace
from typing import Self

import numpy as np
import scipy
from numpy.typing import ArrayLike

from spatial.arrays import FloatArray, IntArray, as_coordinates, as_values
from spatial.errors import (
    CollinearDriftError,
    InvalidRequestError,
    SingularSystemError,
    TooFewPlacesError,
)
from spatial.interpolation.contract import Family, JointPrediction, Prediction
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.drift import Drift
from spatial.interpolation.kriging_samples import KrigingSamples
from spatial.interpolation.kriging_system import (
    NO_SOLUTION,
    NO_TREND,
    SINGULAR,
    LocalSystems,
    solve_local,
)
from spatial.interpolation.kriging_system_global import (
    COLLINEAR_SENTENCE,
    SINGULAR_SENTENCE,
    factor_global,
    solve_global,
)
from spatial.interpolation.neighbourhood import NeighbourhoodSearch
from spatial.interpolation.predictand import KrigingOptions, Predictand, chunks

# From all samples, memory grows with n² and the time of a cell too.
MOST_PLACES_FROM_ALL = 5_000
# Covariances calculated at a time: 16 MB of them.
CHUNK = 2_000_000


class GeneralKriging:
    """
    Kriging with any trend, neighbourhood, support and error of measurement.

    The named kinds of kriging are this with some settings fixed.

    Parameters
    ----------
    variogram : VariogramModel
        The covariance of the values, or of what remains of them beside the trend.
    drift : Drift or None
        The unknown trend; None for a known mean.
    mean : float
        The known mean; not used with a trend.
    options : KrigingOptions, optional
        Neighbourhood, distance, support, errors of measurement.

    Notes
    -----
    Cλ + Fm = c₀ and Fᵀλ = f₀; ŷ = λᵀy; σ² = C₀₀ − λᵀc₀ − f₀ᵀm (Chilès & Delfiner 2012, section
    3.4).
    The multiplier of the prediction is μ = f₀ᵀm, so that Var ŷ = C₀₀ − σ² − 2μ under every trend.

    σ is that of a new measurement at the place with no error beyond the nugget; of the field
    without nugget where the nugget is filtered; of the block's mean where there is a block.
    """

    family: Family = "gaussian"

    def __init__(
        self,
        variogram: VariogramModel,
        drift: Drift | None,
        mean: float = 0.0,
        options: KrigingOptions | None = None,
    ) -> None:
        self.variogram = variogram
        self.drift = drift
        self.mean = mean
        self.options = options or KrigingOptions()

    def fit(self, coordinates: ArrayLike, values: ArrayLike) -> Self:
        """
        Take the samples, and factor their system where all are used.

        Parameters
        ----------
        coordinates : array_like, shape (n, 2)
            Eastings and northings (m), or longitudes and latitudes where the metric says so.
        values : array_like, shape (n,)
            One value per place.

        Returns
        -------
        Self
            The fitted method.

        Raises
        ------
        InvalidRequestError
            Where settings contradict each other, or all of too many samples are asked for.
        TooFewPlacesError
            Where there are fewer places than the method needs.
        SingularSystemError
            Where the samples' covariances have no stable solution; its child
            CollinearDriftError where the parts of the trend cannot be told apart.
        MissingCovariateError
            Where a covariate is missing at a sample.
        """
        self._check_request()
        options = self.options
        self.coordinates_ = as_coordinates(coordinates)
        self.values_ = as_values(values, len(self.coordinates_))
        self.completed_ = self.values_[np.newaxis]
        least = max(2, self._parts + 1, options.neighbourhood.minimum)
        if len(self.values_) < least:
            raise TooFewPlacesError(
                f"Kriging needs at least two places, and this kriging at least {least}: more than "
                f"its trend has parts, and its fewest neighbours; there are {len(self.values_)}."
            )
        self.samples_ = KrigingSamples(self.coordinates_, self.variogram, self.drift, options)
        self.predictand_ = Predictand(
            self.variogram, options.metric, options.filters_nugget, options.block
        )
        rule = options.neighbourhood
        straight = None if rule.radius is None else options.metric.straight(rule.radius)
        self.search_ = NeighbourhoodSearch(self.samples_.embedded, replace(rule, radius=straight))
        self._is_global = rule.is_all_of(len(self.values_))
        if self._is_global:
            if len(self.values_) > MOST_PLACES_FROM_ALL:
                raise InvalidRequestError(
                    f"Kriging from all of {len(self.values_):,} places needs too much memory and "
                    f"time (at most {MOST_PLACES_FROM_ALL:,}); give a number of neighbours, such "
                    "as 32."
                )
            self.system_ = factor_global(
                self.samples_.covariances(), self.samples_.trend(), self.values_ - self._known_mean
            )
        return self

    def predict(self, coordinates: ArrayLike) -> Prediction:
        """
        Predict at places.

        Parameters
        ----------
        coordinates : array_like, shape (m, 2)
            Places; centres of the blocks where there is a block.

        Returns
        -------
        Prediction
            One entry per place; NaN for a place with too few neighbours.

        Raises
        ------
        SingularSystemError
            Where a place's neighbours have no stable solution; its child CollinearDriftError
            where they cannot tell the parts of the trend apart.
        MissingCovariateError
            Where a covariate is missing at a place, unless the drift skips such places.
        """
        return self.predict_jointly(coordinates).first

    def predict_jointly(self, coordinates: ArrayLike) -> JointPrediction:
        """
        Predict at places from every data set given to `with_data_sets`.

        Parameters
        ----------
        coordinates : array_like, shape (m, 2)
            Places, as in `predict`.

        Returns
        -------
        JointPrediction
            One entry per place.
        """
        cells = as_coordinates(coordinates)
        covariates = self.samples_.covariates_at(cells, "cells")
        result = np.full((2 + len(self.completed_), len(cells)), np.nan)
        asked = np.flatnonzero(np.isfinite(covariates).all(axis=1))
        predict = self._predict_from_all if self._is_global else self._predict_locally
        for piece in chunks(len(asked), self._chunk_length()):
            rows = asked[piece]
            result[:, rows] = predict(cells[rows], covariates[rows])
        return self._prediction(result)

    def leave_one_out(self, rows: IntArray | None = None) -> Prediction:
        """
        Predict each sample's measurement from the others, the variogram kept.

        Parameters
        ----------
        rows : ndarray of int64, shape (m,), optional
            Which samples are left out, one at a time; all when absent.

        Returns
        -------
        Prediction
            One entry per sample. σ is that of the measurement: it holds the nugget and the
            sample's variance of measurement whatever is filtered, and the support is a point
            whatever the block, because a measurement is what the sample is compared with.

        Raises
        ------
        SingularSystemError
            Where the samples' covariances have no stable solution, or the trend rests on one
            sample.

        Notes
        -----
        From all samples by one inverse (Dubrule 1983): with B = C⁻¹ − GFᵀC⁻¹ and
        G = C⁻¹F(FᵀC⁻¹F)⁻¹ the error at i is (By)_i/B_ii, its variance 1/B_ii, and
        μ = −(f_i·G_i)/B_ii.
        """
        return self.leave_one_out_jointly(rows).first

    def leave_one_out_jointly(self, rows: IntArray | None = None) -> JointPrediction:
        """
        Predict each sample's measurement from the others, in every data set.

        Parameters
        ----------
        rows : ndarray of int64, shape (m,), optional
            Which samples are left out, one at a time; all when absent.

        Returns
        -------
        JointPrediction
            One entry per sample, as in `leave_one_out`.
        """
        if self._is_global:
            found = self._leave_one_out_of_all()
            return found if rows is None else JointPrediction(*(part[..., rows] for part in found))
        wanted = np.arange(len(self.values_)) if rows is None else rows
        result = np.full((2 + len(self.completed_), len(wanted)), np.nan)
        for piece in chunks(len(wanted), self._chunk_length()):
            out = wanted[piece]
            result[:, piece] = self._predict_locally(
                self.coordinates_[out], self.samples_.covariates[out], out
            )
        return self._prediction(result)

    @property
    def _parts(self) -> int:
        """How many coefficients the trend has."""
        return 0 if self.drift is None else self.drift.size

    @property
    def _known_mean(self) -> float:
        """What is taken off the values and put back."""
        return self.mean if self.drift is None else 0.0

    def _chunk_length(self) -> int:
        """
        Return how many cells are calculated at a time.

        Returns
        -------
        int
            At least 1.
        """
        most = len(self.values_) if self._is_global else self.search_.usual_size
        each = most if self._is_global else most * (most + 1) // 2
        each = max(each, len(self.completed_) * most)
        return max(1, CHUNK // each)

    def _check_request(self) -> None:
        """Refuse settings that contradict each other."""
        options = self.options
        options.metric.check(self.variogram)
        if not np.isfinite(self.mean):
            raise InvalidRequestError(f"A known mean must be a finite number; got {self.mean}.")
        if not options.metric.is_planar:
            if self.drift is not None and self.drift.degree > 0:
                raise InvalidRequestError(
                    "A polynomial of longitude and latitude is no trend on the sphere: it has a "
                    "seam. Use covariates, or a metric coordinate system."
                )
            if options.block is not None or self.variogram.anisotropy is not None:
                raise InvalidRequestError(
                    "Blocks and anisotropy need a plane; use a metric coordinate system."
                )

    def _predict_from_all(self, cells: FloatArray, covariates: FloatArray) -> FloatArray:
        """
        Predict from all samples.

        Parameters
        ----------
        cells : ndarray, shape (m, 2)
            Places.
        covariates : ndarray, shape (m, q)
            Their scaled covariates.

        Returns
        -------
        ndarray, shape (2 + r, m)
            Variance, multiplier, locations.
        """
        trend = self.samples_.trend_at(cells, covariates, self.predictand_)
        towards = self.predictand_.covariances(cells, self.samples_.points)
        result = solve_global(self.system_, towards, trend, self.predictand_.variance)
        result[2:] += self._known_mean
        return result

    def _predict_locally(
        self, cells: FloatArray, covariates: FloatArray, left_out: IntArray | None = None
    ) -> FloatArray:
        """
        Predict each place from its own neighbours.

        Parameters
        ----------
        cells : ndarray, shape (m, 2)
            Places.
        covariates : ndarray, shape (m, q)
            Their scaled covariates.
        left_out : ndarray of int64, shape (m,), optional
            The samples the places are, which are then predicted as measurements from the others.

        Returns
        -------
        ndarray, shape (2 + r, m)
            Variance, multiplier, locations; NaN where there are too few neighbours.
        """
        count, metric = len(self.values_), self.options.metric
        chosen = self.search_.select(metric.embed(cells), left_out)
        near = np.minimum(chosen, count - 1)
        points = self.samples_.points[near]
        first, second = np.triu_indices(chosen.shape[1], 1)
        predictand, variance = self.predictand_, np.full(len(cells), self.predictand_.variance)
        if left_out is not None:
            predictand = Predictand(self.variogram, metric)
            variance = predictand.variance + self.samples_.errors[left_out]
        trend, target = self.samples_.local_trends(cells, near, covariates, predictand)
        result, states = solve_local(
            LocalSystems(
                sizes=np.count_nonzero(chosen < count, axis=1).astype(np.int64),
                diagonal=self.variogram.sill + self.samples_.errors[near],
                between=self.variogram.covariance(
                    metric.between(points[:, first], points[:, second])
                ),
                towards=predictand.covariances(cells, points),
                trend=trend,
                target_trend=target,
                values=self.completed_[:, near] - self._known_mean,
                variance=variance,
            )
        )
        self._refuse(states)
        result[2:] += self._known_mean
        return np.asarray(result)

    def _refuse(self, states: IntArray) -> None:
        """
        Refuse cells without a solution.

        Parameters
        ----------
        states : ndarray of int64, shape (m,)
            From `solve_local`.

        Raises
        ------
        SingularSystemError
            Where a system has no stable solution.
        CollinearDriftError
            Where the parts of a trend cannot be told apart.
        """
        if (states == NO_SOLUTION).any():
            raise SingularSystemError(SINGULAR_SENTENCE)
        untold = int(np.count_nonzero(states == NO_TREND))
        if untold:
            raise CollinearDriftError(
                f"{COLLINEAR_SENTENCE} This is so among the neighbours of {untold} places; more "
                "neighbours, or all samples, would help too."
            )

    def with_data_sets(self, completed: FloatArray) -> Self:
        """
        Return the method fitted to several data sets at the same places.

        Parameters
        ----------
        completed : ndarray, shape (r, n)
            Values on the transformed scale.

        Returns
        -------
        Self
            With the same search and the same factor; its plain predictions are those from the
            first.
        """
        other = copy.copy(self)
        other.completed_ = np.ascontiguousarray(completed, np.float64)
        other.values_ = other.completed_[0]
        if self._is_global:
            other.system_ = self.system_.with_data_sets(other.completed_ - self._known_mean)
        return other

    def _leave_one_out_of_all(self) -> JointPrediction:
        """
        Leave every sample out in turn with one matrix inverse.

        Returns
        -------
        Prediction
            One entry per sample.
        """
        system, count = self.system_, len(self.values_)
        inverse = scipy.linalg.cho_solve((system.factor, False), np.eye(count))
        # With U⁻ᵀF = QR: G = U⁻¹QR⁻ᵀ and B = C⁻¹ − U⁻¹QQᵀU⁻ᵀ.
        back = scipy.linalg.solve_triangular(system.factor, system.trend)
        block = inverse - back @ back.T
        diagonal = np.diag(block)
        if (diagonal <= SINGULAR * np.diag(inverse)).any():
            raise CollinearDriftError(
                "A part of the trend rests on one sample alone, so that sample cannot be predicted "
                "from the others; leave that covariate out."
            )
        # B annuls the trend, the constant too: any reference may be taken off.
        references = system.references if self.drift is not None else None
        locations = np.empty_like(self.completed_)
        for j, values in enumerate(self.completed_):
            reference = self._known_mean if references is None else references[j]
            locations[j] = values - block @ (values - reference) / diagonal
        trend = self.samples_.trend()
        weights = scipy.linalg.solve_triangular(system.corner, back.T).T if trend.shape[1] else back
        multiplier = -np.sum(trend * weights, axis=1) / diagonal
        return JointPrediction(np.sqrt(1.0 / diagonal), multiplier, locations)

    def _prediction(self, result: FloatArray) -> JointPrediction:
        """
        Name the rows of a result.

        Parameters
        ----------
        result : ndarray, shape (2 + r, m)
            Variance, multiplier, locations.

        Returns
        -------
        JointPrediction
            With σ in place of the variance.
        """
        return JointPrediction(np.sqrt(result[0]), result[1], result[2:])
