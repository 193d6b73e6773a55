"""Which cells a surface may speak of, and which of them lack a covariate."""

import numpy as np

from spatial.arrays import BoolArray
from spatial.grids import Grid, Tile
from spatial.interpolation.surface_model import SurfaceModel
from spatial.neighbours import NeighbourSearch


def is_inside_outline(model: SurfaceModel, grid: Grid, tile: Tile) -> BoolArray:
    """
    Tell which cells have their centre inside the outline.

    Parameters
    ----------
    model : SurfaceModel
        Its outline; without one every cell is inside.
    grid : Grid
        The grid.
    tile : Tile
        The window of it.

    Returns
    -------
    ndarray of bool, shape (tile.rows * tile.columns,)
        True inside and on the edge.
    """
    if model.outline is None:
        return np.ones(tile.rows * tile.columns, np.bool_)
    import shapely

    centres = grid.cell_centres(tile)
    shapely.prepare(model.outline)
    return np.asarray(shapely.intersects_xy(model.outline, centres[:, 0], centres[:, 1]))


def is_within_reach(model: SurfaceModel, grid: Grid, tile: Tile) -> BoolArray:
    """
    Tell which cells lie inside the outline and near enough to a sample.

    Parameters
    ----------
    model : SurfaceModel
        Its outline, samples and largest distance.
    grid : Grid
        The grid.
    tile : Tile
        The window of it.

    Returns
    -------
    ndarray of bool, shape (tile.rows * tile.columns,)
        The cells a surface may speak of.
    """
    is_wanted = is_inside_outline(model, grid, tile)
    search = NeighbourSearch(model.places.coordinates)
    centres = grid.cell_centres(tile)[is_wanted]
    is_wanted[is_wanted] = search.distance_to_nearest(centres) <= model.max_distance
    return is_wanted


def count_uncovered(model: SurfaceModel) -> int:
    """
    Count the cells that are missing for want of a covariate alone.

    Parameters
    ----------
    model : SurfaceModel
        With covariates, or without.

    Returns
    -------
    int
        Cells of the surface's grid.
    """
    if model.covariates is None:
        return 0
    count = 0
    for tile in model.grid.tiles(model.request.tile_size):
        numbers = model.covariates.at(model.grid.cell_centres(tile))
        is_bare = ~np.isfinite(numbers).all(axis=1)
        if is_bare.any():
            count += int(np.count_nonzero(is_bare & is_within_reach(model, model.grid, tile)))
    return count
