"""Inverse distance weighting of the cells of a grid, searched block by block."""

import math

from spatial.arrays import FloatArray
from spatial.interpolation.fast_blocks import (
    CELLS,
    EVERY,
    SIDE,
    Block,
    Window,
    aligned_zeros,
    hand_over,
    make_block,
)
from spatial.interpolation.fast_compiled import inner, kernel
from spatial.interpolation.fast_lanes import (
    add,
    divide,
    fused,
    load,
    splat,
    store,
    where_at_most,
    where_bits,
)
from spatial.interpolation.fast_selection import fill_block, look_around
from spatial.interpolation.fast_tree import Tree
from spatial.interpolation.fast_vectors import WIDTH
from spatial.interpolation.kernels import MOST_WEIGHT


@inner
def _weigh(values: FloatArray, power: float, count: int, block: Block, answers: FloatArray) -> None:
    """
    Calculate the weighted means of a block's cells.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Values in tree order.
    power : float
        Exponent of the distance.
    count : int
        How many of ``block.near`` count.
    block : Block
        Its samples and cells; ``squares`` are used up where the power is not 2.
    answers : ndarray, shape (16,)
        Takes the means.
    """
    none, one, least = splat(0.0), splat(1.0), splat(1.0 / MOST_WEIGHT)
    if power != 2.0:
        for i in range(count * CELLS):
            block.squares[i] = math.pow(block.squares[i], 0.5 * power)
    for group in range(2):
        weights, weighted, exact, is_exact = none, none, none, none
        for i in range(count):
            bits = block.bits[i] >> (group * WIDTH)
            value = splat(values[block.near[i]])
            powered = load(block.squares, i * CELLS + group * WIDTH)
            weight = where_bits(bits, divide(one, powered), none)
            weights = add(weights, weight)
            weighted = fused(weight, value, weighted)
            exact = where_at_most(powered, least, value, exact)
            is_exact = where_at_most(powered, least, one, is_exact)
        mean = divide(weighted, weights)
        store(answers, group * WIDTH, where_at_most(is_exact, none, mean, exact))


@kernel
def weigh_window(
    tree: Tree,
    values: FloatArray,
    window: Window,
    rule: tuple[int, float],
    result: FloatArray,
) -> None:
    """
    Predict the cells of a window by inverse distance from the nearest samples of each.

    Parameters
    ----------
    tree : Tree
        The samples, more than are asked for.
    values : ndarray, shape (n,)
        Values in tree order.
    window : Window
        The cells.
    rule : tuple
        How many nearest samples each cell is predicted from, and the exponent of the distance.
    result : ndarray, shape (1, rows, columns)
        Takes the weighted means; other cells are left as they are.
    """
    block, answers = make_block(rule[0]), aligned_zeros(CELLS)
    rows, columns = window.served.shape
    pair = 2 * SIDE
    for top in range(window.row // pair * pair, window.row + rows, pair):
        for left in range(window.column // pair * pair, window.column + columns, pair):
            around = look_around(tree, window, top, left, block)
            if around[0] == 0:
                continue
            for part in range(4):
                corner = top + part // 2 * SIDE, left + part % 2 * SIDE
                count, wanted = fill_block(tree, window, corner, around, block)
                if wanted != 0:
                    _weigh(values, rule[1], count, block, answers)
                    target = corner[0] - window.row, corner[1] - window.column
                    hand_over((wanted, EVERY), target, answers, result)
