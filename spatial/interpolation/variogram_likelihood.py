"""Fitting a covariance model to the samples themselves, by maximum likelihood."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from spatial.arrays import FloatArray, as_coordinates, as_values
from spatial.errors import ConstantValuesError, SingularSystemError, TooFewPlacesError
from spatial.interpolation.anisotropy import SMALLEST_RATIO, Anisotropy
from spatial.interpolation.covariance import Structure, VariogramModel
from spatial.interpolation.variogram import (
    LONGEST_RANGE,
    SHORTEST_RANGE,
    EmpiricalVariogram,
    VariogramFit,
)
from spatial.interpolation.variogram_search import FITTED_SMOOTHNESS, descend
from spatial.interpolation.vecchia import VecchiaPlan, likelihood_terms

# The search conditions on fewer earlier samples than a single evaluation would: the maximum moves
# little (see the tests), and each of some hundred evaluations is several times cheaper.
SEARCH_NEIGHBOURS = 20
# The likelihood of more places says little more about a handful of parameters.
MOST_PLACES = 2_000
FEWEST_PLACES = 10


@dataclass(frozen=True, slots=True)
class LikelihoodOptions:
    """
    What is fitted, and from how much.

    Parameters
    ----------
    is_smoothness_fitted : bool
        Whether ν of Matérn structures is fitted.
    is_anisotropic : bool
        Whether ratio and azimuth are fitted.
    neighbours : int
        How many earlier samples each sample is conditioned on.
    most_places : int
        A random choice of so many places is used where there are more.
    seed : int
        Of that choice.
    """

    is_smoothness_fitted: bool = False
    is_anisotropic: bool = False
    neighbours: int = SEARCH_NEIGHBOURS
    most_places: int = MOST_PLACES
    seed: int = 0


def fit_by_likelihood(
    coordinates: ArrayLike,
    values: ArrayLike,
    empirical: EmpiricalVariogram,
    start: VariogramFit,
    options: LikelihoodOptions | None = None,
) -> VariogramFit:
    """
    Fit nugget, partial sills, scales and what else is asked for by maximum likelihood.

    Parameters
    ----------
    coordinates : array_like, shape (n, 2)
        Eastings and northings (m), no two the same.
    values : array_like, shape (n,)
        One value per place, on the scale on which they are Gaussian.
    empirical : EmpiricalVariogram
        Its distances bound the ranges that are looked for.
    start : VariogramFit
        Names the structures and is where the search begins, usually a fit by least squares.
    options : LikelihoodOptions, optional
        What is fitted, and from how much.

    Returns
    -------
    VariogramFit
        The most likely model and its log-likelihood (of the places used).

    Raises
    ------
    TooFewPlacesError
        Where there are fewer than 10 places.
    ConstantValuesError
        Where all values are equal.
    SingularSystemError
        Where the start model calls samples the same.

    Notes
    -----
    Vecchia's approximation of the Gaussian likelihood with a constant mean; mean and total sill
    have exact answers for the rest and are not searched. The rest (shares of the sill, logarithms
    of scales, ν and ratio, azimuth) by Nelder and Mead's simplex. Under anisotropy neighbours are
    chosen again in the space of the first answer, and the search repeated.

    Examples
    --------
    >>> from spatial.interpolation.variogram import empirical_variogram, fit_variogram
    >>> rng = np.random.default_rng(2)
    >>> places, noise = rng.uniform(0.0, 100.0, (60, 2)), rng.normal(size=60)
    >>> line = empirical_variogram(places, noise)
    >>> fit = fit_by_likelihood(places, noise, line, fit_variogram(line, "exponential"))
    >>> 0.6 < fit.model.sill < 1.5
    True
    """
    chosen = options or LikelihoodOptions()
    places = as_coordinates(coordinates)
    numbers = as_values(values, len(places))
    if len(numbers) < FEWEST_PLACES:
        raise TooFewPlacesError(
            f"Maximum likelihood needs at least {FEWEST_PLACES} places; there are {len(numbers)}."
        )
    if float(np.ptp(numbers)) == 0.0:
        raise ConstantValuesError("All values are equal: there is nothing to fit a model to.")
    order = np.lexsort((places[:, 1], places[:, 0]))
    if len(order) > chosen.most_places:
        rng = np.random.default_rng(chosen.seed)
        order = order[np.sort(rng.choice(len(order), chosen.most_places, replace=False))]
    search = _Search(places[order], numbers[order], empirical, start.model, chosen)
    model, log_likelihood = search.best(start.model)
    if chosen.is_anisotropic:
        again = _Search(places[order], numbers[order], empirical, model, chosen)
        model, log_likelihood = again.best(model)
    residual = empirical.semivariance - model.semivariance(empirical.distance)
    squares = float(np.sum(empirical.pairs / empirical.distance**2 * residual**2))
    is_at_limit = model.range_ > 0.99 * LONGEST_RANGE * float(empirical.distance.max())
    return VariogramFit(model, squares, is_at_limit, "likelihood", log_likelihood)


class _Search:
    """
    The likelihood as a function of a vector.

    Parameters
    ----------
    places : ndarray, shape (n, 2)
        Eastings and northings (m).
    values : ndarray, shape (n,)
        Their values.
    empirical : EmpiricalVariogram
        Bounds the ranges.
    near : VariogramModel
        Names the structures; neighbours are chosen in its isotropic space.
    options : LikelihoodOptions
        What is fitted.
    """

    def __init__(
        self,
        places: FloatArray,
        values: FloatArray,
        empirical: EmpiricalVariogram,
        near: VariogramModel,
        options: LikelihoodOptions,
    ) -> None:
        self.places, self.options, self.near = places, options, near
        self.values = values - values.mean()
        self.variance = float(np.var(values))
        shortest, longest = float(empirical.distance.min()), float(empirical.distance.max())
        self.limits = np.log([SHORTEST_RANGE * shortest, LONGEST_RANGE * longest])
        self.plan = VecchiaPlan(near.isotropic(places), options.neighbours)

    def best(self, start: VariogramModel) -> tuple[VariogramModel, float]:
        """
        Return the most likely model.

        Parameters
        ----------
        start : VariogramModel
            Where to begin.

        Returns
        -------
        tuple
            The model and its log-likelihood.
        """
        vector = self._vector(start)
        if not math.isfinite(self._misfit(vector)):
            # A nugget of one part in twenty settles nearly every unstable model.
            nugget = start.nugget + 0.05 * start.sill
            vector = self._vector(replace(start, nugget=nugget))
        if not math.isfinite(self._misfit(vector)):
            raise SingularSystemError(
                "Maximum likelihood cannot begin: the variogram calls samples that lie close "
                "together the same. Use another model than the Gaussian, or merge those samples."
            )
        bounds = self._bounds()
        steps = [0.2] * len(self.near.structures) + [0.3] * len(self.near.structures)
        steps += [0.3] * self.options.is_smoothness_fitted
        steps += [-0.3, 0.3] * self.options.is_anisotropic
        vector = descend(self._misfit, vector, steps, bounds, (1e-3, 1e-4))
        model, log_likelihood = self._evaluate(vector)
        return model, log_likelihood

    def _misfit(self, vector: FloatArray) -> float:
        """
        Return minus the log-likelihood.

        Parameters
        ----------
        vector : ndarray
            The parameters.

        Returns
        -------
        float
            Infinite where the model is not stable.
        """
        return -self._evaluate(np.asarray(vector, np.float64))[1]

    def _evaluate(self, vector: FloatArray) -> tuple[VariogramModel, float]:
        """
        Return the model of a vector with its best sill, and the log-likelihood.

        Parameters
        ----------
        vector : ndarray
            The parameters.

        Returns
        -------
        tuple
            Model and log-likelihood; minus infinity where the model is not stable.
        """
        shape = self._read(vector)
        terms = likelihood_terms(self.plan, self.places, self.values, shape)
        if terms is None:
            return shape, -math.inf
        count = len(self.values)
        sill = max(terms.squares / count, 1e-12 * self.variance)
        log_likelihood = -0.5 * (
            count * math.log(2.0 * math.pi * sill) + terms.log_variances + terms.squares / sill
        )
        parts = tuple(
            replace(part, partial_sill=part.partial_sill * sill) for part in shape.structures
        )
        return VariogramModel(shape.nugget * sill, parts, shape.anisotropy), log_likelihood

    def _vector(self, model: VariogramModel) -> FloatArray:
        """
        Return the parameters of a model.

        Parameters
        ----------
        model : VariogramModel
            The model.

        Returns
        -------
        ndarray
            Angles of the shares, logarithms of scales, then ν, ratio and azimuth where fitted.
        """
        left, angles = model.sill, []
        for share in (model.nugget, *(part.partial_sill for part in model.structures[:-1])):
            angles.append(math.asin(math.sqrt(min(share / left, 1.0))) if left > 0.0 else 0.0)
            left -= share
        vector = [*angles, *(math.log(part.range_) for part in model.structures)]
        if self.options.is_smoothness_fitted:
            vector.append(math.log(model.structures[-1].smoothness))
        if self.options.is_anisotropic:
            ellipse = model.anisotropy or Anisotropy(0.0, 0.9)
            vector += [math.log(ellipse.ratio), math.radians(ellipse.azimuth)]
        low, high = np.array(self._bounds()).T
        return np.asarray(np.clip(vector, low, high), np.float64)

    def _read(self, vector: FloatArray) -> VariogramModel:
        """
        Return the model of a vector, with a sill of 1.

        Parameters
        ----------
        vector : ndarray
            See `_vector`.

        Returns
        -------
        VariogramModel
            The model.
        """
        count = len(self.near.structures)
        left, shares = 1.0, []
        for angle in vector[:count]:
            shares.append(left * math.sin(angle) ** 2)
            left *= math.cos(angle) ** 2
        ranges, rest = np.exp(vector[count : 2 * count]), list(vector[2 * count :])
        smoothness = math.exp(rest.pop(0)) if self.options.is_smoothness_fitted else None
        parts = []
        for near, sill, range_ in zip(
            self.near.structures, [*shares[1:], left], ranges, strict=True
        ):
            unit = Structure(near.name, sill, 1.0, smoothness or near.smoothness)
            parts.append(replace(unit, scale=float(range_) / unit.range_))
        anisotropy = self.near.anisotropy
        if self.options.is_anisotropic:
            anisotropy = Anisotropy(math.degrees(rest[1]) % 180.0, math.exp(rest[0]))
        return VariogramModel(shares[0], tuple(parts), anisotropy)

    def _bounds(self) -> list[tuple[float, float]]:
        """
        Return the limits of the parameters.

        Returns
        -------
        list of tuple of float
            Lower and upper limit; the practical range, not the scale, is limited.
        """
        count = len(self.near.structures)
        low, high = self.limits
        bounds = [(0.0, math.pi / 2.0)] * count + [(float(low), float(high))] * count
        if self.options.is_smoothness_fitted:
            smallest, largest = FITTED_SMOOTHNESS
            bounds.append((math.log(smallest), math.log(largest)))
        if self.options.is_anisotropic:
            bounds += [(math.log(SMALLEST_RATIO), 0.0), (-math.pi, 2.0 * math.pi)]
        return bounds
