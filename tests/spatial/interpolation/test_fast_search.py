import numpy as np
import pytest
from numba import njit

from spatial.interpolation.fast_parts import WholeCompiler
from spatial.interpolation.fast_search import find_within, nearest_of_all
from spatial.interpolation.fast_tree import LEAF_SIZE, build_tree


@njit(pipeline_class=WholeCompiler)
def within(tree, easting, northing, limit, found):
    return find_within(tree, easting, northing, limit, found)


def layouts():
    rng = np.random.default_rng(1)
    lattice = np.stack(np.meshgrid(np.arange(30.0), np.arange(20.0)), -1).reshape(-1, 2)
    return {
        "uniform": rng.uniform(0, 100, (3000, 2)),
        "lattice": rng.permutation(lattice),
        "line": np.column_stack([np.zeros(500), rng.permutation(np.arange(500.0))]),
        "same place": np.zeros((100, 2)),
        "few": rng.uniform(0, 1, (LEAF_SIZE + 1, 2)),
        "one": np.array([[3.0, 4.0]]),
    }


@pytest.mark.parametrize("name", layouts())
def test_nearest_are_those_of_sorting_by_distance_then_number(name):
    places = layouts()[name]
    cells = np.vstack([places[:40], np.random.default_rng(2).uniform(-10, 110, (40, 2))])
    square = ((cells[:, None] - places[None]) ** 2).sum(axis=-1)
    numbers = np.broadcast_to(np.arange(len(places)), square.shape)
    ranked = np.lexsort((numbers, square), axis=1)
    for count in {1, min(9, len(places)), min(70, len(places))}:
        found, squares = nearest_of_all(build_tree(places), cells, count)
        assert np.array_equal(found, ranked[:, :count])
        assert np.array_equal(squares, np.take_along_axis(square, found, axis=1))


@pytest.mark.parametrize("name", layouts())
def test_within_a_distance_are_all_in_tree_order(name):
    places = layouts()[name]
    tree = build_tree(places)
    assert sorted(tree.order) == list(range(len(places)))
    found = np.empty(len(places) + LEAF_SIZE, np.int64)
    square = ((places - [30.0, 9.0]) ** 2).sum(axis=1)
    for limit in (0.0, 25.0, 400.0, 1e9):
        count = within(tree, 30.0, 9.0, limit, found)
        assert (np.diff(found[:count]) > 0).all()
        assert np.array_equal(np.sort(tree.order[found[:count]]), np.flatnonzero(square <= limit))


def test_no_room_is_said():
    tree = build_tree(np.zeros((50, 2)))
    assert within(tree, 0.0, 0.0, 1.0, np.empty(20, np.int64)) == -1
