"""What every definition of a hotspot promises."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon

from spatial.distributions.contract import Distribution
from spatial.grids import Grid
from spatial.hotspots.statistics import CellStatistics


@dataclass(frozen=True, slots=True)
class Surface:
    """
    The evidence a definition looks at.

    Parameters
    ----------
    grid : Grid
        Where the cells lie.
    bands : mapping of str to ndarray, shape (rows, columns)
        The surface's bands, at least those the definition asks for.
    distribution : Distribution
        What these bands can be asked.
    """

    grid: Grid
    bands: Mapping[str, NDArray[Any]]
    distribution: Distribution


@dataclass(frozen=True, slots=True)
class Hotspot:
    """
    One polygon that satisfies a definition.

    Parameters
    ----------
    geometry : shapely Polygon or MultiPolygon
        In the surface's coordinate system, along cell edges.
    cells : CellStatistics
        Size, and the definition's quantity over the polygon's cells.
    reason_code : str
        Why it is there, for programs.
    reason : str
        Why it is there, for people.
    """

    geometry: Polygon | MultiPolygon
    cells: CellStatistics
    reason_code: str
    reason: str


class Definition(Protocol):
    """A named definition with its parameters."""

    def find(self, surface: Surface) -> list[Hotspot]:
        """
        Return the polygons that satisfy the definition.

        Parameters
        ----------
        surface : Surface
            The evidence.

        Returns
        -------
        list of Hotspot
            From the north-west in reading order of their first cells.
        """
        ...
