"""
From a mask of cells to polygons that follow the cells' edges.

Edges between a cell inside and a cell outside are walked with the inside on the left. Where four
edges meet (cells that touch at a corner only) the walk keeps to its own cell, and a ring that
comes back to a corner is cut in two there. So every ring is simple, a hole touches its shell at
corners at most, and every polygon is valid.
"""

from typing import Literal

import numpy as np
import shapely
from scipy import ndimage
from shapely.geometry import MultiPolygon, Polygon

from spatial.arrays import BoolArray, IntArray
from spatial.errors import InvalidRequestError
from spatial.grids import Grid

Connectivity = Literal[4, 8]
Corner = tuple[int, int]
Ring = list[Corner]

# Steps in (row, column) of the corners: east, north, west, south; a left turn adds one.
STEPS = ((0, 1), (-1, 0), (0, -1), (1, 0))


def label_cells(mask: BoolArray, connectivity: Connectivity = 4) -> tuple[IntArray, int]:
    """
    Number the groups of cells that belong together.

    Parameters
    ----------
    mask : ndarray of bool, shape (rows, columns)
        True inside.
    connectivity : {4, 8}
        4: cells belong together that share an edge; 8: also those that share a corner.

    Returns
    -------
    tuple
        Labels, 0 outside and 1 to count inside in reading order of each group's first cell; and
        the count.

    Examples
    --------
    >>> mask = np.array([[True, False], [False, True]])
    >>> label_cells(mask, 4)[1], label_cells(mask, 8)[1]
    (2, 1)
    """
    if connectivity not in (4, 8):
        raise InvalidRequestError(f"Connectivity is 4 or 8; got {connectivity}.")
    structure = ndimage.generate_binary_structure(2, 1 if connectivity == 4 else 2)
    found, count = ndimage.label(mask, structure)
    labels = np.asarray(found, np.int64)
    # The library does not promise an order, so number by first cell ourselves.
    present, first = np.unique(labels.ravel(), return_index=True)
    inside = present > 0
    renumbered = np.zeros(int(count) + 1, np.int64)
    renumbered[present[inside][np.argsort(first[inside])]] = np.arange(1, int(count) + 1)
    return renumbered[labels], int(count)


def mask_polygons(
    mask: BoolArray, grid: Grid, connectivity: Connectivity = 4
) -> list[Polygon | MultiPolygon]:
    """
    Dissolve the cells of a mask into polygons.

    Parameters
    ----------
    mask : ndarray of bool, shape (rows, columns)
        True inside.
    grid : Grid
        Where the cells lie.
    connectivity : {4, 8}
        See `label_cells`. Under 8 a group joined by corners only is a MultiPolygon.

    Returns
    -------
    list of Polygon or MultiPolygon
        Valid, with holes, in reading order of each group's first cell from the north-west.

    Examples
    --------
    >>> grid = Grid(0.0, 20.0, 10.0, 2, 2, 28992)
    >>> [polygon] = mask_polygons(np.array([[True, False], [True, True]]), grid)
    >>> polygon.area, polygon.is_valid
    (300.0, True)
    """
    labels, count = label_cells(mask, connectivity)
    return outline_cells(labels, count, grid)


def outline_cells(labels: IntArray, count: int, grid: Grid) -> list[Polygon | MultiPolygon]:
    """
    Return the outline of each labelled group of cells.

    Parameters
    ----------
    labels : ndarray of int64, shape (rows, columns)
        0 outside, 1 to count inside the groups.
    count : int
        How many groups.
    grid : Grid
        Where the cells lie.

    Returns
    -------
    list of Polygon or MultiPolygon
        By label, valid, with holes.
    """
    if labels.shape != grid.shape:
        raise InvalidRequestError(f"The mask has shape {labels.shape}; the grid has {grid.shape}.")
    windows = ndimage.find_objects(labels)
    polygons: list[Polygon | MultiPolygon] = []
    for label in range(1, count + 1):
        rows, columns = windows[label - 1]
        group = labels[rows, columns] == label
        parts, part_count = label_cells(group, 4)
        outlines = [
            _outline(parts == part, grid, (rows.start, columns.start))
            for part in range(1, part_count + 1)
        ]
        polygons.append(outlines[0] if part_count == 1 else MultiPolygon(outlines))
    return polygons


