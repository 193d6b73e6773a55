"""
Which samples each cell of a block needs: found once for a block, chosen exactly for each cell.

Of samples equally far from a cell, the one that comes first among the samples given is nearer.
"""

import numpy as np

from spatial.arrays import IntArray
from spatial.interpolation.fast_blocks import (
    CELLS,
    EVERY,
    SIDE,
    SLACK,
    Block,
    Window,
    corner_reach,
    find_around,
    place_cells,
    wanted_cells,
)
from spatial.interpolation.fast_compiled import ZERO, inner
from spatial.interpolation.fast_lanes import (
    add,
    bits_at_most,
    divide,
    fused,
    larger,
    load,
    multiply,
    root,
    smaller,
    splat,
    store,
    subtract,
    where_at_most,
)
from spatial.interpolation.fast_numbers import greater, lesser
from spatial.interpolation.fast_search import find_nearest
from spatial.interpolation.fast_tree import Tree
from spatial.interpolation.fast_vectors import WIDTH

# Rounds of narrowing before ties are looked at one by one, and those by false position.
ROUNDS = 14
ROUNDS_BY_POSITION = 6


@inner
def narrow(
    tree: Tree, wide_count: int, radius: float, shift: float, block: Block, reach: float
) -> tuple[int, float]:
    """
    Keep of the samples around four blocks those that may matter to one of them.

    Parameters
    ----------
    tree : Tree
        The samples.
    wide_count : int
        How many of ``block.wide`` count.
    radius : float
        Distance of the k-th nearest sample to the centre of the four (m).
    shift : float
        From that centre to the block's (m).
    block : Block
        Whose ``near`` is filled.
    reach : float
        From the block's centre to its corner cells (m).

    Returns
    -------
    tuple
        How many are kept, and a distance (m) within which the centre has k samples or a few more.
    """
    easting = (block.cells[0] + block.cells[CELLS - 1]) * 0.5
    northing = (block.cells[CELLS] + block.cells[2 * CELLS - 1]) * 0.5
    squares = block.scratch
    for i in range(wide_count):
        place = block.wide[i]
        east, north = tree.eastings[place] - easting, tree.northings[place] - northing
        squares[i] = east * east + north * north
    for i in range(wide_count, wide_count + WIDTH):
        squares[i] = np.inf
    needed = block.knot.shape[0]
    inner_reach, outer_reach = greater(0.0, radius - shift), (radius + shift) * SLACK
    low, high = inner_reach * inner_reach, outer_reach * outer_reach
    square = radius * radius
    for _ in range(4):
        count = 0
        for i in range(wide_count):
            count += squares[i] <= square
        if count >= needed:
            high = square
            if count <= needed + 2:
                break
        else:
            low = square
        square = lesser(greater(square * (needed + 1.0) / (count + 0.5), low), high)
    bound = np.sqrt(high)
    farthest = (bound + 2.0 * reach) * SLACK
    limit = farthest * farthest
    kept = 0
    for i in range(wide_count):
        block.near[kept] = block.wide[i]
        kept += squares[i] <= limit
    return kept, bound


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


@inner
def look_around(tree: Tree, window: Window, top: int, left: int, block: Block) -> tuple[int, float]:
    """
    Find the samples around four blocks.

    Parameters
    ----------
    tree : Tree
        The samples.
    window : Window
        Whose cells are calculated.
    top : int
        First row of the four blocks in the lattice.
    left : int
        Their first column.
    block : Block
        Whose ``wide`` is filled.

    Returns
    -------
    tuple
        How many samples (-1 where there is no room for them, 0 where all cells are too far from
        any sample), and the distance of the k-th nearest to the middle (m).
    """
    easting, northing = (left + SIDE) * window.cell_size, -(top + SIDE) * window.cell_size
    reach = corner_reach(2 * SIDE, easting, northing, window.cell_size)
    count, radius = find_around(tree, easting, northing, reach, block, block.wide)
    nearest = np.sqrt(block.knot_squares[0])
    return (0 if nearest > (window.max_distance + reach) * SLACK else count), radius


@inner
def fill_block(
    tree: Tree,
    window: Window,
    corner: tuple[int, int],
    around: tuple[int, float],
    block: Block,
) -> tuple[int, int]:
    """
    Choose the samples of each cell of a block.

    Parameters
    ----------
    tree : Tree
        The samples.
    window : Window
        Whose cells are calculated.
    corner : tuple of int
        First row and column of the block in the lattice.
    around : tuple
        From `look_around`.
    block : Block
        Whose ``near``, ``squares``, ``bits`` and ``cells`` are filled.

    Returns
    -------
    tuple of int
        How many of ``block.near`` count, and a bit for each cell that is wanted; the first is 0
        where the second is.
    """
    wanted = wanted_cells(window, corner)
    if wanted == 0:
        return 0, 0
    place_cells(window, corner[0], corner[1], block.cells)
    easting = (corner[1] + SIDE * 0.5) * window.cell_size
    northing = -(corner[0] + SIDE * 0.5) * window.cell_size
    reach = corner_reach(SIDE, easting, northing, window.cell_size)
    if around[0] >= 0:
        shift = corner_reach(SIDE + 1, easting, northing, window.cell_size)
        count, bound = narrow(tree, around[0], around[1], shift, block, reach)
    else:
        count, bound = find_around(tree, easting, northing, reach, block, block.near)
    if count >= 0:
        measure(tree, count, block)
        choose(tree, count, bound, reach, block)
    else:
        count = choose_one_by_one(tree, block)
    wanted &= _reached_cells(window.max_distance, count, block)
    return (0, 0) if wanted == 0 else (count, wanted)


@inner
def _reached_cells(max_distance: float, count: int, block: Block) -> int:
    """
    Return which cells of a block have a sample within a distance.

    Parameters
    ----------
    max_distance : float
        The distance (m).
    count : int
        How many of ``block.near`` count.
    block : Block
        Distances of samples to cells.

    Returns
    -------
    int
        A bit for each cell.
    """
    if max_distance == np.inf:
        return EVERY
    reached = 0
    for group in range(2):
        nearest = splat(np.inf)
        for i in range(count):
            nearest = smaller(nearest, load(block.squares, i * CELLS + group * WIDTH))
        reached |= bits_at_most(root(nearest), splat(max_distance)) << (group * WIDTH)
    return reached
