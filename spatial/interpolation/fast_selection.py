"""Which samples each cell of a block needs: found once for a block, chosen for each cell."""

import numpy as np

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
from spatial.interpolation.fast_choice import choose, choose_one_by_one, measure
from spatial.interpolation.fast_compiled import inner
from spatial.interpolation.fast_lanes import bits_at_most, load, root, smaller, splat
from spatial.interpolation.fast_numbers import greater, lesser
from spatial.interpolation.fast_tree import Tree
from spatial.interpolation.fast_vectors import WIDTH


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
