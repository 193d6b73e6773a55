"""
What the pre-flight estimate rests on: the processor's seconds by method, neighbours and transform.

    python -m benchmarks.rates

Prints the rows of `spatial.interpolation.preflight.CELL_SECONDS` and its fellows, in microseconds
of one core. Seconds of the processor and not of the clock: other work on the machine then matters
less (not nothing: it takes a share of the caches).
"""

import time
from collections.abc import Callable

import numpy as np

from benchmarks import cases
from spatial.grids import Grid, Tile
from spatial.interpolation.contract import Prediction
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.cross_validation import cross_validation_figures
from spatial.interpolation.fast_grid import GridInterpolator, predict_cells
from spatial.interpolation.registry import get_method
from spatial.interpolation.request import SurfaceRequest
from spatial.interpolation.simulation import SimulationRequest, prepare_simulation, realise
from spatial.interpolation.transforms import fit_transform
from spatial.interpolation.transforms.registry import TRANSFORMS
from spatial.interpolation.variogram import empirical_variogram
from spatial.neighbours import NeighbourSearch

MODEL = VariogramModel.single(
    "spherical", nugget=cases.NUGGET, partial_sill=cases.PARTIAL_SILL, scale=cases.RANGE
)
METHODS = (
    "ordinary_kriging",
    "simple_kriging",
    "universal_kriging",
    "block_kriging",
    "inverse_distance",
    "nearest",
)


def microseconds(work: Callable[[], object], count: int) -> float:
    """Return the processor's microseconds for each of count, the median of three runs."""
    work()
    runs = []
    for _ in range(3):
        start = time.process_time()
        work()
        runs.append(time.process_time() - start)
    return sorted(runs)[1] / count * 1e6


def of_cells(name: str, neighbours: int | None, places: int, side: int) -> float:
    """Return the microseconds of a cell."""
    coordinates, values = cases.samples(places)
    transform = "none" if name == "block_kriging" else "ln"
    size = cases.SIDE / side
    request = SurfaceRequest(
        cell_size=size, method=name, neighbours=neighbours, mean=0.0, transform=transform
    )
    method = get_method(name).create(request.settings(MODEL)).fit(coordinates, values)
    grid = Grid(0.0, cases.SIDE, size, side, side, 32631)
    tile, every = Tile(0, 0, side, side), np.ones(side * side, bool)
    search = NeighbourSearch(coordinates)

    def predict() -> Prediction:
        if isinstance(method, GridInterpolator):
            return method.predict_grid(grid, tile, every)
        return predict_cells(method, search, (grid, tile), every, np.inf)

    return microseconds(predict, side * side)


def main() -> None:
    for name in METHODS:
        counts = (1,) if name == "nearest" else (8, 16, 32, 64, 128)
        row = {k: round(of_cells(name, k, 4_000, 128), 3) for k in counts}
        print(name, row, flush=True)
    for name in ("ordinary_kriging", "universal_kriging", "inverse_distance"):
        row = {n: round(of_cells(name, None, n, 32), 2) for n in (100, 400, 1_600)}
        print(name, "from all samples", row, flush=True)
    numbers = np.exp(np.random.default_rng(0).normal(5.0, 1.0, 1_000))
    many = np.ones(100_000)
    for name in TRANSFORMS:
        g = fit_transform(name, numbers)
        prediction = Prediction(many * g.forward(numbers[:1]), 0.1 * many, -0.01 * many)
        cost = microseconds(
            lambda g=g, p=prediction: (g.inverse(p.location), g.mean(*p)), len(many)
        )
        print("transform", name, round(cost, 3), flush=True)
    places, values = cases.samples(4_000)
    cost = microseconds(lambda: empirical_variogram(places, values), 4_000**2)
    print("variogram, a pair:", round(cost, 5))
    for k in (16, 32, 64):
        method = get_method("ordinary_kriging").create(
            SurfaceRequest(cell_size=1.0, neighbours=k).settings(MODEL)
        )
        fitted = method.fit(places, values)
        cost = microseconds(
            lambda f=fitted: cross_validation_figures(values, f.leave_one_out()), 4_000
        )
        print("leave-one-out", k, round(cost, 2), flush=True)
    grid = Grid(0.0, cases.SIDE, cases.SIDE / 64, 64, 64, 32631)
    for k in (16, 32, 64):
        simulation = prepare_simulation(
            places[:500], values[:500], MODEL, grid, SimulationRequest(neighbours=k)
        )
        cost = microseconds(lambda s=simulation: realise(s, 1), 64 * 64)
        print("simulation", k, round(cost, 2), flush=True)


if __name__ == "__main__":
    main()
