"""
A k-d tree of samples in flat arrays, for kernels: each node is halved at the median.

Boxes and the halves follow from the samples and their order alone.
"""

from typing import NamedTuple

import numpy as np

from spatial.arrays import FloatArray, IntArray
from spatial.interpolation.fast_compiled import ZERO, inlined, inner, kernel
from spatial.interpolation.fast_lanes import larger, load, smaller, splat, store
from spatial.interpolation.fast_numbers import (
    greater,
    lesser,
    rows_of_whole_zeros,
    rows_of_zeros,
    whole_zeros,
    zeros,
)
from spatial.interpolation.fast_vectors import WIDTH

LEAF_SIZE = 12
# Deeper than any tree of 2^60 samples.
STACK = 128 + ZERO
# So many samples are compared at once when a node is halved.
PART = 64


class Tree(NamedTuple):
    """
    Samples in the order of their leaves, and the nodes in the order of a walk from the root.

    Parameters
    ----------
    eastings : ndarray, shape (n,)
        Eastings in tree order (m).
    northings : ndarray, shape (n,)
        Northings in tree order (m).
    order : ndarray of int64, shape (n,)
        Which sample each is, in the order they were given.
    boxes : ndarray, shape (nodes, 4)
        West, south, east and north of the samples of each node.
    spans : ndarray of int64, shape (nodes, 3)
        First sample, end of samples, and the second child (0 for a leaf; the first child is the
        next node).
    """

    eastings: FloatArray
    northings: FloatArray
    order: IntArray
    boxes: FloatArray
    spans: IntArray


def build_tree(places: FloatArray) -> Tree:
    """
    Put samples into a tree.

    Parameters
    ----------
    places : ndarray, shape (n, 2)
        Eastings and northings (m), at least one place.

    Returns
    -------
    Tree
        The same for the same places in the same order.

    Examples
    --------
    >>> tree = build_tree(np.array([[0.0, 0.0], [10.0, 0.0], [30.0, 0.0]]))
    >>> tree.spans.tolist()
    [[0, 3, 0]]
    """
    eastings, northings = places[:, 0].copy(), places[:, 1].copy()
    order = np.arange(len(places))
    boxes, spans = _split(eastings, northings, order)
    return Tree(eastings, northings, order, boxes, spans)


@inlined
def _exchange(
    keys: FloatArray, others: FloatArray, order: IntArray, first: int, second: int
) -> None:
    """
    Let two samples change places.

    Parameters
    ----------
    keys : ndarray, shape (n,)
        A coordinate of each sample.
    others : ndarray, shape (n,)
        The other coordinate.
    order : ndarray of int64, shape (n,)
        Which sample each is.
    first : int
        Position of a sample.
    second : int
        Position of the other.
    """
    # What is read side by side lies side by side: looked up by their numbers, samples of large
    # trees would come from memory one by one.
    keys[first], keys[second] = keys[second], keys[first]
    others[first], others[second] = others[second], others[first]
    order[first], order[second] = order[second], order[first]


@inner
def _misplaced(keys: FloatArray, start: int, step: int, pivot: float, places: IntArray) -> int:
    """
    List who is on the wrong side of a key, or has it.

    Parameters
    ----------
    keys : ndarray, shape (n,)
        A coordinate of each sample.
    start : int
        Position of the first sample that is looked at.
    step : int
        1 where keys should be below, −1 where they should be above and positions fall.
    pivot : float
        The key.
    places : ndarray of int64, shape (PART,)
        Takes their positions.

    Returns
    -------
    int
        How many of `PART` samples.
    """
    count = ZERO
    for i in range(PART):
        place = start + step * i
        places[count] = place
        count += step * keys[place] >= step * pivot
    return count


@inner
def _exchange_in_blocks(
    keys: FloatArray,
    others: FloatArray,
    order: IntArray,
    span: tuple[int, int, float],
    places: IntArray,
) -> tuple[int, int]:
    """
    Exchange samples on the wrong sides of a key, as long as the ends are far apart.

    Parameters
    ----------
    keys : ndarray, shape (n,)
        A coordinate of each sample; these three arrays are rearranged within the span.
    others : ndarray, shape (n,)
        The other coordinate.
    order : ndarray of int64, shape (n,)
        Which sample each is.
    span : tuple
        First and last position, and the key.
    places : ndarray of int64, shape (2 * PART,)
        Room for positions.

    Returns
    -------
    tuple of int
        First and last position of those not looked at.

    Notes
    -----
    The same exchanges, in the same order, as one after another. Comparing first, without a jump for
    each sample that nobody can foresee, takes half the time (Edelkamp & Weiss 2016).
    """
    low, high, pivot = span
    left, right, lefts, rights = ZERO, ZERO, ZERO, ZERO
    while high - low >= 2 * PART:
        if lefts == 0:
            left, lefts = ZERO, _misplaced(keys, low, ZERO + 1, pivot, places[:PART])
        if rights == 0:
            right, rights = ZERO, _misplaced(keys, high, ZERO - 1, pivot, places[PART:])
        both = lesser(lefts, rights)
        for i in range(both):
            _exchange(keys, others, order, places[left + i], places[PART + right + i])
        left, lefts, right, rights = left + both, lefts - both, right + both, rights - both
        if lefts == 0:
            low += PART
        if rights == 0:
            high -= PART
    if lefts > 0:
        low = places[left]
    if rights > 0:
        high = places[PART + right]
    return low, high


