"""The figures beside a hotspot: its cells, and the samples inside."""

from typing import NamedTuple

import numpy as np

from spatial.arrays import BoolArray, FloatArray, IntArray
from spatial.grids import Grid


class CellStatistics(NamedTuple):
    """
    A quantity over the cells of one polygon.

    Parameters
    ----------
    cell_count : int
        How many cells.
    area_m2 : float
        Their area.
    minimum : float or None
        Smallest quantity, such as the probability; None where no cell has one.
    mean : float or None
        Mean quantity.
    maximum : float or None
        Largest quantity.
    """

    cell_count: int
    area_m2: float
    minimum: float | None
    mean: float | None
    maximum: float | None


class SampleStatistics(NamedTuple):
    """
    The samples inside one polygon; one on an edge belongs to the cell to its south-east.

    Parameters
    ----------
    sample_count : int
        How many samples.
    place_count : int
        At how many separate places.
    censored_count : int
        How many lie below their detection limit.
    undecidable_count : int
        How many lie below a limit that is itself above the threshold.
    maximum : float or None
        Largest value, half the limit for those below it; None without samples.
    maximum_index : int or None
        Which sample has it (the first of several).
    mean : float or None
        Arithmetic mean of the samples' values, half the limit for those below it.
    """

    sample_count: int
    place_count: int
    censored_count: int
    undecidable_count: int
    maximum: float | None
    maximum_index: int | None
    mean: float | None


def cell_statistics(
    labels: IntArray, count: int, quantity: FloatArray, cell_size: float
) -> list[CellStatistics]:
    """
    Summarise a quantity by labelled group of cells.

    Parameters
    ----------
    labels : ndarray of int64, shape (rows, columns)
        0 outside, 1 to count inside the groups.
    count : int
        How many groups.
    quantity : ndarray, shape (rows, columns)
        What to summarise; cells where it is NaN are counted and not summarised.
    cell_size : float
        Side of a cell (m).

    Returns
    -------
    list of CellStatistics
        By label.

    Examples
    --------
    >>> cell_statistics(np.array([[1, 1, 0]]), 1, np.array([[0.6, 0.8, 0.1]]), 10.0)
    [CellStatistics(cell_count=2, area_m2=200.0, minimum=0.6, mean=0.7, maximum=0.8)]
    """
    cells = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    known = (labels > 0) & ~np.isnan(quantity)
    figures: list[list[float | None]] = [[None] * 3 for _ in range(count)]
    group, numbers = labels[known], quantity[known]
    order = np.argsort(group, kind="stable")
    group, numbers = group[order], numbers[order]
    starts = np.flatnonzero(np.diff(group, prepend=0))
    if len(starts):
        sizes = np.diff(np.append(starts, len(group)))
        low, high = (f.reduceat(numbers, starts) for f in (np.minimum, np.maximum))
        # Rounding must not carry the mean of equal numbers beyond them.
        mean = np.clip(np.add.reduceat(numbers, starts) / sizes, low, high)
        for label, *three in zip(group[starts].tolist(), low, mean, high, strict=True):
            figures[label - 1] = [float(figure) for figure in three]
    return [
        CellStatistics(int(n), float(n * cell_size**2), *three)
        for n, three in zip(cells, figures, strict=True)
    ]


def cells_of(grid: Grid, coordinates: FloatArray) -> tuple[IntArray, IntArray, BoolArray]:
    """
    Return the cell in which each place lies.

    Parameters
    ----------
    grid : Grid
        The cells; each holds its northern and its western edge.
    coordinates : ndarray, shape (n, 2)
        Eastings and northings (m).

    Returns
    -------
    tuple of ndarray, shape (n,)
        Rows, columns, and whether the place lies on the grid at all; where not, the nearest cell.

    Examples
    --------
    >>> grid = Grid(0.0, 20.0, 10.0, 2, 2, 28992)
    >>> cells_of(grid, np.array([[10.0, 10.0], [25.0, 5.0]]))
    (array([1, 1]), array([1, 1]), array([ True, False]))
    """
    row = np.floor((grid.north - coordinates[:, 1]) / grid.cell_size).astype(np.int64)
    column = np.floor((coordinates[:, 0] - grid.west) / grid.cell_size).astype(np.int64)
    is_on = (row >= 0) & (row < grid.rows) & (column >= 0) & (column < grid.columns)
    return np.clip(row, 0, grid.rows - 1), np.clip(column, 0, grid.columns - 1), is_on


def sample_statistics(
    labels_of_samples: IntArray,
    count: int,
    coordinates: FloatArray,
    values: FloatArray,
    marks: tuple[BoolArray, BoolArray],
) -> list[SampleStatistics]:
    """
    Summarise the samples inside each labelled group of cells.

    Parameters
    ----------
    labels_of_samples : ndarray of int64, shape (n,)
        The group of each sample's cell, 0 for none.
    count : int
        How many groups.
    coordinates : ndarray, shape (n, 2)
        Eastings and northings (m).
    values : ndarray, shape (n,)
        Concentrations.
    marks : tuple of ndarray of bool, shape (n,)
        Which samples lie below their detection limit, and which of these cannot be decided.

    Returns
    -------
    list of SampleStatistics
        By label.

    Examples
    --------
    >>> places, none = np.array([[1.0, 1.0], [1.0, 1.0], [2.0, 2.0]]), np.zeros(3, bool)
    >>> labels, values = np.array([1, 1, 0]), np.array([5.0, 7.0, 3.0])
    >>> [found] = sample_statistics(labels, 1, places, values, (none, none))
    >>> found.sample_count, found.place_count, found.maximum, found.maximum_index, found.mean
    (2, 1, 7.0, 1, 6.0)
    """
    order = np.argsort(labels_of_samples, kind="stable")
    edges = np.searchsorted(labels_of_samples[order], np.arange(1, count + 2))
    answers = []
    for start, stop in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        inside = order[start:stop]
        if not len(inside):
            answers.append(SampleStatistics(0, 0, 0, 0, None, None, None))
            continue
        highest = int(inside[np.argmax(values[inside])])
        answers.append(
            SampleStatistics(
                len(inside),
                len(np.unique(coordinates[inside], axis=0)),
                int(marks[0][inside].sum()),
                int(marks[1][inside].sum()),
                float(values[highest]),
                highest,
                float(values[inside].mean()),
            )
        )
    return answers
