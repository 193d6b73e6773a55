"""Elimination: once for what a block shares, and for eight cells side by side."""

import numpy as np

from spatial.arrays import FloatArray
from spatial.interpolation.fast_blocks import CELLS
from spatial.interpolation.fast_compiled import inner
from spatial.interpolation.fast_equations import PANEL
from spatial.interpolation.fast_lanes import (
    bits_at_most,
    divide,
    fused,
    load,
    multiply,
    root,
    splat,
    store,
    subtract,
)
from spatial.interpolation.fast_numbers import lesser
from spatial.interpolation.fast_products import subtract_lane_products, subtract_row_products
from spatial.interpolation.fast_vectors import WIDTH


@inner
def eliminate_shared(
    shared: FloatArray, common: int, total: int, width: int, tolerance: float
) -> bool:
    """
    Eliminate the samples all cells need, and carry along everything else.

    Parameters
    ----------
    shared : ndarray, shape (rows * width,)
        See `Equations`; the first rows become those of U, the others the Schur complement.
    common : int
        How many samples are eliminated.
    total : int
        How many there are.
    width : int
        Columns.
    tolerance : float
        A smaller pivot counts as none.

    Returns
    -------
    bool
        False where there is no stable solution.
    """
    for first in range(0, total, PANEL):
        begin = first // CELLS * CELLS
        depth = lesser(first, common)
        if depth > 0:
            for column in range(begin, width, CELLS):
                subtract_row_products(shared, (first * width + column, first, column), depth, width)
        for i in range(first, lesser(first + PANEL, common)):
            row = i * width
            pivot = shared[row + i]
            if not pivot > tolerance:
                return False
            scale = splat(1.0 / np.sqrt(pivot))
            for column in range(begin, width, WIDTH):
                store(shared, row + column, multiply(load(shared, row + column), scale))
            for other in range(i + 1, first + PANEL):
                share = splat(-shared[row + other])
                for column in range(begin, width, WIDTH):
                    place = other * width + column
                    store(
                        shared, place, fused(share, load(shared, row + column), load(shared, place))
                    )
    return True


@inner
def eliminate_own(own: FloatArray, size: int, rights: int, tolerance: float) -> int:
    """
    Factor the equations of eight cells and carry their right-hand sides along.

    Parameters
    ----------
    own : ndarray, shape (rows * columns * 8,)
        See `Equations`.
    size : int
        Rows, a multiple of 4.
    rights : int
        Columns of right-hand sides, a multiple of 4.
    tolerance : float
        A smaller pivot counts as none.

    Returns
    -------
    int
        A bit for each cell whose equations have a stable solution.
    """
    stride = (size + rights) * WIDTH
    one, limit = splat(1.0), splat(tolerance)
    good = (1 << WIDTH) - 1
    for first in range(0, size, PANEL):
        if first > 0:
            for column in range(first, size + rights, PANEL):
                subtract_lane_products(
                    own,
                    (first * stride + column * WIDTH, first * WIDTH, column * WIDTH),
                    first,
                    stride,
                )
        for a in range(first, first + PANEL):
            row = a * stride
            pivot = load(own, row + a * WIDTH)
            good &= ~bits_at_most(pivot, limit)
            scale = divide(one, root(pivot))
            for place in range(row + a * WIDTH, row + stride, WIDTH):
                store(own, place, multiply(load(own, place), scale))
            for other in range(a + 1, first + PANEL):
                share = subtract(splat(0.0), load(own, row + other * WIDTH))
                shift = (other - a) * stride
                for place in range(row + other * WIDTH, row + stride, WIDTH):
                    store(
                        own, place + shift, fused(share, load(own, place), load(own, place + shift))
                    )
    return good
