import numpy as np
import pytest

from spatial.grids import Grid
from spatial.interpolation.inverse_distance import InverseDistance

from .test_fast_kriging import EPSG, LAYOUTS, dense, tied


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("power", "neighbours"), [(2.0, 16), (3.0, 5), (0.7, 1)])
def test_blocks_equal_the_weighted_mean_of_the_nearest(layout, power, neighbours):
    rng = np.random.default_rng(3)
    places = layout(rng)
    values = rng.normal(size=len(places))
    grid = Grid(0.0, 100.0, 2.0, 50, 50, EPSG)
    method = InverseDistance(power, neighbours).fit(places, values)
    found = method.predict_grid(grid, grid.whole(), np.ones(2500, bool))
    centres = grid.cell_centres()
    np.testing.assert_allclose(found.location, method.predict(centres).location, rtol=1e-11)
    assert np.isnan(found.sigma).all()
    for cell in rng.choice(2500, 40, replace=False):
        square = ((places - centres[cell]) ** 2).sum(axis=1)
        near = np.lexsort((np.arange(len(places)), square))[:neighbours]
        expected = values[near[0]]
        if square[near[0]] > 0.0:
            expected = np.average(values[near], weights=square[near] ** (-power / 2))
        assert found.location[cell] == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("layout", [tied, dense])
def test_bits_do_not_depend_on_tiles_or_what_is_wanted(layout):
    places = layout(np.random.default_rng(4))
    grid = Grid(0.0, 100.0, 2.0, 50, 50, EPSG)
    method = InverseDistance(2.0, 16).fit(places, places[:, 0] % 3.0)
    whole = method.predict_grid(grid, grid.whole(), np.ones(2500, bool)).location.reshape(50, 50)
    for tile in grid.tiles(11):
        wanted = np.random.default_rng(tile.row).random(tile.rows * tile.columns) < 0.5
        found = method.predict_grid(grid, tile, wanted).location
        assert np.array_equal(found[wanted], whole[tile.window].ravel()[wanted])
        assert np.isnan(found[~wanted]).all()


def test_all_samples_or_a_largest_distance():
    places = np.random.default_rng(5).uniform(0, 100, (30, 2))
    grid = Grid(0.0, 100.0, 5.0, 20, 20, EPSG)
    wanted = np.ones(400, bool)
    for neighbours in (None, 8):
        method = InverseDistance(2.0, neighbours).fit(places, places[:, 0])
        found = method.predict_grid(grid, grid.whole(), wanted, 9.0).location
        is_near = method.search_.distance_to_nearest(grid.cell_centres()) <= 9.0
        assert np.array_equal(~np.isnan(found), is_near)


@pytest.mark.parametrize("cell_size", [1e-170, 1e-157, 1e-154, 1e-146, 1e-140])
@pytest.mark.parametrize("power", [2.0, 1.9])
@pytest.mark.parametrize("neighbours", [3, None])
def test_a_sample_next_to_nothing_away_gives_its_value(cell_size, power, neighbours):
    # Squares of such distances are 0, or their inverses infinite or nearly so.
    places, values = (
        np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 4.0], [5.0, 5.0]]),
        [1e6, 1.0, 2.0, 3.0],
    )
    method = InverseDistance(power, neighbours).fit(places, values)
    grid = Grid(0.0, cell_size, cell_size, 1, 1, EPSG)
    found = method.predict_grid(grid, grid.whole(), np.ones(1, bool)).location
    assert found[0] == pytest.approx(1e6, rel=1e-12)
    assert method.predict(grid.cell_centres()).location[0] == pytest.approx(1e6, rel=1e-12)
