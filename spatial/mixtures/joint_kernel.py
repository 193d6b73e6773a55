"""The sums over the points of the integral of `spatial.mixtures.joint`, compiled."""

import numpy as np
from numba import njit

from spatial.arrays import Float32Array

# Points taken at a time; their number is a multiple of it.
_PORTION = 128


# Sums may be taken in any order, so that eight numbers are added at once; NaN keeps its meaning.
@njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})
def join(steps: Float32Array, tables: Float32Array, joined: Float32Array) -> None:
    """
    Fill in the probability of each combination, cell by cell.

    Parameters
    ----------
    steps : ndarray of float32, shape (m, n)
        Where each cell's score stands in the tables; NaN where a probability is missing.
    tables : ndarray of float32
        The chance of each contaminant by step of its score and point of the integral.
    joined : ndarray of float32, shape (2^m, n)
        Filled in: bit j of the first index says that contaminant j exceeds.
    """
    count, cells = steps.shape
    points = tables.shape[2]
    products = np.empty((1 << count, _PORTION), np.float32)
    sums = np.empty(1 << count, np.float64)
    for cell in range(cells):
        if np.isnan(steps[:, cell]).any():
            joined[:, cell] = np.nan
            continue
        sums[:] = 0.0
        for start in range(0, points, _PORTION):
            products[0, :] = np.float32(1.0)
            for j in range(count):
                step = min(int(steps[j, cell]), tables.shape[1] - 2)
                part = np.float32(steps[j, cell] - step)
                low = tables[j, step, start : start + _PORTION]
                high = tables[j, step + 1, start : start + _PORTION]
                for c in range(1 << j):
                    without, with_it = products[c], products[c + (1 << j)]
                    for q in range(_PORTION):
                        chance = low[q] + part * (high[q] - low[q])
                        product = without[q] * chance
                        with_it[q] = product
                        without[q] -= product
            for c in range(1 << count):
                row, total = products[c], np.float32(0.0)
                for q in range(_PORTION):
                    total += row[q]
                sums[c] += total
        for c in range(1 << count):
            joined[c, cell] = sums[c] / points
