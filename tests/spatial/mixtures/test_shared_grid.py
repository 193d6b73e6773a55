import numpy as np
import pytest

from spatial.errors import GridError
from spatial.grids import Grid
from spatial.mixtures.shared_grid import share_grid, window_of


def test_windows_of_the_shared_cells_have_the_same_centres():
    grids = {
        "zinc": Grid(-80.0, 4000.0, 40.0, 90, 60, 28992),
        "lead": Grid(400.0, 4400.0, 40.0, 50, 70, 28992),
        "cadmium": Grid(0.0, 3800.0, 40.0, 500, 20, 28992),
    }
    shared = share_grid(grids)
    assert shared == Grid(400.0, 3800.0, 40.0, 50, 20, 28992)
    for grid in grids.values():
        rows, columns = window_of(shared, grid).window
        centres = grid.cell_centres().reshape(*grid.shape, 2)[rows, columns].reshape(-1, 2)
        assert np.array_equal(centres, shared.cell_centres())


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (Grid(0.0, 800.0, 80.0, 9, 9, 28992), "lead again with epsg 28992 and cell_size 40"),
        (Grid(0.0, 800.0, 40.0, 9, 9, 32631), "cells of 40 m in EPSG:32631"),
        (Grid(8000.0, 800.0, 40.0, 9, 9, 28992), "zinc, lead have no cell in common"),
        (Grid(0.0, 80000.0, 40.0, 9, 9, 28992), "same outline"),
    ],
)
def test_grids_that_cannot_be_shared_name_the_remedy(other, words):
    with pytest.raises(GridError, match=words):
        share_grid({"zinc": Grid(0.0, 800.0, 40.0, 20, 20, 28992), "lead": other})
