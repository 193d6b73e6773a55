"""Raster tiles of a surface, painted when they are asked for, for any threshold."""

import numpy as np
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rio_tiler.errors import TileOutsideBounds
from rio_tiler.io import Reader
from rio_tiler.utils import render

from app.db.models import Surface
from app.errors import NotFound
from app.services.rendering.ramps import Ramp, concentration_ramp, probability_ramp
from app.services.storage import FileStore
from app.services.surfaces.catalogue import require_distribution, surface_transform
from spatial.exceedance import exceedance_probability

TILE_SIZE = 256
MAX_ZOOM = 24


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
        A probability of a surface without uncertainty.
    """
    zoom, row, column = tile
    if not (0 <= zoom <= MAX_ZOOM and 0 <= row < 2**zoom and 0 <= column < 2**zoom):
        raise NotFound(
            f"WebMercatorQuad has no tile {zoom}/{row}/{column}: zoom goes from 0 to {MAX_ZOOM}, "
            "rows and columns from 0 to 2^zoom - 1."
        )
    if layer == "probability":
        require_distribution(surface)
        bands, ramp = ["location", "sigma"], probability_ramp()
    else:
        bands, ramp = [_shown_band(surface)], concentration_ramp(surface)
    arrays = _read(store, surface, tile, bands)
    if arrays is None:
        return _paint(np.full((TILE_SIZE, TILE_SIZE), np.nan), ramp)
    if layer == "probability" and threshold is not None:
        g = surface_transform(surface)
        return _paint(exceedance_probability(arrays[0], arrays[1], threshold, g), ramp)
    return _paint(arrays[0], ramp)


def _shown_band(surface: Surface) -> str:
    return "median" if surface.family == "gaussian" else "value"


def _read(
    store: FileStore, surface: Surface, tile: tuple[int, int, int], bands: list[str]
) -> NDArray[np.float64] | None:
    zoom, row, column = tile
    indexes = tuple(surface.bands.index(name) + 1 for name in bands)
    with Reader(str(store.surface_path(surface.uid))) as reader:
        try:
            # The nearest cell: location and sigma must belong to the same one.
            image = reader.tile(
                column,
                row,
                zoom,
                tilesize=TILE_SIZE,
                indexes=indexes,
                resampling_method=Resampling.nearest.name,
                reproject_method=Resampling.nearest.name,
            )
        except TileOutsideBounds:
            return None
    return np.asarray(image.array.astype(np.float64).filled(np.nan))


def _paint(values: NDArray[np.float64], ramp: Ramp) -> bytes:
    painted = ramp.colours()[ramp.positions(values)]
    mask = np.where(np.isfinite(values), 255, 0).astype(np.uint8)
    picture: bytes = render(np.moveaxis(painted, -1, 0), mask, img_format="PNG")
    return picture
