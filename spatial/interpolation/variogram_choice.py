"""The one place that turns what a request says of the variogram into fits."""

from dataclasses import replace

import numpy as np

from spatial.arrays import FloatArray
from spatial.errors import VariogramError
from spatial.interpolation.anisotropy import Anisotropy
from spatial.interpolation.covariance import nested_names
from spatial.interpolation.duplicates import MergedPlaces
from spatial.interpolation.fast_variogram import sampled_variogram
from spatial.interpolation.request import SurfaceRequest
from spatial.interpolation.variogram import (
    DEFAULT_LAGS,
    EmpiricalVariogram,
    VariogramFit,
    empirical_variogram,
)
from spatial.interpolation.variogram_fitting import fit_model
from spatial.interpolation.variogram_likelihood import LikelihoodOptions, fit_by_likelihood
from spatial.interpolation.variogram_pairs import Direction

# Directional variograms for fitting anisotropy: twelve narrow directions. In wider ones pairs of
# different azimuths mix, and the ratio comes out too near to 1.
DIRECTIONS = tuple(Direction(azimuth, 7.5) for azimuth in np.arange(0.0, 180.0, 15.0).tolist())
FEWEST_DIRECTIONS = 4
# All pairs of more places take too long for a variogram by direction.
MOST_PLACES = 10_000
# Up to so many places all pairs are compared, by whatever estimator.
MOST_VARIOGRAM_PLACES = 20_000


def requested_variogram(places: MergedPlaces, request: SurfaceRequest) -> EmpiricalVariogram:
    """
    Calculate the empirical variogram, of a random choice where there are very many places.

    Parameters
    ----------
    places : MergedPlaces
        Samples, their values on the transformed scale.
    request : SurfaceRequest
        Lags, cutoff and seed.

    Returns
    -------
    EmpiricalVariogram
        Its points.
    """
    return _undirected(places.coordinates, places.values, request)


def _undirected(
    coordinates: FloatArray, values: FloatArray, request: SurfaceRequest
) -> EmpiricalVariogram:
    """
    Calculate a variogram of all directions in affordable time.

    Parameters
    ----------
    coordinates : ndarray, shape (n, 2)
        Places (m).
    values : ndarray, shape (n,)
        On the transformed scale.
    request : SurfaceRequest
        Lags, cutoff, estimator and seed.

    Returns
    -------
    EmpiricalVariogram
        Of very many places by Matheron's estimator with its standard errors, see
        `sampled_variogram`; by a robust one, of a random choice of them.
    """
    chosen, rng = np.arange(len(values)), np.random.default_rng(request.seed)
    compared = None
    if len(chosen) > MOST_VARIOGRAM_PLACES:
        if request.estimator == "matheron":
            lags = request.lags or DEFAULT_LAGS
            found = sampled_variogram(coordinates, values, rng, cutoff=request.cutoff, lags=lags)
            is_sample = found.places < found.of_places
            return replace(
                found.empirical,
                lags=lags,
                standard_error=found.standard_error if is_sample else None,
                compared=found.places if is_sample else None,
            )
        chosen = np.sort(rng.choice(chosen, MOST_VARIOGRAM_PLACES, replace=False))
        compared = MOST_VARIOGRAM_PLACES
    empirical = empirical_variogram(
        coordinates[chosen],
        values[chosen],
        cutoff=request.cutoff,
        lags=request.lags,
        estimator=request.estimator,
    )
    return replace(empirical, compared=compared)


class RequestedFit:
    """
    Fits covariance models as a request asks for.

    Parameters
    ----------
    places : MergedPlaces
        Samples, their values on the transformed scale.
    empirical : EmpiricalVariogram
        Their variogram.
    request : SurfaceRequest
        Estimator, way of fitting, smoothness and anisotropy.

    Raises
    ------
    VariogramError
        Where anisotropy is to be fitted and too few directions have pairs of samples.
    """

    def __init__(
        self, places: MergedPlaces, empirical: EmpiricalVariogram, request: SurfaceRequest
    ) -> None:
        self.places, self.request = places, request
        self.anisotropy: Anisotropy | None = None
        self.directions: list[EmpiricalVariogram] = []
        if request.anisotropy == "fitted":
            self.directions = self._by_direction()
        elif request.anisotropy is not None:
            self.anisotropy = Anisotropy(*request.anisotropy)
            # In the isotropic space one variogram serves every direction.
            empirical = _undirected(
                self.anisotropy.isotropic(places.coordinates), places.values, request
            )
        self.empirical = empirical

    def __call__(self, name: str) -> VariogramFit:
        """
        Fit one model.

        Parameters
        ----------
        name : str
            A covariance model, or several joined by ``+``.

        Returns
        -------
        VariogramFit
            The fit.
        """
        request = self.request
        is_likely = request.fit_method == "likelihood"
        fit = fit_model(
            self.empirical,
            name,
            smoothness=request.smoothness,
            method="N/h²" if is_likely else request.fit_method,
            directions=self.directions,
        )
        if self.anisotropy is not None:
            fit = replace(fit, model=replace(fit.model, anisotropy=self.anisotropy))
        if not is_likely:
            return fit
        options = LikelihoodOptions(
            is_smoothness_fitted=request.smoothness is None and "matern" in nested_names(name),
            is_anisotropic=request.anisotropy == "fitted",
            seed=request.seed,
        )
        return fit_by_likelihood(
            self.places.coordinates, self.places.values, self.empirical, fit, options
        )

    def _variogram(self, direction: Direction) -> EmpiricalVariogram:
        """
        Calculate a variogram by direction with the settings of the request.

        Parameters
        ----------
        direction : Direction
            Which pairs are compared.

        Returns
        -------
        EmpiricalVariogram
            Of a random choice where there are very many places.
        """
        coordinates = self.places.coordinates
        chosen = np.arange(len(coordinates))
        if len(chosen) > MOST_PLACES:
            rng = np.random.default_rng(self.request.seed)
            chosen = np.sort(rng.choice(chosen, MOST_PLACES, replace=False))
        return empirical_variogram(
            coordinates[chosen],
            self.places.values[chosen],
            cutoff=self.request.cutoff,
            lags=self.request.lags,
            estimator=self.request.estimator,
            direction=direction,
        )

    def _by_direction(self) -> list[EmpiricalVariogram]:
        """
        Return the variograms of those directions that have pairs.

        Returns
        -------
        list of EmpiricalVariogram
            By azimuth.
        """
        found = []
        for direction in DIRECTIONS:
            try:
                found.append(self._variogram(direction))
            except VariogramError:
                # A direction without pairs; the others may do.
                continue
        if len(found) < FEWEST_DIRECTIONS:
            raise VariogramError(
                f"Only {len(found)} of {len(DIRECTIONS)} directions have pairs of samples: too few "
                "to tell how the range depends on the direction. State the anisotropy, or do "
                "without it."
            )
        return found
