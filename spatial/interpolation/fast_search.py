"""
Nearest samples by a k-d tree of flat arrays, for kernels.

The rule for samples equally far from a place: the one that comes first among the samples given is
nearer. Distances are compared as squares, (Δeast)² + (Δnorth)², each step rounded once.
"""

import numpy as np

from spatial.arrays import FloatArray, IntArray
from spatial.interpolation.fast_compiled import inner, kernel, maker
from spatial.interpolation.fast_numbers import (
    greater,
    rows_of_whole_zeros,
    rows_of_zeros,
    whole_zeros,
    zeros,
)
from spatial.interpolation.fast_tree import STACK, Tree


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
    stack = whole_zeros(STACK)
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
    stack, bounds = whole_zeros(STACK), zeros(STACK)
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
