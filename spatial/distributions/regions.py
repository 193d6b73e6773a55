"""What realisations say of regions: areas above a threshold, means of blocks and parcels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from spatial.arrays import FloatArray, IntArray
from spatial.distributions.realisations import Realisations, realisation_band
from spatial.errors import GridError, NoQuantityError
from spatial.exceedance import check_threshold
from spatial.grids import Grid

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

Bands = Mapping[str, ArrayLike]


@dataclass(frozen=True, slots=True)
class RegionMeans:
    """
    Means over regions, realisation by realisation.

    Parameters
    ----------
    cells : ndarray of int64, shape (r,)
        How many cells of the surface each region has.
    means : ndarray, shape (n, r)
        The mean concentration over them, NaN for a region without cells.

    Examples
    --------
    >>> found = RegionMeans(np.array([4]), np.array([[1.0], [2.0], [3.0], [9.0]]))
    >>> found.probability(2.5), found.expected(), found.quantile(0.5)
    (array([0.5]), array([3.75]), array([2.5]))
    """

    cells: IntArray
    means: FloatArray

    def probability(self, threshold: float) -> FloatArray:
        """
        Return P(mean of the region > T).

        Parameters
        ----------
        threshold : float
            The guideline value.

        Returns
        -------
        ndarray, shape (r,)
            Share of the realisations; NaN for a region without cells.
        """
        return self._distribution().probability(threshold).of(self._bands())

    def sampling_error(self, threshold: float) -> FloatArray:
        """
        Return the standard error of these probabilities.

        Parameters
        ----------
        threshold : float
            The guideline value.

        Returns
        -------
        ndarray, shape (r,)
            See `spatial.distributions.realisations.Realisations`.
        """
        return self._distribution().sampling_error(threshold).of(self._bands())

    def quantile(self, probability: float) -> FloatArray:
        """
        Return a quantile of the means.

        Parameters
        ----------
        probability : float
            Between 0 and 1.

        Returns
        -------
        ndarray, shape (r,)
            Concentrations.
        """
        return self._distribution().quantile(probability).of(self._bands())

    def expected(self) -> FloatArray:
        """
        Return the mean of the means.

        Returns
        -------
        ndarray, shape (r,)
            Concentrations.
        """
        return np.asarray(self.means.mean(axis=0))

    def _distribution(self) -> Realisations:
        """
        Return how realisations are counted.

        Returns
        -------
        Realisations
            So many.
        """
        return Realisations(len(self.means))

    def _bands(self) -> dict[str, FloatArray]:
        """
        Return the means as bands.

        Returns
        -------
        dict of ndarray, shape (r,)
            By realisation.
        """
        return {realisation_band(number): mean for number, mean in enumerate(self.means)}


def drawn_bands(bands: Bands) -> list[ArrayLike]:
    """
    Return the realisations among the bands of a surface.

    Parameters
    ----------
    bands : mapping of str to array_like
        A surface's bands.

    Returns
    -------
    list of array_like
        In their order.

    Raises
    ------
    NoQuantityError
        Where there is none.
    """
    drawn: list[ArrayLike] = []
    while (name := realisation_band(len(drawn))) in bands:
        drawn.append(bands[name])
    if not drawn:
        raise NoQuantityError(
            "What several cells are together is known from realisations only: build a surface with "
            "method simulation (or block_kriging for the mean of values without a transform)."
        )
    return drawn


def exceeding_area(grid: Grid, bands: Bands, threshold: float) -> FloatArray:
    """
    Return the area above a threshold in every realisation.

    Parameters
    ----------
    grid : Grid
        The surface's.
    bands : mapping of str to array_like
        Its bands.
    threshold : float
        The guideline value T.

    Returns
    -------
    ndarray, shape (n,)
        Square metres, cells taken at their centres: the share above A is P(area above T > A).

    Raises
    ------
    NoQuantityError
        Where the surface has no realisations.

    Examples
    --------
    >>> grid = Grid(0.0, 20.0, 10.0, 2, 2, 32631)
    >>> draws = {"realisation_1": [[1, 9], [9, 1]], "realisation_2": [[1, 1], [9, 1]]}
    >>> exceeding_area(grid, draws, 5.0)
    array([200., 100.])
    """
    check_threshold(threshold)
    counts = [np.count_nonzero(np.asarray(band) > threshold) for band in drawn_bands(bands)]
    return np.array(counts, np.float64) * grid.cell_size**2


def parcel_means(grid: Grid, bands: Bands, parcels: "Sequence[BaseGeometry]") -> RegionMeans:
    """
    Return the distribution of the mean over each parcel.

    Parameters
    ----------
    grid : Grid
        The surface's.
    bands : mapping of str to array_like
        Its bands.
    parcels : sequence of shapely geometry
        Polygons in the grid's coordinate system; they may overlap.

    Returns
    -------
    RegionMeans
        Over the cells whose centre lies inside or on the edge, and of which the surface speaks.

    Raises
    ------
    NoQuantityError
        Where the surface has no realisations.
    GridError
        Where a parcel is no valid polygon.

    Examples
    --------
    >>> grid = Grid(0.0, 20.0, 10.0, 2, 2, 32631)
    >>> draws = {"realisation_1": [[1, 9], [9, 1]], "realisation_2": [[1, 1], [9, 1]]}
    >>> import shapely
    >>> parcel_means(grid, draws, [shapely.box(0, 0, 10, 20)]).means
    array([[5.],
           [5.]])
    """
    import shapely

    drawn = [np.asarray(band).ravel() for band in drawn_bands(bands)]
    is_known = ~np.isnan(drawn[0].astype(np.float64))
    centres = grid.cell_centres()
    members = []
    for number, parcel in enumerate(parcels, start=1):
        if parcel.geom_type not in {"Polygon", "MultiPolygon"} or not parcel.is_valid:
            raise GridError(f"Parcel {number} is no valid polygon.")
        shapely.prepare(parcel)
        inside = shapely.intersects_xy(parcel, centres[:, 0], centres[:, 1])
        members.append(np.flatnonzero(inside & is_known))
    return RegionMeans(
        np.array([len(cells) for cells in members], np.int64),
        np.array(
            [
                [
                    float(band[cells].mean(dtype=np.float64)) if len(cells) else np.nan
                    for cells in members
                ]
                for band in drawn
            ],
            np.float64,
        ).reshape(len(drawn), len(members)),
    )


def block_means(grid: Grid, bands: Bands, block_size: float) -> RegionMeans:
    """
    Return the distribution of the mean over square blocks.

    Parameters
    ----------
    grid : Grid
        The surface's.
    bands : mapping of str to array_like
        Its bands.
    block_size : float
        Side of a block (m), a multiple of the cell size.

    Returns
    -------
    RegionMeans
        Blocks row by row from the grid's north-western corner; those at the southern and eastern
        edge may be smaller.

    Raises
    ------
    NoQuantityError
        Where the surface has no realisations.
    GridError
        Where no whole number of cells fills a block.

    Examples
    --------
    >>> grid = Grid(0.0, 20.0, 10.0, 3, 2, 32631)
    >>> draws = {"realisation_1": [[1, 9, 5], [9, 1, 7]]}
    >>> block_means(grid, draws, 20.0).means
    array([[5., 6.]])
    """
    side = round(block_size / grid.cell_size)
    if side < 1 or abs(side * grid.cell_size - block_size) > 1e-9 * block_size:
        raise GridError(
            f"A block of {block_size:g} m is not filled by whole cells of {grid.cell_size:g} m."
        )
    rows, columns = np.arange(grid.rows) // side, np.arange(grid.columns) // side
    labels = (rows[:, np.newaxis] * (columns[-1] + 1) + columns).ravel()
    drawn = [np.asarray(band, np.float64).ravel() for band in drawn_bands(bands)]
    is_known = ~np.isnan(drawn[0])
    count = int(labels[-1]) + 1
    cells = np.bincount(labels[is_known], minlength=count)
    sums = [np.bincount(labels[is_known], band[is_known], minlength=count) for band in drawn]
    with np.errstate(invalid="ignore"):
        return RegionMeans(cells.astype(np.int64), np.array(sums) / cells)
