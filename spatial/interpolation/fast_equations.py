"""The equations of a block of cells: what is shared, and what each cell has of its own."""

from typing import NamedTuple

from spatial.arrays import FloatArray, IntArray
from spatial.interpolation.fast_blocks import CELLS, EVERY, Block, aligned_zeros
from spatial.interpolation.fast_compiled import inner, maker
from spatial.interpolation.fast_covariance import covariance_of
from spatial.interpolation.fast_functions import gather
from spatial.interpolation.fast_lanes import (
    fused,
    load,
    multiply,
    splat,
    store,
    subtract,
)
from spatial.interpolation.fast_numbers import greater, whole_zeros
from spatial.interpolation.fast_tree import Tree
from spatial.interpolation.fast_vectors import WIDTH

PANEL = 4


class Model(NamedTuple):
    """
    What the samples say and how they go together.

    Parameters
    ----------
    values : ndarray, shape (r, n)
        One or several data sets of the same samples, in tree order: places alone decide how samples
        are weighed, so all go through one elimination.
    nugget : float
        Nugget of the variogram.
    structures : ndarray, shape (s, 5)
        See `inverse_scales`.
    sill : float
        C(0).
    tables : ndarray
        See `spatial.interpolation.fast_tables.correlation_tables`.
    """

    values: FloatArray
    nugget: float
    structures: FloatArray
    sill: float
    tables: FloatArray


class Equations(NamedTuple):
    """
    Room for the equations of a block.

    Parameters
    ----------
    most : int
        Samples a block may need in all for sharing to pay.
    shared : ndarray, shape (rows * columns,)
        Covariances of the block's samples, then right-hand sides: c₀ of the sixteen cells, ones
        and r data sets.
    own : ndarray, shape (rows * columns * 8,)
        The equations of eight cells side by side.
    places : ndarray, shape ((2 + r) * room,)
        Eastings, northings and values of the block's samples, those all cells need first.
    ranks : ndarray of int64, shape (room,)
        Where each of them is in ``block.near``.
    rows : ndarray of int64, shape (room,)
        The rows one cell needs.
    answers : ndarray, shape ((2 + r) * 16,)
        Variance, multiplier and r locations of the sixteen cells; in place of a location first what
        the values are relative to.
    """

    most: int
    shared: FloatArray
    own: FloatArray
    places: FloatArray
    ranks: IntArray
    rows: IntArray
    answers: FloatArray


@inner
def tail_width(sets: int) -> int:
    """
    Return how many columns of ``shared`` ones and data sets take.

    Parameters
    ----------
    sets : int
        Data sets.

    Returns
    -------
    int
        A multiple of 8.
    """
    return (1 + sets + WIDTH - 1) // WIDTH * WIDTH


@inner
def own_rights(sets: int) -> int:
    """
    Return how many columns of ``own`` right-hand sides take: c₀, ones, data sets, a spare one.

    Parameters
    ----------
    sets : int
        Data sets.

    Returns
    -------
    int
        A multiple of 4.
    """
    return (3 + sets + PANEL - 1) // PANEL * PANEL


@maker
def make_equations(count: int, sets: int) -> Equations:
    """
    Return empty room for the equations of a block.

    Parameters
    ----------
    count : int
        How many nearest samples each cell gets.
    sets : int
        How many data sets there are.

    Returns
    -------
    Equations
        Not filled.
    """
    most = 4 * count + 16
    width = most + 2 * CELLS + tail_width(sets) + WIDTH
    room = (2 + sets) * (most + 2 * WIDTH)
    side = count + PANEL
    return Equations(
        most,
        aligned_zeros((most + PANEL) * width),
        aligned_zeros(side * (side + own_rights(sets)) * WIDTH),
        aligned_zeros(room),
        whole_zeros(CELLS * count + WIDTH),
        whole_zeros((2 * count + 3 + sets) * WIDTH),
        aligned_zeros((2 + sets) * CELLS),
    )


