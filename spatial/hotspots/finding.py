"""From a definition and its evidence to polygons with all their figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from shapely.geometry import Polygon

from spatial.arrays import IntArray
from spatial.errors import InvalidRequestError
from spatial.hotspots.contract import (
    Definition,
    Evidence,
    JointDefinition,
    Marks,
    Part,
    Reason,
    Surface,
)
from spatial.hotspots.mixture_statistics import MixtureStatistics
from spatial.hotspots.polygons import label_cells, outline_cells
from spatial.hotspots.samples import Samples
from spatial.hotspots.statistics import (
    CellStatistics,
    SampleStatistics,
    cell_statistics,
    cells_of,
    sample_statistics,
)
from spatial.mixtures.shared_grid import share_grid, window_of
from spatial.raster import read_raster


@dataclass(frozen=True, slots=True)
class Hotspot:
    """
    One polygon that satisfies a definition.

    Parameters
    ----------
    geometry : shapely Polygon
        In the grid's coordinate system, along cell edges.
    reason : Reason
        Class, code and sentence.
    cells : CellStatistics
        Size, and the definition's quantity over the polygon's cells.
    samples : SampleStatistics
        The samples inside.
    mixture : MixtureStatistics or None
        What more is told of several contaminants.
    """

    geometry: Polygon
    reason: Reason
    cells: CellStatistics
    samples: SampleStatistics
    mixture: MixtureStatistics | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """
    A surface in a file, one of several that a definition looks at.

    Parameters
    ----------
    name : str
        What it is one of, for sentences.
    path : Path
        The raster.
    surface : Surface
        What it can be asked.
    samples : Samples
        The results it was made of.
    row : ndarray of int64
        Which sample each result is one of.
    """

    name: str
    path: Path
    surface: Surface
    samples: Samples
    row: IntArray


@dataclass(frozen=True, slots=True)
class Found:
    """
    What a definition found.

    Parameters
    ----------
    hotspots : list of Hotspot
        From the north-west in reading order of their first cells.
    quantity_name : str
        What the cells' figures are figures of.
    notes : dict
        How it was done, for the card.
    left_out : int
        Polygons smaller than the least area.
    """

    hotspots: list[Hotspot]
    quantity_name: str
    notes: dict[str, Any]
    left_out: int


def find(definition: Marks, evidence: Evidence, least_area: float = 0.0) -> Found:
    """
    Return the polygons that satisfy a definition.

    Parameters
    ----------
    definition : Marks
        The definition.
    evidence : Evidence
        What it looks at.
    least_area : float
        Smaller polygons are left out (m²).

    Returns
    -------
    Found
        Polygons that do not overlap, with their figures.

    Raises
    ------
    InvalidRequestError
        Where the least area is none.

    Examples
    --------
    >>> from spatial.distributions.gaussian import Gaussian
    >>> from spatial.grids import Grid
    >>> from spatial.hotspots.exceedance import Exceedance
    >>> from spatial.interpolation.transforms import get_transform
    >>> bands = {"location": np.array([[5.0, 6.0, 7.0]]), "sigma": np.ones((1, 3))}
    >>> grid = Grid(0.0, 40.0, 40.0, 3, 1, 28992)
    >>> samples = Samples.of([[60.0, 20.0]], [6.5])
    >>> evidence = Evidence(grid, samples, Surface(Gaussian(get_transform("none"))), bands)
    >>> found = find(Exceedance(threshold=6.0), evidence)
    >>> [(spot.reason.confidence, spot.geometry.bounds) for spot in found.hotspots]
    [('possible', (40.0, 0.0, 80.0, 40.0)), ('likely', (80.0, 0.0, 120.0, 40.0))]
    """
    if not least_area >= 0.0:
        raise InvalidRequestError(f"The least area must be 0 m² or more; got {least_area}.")
    marked, grid, samples = definition.mark(evidence), evidence.grid, evidence.samples
    labels, kinds = label_cells(marked.kinds)
    count = len(kinds)
    cells = cell_statistics(labels, count, marked.quantity, grid.cell_size)
    row, column, is_on = cells_of(grid, samples.coordinates)
    limit, mixture = marked.undecidable_above, marked.mixture
    undecidable = samples.is_undecidable(np.inf if limit is None else limit)
    told: list[MixtureStatistics | None] = [None] * count
    if mixture is not None:
        samples, undecidable = mixture.samples, mixture.is_undecidable
        told = mixture.describe(labels, count)
    inside = sample_statistics(
        np.where(is_on, labels[row, column], 0),
        count,
        samples.coordinates,
        samples.halved,
        (samples.is_censored, undecidable),
    )
    hotspots = [
        Hotspot(polygon, marked.reasons[kind - 1], figures, within, mixed)
        for polygon, kind, figures, within, mixed in zip(
            outline_cells(labels, count, grid), kinds.tolist(), cells, inside, told, strict=True
        )
        # A whole number of cells against a product of decimals: one cell's worth of rounding.
        if figures.area_m2 >= least_area * (1.0 - 1e-12)
    ]
    return Found(hotspots, marked.quantity_name, marked.notes, count - len(hotspots))


def find_on_file(
    definition: Definition, path: Path, surface: Surface, samples: Samples, least_area: float = 0.0
) -> Found:
    """
    Return the polygons on a surface that is kept in a file.

    Parameters
    ----------
    definition : Definition
        The definition.
    path : Path
        The surface's raster; only the bands the definition asks for are read.
    surface : Surface
        What it can be asked.
    samples : Samples
        The results it was made of, in its coordinate system.
    least_area : float
        Smaller polygons are left out (m²).

    Returns
    -------
    Found
        See `find`.
    """
    # A raster has a grid, so one band is read where none is wanted.
    wanted = definition.bands(surface) or surface.distribution.band_names[:1]
    raster = read_raster(path, wanted)
    return find(definition, Evidence(raster.grid, samples, surface, raster.bands), least_area)


def find_on_files(
    definition: JointDefinition, layers: Sequence[Layer], samples: Samples, least_area: float = 0.0
) -> Found:
    """
    Return the polygons on several surfaces, over the cells that all of them have.

    Parameters
    ----------
    definition : JointDefinition
        The definition.
    layers : sequence of Layer
        One for each contaminant; only the bands the definition asks for are read.
    samples : Samples
        Every sample once, in the layers' coordinate system.
    least_area : float
        Smaller polygons are left out (m²).

    Returns
    -------
    Found
        See `find`.

    Raises
    ------
    GridError
        Where the surfaces lie on different cells.
    """
    wanted = definition.bands_of([layer.surface for layer in layers])
    rasters = [read_raster(layer.path, names) for layer, names in zip(layers, wanted, strict=True)]
    named = zip(layers, rasters, strict=True)
    shared = share_grid({layer.name: raster.grid for layer, raster in named})
    windows = [window_of(shared, raster.grid).window for raster in rasters]
    parts = tuple(
        Part(
            layer.surface,
            {name: band[window] for name, band in raster.bands.items()},
            layer.samples,
            layer.row,
        )
        for layer, raster, window in zip(layers, rasters, windows, strict=True)
    )
    return find(definition, Evidence(shared, samples, parts=parts), least_area)
