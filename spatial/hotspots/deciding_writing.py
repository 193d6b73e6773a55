"""From which threshold on data can decide, cell by cell and from afar, in a file of its own."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import rasterio
from rasterio.io import DatasetReader, DatasetWriter
from rasterio.windows import Window

from spatial.arrays import FloatArray
from spatial.errors import RasterError
from spatial.grids import Grid
from spatial.hotspots.classes import variance_bands
from spatial.hotspots.contract import Evidence, Surface
from spatial.hotspots.deciding import DecidingPlaces, deciding_thresholds
from spatial.hotspots.deciding_levels import DecidingLevel, deciding_levels, whole_blocks
from spatial.hotspots.samples import Samples
from spatial.peak_levels import pooled
from spatial.raster import BLOCK_SIZE, LIBRARY_ERRORS, PIECE_SIZE
from spatial.whole_files import whole_file


def write_deciding(
    path: Path, surface: Path, grid: Grid, seen: Surface, samples: Samples, share_of_sill: float
) -> bool:
    """
    Write from which threshold on the data can decide, whole or not at all.

    Parameters
    ----------
    path : Path
        The wanted file. It is empty where the data can decide about any threshold in every cell.
    surface : Path
        A file made by `spatial.raster.write_cog`.
    grid : Grid
        Its cells.
    seen : Surface
        What it can be asked.
    samples : Samples
        The results it was made of, in its coordinate system.
    share_of_sill : float
        From this share of the sill on, the kriging variance decides nothing.

    Returns
    -------
    bool
        Whether there is a threshold about which some cell cannot decide.

    Raises
    ------
    RasterError
        Where the surface cannot be read or the file not be written.

    Notes
    -----
    The cells are those of `deciding_thresholds`, NaN without data. A cell of a level has the
    *smallest* of those below it: at a threshold it is undecidable where all of them are. Patches
    are alike over many cells, so that packed blocks, each unpacked alone, take next to nothing.
    """
    places = DecidingPlaces.of(samples)
    try:
        with whole_file(path) as partial:
            has_any = bool(places.least.any() or variance_bands(seen))
            if has_any:
                evidence = Evidence(grid, samples, seen)
                has_any = _write(partial, surface, evidence, places, share_of_sill)
            if not has_any:
                partial.write_bytes(b"")
    except LIBRARY_ERRORS as error:
        raise RasterError(f"Cannot write where the data of {path.name} can decide.") from error
    return has_any


def _write(
    path: Path, surface: Path, evidence: Evidence, places: DecidingPlaces, share_of_sill: float
) -> bool:
    """
    Write the cells and their levels.

    Parameters
    ----------
    path : Path
        The file.
    surface : Path
        The surface's file.
    evidence : Evidence
        Its cells, samples and what it can be asked, without bands.
    places : DecidingPlaces
        The samples'.
    share_of_sill : float
        From this share of the sill on, the kriging variance decides nothing.

    Returns
    -------
    bool
        Whether any cell cannot decide about some threshold.
    """
    levels = deciding_levels(*evidence.grid.shape)
    last, first = levels[-1], levels[1]
    has_any = False
    with (
        rasterio.open(surface, driver="GTiff") as source,
        rasterio.open(
            path,
            "w+",
            driver="GTiff",
            width=first.left + whole_blocks(first.columns),
            height=max(levels[0].rows, last.top + last.rows),
            count=1,
            dtype="float64",
            nodata=float("nan"),
            crs=f"EPSG:{evidence.grid.epsg}",
            transform=rasterio.Affine(*evidence.grid.affine),
            tiled=True,
            blockxsize=BLOCK_SIZE,
            blockysize=BLOCK_SIZE,
            compress="DEFLATE",
            zlevel=1,
            sparse_ok=True,
            bigtiff="IF_SAFER",
        ) as target,
    ):
        for tile in evidence.grid.tiles(PIECE_SIZE):
            window = levels[0].window(*tile)
            cells = _cells(source, window, evidence, places, share_of_sill)
            # NaN is never above anything.
            has_any |= bool((cells > 0.0).any())
            target.write(cells, 1, window=window)
        if has_any:
            for finer, coarser in pairwise(levels):
                _pool(target, finer, coarser)
    return has_any


def _cells(
    source: DatasetReader,
    window: Window,
    evidence: Evidence,
    places: DecidingPlaces,
    share_of_sill: float,
) -> FloatArray:
    """
    Return from which threshold on the data can decide in cells of a window.

    Parameters
    ----------
    source : rasterio dataset
        The surface.
    window : Window
        The window.
    evidence : Evidence
        The surface's cells, samples and what it can be asked, without bands.
    places : DecidingPlaces
        The samples'.
    share_of_sill : float
        From this share of the sill on, the kriging variance decides nothing.

    Returns
    -------
    ndarray, shape (rows, columns)
        NaN where the surface says nothing.
    """
    surface, whole = evidence.surface, evidence.grid
    assert surface is not None  # noqa: S101 - `write_deciding` hands one over
    varying = variance_bands(surface)
    # What is seen of a surface from afar is made of the bands of its probabilities.
    known = surface.distribution.peaks().measures.bands[0]
    names = tuple(dict.fromkeys((known, *varying)))
    indexes = [list(source.descriptions).index(name) + 1 for name in names]
    bands = dict(zip(names, source.read(indexes, window=window, out_dtype="float32"), strict=True))
    corner = whole.corner(window.row_off, window.col_off)
    grid = Grid(*corner, whole.cell_size, window.width, window.height, whole.epsg)
    part = Evidence(grid, evidence.samples, surface, {name: bands[name] for name in varying})
    cells = deciding_thresholds(part, share_of_sill, places)
    cells[np.isnan(bands[known])] = np.nan
    return cells


def _pool(target: DatasetWriter, finer: DecidingLevel, coarser: DecidingLevel) -> None:
    """
    Fill a level from the one before, piece by piece.

    Parameters
    ----------
    target : rasterio dataset
        The file, open for both.
    finer : DecidingLevel
        The one that is filled.
    coarser : DecidingLevel
        The one after it.
    """
    for tile in Grid(0.0, 0.0, 1.0, finer.columns, finer.rows, 0).tiles(PIECE_SIZE):
        cells = pooled(target.read(window=finer.window(*tile)), np.fmin)
        _, rows, columns = cells.shape
        window = coarser.window(tile.row // 2, tile.column // 2, rows, columns)
        target.write(cells, window=window)
