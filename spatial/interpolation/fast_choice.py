"""
The k nearest samples of each cell of a block, out of those that may be: exact, eight cells at once.

Of samples equally far from a cell, the one that comes first among the samples given is nearer.
"""

import numpy as np

from spatial.arrays import IntArray
from spatial.interpolation.fast_blocks import CELLS, SLACK, Block
from spatial.interpolation.fast_compiled import ZERO, inner
from spatial.interpolation.fast_lanes import (
    add,
    bits_at_most,
    divide,
    fused,
    larger,
    load,
    multiply,
    smaller,
    splat,
    store,
    subtract,
    where_at_most,
)
from spatial.interpolation.fast_numbers import greater
from spatial.interpolation.fast_search import find_nearest
from spatial.interpolation.fast_tree import Tree
from spatial.interpolation.fast_vectors import WIDTH

# Rounds of narrowing before ties are looked at one by one, and those by false position.
ROUNDS = 14
ROUNDS_BY_POSITION = 6


@inner
def measure(tree: Tree, count: int, block: Block) -> None:
    """
    Calculate the squared distance of each kept sample to each cell.

    Parameters
    ----------
    tree : Tree
        The samples.
    count : int
        How many of ``block.near`` count.
    block : Block
        Whose ``squares`` are filled.
    """
    cells = block.cells
    east_0, east_1 = load(cells, 0), load(cells, WIDTH)
    north_0, north_1 = load(cells, CELLS), load(cells, CELLS + WIDTH)
    for i in range(count):
        place = block.near[i]
        easting, northing = splat(tree.eastings[place]), splat(tree.northings[place])
        east, north = subtract(easting, east_0), subtract(northing, north_0)
        store(block.squares, i * CELLS, add(multiply(east, east), multiply(north, north)))
        east, north = subtract(easting, east_1), subtract(northing, north_1)
        store(block.squares, i * CELLS + WIDTH, add(multiply(east, east), multiply(north, north)))


@inner
def choose(tree: Tree, count: int, bound: float, reach: float, block: Block) -> None:
    """
    Mark for each cell exactly its k nearest samples.

    Parameters
    ----------
    tree : Tree
        The samples.
    count : int
        How many of ``block.near`` count.
    bound : float
        A distance within which the block's centre has k samples or a few more (m).
    reach : float
        From the block's centre to its corner cells (m).
    block : Block
        Whose ``bits`` are filled.
    """
    block.bits[:count] = 0
    for offset in range(0, CELLS, WIDTH):
        unsettled = _narrow_down(count, offset, bound, reach, block)
        if unsettled != 0:
            for lane in range(WIDTH):
                if unsettled >> lane & 1:
                    _settle(tree, count, offset + lane, block.scratch[lane], block)


