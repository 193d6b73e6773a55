"""Vector tiles of points without a query: found as pages are, and shown by what lies beside."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.services.features.reference import Box
from app.services.pages.texts import PageTexts, Span, count_along, find_within
from app.services.tile_matrices import TileAddress, TileMatrixSet
from app.services.vector_tiles.cells import MERCATOR_LATITUDE
from app.services.vector_tiles.content import Content
from app.services.vector_tiles.encoding import EXTENT
from app.services.vector_tiles.frames import Frame, frame_of
from app.services.vector_tiles.points import Marks, encode_points
from spatial.hilbert import hilbert_spans

# Few stretches, since squares are divided one by one; they reach half a tile beyond a tile.
_FINEST = 2
# From the middle of a box: west, south, east, north.
_OUTWARDS = np.array([-1, -1, 1, 1])
_AWAY = (_OUTWARDS * np.inf).astype(np.float32)


class PointTiles(NamedTuple):
    """The points of a collection, and what tiles show of them."""

    texts: PageTexts
    marks: Marks
    content: Content

    def within(self, matrix: TileMatrixSet, tile: TileAddress) -> "PointTile":
        """Return the tile that is to be made."""
        frame = frame_of(matrix, tile)
        box = _overlapped(frame.box)
        return PointTile(self, frame, box, hilbert_spans(box, finest=_FINEST))


class PointTile(NamedTuple):
    """A tile that is to be made of points: all in it or just around it."""

    points: PointTiles
    frame: Frame
    box: Box
    spans: list[Span]

    @property
    def reach(self) -> int:
        """How many points are looked through, most of them perhaps beside the tile."""
        return count_along(self.points.texts, self.spans)

    def make(self, most: int) -> bytes | None:
        """Return the tile; None where the points are too many."""
        texts, marks, content = self.points
        numbers = find_within(texts, self.box, self.spans, most)
        if numbers is None:
            return None
        places = _placed(texts.longitude[numbers], texts.latitude[numbers], self.frame)
        return encode_points(marks, names_of(content), content.name, numbers, places)


def _overlapped(box: Box) -> Box:
    """Return the box of all points that overlap a box in the eyes of the database.

    It rounds both outwards, to single precision.
    """
    bounds = np.array(box)
    single = bounds.astype(np.float32)
    is_inside = (single - bounds) * _OUTWARDS < 0
    rounded = np.where(is_inside, np.nextafter(single, _AWAY), single)
    # The next ones are rounded to themselves, and do not overlap; what lies before them does.
    beyond = np.nextafter(rounded, _AWAY).astype(np.float64)
    west, south, east, north = np.nextafter(beyond, -_AWAY.astype(np.float64)).tolist()
    return west, south, east, north


def names_of(content: Content) -> tuple[str, ...]:
    """Return what tiles show of a point that is held against nothing."""
    return ("id", *content.properties)


def _placed(
    longitude: NDArray[np.float64], latitude: NDArray[np.float64], frame: Frame
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return places in units of a tile, calculated as the database does (`statements._within`)."""
    across = (longitude + 180.0) * (1 / 360) * frame.columns - frame.column
    if frame.epsg == 4326:
        down = (90.0 - latitude) * (1 / 180) * frame.rows - frame.row
    else:
        inside = np.clip(latitude, -MERCATOR_LATITUDE, MERCATOR_LATITUDE)
        stretched = np.log(np.tan(np.radians(inside) * 0.5 + math.pi / 4)) * (1 / math.pi)
        down = (1.0 - stretched) * 0.5 * frame.rows - frame.row
    column, row = (np.rint(along * EXTENT).astype(np.int64) for along in (across, down))
    return column, row
