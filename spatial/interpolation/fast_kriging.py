"""
Ordinary kriging of the cells of a grid, exact, sharing what neighbouring cells share.

The cells of a block of 4 by 4 have most of their nearest samples in common. Those are eliminated
once, together with the right-hand sides of all sixteen cells; what is left of the block's
other samples, their Schur complement, is formed once; each cell then solves only the
equations of its own remaining samples, eight cells side by side. Elimination in another order gives
the same answer, so nothing is approximated.

Blocks are aligned to the lattice of the cell size and hold all their cells whether these are wanted
or not, so a cell's bits do not depend on the tile, grid, thread or process.
"""

from spatial.arrays import FloatArray
from spatial.interpolation.fast_blocks import CELLS, SIDE, Block, Window, hand_over, make_block
from spatial.interpolation.fast_compiled import ZERO, inlined, inner, kernel
from spatial.interpolation.fast_covariance import inverse_scales
from spatial.interpolation.fast_elimination import eliminate_own, eliminate_shared
from spatial.interpolation.fast_equations import (
    Equations,
    Model,
    fill_alone,
    fill_own,
    fill_shared,
    make_equations,
    own_rights,
    put_in_order,
    tail_width,
)
from spatial.interpolation.fast_lanes import (
    add,
    divide,
    fused,
    larger,
    load,
    multiply,
    splat,
    store,
    subtract,
)
from spatial.interpolation.fast_selection import fill_block, look_around
from spatial.interpolation.fast_tree import Tree
from spatial.interpolation.fast_vectors import WIDTH
from spatial.interpolation.kernels import SINGULAR


@inlined
def _finish(
    model: Model,
    sizes: tuple[int, int, int, int],
    group: int,
    equations: Equations,
) -> None:
    """
    Turn eliminated equations into predictions of eight cells.

    Parameters
    ----------
    model : Model
        Its sill and its number of data sets count.
    sizes : tuple of int
        Samples eliminated for the block, columns of ``equations.shared``, rows of ``own``.
    group : int
        The first or second eight cells.
    equations : Equations
        Whose ``answers`` are filled: their locations hold what the values are relative to.

    Notes
    -----
    With C = UᵀU, z = U⁻ᵀc₀, u = U⁻ᵀ1 and w = U⁻ᵀy: μ = (u·z − 1)/u·u, ŷ = w·(z − μu),
    σ² = C(0) − z·z + μ² u·u.
    """
    common, total, width, size = sizes
    sets = model.values.shape[0]
    tail, columns = tail_width(sets), size + own_rights(sets)
    end = (total + WIDTH - 1) // WIDTH * WIDTH
    shared, own, answers = equations.shared, equations.own, equations.answers
    none = splat(0.0)
    uu, uz, zz, wz, wu = none, none, none, none, none
    # One data set is the rule: it goes with the first pass.
    for i in range(common):
        right = (i + 1) * width - tail
        z = load(shared, i * width + end + group * WIDTH)
        u, w = splat(shared[right]), splat(shared[right + 1])
        uu, uz, zz = fused(u, u, uu), fused(u, z, uz), fused(z, z, zz)
        wz, wu = fused(w, z, wz), fused(w, u, wu)
    for a in range(size):
        right = (a * columns + size) * WIDTH
        z, u, w = load(own, right), load(own, right + WIDTH), load(own, right + 2 * WIDTH)
        uu, uz, zz = fused(u, u, uu), fused(u, z, uz), fused(z, z, zz)
        wz, wu = fused(w, z, wz), fused(w, u, wu)
    multiplier = divide(subtract(uz, splat(1.0)), uu)
    variance = fused(multiply(multiplier, multiplier), uu, subtract(splat(model.sill), zz))
    store(answers, group * WIDTH, larger(variance, none))
    store(answers, CELLS + group * WIDTH, multiplier)
    for j in range(sets):
        if j > 0:
            wz, wu = none, none
            for i in range(common):
                right = (i + 1) * width - tail
                w, z = splat(shared[right + 1 + j]), load(shared, i * width + end + group * WIDTH)
                wz, wu = fused(w, z, wz), fused(w, splat(shared[right]), wu)
            for a in range(size):
                right = (a * columns + size) * WIDTH
                w, z = load(own, right + (2 + j) * WIDTH), load(own, right)
                wz, wu = fused(w, z, wz), fused(w, load(own, right + WIDTH), wu)
        place = (2 + j) * CELLS + group * WIDTH
        location = add(load(answers, place), subtract(wz, multiply(multiplier, wu)))
        store(answers, place, location)


