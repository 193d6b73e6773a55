"""Exclusive classes of cells by probability, those first in which the data cannot decide."""

from dataclasses import dataclass
from typing import ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from spatial.arrays import BoolArray, FloatArray, IntArray
from spatial.distributions.realisations import Realisations
from spatial.errors import InvalidRequestError
from spatial.grids import Grid, Tile
from spatial.hotspots.contract import Confidence, Evidence, Reason, Surface
from spatial.hotspots.samples import Samples, all_of_place
from spatial.interpolation.transforms import get_transform

_Number = TypeVar("_Number", bound=np.generic)
# Cells are compared by blocks of so many a side; only blocks that two kinds of places share are
# looked at cell by cell.
BLOCK = 8


@dataclass(frozen=True, slots=True)
class Fractions:
    """
    Where the classes of a probability begin, and from which variance on nothing is decided.

    Parameters
    ----------
    likely : float
        From this probability on.
    possible : float
        From this one up to `likely`.
    cannot_be_ruled_out : float
        From this one up to `possible`.
    undecidable_variance : float
        From this share of the sill on, the kriging variance leaves a cell undecidable; above 1
        nothing is undecidable for its variance.

    Examples
    --------
    >>> Fractions().classify(np.array([0.1, 0.2, 0.5, 0.8, np.nan]), np.zeros(5, bool)).tolist()
    [0, 4, 3, 2, 0]
    """

    likely: float = 0.8
    possible: float = 0.5
    cannot_be_ruled_out: float = 0.2
    undecidable_variance: float = 0.9

    names: ClassVar[tuple[Confidence, ...]] = (
        "undecidable",
        "likely",
        "possible",
        "cannot_be_ruled_out",
    )

    def __post_init__(self) -> None:
        if not 0.0 < self.cannot_be_ruled_out < self.possible < self.likely <= 1.0:
            raise InvalidRequestError(
                "The classes begin at rising probabilities: 0 < cannot_be_ruled_out < possible < "
                f"likely <= 1; got {self.cannot_be_ruled_out}, {self.possible}, {self.likely}."
            )
        if not 0.0 < self.undecidable_variance < np.inf:
            raise InvalidRequestError(
                "undecidable_variance is a share of the sill above 0, for example 0.9; got "
                f"{self.undecidable_variance}."
            )

    def classify(self, probability: FloatArray, is_undecidable: BoolArray) -> IntArray:
        """
        Return the class of each cell.

        Parameters
        ----------
        probability : ndarray
            P, NaN where there are no data.
        is_undecidable : ndarray of bool
            Where the data cannot decide.

        Returns
        -------
        ndarray of int64
            0 for none or no data, else one plus the position in `names`.
        """
        kinds = np.zeros(probability.shape, np.int64)
        # NaN is never >= anything, so cells without data stay 0.
        for kind, least in ((4, self.cannot_be_ruled_out), (3, self.possible), (2, self.likely)):
            kinds[probability >= least] = kind
        kinds[is_undecidable & ~np.isnan(probability)] = 1
        return kinds

    @property
    def least(self) -> tuple[float, float, float, float]:
        """From which probability on each of `names` holds; NaN for undecidable."""
        return (np.nan, self.likely, self.possible, self.cannot_be_ruled_out)

    def reasons(self, what: str, code: str = "exceedance") -> tuple[Reason, ...]:
        """
        Return why polygons of each class are there.

        Parameters
        ----------
        what : str
            What the probability is one of, such as ``zinc above 150``.
        code : str
            With which the codes of the classes begin.

        Returns
        -------
        tuple of Reason
            In the order of `names`.
        """
        return (
            Reason(
                "undecidable",
                "data_cannot_decide",
                f"The data cannot decide about {what}: the nearest results lie below a detection "
                "limit above that value, or no sample is near enough (kriging variance of "
                f"{self.undecidable_variance:.0%} of the sill or more)",
            ),
            Reason(
                "likely",
                f"{code}_likely",
                f"In every cell the probability of {what} is {self.likely:.0%} or more",
            ),
            Reason(
                "possible",
                f"{code}_possible",
                f"In every cell the probability of {what} lies between {self.possible:.0%} and "
                f"{self.likely:.0%}",
            ),
            Reason(
                "cannot_be_ruled_out",
                f"{code}_not_ruled_out",
                f"In every cell the probability of {what} lies between "
                f"{self.cannot_be_ruled_out:.0%} and {self.possible:.0%}",
            ),
        )


