"""Where it lies from which threshold on data can decide: of a surface's cells, and from afar."""

import math
from typing import NamedTuple

from rasterio.io import DatasetReader
from rasterio.windows import Window

from spatial.arrays import FloatArray
from spatial.peak_levels import peak_levels
from spatial.raster import BLOCK_SIZE


class DecidingLevel(NamedTuple):
    """
    Where a level lies in the file's one picture.

    Parameters
    ----------
    rows : int
        Rows.
    columns : int
        Columns.
    top : int
        Its first row.
    left : int
        Its first column.
    """

    rows: int
    columns: int
    top: int
    left: int

    def window(self, row: int, column: int, rows: int, columns: int) -> Window:
        """
        Return where some of its cells lie.

        Parameters
        ----------
        row : int
            The first row of the level.
        column : int
            The first column of the level.
        rows : int
            How many rows.
        columns : int
            How many columns.

        Returns
        -------
        Window
            Of the picture.
        """
        return Window(self.left + column, self.top + row, columns, rows)


def deciding_levels(rows: int, columns: int) -> list[DecidingLevel]:
    """
    Return where the cells of a surface and its levels lie, each twice as coarse as the one before.

    Parameters
    ----------
    rows : int
        The surface's.
    columns : int
        The surface's.

    Returns
    -------
    list of DecidingLevel
        The cells, and to the right of them the levels below each other, from whole blocks on.

    Examples
    --------
    >>> [tuple(level) for level in deciding_levels(300, 500)]  # doctest: +ELLIPSIS
    [(300, 500, 0, 0), (150, 250, 0, 512), (75, 125, 256, 512), (38, 63, 384, 512), ...]
    """
    levels = [DecidingLevel(rows, columns, 0, 0)]
    top, left = 0, whole_blocks(columns)
    for level in peak_levels(rows, columns, 1):
        levels.append(DecidingLevel(level.rows, level.columns, top, left))
        top += whole_blocks(level.rows)
    return levels


def whole_blocks(count: int) -> int:
    """
    Return how many cells whole blocks have that hold so many.

    Parameters
    ----------
    count : int
        Cells along a side.

    Returns
    -------
    int
        As many or more.
    """
    return math.ceil(count / BLOCK_SIZE) * BLOCK_SIZE


def read_deciding(
    dataset: DatasetReader, level: DecidingLevel, window: tuple[slice, slice]
) -> FloatArray:
    """
    Return from which threshold on the data can decide.

    Parameters
    ----------
    dataset : rasterio dataset
        A file made by `spatial.hotspots.deciding_writing.write_deciding`, which is not empty.
    level : DecidingLevel
        Cells or a level of them.
    window : tuple of slice
        Its rows and columns.

    Returns
    -------
    ndarray, shape (1, rows, columns)
        NaN where the surface says nothing.
    """
    rows, columns = window
    part = level.window(
        rows.start, columns.start, rows.stop - rows.start, columns.stop - columns.start
    )
    cells: FloatArray = dataset.read(window=part)
    return cells
