"""A grid of square cells whose origin is a multiple of the cell size, cut into tiles."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from spatial.arrays import FloatArray
from spatial.coordinates import Bounds
from spatial.errors import GridError, GridTooLargeError


class Tile(NamedTuple):
    """
    A window of a grid.

    Parameters
    ----------
    row : int
        Index of the first row, counted from the north.
    column : int
        Index of the first column, counted from the west.
    rows : int
        How many rows.
    columns : int
        How many columns.

    Examples
    --------
    >>> Tile(256, 0, 10, 20).window
    (slice(256, 266, None), slice(0, 20, None))
    """

    row: int
    column: int
    rows: int
    columns: int

    @property
    def window(self) -> tuple[slice, slice]:
        """The slices that cut the tile out of a band."""
        return (
            slice(self.row, self.row + self.rows),
            slice(self.column, self.column + self.columns),
        )


class Affine(NamedTuple):
    """
    From column and row to easting and northing, in the order of the ``affine`` package.

    Parameters
    ----------
    a : float
        Cell width (m).
    b : float
        Zero: the grid is not turned.
    c : float
        Easting of the western edge.
    d : float
        Zero.
    e : float
        Minus the cell height (m).
    f : float
        Northing of the northern edge.
    """

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float


@dataclass(frozen=True, slots=True)
class Grid:
    """
    Square cells in rows from the north and columns from the west.

    Parameters
    ----------
    west : float
        Easting of the western edge (m), a multiple of the cell size.
    north : float
        Northing of the northern edge (m), a multiple of the cell size.
    cell_size : float
        Side of a cell (m).
    columns : int
        Number of columns.
    rows : int
        Number of rows.
    epsg : int
        EPSG code of a projected system in metres.

    Notes
    -----
    Two grids of one cell size share one lattice, because every edge is a whole multiple of the
    cell size. A cell's centre is calculated from its place in that lattice and not from the
    grid's corner, so it is the same to the last bit in every grid and tile that holds it.

    Examples
    --------
    >>> grid = Grid.covering(Bounds(3.0, 12.0, 95.0, 78.0), 40.0, 28992)
    >>> grid.bounds
    Bounds(west=0.0, south=0.0, east=120.0, north=80.0)
    >>> grid.shape
    (2, 3)
    >>> grid.cell_centres()[0]
    array([20., 60.])
    """

    west: float
    north: float
    cell_size: float
    columns: int
    rows: int
    epsg: int

    def __post_init__(self) -> None:
        if not (math.isfinite(self.cell_size) and self.cell_size > 0.0):
            raise GridError(f"The cell size must be more than 0 m; got {self.cell_size}.")
        if self.columns < 1 or self.rows < 1:
            raise GridError(f"A grid needs cells; got {self.rows} rows, {self.columns} columns.")
        for name, edge in (("western", self.west), ("northern", self.north)):
            steps = edge / self.cell_size
            # A lattice number is exact to a few units in the last place, whatever its size.
            if not abs(steps - round(steps)) <= 1e-9 * max(1.0, abs(steps)):
                raise GridError(
                    f"The {name} edge {edge} is not a multiple of the cell size {self.cell_size}."
                )

    @classmethod
    def covering(cls, bounds: Bounds, cell_size: float, epsg: int) -> "Grid":
        """
        Return the smallest grid on the lattice of the cell size that covers an extent.

        Parameters
        ----------
        bounds : Bounds
            The extent (m).
        cell_size : float
            Side of a cell (m).
        epsg : int
            EPSG code of a projected system in metres.

        Returns
        -------
        Grid
            At least one cell.

        Raises
        ------
        GridError
            Where the cell size or the extent is not finite or not positive.
        """
        if not (math.isfinite(cell_size) and cell_size > 0.0):
            raise GridError(f"The cell size must be more than 0 m; got {cell_size}.")
        if not all(map(math.isfinite, bounds)):
            raise GridError(f"A grid cannot cover an infinite extent: {tuple(bounds)}.")
        first_column = math.floor(bounds.west / cell_size)
        last_row = math.ceil(bounds.north / cell_size)
        columns = max(1, math.ceil(bounds.east / cell_size) - first_column)
        rows = max(1, last_row - math.floor(bounds.south / cell_size))
        return cls(first_column * cell_size, last_row * cell_size, cell_size, columns, rows, epsg)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns, the shape of a band."""
        return self.rows, self.columns

    @property
    def cell_count(self) -> int:
        """How many cells the grid has."""
        return self.rows * self.columns

    @property
    def bounds(self) -> Bounds:
        """The outer edges (m)."""
        east, south = self.corner(self.rows, self.columns)
        return Bounds(self.west, south, east, self.north)

    @property
    def affine(self) -> Affine:
        """The six numbers that georeference a raster of this grid."""
        return Affine(self.cell_size, 0.0, self.west, 0.0, -self.cell_size, self.north)

    def corner(self, row: int, column: int) -> tuple[float, float]:
        """
        Return the north-western corner of a cell.

        Parameters
        ----------
        row : int
            Row from the north; the number of rows is the southern edge.
        column : int
            Column from the west; the number of columns is the eastern edge.

        Returns
        -------
        tuple of float
            Easting and northing (m).
        """
        return (
            (round(self.west / self.cell_size) + column) * self.cell_size,
            (round(self.north / self.cell_size) - row) * self.cell_size,
        )

    def whole(self) -> Tile:
        """
        Return the tile that is the whole grid.

        Returns
        -------
        Tile
            All rows and columns.
        """
        return Tile(0, 0, self.rows, self.columns)

    def cell_centres(self, tile: Tile | None = None) -> FloatArray:
        """
        Return the centres of a tile's cells, row by row from the north-west.

        Parameters
        ----------
        tile : Tile, optional
            The window; the whole grid when absent.

        Returns
        -------
        ndarray, shape (rows * columns, 2)
            Easting and northing (m).
        """
        window = tile or self.whole()
        eastings = round(self.west / self.cell_size) + window.column + np.arange(window.columns)
        northings = round(self.north / self.cell_size) - window.row - np.arange(window.rows)
        centres = np.empty((window.rows, window.columns, 2))
        centres[:, :, 0] = (eastings + 0.5) * self.cell_size
        centres[:, :, 1] = ((northings - 0.5) * self.cell_size)[:, np.newaxis]
        return centres.reshape(-1, 2)

    def tiles(self, size: int) -> Iterator[Tile]:
        """
        Cut the grid into square tiles, from the north-west row by row.

        Parameters
        ----------
        size : int
            Rows and columns of a tile; the last ones may be smaller.

        Yields
        ------
        Tile
            Windows that cover every cell once.
        """
        if size < 1:
            raise GridError(f"A tile needs at least one cell a side; got {size}.")
        for row in range(0, self.rows, size):
            for column in range(0, self.columns, size):
                yield Tile(
                    row, column, min(size, self.rows - row), min(size, self.columns - column)
                )


