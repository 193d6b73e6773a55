import numpy as np
import pytest
import shapely

from spatial.distributions.regions import block_means, exceeding_area, parcel_means
from spatial.errors import GridError, InvalidRequestError, NoQuantityError
from spatial.grids import Grid

GRID = Grid(1000.0, 2000.0, 10.0, 13, 9, 32631)


@pytest.fixture
def bands():
    drawn = np.random.default_rng(2).lognormal(3.0, 1.0, (30, *GRID.shape)).astype(np.float32)
    drawn[:, :2, :3] = np.nan
    return {"median": drawn[0]} | {f"realisation_{i + 1}": band for i, band in enumerate(drawn)}


def cells_of(parcel):
    centres = GRID.cell_centres()
    return shapely.covers(parcel, shapely.points(centres)).reshape(GRID.shape)


def test_parcels_are_means_of_the_cells_inside(bands):
    """By shapely's own test of every centre; one parcel overlaps another, one has no cells."""
    round_one = shapely.Point(1070.0, 1950.0).buffer(33.0)
    ring = round_one.difference(round_one.buffer(-15.0))
    parcels = [round_one, ring, shapely.box(0.0, 0.0, 5.0, 5.0)]
    found = parcel_means(GRID, bands, parcels)
    for number, parcel in enumerate(parcels[:2]):
        inside = cells_of(parcel) & ~np.isnan(bands["median"])
        assert found.cells[number] == inside.sum()
        expected = [np.mean(bands[f"realisation_{i}"][inside], dtype=float) for i in range(1, 31)]
        np.testing.assert_allclose(found.means[:, number], expected, rtol=1e-12)
        assert found.probability(30.0)[number] == np.mean(np.array(expected) > 30.0)
    assert found.cells[2] == 0
    assert np.isnan(found.means[:, 2]).all()
    assert np.isnan(found.probability(30.0)[2])
    assert (found.sampling_error(30.0)[:2] > 0.0).all()


def test_blocks_are_parcels_on_the_grid(bands):
    found = block_means(GRID, bands, 40.0)
    squares = [
        shapely.box(west, north - 40.0, west + 40.0, north)
        for north in (2000.0, 1960.0, 1920.0)
        for west in (1000.0, 1040.0, 1080.0, 1120.0)
    ]
    expected = parcel_means(GRID, bands, squares)
    assert found.cells.tolist() == expected.cells.tolist()
    assert found.cells[0] == 10
    np.testing.assert_allclose(found.means, expected.means, rtol=1e-12)


def test_areas_count_cells(bands):
    areas = exceeding_area(GRID, bands, 20.0)
    assert areas.shape == (30,)
    assert areas[4] == 100.0 * np.nansum(bands["realisation_5"] > 20.0)


def test_what_cannot_be_said_is_refused(bands):
    with pytest.raises(NoQuantityError, match="build a surface with method simulation"):
        block_means(GRID, {"median": bands["median"]}, 40.0)
    with pytest.raises(GridError, match="not filled by whole cells"):
        block_means(GRID, bands, 25.0)
    with pytest.raises(GridError, match="Parcel 1 is no valid polygon"):
        parcel_means(GRID, bands, [shapely.Point(0.0, 0.0)])
    with pytest.raises(InvalidRequestError, match="finite"):
        exceeding_area(GRID, bands, np.nan)