def _outline(cells: BoolArray, grid: Grid, origin: Corner) -> Polygon:
    """
    Return the outline of cells connected by edges.

    Parameters
    ----------
    cells : ndarray of bool, shape (rows, columns)
        One group.
    grid : Grid
        Where the cells lie.
    origin : tuple of int
        Row and column of the window in the grid.

    Returns
    -------
    Polygon
        Shell and holes, normalised so that equal groups give equal polygons.
    """
    shells: list[Ring] = []
    holes: list[Ring] = []
    for ring in _simple_rings(_boundary_edges(cells)):
        (shells if _doubled_area(ring) > 0 else holes).append(_without_straight_corners(ring))
    [shell] = shells
    polygon = Polygon(
        _to_places(shell, grid, origin), [_to_places(hole, grid, origin) for hole in holes]
    )
    outline = shapely.normalize(polygon)
    if not isinstance(outline, Polygon):
        raise TypeError(f"Expected a polygon, got {outline.geom_type}.")
    return outline


def _boundary_edges(cells: BoolArray) -> dict[Corner, list[int]]:
    """
    Return the edges between inside and outside, with the inside on the left.

    Parameters
    ----------
    cells : ndarray of bool, shape (rows, columns)
        One group.

    Returns
    -------
    dict of list of int
        By starting corner (row, column), the directions that leave it, as indices of `STEPS`.
    """
    padded = np.pad(cells, 1)
    inside = padded[1:-1, 1:-1]
    # Of each cell side: the neighbour across it, and the corner where the side's walk begins.
    sides = (
        (padded[2:, 1:-1], 1, 0, 0),
        (padded[1:-1, 2:], 1, 1, 1),
        (padded[:-2, 1:-1], 0, 1, 2),
        (padded[1:-1, :-2], 0, 0, 3),
    )
    edges: dict[Corner, list[int]] = {}
    for neighbour, down, right, direction in sides:
        for row, column in np.argwhere(inside & ~neighbour).tolist():
            edges.setdefault((row + down, column + right), []).append(direction)
    return edges


def _simple_rings(edges: dict[Corner, list[int]]) -> list[Ring]:
    """
    Walk all edges into rings that visit no corner twice.

    Parameters
    ----------
    edges : dict of list of int
        From `_boundary_edges`; used up.

    Returns
    -------
    list of list of tuple
        Corners of each ring, the first not repeated.
    """
    rings: list[Ring] = []
    while edges:
        corner = min(edges)
        path: Ring = []
        seen: dict[Corner, int] = {}
        direction = edges[corner][0]
        while True:
            if corner in seen:
                start = seen[corner]
                rings.append(path[start:])
                for passed in path[start:]:
                    del seen[passed]
                del path[start:]
                if not path and corner not in edges:
                    break
            leaving = edges[corner]
            # A left turn stays with the same cell where two cells meet at a corner only.
            left = (direction + 1) % 4
            direction = left if left in leaving else leaving[0]
            leaving.remove(direction)
            if not leaving:
                del edges[corner]
            seen[corner] = len(path)
            path.append(corner)
            corner = (corner[0] + STEPS[direction][0], corner[1] + STEPS[direction][1])
    return rings


def _doubled_area(ring: Ring) -> int:
    """
    Return twice the signed area of a ring.

    Parameters
    ----------
    ring : list of tuple
        Corners (row, column).

    Returns
    -------
    int
        Positive for a shell, which is walked counter-clockwise, negative for a hole.
    """
    rows, columns = np.array(ring).T
    # Rows grow to the south, so north is minus the row.
    return int(np.sum(np.roll(columns, -1) * rows - columns * np.roll(rows, -1)))


def _without_straight_corners(ring: Ring) -> Ring:
    """
    Leave out the corners at which a ring does not turn.

    Parameters
    ----------
    ring : list of tuple
        Corners (row, column).

    Returns
    -------
    list of tuple
        The turning ones.
    """
    corners = np.array(ring)
    arriving = corners - np.roll(corners, 1, axis=0)
    leaving = np.roll(corners, -1, axis=0) - corners
    turns = (arriving != leaving).any(axis=1)
    return [tuple(corner) for corner in corners[turns].tolist()]


def _to_places(ring: Ring, grid: Grid, origin: Corner) -> list[tuple[float, float]]:
    """
    Return the eastings and northings of a ring.

    Parameters
    ----------
    ring : list of tuple
        Corners (row, column) in a window.
    grid : Grid
        Where the cells lie.
    origin : tuple of int
        Row and column of the window in the grid.

    Returns
    -------
    list of tuple
        Metres.
    """
    return [grid.corner(row + origin[0], column + origin[1]) for row, column in ring]
