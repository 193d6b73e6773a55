"""Surfaces of the family realisations: one realisation is one piece of work."""

from collections.abc import Callable
from concurrent.futures import Executor, Future, as_completed

import numpy as np

from spatial.arrays import BoolArray, Float32Array
from spatial.coordinates import Bounds
from spatial.distributions.realisations import realisation_band
from spatial.errors import GridTooLargeError, InvalidRequestError
from spatial.grids import check_cell_count, count_cells
from spatial.interpolation.coverage import is_within_reach
from spatial.interpolation.kept import keep
from spatial.interpolation.request import SurfaceRequest
from spatial.interpolation.simulation import (
    Simulation,
    SimulationRequest,
    exchange_values,
    prepare_simulation,
    realise,
)
from spatial.interpolation.surface_model import SurfaceModel

# Cells times realisations: 1 GB of float32 in the calling process.
MOST_DRAWN = 250_000_000
# A card with more blocks than this is no card.
MOST_BLOCKS = 2_500
# Medians are taken of so many numbers at a time (64 MB).
STRIPE = 8_000_000


def check_simulation_size(bounds: Bounds, request: SurfaceRequest) -> None:
    """
    Refuse realisations that need too much memory, and more blocks than a card holds.

    Parameters
    ----------
    bounds : Bounds
        The extent of the grid (m).
    request : SurfaceRequest
        Cell size, number of realisations, size of blocks.

    Raises
    ------
    GridTooLargeError
        With a cell size, and a number of realisations, that would be allowed.
    InvalidRequestError
        Where there would be too many blocks.
    """
    cells = count_cells(bounds, request.cell_size)
    if cells * request.simulations > MOST_DRAWN:
        try:
            check_cell_count(bounds, request.cell_size, MOST_DRAWN // request.simulations)
        except GridTooLargeError as error:
            fewer = MOST_DRAWN // cells
            remedy = f"Choose cells of {error.suggested_cell_size:g} m or more" + (
                f", or at most {fewer} realisations." if fewer >= 2 else "."
            )
            raise GridTooLargeError(
                f"{request.simulations} realisations of {cells:,} cells need "
                f"{4e-9 * cells * request.simulations:.1f} GB of memory; at most "
                f"{4e-9 * MOST_DRAWN:.0f} GB are allowed. {remedy}",
                error.suggested_cell_size,
            ) from error
    if request.block_size is not None:
        blocks = count_cells(bounds, request.block_size)
        if blocks > MOST_BLOCKS:
            raise InvalidRequestError(
                f"Blocks of {request.block_size:g} m are about {blocks:,}; a card holds at most "
                f"{MOST_BLOCKS:,}. Choose larger ones, or none and `parcel_means` afterwards."
            )


def draw_band(model: SurfaceModel, number: int) -> Float32Array:
    """
    Draw one realisation; a function of its arguments that any process can run.

    Parameters
    ----------
    model : SurfaceModel
        From `prepare`.
    number : int
        Which realisation, from 0.

    Returns
    -------
    ndarray, shape (rows, columns)
        Concentrations, NaN where missing; the same bits wherever it runs.

    Raises
    ------
    SingularSystemError
        Where a cell's neighbours have no stable solution.
    """

    def laid_out() -> list[Simulation]:
        request = model.request
        if model.augmented is None:
            completed = [model.transform.forward(model.places.values)]
        else:
            completed = list(model.augmented.completed)
        first = prepare_simulation(
            model.places.coordinates,
            completed[0],
            model.fit.model,
            model.grid,
            SimulationRequest(request.neighbours or 1, request.mean, request.seed),
            _wanted(model),
        )
        others = completed[1:]
        return [
            first,
            *(exchange_values(first, other, model.fit.model, request.mean) for other in others),
        ]

    # Where values lie below detection limits, realisations go round the completed data sets.
    simulations = keep(model.fingerprint, laid_out)
    drawn = realise(simulations[number % len(simulations)], number)
    band = np.full(drawn.shape, np.nan, np.float32)
    is_drawn = ~np.isnan(drawn)
    band[is_drawn] = model.transform.inverse(drawn[is_drawn])
    return band


def _wanted(model: SurfaceModel) -> BoolArray:
    """
    Tell which cells are drawn: those inside the outline and near enough to a sample.

    Parameters
    ----------
    model : SurfaceModel
        The model.

    Returns
    -------
    ndarray of bool, shape (rows, columns)
        Over the whole grid.
    """
    wanted = np.zeros(model.grid.shape, np.bool_)
    for tile in model.grid.tiles(model.request.tile_size):
        inside = is_within_reach(model, model.grid, tile)
        wanted[tile.window] = inside.reshape(tile.rows, tile.columns)
    return wanted


def draw_bands(
    model: SurfaceModel, executor: Executor, on_progress: Callable[[float], None] | None = None
) -> dict[str, Float32Array]:
    """
    Draw all realisations of a surface, and their median and mean.

    Parameters
    ----------
    model : SurfaceModel
        From `prepare`.
    executor : concurrent.futures.Executor
        Where realisations are drawn.
    on_progress : callable, optional
        Told the share done, 0 to 1.

    Returns
    -------
    dict of ndarray, shape (rows, columns)
        ``median``, ``mean`` and ``realisation_1`` and so on, concentrations.

    Raises
    ------
    SingularSystemError
        Where a cell's neighbours have no stable solution.
    """
    count = model.request.simulations
    drawn = np.full((count, *model.grid.shape), np.nan, np.float32)
    futures: dict[Future[Float32Array], int] = {
        executor.submit(draw_band, model, number): number for number in range(count)
    }
    try:
        for done, future in enumerate(as_completed(futures), start=1):
            drawn[futures.pop(future)] = future.result()
            if on_progress is not None:
                on_progress(done / count)
    finally:
        for future in futures:
            future.cancel()
    median, mean = _middles(drawn)
    numbered = {realisation_band(number): drawn[number] for number in range(count)}
    return {"median": median, "mean": mean, **numbered}


def _middles(drawn: Float32Array) -> tuple[Float32Array, Float32Array]:
    """
    Return median and mean of the realisations.

    Parameters
    ----------
    drawn : ndarray, shape (n, rows, columns)
        The realisations.

    Returns
    -------
    tuple of ndarray, shape (rows, columns)
        float32, calculated in double precision.
    """
    count, rows, columns = drawn.shape
    median, mean = (np.full((rows, columns), np.nan, np.float32) for _ in range(2))
    height = max(1, STRIPE // (count * columns))
    for top in range(0, rows, height):
        part = slice(top, top + height)
        is_drawn = ~np.isnan(drawn[0, part])
        numbers = drawn[:, part][:, is_drawn].astype(np.float64)
        median[part][is_drawn] = np.median(numbers, axis=0)
        mean[part][is_drawn] = numbers.mean(axis=0)
    return median, mean
