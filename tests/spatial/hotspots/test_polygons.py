import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from spatial.errors import InvalidRequestError
from spatial.grids import Grid
from spatial.hotspots.polygons import label_cells, outline_cells


def grid_for(kinds):
    return Grid(1000.0, 10.0 * kinds.shape[0], 10.0, kinds.shape[1], kinds.shape[0], 28992)


def polygons_of(rows):
    kinds = np.array([[0 if cell == "." else ord(cell) for cell in row] for row in rows])
    labels, found = label_cells(kinds)
    return outline_cells(labels, len(found), grid_for(kinds))


def test_hole_is_kept():
    [polygon] = polygons_of(["###", "#.#", "###"])
    assert polygon.area == 800.0
    assert [hole.length for hole in polygon.interiors] == [40.0]
    assert len(polygon.exterior.coords) == 5


def test_diagonal_cells_are_two_polygons():
    two = polygons_of(["#.", ".#"])
    assert [polygon.bounds for polygon in two] == [(1000, 10, 1010, 20), (1010, 0, 1020, 10)]


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


def test_neighbours_of_another_kind_share_their_edge():
    one, other = polygons_of(["aab", "abb"])
    assert (one.area, other.area) == (300.0, 300.0)
    assert one.intersection(other).area == 0.0
    assert one.union(other).equals(shapely.box(1000, 0, 1030, 20))


def test_whole_and_empty_grids():
    [whole] = polygons_of(["####"] * 3)
    assert whole.equals(shapely.box(1000, 0, 1040, 30))
    assert polygons_of(["...", "..."]) == []


@settings(max_examples=150, deadline=None)
@given(
    kinds=arrays(
        np.int64, st.tuples(st.integers(1, 8), st.integers(1, 8)), elements=st.integers(0, 2)
    )
)
def test_polygons_are_the_union_of_their_cells(kinds):
    grid = grid_for(kinds)
    labels, found = label_cells(kinds)
    assert len(found) == sum(ndimage.label(kinds == kind)[1] for kind in (1, 2))
    polygons = outline_cells(labels, len(found), grid)
    firsts = []
    for label, polygon in enumerate(polygons, start=1):
        assert polygon.is_valid, shapely.is_valid_reason(polygon)
        cells = [
            shapely.box(*grid.corner(row + 1, column), *grid.corner(row, column + 1))
            for row, column in np.argwhere(labels == label).tolist()
        ]
        assert polygon.equals(shapely.union_all(cells))
        assert set(kinds[labels == label]) == {found[label - 1]}
        firsts.append(np.flatnonzero(labels == label)[0])
    assert firsts == sorted(firsts)


def test_a_large_mask_has_valid_polygons_of_the_right_area():
    kinds = np.random.default_rng(1).integers(0, 3, (120, 150))
    labels, found = label_cells(kinds)
    polygons = np.array(outline_cells(labels, len(found), grid_for(kinds)))
    assert shapely.is_valid(polygons).all()
    assert np.array_equal(shapely.area(polygons), 100.0 * np.bincount(labels.ravel())[1:])


def test_neighbouring_masks_share_their_edges_exactly():
    mask = np.random.default_rng(8).random((40, 40)) < 0.5
    grid = Grid(1000 / 3 * 7, 1000 / 3 * 50, 1000 / 3, 40, 40, 28992)
    labels, found = label_cells(np.where(mask, 1, 2))
    polygons = np.array(outline_cells(labels, len(found), grid))
    inside, outside = (shapely.union_all(polygons[found == kind]) for kind in (1, 2))
    whole = shapely.box(*grid.bounds)
    assert shapely.union(inside, outside).symmetric_difference(whole).area < 1e-6


def test_labels_that_do_not_fit_are_refused():
    with pytest.raises(InvalidRequestError, match="labels have shape"):
        outline_cells(np.ones((2, 2), np.int64), 1, Grid(0.0, 0.0, 1.0, 3, 3, 28992))
