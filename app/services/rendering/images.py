"""Tiles as files: palette PNG, WebP, GeoTIFF and NumPy arrays."""

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.io import MemoryFile
from rasterio.transform import from_origin
from rio_tiler.utils import render

from app.services.rendering.layers import Layer
from app.services.rendering.ramps import with_lattice
from app.services.tile_matrices import TILE_SIZE, TileAddress, TileMatrixSet

# Differences of palette indexes pack so well that more effort saves little (docs/performance.md).
_EFFORT = 1
# Each row of a PNG begins with its filter: what is told of a pixel is the step from the one before.
_STEPS_ALONG = 1


@dataclass(frozen=True)
class Painted:
    """What is told of each pixel of a tile, and what it is of.

    For pictures that is the place of its colour on the ramp, 0 where nothing is said; for other
    formats its number, NaN there.
    """

    values: NDArray[Any]
    layer: Layer
    matrix: TileMatrixSet
    tile: TileAddress

    @property
    def places(self) -> NDArray[np.uint8]:
        """Of a picture, the places of the pixels' colours, what is undecidable under a lattice."""
        return with_lattice(self.values) if self.layer.undecidable == "shown" else self.values


def encode_png(
    indexes: NDArray[np.uint8], palette: NDArray[np.uint8], *, is_opaque: bool = False
) -> bytes:
    """Return a picture of palette indexes; index 0 is transparent unless all is opaque.

    A palette is a quarter of the bytes to pack that red, green, blue and alpha would be.
    """
    height, width = indexes.shape
    rows = np.empty((height, width + 1), np.uint8)
    rows[:, 0], rows[:, 1] = _STEPS_ALONG, indexes[:, 0]
    np.subtract(indexes[:, 1:], indexes[:, :-1], out=rows[:, 2:])
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", palette.tobytes()),
        (b"tRNS", b"\xff" if is_opaque else b"\0"),
        (b"IDAT", zlib.compress(rows.data, _EFFORT)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(painted: Painted) -> bytes:
    return encode_png(painted.places, painted.layer.ramp.palette())


def _webp(painted: Painted) -> bytes:
    """Return the same colours, without loss."""
    colours = np.moveaxis(painted.layer.ramp.palette()[painted.places], -1, 0)
    mask = np.where(painted.values > 0, 255, 0).astype(np.uint8)
    picture: bytes = render(colours, mask, img_format="WEBP", lossless=True)
    return picture


def _geotiff(painted: Painted) -> bytes:
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
            dataset.write(painted.values.astype(np.float32), 1)
            dataset.set_band_description(1, painted.layer.title)
            dataset.set_band_unit(1, painted.layer.unit)
        content: bytes = file.read()
    return content


def _npy(painted: Painted) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, painted.values.astype(np.float32))
    return buffer.getvalue()


@dataclass(frozen=True)
class TileFormat:
    """One kind of file."""

    media_type: str
    encode: Callable[[Painted], bytes]
    # Whether it has colours and not numbers.
    is_picture: bool


TILE_FORMATS = {
    "png": TileFormat("image/png", _png, is_picture=True),
    "webp": TileFormat("image/webp", _webp, is_picture=True),
    "tif": TileFormat("image/tiff; application=geotiff", _geotiff, is_picture=False),
    "npy": TileFormat("application/x-npy", _npy, is_picture=False),
}
