"""Surfaces as Cloud-Optimized GeoTIFF."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.io import DatasetWriter
from rasterio.shutil import copy as copy_raster

from spatial.arrays import Float32Array, array_sha256
from spatial.errors import RasterError
from spatial.grids import Grid
from spatial.whole_files import whole_file

# Cells along the side of a block, which is unpacked whole: a picture of a map needs few beside its
# own.
BLOCK_SIZE = 128
# Who goes through a whole surface takes so many at once.
PIECE_SIZE = 2 * BLOCK_SIZE
# Closing a buffered file raises the library's inner errors, which it gives no public name.
LIBRARY_ERRORS = (RasterioError, CPLE_BaseError, OSError)


class Raster(NamedTuple):
    """
    What a file holds.

    Parameters
    ----------
    grid : Grid
        Where the cells lie.
    bands : dict of ndarray
        Band arrays by name, float32, NaN where missing.
    """

    grid: Grid
    bands: dict[str, Float32Array]


def write_cog(
    path: Path,
    grid: Grid,
    bands: Mapping[str, NDArray[Any]],
    *,
    tags: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
) -> str:
    """
    Write bands as a Cloud-Optimized GeoTIFF, whole or not at all.

    The file is written under a temporary name beside the wanted one, read back, compared, and
    only then renamed, so that nobody ever reads half a file and a full disk is noticed here.

    Parameters
    ----------
    path : Path
        The wanted file; an existing one is replaced.
    grid : Grid
        Where the cells lie.
    bands : mapping of str to ndarray, shape (rows, columns)
        Arrays by name, NaN where missing; stored as float32 in this order, with the name as
        the band's description.
    tags : mapping of str to str, optional
        Further metadata of the file.
    units : mapping of str to str, optional
        The bands' units by name.

    Returns
    -------
    str
        The hash of the stored float32 arrays.

    Raises
    ------
    RasterError
        Where a band does not fit the grid, or the file cannot be written.

    Notes
    -----
    Overviews take the nearest cell, so that location and sigma seen from afar still belong to one
    real cell and the probability made of them is that cell's. Statistics of each band, over the
    cells that are known, are kept inside, with its unit, scale 1 and offset 0.
    """
    arrays = {name: np.asarray(band, np.float32) for name, band in bands.items()}
    for name, array in arrays.items():
        if array.shape != grid.shape:
            raise RasterError(f"Band {name} has shape {array.shape}; the grid has {grid.shape}.")
    if not arrays:
        raise RasterError("A raster needs at least one band.")
    digest = array_sha256(arrays)
    try:
        with whole_file(path) as partial:
            _write(partial, grid, arrays, Labels(dict(tags or {}), dict(units or {})))
            if array_sha256(read_raster(partial).bands) != digest:
                raise RasterError(f"{path.name} did not come back as written; is the disk full?")
    except LIBRARY_ERRORS as error:
        raise RasterError(f"Cannot write the raster {path.name}: {_cause(error)}.") from error
    return digest


def _cause(error: Exception) -> str:
    """
    Return what an error says without the folder it happened in.

    Parameters
    ----------
    error : Exception
        An operating system's or raster library's error.

    Returns
    -------
    str
        Words for a person.
    """
    words = error.strerror if isinstance(error, OSError) else None
    return words or "the raster library could not write it (a full disk, a missing folder?)"


class Labels(NamedTuple):
    """
    What a file says of itself.

    Parameters
    ----------
    tags : dict of str
        Metadata.
    units : dict of str
        The bands' units by name.
    """

    tags: dict[str, str]
    units: dict[str, str]


def _write(path: Path, grid: Grid, arrays: Mapping[str, Float32Array], labels: Labels) -> None:
    """
    Write the file itself.

    Parameters
    ----------
    path : Path
        The file.
    grid : Grid
        Where the cells lie.
    arrays : mapping of str to ndarray
        Bands by name.
    labels : Labels
        What the file says of itself.
    """
    shared: dict[str, Any] = {
        "width": grid.columns,
        "height": grid.rows,
        "count": len(arrays),
        "dtype": "float32",
        "nodata": float("nan"),
        "crs": f"EPSG:{grid.epsg}",
        "transform": rasterio.Affine(*grid.affine),
        "bigtiff": "IF_SAFER",
    }
    # Whoever draws or downloads one band needs no other, but the COG driver of this library version
    # keeps all bands of a block together. The TIFF driver keeps them apart, and its copy with
    # overviews has the layout of a COG.
    tiled = {"tiled": True, "blockxsize": BLOCK_SIZE, "blockysize": BLOCK_SIZE}
    loose = path.with_name(f"{path.name.removesuffix('.partial')}.bands.partial")
    try:
        with rasterio.open(
            loose, "w", driver="GTiff", interleave="BAND", **tiled, **shared
        ) as dataset:
            _fill(dataset, arrays, labels)
            dataset.build_overviews(_overview_factors(grid), Resampling.nearest)
        copy_raster(
            loose,
            path,
            driver="GTiff",
            copy_src_overviews="YES",
            interleave="BAND",
            compress="DEFLATE",
            zlevel=4,
            predictor=3,
            bigtiff="IF_SAFER",
            **tiled,
        )
    finally:
        loose.unlink(missing_ok=True)


def _fill(dataset: DatasetWriter, arrays: Mapping[str, Float32Array], labels: Labels) -> None:
    """
    Write bands, their names, units and statistics, and the metadata.

    Parameters
    ----------
    dataset : rasterio dataset
        Open for writing.
    arrays : mapping of str to ndarray
        Bands by name.
    labels : Labels
        What the file says of itself.
    """
    for index, (name, array) in enumerate(arrays.items(), start=1):
        dataset.write(array, index)
        dataset.set_band_description(index, name)
        if name in labels.units:
            dataset.set_band_unit(index, labels.units[name])
        dataset.update_tags(index, **_statistics(array))
    dataset.scales, dataset.offsets = (1.0,) * len(arrays), (0.0,) * len(arrays)
    dataset.update_tags(**labels.tags)


def _statistics(array: Float32Array) -> dict[str, str]:
    """
    Return a band's statistics under the names that GDAL and QGIS look for.

    Parameters
    ----------
    array : ndarray
        The band.

    Returns
    -------
    dict of str
        None but the share of known cells where none is known.

    Examples
    --------
    >>> _statistics(np.array([1.0, 3.0, np.nan, np.nan], np.float32))["STATISTICS_VALID_PERCENT"]
    '50'
    """
    known = array[np.isfinite(array)]
    share = {"STATISTICS_VALID_PERCENT": f"{100.0 * known.size / array.size:.4g}"}
    if not known.size:
        return share
    numbers = {
        "MINIMUM": known.min(),
        "MAXIMUM": known.max(),
        "MEAN": known.mean(dtype=np.float64),
        "STDDEV": known.std(dtype=np.float64),
    }
    return share | {f"STATISTICS_{name}": f"{float(n)!r}" for name, n in numbers.items()}


def _overview_factors(grid: Grid) -> list[int]:
    """
    Return by how much overviews are smaller, until one piece holds all.

    Parameters
    ----------
    grid : Grid
        The cells.

    Returns
    -------
    list of int
        Powers of two; none for a small grid.

    Examples
    --------
    >>> _overview_factors(Grid(0.0, 0.0, 1.0, 1000, 600, 32631)), _overview_factors(
    ...     Grid(0.0, 0.0, 1.0, 256, 200, 32631)
    ... )
    ([2, 4], [])
    """
    factors: list[int] = []
    while max(grid.shape) > PIECE_SIZE * (factors[-1] if factors else 1):
        factors.append(2 ** (len(factors) + 1))
    return factors


def read_raster(path: Path, bands: Sequence[str] | None = None) -> Raster:
    """
    Read a surface back.

    Parameters
    ----------
    path : Path
        A file made by `write_cog`.
    bands : sequence of str, optional
        The bands to be read; all when absent.

    Returns
    -------
    Raster
        Its grid and its bands by name.

    Raises
    ------
    RasterError
        Where the file is missing, is not such a raster or lacks a band.
    """
    try:
        with rasterio.open(path) as dataset:
            affine, epsg = dataset.transform, dataset.crs.to_epsg()
            grid = Grid(affine.c, affine.f, affine.a, dataset.width, dataset.height, epsg)
            names = [name or f"band_{i}" for i, name in enumerate(dataset.descriptions, start=1)]
            wanted = names if bands is None else list(bands)
            indexes = [names.index(name) + 1 for name in wanted]
            arrays = dataset.read(indexes, out_dtype="float32")
    except ValueError as error:
        raise RasterError(f"The raster {path.name} lacks a band that is wanted.") from error
    except LIBRARY_ERRORS as error:
        raise RasterError(f"Cannot read the raster {path.name}.") from error
    return Raster(grid, dict(zip(wanted, arrays, strict=True)))
