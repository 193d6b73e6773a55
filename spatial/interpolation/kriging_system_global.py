"""
The kriging system of all samples, factored once.

The same formulas as in `spatial.interpolation.kriging_system`, for cells that share their samples.
"""

from typing import NamedTuple

import numpy as np
import scipy

from spatial.arrays import FloatArray
from spatial.errors import CollinearDriftError, SingularSystemError
from spatial.interpolation.fast_compiled import ZERO, inner, kernel, maker
from spatial.interpolation.fast_numbers import lesser, rows_of_zeros
from spatial.interpolation.kriging_system import COLLINEAR, SINGULAR

# Cells that go through the factor side by side.
LANES = 16
SINGULAR_SENTENCE = (
    "The kriging equations have no stable solution: samples lie so close together that the "
    "variogram calls them the same. Use a model with a nugget, another model than the Gaussian, "
    "or merge those samples."
)
COLLINEAR_SENTENCE = (
    "The parts of the trend cannot be told apart: a covariate, or a polynomial of the coordinates, "
    "is a combination of the others at the samples. Leave one out or lower the degree."
)


class GlobalFactor(NamedTuple):
    """
    The system of all samples, factored once.

    Parameters
    ----------
    factor : ndarray, shape (n, n)
        U of C = UᵀU.
    trend : ndarray, shape (n, p)
        Q of U⁻ᵀF = QR.
    corner : ndarray, shape (p, p)
        R.
    values : ndarray, shape (r, n)
        U⁻ᵀ(y − reference) of each data set.
    references : ndarray, shape (r,)
        A value taken off all of a data set.
    """

    factor: FloatArray
    trend: FloatArray
    corner: FloatArray
    values: FloatArray
    references: FloatArray

    def with_data_sets(self, completed: FloatArray) -> "GlobalFactor":
        """
        Return the system with other data sets at the same places.

        Parameters
        ----------
        completed : ndarray, shape (r, n)
            Values, the mean taken off where it is known.

        Returns
        -------
        GlobalFactor
            With the same factor.
        """
        references = completed[:, 0] if self.trend.shape[1] else np.zeros(len(completed))
        relative = (completed - references[:, np.newaxis]).T
        carried = scipy.linalg.solve_triangular(self.factor, relative, trans="T")
        return self._replace(
            values=np.ascontiguousarray(carried.T), references=np.ascontiguousarray(references)
        )


def factor_global(covariances: FloatArray, trend: FloatArray, values: FloatArray) -> GlobalFactor:
    """
    Factor the system of all samples.

    Parameters
    ----------
    covariances : ndarray, shape (n, n)
        Of the samples, errors of measurement on the diagonal.
    trend : ndarray, shape (n, p)
        Parts of the trend, the constant first; p = 0 for a known mean.
    values : ndarray, shape (n,)
        Values, the mean taken off where it is known.

    Returns
    -------
    GlobalFactor
        What `solve_global` needs.

    Raises
    ------
    SingularSystemError
        Where the covariances have no stable solution.
    CollinearDriftError
        Where a part of the trend is a combination of the others.

    Examples
    --------
    >>> factor_global(np.ones((2, 2)), np.ones((2, 1)), np.zeros(2))
    Traceback (most recent call last):
        ...
    spatial.errors.SingularSystemError: The kriging equations have no stable solution: samples \
lie so close together that the variogram calls them the same. Use a model with a nugget, another \
model than the Gaussian, or merge those samples.
    """
    try:
        factor = np.ascontiguousarray(scipy.linalg.cholesky(covariances, check_finite=False))
    except scipy.linalg.LinAlgError as error:
        raise SingularSystemError(SINGULAR_SENTENCE) from error
    if not np.diag(factor).min() ** 2 > SINGULAR * np.diag(covariances).max():
        raise SingularSystemError(SINGULAR_SENTENCE)
    columns = scipy.linalg.solve_triangular(factor, trend, trans="T") if trend.shape[1] else trend
    orthonormal, corner = np.linalg.qr(columns)
    lengths = np.linalg.norm(columns, axis=0)
    if (np.abs(np.diag(corner)) <= COLLINEAR * lengths).any():
        raise CollinearDriftError(COLLINEAR_SENTENCE)
    system = GlobalFactor(
        factor,
        np.ascontiguousarray(orthonormal),
        np.ascontiguousarray(corner),
        values[np.newaxis],
        np.zeros(1),
    )
    return system.with_data_sets(values[np.newaxis])


