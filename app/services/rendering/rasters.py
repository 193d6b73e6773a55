"""Cells of surfaces for the pixels of tiles: files kept open, and the arithmetic between."""

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.io import DatasetReader
from rasterio.windows import Window

from app.services.tile_matrices import TILE_SIZE, TileAddress, TileMatrixSet
from spatial.coordinates import Bounds, transform_bounds, transform_places
from spatial.grids import Grid

Floats = NDArray[np.float64]
# Gives the cells of rows and columns, band by band.
Reader = Callable[[tuple[slice, slice]], NDArray[np.float32]]
# Makes one number of those of the bands, cell by cell.
Calculation = Callable[[list[Floats]], Floats]
_MOST_OPEN = 64
# Pixels between places whose cell is calculated; between them a straight line will do where it is
# this near (in pixels' worth of cells).
_STRIDES = (32, 8, 2, 1)
_NEAR = 0.125


class OpenRasters:
    """Datasets that stay open: opening one costs more than painting. Each is lent to one thread."""

    def __init__(self, most: int = _MOST_OPEN) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._idle: OrderedDict[tuple[Path, int | None, int], DatasetReader] = OrderedDict()

    @contextmanager
    def lend(self, path: Path, level: int | None = None) -> Iterator[DatasetReader]:
        """Lend a dataset or one of its overviews; the files never change under their names."""
        dataset = self._take(path, level)
        if dataset is None:
            options = {} if level is None else {"overview_level": level}
            dataset = rasterio.open(path, driver="GTiff", **options)
        yield dataset
        # One in whose use something went wrong is not kept.
        closing = None
        with self._lock:
            self._idle[(path, level, id(dataset))] = dataset
            if len(self._idle) > self._most:
                closing = self._idle.popitem(last=False)[1]
        if closing is not None:
            closing.close()

    def _take(self, path: Path, level: int | None) -> DatasetReader | None:
        with self._lock:
            for key in reversed(self._idle):
                if key[:2] == (path, level):
                    return self._idle.pop(key)
        return None

    def close(self) -> None:
        """Close all that is not lent."""
        with self._lock:
            while self._idle:
                self._idle.popitem()[1].close()


class Lattice(NamedTuple):
    """Cells in rows from the north: `size` is the side of one, in metres of the surface's plane."""

    west: float
    north: float
    size: float
    rows: int
    columns: int


class PixelCells(NamedTuple):
    """For pixels of a window of a tile (rows, columns), their places on the surface's plane."""

    window: tuple[slice, slice]
    eastings: Floats
    northings: Floats

    def cells(self, lattice: Lattice) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return row and column of each pixel's cell; -1 outside of the lattice."""
        with np.errstate(invalid="ignore"):
            columns = np.floor((self.eastings - lattice.west) / lattice.size)
            rows = np.floor((lattice.north - self.northings) / lattice.size)
            inside = (
                (columns >= 0) & (columns < lattice.columns) & (rows >= 0) & (rows < lattice.rows)
            )
        rows, columns = np.where(inside, rows, -1), np.where(inside, columns, -1)
        return rows.astype(np.int64), columns.astype(np.int64)


def pixel_span(grid: Grid, matrix: TileMatrixSet, zoom: int) -> float:
    """Return the side of a square on the plane that any pixel over the surface fits into (m).

    The largest of those at corners, edges and middle; a pixel is a slightly turned rectangle there.
    """
    bounds = grid.bounds
    eastings, northings = np.meshgrid(
        np.linspace(bounds.west, bounds.east, 3), np.linspace(bounds.south, bounds.north, 3)
    )
    there = transform_places(eastings.ravel(), northings.ravel(), grid.epsg, matrix.epsg)
    # A thousandth of a pixel, so that a pixel of half the world is as good as any.
    step = 1e-3 * matrix.pixel(zoom)
    spans = []
    for along in ((step, 0.0), (0.0, step)):
        moved = transform_places(there[0] + along[0], there[1] + along[1], matrix.epsg, grid.epsg)
        back = transform_places(*there, matrix.epsg, grid.epsg)
        spans.append(np.abs(np.stack(moved) - np.stack(back)))
    sides = (spans[0] + spans[1]) / 1e-3
    known = sides[np.isfinite(sides)]
    return float(known.max()) if len(known) else math.inf


def pixels_over(
    matrix: TileMatrixSet, tile: TileAddress, extent: Bounds, epsg: int
) -> PixelCells | None:
    """Return the places of the pixels that may lie in an extent of the plane; None without any."""
    window = _pixel_window(matrix, tile, extent, epsg)
    if window is None:
        return None
    for stride in _STRIDES:
        found = _places(matrix, tile, window, epsg, stride)
        if stride == 1 or _is_near(matrix, tile, window, epsg, found):
            break
    rows, columns = window
    return PixelCells((slice(*rows), slice(*columns)), *found)


_Range = tuple[int, int]


def _pixel_window(
    matrix: TileMatrixSet, tile: TileAddress, extent: Bounds, epsg: int
) -> tuple[_Range, _Range] | None:
    west, north = matrix.corner(tile)
    pixel = matrix.pixel(tile.zoom)
    there = transform_bounds(extent, epsg, matrix.epsg)
    if not all(map(math.isfinite, there)) or there.west > there.east:
        return (0, TILE_SIZE), (0, TILE_SIZE)
    # One pixel more on each side: edges are followed at some places only.
    columns = _clipped((there.west - west) / pixel - 1, (there.east - west) / pixel + 1)
    rows = _clipped((north - there.north) / pixel - 1, (north - there.south) / pixel + 1)
    return None if rows is None or columns is None else (rows, columns)


