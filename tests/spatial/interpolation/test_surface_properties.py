"""What must not change a whole surface, from samples to bands, by every method."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from shapely.geometry import box

from spatial.interpolation.registry import METHODS
from spatial.interpolation.workflow import SurfaceRequest, build_surface

EPSG = 32631
# A square about the middle of the samples, which a quarter turn maps onto itself.
WEST, SOUTH, SIDE, CELL = 500_200.0, 5_600_000.0, 1_200.0, 50.0
SQUARE = box(WEST, SOUTH, WEST + SIDE, SOUTH + SIDE)
# Covariates of external drift belong to places and not to numbers: its own tests move them.
SURFACES = sorted(set(METHODS) - {"external_drift"})


def request_of(method, **changes):
    settings = {
        "cell_size": CELL,
        "method": method,
        "models": ("exponential",),
        "max_distance": 400.0,
        "neighbours": 20,
    }
    if method == "block_kriging":
        settings["transform"] = "none"
    if method == "simple_kriging":
        settings["mean"] = 4.3
    if method == "universal_kriging":
        settings["drift_degree"] = 1
    if method == "indicator_kriging":
        settings["thresholds"] = (50.0, 120.0)
    if method == "simulation":
        settings["simulations"] = 8
    return SurfaceRequest(**settings | changes)


@pytest.fixture(scope="module")
def columns(samples):
    places, values = samples
    # Whole metres, so that moving the map rounds nothing.
    return np.round(places[:, 0]), np.round(places[:, 1]), values


def same(first, second, tolerance):
    assert first.keys() == second.keys()
    for name, band in first.items():
        np.testing.assert_allclose(second[name], band, rtol=tolerance, atol=tolerance, err_msg=name)


@pytest.mark.parametrize("method", SURFACES)
def test_bits_do_not_depend_on_tiles_or_threads(method, columns, inline):
    first = build_surface(*columns, request_of(method, tile_size=256), EPSG, SQUARE, inline)
    with ThreadPoolExecutor(3) as threads:
        other = build_surface(*columns, request_of(method, tile_size=7), EPSG, SQUARE, threads)
    assert first.card["array_sha256"] == other.card["array_sha256"]


@pytest.mark.parametrize("method", SURFACES)
def test_the_order_of_samples_changes_no_bit(method, columns, inline):
    turned = np.random.default_rng(4).permutation(len(columns[2]))
    first = build_surface(*columns, request_of(method), EPSG, SQUARE, inline)
    mixed = tuple(column[turned] for column in columns)
    other = build_surface(*mixed, request_of(method), EPSG, SQUARE, inline)
    assert first.card["array_sha256"] == other.card["array_sha256"]


@pytest.mark.parametrize("method", sorted(set(SURFACES) - {"simulation"}))
def test_moving_the_map_moves_the_surface(method, columns, inline):
    eastings, northings, values = columns
    here = build_surface(*columns, request_of(method), EPSG, SQUARE, inline).bands
    east, north = 37 * CELL, -412 * CELL
    there = build_surface(
        eastings + east,
        northings + north,
        values,
        request_of(method),
        EPSG,
        box(WEST + east, SOUTH + north, WEST + east + SIDE, SOUTH + north + SIDE),
        inline,
    ).bands
    same(here, there, 2e-5)


@pytest.mark.parametrize("method", sorted(set(SURFACES) - {"simulation"}))
def test_a_quarter_turn_turns_the_surface(method, columns, inline):
    eastings, northings, values = columns
    everywhere = request_of(method, neighbours=None)
    here = build_surface(*columns, everywhere, EPSG, SQUARE, inline).bands
    # Counter-clockwise about the middle of the square.
    middle_east, middle_north = WEST + SIDE / 2.0, SOUTH + SIDE / 2.0
    turned = (middle_east - (northings - middle_north), middle_north + (eastings - middle_east))
    there = build_surface(*turned, values, everywhere, EPSG, SQUARE, inline).bands
    same({name: np.rot90(band) for name, band in here.items()}, there, 2e-5)


@pytest.mark.parametrize("method", sorted(set(SURFACES) - {"indicator_kriging", "simulation"}))
def test_another_unit_scales_the_concentrations_and_nothing_else(method, columns, inline):
    eastings, northings, values = columns
    mean = {"mean": 4.3 + np.log(1000.0)} if method == "simple_kriging" else {}
    here = build_surface(*columns, request_of(method), EPSG, SQUARE, inline).bands
    there = build_surface(
        eastings, northings, 1000.0 * values, request_of(method, **mean), EPSG, SQUARE, inline
    ).bands
    for name in set(here) & {"median", "mean", "value"}:
        np.testing.assert_allclose(there[name], 1000.0 * here[name], rtol=2e-5, err_msg=name)
    if method != "block_kriging" and "sigma" in here:
        np.testing.assert_allclose(there["sigma"], here["sigma"], rtol=2e-5, atol=2e-5)
