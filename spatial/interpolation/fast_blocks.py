"""
A block: four by four cells of the lattice, the samples around them, and room for both.

Blocks are aligned to the lattice of the cell size. Their cells take the lanes of two vector
registers.
"""

from typing import NamedTuple

import numpy as np

from spatial.arrays import BoolArray, FloatArray, IntArray
from spatial.interpolation.fast_compiled import ZERO, inner, maker
from spatial.interpolation.fast_numbers import greater, whole_zeros, zeros
from spatial.interpolation.fast_search import find_nearest, find_within
from spatial.interpolation.fast_tree import Tree
from spatial.interpolation.fast_vectors import WIDTH

# `ZERO` makes it a number whose type is that of any other.
SIDE = 4 + ZERO
CELLS = SIDE * SIDE
EVERY = (1 << CELLS) - 1
# Samples around four blocks, and around one, beyond which each part looks for its own.
ROOM_OF_FOUR = 1024
ROOM_OF_BLOCK = 1024
# Widens a searched circle by more than rounding can lose.
SLACK = 1.0 + 1e-9


class Window(NamedTuple):
    """
    The cells to calculate.

    Parameters
    ----------
    row : int
        First row, as a number of the lattice: northings fall as rows grow.
    column : int
        First column, as a number of the lattice.
    cell_size : float
        Side of a cell (m).
    max_distance : float
        Cells farther than this from every sample (m) are left out; infinite for none.
    served : ndarray of bool, shape (rows, columns)
        Which cells are wanted.
    """

    row: int
    column: int
    cell_size: float
    max_distance: float
    served: BoolArray


class Block(NamedTuple):
    """
    Room for what is known about one block.

    Parameters
    ----------
    wide : ndarray of int64, shape (room,)
        Samples around four blocks, positions in the tree.
    near : ndarray of int64, shape (room,)
        Samples that may matter to this block, in tree order.
    squares : ndarray, shape (room * 16,)
        Squared distance (m²) of each of them to each cell.
    bits : ndarray of int64, shape (room,)
        For each of them a bit for each cell that needs it.
    cells : ndarray, shape (32,)
        Eastings of the sixteen cells, then their northings (m).
    scratch : ndarray, shape (room,)
        Squared distances to the block's centre, and other numbers.
    knot : ndarray of int64, shape (k,)
        The nearest of one place.
    knot_squares : ndarray, shape (k,)
        Their squared distances.
    """

    wide: IntArray
    near: IntArray
    squares: FloatArray
    bits: IntArray
    cells: FloatArray
    scratch: FloatArray
    knot: IntArray
    knot_squares: FloatArray


@maker
def aligned_zeros(count: int) -> FloatArray:
    """
    Return zeros that start where a line of the processor's cache starts.

    Parameters
    ----------
    count : int
        How many.

    Returns
    -------
    ndarray, shape (count,)
        Reading lanes across two lines takes twice as long.
    """
    numbers: FloatArray = zeros(count + WIDTH)
    start = (-numbers.ctypes.data % 64) // 8
    return numbers[start : start + count]


@maker
def make_block(count: int) -> Block:
    """
    Return empty room for a block.

    Parameters
    ----------
    count : int
        How many nearest samples each cell gets.

    Returns
    -------
    Block
        Not filled.
    """
    room = greater(ROOM_OF_BLOCK, CELLS * count)
    return Block(
        whole_zeros(greater(ROOM_OF_FOUR, 8 * count)),
        whole_zeros(room),
        aligned_zeros((room + 1) * CELLS),
        whole_zeros(room),
        aligned_zeros(2 * CELLS),
        aligned_zeros(room + WIDTH),
        whole_zeros(count),
        zeros(count),
    )


@inner
def place_cells(window: Window, row: int, column: int, cells: FloatArray) -> None:
    """
    Calculate the centres of a block's cells, as `spatial.grids.Grid.cell_centres` does.

    Parameters
    ----------
    window : Window
        Whose cell size counts.
    row : int
        The block's first row in the lattice.
    column : int
        Its first column.
    cells : ndarray, shape (32,)
        Takes eastings, then northings (m).
    """
    for cell in range(CELLS):
        cells[cell] = (column + cell % SIDE + 0.5) * window.cell_size
        cells[CELLS + cell] = (-row - cell // SIDE - 0.5) * window.cell_size


@inner
def find_around(
    tree: Tree, easting: float, northing: float, reach: float, block: Block, found: IntArray
) -> tuple[int, float]:
    """
    List the samples that can be among the nearest of any place within a reach of a centre.

    Parameters
    ----------
    tree : Tree
        The samples.
    easting : float
        Of the centre (m).
    northing : float
        Of the centre (m).
    reach : float
        Distance of the farthest place from the centre (m).
    block : Block
        Whose ``knot`` says how many are nearest, and is used.
    found : ndarray of int64, shape (room,)
        Takes their positions, in tree order.

    Returns
    -------
    tuple
        How many (−1 where there is no room) and the distance of the k-th nearest to the centre (m).
    """
    find_nearest(tree, easting, northing, block.knot, block.knot_squares)
    radius = np.sqrt(block.knot_squares[-1])
    # A place's k-th nearest is at most radius + reach from it, so radius + 2 reach from the centre.
    widest = (radius + 2.0 * reach) * SLACK
    return find_within(tree, easting, northing, widest * widest, found), radius


@inner
def corner_reach(side: int, easting: float, northing: float, cell_size: float) -> float:
    """
    Return a distance that takes in the centres of a square of cells.

    Parameters
    ----------
    side : int
        Cells of the square a side.
    easting : float
        Of the middle of the square (m).
    northing : float
        Of the middle of the square (m).
    cell_size : float
        Side of a cell (m).

    Returns
    -------
    float
        Half the diagonal between the outer centres (m), and what rounding can add.
    """
    rounding = 1e-15 * (abs(easting) + abs(northing))
    return float((side - 1) * 0.5 * np.sqrt(2.0) * cell_size + rounding)


@inner
def hand_over(
    cells: tuple[int, int],
    corner: tuple[int, int],
    answers: FloatArray,
    result: FloatArray,
) -> int:
    """
    Copy the answers of a block's wanted cells to where they belong.

    Parameters
    ----------
    cells : tuple of int
        A bit for each cell that is wanted, and a bit for each that has an answer.
    corner : tuple of int
        First row and column of the block in the result; either may lie before its beginning.
    answers : ndarray, shape (parts * 16,)
        Sixteen cells, part after part.
    result : ndarray, shape (parts, rows, columns)
        Takes them.

    Returns
    -------
    int
        How many wanted cells have no answer.
    """
    failures = 0
    for cell in range(CELLS):
        if not cells[0] >> cell & 1:
            continue
        if not cells[1] >> cell & 1:
            failures += 1
            continue
        for part in range(result.shape[0]):
            result[part, corner[0] + cell // SIDE, corner[1] + cell % SIDE] = answers[
                part * CELLS + cell
            ]
    return failures


@inner
def wanted_cells(window: Window, corner: tuple[int, int]) -> int:
    """
    Return which cells of a block are wanted.

    Parameters
    ----------
    window : Window
        Says so.
    corner : tuple of int
        First row and column of the block in the lattice.

    Returns
    -------
    int
        A bit for each cell.
    """
    rows, columns = window.served.shape
    wanted = 0
    for cell in range(CELLS):
        row, column = corner[0] - window.row + cell // SIDE, corner[1] - window.column + cell % SIDE
        if 0 <= row < rows and 0 <= column < columns and window.served[row, column]:
            wanted |= 1 << cell
    return wanted
