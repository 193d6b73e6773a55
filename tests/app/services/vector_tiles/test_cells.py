"""Cells of sorted places against a plain count of every place in every cell."""

import math
from collections import defaultdict

import numpy as np
import pytest
from numpy.typing import NDArray

from app.services.tile_matrices import (
    MAX_ZOOM,
    WEB_MERCATOR_QUAD,
    WORLD_CRS84_QUAD,
    TileAddress,
    TileMatrixSet,
)
from app.services.vector_tiles.cells import (
    NO_VALUE,
    Places,
    cells_of_rows,
    count_cells,
    count_inside,
    merge_rows,
    sort_places,
)

_COUNT = 3_000
_Points = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def _points() -> _Points:
    """Many near one place, some over the world, a few at its edges; some without a value."""
    rng = np.random.default_rng(11)
    longitudes = np.r_[rng.normal(5.7, 0.02, _COUNT), rng.uniform(-180, 180, _COUNT), 180, -180, 0]
    latitudes = np.r_[rng.normal(51, 0.02, _COUNT), rng.uniform(-85, 85, _COUNT), 0, 0, -85.05]
    values = rng.lognormal(4, 1, len(longitudes))
    values[::5] = NO_VALUE
    return longitudes, latitudes, values


def _along(longitude: float, latitude: float, matrix: TileMatrixSet) -> tuple[float, float]:
    """The shares of the matrix to the right and down, by the formulas of the two projections."""
    if matrix is WORLD_CRS84_QUAD:
        return (longitude + 180) / 360, (90 - latitude) / 180
    sine = math.sin(math.radians(latitude))
    return (longitude + 180) / 360, 0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi)


def _tile_of(matrix: TileMatrixSet, zoom: int) -> TileAddress:
    across, down = _along(5.7, 51.0, matrix)
    return TileAddress(
        zoom, int(down * (matrix.rows << zoom)), int(across * (matrix.columns << zoom))
    )


@pytest.mark.parametrize("matrix", [WEB_MERCATOR_QUAD, WORLD_CRS84_QUAD], ids=lambda m: str(m.id))
@pytest.mark.parametrize("zoom", [0, 1, 4, 8, 12])
def test_every_place_is_counted_in_its_cell(matrix: TileMatrixSet, zoom: int) -> None:
    points = _points()
    tile = _tile_of(matrix, zoom)
    expected: dict[tuple[int, int], list[float]] = defaultdict(list)
    columns, rows = matrix.columns << zoom, matrix.rows << zoom
    for longitude, latitude, value in zip(*points, strict=True):
        across, down = _along(longitude, latitude, matrix)
        column = min(math.floor(across * columns * 64), columns * 64 - 1) - tile.column * 64
        row = math.floor(down * rows * 64) - tile.row * 64
        if 0 <= column < 64 and 0 <= row < 64:
            expected[(row, column)].append(value)
    third = len(points[0]) // 3
    parts = [
        sort_places(*(numbers[part] for numbers in points), matrix)
        for part in (slice(third), slice(third, None), slice(0))
    ]
    cells = count_cells(parts, tile, 60.0)
    assert expected
    assert count_inside(parts, tile) == sum(map(len, expected.values()))
    assert list(zip(cells.rows, cells.columns, strict=True)) == sorted(expected)
    told = [expected[place] for place in sorted(expected)]
    assert cells.counts.tolist() == [len(values) for values in told]
    assert cells.maxima.tolist() == [max(values) for values in told]
    assert cells.above is not None
    assert cells.above.tolist() == [sum(value > 60.0 for value in values) for values in told]


@pytest.mark.parametrize("zoom", [0, 8])
@pytest.mark.parametrize("is_measured", [True, False])
def test_many_small_parts_are_counted_as_one(
    zoom: int, is_measured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    longitudes, latitudes, values = _points()
    told = values if is_measured else None
    whole = sort_places(longitudes, latitudes, told, WEB_MERCATOR_QUAD)
    parts = [
        sort_places(
            longitudes[at::500],
            latitudes[at::500],
            None if told is None else told[at::500],
            WEB_MERCATOR_QUAD,
        )
        for at in range(500)
    ]
    tile = _tile_of(WEB_MERCATOR_QUAD, zoom)
    expected = count_cells([whole], tile, 60.0)
    counted: list[int] = []
    usual = np.bincount

    def noted(numbers: NDArray[np.int64], minlength: int) -> NDArray[np.int64]:
        counted.append(len(numbers))
        return usual(numbers, minlength=minlength)

    monkeypatch.setattr(np, "bincount", noted)
    cells = count_cells(parts, tile, 60.0)
    # A pass over all cells of the tile costs as much for one place as for thousands.
    assert counted == [count_inside([whole], tile)]
    for one, other in zip(cells, expected, strict=True):
        assert one is not None
        assert other is not None
        assert one.tolist() == other.tolist()


def test_tiles_of_a_zoom_share_all_places_out() -> None:
    longitudes, latitudes, _ = _points()
    places = sort_places(longitudes, latitudes, None, WEB_MERCATOR_QUAD)
    counted = [
        count_inside([places], TileAddress(3, row, column))
        for row in range(8)
        for column in range(8)
    ]
    assert sum(counted) == len(longitudes)


def test_poles_are_beyond_web_mercator_and_within_degrees() -> None:
    longitudes, latitudes = np.array([0.0, 0.0, 180.0]), np.array([90.0, -90.0, 85.055])
    world = TileAddress(0, 0, 0)
    mercator = sort_places(longitudes, latitudes, None, WEB_MERCATOR_QUAD)
    [row] = count_cells([mercator], world, None).rows
    assert row == 0
    degrees = sort_places(longitudes, latitudes, None, WORLD_CRS84_QUAD)
    east = TileAddress(0, 0, 1)
    assert count_cells([degrees], east, None).rows.tolist() == [0, 1, 63]


def test_many_at_one_place_are_one_cell_at_the_last_zoom() -> None:
    places = sort_places(np.full(7, 5.7), np.full(7, 51.0), np.arange(7.0), WEB_MERCATOR_QUAD)
    cells = count_cells([places], _tile_of(WEB_MERCATOR_QUAD, MAX_ZOOM), None)
    assert (cells.counts.tolist(), cells.maxima.tolist(), cells.above) == ([7], [6.0], None)


def test_nothing_is_no_cell() -> None:
    nothing = Places(np.zeros(0, np.int64), None)
    assert len(count_cells([nothing], TileAddress(0, 0, 0), None).counts) == 0
    assert len(cells_of_rows([]).counts) == 0


def test_rows_of_one_owner_are_its_highest() -> None:
    owners = np.array([4.0, 2.0, 4.0, 9.0])
    first, values = merge_rows(owners, np.array([1.0, NO_VALUE, 5.0, 3.0]))
    assert owners[first].tolist() == [2.0, 4.0, 9.0]
    assert values.tolist() == [NO_VALUE, 5.0, 3.0]
    assert len(merge_rows(np.zeros(0), np.zeros(0))[0]) == 0
