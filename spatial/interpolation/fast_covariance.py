"""Covariances, eight at a time."""

import math
from typing import Any

from spatial.arrays import FloatArray
from spatial.interpolation.fast_compiled import inlined, maker
from spatial.interpolation.fast_functions import exponential, table_value
from spatial.interpolation.fast_lanes import (
    add,
    fused,
    multiply,
    root,
    smaller,
    splat,
    subtract,
    where_at_most,
)
from spatial.interpolation.fast_tables import CLOSED_FORMS, LEAST, MOST, SIZE
from spatial.interpolation.kernels import GAUSSIAN, MATERN, SPHERICAL


@inlined
def covariance_of(square: Any, nugget: float, structures: FloatArray, tables: FloatArray) -> Any:
    """
    Return the covariances of eight pairs of measurements.

    Parameters
    ----------
    square : lanes
        Squared distances of the pairs (m²).
    nugget : float
        Counts only where the distance is exactly 0.
    structures : ndarray, shape (s, 5)
        See `inverse_scales`.
    tables : ndarray
        See `spatial.interpolation.fast_tables.correlation_tables`.

    Returns
    -------
    lanes
        C(h).
    """
    none, one = splat(0.0), splat(1.0)
    total = where_at_most(square, none, splat(nugget), none)
    distance = root(square)
    for s in range(structures.shape[0]):
        code, partial_sill = structures[s, 0], splat(structures[s, 1])
        ratio = multiply(distance, splat(structures[s, 2]))
        if code == SPHERICAL:
            ratio = smaller(ratio, one)
            rising = multiply(ratio, fused(multiply(ratio, ratio), splat(-0.5), splat(1.5)))
            shape = subtract(one, rising)
        elif code == MATERN and structures[s, 3] not in CLOSED_FORMS:
            shape = table_value(ratio, tables, math.floor(structures[s, 4]))
            shape = where_at_most(splat(LEAST), ratio, shape, one)
            shape = where_at_most(splat(MOST), ratio, none, shape)
        else:
            exponent = multiply(ratio, ratio) if code == GAUSSIAN else ratio
            shape = exponential(subtract(none, exponent))
            if code == MATERN and structures[s, 3] > 0.5:
                # (1 + r) e^-r for ν = 3/2, (1 + r + r²/3) e^-r for ν = 5/2.
                third = splat(1.0 / 3.0) if structures[s, 3] > 2.0 else none
                shape = multiply(shape, fused(multiply(ratio, ratio), third, add(one, ratio)))
        total = fused(partial_sill, shape, total)
    return total


@maker
def inverse_scales(structures: FloatArray) -> FloatArray:
    """
    Return a table of structures with the inverse of each scale in its place.

    Parameters
    ----------
    structures : ndarray, shape (s, 5)
        See `spatial.interpolation.kernels.structure_table`.

    Returns
    -------
    ndarray, shape (s, 5)
        A changed copy: multiplying is faster than dividing. In place of the Matérn factor it has
        the offset of the structure's table.
    """
    changed, offset = structures.copy(), 0
    for s in range(changed.shape[0]):
        changed[s, 2] = 1.0 / changed[s, 2]
        if changed[s, 0] == MATERN and changed[s, 3] not in CLOSED_FORMS:
            changed[s, 4] = offset
            offset += SIZE
    return changed
