import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial.coordinates import Bounds
from spatial.errors import GridError, GridTooLargeError
from spatial.grids import Grid, Tile, check_cell_count


@given(
    west=st.floats(-1e6, 1e6),
    south=st.floats(-1e6, 1e6),
    width=st.floats(0, 5e4),
    height=st.floats(0, 5e4),
    cell_size=st.sampled_from([0.1, 1.0, 30.0, 40.0, 1000 / 3, 1000.0]),
)
def test_grid_covers_its_extent_on_the_lattice(west, south, width, height, cell_size):
    bounds = Bounds(west, south, west + width, south + height)
    grid = Grid.covering(bounds, cell_size, 28992)
    slack = 1e-6 * cell_size
    assert grid.bounds.west <= bounds.west + slack
    assert grid.bounds.south <= bounds.south + slack
    assert grid.bounds.east >= bounds.east - slack
    assert grid.bounds.north >= bounds.north - slack
    assert grid.bounds.west > bounds.west - 2 * cell_size
    assert grid.bounds.north < bounds.north + 2 * cell_size


def test_tiles_cover_every_cell_once_and_agree_with_the_whole():
    grid = Grid.covering(Bounds(181000.0, 329700.0, 182500.0, 331333.0), 1000 / 3, 28992)
    grid = Grid(grid.west, grid.north, grid.cell_size, 23, 37, 28992)
    whole = grid.cell_centres().reshape(37, 23, 2)
    for size in (1, 5, 16, 100):
        count = np.zeros(grid.shape, int)
        for tile in grid.tiles(size):
            count[tile.window] += 1
            part = grid.cell_centres(tile).reshape(tile.rows, tile.columns, 2)
            assert np.array_equal(part, whole[tile.window])
        assert (count == 1).all()


def test_overlapping_grids_share_cell_centres_to_the_last_bit():
    small = Grid.covering(Bounds(181010.0, 331010.0, 181500.0, 331500.0), 0.1, 28992)
    large = Grid.covering(Bounds(180000.0, 330000.0, 182000.0, 332000.0), 0.1, 28992)
    window = Tile(
        round((large.north - small.north) / 0.1), round((small.west - large.west) / 0.1), 40, 50
    )
    assert np.array_equal(small.cell_centres(Tile(0, 0, 40, 50)), large.cell_centres(window))


def test_rows_run_from_the_north():
    grid = Grid(0.0, 100.0, 10.0, 2, 3, 28992)
    centres = grid.cell_centres().reshape(3, 2, 2)
    assert centres[0, 0].tolist() == [5.0, 95.0]
    assert centres[2, 1].tolist() == [15.0, 75.0]
    assert grid.affine == (10.0, 0.0, 0.0, 0.0, -10.0, 100.0)
    assert grid.cell_count == 6


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Grid(0.0, 0.0, 0.0, 1, 1, 28992), "more than 0 m"),
        (lambda: Grid(0.0, 0.0, 10.0, 0, 1, 28992), "needs cells"),
        (lambda: Grid(5.0, 0.0, 10.0, 1, 1, 28992), "western edge 5.0 is not a multiple"),
        (lambda: Grid(0.0, 7.0, 10.0, 1, 1, 28992), "northern edge 7.0 is not a multiple"),
        (
            lambda: Grid.covering(Bounds(0, 0, 1, 1), float("nan"), 28992),
            "size must be more than 0",
        ),
        (lambda: Grid.covering(Bounds(0, 0, float("inf"), 1), 1.0, 28992), "infinite extent"),
        (lambda: list(Grid(0.0, 0.0, 10.0, 1, 1, 28992).tiles(0)), "at least one cell"),
    ],
)
def test_impossible_grids_are_refused(make, words):
    with pytest.raises(GridError, match=words):
        make()


@given(cell_size=st.floats(1e-3, 1e3), side=st.floats(1e4, 1e6), limit=st.integers(100, 10**7))
def test_a_suggested_cell_size_is_allowed(cell_size, side, limit):
    bounds = Bounds(0.0, 0.0, side, side / 2)
    if Grid.covering(bounds, cell_size, 28992).cell_count <= limit:
        assert check_cell_count(bounds, cell_size, limit) <= limit
        return
    with pytest.raises(GridTooLargeError) as refusal:
        check_cell_count(bounds, cell_size, limit)
    suggested = refusal.value.suggested_cell_size
    assert f"{suggested:g} m or more" in str(refusal.value)
    assert check_cell_count(bounds, suggested, limit) <= limit
