"""Cells of surfaces for the pixels of tiles: files kept open, and the arithmetic between."""

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

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
Reader = Callable[[tuple[slice, slice]], NDArray[np.floating]]
# Makes a number, or a colour's place, of those of the bands, cell by cell.
Calculation = Callable[[list[Floats]], NDArray[Any]]
_MOST_OPEN = 64
# Pixels between knots, whose places are calculated; a straight line will do between them where it
# is this near (in pixels) over twice as far, so a quarter of that from knot to knot.
_STRIDES = (16, 4)
_NEAR = 0.125
# Places of fewer pixels than these are all calculated.
_FEW = 1_024
# In cells: what lies as near to an edge is looked at more closely.
_HAIR = 1e-6


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


class Below(NamedTuple):
    """Row and column of the cell below each pixel's middle, whole numbers."""

    rows: Floats
    columns: Floats
    # Which pixels have one in the lattice; None where all do.
    inside: NDArray[np.bool_] | None


class PixelPlaces(NamedTuple):
    """For pixels of a window of a tile (rows, columns), where they lie on the surface's plane.

    Told at knots so many pixels apart from the window's corner on, the last ones beyond its end;
    with a stride of one, at each pixel.
    """

    window: tuple[slice, slice]
    eastings: Floats
    northings: Floats
    stride: int

    def cells(self, lattice: Lattice) -> Below:
        """Return the cell below each pixel."""
        rows = (lattice.north - self.northings) / lattice.size
        columns = (self.eastings - lattice.west) / lattice.size
        # No pixel lies beyond the knots around it.
        is_whole = _lie_within(rows, lattice.rows) and _lie_within(columns, lattice.columns)
        rows, columns = self._at_pixels(rows), self._at_pixels(columns)
        np.floor(rows, out=rows)
        np.floor(columns, out=columns)
        if is_whole:
            return Below(rows, columns, None)
        inside = (columns >= 0) & (columns < lattice.columns) & (rows >= 0) & (rows < lattice.rows)
        return Below(rows, columns, inside)

    def _at_pixels(self, numbers: Floats) -> Floats:
        if self.stride == 1:
            return numbers
        rows, columns = (along.stop - along.start for along in self.window)
        return _stretched(numbers, self.stride)[:rows, :columns]


def _lie_within(numbers: Floats, count: int) -> bool:
    # Infinite where a place has no coordinates.
    return bool(numbers.min() > _HAIR and numbers.max() < count - _HAIR)


def _stretched(knots: Floats, stride: int) -> Floats:
    """Return numbers at every step along straight lines between knots; the last ones are left out.

    A product of matrices would be shorter, but its library begins threads for one of this size.
    """
    along = np.arange(stride) / stride
    lines = knots[:-1, np.newaxis] + np.diff(knots, axis=0)[:, np.newaxis] * along[:, np.newaxis]
    lines = lines.reshape(-1, knots.shape[1])
    stretched: Floats = np.diff(lines, axis=1)[..., np.newaxis] * along
    stretched += lines[:, :-1, np.newaxis]
    return stretched.reshape(len(lines), -1)


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
) -> PixelPlaces | None:
    """Return the places of the pixels that may lie in an extent of the plane; None without any."""
    window = _pixel_window(matrix, tile, extent, epsg)
    if window is None:
        return None
    rows, columns = (np.arange(*along, dtype=np.float64) for along in window)
    if rows.size * columns.size > _FEW:
        for stride in _STRIDES:
            down, across = (_knots(*along, stride) for along in window)
            found = _exact(matrix, tile, down, across, epsg)
            if _are_straight(found, stride):
                return PixelPlaces(_slices(window), *found, stride)
    return PixelPlaces(_slices(window), *_exact(matrix, tile, rows, columns, epsg), 1)


_Range = tuple[int, int]


def _pixel_window(
    matrix: TileMatrixSet, tile: TileAddress, extent: Bounds, epsg: int
) -> tuple[_Range, _Range] | None:
    west, north = matrix.corner(tile)
    pixel = matrix.pixel(tile.zoom)
    there = _bounds_there(extent, epsg, matrix.epsg)
    if not all(map(math.isfinite, there)) or there.west > there.east:
        return (0, TILE_SIZE), (0, TILE_SIZE)
    # One pixel more on each side: edges are followed at some places only.
    columns = _clipped((there.west - west) / pixel - 1, (there.east - west) / pixel + 1)
    rows = _clipped((north - there.north) / pixel - 1, (north - there.south) / pixel + 1)
    return None if rows is None or columns is None else (rows, columns)


