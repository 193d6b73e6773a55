"""
The kriging systems of cells that each have samples of their own.

One solver for every kind of kriging: covariances and the parts of a trend in, predictions out. The
kernels know no model, no distance and no trend. Each cell is calculated alone and in one fixed
order of operations, so its bits do not depend on what else is asked.
"""

import math
from typing import NamedTuple

import numpy as np

from spatial.arrays import FloatArray, IntArray
from spatial.interpolation.fast_compiled import inner, kernel
from spatial.interpolation.fast_numbers import greater, rows_of_zeros, whole_zeros, zeros

# A pivot below this share of the sill means two samples say the same to the last digits.
SINGULAR = 1e-13
# A part of the trend that keeps less than this of its length beside the others is one of them.
COLLINEAR = 1e-9
# What became of a cell.
SOLVED, MISSING, NO_SOLUTION, NO_TREND = range(4)


class LocalSystems(NamedTuple):
    """
    The systems of m cells, each with up to k samples of its own.

    Parameters
    ----------
    sizes : ndarray of int64, shape (m,)
        How many samples each cell has; 0 for a cell to be left missing.
    diagonal : ndarray, shape (m, k)
        Variances of the samples, errors of measurement included.
    between : ndarray, shape (m, k (k − 1) / 2)
        Covariances of the samples, the upper triangle row by row.
    towards : ndarray, shape (m, k)
        Covariances of the samples with what is predicted.
    trend : ndarray, shape (m, k, p)
        Parts of the trend at the samples, the constant first; p = 0 for a known mean.
    target_trend : ndarray, shape (m, p)
        The same for what is predicted.
    values : ndarray, shape (r, m, k)
        Values of the samples in each data set, the mean taken off where it is known.
    variance : ndarray, shape (m,)
        Variance of what is predicted.
    """

    sizes: IntArray
    diagonal: FloatArray
    between: FloatArray
    towards: FloatArray
    trend: FloatArray
    target_trend: FloatArray
    values: FloatArray
    variance: FloatArray


@inner
def _eliminate(system: FloatArray, size: int, tolerance: float) -> bool:
    """
    Factor a symmetric system in place and carry its right-hand sides along.

    Parameters
    ----------
    system : ndarray, shape (>= size, >= size + extra)
        Upper triangle of C, right-hand sides in the last columns; becomes U (C = UᵀU) and U⁻ᵀ
        times the right-hand sides.
    size : int
        Rows of the system.
    tolerance : float
        A smaller pivot counts as none.

    Returns
    -------
    bool
        False where the system has no stable solution.
    """
    width = system.shape[1]
    for j in range(size):
        pivot = system[j, j]
        if not pivot > tolerance:
            return False
        inverse_root = 1.0 / math.sqrt(pivot)
        for c in range(j, width):
            system[j, c] *= inverse_root
        for i in range(j + 1, size):
            share = system[j, i]
            if share != 0.0:
                for c in range(i, width):
                    system[i, c] -= share * system[j, c]
    return True


@inner
def _orthogonalise(
    system: FloatArray, size: int, first: int, count: int, target: FloatArray
) -> bool:
    """
    Make the columns of the trend orthonormal and solve the target's part along with them.

    Parameters
    ----------
    system : ndarray, shape (>= size, width)
        The columns ``first`` to ``first + count`` are A = U⁻ᵀF; they become Q of A = QR.
    size : int
        Rows of the system.
    first : int
        First column of the trend.
    count : int
        Parts of the trend.
    target : ndarray, shape (count,)
        The trend of what is predicted, f₀; becomes R⁻ᵀf₀.

    Returns
    -------
    bool
        False where a part of the trend is a combination of the others.
    """
    for c in range(count):
        column = first + c
        before = 0.0
        for i in range(size):
            before += system[i, column] * system[i, column]
        # Gram and Schmidt twice: the second round removes what rounding left in the first.
        for _ in range(2):
            for b in range(c):
                share = 0.0
                for i in range(size):
                    share += system[i, first + b] * system[i, column]
                for i in range(size):
                    system[i, column] -= share * system[i, first + b]
                target[c] -= share * target[b]
        after = 0.0
        for i in range(size):
            after += system[i, column] * system[i, column]
        if not after > COLLINEAR * COLLINEAR * before:
            return False
        length = math.sqrt(after)
        for i in range(size):
            system[i, column] /= length
        target[c] /= length
    return True