def undecidable_cells(evidence: Evidence, threshold: float, share_of_sill: float) -> BoolArray:
    """
    Tell in which cells the data cannot decide whether a threshold is exceeded.

    Parameters
    ----------
    evidence : Evidence
        Samples, and the surface's bands for its variance.
    threshold : float
        The guideline value T.
    share_of_sill : float
        From this share of the sill on, the kriging variance decides nothing.

    Returns
    -------
    ndarray of bool, shape (rows, columns)
        True where every result at the nearest place lies below a limit above T, or the variance
        is that large.
    """
    hidden = nearest_is_undecidable(evidence.grid, evidence.samples, threshold)
    return hidden | varies_too_much(evidence, share_of_sill)


def varies_too_much(evidence: Evidence, share_of_sill: float) -> BoolArray:
    """
    Tell in which cells the kriging variance leaves nothing decided.

    Parameters
    ----------
    evidence : Evidence
        With the surface's bands for its variance.
    share_of_sill : float
        From this share of the sill on.

    Returns
    -------
    ndarray of bool, shape (rows, columns)
        False everywhere for families and supports without a variance or a sill.
    """
    variance = kriging_variance(evidence)
    sill = None if evidence.surface is None else evidence.surface.sill
    if variance is None or sill is None:
        return np.zeros(evidence.grid.shape, np.bool_)
    return np.asarray(variance >= share_of_sill * sill, np.bool_)


def variance_bands(surface: Surface) -> tuple[str, ...]:
    """
    Return the bands from which the variance is known that is held against the sill.

    Parameters
    ----------
    surface : Surface
        A surface.

    Returns
    -------
    tuple of str
        None for families and supports that have no variance, or no sill.

    Examples
    --------
    >>> variance_bands(Surface(Realisations(2), "point", 1.0, ("ln", {})))
    ('realisation_1', 'realisation_2')
    >>> variance_bands(Surface(Realisations(2), "block", 1.0, ("ln", {})))
    ()
    """
    family = surface.distribution
    if surface.support != "point" or surface.sill is None:
        return ()
    if "sigma" in family.band_names:
        return ("sigma",)
    if isinstance(family, Realisations) and surface.transform:
        return tuple(family.drawn)
    return ()


def kriging_variance(evidence: Evidence) -> FloatArray | None:
    """
    Return the variance of the surface on its transformed scale.

    Parameters
    ----------
    evidence : Evidence
        With the bands sigma, or all realisations.

    Returns
    -------
    ndarray, shape (rows, columns), or None
        None for families and supports that have none to be held against the sill of points.
    """
    surface, bands = evidence.surface, evidence.bands
    if surface is None or surface.support != "point":
        return None
    if "sigma" in bands:
        return np.asarray(bands["sigma"], np.float64) ** 2
    family = surface.distribution
    if isinstance(family, Realisations) and surface.transform and family.drawn[0] in bands:
        g = get_transform(*surface.transform)
        total, squares = np.zeros(evidence.grid.shape), np.zeros(evidence.grid.shape)
        for number, name in enumerate(family.drawn, start=1):
            # One realisation at a time (Welford 1962): a hundred of them are too many at once.
            drawn = g.forward(bands[name])
            change = drawn - total
            total += change / number
            squares += change * (drawn - total)
        return squares / max(len(family.drawn) - 1, 1)
    return None


