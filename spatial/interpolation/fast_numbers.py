"""
The greater and the lesser of two numbers, and empty room, for compiled kernels.

The compiler's `max`, `min`, `numpy.zeros` and `numpy.empty` are functions of its own that it
compiles by themselves, optimised and made machine code of, for every kind of argument and once more
for every kind of caller. These are written where they stand, or compiled once.
"""

from typing import Any

import numpy as np
from numba import types

from spatial.arrays import FloatArray, IntArray
from spatial.interpolation.fast_compiled import maker
from spatial.interpolation.fast_vectors import instruction


def _choose(one: Any, other: Any, comparison: str) -> Any:
    """
    Return the type of what is chosen of two numbers, and what writes the choice.

    Parameters
    ----------
    one : compiler type
        Of a number.
    other : compiler type
        Of another.
    comparison : str
        The second is taken where this is true of it and the first.

    Returns
    -------
    tuple
        Signature, and what writes the instructions.
    """
    is_whole = all(isinstance(number, types.Integer) for number in (one, other))
    kind: Any = types.int64 if is_whole else types.float64

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        first, second = arguments
        compare = builder.icmp_signed if is_whole else builder.fcmp_ordered
        return builder.select(compare(comparison, second, first), second, first)

    return kind(kind, kind), generate


@instruction
def greater(typing: Any, one: Any, other: Any) -> Any:
    """
    Return the greater of two numbers, as `max` does.

    Parameters
    ----------
    typing : compiler context
        Not used.
    one : compiler type
        Of a number; it is taken where they are equal or the other is NaN.
    other : compiler type
        Of another.

    Returns
    -------
    tuple
        Signature, and what writes the instructions.
    """
    return _choose(one, other, ">")


@instruction
def lesser(typing: Any, one: Any, other: Any) -> Any:
    """
    Return the lesser of two numbers, as `min` does.

    Parameters
    ----------
    typing : compiler context
        Not used.
    one : compiler type
        Of a number; it is taken where they are equal or the other is NaN.
    other : compiler type
        Of another.

    Returns
    -------
    tuple
        Signature, and what writes the instructions.
    """
    return _choose(one, other, "<")


@maker
def zeros(count: int) -> FloatArray:
    """
    Return zeros.

    Parameters
    ----------
    count : int
        How many.

    Returns
    -------
    ndarray, shape (count,)
        Room for numbers.
    """
    numbers = np.empty(count)
    for i in range(count):
        numbers[i] = 0.0
    return numbers


@maker
def whole_zeros(count: int) -> IntArray:
    """
    Return whole zeros.

    Parameters
    ----------
    count : int
        How many.

    Returns
    -------
    ndarray of int64, shape (count,)
        Room for whole numbers.
    """
    numbers = np.empty(count, np.int64)
    for i in range(count):
        numbers[i] = 0
    return numbers


@maker
def rows_of_zeros(rows: int, columns: int) -> FloatArray:
    """
    Return zeros in rows.

    Parameters
    ----------
    rows : int
        How many rows.
    columns : int
        How many in each.

    Returns
    -------
    ndarray, shape (rows, columns)
        Room for numbers.
    """
    numbers = np.empty((rows, columns))
    for i in range(rows):
        for j in range(columns):
            numbers[i, j] = 0.0
    return numbers


@maker
def rows_of_whole_zeros(rows: int, columns: int) -> IntArray:
    """
    Return whole zeros in rows.

    Parameters
    ----------
    rows : int
        How many rows.
    columns : int
        How many in each.

    Returns
    -------
    ndarray of int64, shape (rows, columns)
        Room for whole numbers.
    """
    numbers = np.empty((rows, columns), np.int64)
    for i in range(rows):
        for j in range(columns):
            numbers[i, j] = 0
    return numbers
