"""Compile every fast kernel before it is needed."""

import time
from collections.abc import Callable

import numpy as np

from spatial.grids import Grid
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.fast_variogram import sampled_variogram
from spatial.interpolation.inverse_distance import InverseDistance
from spatial.interpolation.kriging import OrdinaryKriging


def warm_up() -> dict[str, float]:
    """
    Compile the kernels, or load them from the cache.

    Returns
    -------
    dict of float
        Seconds by what was made ready.
    """
    rng = np.random.default_rng(0)
    places, values = rng.uniform(0.0, 8.0, (40, 2)), rng.normal(size=40)
    grid = Grid(0.0, 8.0, 1.0, 8, 8, 32631)
    every = np.ones(grid.cell_count, bool)
    model = VariogramModel.single("spherical", nugget=0.1, partial_sill=1.0, scale=5.0)

    def local_kriging() -> None:
        method = OrdinaryKriging(model, 6).fit(places, values)
        method.predict_grid(grid, grid.whole(), every)
        method.predict(places)

    def inverse_distance() -> None:
        method = InverseDistance(2.0, 6).fit(places, values)
        method.predict_grid(grid, grid.whole(), every)
        method.predict(places)

    works: dict[str, Callable[[], object]] = {
        "local kriging": local_kriging,
        "inverse distance": inverse_distance,
        "kriging from all samples": lambda: (
            OrdinaryKriging(model).fit(places, values).predict(places)
        ),
        "variogram": lambda: sampled_variogram(places, values, rng),
    }
    seconds = {}
    for name, work in works.items():
        start = time.perf_counter()
        work()
        seconds[name] = time.perf_counter() - start
    return seconds