def nearest_is_undecidable(grid: Grid, samples: Samples, threshold: float) -> BoolArray:
    """
    Tell in which cells the nearest place cannot say whether a threshold is exceeded.

    Parameters
    ----------
    grid : Grid
        The cells, taken at their centres.
    samples : Samples
        The results.
    threshold : float
        The guideline value T.

    Returns
    -------
    ndarray of bool, shape (rows, columns)
        True where all results there lie below a limit above T. Of two places equally near the one
        that can decide counts.

    Examples
    --------
    >>> samples = Samples.of([[5.0, 5.0], [35.0, 5.0]], [9.0, 9.0], [False, True])
    >>> grid = Grid(0.0, 10.0, 10.0, 4, 1, 28992)
    >>> nearest_is_undecidable(grid, samples, 5.0).tolist()
    [[False, False, True, True]]
    """
    places, place = samples.places()
    is_silent = all_of_place(samples.is_undecidable(threshold), place, len(places))
    if not is_silent.any() or is_silent.all():
        return np.full(grid.shape, bool(is_silent.any()))
    return closer_cells(grid, places[is_silent], places[~is_silent])


def closer_cells(grid: Grid, these: FloatArray, others: FloatArray) -> BoolArray:
    """
    Tell which cells are nearer to some places than to all others.

    Parameters
    ----------
    grid : Grid
        The cells, taken at their centres.
    these : ndarray, shape (n, 2)
        The ones (m).
    others : ndarray, shape (m, 2)
        The others (m).

    Returns
    -------
    ndarray of bool, shape (rows, columns)
        True where one of these is nearest.

    Notes
    -----
    A block of cells whose centre is nearer by more than its diagonal to one kind has all its cells
    nearer to that kind, so that cells need to be asked along the borders only.
    """
    here, there = KDTree(these), KDTree(others)
    centres = grid.cell_centres().reshape(*grid.shape, 2)
    middle = block_middles(grid)
    lead = np.asarray(there.query(middle)[0]) - np.asarray(here.query(middle)[0])
    reach = np.sqrt(2.0) * BLOCK * grid.cell_size
    spread = over_cells(lead, grid)
    nearer = spread > reach
    open_cells = np.abs(spread) <= reach
    asked = centres[open_cells]
    nearer[open_cells] = np.asarray(here.query(asked)[0]) < np.asarray(there.query(asked)[0])
    return np.asarray(nearer, np.bool_)


def block_middles(grid: Grid) -> FloatArray:
    """
    Return the middles of blocks of `BLOCK` cells a side.

    Parameters
    ----------
    grid : Grid
        The cells.

    Returns
    -------
    ndarray, shape (block rows, block columns, 2)
        Easting and northing (m). The last blocks may reach beyond the grid; their middles need not
        lie on it.
    """
    easting, northing = grid.cell_centres(Tile(0, 0, 1, 1))[0]
    rows, columns = (np.arange(BLOCK // 2, n + BLOCK // 2, BLOCK) for n in grid.shape)
    middle = np.empty((len(rows), len(columns), 2))
    middle[..., 0] = easting + (columns - 0.5) * grid.cell_size
    middle[..., 1] = northing - (rows[:, np.newaxis] - 0.5) * grid.cell_size
    return middle


def over_cells(blocks: NDArray[_Number], grid: Grid) -> NDArray[_Number]:
    """
    Return what is known of blocks for each of their cells.

    Parameters
    ----------
    blocks : ndarray, shape (block rows, block columns)
        Of the blocks of `block_middles`.
    grid : Grid
        The cells.

    Returns
    -------
    ndarray, shape (rows, columns)
        The same for all cells of a block.
    """
    spread = np.repeat(np.repeat(blocks, BLOCK, axis=0), BLOCK, axis=1)
    return spread[: grid.rows, : grid.columns]
