"""What kernels choose of two numbers is what `max` and `min` would, NaN and equals included."""

import itertools
import math

import numpy as np
from numba import njit

from spatial.interpolation.fast_compiled import kernel
from spatial.interpolation.fast_numbers import (
    greater,
    lesser,
    rows_of_whole_zeros,
    rows_of_zeros,
    whole_zeros,
    zeros,
)


@njit
def both(one, other):
    return greater(one, other), lesser(one, other)


def test_of_two_numbers():
    for one, other in itertools.product([-math.inf, -2.5, -0.0, 0.0, 3.0, math.nan], repeat=2):
        expected = max(one, other), min(one, other)
        found = both(one, other)
        assert np.array_equal(found, expected, equal_nan=True)
        assert np.array_equal(np.signbit(found), np.signbit(expected))


def test_whole_numbers_stay_whole():
    for one, other in itertools.product([-3, 0, 7, 2**62 + 1], repeat=2):
        found = both(one, other)
        assert found == (max(one, other), min(one, other))
        assert all(isinstance(number, int) for number in found)


def test_a_whole_number_beside_another_counts_as_one_that_is_not():
    assert both(2, 2.5) == (2.5, 2.0)


def test_room_is_zeros():
    def make(rows, columns):
        return (
            zeros(columns),
            whole_zeros(columns),
            rows_of_zeros(rows, columns),
            rows_of_whole_zeros(rows, columns),
        )

    compiled = kernel(make)
    # What is kept is told apart by the files of kernels, and this is none.
    compiled._cache.disable()
    made = compiled(3, 5)
    assert [room.shape for room in made] == [(5,), (5,), (3, 5), (3, 5)]
    assert [room.dtype.kind for room in made] == ["f", "i", "f", "i"]
    assert not any(room.any() for room in made)