@lru_cache(maxsize=1_024)
def _bounds_there(extent: Bounds, from_epsg: int, to_epsg: int) -> Bounds:
    """Return an extent in other coordinates: that of a surface is asked for at each tile."""
    return transform_bounds(extent, from_epsg, to_epsg)


def _clipped(begin: float, end: float) -> _Range | None:
    first, last = max(0, math.floor(begin)), min(TILE_SIZE, math.ceil(end))
    return (first, last) if first < last else None


def _slices(window: tuple[_Range, _Range]) -> tuple[slice, slice]:
    rows, columns = window
    return slice(*rows), slice(*columns)


def _knots(begin: int, end: int, stride: int) -> Floats:
    """Return knots from the first pixel to beyond the last one, an odd number of them."""
    pairs = -(-(end - begin) // (2 * stride))
    return begin + stride * np.arange(2.0 * pairs + 1)


def _exact(
    matrix: TileMatrixSet, tile: TileAddress, rows: Floats, columns: Floats, epsg: int
) -> tuple[Floats, Floats]:
    west, north = matrix.corner(tile)
    pixel = matrix.pixel(tile.zoom)
    across, down = np.meshgrid(west + (columns + 0.5) * pixel, north - (rows + 0.5) * pixel)
    eastings, northings = transform_places(across.ravel(), down.ravel(), matrix.epsg, epsg)
    return eastings.reshape(across.shape), northings.reshape(across.shape)


def _are_straight(found: tuple[Floats, Floats], stride: int) -> bool:
    """Say whether each second knot lies near the straight line between those beside it."""
    steps = [_pixel_step(numbers, stride) for numbers in found]
    if not all(np.isfinite(step) and step > 0 for step in steps):
        return False
    nearness = _NEAR * max(steps)
    with np.errstate(invalid="ignore"):
        return all(
            bool(np.all(np.abs(_stretched(numbers[::2, ::2], 2) - numbers[:-1, :-1]) <= nearness))
            for numbers in found
        )


def _pixel_step(knots: Floats, stride: int) -> float:
    """Return how far two neighbouring pixels are apart at least, along either axis of the tile."""
    with np.errstate(invalid="ignore"):
        return max(float(np.abs(np.diff(knots, axis=axis)).min()) for axis in (0, 1)) / stride


def cells_of(dataset: DatasetReader, indexes: list[int]) -> Reader:
    """Return what gives the cells of a file's bands, of a window."""

    def read(window: tuple[slice, slice]) -> NDArray[np.float32]:
        rows, columns = window
        height, width = rows.stop - rows.start, columns.stop - columns.start
        part = Window(columns.start, rows.start, width, height)
        cells: NDArray[np.float32] = dataset.read(indexes, window=part, out_dtype="float32")
        return cells

    return read


def gathered(below: Below, read: Reader, calculate: Calculation, missing: float) -> NDArray[Any]:
    """Return what is calculated of each pixel's cell, `missing` where it has none.

    `read` gives the cells of a window.
    """
    rows, columns, inside = below
    if inside is not None and not inside.any():
        return np.full(rows.shape, missing)
    known = (rows, columns) if inside is None else (rows[inside], columns[inside])
    (top, bottom), (left, right) = ((int(n.min()), int(n.max()) + 1) for n in known)
    cells = read((slice(top, bottom), slice(left, right)))
    # One number a pixel; those outside look at the first cell, and are wiped out.
    with np.errstate(invalid="ignore"):
        places = rows * (right - left)
        places += columns
        places -= top * (right - left) + left
    if inside is not None:
        places[~inside] = 0.0
    at = places.astype(np.intp)
    flat = cells.reshape(len(cells), -1)
    # Of cells or of pixels, whichever are fewer.
    if flat.shape[1] < at.size:
        found = np.take(calculate([band.astype(np.float64) for band in flat]), at)
    else:
        found = calculate([np.take(band, at).astype(np.float64) for band in flat])
    if inside is not None:
        found[~inside] = missing
    return found
