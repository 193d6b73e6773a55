import numpy as np
from numba import njit

from spatial.interpolation.fast_functions import exponential
from spatial.interpolation.fast_lanes import bits_at_most, load, splat, store, where_bits
from spatial.interpolation.fast_vectors import WIDTH


@njit
def exponentials(numbers, result):
    for i in range(0, len(numbers), WIDTH):
        store(result, i, exponential(load(numbers, i)))


@njit
def chosen(numbers, limit, result):
    bits = bits_at_most(load(numbers, 0), splat(limit))
    store(result, 0, where_bits(bits, splat(1.0), splat(-1.0)))
    return bits


def test_exponential_is_right_to_the_last_digit_or_two():
    numbers = -np.concatenate([np.linspace(0, 40, 4000), np.geomspace(1e-20, 700, 4000)])
    found = np.empty_like(numbers)
    exponentials(numbers, found)
    expected = np.exp(numbers)
    assert (np.abs(found - expected) <= 2 * np.spacing(expected)).all()
    exponentials(np.full(8, -1e5), found)
    assert (found[:8] < 1e-300).all()


def test_bits_are_set_lane_by_lane():
    result = np.empty(8)
    assert chosen(np.array([5.0, 1, 9, 2, 5, 7, 0, 8]), 5.0, result) == 0b01011011
    assert result.tolist() == [1, 1, -1, 1, 1, -1, 1, -1]