def count_cells(bounds: Bounds, cell_size: float) -> int:
    """
    Count the cells a grid over an extent would have, without making it.

    Parameters
    ----------
    bounds : Bounds
        The extent (m).
    cell_size : float
        Side of a cell (m).

    Returns
    -------
    int
        Rows times columns.

    Examples
    --------
    >>> count_cells(Bounds(0, 0, 1e6, 1e6), 1.0)
    1000000000000
    """
    grid = Grid.covering(bounds, cell_size, 0)
    return grid.cell_count


def check_cell_count(bounds: Bounds, cell_size: float, limit: int) -> int:
    """
    Refuse a grid with more cells than allowed, before anything is allocated.

    Parameters
    ----------
    bounds : Bounds
        The extent (m).
    cell_size : float
        Side of a cell (m).
    limit : int
        The largest number of cells.

    Returns
    -------
    int
        The number of cells.

    Raises
    ------
    GridTooLargeError
        With a round cell size that would be allowed.

    Examples
    --------
    >>> check_cell_count(Bounds(0, 0, 1e6, 1e6), 1.0, 25_000_000)
    Traceback (most recent call last):
        ...
    spatial.errors.GridTooLargeError: Cells of 1 m make a grid of 1,000,000,000,000 cells; at \
most 25,000,000 are allowed. Choose cells of 200 m or more, or a smaller outline.
    """
    cells = count_cells(bounds, cell_size)
    if cells <= limit:
        return cells
    suggestion = round_up(cell_size * math.sqrt(cells / limit))
    while count_cells(bounds, suggestion) > limit:
        suggestion = round_up(suggestion * 1.01)
    raise GridTooLargeError(
        f"Cells of {cell_size:g} m make a grid of {cells:,} cells; at most {limit:,} are allowed. "
        f"Choose cells of {suggestion:g} m or more, or a smaller outline.",
        suggestion,
    )


def round_up(size: float) -> float:
    """
    Round up to a number people choose: 1, 2, 2.5 or 5 times a power of ten.

    Parameters
    ----------
    size : float
        Any positive number.

    Returns
    -------
    float
        The next such number.

    Examples
    --------
    >>> round_up(3.1)
    5.0
    """
    power: float = 10.0 ** math.floor(math.log10(size))
    steps = (1.0, 2.0, 2.5, 5.0, 10.0)
    # 1e-9: a size that is already round stays, although sqrt left it a bit above.
    return next(step * power for step in steps if step * power >= size * (1.0 - 1e-9))
