import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from spatial.errors import InvalidRequestError
from spatial.grids import Grid
from spatial.hotspots.polygons import label_cells, mask_polygons


def grid_for(mask):
    return Grid(1000.0, 10.0 * mask.shape[0], 10.0, mask.shape[1], mask.shape[0], 28992)


def polygons_of(rows, connectivity=4):
    mask = np.array([[cell == "#" for cell in row] for row in rows])
    return mask_polygons(mask, grid_for(mask), connectivity)


def test_hole_is_kept():
    [polygon] = polygons_of(["###", "#.#", "###"])
    assert polygon.area == 800.0
    assert [hole.length for hole in polygon.interiors] == [40.0]
    assert len(polygon.exterior.coords) == 5


def test_diagonal_cells_are_two_polygons_or_one_multipolygon():
    two = polygons_of(["#.", ".#"])
    assert [polygon.bounds for polygon in two] == [(1000, 10, 1010, 20), (1010, 0, 1020, 10)]
    [one] = polygons_of(["#.", ".#"], 8)
    assert one.geom_type == "MultiPolygon"
    assert one.is_valid
    assert one.area == 200.0


def test_a_hole_that_touches_its_shell_is_valid():
    [polygon] = polygons_of(["###", "#.#", "##."])
    assert polygon.is_valid
    assert len(polygon.interiors) == 1
    assert polygon.area == 700.0


def test_diagonal_holes_are_two_valid_holes():
    [polygon] = polygons_of(["####", "#.##", "##.#", "####"])
    assert polygon.is_valid
    assert len(polygon.interiors) == 2


def test_an_island_in_a_hole_is_its_own_polygon():
    outer, inner = polygons_of(["#####", "#...#", "#.#.#", "#...#", "#####"])
    assert outer.area == 1600.0
    assert inner.area == 100.0


def test_whole_and_empty_grids():
    [whole] = polygons_of(["####"] * 3)
    assert whole.equals(shapely.box(1000, 0, 1040, 30))
    assert polygons_of(["...", "..."]) == []


@settings(max_examples=200, deadline=None)
@given(
    mask=arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9))),
    connectivity=st.sampled_from([4, 8]),
)
def test_polygons_are_the_union_of_their_cells(mask, connectivity):
    grid = grid_for(mask)
    polygons = mask_polygons(mask, grid, connectivity)
    labels, count = label_cells(mask, connectivity)
    assert len(polygons) == count
    firsts = []
    for label, polygon in enumerate(polygons, start=1):
        assert polygon.is_valid, shapely.is_valid_reason(polygon)
        cells = [
            shapely.box(*grid.corner(row + 1, column), *grid.corner(row, column + 1))
            for row, column in np.argwhere(labels == label).tolist()
        ]
        assert polygon.equals(shapely.union_all(cells))
        firsts.append(np.flatnonzero(labels == label)[0])
    assert firsts == sorted(firsts)
    again = mask_polygons(mask, grid, connectivity)
    assert [one.wkb for one in again] == [one.wkb for one in polygons]


def test_neighbouring_masks_share_their_edges_exactly():
    rng = np.random.default_rng(8)
    mask = rng.random((40, 40)) < 0.5
    grid = Grid(1000 / 3 * 7, 1000 / 3 * 50, 1000 / 3, 40, 40, 28992)
    inside = shapely.union_all(mask_polygons(mask, grid))
    outside = shapely.union_all(mask_polygons(~mask, grid))
    whole = shapely.box(*grid.bounds)
    assert shapely.union(inside, outside).symmetric_difference(whole).area < 1e-6


def test_bad_masks_are_refused():
    with pytest.raises(InvalidRequestError, match="4 or 8"):
        polygons_of(["#"], 6)
    with pytest.raises(InvalidRequestError, match="mask has shape"):
        mask_polygons(np.ones((2, 2), bool), Grid(0.0, 0.0, 1.0, 3, 3, 28992))
