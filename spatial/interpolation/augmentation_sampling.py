"""
Drawing values below their limits, given the values around them.

The kernel calls nothing outside this file, so that the compiler's cache notices every change.
"""

import math
from typing import NamedTuple

import numpy as np

from spatial.arrays import FloatArray, IntArray
from spatial.errors import SingularSystemError
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.fast_compiled import inner, kernel
from spatial.neighbours import NeighbourSearch

# Systems solved at once; more take memory and save no time.
CHUNK = 2_000


class Conditionals(NamedTuple):
    """
    The distribution of each censored value given its nearest others, apart from its limit.

    Parameters
    ----------
    places : ndarray of int64, shape (c,)
        Which places are censored.
    neighbours : ndarray of int64, shape (c, k)
        The places each is conditioned on.
    weights : ndarray, shape (c, k)
        Their simple kriging weights.
    sigma : ndarray, shape (c,)
        The standard deviation.
    """

    places: IntArray
    neighbours: IntArray
    weights: FloatArray
    sigma: FloatArray


def nearest_others(coordinates: FloatArray, places: IntArray, count: int) -> IntArray:
    """
    Return the nearest other places of some places.

    Parameters
    ----------
    coordinates : ndarray, shape (n, 2)
        All places (m).
    places : ndarray of int64, shape (c,)
        Indices of some of them.
    count : int
        How many are wanted.

    Returns
    -------
    ndarray of int64, shape (c, count)
        Indices, nearest first; all others where there are fewer.
    """
    found = NeighbourSearch(coordinates).nearest(coordinates[places], count + 1)
    order = np.argsort(found == places[:, np.newaxis], axis=1, kind="stable")
    return np.ascontiguousarray(np.take_along_axis(found, order, axis=1)[:, :-1])


def conditionals(
    coordinates: FloatArray, places: IntArray, model: VariogramModel, count: int
) -> Conditionals:
    """
    Return the conditional distributions under a model.

    Parameters
    ----------
    coordinates : ndarray, shape (n, 2)
        All places (m).
    places : ndarray of int64, shape (c,)
        Which are censored.
    model : VariogramModel
        The covariance.
    count : int
        How many nearest others each is conditioned on.

    Returns
    -------
    Conditionals
        Of simple kriging; far from measured values it falls back to the mean of the field, so that
        values in a wholly censored corner cannot drift away together.

    Raises
    ------
    SingularSystemError
        Where the model calls samples the same.

    Examples
    --------
    >>> line = np.array([[0.0, 0.0], [1.0, 0.0], [9.0, 0.0]])
    >>> model = VariogramModel.single("exponential", nugget=0.0, partial_sill=1.0, scale=1.0)
    >>> conditionals(line, np.array([0]), model, 1).weights.round(4)
    array([[0.3679]])
    """
    isotropic = model.isotropic(coordinates)
    neighbours = nearest_others(isotropic, places, count)
    weights, sigma = np.empty(neighbours.shape), np.empty(len(places))
    for start in range(0, len(places), CHUNK):
        part = slice(start, start + CHUNK)
        group, own = isotropic[neighbours[part]], isotropic[places[part], np.newaxis]
        among = np.linalg.norm(group[:, :, np.newaxis] - group[:, np.newaxis], axis=3)
        towards = model.covariance(np.linalg.norm(group - own, axis=2))
        try:
            solved = np.linalg.solve(model.covariance(among), towards[:, :, np.newaxis])[:, :, 0]
        except np.linalg.LinAlgError as error:
            raise SingularSystemError(_ADVICE) from error
        variance = model.sill - np.sum(solved * towards, axis=1)
        if not (variance > 1e-10 * model.sill).all():
            raise SingularSystemError(_ADVICE)
        weights[part], sigma[part] = solved, np.sqrt(variance)
    return Conditionals(places, neighbours, weights, sigma)


_ADVICE = (
    "Values below their limits cannot be drawn: samples lie so close together that the variogram "
    "calls them the same. Use a model with a nugget, or merge those samples."
)


@inner
def _below(limit: float, rng: np.random.Generator) -> float:
    """
    Draw a standard normal number below a limit.

    Parameters
    ----------
    limit : float
        The limit.
    rng : numpy.random.Generator
        Where randomness comes from.

    Returns
    -------
    float
        A number below the limit.

    Notes
    -----
    Robert (1995): by rejection, from the normal distribution where the limit is not far left and
    from an exponential one where it is. Exact, at whatever limit.
    """
    if limit > -0.45:
        while True:
            number = rng.standard_normal()
            if number < limit:
                return float(number)
    rate = 0.5 * (math.sqrt(limit * limit + 4.0) - limit)
    while True:
        beyond = -limit + rng.standard_exponential() / rate
        gap = beyond - rate
        if rng.random() <= math.exp(-0.5 * (gap * gap)):
            return float(-beyond)


@kernel
def sweep(
    values: FloatArray,
    limits: FloatArray,
    mean: float,
    given: Conditionals,
    sweeps: int,
    rng: np.random.Generator,
) -> None:
    """
    Draw every censored value anew, again and again (Gibbs sampling), in place.

    Parameters
    ----------
    values : ndarray, shape (n,)
        All values; the censored ones change.
    limits : ndarray, shape (c,)
        Limits of the censored ones.
    mean : float
        Mean of the field.
    given : Conditionals
        Their distributions.
    sweeps : int
        How often.
    rng : numpy.random.Generator
        Where randomness comes from.
    """
    for _ in range(sweeps):
        for i in range(given.places.shape[0]):
            middle = mean
            for j in range(given.neighbours.shape[1]):
                middle += given.weights[i, j] * (values[given.neighbours[i, j]] - mean)
            spread = given.sigma[i]
            values[given.places[i]] = middle + spread * _below((limits[i] - middle) / spread, rng)
