"""Trees are those of a plain program that halves nodes and exchanges samples one after another."""

import numpy as np
import pytest

from spatial.interpolation.fast_tree import LEAF_SIZE, PART, build_tree


def place_median(places, order, low, high, middle, side):
    while low < high:
        pivot = places[(low + high) // 2, side]
        i, j = low, high
        while i <= j:
            while places[i, side] < pivot:
                i += 1
            while places[j, side] > pivot:
                j -= 1
            if i <= j:
                places[[i, j]], order[[i, j]] = places[[j, i]], order[[j, i]]
                i, j = i + 1, j - 1
        if middle <= j:
            high = j
        elif middle >= i:
            low = i
        else:
            return


def plain_tree(places):
    places, order, nodes = places.copy(), np.arange(len(places)), []

    def split(start, stop):
        here = len(nodes)
        west, south = places[start:stop].min(axis=0)
        east, north = places[start:stop].max(axis=0)
        nodes.append([west, south, east, north, start, stop, 0])
        if stop - start > LEAF_SIZE:
            middle = (start + stop) // 2
            side = 0 if east - west >= north - south else 1
            place_median(places, order, start, stop - 1, middle, side)
            split(start, middle)
            nodes[here][6] = len(nodes)
            split(middle, stop)

    split(0, len(places))
    return places, order, np.array(nodes)


def layouts():
    rng = np.random.default_rng(1)
    uniform = rng.uniform(0, 100, (1500, 2))
    return {
        "uniform": uniform,
        "rising": uniform[np.argsort(uniform[:, 0])],
        "falling": uniform[np.argsort(-uniform[:, 1])],
        "ties": np.round(uniform / 20.0),
        "one line": np.column_stack([np.full(700, 3.0), rng.uniform(-5, 5, 700)]),
        "one place": np.zeros((400, 2)),
        "two parts and one": uniform[: 2 * PART + 1],
        "two parts": uniform[: 2 * PART],
        "a leaf": uniform[:LEAF_SIZE],
    }


@pytest.mark.parametrize("name", layouts())
def test_trees_are_those_of_a_plain_program(name):
    given = layouts()[name]
    tree = build_tree(given)
    places, order, nodes = plain_tree(given)
    assert np.array_equal(tree.order, order)
    assert np.array_equal(np.column_stack([tree.eastings, tree.northings]), places)
    assert np.array_equal(np.column_stack([tree.boxes, tree.spans]), nodes)