@inner
def put_in_order(
    tree: Tree, model: Model, count: int, block: Block, equations: Equations
) -> tuple[int, int]:
    """
    List the block's samples: those that all cells need, then those that some need.

    Parameters
    ----------
    tree : Tree
        The samples.
    model : Model
        Their values.
    count : int
        How many of ``block.near`` count.
    block : Block
        Its ``bits`` say who needs what.
    equations : Equations
        Whose ``ranks`` and ``places`` are filled.

    Returns
    -------
    tuple
        How many all cells need, and how many are needed at all.
    """
    common = 0
    for i in range(count):
        equations.ranks[common] = i
        common += block.bits[i] == EVERY
    total = common
    for i in range(count):
        equations.ranks[total] = i
        total += block.bits[i] != 0 and block.bits[i] != EVERY
    if total <= equations.most:
        room = equations.most + 2 * WIDTH
        for i in range(total):
            place = block.near[equations.ranks[i]]
            equations.places[i] = tree.eastings[place]
            equations.places[room + i] = tree.northings[place]
            for j in range(model.values.shape[0]):
                equations.places[(2 + j) * room + i] = model.values[j, place]
    return common, total


@inner
def fill_shared(model: Model, total: int, width: int, block: Block, equations: Equations) -> None:
    """
    Write the upper triangle of the block's covariances and its right-hand sides.

    Parameters
    ----------
    model : Model
        The covariances.
    total : int
        How many samples the block needs.
    width : int
        Columns of ``equations.shared``.
    block : Block
        Distances to the cells.
    equations : Equations
        Whose ``shared`` is filled.
    """
    shared, places = equations.shared, equations.places
    room, sets = equations.most + 2 * WIDTH, model.values.shape[0]
    end = (total + WIDTH - 1) // WIDTH * WIDTH
    right = width - tail_width(sets)
    for i in range(total):
        row = i * width
        easting, northing = splat(places[i]), splat(places[room + i])
        first = i // WIDTH * WIDTH
        for column in range(first, total, WIDTH):
            east = subtract(load(places, column), easting)
            north = subtract(load(places, room + column), northing)
            square = fused(east, east, multiply(north, north))
            covariance = covariance_of(square, model.nugget, model.structures, model.tables)
            store(shared, row + column, covariance)
        for group in range(0, CELLS, WIDTH):
            square = load(block.squares, equations.ranks[i] * CELLS + group)
            covariance = covariance_of(square, model.nugget, model.structures, model.tables)
            store(shared, row + end + group, covariance)
        shared[row + right] = 1.0
        # Values relative to one of them: Σ λ = 1, and fewer digits cancel.
        for j in range(sets):
            value = (2 + j) * room
            shared[row + right + 1 + j] = places[value + i] - places[value]
    for j in range(sets):
        reference = splat(places[(2 + j) * room])
        for group in range(0, CELLS, WIDTH):
            store(equations.answers, (2 + j) * CELLS + group, reference)


@inner
def fill_own(
    counts: tuple[int, int], width: int, sets: int, group: int, block: Block, equations: Equations
) -> int:
    """
    Copy for eight cells what is left of the equations of the samples each of them needs.

    Parameters
    ----------
    counts : tuple of int
        How many samples are eliminated, and how many there are.
    width : int
        Columns of ``equations.shared``.
    sets : int
        Data sets.
    group : int
        The first or second eight cells.
    block : Block
        Its ``bits`` say who needs what.
    equations : Equations
        Whose ``own`` is filled.

    Returns
    -------
    int
        Rows of the equations, a multiple of 4: the last ones may be those of unknowns that are 0.
    """
    common, total = counts
    shared, own, rows = equations.shared, equations.own, equations.rows
    left = block.knot.shape[0] - common
    size: int = (left + PANEL - 1) // PANEL * PANEL
    end = (total + WIDTH - 1) // WIDTH * WIDTH
    rights = left * WIDTH
    for lane in range(WIDTH):
        cell = group * WIDTH + lane
        found = lane
        for i in range(common, total):
            rows[found] = i
            found += (block.bits[equations.ranks[i]] >> cell & 1) * WIDTH
        rows[rights + lane] = end + cell
        for b in range(1 + sets):
            rows[rights + (1 + b) * WIDTH + lane] = width - tail_width(sets) + b
    lefts = rights + (2 + sets) * WIDTH
    for i in range(rights):
        rows[lefts + i] = rows[i] * width
    for a in range(left):
        row = lefts + a * WIDTH
        target = a * (size + own_rights(sets)) * WIDTH
        for b in range(a, left):
            store(own, target + b * WIDTH, gather(shared, rows, row, b * WIDTH))
        for b in range(2 + sets):
            place = target + (size + b) * WIDTH
            store(own, place, gather(shared, rows, row, rights + b * WIDTH))
    pad_own(left, size, sets, own)
    return size


