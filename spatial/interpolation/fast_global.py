"""Ordinary kriging from all samples, of which the covariances are factored once."""

from spatial.arrays import FloatArray
from spatial.interpolation.fast_blocks import aligned_zeros
from spatial.interpolation.fast_compiled import inner, kernel
from spatial.interpolation.fast_factor import (
    CHUNK,
    COLUMNS,
    HALVES,
    GlobalFactor,
    fill_sides,
    solve_sides,
)
from spatial.interpolation.fast_lanes import fused, load, splat, store
from spatial.interpolation.fast_numbers import greater, lesser, rows_of_zeros, zeros
from spatial.interpolation.fast_vectors import WIDTH


@kernel
def krige_globally(
    cells: FloatArray, factor: GlobalFactor, references: FloatArray, sill: float
) -> FloatArray:
    """
    Predict places by ordinary kriging from all samples.

    Parameters
    ----------
    cells : ndarray, shape (m, 2)
        Places to predict (m).
    factor : GlobalFactor
        From `factor_samples`.
    references : ndarray, shape (r,)
        The value of the first sample, y₀, in each data set.
    sill : float
        C(0).

    Returns
    -------
    ndarray, shape (2 + r, m)
        Variance, Lagrange multiplier and the location from each data set.

    Notes
    -----
    With z = U⁻ᵀc₀: μ = (u·z − 1)/u·u, ŷ = w·(z − μu), σ² = C(0) − z·z + μ² u·u.
    """
    count, padded = cells.shape[0], factor.places.shape[1]
    sets = references.shape[0]
    result: FloatArray = rows_of_zeros(2 + sets, count)
    sides = aligned_zeros(HALVES * padded * COLUMNS)
    targets, sums = aligned_zeros(2 * CHUNK), aligned_zeros((2 + sets) * WIDTH)
    # u·u, and w·u of each data set.
    products = zeros(1 + sets)
    for j in range(1 + sets):
        for i in range(factor.samples):
            products[j] += factor.solved[j, i] * factor.solved[0, i]
    for first in range(0, count, CHUNK):
        for c in range(CHUNK):
            cell = lesser(first + c, count - 1)
            targets[c], targets[CHUNK + c] = cells[cell, 0], cells[cell, 1]
        fill_sides(factor, targets, padded, sides)
        solve_sides(factor, padded, sides)
        for group in range(CHUNK // WIDTH):
            start = group // 4 * padded * COLUMNS + group % 4 * WIDTH
            _add_up(factor, sides, start, sums)
            for lane in range(lesser(WIDTH, count - first - group * WIDTH)):
                cell = first + group * WIDTH + lane
                multiplier = (sums[WIDTH + lane] - 1.0) / products[0]
                variance = sill - sums[lane] + multiplier * multiplier * products[0]
                result[0, cell] = greater(0.0, variance)
                result[1, cell] = multiplier
                for j in range(sets):
                    carried = references[j] + sums[(2 + j) * WIDTH + lane]
                    result[2 + j, cell] = carried - multiplier * products[1 + j]
    return result


@inner
def _add_up(factor: GlobalFactor, sides: FloatArray, start: int, sums: FloatArray) -> None:
    """
    Multiply z of eight cells with itself, u, and w of each data set.

    Parameters
    ----------
    factor : GlobalFactor
        Its ``solved`` counts.
    sides : ndarray, shape (2 * padded * 32,)
        z.
    start : int
        Offset of the eight cells.
    sums : ndarray, shape ((2 + r) * 8,)
        Takes z·z, u·z, and w·z of each data set.
    """
    uz, zz = splat(0.0), splat(0.0)
    for i in range(factor.samples):
        z = load(sides, start + i * COLUMNS)
        uz = fused(splat(factor.solved[0, i]), z, uz)
        zz = fused(z, z, zz)
    store(sums, 0, zz)
    store(sums, WIDTH, uz)
    for j in range(1, factor.solved.shape[0]):
        wz = splat(0.0)
        for i in range(factor.samples):
            wz = fused(splat(factor.solved[j, i]), load(sides, start + i * COLUMNS), wz)
        store(sums, (1 + j) * WIDTH, wz)
