"""The cells that several surfaces have in common."""

from collections.abc import Mapping

from spatial.errors import GridError
from spatial.grids import Grid, Tile


def share_grid(grids: Mapping[str, Grid]) -> Grid:
    """
    Return the cells that lie on all grids.

    Parameters
    ----------
    grids : mapping of str to Grid
        By the name of what lies on each; the first is the one the others are held against.

    Returns
    -------
    Grid
        Of the same cells, because grids of one plane and one cell size share one lattice: nothing
        has to be resampled.

    Raises
    ------
    GridError
        Where planes or cell sizes differ, or no cell is common to all, with what would help.

    Examples
    --------
    >>> lead, zinc = Grid(0.0, 80.0, 40.0, 3, 2, 28992), Grid(40.0, 120.0, 40.0, 3, 2, 28992)
    >>> share_grid({"lead": lead, "zinc": zinc}).bounds
    Bounds(west=40.0, south=40.0, east=120.0, north=80.0)
    """
    (first, grid), *others = grids.items()
    for name, other in others:
        if (other.epsg, other.cell_size) != (grid.epsg, grid.cell_size):
            raise GridError(
                f"The surface of {name} has cells of {other.cell_size:g} m in EPSG:{other.epsg}, "
                f"that of {first} cells of {grid.cell_size:g} m in EPSG:{grid.epsg}. Resampled "
                "cells would have no distribution of their own: build the surface of "
                f"{name} again with epsg {grid.epsg} and cell_size {grid.cell_size:g}."
            )
    edges = [one.bounds for one in grids.values()]
    west, north = max(one.west for one in edges), min(one.north for one in edges)
    columns = round((min(one.east for one in edges) - west) / grid.cell_size)
    rows = round((north - max(one.south for one in edges)) / grid.cell_size)
    if columns < 1 or rows < 1:
        raise GridError(
            f"The surfaces of {', '.join(grids)} have no cell in common. Choose surfaces of one "
            "area, or build them with the same outline."
        )
    return Grid(west, north, grid.cell_size, columns, rows, grid.epsg)


def window_of(shared: Grid, grid: Grid) -> Tile:
    """
    Return where the shared cells lie on one of the grids.

    Parameters
    ----------
    shared : Grid
        Of `share_grid`.
    grid : Grid
        One of the grids it was made of.

    Returns
    -------
    Tile
        The window.

    Examples
    --------
    >>> grid = Grid(40.0, 120.0, 40.0, 3, 2, 28992)
    >>> window_of(Grid(40.0, 80.0, 40.0, 2, 1, 28992), grid)
    Tile(row=1, column=0, rows=1, columns=2)
    """
    return Tile(
        round((grid.north - shared.north) / grid.cell_size),
        round((shared.west - grid.west) / grid.cell_size),
        shared.rows,
        shared.columns,
    )