@inner
def _place_median(
    keys: FloatArray,
    others: FloatArray,
    order: IntArray,
    span: tuple[int, int, int],
    places: IntArray,
) -> None:
    """
    Move samples so that those before the middle have smaller keys and those after it larger ones.

    Parameters
    ----------
    keys : ndarray, shape (n,)
        A coordinate of each sample; these three arrays are rearranged within the span.
    others : ndarray, shape (n,)
        The other coordinate.
    order : ndarray of int64, shape (n,)
        Which sample each is.
    span : tuple of int
        First position, end of positions, and the position that gets its final sample.
    places : ndarray of int64, shape (2 * PART,)
        Room for positions.
    """
    low, high, middle = span[0], span[1] - 1, span[2]
    while low < high:
        pivot = keys[(low + high) // 2]
        i, j = _exchange_in_blocks(keys, others, order, (low, high, pivot), places)
        while i <= j:
            while keys[i] < pivot:
                i += 1
            while keys[j] > pivot:
                j -= 1
            if i <= j:
                _exchange(keys, others, order, i, j)
                i += 1
                j -= 1
        if middle <= j:
            high = j
        elif middle >= i:
            low = i
        else:
            break


@kernel
def _split(
    eastings: FloatArray, northings: FloatArray, order: IntArray
) -> tuple[FloatArray, IntArray]:
    """
    Halve the samples at their median along the longer side until few are left.

    Parameters
    ----------
    eastings : ndarray, shape (n,)
        Of the samples (m); these three arrays are put into tree order.
    northings : ndarray, shape (n,)
        Of the samples (m).
    order : ndarray of int64, shape (n,)
        Which sample each is.

    Returns
    -------
    tuple
        Boxes and spans of a `Tree`.
    """
    count = order.shape[0]
    most = 4 * (count // LEAF_SIZE) + 3
    boxes, spans = rows_of_zeros(most, 4 + ZERO), rows_of_whole_zeros(most, 3 + ZERO)
    # On the stack: where a node's samples start and stop, and whose second child it is.
    starts, stops = whole_zeros(STACK), whole_zeros(STACK)
    parents, places, ends = (
        whole_zeros(STACK),
        whole_zeros(2 * PART + ZERO),
        zeros(2 * WIDTH + ZERO),
    )
    starts[0], stops[0], parents[0] = 0, count, -1
    depth, nodes = 1, 0
    while depth > 0:
        depth -= 1
        start, stop, node = starts[depth], stops[depth], nodes
        nodes += 1
        if parents[depth] >= 0:
            spans[parents[depth], 2] = node
        spans[node, 0], spans[node, 1] = start, stop
        boxes[node, 0], boxes[node, 2] = _enclose(eastings, start, stop, ends)
        boxes[node, 1], boxes[node, 3] = _enclose(northings, start, stop, ends)
        if stop - start > LEAF_SIZE:
            middle = (start + stop) // 2
            width, height = boxes[node, 2] - boxes[node, 0], boxes[node, 3] - boxes[node, 1]
            if width >= height:
                _place_median(eastings, northings, order, (start, stop, middle), places)
            else:
                _place_median(northings, eastings, order, (start, stop, middle), places)
            starts[depth], stops[depth], parents[depth] = middle, stop, node
            depth += 1
            starts[depth], stops[depth], parents[depth] = start, middle, -1
            depth += 1
    return boxes[:nodes], spans[:nodes]


@inner
def _enclose(keys: FloatArray, start: int, stop: int, ends: FloatArray) -> tuple[float, float]:
    """
    Find the smallest and largest coordinate of a node's samples.

    Parameters
    ----------
    keys : ndarray, shape (n,)
        A coordinate of each sample.
    start : int
        The node's first sample.
    stop : int
        End of its samples.
    ends : ndarray, shape (16,)
        Room for numbers.

    Returns
    -------
    tuple of float
        Both.
    """
    lows, highs = splat(np.inf), splat(-np.inf)
    done = start + (stop - start) // WIDTH * WIDTH
    for i in range(start, done, WIDTH):
        numbers = load(keys, i)
        lows, highs = smaller(numbers, lows), larger(numbers, highs)
    store(ends, 0, lows)
    store(ends, WIDTH, highs)
    least, most = ends[0], ends[WIDTH]
    for i in range(1, WIDTH):
        least, most = lesser(least, ends[i]), greater(most, ends[WIDTH + i])
    for i in range(done, stop):
        least, most = lesser(least, keys[i]), greater(most, keys[i])
    return least, most
