"""Vector tiles of points without a query: found as pages are, and shown by what lies beside."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.services.pages.texts import PageTexts, find_within
from app.services.tile_matrices import TileAddress, TileMatrixSet
from app.services.vector_tiles.cells import MERCATOR_LATITUDE
from app.services.vector_tiles.content import Content
from app.services.vector_tiles.encoding import EXTENT
from app.services.vector_tiles.frames import Frame, frame_of
from app.services.vector_tiles.points import Marks, encode_points
from spatial.hilbert import hilbert_spans

# Few stretches: places beside a tile are passed over at once, and squares are divided one by one.
_FINEST = 2


class PointTiles(NamedTuple):
    """The points of a collection, and what tiles show of them."""

    texts: PageTexts
    marks: Marks
    content: Content

    def tile(self, matrix: TileMatrixSet, tile: TileAddress, most: int) -> bytes | None:
        """Return a tile with every point in it or just around it; None where they are too many."""
        frame = frame_of(matrix, tile)
        numbers = find_within(self.texts, frame.box, hilbert_spans(frame.box, finest=_FINEST), most)
        if numbers is None:
            return None
        places = _placed(self.texts.longitude[numbers], self.texts.latitude[numbers], frame)
        keys = names_of(self.content)
        return encode_points(self.marks, keys, self.content.name, numbers, places)


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
