"""
One factor of the covariances of all samples, and right-hand sides solved 64 at a time.

U of C = UᵀU is kept in strips of four columns, one after another, so that the solution reads it
from front to back. Each cell has a lane to itself and its numbers are added in one order: its bits
do not depend on which cells are asked for together.
"""

from typing import NamedTuple

import numpy as np

from spatial.arrays import FloatArray
from spatial.interpolation.fast_blocks import aligned_zeros
from spatial.interpolation.fast_compiled import ZERO, inner, kernel, maker
from spatial.interpolation.fast_covariance import covariance_of, inverse_scales
from spatial.interpolation.fast_equations import Model
from spatial.interpolation.fast_lanes import (
    add,
    fused,
    load,
    multiply,
    splat,
    store,
    subtract,
)
from spatial.interpolation.fast_numbers import greater, lesser, rows_of_zeros, zeros
from spatial.interpolation.fast_products import subtract_strip_products
from spatial.interpolation.fast_vectors import WIDTH
from spatial.interpolation.kernels import SINGULAR

STRIP = 4
COLUMNS = 4 * WIDTH
HALVES = 2
# Rows solved before the rows below them are brought up to date: they stay in the nearest cache.
CHUNK = HALVES * COLUMNS


class GlobalFactor(NamedTuple):
    """
    All samples, and the factor of their covariances.

    Parameters
    ----------
    places : ndarray, shape (2, padded)
        Eastings and northings (m); the last ones, up to a multiple of 64, are no samples.
    samples : int
        How many are samples.
    strips : ndarray, shape (8 q (q + 1),)
        U by strips of four columns, q of them; strip s has rows 0 to 4 s + 3.
    inverses : ndarray, shape (padded,)
        One over the diagonal of U.
    solved : ndarray, shape (1 + r, padded)
        u = U⁻ᵀ1, and w = U⁻ᵀ(y − y₀) of each data set.
    structures : ndarray, shape (s, 5)
        See `inverse_scales`.
    nugget : float
        Nugget of the variogram.
    tables : ndarray
        See `spatial.interpolation.fast_tables.correlation_tables`.
    """

    places: FloatArray
    samples: int
    strips: FloatArray
    inverses: FloatArray
    solved: FloatArray
    structures: FloatArray
    nugget: float
    tables: FloatArray


@inner
def _strip_start(strip: int) -> int:
    """
    Return where a strip begins.

    Parameters
    ----------
    strip : int
        Its number.

    Returns
    -------
    int
        Offset of its first row.
    """
    return 2 * STRIP * strip * (strip + 1)


