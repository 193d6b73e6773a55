"""How likely several contaminants exceed their guideline values in the same cell."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from spatial.arrays import Float32Array, FloatArray, IntArray
from spatial.errors import InvalidRequestError, InvalidValuesError, TooFewPlacesError

MOST_CONTAMINANTS = 6
# A correlation matrix nearer to singular than this has contaminants that are one another's copies.
LEAST_EIGENVALUE = 0.02
FEWEST_SHARED_PLACES = 10
# Points of the integral come in pairs of opposite sign; the kernel takes them in portions of 128.
_PAIRS = 512
# Normal scores beyond +-_REACH are taken as that: a probability of 3e-7 and 0 are not told apart.
_REACH, _STEPS = 5.0, 640


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """
    Which contaminants exceed together, by cell.

    Parameters
    ----------
    combinations : ndarray of float32, shape (2 ** m, ...)
        P of each combination: contaminant j exceeds in combination c where bit j of c is set. They
        add up to 1; NaN where a surface says nothing.
    """

    combinations: Float32Array

    def at_least(self, count: int) -> Float32Array:
        """
        Return the probability that at least some number of contaminants exceed.

        Parameters
        ----------
        count : int
            How many, from 1 to m.

        Returns
        -------
        ndarray of float32
            By cell.

        Raises
        ------
        InvalidRequestError
            Where there are not that many.
        """
        contaminants = len(self.combinations).bit_length() - 1
        if not 1 <= count <= contaminants:
            raise InvalidRequestError(
                f"At least how many of {contaminants} contaminants? A number from 1 to "
                f"{contaminants}; got {count}."
            )
        total = np.zeros_like(self.combinations[0])
        for combination, probability in enumerate(self.combinations):
            if combination.bit_count() >= count:
                total += probability
        return np.asarray(np.minimum(total, np.float32(1.0)), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Correlation:
    """
    How contaminants go together, over the places where all were measured.

    Parameters
    ----------
    matrix : ndarray, shape (m, m)
        Of the normal scores; what a copula can take.
    places : int
        Over how many places.
    independence : float
        The share of independence that was mixed in because the contaminants are nearly one
        another's copies; 0 where nothing had to be repaired.
    """

    matrix: FloatArray
    places: int
    independence: float = 0.0


def fitted_correlation(values: ArrayLike) -> Correlation:
    """
    Return the correlation of the normal scores of values at shared places.

    Parameters
    ----------
    values : array_like, shape (n, m)
        Values, or residuals, by place and contaminant; NaN where not measured.

    Returns
    -------
    Correlation
        Over the places where all were measured. Mixed with independence just as far as keeps its
        smallest eigenvalue at `LEAST_EIGENVALUE`.

    Raises
    ------
    TooFewPlacesError
        Where fewer than `FEWEST_SHARED_PLACES` places have all of them.
    InvalidValuesError
        Where values are no table, or those of a contaminant are all the same.

    Notes
    -----
    Ranks with ties shared become scores by (r - 3/8) / (n + 1/4) (Blom 1958).

    Examples
    --------
    >>> a = np.arange(12.0)
    >>> fitted_correlation(np.column_stack((a, a**3))).matrix.round(2)
    array([[1.  , 0.98],
           [0.98, 1.  ]])
    """
    table = np.asarray(values, np.float64)
    if table.ndim != 2:
        raise InvalidValuesError("There must be one value per place and contaminant.")
    shared = table[~np.isnan(table).any(axis=1)]
    if len(shared) < FEWEST_SHARED_PLACES:
        raise TooFewPlacesError(
            f"Only {len(shared)} places have values of all contaminants; a correlation needs "
            f"{FEWEST_SHARED_PLACES}. Leave out the contaminant that was measured elsewhere, or "
            "state the correlation."
        )
    scores = np.column_stack([_normal_scores(column) for column in shared.T])
    if (scores.std(axis=0) == 0.0).any():
        raise InvalidValuesError(
            "The values of a contaminant are all the same at the places where all were measured, "
            "so they go together with nothing. Leave it out, or state the correlation."
        )
    correlation = np.atleast_2d(np.corrcoef(scores, rowvar=False))
    least = float(np.linalg.eigvalsh(correlation)[0])
    independence = 0.0
    if least < LEAST_EIGENVALUE:
        independence = 1.0 - (1.0 - LEAST_EIGENVALUE) / (1.0 - least)
    matrix = (1.0 - independence) * correlation + independence * np.eye(len(correlation))
    return Correlation(np.asarray(matrix), len(shared), independence)


def stated_correlation(correlation: ArrayLike, count: int) -> FloatArray:
    """
    Return a correlation that somebody states, where a copula can take it.

    Parameters
    ----------
    correlation : float or array_like, shape (m, m)
        One number for every pair of contaminants, or the whole matrix.
    count : int
        How many contaminants there are, m.

    Returns
    -------
    ndarray, shape (m, m)
        The matrix.

    Raises
    ------
    InvalidRequestError
        Where it is no correlation of so many contaminants, or nearly singular.

    Examples
    --------
    >>> stated_correlation(0.5, 2)
    array([[1. , 0.5],
           [0.5, 1. ]])
    """
    try:
        matrix = np.asarray(correlation, np.float64)
        if matrix.ndim == 0:
            matrix = np.where(np.eye(count, dtype=np.bool_), 1.0, matrix)
        return _checked(matrix, count)
    except ValueError as error:  # ragged lists and words, and the sentences of `_checked`
        said = str(error) if isinstance(error, InvalidValuesError) else "It is not made of numbers."
        raise InvalidRequestError(
            f"A stated correlation is one number for all pairs, or {count} lists of {count} "
            f"numbers. {said}"
        ) from error


def _normal_scores(column: FloatArray) -> FloatArray:
    """
    Return normal scores (Blom 1958).

    Parameters
    ----------
    column : ndarray, shape (n,)
        Values; equal ones share the mean of their ranks.

    Returns
    -------
    ndarray, shape (n,)
        Scores.
    """
    _, place, counts = np.unique(column, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - 0.5 * (counts - 1)
    return np.asarray(ndtri((ranks[place.ravel()] - 0.375) / (len(column) + 0.25)))


def joint_exceedance(probabilities: ArrayLike, correlation: ArrayLike) -> Joint:
    """
    Join the surfaces' probabilities of exceedance by a Gaussian copula.

    Parameters
    ----------
    probabilities : array_like, shape (m, ...)
        P(contaminant j > T_j) by cell, on one grid; NaN where a surface says nothing.
    correlation : array_like, shape (m, m)
        Of the normal scores, as from `fitted_correlation`.

    Returns
    -------
    Joint
        P of each combination, by cell.

    Raises
    ------
    InvalidValuesError
        Where a probability is none, or the matrix is no correlation of so many contaminants.
    InvalidRequestError
        Where there are fewer than 2 or more than `MOST_CONTAMINANTS`.

    Notes
    -----
    With R = d I + L L', d its smallest eigenvalue, contaminants are independent given m - 1
    factors f: contaminant j exceeds with Phi((z_j + (L f)_j) / sqrt d), z_j the score of its
    probability. The integral over f is taken at 1024 fixed points (Sobol's, scrambled with a fixed
    seed, and their opposites), so the same request gives the same bits. Against sixteen (for 6
    contaminants eight) times as many points no combination was off by more than 0.006, root mean
    square 0.0006, over 15 matrices with d from 0.024 on; the error grows as d falls.

    Examples
    --------
    Two of even chance exceed together with 1/4 + arcsin(r) / (2 pi):

    >>> joint = joint_exceedance([[0.5], [0.5]], [[1.0, 0.5], [0.5, 1.0]])
    >>> joint.combinations[3].round(2), joint.at_least(1).round(2)
    (array([0.33], dtype=float32), array([0.67], dtype=float32))
    """
    chances = np.asarray(probabilities)
    if chances.ndim < 1 or not 2 <= len(chances) <= MOST_CONTAMINANTS:
        raise InvalidRequestError(
            f"From 2 to {MOST_CONTAMINANTS} contaminants can be joined; got {len(chances)}."
        )
    if ((chances < 0.0) | (chances > 1.0)).any():
        raise InvalidValuesError("A probability lies between 0 and 1.")
    matrix = _checked(correlation, len(chances))
    tables = _tables(matrix)
    cells = chances.reshape(len(chances), -1)
    joined = np.empty((1 << len(chances), cells.shape[1]), np.float32)
    scores = np.clip(ndtri(cells.astype(np.float32, copy=False)), -_REACH, _REACH)
    steps = np.asarray((scores + _REACH) * (_STEPS / (2.0 * _REACH)), np.float32)
    # The compiler is loaded where cells are joined, not where it is only offered.
    from spatial.mixtures.joint_kernel import join

    join(steps, tables, joined)
    return Joint(joined.reshape(len(joined), *chances.shape[1:]))


def _checked(correlation: ArrayLike, count: int) -> FloatArray:
    """
    Refuse what is no correlation that can be factored.

    Parameters
    ----------
    correlation : array_like, shape (m, m)
        What was stated.
    count : int
        How many contaminants there are.

    Returns
    -------
    ndarray, shape (m, m)
        The correlation.
    """
    matrix = np.asarray(correlation, np.float64)
    if matrix.shape != (count, count):
        raise InvalidValuesError(
            f"The correlation of {count} contaminants has {count} rows and columns; got an array "
            f"of shape {matrix.shape}."
        )
    if not (
        np.isfinite(matrix).all()
        and np.allclose(matrix, matrix.T)
        and np.allclose(np.diag(matrix), 1.0)
    ):
        raise InvalidValuesError("A correlation is symmetric, with 1 on its diagonal.")
    if np.linalg.eigvalsh(matrix)[0] < 0.999 * LEAST_EIGENVALUE:
        raise InvalidValuesError(
            "The correlation is singular, nearly so, or none that contaminants can have: one of "
            "them follows from the others. Leave one of them out, or state weaker correlations."
        )
    return matrix


def _tables(correlation: FloatArray) -> Float32Array:
    """
    Tabulate the chance of each contaminant given the factors.

    Parameters
    ----------
    correlation : ndarray, shape (m, m)
        The correlation.

    Returns
    -------
    ndarray of float32
        Phi((z + (L f)_j) / sqrt d) by contaminant, step of z and point f.
    """
    from scipy.stats import qmc

    eigenvalues, vectors = np.linalg.eigh(correlation)
    own = eigenvalues[0]
    # The strongest factor first: Sobol's first dimensions are spread best.
    loadings = (vectors * np.sqrt(eigenvalues - own))[:, :0:-1]
    points = ndtri(qmc.Sobol(loadings.shape[1], rng=20240101).random(_PAIRS))
    shifts = loadings @ np.concatenate((points, -points)).T
    scores = np.linspace(-_REACH, _REACH, _STEPS + 1)
    arguments = (scores[:, np.newaxis] + shifts[:, np.newaxis, :]) / np.sqrt(own)
    return np.asarray(ndtr(arguments.astype(np.float32)), np.float32)


def expected_number(probabilities: ArrayLike) -> FloatArray:
    """
    Return how many contaminants exceed on average; correlation does not matter for it.

    Parameters
    ----------
    probabilities : array_like, shape (m, ...)
        P(contaminant j > T_j) by cell.

    Returns
    -------
    ndarray, shape (...)
        Their sum, NaN where one is missing.

    Examples
    --------
    >>> expected_number([[0.5, 0.1], [0.75, 0.2]]).round(2)
    array([1.25, 0.3 ])
    """
    return np.asarray(np.sum(np.asarray(probabilities, np.float64), axis=0))


def sum_of_ratios(
    concentrations: Sequence[ArrayLike], thresholds: Sequence[float]
) -> tuple[FloatArray, IntArray]:
    """
    Return the sum of concentrations over guideline values, and whose share is largest.

    Parameters
    ----------
    concentrations : sequence of array_like, length m
        Such as the surfaces' medians, on one grid; NaN where missing.
    thresholds : sequence of float, length m
        The guideline values, each in the unit of its surface.

    Returns
    -------
    sums : ndarray
        By cell; NaN where a contaminant is missing.
    dominant : ndarray of int64
        Which contaminant has the largest ratio, the first of equals; -1 where one is missing.

    Raises
    ------
    InvalidRequestError
        Where there is not one positive threshold per contaminant.
    InvalidValuesError
        Where shapes differ.

    Notes
    -----
    The sum weighs contaminants by their guideline values alone; it is no measure of toxicity.

    Examples
    --------
    >>> sums, dominant = sum_of_ratios([[10.0, 1.0], [30.0, np.nan]], [20.0, 100.0])
    >>> sums.round(2), dominant
    (array([0.8, nan]), array([ 0, -1]))
    """
    limits = np.asarray(thresholds, np.float64)
    if limits.shape != (len(concentrations),) or not len(limits):
        raise InvalidRequestError("There must be one threshold per contaminant.")
    if not (np.isfinite(limits) & (limits > 0.0)).all():
        raise InvalidRequestError("A threshold is a positive number.")
    layers = [np.asarray(layer, np.float64) for layer in concentrations]
    if any(layer.shape != layers[0].shape for layer in layers):
        raise InvalidValuesError("The surfaces of all contaminants must lie on one grid.")
    ratios = np.stack([layer / limit for layer, limit in zip(layers, limits, strict=True)])
    sums = ratios.sum(axis=0)
    # argmax finds a NaN first, wherever there is one.
    dominant = np.where(np.isnan(sums), -1, ratios.argmax(axis=0))
    return sums, dominant.astype(np.int64)
