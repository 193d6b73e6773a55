"""From samples to a surface: prepare once, predict tile by tile, put together."""

from collections.abc import Callable
from concurrent.futures import Executor, Future, as_completed
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from spatial.arrays import Float32Array, FloatArray
from spatial.grids import Grid, Tile
from spatial.interpolation.card import model_card
from spatial.interpolation.contract import Interpolator, Prediction
from spatial.interpolation.coverage import count_uncovered, is_inside_outline
from spatial.interpolation.drift import Table
from spatial.interpolation.fast_grid import GridInterpolator, predict_cells
from spatial.interpolation.indicator_surface import predict_threshold_tile
from spatial.interpolation.kept import keep
from spatial.interpolation.pooled import PooledMethod
from spatial.interpolation.preparation import prepare
from spatial.interpolation.registry import get_method
from spatial.interpolation.request import SurfaceRequest
from spatial.interpolation.simulation_surface import draw_bands
from spatial.interpolation.surface_model import SurfaceModel, SurfaceResult
from spatial.interpolation.transforms import Transform
from spatial.neighbours import NeighbourSearch

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = [
    "SurfaceModel",
    "SurfaceRequest",
    "SurfaceResult",
    "build_surface",
    "predict_tile",
    "prepare",
]
# The largest number a band can hold.
LARGEST = float(np.finfo(np.float32).max)


def predict_tile(model: SurfaceModel, grid: Grid, tile: Tile) -> dict[str, FloatArray]:
    """
    Calculate one tile of a surface; a function of its arguments that any process can run.

    Parameters
    ----------
    model : SurfaceModel
        From `prepare`.
    grid : Grid
        The cells, usually ``model.grid``; any grid in the same coordinate system will do.
    tile : Tile
        The window of the grid.

    Returns
    -------
    dict of ndarray, shape (tile.rows, tile.columns)
        float64 bands by name, NaN where missing. Family gaussian: ``median``, ``mean``,
        ``location`` and ``sigma`` (the last two on the transformed scale); family none:
        ``value``; family thresholds: ``probability_T`` for each T.

    Raises
    ------
    SingularSystemError
        Where a cell's neighbours have no stable solution.
    """
    if model.indicators is not None:
        return predict_threshold_tile(model, model.indicators, grid, tile)

    def fitted_method() -> tuple[Interpolator, NeighbourSearch]:
        method = get_method(model.request.method).create(model.settings)
        places = model.places
        fitted: Interpolator
        if model.augmented is not None:
            fitted = PooledMethod(method).fit(places.coordinates, model.augmented.completed)
        else:
            fitted = method.fit(places.coordinates, model.transform.forward(places.values))
        return fitted, NeighbourSearch(places.coordinates)

    interpolator, search = keep(model.fingerprint, fitted_method)
    is_wanted = is_inside_outline(model, grid, tile)
    if isinstance(interpolator, GridInterpolator):
        cells = interpolator.predict_grid(grid, tile, is_wanted, model.max_distance)
    else:
        cells = predict_cells(interpolator, search, (grid, tile), is_wanted, model.max_distance)
    is_served = ~np.isnan(cells.location)
    prediction = Prediction(*(part[is_served] for part in cells))
    bands = _bands(prediction, interpolator, model.transform)
    whole = {}
    for name, numbers in bands.items():
        band = np.full(len(is_served), np.nan)
        band[is_served] = numbers
        whole[name] = band.reshape(tile.rows, tile.columns)
    return whole


