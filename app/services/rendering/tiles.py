"""Raster tiles of a surface, painted when they are asked for, for any threshold."""

import math

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.transform import from_origin
from rasterio.vrt import WarpedVRT
from rio_tiler.utils import render

from app.db.models import Surface
from app.errors import NotFound
from app.services.rendering.ramps import Ramp, concentration_ramp, probability_ramp
from app.services.storage import FileStore
from app.services.surfaces.distribution import distribution_of, refusals

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
    with (
        rasterio.open(store.surface_path(surface.uid), driver="GTiff") as dataset,
        # Warped to the tile's own pixels: rio-tiler warps to the surface's cells first, which at
        # zoom 0 are millions by millions and take a minute. The nearest cell, because location
        # and sigma must belong to the same one.
        WarpedVRT(
            dataset,
            crs="EPSG:3857",
            transform=from_origin(*origin, pixel, pixel),
            width=TILE_SIZE,
            height=TILE_SIZE,
            resampling=Resampling.nearest,
            nodata=math.nan,
        ) as warped,
    ):
        indexes = [surface.bands.index(name) + 1 for name in bands]
        return list(np.asarray(warped.read(indexes, out_dtype="float64")))


def _paint(values: NDArray[np.float64], ramp: Ramp) -> bytes:
    painted = ramp.colours()[ramp.positions(values)]
    mask = np.where(np.isfinite(values), 255, 0).astype(np.uint8)
    picture: bytes = render(np.moveaxis(painted, -1, 0), mask, img_format="PNG")
    return picture
