"""Which points a tile has, where the edge of its box is compared in single precision."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from app.services.features.collections import lasting_collection
from app.services.features.reference import Box
from app.services.pages.texts import PageTexts, Piece, open_texts, write_texts
from app.services.pages.tiles import PointTiles, _overlapped, names_of
from app.services.runtime import Runtime
from app.services.tile_matrices import WEB_MERCATOR_QUAD, TileAddress
from app.services.vector_tiles.content import content_of
from app.services.vector_tiles.points import Marks
from spatial.hilbert import hilbert_key

_HAIRS = [0.0, 1e-12, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4]


@pytest.mark.parametrize("edge", [5.7, 0.1, 85.06, 90.0, 1e-9, 1 / 3])
def test_points_a_hair_beyond_are_those_of_the_database(runtime: Runtime, edge: float) -> None:
    west, south, east, north = -edge, -edge, edge, edge
    wide = _overlapped((west, south, east, north))
    overlaps = text(
        "SELECT ST_MakeEnvelope(:west, :south, :east, :north, 4326) "
        "&& ST_SetSRID(ST_MakePoint(:x, :y), 4326)"
    )
    box = {"west": west, "south": south, "east": east, "north": north}
    held = set()
    with runtime.database.reading() as session:
        for hair in _HAIRS:
            for x, y in ((edge + hair, 0.0), (-edge - hair, 0.0), (0.0, edge + hair)):
                is_held = wide[0] <= x <= wide[2] and wide[1] <= y <= wide[3]
                assert is_held == session.scalar(overlaps, box | {"x": x, "y": y}), (x, y)
                held.add(is_held)
    assert held == {True, False}


@given(st.tuples(*[st.floats(-180.0, 180.0)] * 4))
def test_a_box_only_grows_and_by_a_hair(edges: Box) -> None:
    wide = _overlapped(edges)
    for at, (edge, grown) in enumerate(zip(edges, wide, strict=True)):
        beyond = edge - grown if at < 2 else grown - edge
        assert 0.0 <= beyond < 1e-4


def _texts(folder: Path, longitude: list[float]) -> PageTexts:
    """Points on the equator, in their order along the curve."""
    places = np.array(longitude)
    keys = hilbert_key(places, np.zeros(len(places)))
    order = np.argsort(keys, kind="stable")
    piece = Piece(
        [keys[order], np.arange(len(places))],
        places[order],
        np.zeros(len(places)),
        np.zeros(len(places), np.uint64),
        pa.array(["{},"] * len(places)),
    )
    write_texts(folder / "texts", "name", 2, [piece])
    return open_texts(folder / "texts")


def test_a_tile_says_how_many_points_it_looks_through(tmp_path: Path) -> None:
    samples = lasting_collection("samples")
    assert samples is not None
    content = content_of(samples)
    # Three in the tile of 0 to 45 degrees, a crowd just beside it, others on the far side.
    texts = _texts(tmp_path, [1.0, 2.0, 44.0, *[46.5] * 5_000, *[-170.0] * 100])
    nothing = Marks("name", [None] * len(names_of(content)))
    tile = PointTiles(texts, nothing, content).within(WEB_MERCATOR_QUAD, TileAddress(3, 3, 4))
    assert 5_003 <= tile.reach <= 5_103
    assert tile.make(2) is None
