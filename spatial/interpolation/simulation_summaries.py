"""What many realisations say together: areas above thresholds, and means of blocks."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from spatial.arrays import FloatArray
from spatial.errors import InvalidRequestError
from spatial.interpolation.simulation import Simulation, realise
from spatial.interpolation.transforms import Transform


@dataclass(frozen=True, slots=True)
class SummaryRequest:
    """
    What is asked of every realisation.

    Parameters
    ----------
    thresholds : tuple of float
        Guideline values, in the unit of the concentrations.
    block_cells : int
        Side of the square blocks whose means are kept, in cells from the north-western corner.

    Examples
    --------
    >>> SummaryRequest(thresholds=(200.0,), block_cells=0)
    Traceback (most recent call last):
        ...
    spatial.errors.InvalidRequestError: A block has at least one cell to a side; got 0.
    """

    thresholds: tuple[float, ...]
    block_cells: int = 1

    def __post_init__(self) -> None:
        if self.block_cells < 1:
            raise InvalidRequestError(
                f"A block has at least one cell to a side; got {self.block_cells}."
            )
        if not np.isfinite(self.thresholds).all():
            raise InvalidRequestError("A threshold must be a finite number.")


@dataclass(frozen=True, slots=True)
class SimulationSummary:
    """
    Areas and block means, realisation by realisation.

    Parameters
    ----------
    thresholds : tuple of float
        Guideline values.
    areas : ndarray, shape (realisations, thresholds)
        Area above each threshold (m²), cells taken at their centres.
    block_means : ndarray, shape (realisations, block rows, block columns)
        Means of the concentrations over the simulated cells of each block, NaN without any.
    """

    thresholds: tuple[float, ...]
    areas: FloatArray
    block_means: FloatArray

    def area_probability(self, threshold: float, area: float) -> float:
        """
        Return P(area above a threshold > A).

        Parameters
        ----------
        threshold : float
            One of the thresholds.
        area : float
            A (m²).

        Returns
        -------
        float
            Share of the realisations.
        """
        return float(np.mean(self.areas[:, self._column(threshold)] > area))

    def area_quantiles(self, threshold: float, probabilities: tuple[float, ...]) -> FloatArray:
        """
        Return quantiles of the area above a threshold.

        Parameters
        ----------
        threshold : float
            One of the thresholds.
        probabilities : tuple of float
            Between 0 and 1.

        Returns
        -------
        ndarray
            Square metres.
        """
        return np.asarray(np.quantile(self.areas[:, self._column(threshold)], probabilities))

    def block_probability(self, threshold: float) -> FloatArray:
        """
        Return P(mean of the block > T), for any threshold.

        Parameters
        ----------
        threshold : float
            Guideline value.

        Returns
        -------
        ndarray, shape (block rows, block columns)
            Share of the realisations; NaN for a block without cells.
        """
        above = np.mean(self.block_means > threshold, axis=0)
        return np.where(np.isnan(self.block_means).all(axis=0), np.nan, above)

    def _column(self, threshold: float) -> int:
        """
        Return where a threshold stands.

        Parameters
        ----------
        threshold : float
            One of the thresholds.

        Returns
        -------
        int
            Its column.
        """
        if threshold not in self.thresholds:
            raise InvalidRequestError(
                f"The areas above {threshold:g} were not kept; there are those above "
                f"{', '.join(f'{known:g}' for known in self.thresholds)}."
            )
        return self.thresholds.index(threshold)


def block_means(surface: FloatArray, block_cells: int) -> FloatArray:
    """
    Return the means of square blocks of cells.

    Parameters
    ----------
    surface : ndarray, shape (rows, columns)
        Concentrations, NaN where missing.
    block_cells : int
        Side of a block in cells; blocks at the southern and eastern edge may be smaller.

    Returns
    -------
    ndarray, shape (block rows, block columns)
        Means of the cells that are not missing; NaN without any.

    Examples
    --------
    >>> block_means(np.array([[1.0, 3.0, 9.0], [np.nan, 2.0, np.nan]]), 2)
    array([[2., 9.]])
    """
    rows, columns = (-(-size // block_cells) for size in surface.shape)
    padded = np.full((rows * block_cells, columns * block_cells), np.nan)
    padded[: surface.shape[0], : surface.shape[1]] = surface
    cells = padded.reshape(rows, block_cells, columns, block_cells)
    count = np.count_nonzero(~np.isnan(cells), axis=(1, 3))
    total = np.nansum(cells, axis=(1, 3))
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def summarise_realisation(
    simulation: Simulation, transform: Transform, request: SummaryRequest, number: int
) -> tuple[FloatArray, FloatArray]:
    """
    Draw one realisation and keep its summaries; top-level, so that any process can run it.

    Parameters
    ----------
    simulation : Simulation
        From `prepare_simulation`.
    transform : Transform
        g; the simulation is on its scale.
    request : SummaryRequest
        What is kept.
    number : int
        Which realisation.

    Returns
    -------
    tuple of ndarray
        Areas above the thresholds (m²), and block means.
    """
    surface = realise(simulation, number)
    is_simulated = ~np.isnan(surface)
    concentrations = np.full(surface.shape, np.nan)
    concentrations[is_simulated] = transform.inverse(surface[is_simulated])
    cell_area = simulation.grid.cell_size**2
    areas = [
        cell_area * float(np.count_nonzero(concentrations > threshold))
        for threshold in request.thresholds
    ]
    return np.array(areas), block_means(concentrations, request.block_cells)


def summarise(
    simulation: Simulation,
    transform: Transform,
    request: SummaryRequest,
    realisations: int,
    executor: Executor,
    on_progress: Callable[[float], None] | None = None,
) -> SimulationSummary:
    """
    Draw realisations over an executor and summarise them.

    Parameters
    ----------
    simulation : Simulation
        From `prepare_simulation`.
    transform : Transform
        g; the simulation is on its scale.
    request : SummaryRequest
        What is kept.
    realisations : int
        How many; 100 give a probability to within about 0.1, 1,000 to within 0.03.
    executor : Executor
        Threads or processes; the result is the same bits with any.
    on_progress : callable, optional
        Told the share that is done.

    Returns
    -------
    SimulationSummary
        Areas and block means of every realisation, in order.

    Raises
    ------
    InvalidRequestError
        Where no realisation is asked for.
    """
    if realisations < 1:
        raise InvalidRequestError(f"At least one realisation is needed; got {realisations}.")
    futures = [
        executor.submit(summarise_realisation, simulation, transform, request, number)
        for number in range(realisations)
    ]
    kept = []
    try:
        for done, future in enumerate(futures, start=1):
            kept.append(future.result())
            if on_progress is not None:
                on_progress(done / realisations)
    finally:
        for future in futures:
            future.cancel()
    return SimulationSummary(
        request.thresholds,
        np.array([areas for areas, _ in kept]),
        np.array([means for _, means in kept]),
    )
