"""Cells below pixels: held against each pixel's own transformation."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from pyproj import Transformer

from app.services.rendering.rasters import Below, Lattice, gathered, pixels_over
from app.services.tile_matrices import (
    TILE_SIZE,
    WEB_MERCATOR_QUAD,
    WORLD_CRS84_QUAD,
    TileAddress,
    TileMatrixSet,
)
from spatial.coordinates import Bounds

WEST, NORTH, SIZE, ROWS, COLUMNS = 400_000.0, 5_700_000.0, 250.0, 800, 720
LATTICE = Lattice(WEST, NORTH, SIZE, ROWS, COLUMNS)
EXTENT = Bounds(WEST, NORTH - ROWS * SIZE, WEST + COLUMNS * SIZE, NORTH)


def _tile_of(matrix: TileMatrixSet, zoom: int, longitude: float, latitude: float) -> TileAddress:
    x, y = longitude, latitude
    if matrix.epsg == 3857:
        radius = 6378137.0
        x = radius * math.radians(longitude)
        y = radius * math.asinh(math.tan(math.radians(latitude)))
    side = matrix.tile_side(zoom)
    return TileAddress(zoom, int((matrix.north - y) / side), int((x - matrix.west) / side))


def _lattice_places(matrix: TileMatrixSet, tile: TileAddress) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of each pixel's middle in the lattice, with what lies between cells."""
    west, north = matrix.corner(tile)
    along = (np.arange(TILE_SIZE) + 0.5) * matrix.pixel(tile.zoom)
    x, y = np.meshgrid(west + along, north - along)
    # East first, whatever the register says.
    there = Transformer.from_crs(f"EPSG:{matrix.epsg}", "EPSG:32632", always_xy=True)
    eastings, northings = there.transform(x, y)
    return (NORTH - northings) / SIZE, (eastings - WEST) / SIZE


@pytest.mark.parametrize("matrix", [WEB_MERCATOR_QUAD, WORLD_CRS84_QUAD])
@pytest.mark.parametrize("zoom", [4, 7, 9, 11, 14, 18])
def test_each_pixel_has_the_cell_below_its_middle(matrix: TileMatrixSet, zoom: int) -> None:
    # Inside, and on a corner of the surface.
    for longitude, latitude in ((8.6, 50.6), (7.57, 51.44)):
        tile = _tile_of(matrix, zoom, longitude, latitude)
        places = pixels_over(matrix, tile, EXTENT, 32632)
        assert places is not None
        below = places.cells(LATTICE)
        rows, columns = _lattice_places(matrix, tile)
        inside = (rows >= 0) & (rows < ROWS) & (columns >= 0) & (columns < COLUMNS)
        part = places.window
        assert inside[part].sum() == inside.sum()  # none lies outside of the window
        told = np.ones(inside[part].shape, bool) if below.inside is None else below.inside
        # A hundredth of a pixel, in cells: who lies as near to an edge may fall to either side.
        step = np.abs(np.diff(rows, axis=0)).max()
        for found, truth in ((below.rows, rows[part]), (below.columns, columns[part])):
            both = told & inside[part]
            clear = both & (np.abs(truth - np.rint(truth)) > 0.05 * step)
            assert (found[clear] == np.floor(truth[clear])).all()
        assert (told == inside[part]).mean() > 0.99
        assert told.any()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("tile", [TileAddress(1, 0, 1), TileAddress(3, 4, 6)])
def test_a_surface_beyond_its_systems_reach_has_the_cells_that_places_have(
    tile: TileAddress,
) -> None:
    whole = Bounds(-3e6, -9e6, 9e6, 9.9e6)
    places = pixels_over(WEB_MERCATOR_QUAD, tile, whole, 32632)
    assert places is not None
    below = places.cells(Lattice(whole.west, whole.north, 10_000.0, 1_890, 1_200))
    rows, columns = _lattice_places(WEB_MERCATOR_QUAD, tile)
    northings, eastings = NORTH - rows * SIZE, WEST + columns * SIZE
    rows, columns = (whole.north - northings) / 10_000, (eastings - whole.west) / 10_000
    inside = (rows >= 0) & (rows < 1_890) & (columns >= 0) & (columns < 1_200)
    part = places.window
    assert below.inside is not None
    assert (below.inside == inside[part]).mean() > 0.99
    both = below.inside & inside[part]
    told, truth = below.rows[both], np.floor(rows[part][both])
    assert (np.abs(told - truth) <= 1).all()
    assert (told == truth).mean() > 0.99
    found = gathered(
        below, _reader(np.ones((1, 1_890, 1_200), np.float32), []), lambda bands: bands[0], np.nan
    )
    assert (np.isnan(found) == ~below.inside).all()


def test_places_are_told_at_few_knots_where_lines_are_straight() -> None:
    near = pixels_over(WEB_MERCATOR_QUAD, _tile_of(WEB_MERCATOR_QUAD, 13, 8.6, 50.6), EXTENT, 32632)
    assert near is not None
    assert near.stride == 16
    assert near.eastings.shape == (17, 17)
    # The whole world is bent, and the surface a few pixels of it.
    far = pixels_over(WEB_MERCATOR_QUAD, TileAddress(0, 0, 0), EXTENT, 32632)
    assert far is not None
    assert far.stride == 1
    assert far.eastings.size < 100


def _reader(cells: np.ndarray, asked: list[int]) -> Callable[..., np.ndarray]:
    def read(window: tuple[slice, slice]) -> np.ndarray:
        part = cells[(slice(None), *window)]
        asked.append(part[0].size)
        return part

    return read


@pytest.mark.parametrize("pixels", [3, 40])
@pytest.mark.parametrize("is_whole", [True, False])
def test_cells_are_calculated_once_or_per_pixel_and_come_out_the_same(
    pixels: int, is_whole: bool
) -> None:
    rng = np.random.default_rng(pixels)
    cells = rng.random((2, 30, 20)).astype(np.float32)
    rows = rng.integers(4, 12, (pixels, pixels)).astype(np.float64)
    columns = rng.integers(7, 19, (pixels, pixels)).astype(np.float64)
    inside = None if is_whole else rng.random((pixels, pixels)) < 0.6
    if inside is not None:
        rows[~inside], columns[~inside] = np.inf, -1e9
    calculated: list[int] = []

    def total(bands: list[np.ndarray]) -> np.ndarray:
        calculated.append(bands[0].size)
        return bands[0] + 2 * bands[1]

    asked: list[int] = []
    found = gathered(Below(rows, columns, inside), _reader(cells, asked), total, -1.0)
    for place, value in np.ndenumerate(found):
        if inside is not None and not inside[place]:
            assert value == -1.0
        else:
            first, second = cells[:, int(rows[place]), int(columns[place])].astype(np.float64)
            assert value == first + 2 * second
    assert calculated == [min(asked[0], pixels * pixels)]


def test_nothing_is_read_where_no_pixel_has_a_cell() -> None:
    nowhere = np.full((2, 2), -1.0)
    below = Below(nowhere, nowhere, np.zeros((2, 2), bool))
    asked: list[int] = []
    found = gathered(below, _reader(np.ones((1, 3, 3)), asked), lambda bands: bands[0], np.nan)
    assert np.isnan(found).all()
    assert not asked
