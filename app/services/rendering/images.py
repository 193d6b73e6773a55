"""Tiles as files: palette PNG, WebP, GeoTIFF and NumPy arrays."""

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rasterio.io import MemoryFile
from rasterio.transform import from_origin
from rio_tiler.utils import render

from app.services.rendering.layers import Layer
from app.services.tile_matrices import TILE_SIZE, TileAddress, TileMatrixSet

# Palette indexes pack so well that more effort saves little (docs/performance.md).
_EFFORT = 2


@dataclass(frozen=True)
class Painted:
    """The numbers of a tile, NaN where nothing is said, and what they are of."""

    values: NDArray[np.float64]
    layer: Layer
    matrix: TileMatrixSet
    tile: TileAddress


def encode_png(
    indexes: NDArray[np.uint8], palette: NDArray[np.uint8], *, is_opaque: bool = False
) -> bytes:
    """Return a picture of palette indexes; index 0 is transparent unless all is opaque.

    A palette is a quarter of the bytes to pack that red, green, blue and alpha would be.
    """
    height, width = indexes.shape
    rows = np.zeros((height, width + 1), np.uint8)  # each row begins with its filter: none
    rows[:, 1:] = indexes
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", palette.tobytes()),
        (b"tRNS", b"\xff" if is_opaque else b"\0"),
        (b"IDAT", zlib.compress(rows.tobytes(), _EFFORT)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(painted: Painted) -> bytes:
    ramp = painted.layer.ramp
    return encode_png(ramp.positions(painted.values), ramp.palette())


def _webp(painted: Painted) -> bytes:
    """Return the same colours, without loss."""
    ramp = painted.layer.ramp
    indexes = ramp.positions(painted.values)
    colours = np.moveaxis(ramp.palette()[indexes], -1, 0)
    mask = np.where(indexes > 0, 255, 0).astype(np.uint8)
    picture: bytes = render(colours, mask, img_format="WEBP", lossless=True)
    return picture


def _geotiff(painted: Painted) -> bytes:
    numbers = painted.layer.numbers(painted.values).astype(np.float32)
    corner = painted.matrix.corner(painted.tile)
    pixel = painted.matrix.pixel(painted.tile.zoom)
    crs = "OGC:CRS84" if painted.matrix.epsg == 4326 else f"EPSG:{painted.matrix.epsg}"
    with MemoryFile() as file:
        with file.open(
            driver="GTiff",
            width=TILE_SIZE,
            height=TILE_SIZE,
            count=1,
            dtype="float32",
            nodata=float("nan"),
            crs=crs,
            transform=from_origin(*corner, pixel, pixel),
            compress="DEFLATE",
            predictor=3,
            zlevel=1,
        ) as dataset:
            dataset.write(numbers, 1)
            dataset.set_band_description(1, painted.layer.title)
            dataset.set_band_unit(1, painted.layer.unit)
        content: bytes = file.read()
    return content


def _npy(painted: Painted) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, painted.layer.numbers(painted.values).astype(np.float32))
    return buffer.getvalue()


@dataclass(frozen=True)
class TileFormat:
    """One kind of file."""

    media_type: str
    encode: Callable[[Painted], bytes]


TILE_FORMATS = {
    "png": TileFormat("image/png", _png),
    "webp": TileFormat("image/webp", _webp),
    "tif": TileFormat("image/tiff; application=geotiff", _geotiff),
    "npy": TileFormat("application/x-npy", _npy),
}