@inner
def _solve_lanes(factor: FloatArray, towards: FloatArray) -> None:
    """
    Solve Uᵀz = c₀ for several cells side by side, in place.

    Parameters
    ----------
    factor : ndarray, shape (n, n)
        U.
    towards : ndarray, shape (n, LANES)
        c₀, one column a cell; becomes z.
    """
    count, lanes = towards.shape
    for i in range(count):
        inverse = 1.0 / factor[i, i]
        for lane in range(lanes):
            towards[i, lane] *= inverse
        for j in range(i + 1, count):
            share = factor[i, j]
            for lane in range(lanes):
                towards[j, lane] -= share * towards[i, lane]


@maker
def _products(trend: FloatArray, values: FloatArray) -> FloatArray:
    """
    Multiply the trend with data sets, in one order whatever the shapes.

    Parameters
    ----------
    trend : ndarray, shape (n, p)
        Q.
    values : ndarray, shape (r, n)
        U⁻ᵀ(y − reference) of each data set.

    Returns
    -------
    ndarray, shape (r, p)
        Qᵀw of each.
    """
    carried: FloatArray = rows_of_zeros(values.shape[0], trend.shape[1])
    for j in range(values.shape[0]):
        for c in range(trend.shape[1]):
            for i in range(trend.shape[0]):
                carried[j, c] += trend[i, c] * values[j, i]
    return carried


@inner
def _add_up(z: FloatArray, values: FloatArray, answers: FloatArray) -> None:
    """
    Add up what a cell's z says before the trend.

    Parameters
    ----------
    z : ndarray, shape (n,)
        U⁻ᵀc₀.
    values : ndarray, shape (r, n)
        U⁻ᵀ(y − reference) of each data set.
    answers : ndarray, shape (2 + r,)
        Zeros; takes −z·z first, and w·z of each data set last.
    """
    for i in range(len(z)):
        answers[0] -= z[i] * z[i]
    for j in range(values.shape[0]):
        for i in range(len(z)):
            answers[2 + j] += values[j, i] * z[i]


@kernel
def _solve_cells(
    factor: FloatArray,
    trend: FloatArray,
    values: FloatArray,
    towards: FloatArray,
    target: FloatArray,
) -> FloatArray:
    """
    Predict cells from the factored system of all samples.

    Parameters
    ----------
    factor : ndarray, shape (n, n)
        U.
    trend : ndarray, shape (n, p)
        Q.
    values : ndarray, shape (r, n)
        U⁻ᵀ(y − reference) of each data set.
    towards : ndarray, shape (m, n)
        Covariances of the samples with each cell.
    target : ndarray, shape (m, p)
        g = R⁻ᵀf₀ of each cell.

    Returns
    -------
    ndarray, shape (2 + r, m)
        Reduction of the variance (σ² − C₀₀), multiplier, and of each data set location less
        reference.
    """
    cells, count = towards.shape
    result: FloatArray = rows_of_zeros(2 + values.shape[0], cells)
    carried = _products(trend, values)
    block = rows_of_zeros(count, LANES + ZERO)
    for start in range(0, cells, LANES):
        stop = lesser(start + LANES, cells)
        block[:] = 0.0
        for cell in range(start, stop):
            for i in range(count):
                block[i, cell - start] = towards[cell, i]
        _solve_lanes(factor, block)
        for cell in range(start, stop):
            lane = cell - start
            _add_up(block[:, lane], values, result[:, cell])
            for c in range(trend.shape[1]):
                along = 0.0
                for i in range(count):
                    along += trend[i, c] * block[i, lane]
                along -= target[cell, c]
                result[0, cell] += along * along
                result[1, cell] += target[cell, c] * along
                for j in range(values.shape[0]):
                    result[2 + j, cell] -= carried[j, c] * along
    return result


def solve_global(
    system: GlobalFactor, towards: FloatArray, target_trend: FloatArray, variance: float
) -> FloatArray:
    """
    Predict cells from all samples.

    Parameters
    ----------
    system : GlobalFactor
        From `factor_global`.
    towards : ndarray, shape (m, n)
        Covariances of the samples with each cell.
    target_trend : ndarray, shape (m, p)
        Trend of each cell.
    variance : float
        Variance of what is predicted.

    Returns
    -------
    ndarray, shape (2 + r, m)
        Variance, Lagrange multiplier and the location from each data set.

    Notes
    -----
    The formulas of `solve_local`.
    """
    # Forward substitution part by part, each cell alone: R is small, and bits must not depend on m.
    target = np.empty_like(target_trend)
    for c in range(target.shape[1]):
        rest = target_trend[:, c].copy()
        for b in range(c):
            rest -= system.corner[b, c] * target[:, b]
        target[:, c] = rest / system.corner[c, c]
    result = _solve_cells(system.factor, system.trend, system.values, towards, target)
    result[0] = np.maximum(0.0, variance + result[0])
    result[2:] += system.references[:, np.newaxis]
    return np.asarray(result)
