"""Weights that undo samples lying closer together where somebody looked harder."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike

from spatial.arrays import FloatArray, as_coordinates, as_values
from spatial.coordinates import Bounds
from spatial.errors import InvalidRequestError, TooFewPlacesError, UnknownNameError
from spatial.interpolation.duplicates import MergedPlaces

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

DECLUSTERINGS = ("cell", "polygonal")
# Origins of the lattice that are averaged over, and cell sizes that are tried.
ORIGINS = 25
CELL_SIZES = 25
Extreme = Literal["lowest", "highest", "either"]


@dataclass(frozen=True, slots=True)
class CellDeclustering:
    """
    The outcome of cell declustering.

    Parameters
    ----------
    weights : ndarray, shape (n,)
        One per place, positive, with a mean of 1.
    cell_size : float
        The side of the cells (m).
    cell_sizes : ndarray, shape (sizes,)
        All sizes that were tried (m).
    means : ndarray, shape (sizes,)
        The weighted mean under each.
    """

    weights: FloatArray
    cell_size: float
    cell_sizes: FloatArray
    means: FloatArray


def check_declustering(name: str | None) -> None:
    """
    Refuse a declustering nobody knows.

    Parameters
    ----------
    name : str or None
        The name asked for; None for no declustering.

    Raises
    ------
    UnknownNameError
        With the names there are.
    """
    if name is not None and name not in DECLUSTERINGS:
        raise UnknownNameError(
            f"There is no declustering called {name!r}; there are: {', '.join(DECLUSTERINGS)}."
        )


def declustering_weights(
    name: str | None, places: MergedPlaces, outline: "BaseGeometry | None"
) -> FloatArray | None:
    """
    Return weights by the name of the way they are made.

    Parameters
    ----------
    name : {"cell", "polygonal"} or None
        The way.
    places : MergedPlaces
        Samples by place, in concentrations.
    outline : shapely geometry or None
        The area polygons are clipped to.

    Returns
    -------
    ndarray, shape (n,), or None
        None where no declustering is asked for.
    """
    check_declustering(name)
    if name is None:
        return None
    if name == "cell":
        return cell_declustering(places.coordinates, places.values).weights
    return polygonal_weights(places.coordinates, outline)


def cell_weights(coordinates: ArrayLike, cell_size: float) -> FloatArray:
    """
    Return weights that give every occupied cell of a lattice the same say.

    Parameters
    ----------
    coordinates : array_like, shape (n, 2)
        Eastings and northings (m).
    cell_size : float
        Side of the cells (m).

    Returns
    -------
    ndarray, shape (n,)
        1 over the number of places in the cell, averaged over 25 origins of the lattice, with a
        mean of 1.

    Raises
    ------
    InvalidRequestError
        Where the cell size is not positive.

    Notes
    -----
    Journel (1983); Deutsch & Journel (1998), program DECLUS.

    Examples
    --------
    >>> cell_weights([[0, 0], [1, 0], [100, 0]], 10.0).round(2)
    array([0.75, 0.75, 1.5 ])
    """
    if not (np.isfinite(cell_size) and cell_size > 0.0):
        raise InvalidRequestError(f"The cell size must be more than 0 m; got {cell_size}.")
    places = as_coordinates(coordinates)
    places = places - places.min(axis=0)
    total = np.zeros(len(places))
    steps = int(np.sqrt(ORIGINS))
    for origin in range(ORIGINS):
        shift = np.array(divmod(origin, steps)) * cell_size / steps
        cells = np.floor((places + shift) / cell_size).astype(np.int64)
        keys = cells[:, 0] * (cells[:, 1].max() + 1) + cells[:, 1]
        _, group, counts = np.unique(keys, return_inverse=True, return_counts=True)
        shares = 1.0 / counts[group]
        total += shares / shares.sum()
    return np.asarray(total * len(places) / ORIGINS, np.float64)


def cell_declustering(
    coordinates: ArrayLike, values: ArrayLike, extreme: Extreme = "either"
) -> CellDeclustering:
    """
    Choose the cell size that moves the mean most, and return its weights.

    Parameters
    ----------
    coordinates : array_like, shape (n, 2)
        Eastings and northings (m).
    values : array_like, shape (n,)
        Concentrations.
    extreme : {"lowest", "highest", "either"}
        Which mean is looked for: the lowest where high places were sampled more densely, the
        highest where low ones were; ``either`` takes the one farther from the plain mean.

    Returns
    -------
    CellDeclustering
        Weights, the size, and the means of all 25 sizes, from the median distance of neighbours to
        half the diagonal of the extent.

    Raises
    ------
    TooFewPlacesError
        Where there are fewer than two places.

    Examples
    --------
    >>> dense = [[0, 0], [1, 0], [0, 1], [1, 1], [90, 0], [0, 90], [90, 90]]
    >>> found = cell_declustering(dense, [9.0, 9.0, 9.0, 9.0, 1.0, 1.0, 1.0])
    >>> bool(np.average([9.0] * 4 + [1.0] * 3, weights=found.weights) < 4.0)
    True
    """
    places = as_coordinates(coordinates)
    numbers = as_values(values, len(places))
    if len(places) < 2:
        raise TooFewPlacesError("Declustering needs at least two places.")
    spacing = _spacing(places)
    largest = 0.5 * Bounds.of(places[:, 0], places[:, 1]).diagonal
    sizes = np.geomspace(max(min(spacing, largest), 1e-3 * largest), largest, CELL_SIZES)
    tried = [cell_weights(places, float(size)) for size in sizes]
    means = np.array([np.average(numbers, weights=weights) for weights in tried])
    score = {
        "lowest": -means,
        "highest": means,
        "either": np.abs(means - numbers.mean()),
    }[extreme]
    best = int(np.argmax(score))
    return CellDeclustering(tried[best], float(sizes[best]), sizes, means)


def polygonal_weights(coordinates: ArrayLike, outline: "BaseGeometry | None" = None) -> FloatArray:
    """
    Return weights in proportion to the area nearer to a place than to any other.

    Parameters
    ----------
    coordinates : array_like, shape (n, 2)
        Eastings and northings (m), no two the same.
    outline : shapely geometry, optional
        The area to be shared, in the same system; the convex hull of the places, widened by half
        the median distance of neighbours, when absent.

    Returns
    -------
    ndarray, shape (n,)
        With a mean of 1; 0 for a place whose area lies wholly outside the outline.

    Raises
    ------
    TooFewPlacesError
        Where there are fewer than two places.
    InvalidRequestError
        Where the outline is empty or not valid.

    Examples
    --------
    >>> import shapely
    >>> outline = shapely.box(-5.0, -1.0, 25.0, 1.0)
    >>> polygonal_weights([[0, 0], [10, 0], [20, 0]], outline).round(6)
    array([1., 1., 1.])
    """
    import shapely
    from shapely import affinity

    places = as_coordinates(coordinates)
    if len(places) < 2:
        raise TooFewPlacesError("Declustering needs at least two places.")
    # Near the origin, where the construction keeps more digits.
    corner = places.min(axis=0)
    points = shapely.multipoints(places - corner)
    if outline is None:
        spacing = _spacing(places)
        area = points.convex_hull.buffer(0.5 * spacing)
    elif outline.is_empty or not outline.is_valid or outline.area == 0.0:
        raise InvalidRequestError("The outline is empty or not a valid polygon.")
    else:
        area = affinity.translate(outline, -corner[0], -corner[1])
    polygons = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=area, ordered=True))
    shares = shapely.area(shapely.intersection(polygons, area))
    return np.asarray(shares * len(places) / shares.sum(), np.float64)


def _spacing(places: FloatArray) -> float:
    """
    Return how far the nearest other place typically is.

    Parameters
    ----------
    places : ndarray, shape (n, 2)
        Eastings and northings (m).

    Returns
    -------
    float
        The median (m).
    """
    # Here and not above: the names of declusterings are also read where no compiler is loaded.
    from spatial.neighbours import NeighbourSearch

    return float(np.median(NeighbourSearch(places).separation()))
