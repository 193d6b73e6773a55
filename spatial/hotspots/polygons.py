"""
From labelled cells to polygons that follow the cells' edges, all of them at once.

Every side between a cell and a neighbour of another label is walked with the cell on the left.
Where the walk comes to a corner, it goes on to the right where the cell across the corner has the
walk's label, straight on where only the cell ahead has it, and to the left where neither has. Two
cells of one label that touch at a corner are joined elsewhere by edges (`label_cells`), so the two
cells between them are parted from each other, and no ring comes back to a corner: every ring is
simple, a hole touches its shell at corners at most, and every polygon is valid.
"""

import numpy as np
import shapely
from scipy import ndimage
from shapely.geometry import Polygon

from spatial.arrays import BoolArray, FloatArray, IntArray
from spatial.errors import InvalidRequestError
from spatial.grids import Grid

# Steps in (row, column) of the corners: east, north, west, south; a left turn adds one.
STEPS = np.array(((0, 1), (-1, 0), (0, -1), (1, 0)))
# Of a corner, in padded cells, for each direction: the cells ahead on the left and on the right.
AHEAD_LEFT = ((0, 1), (0, 0), (1, 0), (1, 1))
AHEAD_RIGHT = ((1, 1), (0, 1), (0, 0), (1, 0))


def label_cells(kinds: IntArray) -> tuple[IntArray, IntArray]:
    """
    Number the groups of cells of one kind that are joined by edges.

    Parameters
    ----------
    kinds : ndarray of int or bool, shape (rows, columns)
        What each cell is; 0 is outside.

    Returns
    -------
    tuple of ndarray of int64
        Labels, 0 outside and 1 to n inside in reading order of each group's first cell; and the
        kinds of the groups, shape (n,).

    Examples
    --------
    >>> labels, found = label_cells(np.array([[2, 2, 0], [1, 2, 2]]))
    >>> labels.tolist(), found.tolist()
    ([[1, 1, 0], [2, 1, 1]], [2, 1])
    """
    numbers = np.asarray(kinds, np.int64)
    labels = np.zeros(numbers.shape, np.int64)
    count = 0
    for kind in np.unique(numbers[numbers != 0]):
        found, groups = ndimage.label(numbers == kind)
        labels += np.where(found > 0, found + count, 0)
        count += int(groups)
    flat = labels.ravel()
    first = np.empty(count + 1, np.int64)
    # Of several assignments to one entry the last stands, which is the first cell here.
    first[flat[::-1]] = np.arange(flat.size)[::-1]
    order = np.argsort(first[1:], kind="stable")
    renumbered = np.zeros(count + 1, np.int64)
    renumbered[order + 1] = np.arange(1, count + 1)
    return renumbered[labels], numbers.ravel()[first[1:][order]]


def outline_cells(labels: IntArray, count: int, grid: Grid) -> list[Polygon]:
    """
    Return the outline of each labelled group of cells.

    Parameters
    ----------
    labels : ndarray of int64, shape (rows, columns)
        From `label_cells`: 0 outside, 1 to count inside the groups, each joined by edges.
    count : int
        How many groups.
    grid : Grid
        Where the cells lie.

    Returns
    -------
    list of Polygon
        By label, valid, with holes, normalised so that equal groups give equal polygons.

    Raises
    ------
    InvalidRequestError
        Where the labels do not fit the grid.

    Examples
    --------
    >>> grid = Grid(0.0, 20.0, 10.0, 2, 2, 28992)
    >>> [polygon] = outline_cells(np.array([[1, 0], [1, 1]]), 1, grid)
    >>> polygon.area, polygon.is_valid
    (300.0, True)
    """
    if labels.shape != grid.shape:
        raise InvalidRequestError(f"The labels have shape {labels.shape}; the grid, {grid.shape}.")
    if count == 0:
        return []
    corners, ring_of, owner = _walk(labels)
    places = _to_places(corners, grid)
    rings = np.asarray(shapely.linearrings(places, indices=ring_of), object)
    is_shell = _doubled_areas(corners, ring_of) > 0
    shells, holes = np.flatnonzero(is_shell), np.flatnonzero(~is_shell)
    owner_of_holes = owner[holes]
    by_owner = holes[np.argsort(owner_of_holes, kind="stable")]
    shell_of = np.empty(count + 1, np.int64)
    shell_of[owner[shells]] = shells
    polygons = np.empty(count, object)
    counts = np.bincount(owner_of_holes, minlength=count + 1)
    plain = np.flatnonzero(counts[1:] == 0)
    polygons[plain] = shapely.polygons(rings[shell_of[plain + 1]])
    starts = np.concatenate([[0], np.cumsum(counts)])
    for label in np.flatnonzero(counts).tolist():
        inner = by_owner[starts[label] : starts[label + 1]]
        polygons[label - 1] = shapely.polygons(rings[shell_of[label]], holes=rings[inner])
    return list(shapely.normalize(polygons))


