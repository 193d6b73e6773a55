"""
The compiled loop of sequential Gaussian simulation.

A function of arrays: the path and the random numbers come in, one realisation goes out. It holds
no lock, so threads run realisations side by side.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spatial.arrays import BoolArray, FloatArray, IntArray
from spatial.interpolation.fast_compiled import ZERO, inner, kernel
from spatial.interpolation.fast_numbers import greater, rows_of_zeros, zeros
from spatial.interpolation.kernels import covariance_at

# A pivot below this share of the sill means two places say the same to the last digits.
SINGULAR = 1e-13


class SimulationArrays(NamedTuple):
    """
    What every realisation shares; places are in the space where direction does not matter.

    Parameters
    ----------
    nodes : ndarray, shape (rows * columns, 2)
        Cells, row by row.
    columns : int
        Columns of the grid.
    samples : ndarray, shape (n, 2)
        Samples.
    values : ndarray, shape (n,)
        Their values less the mean.
    near : ndarray of int32, shape (rows * columns, d)
        The nearest samples of each node, nearest first; n where there are no more.
    template : ndarray of int64, shape (t, 2)
        Rows and columns towards neighbouring nodes, nearest first.
    template_distances : ndarray, shape (t,)
        How far they are.
    most : int
        Neighbours of a node, samples and nodes together.
    nugget : float
        Nugget of the variogram.
    structures : ndarray, shape (s, 5)
        See `spatial.interpolation.kernels.structure_table`.
    """

    nodes: FloatArray
    columns: int
    samples: FloatArray
    values: FloatArray
    near: NDArray[np.int32]
    template: IntArray
    template_distances: FloatArray
    most: int
    nugget: float
    structures: FloatArray


@inner
def _to_sample(arrays: SimulationArrays, node: int, rank: int) -> float:
    """
    Return how far a node's sample is.

    Parameters
    ----------
    arrays : SimulationArrays
        What every realisation shares.
    node : int
        The node.
    rank : int
        0 for the nearest sample.

    Returns
    -------
    float
        The distance; infinite where there is no such sample.
    """
    if rank >= arrays.near.shape[1] or arrays.near[node, rank] >= len(arrays.values):
        return np.inf
    sample = arrays.near[node, rank]
    east = arrays.samples[sample, 0] - arrays.nodes[node, 0]
    north = arrays.samples[sample, 1] - arrays.nodes[node, 1]
    return math.sqrt(east * east + north * north)


@inner
def _next_node(
    arrays: SimulationArrays, node: int, stride: int, start: int, is_known: BoolArray
) -> int:
    """
    Return the next entry of the template that leads to a simulated node.

    Parameters
    ----------
    arrays : SimulationArrays
        What every realisation shares.
    node : int
        Where the template lies.
    stride : int
        Its step: every simulated node lies on the lattice of this many cells.
    start : int
        First entry to look at.
    is_known : ndarray of bool, shape (rows * columns,)
        Which nodes are simulated.

    Returns
    -------
    int
        The entry, or the template's length.
    """
    columns = arrays.columns
    rows = len(is_known) // columns
    row, column = node // columns, node % columns
    entry = start
    while entry < len(arrays.template):
        r = row + stride * arrays.template[entry, 0]
        c = column + stride * arrays.template[entry, 1]
        if 0 <= r < rows and 0 <= c < columns and is_known[r * columns + c]:
            break
        entry += 1
    return entry


@inner
def _gather(
    arrays: SimulationArrays,
    node: int,
    stride: int,
    simulated: FloatArray,
    is_known: BoolArray,
    found: FloatArray,
) -> int:
    """
    Collect the nearest samples and simulated nodes.

    Parameters
    ----------
    arrays : SimulationArrays
        What every realisation shares.
    node : int
        Whose neighbours.
    stride : int
        Step of the lattice.
    simulated : ndarray, shape (rows * columns,)
        Values of the nodes.
    is_known : ndarray of bool, shape (rows * columns,)
        Which of them are simulated.
    found : ndarray, shape (most, 3)
        Filled with place and value of each neighbour, nearest first; samples before nodes.

    Returns
    -------
    int
        How many there are.
    """
    count, sample, columns = 0, ZERO, arrays.columns
    entry = _next_node(arrays, node, stride, ZERO, is_known)
    to_sample = _to_sample(arrays, node, ZERO)
    while count < arrays.most:
        to_node = np.inf
        if entry < len(arrays.template):
            to_node = stride * arrays.template_distances[entry]
        if to_sample == np.inf and to_node == np.inf:
            break
        if to_sample <= to_node:
            index = arrays.near[node, sample]
            found[count, 0], found[count, 1] = arrays.samples[index]
            found[count, 2] = arrays.values[index]
            sample += 1
            to_sample = _to_sample(arrays, node, sample)
        else:
            index = node + stride * (
                arrays.template[entry, 0] * columns + arrays.template[entry, 1]
            )
            found[count, 0], found[count, 1] = arrays.nodes[index]
            found[count, 2] = simulated[index]
            entry = _next_node(arrays, node, stride, entry + 1, is_known)
        count += 1
    return count


@inner
def _condition(
    arrays: SimulationArrays, node: int, found: FloatArray, count: int, system: FloatArray
) -> tuple[float, float]:
    """
    Return mean and variance of a node given its neighbours, by simple kriging.

    Parameters
    ----------
    arrays : SimulationArrays
        What every realisation shares.
    node : int
        The node.
    found : ndarray, shape (most, 3)
        Its neighbours.
    count : int
        How many there are.
    system : ndarray, shape (most, most + 2)
        Room for the system.

    Returns
    -------
    tuple of float
        Mean and variance; a negative variance where the system has no stable solution.
    """
    sill = covariance_at(0.0, arrays.nugget, arrays.structures)
    most = arrays.most
    for i in range(count):
        system[i, i] = sill
        for j in range(i + 1, count):
            east, north = found[i, 0] - found[j, 0], found[i, 1] - found[j, 1]
            distance = math.sqrt(east * east + north * north)
            system[i, j] = covariance_at(distance, arrays.nugget, arrays.structures)
        east, north = found[i, 0] - arrays.nodes[node, 0], found[i, 1] - arrays.nodes[node, 1]
        distance = math.sqrt(east * east + north * north)
        system[i, most] = covariance_at(distance, arrays.nugget, arrays.structures)
        system[i, most + 1] = found[i, 2]
    mean, variance = 0.0, sill
    for j in range(count):
        pivot = system[j, j]
        if not pivot > SINGULAR * sill:
            return 0.0, -1.0
        inverse_root = 1.0 / math.sqrt(pivot)
        for c in range(j, count):
            system[j, c] *= inverse_root
        system[j, most] *= inverse_root
        system[j, most + 1] *= inverse_root
        for i in range(j + 1, count):
            share = system[j, i]
            for c in range(i, count):
                system[i, c] -= share * system[j, c]
            system[i, most] -= share * system[j, most]
            system[i, most + 1] -= share * system[j, most + 1]
        mean += system[j, most] * system[j, most + 1]
        variance -= system[j, most] * system[j, most]
    return mean, greater(0.0, variance)


@kernel
def simulate_path(
    arrays: SimulationArrays,
    path: IntArray,
    strides: IntArray,
    normals: FloatArray,
    is_known: BoolArray,
) -> tuple[FloatArray, int]:
    """
    Draw one realisation along a path.

    Parameters
    ----------
    arrays : SimulationArrays
        What every realisation shares.
    path : ndarray of int64, shape (p,)
        Nodes in the order they are visited; others stay missing.
    strides : ndarray of int64, shape (p,)
        Step of the lattice each of them belongs to, never rising.
    normals : ndarray, shape (p,)
        Standard normal random numbers.
    is_known : ndarray of bool, shape (rows * columns,)
        All false; takes which nodes were drawn.

    Returns
    -------
    tuple
        Values less the mean, shape (rows * columns,), NaN off the path; and how many nodes had no
        stable solution.

    Notes
    -----
    Each node is drawn from its distribution given the nearest samples and the nearest nodes drawn
    before it; with all of them it is a draw of the joint distribution (Deutsch & Journel 1998,
    section V.2.3).
    """
    simulated = zeros(len(arrays.nodes))
    simulated[:] = np.nan
    found = rows_of_zeros(arrays.most, 3 + ZERO)
    system = rows_of_zeros(arrays.most, arrays.most + 2)
    failures = 0
    for step in range(len(path)):
        node = path[step]
        if _to_sample(arrays, node, ZERO) == 0.0:
            # The sample itself stands for this node among the neighbours of others.
            simulated[node] = arrays.values[arrays.near[node, 0]]
            continue
        count = _gather(arrays, node, strides[step], simulated, is_known, found)
        mean, variance = _condition(arrays, node, found, count, system)
        if variance < 0.0:
            failures += 1
            continue
        simulated[node] = mean + math.sqrt(variance) * normals[step]
        is_known[node] = True
    return simulated, failures
