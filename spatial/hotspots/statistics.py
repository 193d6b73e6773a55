"""The figures beside a hotspot: its cells, and the samples inside."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike
from scipy import ndimage
from shapely.geometry.base import BaseGeometry

from spatial.arrays import FloatArray, IntArray, as_coordinates, as_values


class CellStatistics(NamedTuple):
    """
    A quantity over the cells of one polygon.

    Parameters
    ----------
    cell_count : int
        How many cells.
    area_m2 : float
        Their area.
    minimum : float
        Smallest quantity, such as the probability.
    mean : float
        Mean quantity.
    maximum : float
        Largest quantity.
    """

    cell_count: int
    area_m2: float
    minimum: float
    mean: float
    maximum: float


class SampleStatistics(NamedTuple):
    """
    The samples inside one polygon, its edge counted as inside.

    Parameters
    ----------
    sample_count : int
        How many samples.
    place_count : int
        At how many separate places.
    maximum : float or None
        Largest value; None without samples.
    maximum_index : int or None
        Which sample has it (the first of several).
    mean : float or None
        Arithmetic mean of the samples' values.
    """

    sample_count: int
    place_count: int
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
        What to summarise.
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
    if count == 0:
        return []
    index = np.arange(1, count + 1)
    cells = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    figures = (
        np.asarray(ndimage.minimum(quantity, labels, index)),
        np.asarray(ndimage.mean(quantity, labels, index)),
        np.asarray(ndimage.maximum(quantity, labels, index)),
    )
    return [
        CellStatistics(int(n), float(n * cell_size**2), float(low), float(mean), float(high))
        for n, low, mean, high in zip(cells, *figures, strict=True)
    ]


def sample_statistics(
    polygons: Sequence[BaseGeometry], eastings: ArrayLike, northings: ArrayLike, values: ArrayLike
) -> list[SampleStatistics]:
    """
    Summarise the samples inside each polygon.

    Parameters
    ----------
    polygons : sequence of shapely geometry
        In the samples' coordinate system.
    eastings : array_like, shape (n,)
        Eastings (m).
    northings : array_like, shape (n,)
        Northings (m).
    values : array_like, shape (n,)
        Concentrations.

    Returns
    -------
    list of SampleStatistics
        One per polygon. A sample on a shared edge or corner counts in each polygon it touches.

    Examples
    --------
    >>> sample_statistics([shapely.box(0, 0, 2, 2)], [1, 1, 2, 3], [1, 1, 2, 3], [5, 7, 3, 9])
    [SampleStatistics(sample_count=3, place_count=2, maximum=7.0, maximum_index=1, mean=5.0)]
    """
    places = as_coordinates(np.column_stack([np.ravel(eastings), np.ravel(northings)]))
    numbers = as_values(np.ravel(values), len(places))
    tree = shapely.STRtree(np.atleast_1d(np.asarray(shapely.points(places), dtype=object)))
    return [
        _summary(np.sort(tree.query(polygon, predicate="covers")), places, numbers)
        for polygon in polygons
    ]


def _summary(inside: IntArray, places: FloatArray, values: FloatArray) -> SampleStatistics:
    """
    Summarise chosen samples.

    Parameters
    ----------
    inside : ndarray of int64, shape (k,)
        Their indices, ascending.
    places : ndarray, shape (n, 2)
        All places (m).
    values : ndarray, shape (n,)
        All values.

    Returns
    -------
    SampleStatistics
        The figures.
    """
    if not len(inside):
        return SampleStatistics(0, 0, None, None, None)
    highest = int(inside[np.argmax(values[inside])])
    return SampleStatistics(
        len(inside),
        len(np.unique(places[inside], axis=0)),
        float(values[highest]),
        highest,
        float(values[inside].mean()),
    )
