"""A tile's numbers as statements take them: as they are, or as marks of what is told later."""

from typing import Any, NamedTuple

from app.services.tile_matrices import TILE_SIZE, TileAddress, TileMatrixSet
from app.services.vector_tiles.cells import MERCATOR_LATITUDE
from app.services.vector_tiles.encoding import EXTENT

# Around a tile, so that symbols and lines at its edge are drawn whole: 4 pixels.
BUFFER = 64


class Frame(NamedTuple):
    """Where a tile lies. Boxes are west, south, east and north."""

    epsg: int
    # Of its zoom, and its own place among them.
    columns: Any
    rows: Any
    column: Any
    row: Any
    # On the matrix, and half the side of a pixel there.
    west: Any
    south: Any
    east: Any
    north: Any
    half_pixel: Any
    # In degrees, with what lies around it; and with twice as much.
    box: tuple[Any, Any, Any, Any]
    wide_box: tuple[Any, Any, Any, Any]


def frame_of(matrix: TileMatrixSet, tile: TileAddress) -> Frame:
    """Return the frame of a tile."""
    return Frame(
        matrix.epsg,
        float(matrix.columns << tile.zoom),
        float(matrix.rows << tile.zoom),
        float(tile.column),
        float(tile.row),
        *matrix.bounds(tile),
        matrix.tile_side(tile.zoom) / TILE_SIZE / 2,
        degrees(matrix, tile, BUFFER / EXTENT),
        degrees(matrix, tile, 2 * BUFFER / EXTENT),
    )


def degrees(
    matrix: TileMatrixSet, tile: TileAddress, around: float
) -> tuple[float, float, float, float]:
    """Return a tile's box in degrees, and a share of its side around it."""
    west, south, east, north = matrix.degrees(tile, around)
    limit = MERCATOR_LATITUDE if matrix.epsg != 4326 else 90.0
    return max(west, -180.0), max(south, -limit), min(east, 180.0), min(north, limit)
