"""Where levels lie in their one picture: none over another, and each cell in all of them."""

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st

from spatial.hotspots.deciding_levels import (
    DecidingLevel,
    deciding_levels,
    read_deciding,
    whole_blocks,
)
from spatial.raster import BLOCK_SIZE

_SIDE = st.integers(1, 3000)


@given(_SIDE, _SIDE)
def test_levels_lie_apart_in_blocks_of_their_own(rows: int, columns: int) -> None:
    taken: set[tuple[int, int]] = set()
    for level in deciding_levels(rows, columns):
        assert level.top % BLOCK_SIZE == level.left % BLOCK_SIZE == 0
        blocks = {
            (row, column)
            for row in range(level.top, level.top + level.rows, BLOCK_SIZE)
            for column in range(level.left, level.left + level.columns, BLOCK_SIZE)
        }
        assert not blocks & taken
        taken |= blocks


@given(_SIDE, _SIDE)
def test_each_level_is_half_as_fine_until_one_cell_holds_all(rows: int, columns: int) -> None:
    first, *levels = deciding_levels(rows, columns)
    assert first == (rows, columns, 0, 0)
    for level in levels:
        rows, columns = (rows + 1) // 2, (columns + 1) // 2
        assert level[:2] == (rows, columns)
    assert levels[-1][:2] == (1, 1)
    assert all(level[:2] != (1, 1) for level in levels[:-1])


@pytest.mark.parametrize(
    ("count", "expected"),
    [(1, 1), (BLOCK_SIZE - 1, 1), (BLOCK_SIZE, 1), (BLOCK_SIZE + 1, 2), (10**9, 7_812_500)],
)
def test_blocks_are_whole(count: int, expected: int) -> None:
    assert whole_blocks(count) == expected * BLOCK_SIZE


def test_cells_are_those_of_their_level(tmp_path) -> None:
    rows, columns = 3, 5
    levels = deciding_levels(rows, columns)
    last = levels[-1]
    size = (last.top + BLOCK_SIZE, last.left + BLOCK_SIZE)
    picture = np.arange(size[0] * size[1], dtype=np.float32).reshape(size)
    path = tmp_path / "picture.tif"
    profile = {"driver": "GTiff", "height": size[0], "width": size[1], "count": 1}
    transform = Affine(10.0, 0.0, 0.0, 0.0, -10.0, 0.0)
    with rasterio.open(path, "w", dtype="float32", transform=transform, **profile) as written:
        written.write(picture, 1)
    with rasterio.open(path) as read:
        for level in levels:
            part = picture[level.top :, level.left :][: level.rows, : level.columns]
            for window in (np.s_[0 : level.rows, 0 : level.columns], np.s_[0:1, 0:1]):
                told = read_deciding(read, DecidingLevel(*level), window)
                np.testing.assert_array_equal(told, part[window][np.newaxis])
        told = read_deciding(read, levels[0], np.s_[1:3, 2:5])
        np.testing.assert_array_equal(told[0], picture[1:3, 2:5])
