import numpy as np
import pytest

from spatial.errors import InvalidRequestError
from spatial.grids import Grid
from spatial.synthetic import World, make_world


def test_the_same_seed_makes_the_same_world():
    one, two = (make_world(World(samples=80), np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(one.values, two.values)
    assert np.array_equal(one.sources, two.sources)


def test_the_background_has_its_mean_spread_and_range():
    worlds = [make_world(World(samples=400, plumes=0), np.random.default_rng(i)) for i in range(20)]
    logs = np.array([np.log(made.concentration(made.places)) for made in worlds])
    assert logs.mean() == pytest.approx(4.0, abs=0.1)
    assert logs.std() == pytest.approx(0.35, abs=0.06)
    # Correlation of a Gaussian spectrum: exp(-h² / (2 range²)).
    steps = [made.places + np.array([1500.0, 0.0]) for made in worlds]
    later = np.array([np.log(m.concentration(s)) for m, s in zip(worlds, steps, strict=True)])
    assert np.corrcoef(logs.ravel(), later.ravel())[0, 1] == pytest.approx(np.exp(-0.5), abs=0.12)


def test_plumes_are_highest_at_their_sources_and_fade():
    made = make_world(World(plumes=1), np.random.default_rng(2))
    east, north, amplitude, length = made.sources[0]
    along = np.array([[east, north], [east + length, north]])
    assert made.plume(along) == pytest.approx([amplitude, amplitude / np.e])
    grid = Grid(0.0, 10_000.0, 200.0, 50, 50, 28992)
    high = made.concentration(np.array([[east, north]]))[0] * 0.9
    hot = made.truth(grid, high)
    assert hot.any()
    middle = grid.cell_centres()[hot.ravel()].mean(axis=0)
    assert np.hypot(*(middle - [east, north])) < length


def test_results_below_a_limit_are_the_limit():
    made = make_world(World(limit_quantile=0.3), np.random.default_rng(3))
    assert 0.1 < made.is_censored.mean() < 0.3
    assert len(np.unique(made.values[made.is_censored])) == 2


def test_a_world_that_cannot_be_is_refused():
    with pytest.raises(InvalidRequestError, match="no negative plumes"):
        World(plumes=-1)
