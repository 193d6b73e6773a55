"""The peers' side of a comparison; runs in the environment made by prepare.sh."""

import json
import os
import sys
import time
from pathlib import Path

THREADS = int(os.environ.get("BENCHMARK_THREADS", "2"))
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(name, str(THREADS))

import numpy as np  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks import cases  # noqa: E402


def pykrige_kriging(count: int, cell_count: int) -> float:
    from pykrige.ok import OrdinaryKriging

    places, values = cases.samples(count)
    wanted = cases.cells(cell_count)
    start = time.perf_counter()
    method = OrdinaryKriging(
        *places.T,
        values,
        variogram_model="spherical",
        variogram_parameters={
            "psill": cases.PARTIAL_SILL,
            "range": cases.RANGE,
            "nugget": cases.NUGGET,
        },
    )
    method.execute("points", *wanted.T, backend="C", n_closest_points=32)
    return time.perf_counter() - start


def pykrige_global(count: int, cell_count: int) -> float:
    from pykrige.ok import OrdinaryKriging

    places, values = cases.samples(count)
    wanted = cases.cells(cell_count)
    method = OrdinaryKriging(
        *places.T, values, variogram_model="spherical", variogram_parameters=[0.9, 200.0, 0.1]
    )
    start = time.perf_counter()
    method.execute("points", *wanted.T, backend="vectorized")
    return time.perf_counter() - start


def gstools_global(count: int, cell_count: int) -> float:
    import gstools

    places, values = cases.samples(count)
    wanted = cases.cells(cell_count)
    model = gstools.Spherical(dim=2, var=0.9, len_scale=200.0, nugget=0.1)
    method = gstools.krige.Ordinary(model, places.T, values, exact=True)
    start = time.perf_counter()
    method(wanted.T)
    return time.perf_counter() - start


def numpy_global(count: int, cell_count: int) -> float:
    """Cholesky once and triangular solves, all cells at once: what BLAS can do."""
    from scipy.linalg import cholesky, solve_triangular
    from scipy.spatial.distance import cdist

    def covariance(distance: np.ndarray) -> np.ndarray:
        ratio = np.minimum(distance / cases.RANGE, 1.0)
        shape = 1.0 - ratio * (1.5 - 0.5 * ratio * ratio)
        return cases.PARTIAL_SILL * shape + cases.NUGGET * (distance == 0.0)

    places, values = cases.samples(count)
    wanted = cases.cells(cell_count)
    factor = cholesky(covariance(cdist(places, places)), lower=True)
    start = time.perf_counter()
    right = covariance(cdist(places, wanted))
    z = solve_triangular(factor, right, lower=True, check_finite=False)
    u = solve_triangular(factor, np.ones(count), lower=True)
    w = solve_triangular(factor, values, lower=True)
    multiplier = (u @ z - 1.0) / (u @ u)
    _ = w @ z - multiplier * (w @ u), 1.0 - (z * z).sum(axis=0) + multiplier**2 * (u @ u)
    return time.perf_counter() - start


def skgstat_kriging(count: int, cell_count: int) -> float:
    import skgstat

    places, values = cases.samples(count)
    wanted = cases.cells(cell_count)
    model = skgstat.Variogram(places, values, model="spherical", n_lags=15, use_nugget=True)
    start = time.perf_counter()
    method = skgstat.OrdinaryKriging(model, min_points=5, max_points=32)
    method.transform(*wanted.T)
    return time.perf_counter() - start


def pykdtree_inverse_distance(count: int, cell_count: int) -> float:
    from pykdtree.kdtree import KDTree

    places, values = cases.samples(count)
    wanted = cases.cells(cell_count)
    start = time.perf_counter()
    distance, near = KDTree(places).query(wanted, k=16)
    weights = 1.0 / (distance * distance)
    _ = (weights * values[near]).sum(axis=1) / weights.sum(axis=1)
    return time.perf_counter() - start


def ckdtree_inverse_distance(count: int, cell_count: int) -> float:
    from scipy.spatial import cKDTree

    places, values = cases.samples(count)
    wanted = cases.cells(cell_count)
    start = time.perf_counter()
    distance, near = cKDTree(places).query(wanted, k=16, workers=THREADS)
    weights = 1.0 / (distance * distance)
    _ = (weights * values[near]).sum(axis=1) / weights.sum(axis=1)
    return time.perf_counter() - start


def skgstat_variogram(count: int, _: int) -> float:
    import skgstat

    places, values = cases.samples(count)
    start = time.perf_counter()
    _ = skgstat.Variogram(places, values, n_lags=15, maxlag=cases.SIDE * 2**0.5 / 3).experimental
    return time.perf_counter() - start


def gstools_variogram(count: int, _: int) -> float:
    import gstools

    places, values = cases.samples(count)
    edges = np.linspace(0.0, cases.SIDE * 2**0.5 / 3, 16)
    start = time.perf_counter()
    gstools.vario_estimate(places.T, values, edges)
    return time.perf_counter() - start


if __name__ == "__main__":
    arguments = int(sys.argv[2]), int(sys.argv[3])
    # Once small, so that nothing is compiled or loaded while the clock runs.
    globals()[sys.argv[1]](200, 16)
    seconds = globals()[sys.argv[1]](*arguments)
    print(json.dumps({"seconds": seconds, "units": arguments[1]}))
