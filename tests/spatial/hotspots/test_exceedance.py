import numpy as np
import pytest
import shapely
from scipy.stats import norm

from spatial.distributions.estimates import Estimates
from spatial.errors import InvalidRequestError, NoProbabilityError
from spatial.hotspots.contract import Surface
from spatial.hotspots.exceedance import Exceedance
from spatial.hotspots.finding import find
from spatial.hotspots.samples import Samples
from tests.spatial.hotspots.scenes import GRID, ridge


def test_polygons_of_each_class_hold_exactly_its_cells():
    evidence = ridge()
    # ln z is normal, so P(z > 200) = 1 - Phi((ln 200 - location) / sigma).
    p = norm.sf(np.log(200.0), evidence.bands["location"], 0.4)
    found = find(Exceedance(200.0), evidence)
    expected = {
        "likely": p >= 0.8,
        "possible": (p >= 0.5) & (p < 0.8),
        "cannot_be_ruled_out": (p >= 0.2) & (p < 0.5),
    }
    centres = GRID.cell_centres()
    for name, cells in expected.items():
        spots = [spot for spot in found.hotspots if spot.reason.confidence == name]
        union = shapely.union_all([spot.geometry for spot in spots])
        inside = shapely.contains_xy(union, centres[:, 0], centres[:, 1]).reshape(GRID.shape)
        assert np.array_equal(inside, cells), name
        for spot in spots:
            assert spot.geometry.area == spot.cells.area_m2
            assert spot.cells.minimum <= spot.cells.mean <= spot.cells.maximum
    assert {spot.reason.confidence for spot in found.hotspots} == set(expected)
    areas = [spot.geometry for spot in found.hotspots]
    assert shapely.union_all(areas).area == pytest.approx(sum(area.area for area in areas))


def test_cells_that_the_data_cannot_decide_are_polygons_of_their_own():
    samples = Samples.of([[900.0, 1000.0], [1500.0, 300.0]], [800.0, 400.0], [False, True])
    found = find(Exceedance(200.0), ridge(samples=samples))
    silent = [spot for spot in found.hotspots if spot.reason.confidence == "undecidable"]
    assert len(silent) == 1
    assert silent[0].samples[:4] == (1, 1, 1, 1)
    assert silent[0].reason.code == "data_cannot_decide"
    # All cells nearer to the second sample: the surface's 55 columns on that side of the bisector.
    centres = GRID.cell_centres()
    nearer = np.hypot(*(centres - [1500, 300]).T) < np.hypot(*(centres - [900, 1000]).T)
    assert silent[0].cells.cell_count == (nearer.reshape(GRID.shape)[:, 5:]).sum()


def test_small_polygons_are_left_out_and_counted():
    everything = find(Exceedance(200.0), ridge())
    areas = sorted(spot.cells.area_m2 for spot in everything.hotspots)
    found = find(Exceedance(200.0), ridge(), least_area=areas[1])
    assert (len(found.hotspots), found.left_out) == (len(areas) - 1, 1)
    with pytest.raises(InvalidRequestError, match="least area"):
        find(Exceedance(200.0), ridge(), least_area=-1.0)


@pytest.mark.parametrize(
    ("surface", "words"),
    [
        (Surface(Estimates("nearest")), "Build one with method ordinary_kriging"),
        (Surface(ridge().surface.distribution, "block"), "definition block-mean"),
    ],
)
def test_a_surface_that_cannot_say_is_refused(surface, words):
    with pytest.raises(NoProbabilityError, match=words):
        Exceedance(200.0).bands(surface)


def test_an_impossible_threshold_is_refused():
    with pytest.raises(InvalidRequestError, match="finite number"):
        Exceedance(float("inf"))
