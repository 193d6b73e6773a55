"""The products in registers, for both kinds of processors whatever this one is."""

import numpy as np
import pytest
from numba import njit

from spatial.interpolation import fast_products
from spatial.interpolation.fast_products import (
    subtract_lane_products,
    subtract_row_products,
    subtract_strip_products,
)


@pytest.fixture(params=[False, True], ids=["registers of four", "registers of eight"])
def registers(request, monkeypatch):
    monkeypatch.setattr(fast_products, "_has_wide_registers", lambda context: request.param)


def whole(shape):
    # Whole numbers: every sum is exact, in whatever order it is taken.
    return np.random.default_rng(0).integers(-9, 10, shape).astype(float)


def test_row_products_are_taken_off_four_rows_of_sixteen_columns(registers):
    @njit
    def run(flat, places, depth, stride):
        subtract_row_products(flat, places, depth, stride)

    matrix = whole((9, 48))
    wanted = matrix.copy()
    wanted[5:9, 16:32] -= matrix[:5, 5:9].T @ matrix[:5, 16:32]
    flat = matrix.ravel().copy()
    run(flat, (5 * 48 + 16, 5, 16), 5, 48)
    assert np.array_equal(flat.reshape(matrix.shape), wanted)


def test_lane_products_are_taken_off_a_tile_in_every_lane(registers):
    @njit
    def run(flat, places, depth, stride):
        subtract_lane_products(flat, places, depth, stride)

    matrix = whole((7, 12, 8))
    wanted = matrix.copy()
    wanted[3:7, 8:12] -= np.einsum("pal,pcl->acl", matrix[:3, 4:8], matrix[:3, 8:12])
    flat = matrix.ravel().copy()
    run(flat, (3 * 96 + 64, 32, 64), 3, 96)
    assert np.array_equal(flat.reshape(matrix.shape), wanted)


def test_strip_products_are_taken_off_four_rows_of_32_columns(registers):
    @njit
    def run(sides, strips, places, depth):
        subtract_strip_products(sides, strips, places, depth)

    sides, strip = whole((10, 32)), whole((6, 4))
    wanted = sides.copy()
    wanted[6:10] -= strip[1:6].T @ sides[1:6]
    flat = sides.ravel().copy()
    run(flat, strip.ravel(), (6 * 32, 32, 4), 5)
    assert np.array_equal(flat.reshape(sides.shape), wanted)
