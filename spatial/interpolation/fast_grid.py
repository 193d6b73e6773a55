"""What a method offers that knows how to predict the cells of a grid faster than places."""

from typing import Protocol, runtime_checkable

import numpy as np

from spatial.arrays import BoolArray
from spatial.grids import Grid, Tile
from spatial.interpolation.contract import Interpolator, Prediction
from spatial.interpolation.fast_blocks import Window
from spatial.neighbours import NeighbourSearch


@runtime_checkable
class GridInterpolator(Protocol):
    """A fitted method that can predict a tile of a grid at once."""

    def predict_grid(
        self, grid: Grid, tile: Tile, served: BoolArray, max_distance: float = np.inf
    ) -> Prediction:
        """
        Predict the wanted cells of a tile.

        Parameters
        ----------
        grid : Grid
            The grid.
        tile : Tile
            The window of it.
        served : ndarray of bool, shape (rows * columns,)
            Which of the tile's cells are wanted.
        max_distance : float
            Cells farther than this from every sample (m) are not wanted either.

        Returns
        -------
        Prediction
            One entry per cell of the tile, NaN where none is wanted. The same bits whatever the
            tile, and whatever else is wanted.
        """
        ...


def window_of(grid: Grid, tile: Tile, served: BoolArray, max_distance: float) -> Window:
    """
    Say where a tile lies in the lattice of its cell size.

    Parameters
    ----------
    grid : Grid
        The grid.
    tile : Tile
        The window of it.
    served : ndarray of bool, shape (rows * columns,)
        Which of the tile's cells are wanted.
    max_distance : float
        Cells farther than this from every sample (m) are not wanted either.

    Returns
    -------
    Window
        What the kernels take.

    Examples
    --------
    >>> grid = Grid(80.0, 40.0, 10.0, 3, 2, 28992)
    >>> window_of(grid, grid.whole(), np.ones(6, bool), np.inf)[:2]
    (-4, 8)
    """
    return Window(
        tile.row - round(grid.north / grid.cell_size),
        tile.column + round(grid.west / grid.cell_size),
        float(grid.cell_size),
        float(max_distance),
        np.ascontiguousarray(served.reshape(tile.rows, tile.columns)),
    )


def predict_cells(
    method: Interpolator,
    search: NeighbourSearch,
    cells: tuple[Grid, Tile],
    served: BoolArray,
    max_distance: float,
) -> Prediction:
    """
    Predict the wanted cells of a tile one by one, as any method can.

    Parameters
    ----------
    method : Interpolator
        A fitted method.
    search : NeighbourSearch
        Of its samples.
    cells : tuple
        The grid, and the tile of it.
    served : ndarray of bool, shape (rows * columns,)
        Which of the tile's cells are wanted.
    max_distance : float
        Cells farther than this from every sample (m) are not wanted either.

    Returns
    -------
    Prediction
        One entry per cell of the tile, NaN where none is wanted.
    """
    grid, tile = cells
    centres = grid.cell_centres(tile)
    is_wanted = served.ravel() & (search.distance_to_nearest(centres) <= max_distance)
    parts = np.full((3, len(centres)), np.nan)
    parts[:, is_wanted] = method.predict(centres[is_wanted])
    return Prediction(*parts)
