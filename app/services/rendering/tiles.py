"""Raster tiles of surfaces, painted when they are asked for, for any threshold."""

import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.db.models import Surface
from app.db.session import Database
from app.errors import NotFound
from app.services.remembering import Remembered
from app.services.rendering.images import TILE_FORMATS, Painted
from app.services.rendering.layers import Drawn, Layer, LayerWish, Told, layer_of
from app.services.rendering.rasters import (
    Lattice,
    OpenRasters,
    Reader,
    cells_of,
    gathered,
    pixel_span,
    pixels_over,
)
from app.services.storage import FileStore
from app.services.surfaces.against import Against, against_threshold, find_against
from app.services.surfaces.catalogue import get_surface
from app.services.surfaces.deciding import undecidable_of
from app.services.surfaces.distribution import distribution_of
from app.services.surfaces.peaks import grid_of, prepare_peaks
from app.services.threads import Threads
from app.services.tile_cache import TileCache, tile_key
from app.services.tile_matrices import (
    MAX_ZOOM,
    TILE_SIZE,
    WEB_MERCATOR_QUAD,
    TileAddress,
    TileMatrixSet,
)
from spatial.coordinates import Bounds
from spatial.distributions.contract import COLOUR_SHARES
from spatial.hotspots.deciding_levels import deciding_levels, read_deciding
from spatial.peak_levels import PeakFile

# Standard deviations are looked at in an overview of at most so many cells a side.
_GLANCE = 256
_MOST_KEPT = 256
# Besides one for each processor: some wait for the disk or the database.
_MORE_THREADS = 2
# Surface, threshold, guideline.
_Held = tuple[str, float | None, str | None]


