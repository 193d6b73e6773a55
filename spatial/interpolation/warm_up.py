"""Compile every kernel before it is needed, on as many cores as there are."""

import gc
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor

import numpy as np

from spatial.arrays import FloatArray
from spatial.grids import Grid
from spatial.interpolation.augmentation import AugmentationOptions, augment
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.estimators import ESTIMATOR_NAMES
from spatial.interpolation.fast_variogram import sampled_variogram
from spatial.interpolation.inverse_distance import InverseDistance
from spatial.interpolation.kriging import OrdinaryKriging
from spatial.interpolation.neighbourhood import Neighbourhood
from spatial.interpolation.predictand import KrigingOptions
from spatial.interpolation.simulation import prepare_simulation, realise
from spatial.interpolation.universal_kriging import UniversalKriging
from spatial.interpolation.variogram import empirical_variogram, fit_variogram
from spatial.interpolation.variogram_likelihood import fit_by_likelihood
from spatial.interpolation.variogram_pairs import Direction

MODEL = VariogramModel.single("spherical", nugget=0.1, partial_sill=1.0, scale=5.0)
GRID = Grid(0.0, 8.0, 1.0, 8, 8, 32631)
EVERY = np.ones(GRID.cell_count, bool)


def _samples() -> tuple[FloatArray, FloatArray]:
    """
    Return a few samples.

    Returns
    -------
    tuple of ndarray, shapes (40, 2) and (40,)
        Places and values.
    """
    rng = np.random.default_rng(0)
    return rng.uniform(0.0, 8.0, (40, 2)), rng.normal(size=40)


def _local_kriging() -> None:
    """Compile ordinary kriging from neighbours, on grids."""
    places, values = _samples()
    OrdinaryKriging(MODEL, 6).fit(places, values).predict_grid(GRID, GRID.whole(), EVERY)


def _kriging_at_places() -> None:
    """Compile ordinary kriging from neighbours, at places."""
    places, values = _samples()
    OrdinaryKriging(MODEL, 6).fit(places, values).predict(places)


def _inverse_distance() -> None:
    """Compile inverse distance, on grids and at places."""
    places, values = _samples()
    method = InverseDistance(2.0, 6).fit(places, values)
    method.predict_grid(GRID, GRID.whole(), EVERY)
    method.predict(places)


def _global_kriging() -> None:
    """Compile ordinary kriging from all samples."""
    places, values = _samples()
    method = OrdinaryKriging(MODEL).fit(places, values)
    method.predict_grid(GRID, GRID.whole(), EVERY)
    method.predict(places)


def _variograms() -> None:
    """Compile the estimators of the variogram, everywhere and by direction."""
    places, values = _samples()
    sampled_variogram(places, values, np.random.default_rng(0))
    for estimator in ESTIMATOR_NAMES:
        empirical_variogram(places, values, estimator=estimator)
    empirical_variogram(places, values, direction=Direction(0.0, 45.0))


def _likelihood() -> None:
    """Compile the likelihood of the samples."""
    places, values = _samples()
    empirical = empirical_variogram(places, values)
    fit_by_likelihood(places, values, empirical, fit_variogram(empirical, "exponential"))


def _general_kriging() -> None:
    """Compile the kriging family, from neighbours and from all samples."""
    places, values = _samples()
    for neighbours in (8, None):
        options = KrigingOptions(neighbourhood=Neighbourhood(neighbours))
        UniversalKriging(MODEL, 1, options).fit(places, values).predict(places)


def _simulation() -> None:
    """Compile the simulation."""
    places, values = _samples()
    realise(prepare_simulation(places, values, MODEL, GRID), 0)


def _augmentation() -> None:
    """Compile the drawing of censored values."""
    places, values = _samples()
    is_low = values < -0.3
    options = AugmentationOptions(realisations=2, rounds=2, sweeps=1)
    augment(places, np.where(is_low, -0.3, values), is_low, options)


WORKS: dict[str, Callable[[], None]] = {
    "kriging at places": _kriging_at_places,
    "local kriging": _local_kriging,
    "inverse distance": _inverse_distance,
    "variogram": _variograms,
    "likelihood": _likelihood,
    "kriging from all samples": _global_kriging,
    "general kriging": _general_kriging,
    "simulation": _simulation,
    "augmentation": _augmentation,
}


# What one process compiles in a row: works of a share have parts in common, which a process
# translates once. Variograms begin the second share: meanwhile the first keeps what finds the
# nearest, and it is compiled once. Whoever is done first takes the last share.
SHARES = (
    ("kriging at places", "local kriging", "inverse distance"),
    ("variogram", "likelihood", "kriging from all samples", "general kriging", "simulation"),
    ("augmentation",),
)


def compile_kernels(names: Sequence[str] = tuple(WORKS)) -> dict[str, float]:
    """
    Compile kernels in this process, or load them from the cache.

    Parameters
    ----------
    names : sequence of str
        Keys of `WORKS`; all of them unless stated.

    Returns
    -------
    dict of float
        Seconds by what was made ready.
    """
    seconds = {}
    is_collecting = gc.isenabled()
    # The compiler leaves little behind, and looking for it takes a tenth of its time.
    gc.disable()
    try:
        for name in names:
            start = time.perf_counter()
            WORKS[name]()
            seconds[name] = time.perf_counter() - start
    finally:
        if is_collecting:
            gc.enable()
    return seconds


def warm_up(executor: Executor) -> dict[str, float]:
    """
    Compile every kernel, in several processes side by side where the executor has them.

    Parameters
    ----------
    executor : concurrent.futures.Executor
        Where the compiler runs. Threads gain nothing: it holds their lock.

    Returns
    -------
    dict of float
        Seconds by what was made ready.

    Notes
    -----
    The cache is safe for several processes; what two need at once is compiled twice, and either's
    result is kept. Who starts it tells people what they wait for; `spatial.kernel_cache` remembers
    that it was done.
    """
    shares = [executor.submit(compile_kernels, share) for share in SHARES]
    seconds: dict[str, float] = {}
    for share in shares:
        seconds |= share.result()
    return seconds
