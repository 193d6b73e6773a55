import numpy as np
import pytest

from spatial.errors import InvalidRequestError, InvalidValuesError
from spatial.grids import Grid
from spatial.interpolation.drift import Drift, GridTable, PlaceTable

GRID = Grid(100.0, 500.0, 10.0, 4, 3, 32631)


def test_a_grid_gives_each_place_its_cell():
    bands = {
        "row": np.repeat(np.arange(3.0), 4).reshape(3, 4),
        "column": np.tile(np.arange(4.0), (3, 1)),
    }
    table = GridTable(GRID, bands)
    found = table.at(GRID.cell_centres())
    assert table.names == ("row", "column")
    assert np.array_equal(found[:, 0].reshape(3, 4), bands["row"])
    assert np.array_equal(found[:, 1].reshape(3, 4), bands["column"])
    outside = np.array([[99.9, 490.0], [140.0, 490.0], [110.0, 500.1], [110.0, 469.9]])
    assert np.isnan(table.at(outside)).all()


def test_a_table_finds_places_in_any_order():
    rng = np.random.default_rng(0)
    places = rng.uniform(-5.0, 5.0, (50, 2))
    table = PlaceTable(places, {"a": np.arange(50.0), "b": -np.arange(50.0)})
    order = rng.permutation(50)
    assert np.array_equal(table.at(places[order])[:, 0], order.astype(float))
    assert np.isnan(table.at(places + 1e-9)).all()
    assert PlaceTable([[0.0, 1.0]], {"v": [3.0]}).at(np.array([[-0.0, 1.0]]))[0, 0] == 3.0


def test_sizes_count_every_coefficient():
    table = PlaceTable([[0.0, 0.0]], {"a": [1.0], "b": [2.0]})
    assert [Drift(degree).size for degree in (0, 1, 2)] == [1, 3, 6]
    assert Drift(1, table).size == 5


def test_bad_tables_are_refused():
    with pytest.raises(InvalidValuesError, match="one row per place"):
        PlaceTable([[0.0, 0.0]], {"a": [1.0, 2.0]})
    with pytest.raises(InvalidRequestError, match="at least one named column"):
        PlaceTable([[0.0, 0.0]], {})
    with pytest.raises(InvalidRequestError, match="at least one named band"):
        GridTable(GRID, {})
    with pytest.raises(InvalidValuesError, match="its grid"):
        GridTable(GRID, {"a": np.zeros((4, 3))})
