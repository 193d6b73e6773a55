import numpy as np
import pytest
from scipy.spatial.distance import cdist

from spatial.distributions.realisations import Realisations, realisation_band
from spatial.errors import InvalidRequestError
from spatial.grids import Grid
from spatial.hotspots.classes import (
    Fractions,
    closer_cells,
    kriging_variance,
    nearest_is_undecidable,
    undecidable_cells,
)
from spatial.hotspots.contract import Evidence, Surface
from spatial.hotspots.samples import Samples
from tests.spatial.hotspots.scenes import GRID, ridge


def test_classes_come_in_their_order():
    p = np.array([np.nan, 0.19, 0.2, 0.5, 0.79, 0.8, 1.0, 0.9, np.nan])
    silent = np.array([False] * 7 + [True, True])
    assert Fractions().classify(p, silent).tolist() == [0, 0, 4, 3, 3, 2, 2, 1, 0]
    assert Fractions(0.9, 0.6, 0.1).classify(p, silent).tolist() == [0, 4, 4, 4, 3, 3, 2, 1, 0]


@pytest.mark.parametrize(
    "changes",
    [
        {"likely": 0.4},
        {"possible": 0.1},
        {"cannot_be_ruled_out": 0.0},
        {"likely": 1.1},
        {"likely": float("nan")},
        {"undecidable_variance": 0.0},
    ],
)
def test_classes_that_do_not_rise_are_refused(changes):
    with pytest.raises(InvalidRequestError, match=r"rising probabilities|share of the sill"):
        Fractions(**changes)


def test_nearest_place_by_blocks_equals_all_distances():
    rng = np.random.default_rng(5)
    grid = Grid(0.0, 370.0, 10.0, 53, 37, 28992)
    for count in (2, 15, 200):
        places = rng.random((count, 2)) * [530.0, 370.0]
        silent = rng.random(count) < 0.4
        silent[:2] = [True, False]
        distance = cdist(grid.cell_centres(), places)
        expected = distance[:, silent].min(1) < distance[:, ~silent].min(1)
        found = closer_cells(grid, places[silent], places[~silent])
        assert np.array_equal(found.ravel(), expected)


def test_a_place_with_one_deciding_result_decides():
    places = [[20.0, 1980.0], [20.0, 1980.0], [2380.0, 20.0]]
    samples = Samples.of(places, [500.0, 90.0, 500.0], [True, False, True])
    silent = nearest_is_undecidable(GRID, samples, 200.0)
    assert not silent[0, 0]
    assert silent[-1, -1]
    # A limit that is not above the value decides: the result lies below it.
    assert not nearest_is_undecidable(GRID, samples, 500.0).any()


def test_all_or_no_places_silent():
    samples = Samples.of([[20.0, 1980.0]], [500.0], [True])
    assert nearest_is_undecidable(GRID, samples, 200.0).all()
    assert not nearest_is_undecidable(GRID, samples, 600.0).any()


def test_variance_near_the_sill_is_undecidable():
    sigma = np.full(GRID.shape, 0.4)
    sigma[:, 40:] = 0.95
    silent = undecidable_cells(ridge(sigma=sigma), 200.0, 0.9)
    assert silent[:, 40:].all()
    assert not silent[:, :40].any()
    assert not undecidable_cells(ridge(sigma=sigma), 200.0, 1.01).any()
    assert not undecidable_cells(ridge(sill=None, sigma=sigma), 200.0, 0.9).any()


def test_variance_of_realisations_is_that_of_their_logarithms():
    drawn = np.exp(np.random.default_rng(1).standard_normal((20, *GRID.shape)))
    bands = {realisation_band(i): band for i, band in enumerate(drawn)}
    surface = Surface(Realisations(20), "point", 1.0, ("ln", {}))
    found = kriging_variance(Evidence(GRID, ridge().samples, surface, bands))
    assert np.allclose(found, np.log(drawn).var(axis=0, ddof=1))
    blocks = Surface(Realisations(20), "block", 1.0, ("ln", {}))
    assert kriging_variance(Evidence(GRID, ridge().samples, blocks, bands)) is None
