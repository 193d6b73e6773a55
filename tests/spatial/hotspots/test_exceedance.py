import numpy as np
import pytest
import shapely

from spatial.distributions.estimates import Estimates
from spatial.distributions.gaussian import Gaussian
from spatial.errors import InvalidRequestError, NoProbabilityError, UnknownNameError
from spatial.exceedance import exceedance_probability
from spatial.grids import Grid
from spatial.hotspots.contract import Surface
from spatial.hotspots.exceedance import Exceedance
from spatial.hotspots.registry import DEFINITIONS, get_definition
from spatial.interpolation.transforms import get_transform

GRID = Grid(0.0, 2000.0, 40.0, 60, 50, 28992)


@pytest.fixture
def surface():
    centres = GRID.cell_centres()
    ridge = np.exp(-((centres[:, 0] - 900) ** 2 + (centres[:, 1] - 1000) ** 2) / 3e5)
    location = (4.0 + 3.0 * ridge).reshape(GRID.shape)
    location[:, :5] = np.nan
    bands = {"location": location, "sigma": np.full(GRID.shape, 0.4)}
    return Surface(GRID, bands, Gaussian(get_transform("ln")))


@pytest.mark.parametrize("q", [0.05, 0.5, 0.95, 1.0])
def test_polygons_hold_exactly_the_cells_above_q(surface, q):
    probability = exceedance_probability(
        surface.bands["location"], surface.bands["sigma"], 200.0, "ln"
    )
    spots = Exceedance(threshold=200.0, q=q).find(surface)
    union = shapely.union_all([spot.geometry for spot in spots])
    centres = GRID.cell_centres()
    inside = shapely.contains_xy(union, centres[:, 0], centres[:, 1]).reshape(GRID.shape)
    assert np.array_equal(inside, probability >= q)
    for spot in spots:
        assert spot.geometry.area == pytest.approx(spot.cells.area_m2)
        assert q <= spot.cells.minimum <= spot.cells.mean <= spot.cells.maximum
        assert spot.reason_code == "probability_of_exceedance"
        assert "more than 200" in spot.reason


def test_small_groups_are_left_out(surface):
    [spot] = Exceedance(threshold=200.0, q=0.5).find(surface)
    count = spot.cells.cell_count
    assert len(Exceedance(200.0, 0.5, fewest_cells=count).find(surface)) == 1
    assert Exceedance(200.0, 0.5, fewest_cells=count + 1).find(surface) == []


def test_a_surface_without_distribution_is_refused(surface):
    none = Surface(GRID, {"value": surface.bands["location"]}, Estimates("nearest"))
    with pytest.raises(NoProbabilityError, match="Build one with method ordinary_kriging"):
        Exceedance(200.0, 0.5).find(none)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"threshold": 200.0, "q": 0.0}, "above 0 and at most 1"),
        ({"threshold": 200.0, "q": float("nan")}, "above 0 and at most 1"),
        ({"threshold": float("inf"), "q": 0.5}, "finite number"),
        ({"threshold": 200.0, "q": 0.5, "connectivity": 5}, "4 or 8"),
        ({"threshold": 200.0, "q": 0.5, "fewest_cells": 0}, "1 or more"),
        ({"threshold": 200.0}, "does not take exactly these parameters: threshold"),
    ],
)
def test_impossible_parameters_are_refused(parameters, words):
    with pytest.raises(InvalidRequestError, match=words):
        get_definition("exceedance").create(**parameters)


def test_every_definition_of_the_registry_exists():
    for entry in DEFINITIONS.values():
        assert entry.title
        assert entry.create(threshold=1.0, q=0.5)
    with pytest.raises(UnknownNameError, match="there are: exceedance"):
        get_definition("gi_star")
