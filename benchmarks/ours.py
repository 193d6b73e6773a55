"""Our side of a comparison: prints one JSON line with the seconds of the work alone."""

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

THREADS = int(os.environ.get("BENCHMARK_THREADS", "2"))
os.environ.setdefault("OPENBLAS_NUM_THREADS", str(THREADS))

import numpy as np  # noqa: E402

from benchmarks import cases  # noqa: E402
from spatial.grids import Grid, Tile  # noqa: E402
from spatial.interpolation.covariance import VariogramModel  # noqa: E402
from spatial.interpolation.fast_variogram import sampled_variogram  # noqa: E402
from spatial.interpolation.inverse_distance import InverseDistance  # noqa: E402
from spatial.interpolation.kriging import OrdinaryKriging  # noqa: E402

MODEL = VariogramModel.single(
    "spherical", nugget=cases.NUGGET, partial_sill=cases.PARTIAL_SILL, scale=cases.RANGE
)
GRID = Grid(0.0, cases.SIDE, 1.0, 1000, 1000, 32631)


def on_grid(method, count: int) -> tuple[float, int]:
    """Time fitting and predicting the whole 1000 x 1000 grid in tiles."""
    places, values = cases.samples(count)
    method.fit(*cases.samples(2000)).predict_grid(GRID, Tile(0, 0, 8, 8), np.ones(64, bool))
    start = time.perf_counter()
    method.fit(places, values)

    def one(tile: Tile) -> float:
        wanted = np.ones(tile.rows * tile.columns, bool)
        return float(method.predict_grid(GRID, tile, wanted).location.sum())

    with ThreadPoolExecutor(THREADS) as threads:
        sum(threads.map(one, GRID.tiles(128)))
    return time.perf_counter() - start, GRID.cell_count


def kriging(count: int, _: int) -> tuple[float, int]:
    return on_grid(OrdinaryKriging(MODEL, 32), count)


def inverse_distance(count: int, _: int) -> tuple[float, int]:
    return on_grid(InverseDistance(2.0, 16), count)


def global_kriging(count: int, cell_count: int) -> tuple[float, int]:
    """Time predicting from all samples; fitting is timed by itself."""
    places, values = cases.samples(count)
    OrdinaryKriging(MODEL).fit(*cases.samples(50)).predict(cases.cells(16))
    start = time.perf_counter()
    method = OrdinaryKriging(MODEL).fit(places, values)
    fitted = time.perf_counter() - start
    start = time.perf_counter()
    wanted = cases.cells(cell_count)
    parts = np.array_split(wanted, THREADS)
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(method.predict, parts))
    sys.stderr.write(f"fit {fitted:.3f} s\n")
    return time.perf_counter() - start, cell_count


def variogram(count: int, _: int) -> tuple[float, int]:
    places, values = cases.samples(count)
    rng = np.random.default_rng(0)
    sampled_variogram(*cases.samples(100), rng)
    start = time.perf_counter()
    sampled_variogram(places, values, rng)
    return time.perf_counter() - start, count


if __name__ == "__main__":
    seconds, units = globals()[sys.argv[1]](int(sys.argv[2]), int(sys.argv[3]))
    print(json.dumps({"seconds": seconds, "units": units}))
