"""Hotspots where a guideline value is probably exceeded: P(concentration > T) >= q."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from spatial.arrays import BoolArray
from spatial.errors import InvalidRequestError
from spatial.exceedance import check_threshold
from spatial.hotspots.contract import Hotspot, Surface
from spatial.hotspots.polygons import Connectivity, label_cells, outline_cells
from spatial.hotspots.statistics import cell_statistics


@dataclass(frozen=True, slots=True)
class Exceedance:
    """
    Connected cells in which P(concentration > threshold) is q or more.

    Parameters
    ----------
    threshold : float
        The guideline value (mg/kg).
    q : float
        The probability asked for, above 0 and up to 1.
    connectivity : {4, 8}
        4: cells belong together that share an edge; 8: also those that share a corner.
    fewest_cells : int
        Smaller groups are left out.
    """

    threshold: float
    q: float
    connectivity: Connectivity = 4
    fewest_cells: int = 1

    reason_code: ClassVar[str] = "probability_of_exceedance"

    def __post_init__(self) -> None:
        if not 0.0 < self.q <= 1.0:
            raise InvalidRequestError(
                f"The probability q must be above 0 and at most 1; got {self.q}."
            )
        check_threshold(self.threshold)
        if self.connectivity not in (4, 8):
            raise InvalidRequestError(f"Connectivity is 4 or 8; got {self.connectivity}.")
        if self.fewest_cells < 1:
            raise InvalidRequestError(f"fewest_cells must be 1 or more; got {self.fewest_cells}.")

    def find(self, surface: Surface) -> list[Hotspot]:
        """
        Return the polygons in which the guideline value is probably exceeded.

        Parameters
        ----------
        surface : Surface
            One that has a probability of exceeding this threshold.

        Returns
        -------
        list of Hotspot
            From the north-west in reading order of their first cells.

        Raises
        ------
        NoProbabilityError
            Where it has none.

        Examples
        --------
        >>> from spatial.distributions.gaussian import Gaussian
        >>> from spatial.grids import Grid
        >>> from spatial.interpolation.transforms import get_transform
        >>> bands = {"location": np.array([[5.0, 6.0, 7.0]]), "sigma": np.ones((1, 3))}
        >>> grid = Grid(0.0, 40.0, 40.0, 3, 1, 28992)
        >>> surface = Surface(grid, bands, Gaussian(get_transform("none")))
        >>> [spot] = Exceedance(threshold=6.0, q=0.5).find(surface)
        >>> spot.geometry.bounds, spot.cells.area_m2
        ((40.0, 0.0, 120.0, 40.0), 3200.0)
        """
        probability = surface.distribution.probability(self.threshold).of(surface.bands)
        is_hot: BoolArray = np.greater_equal(probability, self.q)
        labels, count = label_cells(is_hot, self.connectivity)
        polygons = outline_cells(labels, count, surface.grid)
        statistics = cell_statistics(labels, count, probability, surface.grid.cell_size)
        return [
            Hotspot(
                polygon,
                cells,
                self.reason_code,
                f"In every cell the probability of more than {self.threshold:g} is {self.q:g} or "
                f"higher ({cells.minimum:.2f} to {cells.maximum:.2f}, mean {cells.mean:.2f}).",
            )
            for polygon, cells in zip(polygons, statistics, strict=True)
            if cells.cell_count >= self.fewest_cells
        ]