def _clipped(begin: float, end: float) -> _Range | None:
    first, last = max(0, math.floor(begin)), min(TILE_SIZE, math.ceil(end))
    return (first, last) if first < last else None


def _places(
    matrix: TileMatrixSet,
    tile: TileAddress,
    window: tuple[_Range, _Range],
    epsg: int,
    stride: int,
) -> tuple[Floats, Floats]:
    """Return the places of the middles of pixels, straight between every so many."""
    rows, columns = (_knots(*along, stride) for along in window)
    eastings, northings = _exact(matrix, tile, rows, columns, epsg)
    if stride == 1:
        return eastings, northings
    wanted_rows, wanted_columns = (np.arange(*along, dtype=np.float64) for along in window)
    across = _weights(rows, wanted_rows), _weights(columns, wanted_columns)
    return _blend(eastings, *across), _blend(northings, *across)


def _knots(begin: int, end: int, stride: int) -> Floats:
    count = max(2, -(-(end - 1 - begin) // stride) + 1) if stride > 1 else end - begin
    return (
        np.linspace(begin, max(end - 1, begin + 1), count)
        if stride > 1
        else np.arange(begin, end, dtype=np.float64)
    )


def _exact(
    matrix: TileMatrixSet, tile: TileAddress, rows: Floats, columns: Floats, epsg: int
) -> tuple[Floats, Floats]:
    west, north = matrix.corner(tile)
    pixel = matrix.pixel(tile.zoom)
    across, down = np.meshgrid(west + (columns + 0.5) * pixel, north - (rows + 0.5) * pixel)
    eastings, northings = transform_places(across.ravel(), down.ravel(), matrix.epsg, epsg)
    return eastings.reshape(across.shape), northings.reshape(across.shape)


def _weights(knots: Floats, wanted: Floats) -> tuple[NDArray[np.int64], Floats]:
    places = (wanted - knots[0]) / (knots[1] - knots[0])
    first = np.clip(places.astype(np.int64), 0, len(knots) - 2)
    return first, places - first


def _blend(
    numbers: Floats,
    down: tuple[NDArray[np.int64], Floats],
    across: tuple[NDArray[np.int64], Floats],
) -> Floats:
    (row, low), (column, right) = down, across
    with np.errstate(invalid="ignore"):
        lines = numbers[row] * (1 - low[:, np.newaxis]) + numbers[row + 1] * low[:, np.newaxis]
        blended: Floats = lines[:, column] * (1 - right) + lines[:, column + 1] * right
    return blended


def _is_near(
    matrix: TileMatrixSet,
    tile: TileAddress,
    window: tuple[_Range, _Range],
    epsg: int,
    found: tuple[Floats, Floats],
) -> bool:
    """Say whether straight lines come near enough, asked at pixels between the knots."""
    rows, columns = (
        np.unique(np.linspace(begin, end - 1, 12).astype(np.int64)) for begin, end in window
    )
    exact = _exact(matrix, tile, rows.astype(np.float64), columns.astype(np.float64), epsg)
    at = np.ix_(rows - window[0][0], columns - window[1][0])
    steps = [_pixel_step(numbers) for numbers in found]
    if not all(np.isfinite(step) and step > 0 for step in steps):
        return False
    nearness = _NEAR * max(steps)
    return all(
        bool(np.all(np.abs(numbers[at] - truth) <= nearness))
        for numbers, truth in zip(found, exact, strict=True)
    )


def _pixel_step(numbers: Floats) -> float:
    """Return how far two neighbouring pixels are apart at least, along either axis of the tile."""
    steps = [np.abs(np.diff(numbers, axis=axis)) for axis in (0, 1)]
    largest = [float(step.min()) for step in steps if step.size]
    return max(largest) if largest else math.nan


def read_cells(
    dataset: DatasetReader,
    indexes: list[int],
    places: PixelCells,
    lattice: Lattice,
    calculate: Calculation,
) -> Floats:
    """Return the pixels' numbers, NaN outside: those of the cell below each pixel's middle."""

    def read(window: tuple[slice, slice]) -> NDArray[np.float32]:
        return _window(dataset, indexes, window)

    return gathered(*places.cells(lattice), read, calculate)


def _window(
    dataset: DatasetReader, indexes: list[int], window: tuple[slice, slice]
) -> NDArray[np.float32]:
    rows, columns = window
    part = Window(columns.start, rows.start, columns.stop - columns.start, rows.stop - rows.start)
    cells: NDArray[np.float32] = dataset.read(indexes, window=part, out_dtype="float32")
    return cells


def gathered(
    rows: NDArray[np.int64], columns: NDArray[np.int64], read: Reader, calculate: Calculation
) -> Floats:
    """Return what is calculated of cells by row and column, NaN for -1; `read` gives a window's."""
    inside = rows >= 0
    if not inside.any():
        return np.full(rows.shape, np.nan)
    is_whole = bool(inside.all())
    in_rows, in_columns = (rows, columns) if is_whole else (rows[inside], columns[inside])
    first_row, first_column = int(in_rows.min()), int(in_columns.min())
    window = (
        slice(first_row, int(in_rows.max()) + 1),
        slice(first_column, int(in_columns.max()) + 1),
    )
    cells = read(window)
    # One number a pixel and no mask: pixels outside look at the first cell, and are wiped out.
    places = (rows - first_row) * cells.shape[2] + (columns - first_column)
    if not is_whole:
        places[~inside] = 0
    flat = cells.reshape(len(cells), -1)
    # Of cells or of pixels, whichever are fewer.
    found: Floats
    if flat.shape[1] < places.size:
        found = np.take(calculate(list(flat.astype(np.float64))), places)
    else:
        found = calculate(list(np.take(flat, places, axis=1).astype(np.float64)))
    if not is_whole:
        found[~inside] = np.nan
    return found