@inner
def _fill(system: FloatArray, systems: LocalSystems, cell: int) -> float:
    """
    Write the system of a cell, its right-hand sides beside it.

    Parameters
    ----------
    system : ndarray, shape (k, k + 1 + p + r)
        Becomes C, c₀, F and y − reference of each data set.
    systems : LocalSystems
        All of them.
    cell : int
        Which one.

    Returns
    -------
    float
        The largest variance of a sample.
    """
    most, count = systems.towards.shape[1], systems.trend.shape[2]
    size = systems.sizes[cell]
    largest = 0.0
    for i in range(size):
        start = i * most - (i * (i + 1)) // 2 - i - 1
        system[i, i] = systems.diagonal[cell, i]
        largest = greater(largest, systems.diagonal[cell, i])
        for j in range(i + 1, size):
            system[i, j] = systems.between[cell, start + j]
        for j in range(size, most):
            system[i, j] = 0.0
        system[i, most] = systems.towards[cell, i]
        for c in range(count):
            system[i, most + 1 + c] = systems.trend[cell, i, c]
        for j in range(systems.values.shape[0]):
            # Values relative to one of them: Σ λ = 1, and fewer digits cancel.
            reference = systems.values[j, cell, 0] if count > 0 else 0.0
            system[i, most + 1 + count + j] = systems.values[j, cell, i] - reference
    return largest


@inner
def _put_together(system: FloatArray, size: int, target: FloatArray, answers: FloatArray) -> None:
    """
    Write the prediction of a cell from its solved system.

    Parameters
    ----------
    system : ndarray, shape (k, k + 1 + p + r)
        U, z, Q and w of each data set.
    size : int
        Samples of the cell.
    target : ndarray, shape (p,)
        g = R⁻ᵀf₀.
    answers : ndarray, shape (2 + r,)
        Takes σ² − C₀₀, the Lagrange multiplier, and of each data set location less reference.
    """
    most, count = system.shape[0], len(target)
    answers[:] = 0.0
    for i in range(size):
        answers[0] -= system[i, most] * system[i, most]
    for j in range(2, len(answers)):
        for i in range(size):
            answers[j] += system[i, most + count - 1 + j] * system[i, most]
    for c in range(count):
        along = 0.0
        for i in range(size):
            along += system[i, most + 1 + c] * system[i, most]
        along -= target[c]
        answers[0] += along * along
        answers[1] += target[c] * along
        for j in range(2, len(answers)):
            carried = 0.0
            for i in range(size):
                carried += system[i, most + 1 + c] * system[i, most + count - 1 + j]
            answers[j] -= carried * along


@kernel
def solve_local(systems: LocalSystems) -> tuple[FloatArray, IntArray]:
    """
    Solve the systems of cells.

    Parameters
    ----------
    systems : LocalSystems
        The systems.

    Returns
    -------
    tuple
        Variance, Lagrange multiplier and the location from each data set, shape (2 + r, m), NaN
        where unsolved; and what became of each cell (`SOLVED`, `MISSING`, `NO_SOLUTION`,
        `NO_TREND`), shape (m,).

    Notes
    -----
    With C = UᵀU, z = U⁻ᵀc₀, w = U⁻ᵀy, U⁻ᵀF = QR, g = R⁻ᵀf₀ and q = Qᵀz − g:
    ŷ = w·z − (Qᵀw)·q, σ² = C₀₀ − z·z + q·q, and μ = f₀ᵀm = g·q for the multipliers m of
    Cλ + Fm = c₀ (Chilès & Delfiner 2012, section 3.4).
    """
    cells, most = systems.towards.shape
    count, sets = systems.trend.shape[2], systems.values.shape[0]
    result, states = rows_of_zeros(2 + sets, cells), whole_zeros(cells)
    result[:], states[:] = np.nan, MISSING
    system = rows_of_zeros(most, most + 1 + count + sets)
    target, answers = zeros(count), zeros(2 + sets)
    for cell in range(cells):
        size = systems.sizes[cell]
        if size == 0 or size < count:
            continue
        largest = _fill(system, systems, cell)
        for c in range(count):
            target[c] = systems.target_trend[cell, c]
        if not _eliminate(system, size, SINGULAR * largest):
            states[cell] = NO_SOLUTION
        elif not _orthogonalise(system, size, most + 1, count, target):
            states[cell] = NO_TREND
        else:
            _put_together(system, size, target, answers)
            result[0, cell] = greater(0.0, systems.variance[cell] + answers[0])
            result[1, cell] = answers[1]
            for j in range(sets):
                reference = systems.values[j, cell, 0] if count > 0 else 0.0
                result[2 + j, cell] = reference + answers[2 + j]
            states[cell] = SOLVED
    return result, states