@inner
def _krige_shared(model: Model, counts: tuple[int, int], block: Block, equations: Equations) -> int:
    """
    Predict a block's cells, sharing what they share.

    Parameters
    ----------
    model : Model
        Values and covariances.
    counts : tuple of int
        How many samples all cells need, and how many are needed at all.
    block : Block
        Its samples and cells.
    equations : Equations
        Room; its ``answers`` are filled.

    Returns
    -------
    int
        A bit for each cell whose equations have a stable solution.
    """
    common, total = counts
    sets = model.values.shape[0]
    # A multiple of sixteen columns: covariances, c₀ of sixteen cells, ones and data sets.
    width = (total + 2 * WIDTH + tail_width(sets) + CELLS - 1) // CELLS * CELLS
    tolerance = SINGULAR * model.sill
    fill_shared(model, total, width, block, equations)
    if not eliminate_shared(equations.shared, common, total, width, tolerance):
        return 0
    good = 0
    for group in range(2):
        size = fill_own(counts, width, sets, group, block, equations)
        found = eliminate_own(equations.own, size, own_rights(sets), tolerance)
        _finish(model, (common, total, width, size), group, equations)
        good |= found << (group * WIDTH)
    return good


@inner
def _krige_alone(tree: Tree, model: Model, count: int, block: Block, equations: Equations) -> int:
    """
    Predict a block's cells each from its own equations.

    Parameters
    ----------
    tree : Tree
        The samples.
    model : Model
        Values and covariances.
    count : int
        How many of ``block.near`` count.
    block : Block
        Its samples and cells.
    equations : Equations
        Room; its ``answers`` are filled.

    Returns
    -------
    int
        A bit for each cell whose equations have a stable solution.
    """
    good = 0
    for group in range(2):
        size = fill_alone(tree, model, count, group, block, equations)
        rights = own_rights(model.values.shape[0])
        found = eliminate_own(equations.own, size, rights, SINGULAR * model.sill)
        _finish(model, (ZERO, ZERO, ZERO, size), group, equations)
        good |= found << (group * WIDTH)
    return good


@kernel
def krige_window(
    tree: Tree, model: Model, window: Window, neighbours: int, result: FloatArray
) -> int:
    """
    Predict the cells of a window by ordinary kriging from the nearest samples of each.

    Parameters
    ----------
    tree : Tree
        The samples, more than ``neighbours`` of them.
    model : Model
        Their values and covariances.
    window : Window
        The cells.
    neighbours : int
        How many nearest samples each cell is predicted from.
    result : ndarray, shape (2 + r, rows, columns)
        Takes variance, Lagrange multiplier and the location from each data set; other cells are
        left as they are.

    Returns
    -------
    int
        How many wanted cells have no stable solution.
    """
    block, equations = make_block(neighbours), make_equations(neighbours, model.values.shape[0])
    prepared = Model(
        model.values, model.nugget, inverse_scales(model.structures), model.sill, model.tables
    )
    rows, columns = window.served.shape
    pair = 2 * SIDE
    failures = 0
    for top in range(window.row // pair * pair, window.row + rows, pair):
        for left in range(window.column // pair * pair, window.column + columns, pair):
            around = look_around(tree, window, top, left, block)
            if around[0] == 0:
                continue
            for part in range(4):
                corner = top + part // 2 * SIDE, left + part % 2 * SIDE
                count, wanted = fill_block(tree, window, corner, around, block)
                if wanted == 0:
                    continue
                counts = put_in_order(tree, prepared, count, block, equations)
                if counts[1] <= equations.most:
                    good = _krige_shared(prepared, counts, block, equations)
                else:
                    good = _krige_alone(tree, prepared, count, block, equations)
                target = corner[0] - window.row, corner[1] - window.column
                failures += hand_over((wanted, good), target, equations.answers, result)
    return failures