def _walk(labels: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """
    Walk around all groups of cells.

    Parameters
    ----------
    labels : ndarray of int64, shape (rows, columns)
        0 outside, 1 and more inside.

    Returns
    -------
    tuple of ndarray of int64
        All rings' turning corners (row, column), the ring of each, each ring's label.
    """
    following, turns, inside, width = _edges(labels)
    # Straight edges are passed over: pointers jump until they stand on an edge that turns.
    target = following.copy()
    while not (done := turns[target]).all():
        target[~done] = target[target[~done]]
    index = np.cumsum(turns) - 1
    edge = np.flatnonzero(turns)
    ring, position = _order(index[target[edge]])
    order = np.lexsort((position, ring))
    ids, ring_of = np.unique(ring[order], return_inverse=True)
    corner = inside[1][edge[order]]
    return (
        np.column_stack(np.divmod(corner, width)),
        ring_of.astype(np.int64),
        inside[0][edge[ids]],
    )


def _edges(labels: IntArray) -> tuple[IntArray, BoolArray, tuple[IntArray, IntArray], int]:
    """
    List the edges between cells of different labels.

    Parameters
    ----------
    labels : ndarray of int64, shape (rows, columns)
        0 outside, 1 and more inside.

    Returns
    -------
    tuple
        Each edge's successor, whether it begins with a turn, its label and corner, and the
        corners in a row.
    """
    rows, columns = labels.shape
    padded = np.pad(labels, 1)

    def beside(offset: tuple[int, int]) -> IntArray:
        """Labels of the cells at one side of every corner."""
        down, right = offset
        return padded[down : down + rows + 1, right : right + columns + 1].ravel()

    left = [beside(offset) for offset in AHEAD_LEFT]
    right = [beside(offset) for offset in AHEAD_RIGHT]
    width = columns + 1
    leaving = [
        np.flatnonzero((near > 0) & (near != far)) for near, far in zip(left, right, strict=True)
    ]
    number = np.full((4, left[0].size), -1, np.int64)
    start = 0
    for direction, corners in enumerate(leaving):
        number[direction, corners] = np.arange(start, start + len(corners))
        start += len(corners)
    following, label, corner = [], [], []
    for direction, corners in enumerate(leaving):
        own = left[direction][corners]
        arrived = corners + STEPS[direction, 0] * width + STEPS[direction, 1]
        is_right = right[direction][arrived] == own
        is_straight = ~is_right & (left[direction][arrived] == own)
        turned = np.where(is_right, direction - 1, np.where(is_straight, direction, direction + 1))
        following.append(number[turned % 4, arrived])
        label.append(own)
        corner.append(corners)
    successor = np.concatenate(following)
    heading = np.repeat(np.arange(4), [len(corners) for corners in leaving])
    turns = np.zeros(len(successor), np.bool_)
    turns[successor] = heading[successor] != heading
    return successor, turns, (np.concatenate(label), np.concatenate(corner)), width


def _order(following: IntArray) -> tuple[IntArray, IntArray]:
    """
    Put edges in the order of their rings.

    Parameters
    ----------
    following : ndarray of int64, shape (n,)
        Each edge's successor.

    Returns
    -------
    tuple of ndarray of int64
        The ring of each edge, named by its first, and the edge's position in it.
    """
    count = len(following)
    first, jump = np.arange(count), following.copy()
    # After k rounds `first` is the least of 2^k edges onwards: rings are found in log2(n) rounds.
    for _ in range(int(count).bit_length()):
        first = np.minimum(first, first[jump])
        jump = jump[jump]
    is_last = following == first
    jump = np.where(is_last, np.arange(count), following)
    left_over = np.where(is_last, 0, 1)
    for _ in range(int(count).bit_length()):
        left_over = left_over + left_over[jump]
        jump = jump[jump]
    return first, -left_over


def _doubled_areas(corners: IntArray, ring_of: IntArray) -> IntArray:
    """
    Return twice the signed area of each ring.

    Parameters
    ----------
    corners : ndarray of int64, shape (n, 2)
        Rows and columns, ring by ring.
    ring_of : ndarray of int64, shape (n,)
        The ring of each, rising.

    Returns
    -------
    ndarray of int64
        Positive for shells, negative for holes.
    """
    starts = np.flatnonzero(np.diff(ring_of, prepend=-1))
    after = np.arange(1, len(corners) + 1)
    after[np.append(starts[1:], len(corners)) - 1] = starts
    rows, columns = corners.T
    # Rows grow to the south, so north is minus the row.
    doubled: IntArray = np.add.reduceat(columns[after] * rows - columns * rows[after], starts)
    return doubled


def _to_places(corners: IntArray, grid: Grid) -> FloatArray:
    """
    Return corners as eastings and northings.

    Parameters
    ----------
    corners : ndarray of int64, shape (n, 2)
        Rows and columns.
    grid : Grid
        Where the cells lie.

    Returns
    -------
    ndarray, shape (n, 2)
        Equal to the last bit with `Grid.corner`.
    """
    west = round(grid.west / grid.cell_size)
    north = round(grid.north / grid.cell_size)
    lattice = np.column_stack([west + corners[:, 1], north - corners[:, 0]])
    return lattice.astype(np.float64) * grid.cell_size
