"""Raster tiles of a surface, painted when they are asked for, for any threshold."""

import math
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.io import DatasetReader
from rasterio.transform import from_origin
from rasterio.warp import reproject
from rio_tiler.utils import render

from app.db.models import Surface
from app.errors import NotFound
from app.services.rendering.ramps import Ramp, concentration_ramp, probability_ramp
from app.services.storage import FileStore
from app.services.surfaces.distribution import distribution_of, refusals
from spatial.coordinates import transform_places

TILE_SIZE = 256
MAX_ZOOM = 24
# Half of the circumference of the sphere that Web Mercator is drawn on (m).
_HALF_WORLD = math.pi * 6378137.0


def render_tile(
    store: FileStore,
    surface: Surface,
    tile: tuple[int, int, int],
    layer: str,
    threshold: float | None,
) -> bytes:
    """Return a PNG of one tile (z, row, column); transparent where the surface says nothing.

    Raises
    ------
    NotFound
        Outside the tile matrix set.
    Unprocessable
        Something the surface cannot say, such as a probability without an uncertainty.
    """
    zoom, row, column = tile
    if not (0 <= zoom <= MAX_ZOOM and 0 <= row < 2**zoom and 0 <= column < 2**zoom):
        raise NotFound(
            f"WebMercatorQuad has no tile {zoom}/{row}/{column}: zoom goes from 0 to {MAX_ZOOM}, "
            "rows and columns from 0 to 2^zoom - 1."
        )
    distribution = distribution_of(surface)
    with refusals():
        if layer == "probability" and threshold is not None:
            quantity, ramp = distribution.probability(threshold), probability_ramp()
        else:
            quantity, ramp = distribution.concentration(), concentration_ramp(surface)
    arrays = _read(store, surface, tile, quantity.bands)
    return _paint(quantity.calculate(arrays), ramp)


def _read(
    store: FileStore, surface: Surface, tile: tuple[int, int, int], bands: tuple[str, ...]
) -> list[NDArray[np.float64]]:
    zoom, row, column = tile
    width = 2.0 * _HALF_WORLD / 2**zoom
    pixel = width / TILE_SIZE
    origin = (column * width - _HALF_WORLD, _HALF_WORLD - row * width)
    found = np.full((len(bands), TILE_SIZE, TILE_SIZE), np.nan, np.float32)
    with _overview(store.surface_path(surface.uid), surface, pixel) as dataset:
        indexes = [surface.bands.index(name) + 1 for name in bands]
        # Only the wanted bands (a warped view works on all, and a surface may have a hundred), and
        # straight to the tile's own pixels. The nearest cell, because location and sigma must
        # belong to the same one.
        reproject(
            rasterio.band(dataset, indexes),
            found,
            src_nodata=math.nan,
            dst_transform=from_origin(*origin, pixel, pixel),
            dst_crs="EPSG:3857",
            dst_nodata=math.nan,
            resampling=Resampling.nearest,
        )
    return list(found.astype(np.float64))


def _overview(path: Path, surface: Surface, pixel: float) -> DatasetReader:
    """Open the surface, or the overview whose cells are no larger than the tile's pixels."""
    middle = (
        surface.west + 0.5 * surface.columns * surface.cell_size,
        surface.north - 0.5 * surface.rows * surface.cell_size,
    )
    _, latitudes = transform_places([middle[0]], [middle[1]], surface.epsg, 4326)
    cells = pixel * math.cos(math.radians(float(latitudes[0]))) / surface.cell_size
    with rasterio.open(path, driver="GTiff") as whole:
        fitting = [k for k, factor in enumerate(whole.overviews(1)) if factor <= cells]
    level = {"overview_level": fitting[-1]} if fitting else {}
    return rasterio.open(path, driver="GTiff", **level)


def _paint(values: NDArray[np.float64], ramp: Ramp) -> bytes:
    painted = ramp.colours()[ramp.positions(values)]
    mask = np.where(np.isfinite(values), 255, 0).astype(np.uint8)
    picture: bytes = render(np.moveaxis(painted, -1, 0), mask, img_format="PNG")
    return picture