@inner
def _narrow_down(count: int, offset: int, bound: float, reach: float, block: Block) -> int:
    """
    Mark for eight cells their k nearest samples, or fewer where samples tie.

    Parameters
    ----------
    count : int
        How many of ``block.near`` count.
    offset : int
        The first of the eight cells.
    bound : float
        A distance within which the block's centre has k samples or a few more (m).
    reach : float
        From the block's centre to its corner cells (m).
    block : Block
        Whose ``bits`` are set; its ``scratch`` takes the squared distance (m²) that each cell's
        marked samples lie within.

    Returns
    -------
    int
        A bit for each cell that has fewer than k.

    Notes
    -----
    The squared distance that takes in exactly k samples is narrowed down by false position on the
    number taken in, which grows nearly in proportion to it, and then by halves. Cells where
    samples tie at the k-th distance never get there.
    """
    needed = splat(float(block.knot.shape[0]))
    one, none = splat(1.0), splat(0.0)
    widest = (bound + reach) * SLACK
    low, low_count, high = splat(-1.0), none, splat(widest * widest)
    ratio = widest / greater(bound, 1e-300)
    high_count = splat(block.knot.shape[0] * (ratio * ratio))
    chosen, is_open = splat(-1.0), one
    for turn in range(ROUNDS):
        share = divide(
            subtract(add(needed, splat(0.5)), low_count), subtract(high_count, low_count)
        )
        share = smaller(larger(share, splat(0.1)), splat(0.9))
        if turn >= ROUNDS_BY_POSITION:
            share = splat(0.5)
        square = fused(subtract(high, low), share, low)
        taken, taken_too = none, none
        for i in range(offset, (count - 1) * CELLS, 2 * CELLS):
            first, second = load(block.squares, i), load(block.squares, i + CELLS)
            taken = add(taken, where_at_most(first, square, one, none))
            taken_too = add(taken_too, where_at_most(second, square, one, none))
        taken = add(taken, taken_too)
        if count % 2 == 1:
            last = load(block.squares, (count - 1) * CELLS + offset)
            taken = add(taken, where_at_most(last, square, one, none))
        is_enough = where_at_most(needed, taken, one, none)
        is_right = multiply(is_open, where_at_most(taken, needed, is_enough, none))
        chosen = where_at_most(is_right, none, chosen, square)
        is_open = subtract(is_open, is_right)
        if bits_at_most(one, is_open) == 0:
            break
        high = where_at_most(is_enough, none, high, square)
        high_count = where_at_most(is_enough, none, high_count, taken)
        low = where_at_most(is_enough, none, square, low)
        low_count = where_at_most(is_enough, none, taken, low_count)
    chosen = where_at_most(one, is_open, low, chosen)
    for i in range(count):
        bits = bits_at_most(load(block.squares, i * CELLS + offset), chosen)
        block.bits[i] |= bits << offset
    store(block.scratch, 0, chosen)
    open_cells: int = bits_at_most(one, is_open)
    return open_cells


@inner
def _settle(tree: Tree, count: int, cell: int, low: float, block: Block) -> None:
    """
    Complete one cell's samples in order of distance, then of their number.

    Parameters
    ----------
    tree : Tree
        The samples.
    count : int
        How many of ``block.near`` count.
    cell : int
        Which of the block's cells.
    low : float
        A squared distance (m²) that takes in fewer than k; those are marked already.
    block : Block
        Whose ``bits`` are completed.
    """
    missing = block.knot.shape[0]
    for i in range(count):
        missing -= block.squares[i * CELLS + cell] <= low
    # A number of the last one taken, so that those before it are not taken again.
    last_square, last_number = low, np.int64(-1)
    for _ in range(missing):
        best, best_square, best_number = -1, np.inf, np.int64(0)
        for i in range(count):
            square = block.squares[i * CELLS + cell]
            if square < last_square or square > best_square or square <= low:
                continue
            number = tree.order[block.near[i]]
            if square == last_square and number <= last_number:
                continue
            if square < best_square or number < best_number:
                best, best_square, best_number = i, square, number
        block.bits[best] |= 1 << cell
        last_square, last_number = best_square, best_number


@inner
def choose_one_by_one(tree: Tree, block: Block) -> int:
    """
    Find each cell's nearest samples by itself, where samples lie far denser than cells.

    Parameters
    ----------
    tree : Tree
        The samples.
    block : Block
        Whose ``near``, ``bits`` and ``squares`` are filled.

    Returns
    -------
    int
        How many samples the block needs in all.
    """
    total, count, bound = ZERO, ZERO, 0.0
    for cell in range(CELLS):
        find_nearest(
            tree, block.cells[cell], block.cells[CELLS + cell], block.knot, block.knot_squares
        )
        bound = greater(bound, np.sqrt(block.knot_squares[-1]))
        for place in block.knot:
            block.near[total] = place
            total += 1
    _sort(block.near, total)
    for i in range(total):
        if i == 0 or block.near[i] != block.near[count - 1]:
            block.near[count] = block.near[i]
            count += 1
    measure(tree, count, block)
    choose(tree, count, bound, 0.0, block)
    return count


@inner
def _sort(numbers: IntArray, count: int) -> None:
    """
    Sort the first numbers of an array in place (Shell 1959).

    Parameters
    ----------
    numbers : ndarray of int64
        The numbers.
    count : int
        How many of them.
    """
    gap = count // 2
    while gap > 0:
        for i in range(gap, count):
            number, j = numbers[i], i
            while j >= gap and numbers[j - gap] > number:
                numbers[j] = numbers[j - gap]
                j -= gap
            numbers[j] = number
        gap = gap // 2 if gap != 2 else 1
