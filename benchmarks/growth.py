"""
How speed and memory grow with samples and with cells.

    python -m benchmarks.growth samples
    python -m benchmarks.growth cells
    python -m benchmarks.growth start

Grids are predicted tile by tile and each tile is let go of, as a writer of files would. Memory is
the highest resident size of the process above what it was with the samples loaded and fitted.
"""

import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np

from benchmarks import cases
from spatial.grids import Grid, Tile
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.inverse_distance import InverseDistance
from spatial.interpolation.kriging import OrdinaryKriging

THREADS = int(os.environ.get("BENCHMARK_THREADS", "2"))
MODEL = VariogramModel.single(
    "spherical", nugget=cases.NUGGET, partial_sill=cases.PARTIAL_SILL, scale=cases.RANGE
)
# Loads what the compiler is made of, so that its sources are translated.
INSTALLED = """
import spatial.interpolation.warm_up
import spatial.interpolation.workflow
from numba import njit
njit(lambda number: number)(1)
"""
COLD = """
import resource, time
start = time.perf_counter()
from concurrent.futures import ProcessPoolExecutor
from spatial.interpolation.warm_up import warm_up
if __name__ == "__main__":
    with ProcessPoolExecutor(2) as executor:
        parts = warm_up(executor)
    total = time.perf_counter() - start
    use = resource.getrusage(resource.RUSAGE_CHILDREN)
    parts = {name: round(seconds, 2) for name, seconds in parts.items()}
    print(f"{total:.2f} s, {use.ru_utime + use.ru_stime:.2f} s of the processor;", parts)
"""
LATER = """
import time
start = time.perf_counter()
from spatial.interpolation.workflow import build_surface
imported = time.perf_counter() - start
import numpy as np
from spatial.grids import Grid
from spatial.interpolation.covariance import VariogramModel
from spatial.interpolation.kriging import OrdinaryKriging
model = VariogramModel.single("spherical", nugget=0.1, partial_sill=1.0, scale=5.0)
grid, rng = Grid(0.0, 8.0, 1.0, 8, 8, 32631), np.random.default_rng(0)
method = OrdinaryKriging(model, 6).fit(rng.uniform(0.0, 8.0, (40, 2)), rng.normal(size=40))
method.predict_grid(grid, grid.whole(), np.ones(64, bool))
total, used = time.perf_counter() - start, time.process_time()
print(f"{total:.2f} s until cells are kriged, imports {imported:.2f} s;", end=" ")
print(f"{used:.2f} s of the processor")
"""


def resident() -> float:
    """Return megabytes the process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def stream(method, side: int, tile_size: int = 256) -> tuple[float, float]:
    """Predict a side x side grid; return seconds and the extra megabytes held at the worst."""
    grid = Grid(0.0, cases.SIDE, cases.SIDE / side, side, side, 32631)
    method.predict_grid(grid, Tile(0, 0, 8, 8), np.ones(64, bool))
    before, worst, is_done = resident(), 0.0, threading.Event()

    def watch() -> None:
        nonlocal worst
        while not is_done.wait(0.02):
            worst = max(worst, resident() - before)

    def one(tile: Tile) -> float:
        wanted = np.ones(tile.rows * tile.columns, bool)
        return float(method.predict_grid(grid, tile, wanted).location.sum())

    watcher = threading.Thread(target=watch)
    watcher.start()
    start = time.perf_counter()
    tiles = grid.tiles(tile_size)
    with ThreadPoolExecutor(THREADS) as threads:
        while batch := list(islice(tiles, 64)):
            sum(threads.map(one, batch))
    seconds = time.perf_counter() - start
    is_done.set()
    watcher.join()
    return seconds, worst


def with_samples() -> None:
    for count in (1_000, 10_000, 100_000, 800_000, 3_000_000):
        places, values = cases.samples(count)
        for method in (OrdinaryKriging(MODEL, 32), InverseDistance(2.0, 16)):
            start = time.perf_counter()
            method.fit(places, values)
            fitted = time.perf_counter() - start
            runs = sorted(stream(method, 1000) for _ in range(3))
            print(
                f"{type(method).__name__:16s} N = {count:9,}  fit {fitted:6.3f} s  "
                f"{1e6 / runs[1][0]:12,.0f} cells/s  +{runs[1][1]:4.0f} MB  "
                f"load {os.getloadavg()[0]:.2f}",
                flush=True,
            )


def with_cells() -> None:
    places, values = cases.samples(100_000)
    method = OrdinaryKriging(MODEL, 32).fit(places, values)
    for side in (100, 316, 1_000, 3_162, 10_000):
        runs = sorted(stream(method, side) for _ in range(3 if side < 3_000 else 1))
        seconds, megabytes = runs[len(runs) // 2]
        print(
            f"{side * side:12,} cells  {side * side / seconds:12,.0f} cells/s  {seconds:7.2f} s  "
            f"+{megabytes:4.0f} MB  load {os.getloadavg()[0]:.2f}",
            flush=True,
        )


def start() -> None:
    with tempfile.TemporaryDirectory() as folder:
        # Installers translate sources (`--compile-bytecode` in scripts/lib.sh).
        kept = {"PYTHONPYCACHEPREFIX": f"{folder}/sources", "PYTHONDONTWRITEBYTECODE": ""}

        def run(program: str) -> str:
            return subprocess.run(
                [sys.executable, "-c", program],
                env=os.environ | kept | {"NUMBA_CACHE_DIR": folder},
                capture_output=True,
                text=True,
                check=True,
            ).stdout.strip()

        run(INSTALLED)
        for name, program in (("first call after installation", COLD), ("later process", LATER)):
            print(f"{name}: {run(program)} load {os.getloadavg()[0]:.2f}", flush=True)
    loop = "import time; t = time.process_time(); sum(i for i in range(10**7))"
    loop += "; print(time.process_time() - t)"
    done = subprocess.run([sys.executable, "-c", loop], capture_output=True, text=True, check=True)
    # A loaded machine makes even the processor's own seconds longer.
    print(f"ten million turns of a plain loop: {float(done.stdout):.2f} s of the processor")


if __name__ == "__main__":
    {"samples": with_samples, "cells": with_cells, "start": start}[sys.argv[1]]()
