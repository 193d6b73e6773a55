"""
Nearest samples by a k-d tree of flat arrays, for kernels.

The rule for samples equally far from a place: the one that comes first among the samples given is
nearer. Distances are compared as squares, (Δeast)² + (Δnorth)², each step rounded once.
"""

from typing import NamedTuple

import numpy as np

from spatial.arrays import FloatArray, IntArray
from spatial.interpolation.fast_compiled import ZERO, inner, kernel, maker
from spatial.interpolation.fast_numbers import (
    greater,
    lesser,
    rows_of_whole_zeros,
    rows_of_zeros,
    whole_zeros,
    zeros,
)

LEAF_SIZE = 12
# Deeper than any tree of 2^60 samples.
STACK = 128 + ZERO


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


@inner
def _place_median(
    keys: FloatArray, others: FloatArray, order: IntArray, span: tuple[int, int], middle: int
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
        First position and end of positions.
    middle : int
        The position that gets its final sample.
    """
    low, high = span[0], span[1] - 1
    while low < high:
        pivot = keys[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while keys[i] < pivot:
                i += 1
            while keys[j] > pivot:
                j -= 1
            if i <= j:
                # What is read side by side lies side by side: looked up by their numbers, samples
                # of large trees would come from memory one by one.
                keys[i], keys[j] = keys[j], keys[i]
                others[i], others[j] = others[j], others[i]
                order[i], order[j] = order[j], order[i]
                i += 1
                j -= 1
        if middle <= j:
            high = j
        elif middle >= i:
            low = i
        else:
            return


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
    starts, stops = whole_zeros(STACK + ZERO), whole_zeros(STACK + ZERO)
    parents = whole_zeros(STACK + ZERO)
    starts[0], stops[0], parents[0] = 0, count, -1
    depth, nodes = 1, 0
    while depth > 0:
        depth -= 1
        start, stop, node = starts[depth], stops[depth], nodes
        nodes += 1
        if parents[depth] >= 0:
            spans[parents[depth], 2] = node
        spans[node, 0], spans[node, 1] = start, stop
        boxes[node, 0], boxes[node, 2] = _enclose(eastings, start, stop)
        boxes[node, 1], boxes[node, 3] = _enclose(northings, start, stop)
        if stop - start > LEAF_SIZE:
            middle = (start + stop) // 2
            width, height = boxes[node, 2] - boxes[node, 0], boxes[node, 3] - boxes[node, 1]
            if width >= height:
                _place_median(eastings, northings, order, (start, stop), middle)
            else:
                _place_median(northings, eastings, order, (start, stop), middle)
            starts[depth], stops[depth], parents[depth] = middle, stop, node
            depth += 1
            starts[depth], stops[depth], parents[depth] = start, middle, -1
            depth += 1
    return boxes[:nodes], spans[:nodes]


@inner
def _enclose(keys: FloatArray, start: int, stop: int) -> tuple[float, float]:
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

    Returns
    -------
    tuple of float
        Both.
    """
    least, most = np.inf, -np.inf
    for i in range(start, stop):
        least, most = lesser(least, keys[i]), greater(most, keys[i])
    return least, most


@inner
def _square_to_box(boxes: FloatArray, node: int, easting: float, northing: float) -> float:
    """
    Return the squared distance from a place to a node's box.

    Parameters
    ----------
    boxes : ndarray, shape (nodes, 4)
        Of a `Tree`.
    node : int
        The node.
    easting : float
        Of the place (m).
    northing : float
        Of the place (m).

    Returns
    -------
    float
        Square metres, 0 inside.
    """
    east = greater(greater(boxes[node, 0] - easting, 0.0), easting - boxes[node, 2])
    north = greater(greater(boxes[node, 1] - northing, 0.0), northing - boxes[node, 3])
    return float(east * east + north * north)


@maker
def find_within(tree: Tree, easting: float, northing: float, square: float, found: IntArray) -> int:
    """
    List the samples within a distance, in tree order.

    Parameters
    ----------
    tree : Tree
        The samples.
    easting : float
        Of the place (m).
    northing : float
        Of the place (m).
    square : float
        The squared distance (m²).
    found : ndarray of int64, shape (room,)
        Takes their positions in the tree.

    Returns
    -------
    int
        How many; −1 where there is no room for them.
    """
    stack = whole_zeros(STACK + ZERO)
    stack[0] = 0
    depth, count = 1, 0
    while depth > 0:
        depth -= 1
        node = stack[depth]
        if _square_to_box(tree.boxes, node, easting, northing) > square:
            continue
        start, stop, second = tree.spans[node]
        if second > 0:
            stack[depth] = second
            stack[depth + 1] = node + 1
            depth += 2
            continue
        if count + stop - start > found.shape[0]:
            return -1
        for place in range(start, stop):
            east, north = tree.eastings[place] - easting, tree.northings[place] - northing
            found[count] = place
            count += east * east + north * north <= square
    return count


@maker
def find_nearest(
    tree: Tree, easting: float, northing: float, nearest: IntArray, squares: FloatArray
) -> None:
    """
    List the k nearest samples, nearest first.

    Parameters
    ----------
    tree : Tree
        The samples, at least k.
    easting : float
        Of the place (m).
    northing : float
        Of the place (m).
    nearest : ndarray of int64, shape (k,)
        Takes their positions in the tree.
    squares : ndarray, shape (k,)
        Takes their squared distances (m²).
    """
    most = nearest.shape[0]
    squares[:] = np.inf
    nearest[:] = -1
    stack, bounds = whole_zeros(STACK + ZERO), zeros(STACK + ZERO)
    stack[0], bounds[0] = 0, 0.0
    depth = 1
    while depth > 0:
        depth -= 1
        node = stack[depth]
        if bounds[depth] > squares[most - 1]:
            continue
        start, stop, second = tree.spans[node]
        if second > 0:
            first_bound = _square_to_box(tree.boxes, node + 1, easting, northing)
            second_bound = _square_to_box(tree.boxes, second, easting, northing)
            is_second_nearer = second_bound < first_bound
            stack[depth] = node + 1 if is_second_nearer else second
            bounds[depth] = first_bound if is_second_nearer else second_bound
            stack[depth + 1] = second if is_second_nearer else node + 1
            bounds[depth + 1] = second_bound if is_second_nearer else first_bound
            depth += 2
            continue
        for place in range(start, stop):
            east, north = tree.eastings[place] - easting, tree.northings[place] - northing
            square = east * east + north * north
            if square <= squares[most - 1]:
                _insert(tree.order, place, square, nearest, squares)


@inner
def _insert(
    order: IntArray, place: int, square: float, nearest: IntArray, squares: FloatArray
) -> None:
    """
    Put a sample into its rank by distance, then by its number.

    Parameters
    ----------
    order : ndarray of int64, shape (n,)
        Which sample each is.
    place : int
        Position of the sample in the tree.
    square : float
        Its squared distance (m²).
    nearest : ndarray of int64, shape (k,)
        The nearest so far; the last may drop out.
    squares : ndarray, shape (k,)
        Their squared distances (m²).
    """
    rank = nearest.shape[0]
    while rank > 0:
        other = nearest[rank - 1]
        is_nearer = square < squares[rank - 1] or (
            square == squares[rank - 1] and (other < 0 or order[place] < order[other])
        )
        if not is_nearer:
            break
        rank -= 1
        if rank + 1 < nearest.shape[0]:
            nearest[rank + 1] = nearest[rank]
            squares[rank + 1] = squares[rank]
    if rank < nearest.shape[0]:
        nearest[rank] = place
        squares[rank] = square


@kernel
def nearest_of_all(tree: Tree, cells: FloatArray, count: int) -> tuple[IntArray, FloatArray]:
    """
    List the nearest samples of many places.

    Parameters
    ----------
    tree : Tree
        The samples, at least ``count``.
    cells : ndarray, shape (m, 2)
        Places (m).
    count : int
        How many nearest samples each gets.

    Returns
    -------
    tuple
        Numbers of the samples as they were given, nearest first, and squared distances (m²),
        shape (m, count) both.
    """
    found = rows_of_whole_zeros(cells.shape[0], count)
    squares = rows_of_zeros(cells.shape[0], count)
    for cell in range(cells.shape[0]):
        find_nearest(tree, cells[cell, 0], cells[cell, 1], found[cell], squares[cell])
        for rank in range(count):
            found[cell, rank] = tree.order[found[cell, rank]]
    return found, squares
