"""The two tile matrix sets that tiles come in, after OGC's registry."""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

from app.errors import NotFound

TILE_SIZE = 256
MAX_ZOOM = 24
# Half of the circumference of the sphere that Web Mercator is drawn on (m).
_HALF_WORLD = math.pi * 6378137.0
# OGC's standardised size of a pixel (m), from which scale denominators follow.
_PIXEL_M = 0.00028
_METRES_PER_DEGREE = math.pi * 6378137.0 / 180.0


class TileAddress(NamedTuple):
    """A tile of a matrix set."""

    zoom: int
    row: int
    column: int


@dataclass(frozen=True)
class TileMatrixSet:
    """Square tiles that halve from zoom to zoom; `west` and `north` are where row 0 begins."""

    id: str
    title: str
    crs: str
    epsg: int
    west: float
    north: float
    # Side of a tile at zoom 0, and how many columns and rows there are then.
    side: float
    columns: int
    rows: int
    metres_per_unit: float

    def check(self, zoom: int, row: int, column: int) -> TileAddress:
        """Return the address of a tile there is.

        Raises
        ------
        NotFound
            Outside of the matrix.
        """
        if 0 <= zoom <= MAX_ZOOM:
            columns, rows = self.columns << zoom, self.rows << zoom
            if 0 <= row < rows and 0 <= column < columns:
                return TileAddress(zoom, row, column)
        raise NotFound(
            f"{self.id} has no tile {str(zoom)[:12]}/{str(row)[:12]}/{str(column)[:12]}: zoom goes "
            f"from 0 to {MAX_ZOOM}, rows from 0 to {self.rows} · 2^zoom - 1, columns from 0 to "
            f"{self.columns} · 2^zoom - 1."
        )

    def tile_side(self, zoom: int) -> float:
        """Return the side of a tile, in units of the coordinate system."""
        return self.side / (1 << zoom)

    def pixel(self, zoom: int) -> float:
        """Return the side of a pixel."""
        return self.tile_side(zoom) / TILE_SIZE

    def corner(self, tile: TileAddress) -> tuple[float, float]:
        """Return the north-western corner of a tile."""
        side = self.tile_side(tile.zoom)
        return self.west + tile.column * side, self.north - tile.row * side

    def bounds(self, tile: TileAddress) -> tuple[float, float, float, float]:
        """Return west, south, east, north of a tile."""
        west, north = self.corner(tile)
        side = self.tile_side(tile.zoom)
        return west, north - side, west + side, north

    def degrees(self, tile: TileAddress, around: float = 0.0) -> tuple[float, float, float, float]:
        """Return west, south, east, north of a tile in degrees, a share of its side around it."""
        west, south, east, north = self.bounds(tile)
        more = around * self.tile_side(tile.zoom)
        west, south, east, north = west - more, south - more, east + more, north + more
        if self.epsg == 4326:
            return west, south, east, north
        radius = _HALF_WORLD / math.pi
        south, north = (
            math.degrees(2 * math.atan(math.exp(y / radius)) - math.pi / 2) for y in (south, north)
        )
        return math.degrees(west / radius), south, math.degrees(east / radius), north

    def document(self) -> dict[str, Any]:
        """Return the definition, as OGC's Two Dimensional Tile Matrix Set standard writes it."""
        return {
            "id": self.id,
            "title": self.title,
            "uri": f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{self.id}",
            "crs": self.crs,
            "orderedAxes": ["X", "Y"] if self.epsg == 3857 else ["Lon", "Lat"],
            "wellKnownScaleSet": _SCALE_SETS[self.id],
            "tileMatrices": [self._matrix(zoom) for zoom in range(MAX_ZOOM + 1)],
        }

    def _matrix(self, zoom: int) -> dict[str, Any]:
        cell = self.pixel(zoom)
        return {
            "id": str(zoom),
            "scaleDenominator": cell * self.metres_per_unit / _PIXEL_M,
            "cellSize": cell,
            "cornerOfOrigin": "topLeft",
            "pointOfOrigin": [self.west, self.north],
            "tileWidth": TILE_SIZE,
            "tileHeight": TILE_SIZE,
            "matrixWidth": self.columns << zoom,
            "matrixHeight": self.rows << zoom,
        }


_SCALE_SETS = {
    "WebMercatorQuad": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
    "WorldCRS84Quad": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleCRS84Quad",
}
WEB_MERCATOR_QUAD = TileMatrixSet(
    "WebMercatorQuad",
    "Google Maps Compatible for the World",
    "http://www.opengis.net/def/crs/EPSG/0/3857",
    3857,
    -_HALF_WORLD,
    _HALF_WORLD,
    2.0 * _HALF_WORLD,
    1,
    1,
    1.0,
)
WORLD_CRS84_QUAD = TileMatrixSet(
    "WorldCRS84Quad",
    "CRS84 for the World",
    "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
    4326,
    -180.0,
    90.0,
    180.0,
    2,
    1,
    _METRES_PER_DEGREE,
)
MATRIX_SETS = {entry.id: entry for entry in (WEB_MERCATOR_QUAD, WORLD_CRS84_QUAD)}


def get_matrix_set(name: str) -> TileMatrixSet:
    """Return a tile matrix set.

    Raises
    ------
    NotFound
        With those there are.
    """
    found = MATRIX_SETS.get(name)
    if found is None:
        raise NotFound(
            f"There is no tile matrix set {name[:80]!r}. There are: {', '.join(MATRIX_SETS)}."
        )
    return found
