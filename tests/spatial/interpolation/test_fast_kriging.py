"""The blocks of cells against the textbook's system of each cell, solved as it stands."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from spatial.errors import SingularSystemError
from spatial.grids import Grid, Tile
from spatial.interpolation.anisotropy import Anisotropy
from spatial.interpolation.covariance import Structure, VariogramModel
from spatial.interpolation.kriging import OrdinaryKriging

EPSG = 32631
SPHERICAL = VariogramModel.single("spherical", nugget=0.1, partial_sill=0.9, scale=40.0)
MODELS = {
    "spherical": SPHERICAL,
    "no nugget": VariogramModel.single("spherical", nugget=0.0, partial_sill=1.0, scale=60.0),
    "exponential": VariogramModel.single("exponential", nugget=0.2, partial_sill=1.0, scale=15.0),
    "gaussian": VariogramModel.single("gaussian", nugget=0.1, partial_sill=1.0, scale=20.0),
    "matern 0.5": VariogramModel(0.1, (Structure("matern", 1.0, 15.0, 0.5),)),
    "matern 1.5": VariogramModel(0.0, (Structure("matern", 1.0, 9.0, 1.5),)),
    "matern 2.5": VariogramModel(0.1, (Structure("matern", 1.0, 9.0, 2.5),)),
    "matern 0.8": VariogramModel(0.05, (Structure("matern", 1.0, 12.0, 0.8),)),
    "nested": VariogramModel(
        0.05, (Structure("spherical", 0.4, 20.0), Structure("exponential", 0.6, 30.0))
    ),
    "pure nugget": VariogramModel(1.0, (Structure("spherical", 0.0, 10.0),)),
}


def uniform(rng):
    return rng.uniform(-10, 110, (400, 2))


def clustered(rng):
    centres = rng.uniform(0, 100, (12, 2))
    return centres[rng.integers(0, 12, 500)] + rng.normal(0, 2.0, (500, 2))


def dense(rng):
    """Many more samples than cells, in a corner: their blocks share nothing."""
    return np.vstack([rng.uniform(20, 36, (6000, 2)), rng.uniform(0, 100, (200, 2))])


def gridded(_):
    """Samples on a lattice, at corners of cells: many are equally far from a cell."""
    return np.stack(np.meshgrid(np.arange(0, 101, 5.0), np.arange(0, 101, 5.0)), -1).reshape(-1, 2)


def shuffled(rng):
    return rng.permutation(gridded(rng))


def on_a_line(rng):
    east = np.sort(rng.uniform(0, 100, 150))
    return np.column_stack([east, 0.5 * east])


def tied(rng):
    """Samples at the centres of cells, shuffled: ties, and cells that are samples."""
    every = np.stack(np.meshgrid(np.arange(0, 100), np.arange(0, 100)), -1).reshape(-1, 2)
    return every[rng.choice(len(every), 700, replace=False)] + 0.5


def at_the_edge(rng):
    """All samples beyond one corner: most cells are extrapolated."""
    return rng.uniform(-60, 8, (120, 2))


LAYOUTS = [uniform, clustered, dense, gridded, shuffled, on_a_line, tied, at_the_edge]


def plain(model, places, values, cell, neighbours):
    """Location, variance and multiplier of the k nearest by (squared distance, number)."""
    square = (places[:, 0] - cell[0]) ** 2 + (places[:, 1] - cell[1]) ** 2
    near = np.lexsort((np.arange(len(places)), square))[:neighbours]
    points, k = places[near], len(near)
    matrix = np.zeros((k + 1, k + 1))
    matrix[:k, :k] = model.covariance(
        np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    )
    matrix[k, :k] = matrix[:k, k] = 1.0
    right = np.append(model.covariance(np.hypot(*(points - cell).T)), 1.0)
    solution = np.linalg.solve(matrix, right)
    variance = model.sill - solution[:k] @ right[:k] - solution[k]
    return solution[:k] @ values[near], variance, solution[k]


def check_exact(model, places, neighbours, grid, cells=60, tolerance=1e-9):
    rng = np.random.default_rng(0)
    values = 5.0 + rng.normal(size=len(places))
    method = OrdinaryKriging(model, neighbours).fit(places, values)
    found = method.predict_grid(grid, grid.whole(), np.ones(grid.cell_count, bool))
    centres = grid.cell_centres()
    chosen = rng.choice(len(centres), cells, replace=False)
    expected = np.array([plain(model, places, values, centres[c], neighbours) for c in chosen])
    np.testing.assert_allclose(found.location[chosen], expected[:, 0], rtol=tolerance)
    variance = np.maximum(expected[:, 1], 0.0)
    np.testing.assert_allclose(found.sigma[chosen] ** 2, variance, rtol=tolerance, atol=1e-11)
    np.testing.assert_allclose(
        found.lagrange_multiplier[chosen], expected[:, 2], rtol=tolerance, atol=1e-11
    )
    one_by_one = method.predict(centres)
    for part, other in zip(found, one_by_one, strict=True):
        np.testing.assert_allclose(
            part, other, rtol=1e-10, atol=1e-7 if part is found.sigma else 1e-10
        )


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("neighbours", [32, 7])
def test_blocks_equal_the_plain_solution_for_every_layout(layout, neighbours):
    places = layout(np.random.default_rng(3))
    check_exact(SPHERICAL, places, neighbours, Grid(0.0, 100.0, 2.0, 50, 50, EPSG))


@pytest.mark.parametrize("name", MODELS)
def test_blocks_equal_the_plain_solution_for_every_model(name):
    places = uniform(np.random.default_rng(4))
    check_exact(MODELS[name], places, 16, Grid(0.0, 100.0, 2.5, 40, 40, EPSG))


@pytest.mark.parametrize("cell_size", [0.1, 1.0, 10.0, 100.0])
@pytest.mark.parametrize("neighbours", [1, 2, 16, 100])
def test_blocks_equal_the_plain_solution_for_every_density(cell_size, neighbours):
    places = uniform(np.random.default_rng(5))
    grid = Grid(0.0, 10 * cell_size, cell_size, 11, 9, EPSG)
    check_exact(SPHERICAL, places, neighbours, grid)


def test_far_coordinates_change_nothing():
    places = uniform(np.random.default_rng(5)) + np.array([500_000.0, 5_600_000.0])
    check_exact(SPHERICAL, places, 16, Grid(500_000.0, 5_600_100.0, 4.0, 25, 25, EPSG))


def test_as_many_neighbours_as_samples_are_all_of_them():
    places = uniform(np.random.default_rng(6))[:20]
    values = np.arange(20.0)
    grid = Grid(0.0, 100.0, 10.0, 10, 10, EPSG)
    served = np.ones(100, bool)
    for neighbours in (20, 21, 500):
        method = OrdinaryKriging(SPHERICAL, neighbours).fit(places, values)
        found = method.predict_grid(grid, grid.whole(), served)
        assert np.array_equal(found.location, method.predict(grid.cell_centres()).location)


@pytest.mark.parametrize("layout", [uniform, dense, tied])
def test_bits_do_not_depend_on_tiles_threads_or_what_is_wanted(layout):
    places = layout(np.random.default_rng(7))
    method = OrdinaryKriging(MODELS["exponential"], 20).fit(places, places[:, 0] % 7.0)
    grid = Grid(0.0, 100.0, 2.0, 50, 50, EPSG)
    whole = method.predict_grid(grid, grid.whole(), np.ones(2500, bool))

    def calculate(tile):
        wanted = (
            np.random.default_rng(tile.row + tile.column).random(tile.rows * tile.columns) < 0.7
        )
        return tile, wanted, method.predict_grid(grid, tile, wanted)

    with ThreadPoolExecutor(3) as threads:
        for size in (1, 3, 8, 13, 49):
            tiles = [tile for n, tile in enumerate(grid.tiles(size)) if n % 7 == 0]
            for tile, wanted, found in threads.map(calculate, tiles):
                for part, of_all in zip(found, whole, strict=True):
                    expected = of_all.reshape(grid.shape)[tile.window].ravel()
                    assert np.array_equal(part[wanted], expected[wanted])
                    assert np.isnan(part[~wanted]).all()


def test_bits_do_not_depend_on_the_grid_around_a_cell():
    places = uniform(np.random.default_rng(8))
    method = OrdinaryKriging(SPHERICAL, 16).fit(places, places[:, 1] % 5.0)
    one, other = Grid(0.0, 100.0, 2.0, 50, 50, EPSG), Grid(-6.0, 94.0, 2.0, 30, 20, EPSG)
    first = method.predict_grid(one, one.whole(), np.ones(2500, bool)).location.reshape(50, 50)
    second = method.predict_grid(other, other.whole(), np.ones(600, bool)).location.reshape(20, 30)
    assert np.array_equal(second[:, 3:], first[3:23, :27])


@pytest.mark.parametrize("max_distance", [0.3, 4.0, 30.0])
def test_cells_far_from_samples_are_missing(max_distance):
    places = clustered(np.random.default_rng(9))
    grid = Grid(-50.0, 150.0, 2.0, 100, 100, EPSG)
    method = OrdinaryKriging(SPHERICAL, 8).fit(places, places[:, 0])
    found = method.predict_grid(grid, grid.whole(), np.ones(10_000, bool), max_distance)
    is_near = method.search_.distance_to_nearest(grid.cell_centres()) <= max_distance
    assert np.array_equal(~np.isnan(found.location), is_near)
    assert is_near.any()
    assert not is_near.all()


def test_a_datum_without_nugget_is_returned():
    places = np.array([[0.5, 0.5], [3.5, 7.5], [9.5, 2.5], [5.5, 5.5], [8.5, 8.5]])
    values = np.array([1.0, 4.0, 2.0, 8.0, 5.0])
    grid = Grid(0.0, 10.0, 1.0, 10, 10, EPSG)
    method = OrdinaryKriging(MODELS["no nugget"], 4).fit(places, values)
    found = method.predict_grid(grid, grid.whole(), np.ones(100, bool))
    rows, columns = (9.5 - places[:, 1]).astype(int), (places[:, 0] - 0.5).astype(int)
    np.testing.assert_allclose(found.location.reshape(10, 10)[rows, columns], values, rtol=1e-12)
    assert found.sigma.reshape(10, 10)[rows, columns].max() < 1e-7


def test_singular_systems_are_refused_where_they_are_wanted():
    places = uniform(np.random.default_rng(10))
    places[1] = places[0] = (52.0, 52.0)
    grid = Grid(0.0, 100.0, 2.0, 50, 50, EPSG)
    method = OrdinaryKriging(MODELS["no nugget"], 8).fit(places, places[:, 0])
    with pytest.raises(SingularSystemError, match="no stable solution"):
        method.predict_grid(grid, grid.whole(), np.ones(2500, bool))
    far = method.predict_grid(grid, Tile(40, 40, 10, 10), np.ones(100, bool))
    assert np.isfinite(far.location).all()


def test_anisotropy_counts():
    turned = VariogramModel(
        SPHERICAL.nugget, SPHERICAL.structures, Anisotropy(azimuth=30.0, ratio=0.4)
    )
    places = uniform(np.random.default_rng(11))
    grid = Grid(0.0, 100.0, 10.0, 10, 10, EPSG)
    method = OrdinaryKriging(turned, 12).fit(places, places[:, 0])
    found = method.predict_grid(grid, grid.whole(), np.ones(100, bool))
    straight = OrdinaryKriging(SPHERICAL, 12).fit(places, places[:, 0])
    assert np.array_equal(found.location, method.predict(grid.cell_centres()).location)
    assert not np.allclose(found.sigma, straight.predict(grid.cell_centres()).sigma)