def _bands(
    prediction: Prediction, interpolator: Interpolator, transform: Transform
) -> dict[str, FloatArray]:
    """
    Turn a prediction into the bands of its family.

    Parameters
    ----------
    prediction : Prediction
        On the transformed scale.
    interpolator : Interpolator
        What predicted.
    transform : Transform
        g of the values.

    Returns
    -------
    dict of ndarray, shape (m,)
        Bands by name.
    """
    if interpolator.family == "none":
        return {"value": prediction.location}
    # Far beyond the samples a trend under a transform has no bounds; what a band cannot hold is
    # missing there, and the card says so.
    with np.errstate(over="ignore", invalid="ignore"):
        concentrations = {
            "median": transform.inverse(prediction.location),
            "mean": transform.mean(*prediction),
        }
    return {
        **{
            name: np.where(np.abs(numbers) <= LARGEST, numbers, np.nan)
            for name, numbers in concentrations.items()
        },
        "location": prediction.location,
        "sigma": prediction.sigma,
    }


def build_surface(  # noqa: PLR0913, PLR0917 - samples, request and machine in one call
    eastings: ArrayLike,
    northings: ArrayLike,
    values: ArrayLike,
    request: SurfaceRequest,
    epsg: int,
    outline: "BaseGeometry | None",
    executor: Executor,
    on_progress: Callable[[float], None] | None = None,
    covariates: Table | None = None,
    *,
    is_censored: ArrayLike | None = None,
) -> SurfaceResult:
    """
    Make a whole surface; its bands are the same bits whatever the executor and the tiles.

    Parameters
    ----------
    eastings : array_like, shape (n,)
        Eastings of the samples (m).
    northings : array_like, shape (n,)
        Northings of the samples (m).
    values : array_like, shape (n,)
        Concentrations (mg/kg dry mass); the detection limit of a sample below it.
    request : SurfaceRequest
        What the analyst decided.
    epsg : int
        EPSG code of the coordinates, a projected system in metres.
    outline : shapely geometry or None
        Cells whose centre lies outside are missing.
    executor : concurrent.futures.Executor
        Where tiles are calculated: threads, spawned processes or a cluster.
    on_progress : callable, optional
        Told the share done, 0 to 1, in the calling thread; what it raises stops the work.
    covariates : Table, optional
        What external drift depends on, see `prepare`.
    is_censored : array_like of bool, shape (n,), optional
        Which values are limits; none when absent.

    Returns
    -------
    SurfaceResult
        Grid, float32 bands and model card.

    Raises
    ------
    SpatialError
        As `prepare` and `predict_tile` do.
    """
    # Fitting is work too: the calling process may be one that only serves.
    model = executor.submit(
        prepare,
        eastings,
        northings,
        values,
        request,
        epsg,
        outline,
        covariates,
        is_censored=is_censored,
    ).result()
    if model.family == "realisations":
        bands = draw_bands(model, executor, on_progress)
    else:
        bands = _predict_bands(model, executor, on_progress)
    uncovered = executor.submit(count_uncovered, model).result()
    return SurfaceResult(model.grid, bands, model_card(model, bands, uncovered))


def _predict_bands(
    model: SurfaceModel, executor: Executor, on_progress: Callable[[float], None] | None
) -> dict[str, Float32Array]:
    """
    Predict a surface tile by tile.

    Parameters
    ----------
    model : SurfaceModel
        From `prepare`.
    executor : concurrent.futures.Executor
        Where tiles are calculated.
    on_progress : callable or None
        Told the share done, 0 to 1.

    Returns
    -------
    dict of ndarray, shape (rows, columns)
        The bands of its family.
    """
    grid = model.grid
    bands: dict[str, Float32Array] = {
        name: np.full(grid.shape, np.nan, np.float32) for name in model.distribution.band_names
    }
    futures: dict[Future[dict[str, FloatArray]], Tile] = {
        executor.submit(predict_tile, model, grid, tile): tile
        for tile in grid.tiles(model.request.tile_size)
    }
    count = len(futures)
    try:
        for done, future in enumerate(as_completed(futures), start=1):
            # Let go of each tile once it is in its place: a large surface is then held once.
            tile = futures.pop(future)
            for name, numbers in future.result().items():
                bands[name][tile.window] = numbers
            if on_progress is not None:
                on_progress(done / count)
    finally:
        for future in futures:
            future.cancel()
    return bands
