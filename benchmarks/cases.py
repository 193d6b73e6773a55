"""Inputs of every benchmark: uniform random places in a square of 1 km, seeded."""

from pathlib import Path

import numpy as np

SIDE = 1000.0
NUGGET, PARTIAL_SILL, RANGE = 0.1, 0.9, 200.0


def samples(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return places (n, 2) and values (n,) with some structure."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(0.0, SIDE, (count, 2))
    wave = np.sin(places[:, 0] / 90.0) + np.cos(places[:, 1] / 70.0)
    return places, 3.0 + 0.5 * wave + rng.normal(0.0, 0.3, count)


def cells(count: int) -> np.ndarray:
    """Return the centres of a compact window in the middle of the 1000 x 1000 grid."""
    rows = max(1, round(count**0.5))
    first = 500 - rows // 2
    centres = np.arange(first, first + rows) + 0.5
    return np.stack(np.meshgrid(centres, SIDE - centres), -1).reshape(-1, 2)[:count]


def write_csv(folder: Path, count: int, cell_count: int) -> tuple[Path, Path]:
    """Write samples and cells for R."""
    places, values = samples(count)
    given, wanted = folder / f"samples_{count}.csv", folder / f"cells_{cell_count}.csv"
    if not given.exists():
        table = np.column_stack([places, values])
        np.savetxt(given, table, "%.17g", ",", header="x,y,z", comments="")
    if not wanted.exists():
        np.savetxt(wanted, cells(cell_count), "%.17g", ",", header="x,y", comments="")
    return given, wanted
