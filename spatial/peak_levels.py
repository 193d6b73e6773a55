"""A surface seen from afar without hiding a cell: levels of cells twice as large each."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.windows import Window

from spatial.arrays import Float32Array
from spatial.distributions.contract import Quantity
from spatial.distributions.peaks import Peaks
from spatial.errors import RasterError
from spatial.grids import Grid
from spatial.raster import LIBRARY_ERRORS, PIECE_SIZE
from spatial.whole_files import whole_file

_Number = TypeVar("_Number", bound=np.generic)


class PeakLevel(NamedTuple):
    """
    One level.

    Parameters
    ----------
    factor : int
        How many cells of the surface are the side of one of its.
    rows : int
        Rows.
    columns : int
        Columns.
    offset : int
        Where its numbers begin in the file.
    """

    factor: int
    rows: int
    columns: int
    offset: int


def peak_levels(rows: int, columns: int, band_count: int) -> list[PeakLevel]:
    """
    Return the levels of a surface, until one cell holds all.

    Parameters
    ----------
    rows : int
        The surface's.
    columns : int
        The surface's.
    band_count : int
        How many numbers are kept of a cell.

    Returns
    -------
    list of PeakLevel
        From the finest on; at least one.

    Examples
    --------
    >>> [tuple(level) for level in peak_levels(3, 5, 2)]
    [(2, 2, 3, 0), (4, 1, 2, 12), (8, 1, 1, 16)]
    """
    levels: list[PeakLevel] = []
    factor, offset = 2, 0
    while True:
        level = PeakLevel(factor, -(-rows // factor), -(-columns // factor), offset)
        levels.append(level)
        if level.rows == level.columns == 1:
            return levels
        factor, offset = factor * 2, offset + band_count * level.rows * level.columns


def write_peaks(path: Path, surface: Path, grid: Grid, peaks: Peaks) -> None:
    """
    Write the levels of a surface, whole or not at all.

    Parameters
    ----------
    path : Path
        The wanted file: float32 numbers as they lie in memory, level by level, band by band.
    surface : Path
        A file made by `spatial.raster.write_cog`.
    grid : Grid
        Its cells.
    peaks : Peaks
        What is kept of them.

    Raises
    ------
    RasterError
        Where the surface cannot be read or the file not be written.

    Notes
    -----
    A map that shows the mean or any one of the cells below a pixel hides a small hotspot; this
    keeps the highest. The file is not packed, so that a tile is read as it lies: a third of
    ``4 len(peaks.bands)`` bytes for each cell of the surface.
    """
    levels = peak_levels(grid.rows, grid.columns, len(peaks.bands))
    try:
        size = levels[-1].offset + len(peaks.bands)
        with whole_file(path) as partial:
            numbers = np.memmap(partial, np.float32, "w+", shape=(size,))
            arrays = [_level(numbers, level, len(peaks.bands)) for level in levels]
            _fill_first(arrays[0], surface, grid, peaks.measures)
            for finer, coarser in pairwise(arrays):
                coarser[:] = pooled(finer, np.fmax)
            numbers.flush()
    except LIBRARY_ERRORS as error:
        raise RasterError(f"Cannot write what is seen of {path.name} from afar.") from error


def _fill_first(first: Float32Array, surface: Path, grid: Grid, measures: Quantity) -> None:
    """
    Fill the finest level, piece by piece: each is some whole blocks of the surface's file.

    Parameters
    ----------
    first : ndarray, shape (bands, rows, columns)
        The level.
    surface : Path
        The surface's file.
    grid : Grid
        Its cells.
    measures : Quantity
        What is kept of them.
    """
    with rasterio.open(surface, driver="GTiff") as dataset:
        indexes = [list(dataset.descriptions).index(name) + 1 for name in measures.bands]
        for tile in grid.tiles(PIECE_SIZE):
            window = Window(tile.column, tile.row, tile.columns, tile.rows)
            cells = dataset.read(indexes, window=window, out_dtype="float64")
            found = pooled(measures.calculate(list(cells)).astype(np.float32), np.fmax)
            rows = slice(tile.row // 2, tile.row // 2 + found.shape[1])
            columns = slice(tile.column // 2, tile.column // 2 + found.shape[2])
            first[:, rows, columns] = found


def pooled(cells: NDArray[_Number], choose: np.ufunc) -> NDArray[_Number]:
    """
    Return one of every two by two cells; NaN where none is known.

    Parameters
    ----------
    cells : ndarray, shape (bands, rows, columns)
        Any numbers of rows and columns.
    choose : ufunc
        Which of two: `numpy.fmax` or `numpy.fmin`.

    Returns
    -------
    ndarray, shape (bands, ceil(rows / 2), ceil(columns / 2))
        As many bands.

    Examples
    --------
    >>> pooled(np.array([[[1, 5, 2], [np.nan, 3, np.nan]]], np.float32), np.fmax)
    array([[[5., 2.]]], dtype=float32)
    """
    _, rows, columns = cells.shape
    halves = choose(cells[:, ::2], _padded(cells[:, 1::2], 1, rows % 2))
    chosen: NDArray[_Number] = choose(halves[..., ::2], _padded(halves[..., 1::2], 2, columns % 2))
    return chosen


def _padded(cells: NDArray[_Number], axis: int, count: int) -> NDArray[_Number]:
    """
    Return cells with rows or columns of NaN behind them.

    Parameters
    ----------
    cells : ndarray, shape (bands, rows, columns)
        The cells.
    axis : int
        1 for rows, 2 for columns.
    count : int
        How many more.

    Returns
    -------
    ndarray
        The same where there are none.
    """
    if not count:
        return cells
    widths = [(0, count if number == axis else 0) for number in range(3)]
    return np.pad(cells, widths, constant_values=np.nan)


def _level(numbers: Float32Array, level: PeakLevel, band_count: int) -> Float32Array:
    """
    Return one level of a file as an array.

    Parameters
    ----------
    numbers : ndarray
        The whole file.
    level : PeakLevel
        Which.
    band_count : int
        Bands.

    Returns
    -------
    ndarray, shape (bands, rows, columns)
        A view.
    """
    size = band_count * level.rows * level.columns
    view: Float32Array = numbers[level.offset : level.offset + size]
    return view.reshape(band_count, level.rows, level.columns)


@dataclass(frozen=True, slots=True)
class PeakFile:
    """
    The levels of a surface, read as they lie on the disk.

    Parameters
    ----------
    levels : tuple of PeakLevel
        From the finest on.
    arrays : tuple of ndarray, shape (bands, rows, columns)
        Their numbers.
    """

    levels: tuple[PeakLevel, ...]
    arrays: tuple[Float32Array, ...]

    @classmethod
    def open(cls, path: Path, rows: int, columns: int, band_count: int) -> "PeakFile":
        """
        Open a file made by `write_peaks`.

        Parameters
        ----------
        path : Path
            The file.
        rows : int
            The surface's.
        columns : int
            The surface's.
        band_count : int
            How many numbers are kept of a cell.

        Returns
        -------
        PeakFile
            Nothing is read before it is asked for.

        Raises
        ------
        RasterError
            Where it is missing or of another surface.
        """
        levels = peak_levels(rows, columns, band_count)
        size = levels[-1].offset + band_count
        try:
            numbers = np.memmap(path, np.float32, "r")
        except (OSError, ValueError) as error:
            raise RasterError(f"Cannot read {path.name}.") from error
        if len(numbers) != size:
            raise RasterError(f"{path.name} is not of this surface.")
        return cls(tuple(levels), tuple(_level(numbers, level, band_count) for level in levels))

    def level_for(self, factor: float) -> tuple[int, Float32Array]:
        """
        Return the finest level whose cells are at least so large.

        Parameters
        ----------
        factor : float
            In cells of the surface.

        Returns
        -------
        tuple of int and ndarray
            Its factor and its numbers. Beyond the coarsest level its one cell stands for more
            space than the surface has.
        """
        for level, numbers in self:
            if level.factor >= factor:
                return level.factor, numbers
        wanted = self.levels[-1].factor
        while wanted < factor:
            wanted *= 2
        return wanted, self.arrays[-1]

    def __iter__(self) -> Iterator[tuple[PeakLevel, Float32Array]]:
        """Give the levels with their numbers."""
        return zip(self.levels, self.arrays, strict=True)