@inner
def pad_own(left: int, size: int, sets: int, own: FloatArray) -> None:
    """
    Add unknowns that are 0 until the number of equations is a multiple of 4.

    Parameters
    ----------
    left : int
        How many equations there are.
    size : int
        How many there shall be.
    sets : int
        Data sets.
    own : ndarray, shape (rows * columns * 8,)
        The equations of eight cells.
    """
    none, one = splat(0.0), splat(1.0)
    columns = size + own_rights(sets)
    for a in range(size):
        for b in range(greater(a, left), size):
            store(own, (a * columns + b) * WIDTH, one if a == b else none)
        for b in range(size if a >= left else size + 2 + sets, columns):
            store(own, (a * columns + b) * WIDTH, none)


@inner
def fill_alone(
    tree: Tree, model: Model, count: int, group: int, block: Block, equations: Equations
) -> int:
    """
    Write the equations of eight cells whose samples are too different for sharing.

    Parameters
    ----------
    tree : Tree
        The samples.
    model : Model
        Values and covariances.
    count : int
        How many of ``block.near`` count.
    group : int
        The first or second eight cells.
    block : Block
        Its samples and cells.
    equations : Equations
        Whose ``own`` is filled; in ``answers`` the locations take the values that others are
        relative to.

    Returns
    -------
    int
        Rows of the equations.
    """
    own, sets = equations.own, model.values.shape[0]
    left = block.knot.shape[0]
    size: int = (left + PANEL - 1) // PANEL * PANEL
    columns = size + own_rights(sets)
    # Eastings and northings of each cell's samples wait where ones and the spare column will be.
    for lane in range(WIDTH):
        cell = group * WIDTH + lane
        a = 0
        for i in range(count):
            if block.bits[i] >> cell & 1:
                place = block.near[i]
                target = (a * columns + size) * WIDTH + lane
                own[target] = block.squares[i * CELLS + cell]
                own[target + WIDTH] = tree.eastings[place]
                own[target + (2 + sets) * WIDTH] = tree.northings[place]
                for j in range(sets):
                    reference = (2 + j) * CELLS + cell
                    if a == 0:
                        equations.answers[reference] = model.values[j, place]
                    value = model.values[j, place] - equations.answers[reference]
                    own[target + (2 + j) * WIDTH] = value
                a += 1
    for a in range(left):
        right = (a * columns + size) * WIDTH
        easting, northing = load(own, right + WIDTH), load(own, right + (2 + sets) * WIDTH)
        for b in range(a, left):
            other = (b * columns + size) * WIDTH
            east = subtract(load(own, other + WIDTH), easting)
            north = subtract(load(own, other + (2 + sets) * WIDTH), northing)
            square = fused(east, east, multiply(north, north))
            covariance = covariance_of(square, model.nugget, model.structures, model.tables)
            store(own, (a * columns + b) * WIDTH, covariance)
        covariance = covariance_of(load(own, right), model.nugget, model.structures, model.tables)
        store(own, right, covariance)
        store(own, right + WIDTH, splat(1.0))
    pad_own(left, size, sets, own)
    return size