class Painter:
    """Paints tiles; keeps files open, and what follows from a surface alone."""

    def __init__(self, database: Database, store: FileStore, cache: TileCache) -> None:
        self._database, self._store, self._cache = database, store, cache
        self.threads = Threads("painting", (os.cpu_count() or 1) + _MORE_THREADS)

        def written() -> int:
            return database.changes

        self._seen: Remembered[str, Surface] = Remembered(written)
        self._against: Remembered[_Held, Against] = Remembered(written)
        self._rasters = OpenRasters()
        self._lock = threading.Lock()
        self._spans: dict[tuple[uuid.UUID, str, int], float] = {}
        self._peaks: dict[uuid.UUID, PeakFile] = {}
        self._spreads: dict[uuid.UUID, tuple[float, float]] = {}

    def surface(self, public_id: str) -> Surface:
        """Return a surface that everybody may see; what other processes hid a moment ago is seen.

        Raises
        ------
        NotFound
            Unknown, or hidden.
        """

        def read() -> Surface:
            with self._database.reading() as session:
                found = get_surface(session, public_id)
                session.expunge(found)
                return found

        return self._seen.get(public_id, read)

    def seen(self, public_id: str) -> Surface | None:
        """Return the same for who does not wait: None where nobody looked a moment ago."""
        return self._seen.find(public_id)

    def against(self, public_id: str, threshold: float | None, guideline: str | None) -> Against:
        """Return what such a surface is held against."""

        def read() -> Against:
            surface = self.surface(public_id)
            if guideline is None:
                return against_threshold(surface, threshold)
            with self._database.reading() as session:
                return find_against(session, surface, threshold, guideline)

        return self._against.get((public_id, threshold, guideline), read)

    def settled(self, surface: Surface, wish: LayerWish) -> LayerWish:
        """Return a wish with all that its tile follows from, so that its name does too."""
        if wish.layer != "class" or wish.undecidable is not None:
            return wish
        return replace(wish, undecidable=undecidable_of(self._store, surface))

    def kept_tile(
        self,
        key: str,
        surface: Surface,
        matrix: TileMatrixSet,
        tile: TileAddress,
        wish: LayerWish,
        ending: str,
    ) -> bytes:
        """Return a tile that was painted before under its name, else paint it and keep it.

        Raises
        ------
        NotFound, InvalidRequest, Unprocessable
            As `tile` does.
        """
        found = self._cache.get(key)
        if found is None:
            found = self.tile(surface, matrix, tile, wish, ending)
            self._cache.put(key, found)
        return found

    def tile(
        self,
        surface: Surface,
        matrix: TileMatrixSet,
        tile: TileAddress,
        wish: LayerWish,
        ending: str = "png",
    ) -> bytes:
        """Return one tile as a file; transparent or NaN where the surface says nothing.

        Raises
        ------
        NotFound
            No such format.
        InvalidRequest, Unprocessable
            Something the surface cannot say, such as a probability without an uncertainty.
        """
        if ending not in TILE_FORMATS:
            raise NotFound(
                f"There are no tiles as {ending[:20]!r}. There are: {', '.join(TILE_FORMATS)}."
            )
        layer, kind = self.layer(surface, wish), TILE_FORMATS[ending]
        values = self._values(surface, matrix, tile, layer.told(is_picture=kind.is_picture))
        return kind.encode(Painted(values, layer, matrix, tile))

    def layer(self, surface: Surface, wish: LayerWish) -> Layer:
        """Return what is drawn of a surface, and in which colours."""
        return layer_of(surface, self.settled(surface, wish), lambda: self._spread_range(surface))

    def legend_layer(self, surface: Surface, wish: LayerWish) -> Layer:
        """Return what a legend is of: that of a probability is the same whatever the threshold."""
        if wish.threshold is None:
            known = distribution_of(surface).thresholds
            wish = replace(wish, threshold=known[0] if known else 1.0)
        return self.layer(surface, wish)

    def native_zoom(self, surface: Surface) -> int:
        """Return the first zoom of WebMercatorQuad at which no pixel is larger than a cell."""
        zooms = range(MAX_ZOOM + 1)
        spans = ((zoom, self._span(surface, WEB_MERCATOR_QUAD, zoom)) for zoom in zooms)
        return next((zoom for zoom, span in spans if span <= surface.cell_size), MAX_ZOOM)

    def close(self) -> None:
        """Close the files, and let no thread begin any more."""
        self.threads.close()
        self._rasters.close()

    def _values(
        self, surface: Surface, matrix: TileMatrixSet, tile: TileAddress, told: Told
    ) -> NDArray[Any]:
        values = np.full((TILE_SIZE, TILE_SIZE), told.missing, told.kind)
        span = self._span(surface, matrix, tile.zoom)
        # Where a pixel is larger than a cell some cells lie below no pixel's middle.
        if told.afar is not None and span > surface.cell_size:
            part = self._from_peaks(surface, matrix, tile, told.afar, told.missing)
        else:
            part = self._from_cells(surface, matrix, tile, told.near, told.missing)
        if part is not None:
            window, found = part
            values[window] = found
        return values

    def _span(self, surface: Surface, matrix: TileMatrixSet, zoom: int) -> float:
        key = (surface.uid, matrix.id, zoom)
        if key not in self._spans:
            span = pixel_span(grid_of(surface), matrix, zoom)
            with self._lock:
                _make_room(self._spans, 32 * _MOST_KEPT)
                self._spans[key] = span
        return self._spans[key]

    def _from_cells(
        self,
        surface: Surface,
        matrix: TileMatrixSet,
        tile: TileAddress,
        drawn: Drawn,
        missing: float,
    ) -> tuple[tuple[slice, slice], NDArray[Any]] | None:
        """Take the cell below each pixel's middle, of the overview that has no larger cells.

        The nearest one, because location and sigma must belong to the same cell.
        """
        bounds = grid_of(surface).bounds
        places = pixels_over(matrix, tile, bounds, surface.epsg)
        if places is None:
            return None
        path = self._store.surface_path(surface.uid)
        indexes = [surface.bands.index(name) + 1 for name in drawn.bands]
        span = self._span(surface, matrix, tile.zoom)
        with self._rasters.lend(path, self._overview(surface, span)) as dataset:
            lattice = Lattice(
                surface.west,
                surface.north,
                surface.cell_size * surface.columns / dataset.width,
                dataset.height,
                dataset.width,
            )
            with self._with_deciding(surface, 1, drawn, cells_of(dataset, indexes)) as read:
                found = gathered(places.cells(lattice), read, drawn.calculate, missing)
        return places.window, found

    @contextmanager
    def _with_deciding(
        self, surface: Surface, factor: int, drawn: Drawn, read: Reader
    ) -> Iterator[Reader]:
        """Let cells be followed, where that is drawn, by the threshold they can decide about.

        `factor` tells how many cells of the surface are the side of one of these, in powers of two.
        """
        if not drawn.has_deciding:
            yield read
            return
        levels = deciding_levels(surface.rows, surface.columns)
        level = levels[min(factor.bit_length(), len(levels)) - 1]
        with self._rasters.lend(self._store.deciding_path(surface.uid)) as dataset:
            yield lambda window: np.concatenate(
                [read(window), read_deciding(dataset, level, window)]
            )

    def _overview(self, surface: Surface, span: float) -> int | None:
        path = self._store.surface_path(surface.uid)
        with self._rasters.lend(path) as dataset:
            factors = dataset.overviews(1)
        fitting = [
            level for level, factor in enumerate(factors) if factor * surface.cell_size <= span
        ]
        return fitting[-1] if fitting else None

    def _from_peaks(
        self,
        surface: Surface,
        matrix: TileMatrixSet,
        tile: TileAddress,
        drawn: Drawn,
        missing: float,
    ) -> tuple[tuple[slice, slice], NDArray[Any]] | None:
        """Take the highest of the cells around each pixel's middle.

        A cell of the level is as large as a pixel or larger, so each lies below some pixel's
        middle: not even a single cell of the surface is passed over.
        """
        kept = distribution_of(surface).peaks().bands
        span = self._span(surface, matrix, tile.zoom)
        factor, numbers = self._peak_file(surface, len(kept)).level_for(span / surface.cell_size)
        size = factor * surface.cell_size
        lattice = Lattice(surface.west, surface.north, size, *numbers.shape[1:])
        extent = Bounds(
            surface.west,
            surface.north - lattice.rows * size,
            surface.west + lattice.columns * size,
            surface.north,
        )
        places = pixels_over(matrix, tile, extent, surface.epsg)
        if places is None:
            return None
        wanted = [kept.index(name) for name in drawn.bands]

        def read(window: tuple[slice, slice]) -> NDArray[np.float32]:
            return numbers[(wanted, *window)]

        with self._with_deciding(surface, factor, drawn, read) as reader:
            found = gathered(places.cells(lattice), reader, drawn.calculate, missing)
        return places.window, found

    def _peak_file(self, surface: Surface, band_count: int) -> PeakFile:
        found = self._peaks.get(surface.uid)
        if found is None:
            prepare_peaks(self._store, surface)
            found = PeakFile.open(
                self._store.peaks_path(surface.uid), surface.rows, surface.columns, band_count
            )
            with self._lock:
                _make_room(self._peaks, _MOST_KEPT)
                self._peaks[surface.uid] = found
        return found

    def _spread_range(self, surface: Surface) -> tuple[float, float]:
        """Return the 2nd and 98th percentile of the standard deviations, seen from afar."""
        if surface.uid not in self._spreads:
            quantity = distribution_of(surface).spread()
            indexes = [surface.bands.index(name) + 1 for name in quantity.bands]
            shape = (min(surface.rows, _GLANCE), min(surface.columns, _GLANCE))
            with self._rasters.lend(self._store.surface_path(surface.uid)) as dataset:
                cells = dataset.read(indexes, out_shape=(len(indexes), *shape), out_dtype="float64")
            spread = quantity.calculate(list(cells))
            known = spread[np.isfinite(spread)]
            low, high = np.quantile(known, COLOUR_SHARES) if len(known) else (0.0, 1.0)
            with self._lock:
                _make_room(self._spreads, _MOST_KEPT)
                self._spreads[surface.uid] = (float(low), float(high))
        return self._spreads[surface.uid]


def tile_name(
    version: str,
    surface: Surface,
    matrix: TileMatrixSet,
    tile: TileAddress,
    wish: LayerWish,
    ending: str,
) -> str:
    """Return the name of a tile: it follows from the surface and from how this version paints.

    The wish is settled (`Painter.settled`).
    """
    return tile_key(version, surface.array_sha256, surface.uid, matrix.id, *tile, ending, wish)


def _make_room(kept: dict[Any, Any], most: int) -> None:
    while len(kept) >= most:
        kept.pop(next(iter(kept)))