@inner
def fill_sides(factor: GlobalFactor, targets: FloatArray, rows: int, sides: FloatArray) -> None:
    """
    Write the covariances of samples with 64 places.

    Parameters
    ----------
    factor : GlobalFactor
        The samples.
    targets : ndarray, shape (128,)
        Eastings, then northings (m) of the places.
    rows : int
        How many samples, from the first on.
    sides : ndarray, shape (2 * padded * 32,)
        Takes them, 32 places after 32.
    """
    padded = factor.places.shape[1]
    none = splat(0.0)
    for group in range(HALVES * COLUMNS // WIDTH):
        easting, northing = load(targets, group * WIDTH), load(targets, CHUNK + group * WIDTH)
        start = (group // 4 * padded) * COLUMNS + group % 4 * WIDTH
        for i in range(lesser(rows, factor.samples)):
            east = subtract(splat(factor.places[0, i]), easting)
            north = subtract(splat(factor.places[1, i]), northing)
            square = add(multiply(east, east), multiply(north, north))
            covariance = covariance_of(square, factor.nugget, factor.structures, factor.tables)
            store(sides, start + i * COLUMNS, covariance)
        for i in range(factor.samples, rows):
            store(sides, start + i * COLUMNS, none)


@inner
def solve_sides(factor: GlobalFactor, rows: int, sides: FloatArray) -> None:
    """
    Solve Uᵀz = c for 64 right-hand sides in place.

    Parameters
    ----------
    factor : GlobalFactor
        The factor.
    rows : int
        How many rows, a multiple of 64.
    sides : ndarray, shape (2 * padded * 32,)
        c becomes z.
    """
    padded = factor.places.shape[1]
    for first in range(0, rows, CHUNK):
        for strip in range(first // STRIP, rows // STRIP):
            row = strip * STRIP
            is_inside = row < first + CHUNK
            depth = row - first if is_inside else CHUNK
            left = _strip_start(strip) + first * STRIP
            for half in range(HALVES):
                start = half * padded * COLUMNS
                if depth > 0:
                    places = (start + row * COLUMNS, start + first * COLUMNS, left)
                    subtract_strip_products(sides, factor.strips, places, depth)
                if is_inside:
                    _finish_strip(factor, strip, start + row * COLUMNS, sides)


@inner
def _finish_strip(factor: GlobalFactor, strip: int, start: int, sides: FloatArray) -> None:
    """
    Solve four rows whose earlier rows are done.

    Parameters
    ----------
    factor : GlobalFactor
        The factor.
    strip : int
        Which four.
    start : int
        Offset of the first of them.
    sides : ndarray, shape (2 * padded * 32,)
        Right-hand sides.
    """
    corner = _strip_start(strip) + strip * STRIP * STRIP
    for a in range(STRIP):
        inverse = splat(factor.inverses[strip * STRIP + a])
        for place in range(start + a * COLUMNS, start + (a + 1) * COLUMNS, WIDTH):
            total = load(sides, place)
            for b in range(a):
                share = splat(-factor.strips[corner + b * STRIP + a])
                total = fused(share, load(sides, place - (a - b) * COLUMNS), total)
            store(sides, place, multiply(total, inverse))


@maker
def _factor_corner(factor: GlobalFactor, first: int, sides: FloatArray, tolerance: float) -> bool:
    """
    Factor the 64 x 64 covariances on the diagonal, earlier rows taken off.

    Parameters
    ----------
    factor : GlobalFactor
        Whose strips and inverses are filled.
    first : int
        The first of the 64 rows and columns.
    sides : ndarray, shape (2 * padded * 32,)
        Holds the covariances in its rows from ``first`` on.
    tolerance : float
        A smaller pivot counts as none.

    Returns
    -------
    bool
        False where there is no stable solution.
    """
    padded = factor.places.shape[1]
    corner = rows_of_zeros(CHUNK + ZERO, CHUNK + ZERO)
    for a in range(CHUNK):
        for c in range(CHUNK):
            start = (c // COLUMNS * padded + first + a) * COLUMNS
            corner[a, c] = sides[start + c % COLUMNS]
        if first + a >= factor.samples:
            corner[a, a] = 1.0
    for a in range(CHUNK):
        pivot = corner[a, a]
        if not pivot > tolerance and first + a < factor.samples:
            return False
        inverse = 1.0 / np.sqrt(pivot)
        factor.inverses[first + a] = inverse
        for c in range(a, CHUNK):
            corner[a, c] *= inverse
        for b in range(a + 1, CHUNK):
            share = corner[a, b]
            for c in range(b, CHUNK):
                corner[b, c] -= share * corner[a, c]
        for c in range(a // STRIP * STRIP, CHUNK):
            start = _strip_start((first + c) // STRIP) + (first + a) * STRIP
            factor.strips[start + c % STRIP] = corner[a, c] if c >= a else 0.0
    return True


@kernel
def factor_samples(places: FloatArray, model: Model) -> tuple[GlobalFactor, bool]:
    """
    Factor the covariances of all samples.

    Parameters
    ----------
    places : ndarray, shape (n, 2)
        Eastings and northings (m).
    model : Model
        Their values in the same order, and their covariances.

    Returns
    -------
    tuple
        The factor, and whether the system has a stable solution.
    """
    count = places.shape[0]
    padded = (count + CHUNK - 1) // CHUNK * CHUNK
    held = rows_of_zeros(2 + ZERO, padded)
    for i in range(count):
        held[0, i], held[1, i] = places[i, 0], places[i, 1]
    factor = GlobalFactor(
        held,
        count,
        aligned_zeros(_strip_start(padded // STRIP)),
        zeros(padded),
        rows_of_zeros(1 + model.values.shape[0], padded),
        inverse_scales(model.structures),
        model.nugget,
        model.tables,
    )
    sides = aligned_zeros(HALVES * padded * COLUMNS)
    for first in range(0, padded, CHUNK):
        _border(factor, first, sides)
        if not _factor_corner(factor, first, sides, SINGULAR * model.sill):
            return factor, False
    _solve_samples(factor, model.values, sides)
    return factor, True


@inner
def _solve_samples(factor: GlobalFactor, values: FloatArray, sides: FloatArray) -> None:
    """
    Carry ones and data sets through the factor.

    Parameters
    ----------
    factor : GlobalFactor
        Whose ``solved`` is filled.
    values : ndarray, shape (r, n)
        Data sets.
    sides : ndarray, shape (2 * padded * 32,)
        Room.
    """
    count, padded = factor.samples, factor.places.shape[1]
    for first in range(0, 1 + values.shape[0], COLUMNS):
        last = lesser(first + COLUMNS, 1 + values.shape[0])
        for i in range(sides.shape[0]):
            sides[i] = 0.0
        for j in range(first, last):
            for i in range(count):
                value = 1.0 if j == 0 else values[j - 1, i] - values[j - 1, 0]
                sides[i * COLUMNS + j - first] = value
        solve_sides(factor, padded, sides)
        for j in range(first, last):
            for i in range(count):
                factor.solved[j, i] = sides[i * COLUMNS + j - first]


@inner
def _border(factor: GlobalFactor, first: int, sides: FloatArray) -> None:
    """
    Add 64 columns of U above the diagonal, and take their products off the corner.

    Parameters
    ----------
    factor : GlobalFactor
        Whose strips are filled.
    first : int
        The first of the 64 columns; earlier ones are done.
    sides : ndarray, shape (2 * padded * 32,)
        Takes the columns, and in the 64 rows from ``first`` on what is left of the covariances.
    """
    padded, rows = factor.places.shape[1], first + CHUNK
    targets = aligned_zeros(2 * CHUNK)
    for c in range(CHUNK):
        targets[c], targets[CHUNK + c] = factor.places[0, first + c], factor.places[1, first + c]
    fill_sides(factor, targets, rows, sides)
    # Columns that are no samples have no covariance with any.
    for c in range(greater(0, factor.samples - first), CHUNK):
        start = c // COLUMNS * padded * COLUMNS + c % COLUMNS
        for i in range(rows):
            sides[start + i * COLUMNS] = 0.0
    solve_sides(factor, first, sides)
    for i in range(first):
        for c in range(CHUNK):
            start = _strip_start((first + c) // STRIP) + i * STRIP
            side = (c // COLUMNS * padded + i) * COLUMNS
            factor.strips[start + c % STRIP] = sides[side + c % COLUMNS]
    for row in range(first, rows, STRIP):
        for start in range(0, HALVES * padded * COLUMNS, padded * COLUMNS):
            offsets = (start + row * COLUMNS, start, _strip_start(row // STRIP))
            subtract_strip_products(sides, factor.strips, offsets, first)
