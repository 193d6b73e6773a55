"""Tile matrix sets, held against the definitions that morecantile ships."""

import morecantile
import pytest

from app.errors import NotFound
from app.services.tile_matrices import MATRIX_SETS, get_matrix_set


@pytest.mark.parametrize("name", list(MATRIX_SETS))
def test_matrices_are_those_of_the_registry(name: str) -> None:
    ours, theirs = get_matrix_set(name), morecantile.tms.get(name)
    document = ours.document()
    for zoom in (0, 1, 7, 17):
        known = theirs.matrix(zoom)
        told = document["tileMatrices"][zoom]
        assert told["id"] == known.id
        assert told["scaleDenominator"] == pytest.approx(known.scaleDenominator, rel=1e-9)
        assert told["cellSize"] == pytest.approx(known.cellSize, rel=1e-9)
        assert (told["matrixWidth"], told["matrixHeight"]) == (
            known.matrixWidth, known.matrixHeight,
        )  # fmt: skip
        tile = ours.check(zoom, known.matrixHeight - 1, known.matrixWidth // 2)
        bounds = theirs.xy_bounds(morecantile.Tile(tile.column, tile.row, zoom))
        assert ours.bounds(tile) == pytest.approx(tuple(bounds), rel=1e-9, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "tile"),
    [
        ("WebMercatorQuad", (0, 0, 1)),
        ("WebMercatorQuad", (25, 0, 0)),
        ("WorldCRS84Quad", (0, 1, 0)),
        ("WorldCRS84Quad", (0, 0, 2)),
        ("WorldCRS84Quad", (3, -1, 0)),
    ],
)
def test_outside_there_is_no_tile(name: str, tile: tuple[int, int, int]) -> None:
    with pytest.raises(NotFound, match="has no tile"):
        get_matrix_set(name).check(*tile)
    assert get_matrix_set("WorldCRS84Quad").check(0, 0, 1) == (0, 0, 1)


def test_unknown_set_is_told_with_those_there_are() -> None:
    with pytest.raises(NotFound, match="WebMercatorQuad, WorldCRS84Quad"):
        get_matrix_set("WorldMercatorWGS84Quad")
