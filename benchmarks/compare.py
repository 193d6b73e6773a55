"""
Peers and ours in one run: medians and ratios.

    benchmarks/prepare.sh /tmp/peers
    python -m benchmarks.compare --peers /tmp/peers kriging
    python -m benchmarks.compare --peers /tmp/peers inverse_distance global variogram

Each round runs every contender once, one after another, in a process of its own, so that a
machine that is busy for a while is busy for all of them. Slow peers get fewer cells of the same
grid (their number is printed); rates are per second of work, imports and compilation left out.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from benchmarks import cases

HERE = Path(__file__).resolve().parent


class Contender(NamedTuple):
    """One program of a comparison."""

    name: str
    kind: str
    what: str
    cells: int


GRID_CELLS = 1_000_000
COMPARISONS: dict[str, dict[int, list[Contender]]] = {
    "kriging": {
        10_000: [
            Contender("ours", "ours", "kriging", GRID_CELLS),
            Contender("gstat", "R", "kriging", 40_000),
            Contender("PyKrige", "python", "pykrige_kriging", 1_000),
        ],
        2_000: [
            Contender("ours", "ours", "kriging", GRID_CELLS),
            Contender("scikit-gstat", "python", "skgstat_kriging", 100),
        ],
        100_000: [
            Contender("ours", "ours", "kriging", GRID_CELLS),
            Contender("gstat", "R", "kriging", 40_000),
        ],
        800_000: [
            Contender("ours", "ours", "kriging", GRID_CELLS),
            Contender("gstat", "R", "kriging", 10_000),
        ],
    },
    "inverse_distance": {
        100_000: [
            Contender("ours", "ours", "inverse_distance", GRID_CELLS),
            Contender("pykdtree", "python", "pykdtree_inverse_distance", GRID_CELLS),
            Contender("cKDTree", "python", "ckdtree_inverse_distance", GRID_CELLS),
            Contender("gstat", "R", "inverse_distance", 40_000),
        ],
    },
    "global": {
        1_000: [
            Contender("ours", "ours", "global_kriging", 20_000),
            Contender("numpy/BLAS", "python", "numpy_global", 20_000),
            Contender("gstat", "R", "global", 4_000),
            Contender("PyKrige", "python", "pykrige_global", 4_000),
            Contender("GSTools", "python", "gstools_global", 4_000),
        ],
        5_000: [
            Contender("ours", "ours", "global_kriging", 4_000),
            Contender("numpy/BLAS", "python", "numpy_global", 4_000),
            Contender("gstat", "R", "global", 1_000),
        ],
    },
    "variogram": {
        2_000: [
            Contender("ours", "ours", "variogram", 1),
            Contender("gstat", "R", "variogram", 1),
            Contender("scikit-gstat", "python", "skgstat_variogram", 1),
        ],
        10_000: [
            Contender("ours", "ours", "variogram", 1),
            Contender("gstat", "R", "variogram", 1),
            Contender("GSTools", "python", "gstools_variogram", 1),
        ],
        100_000: [Contender("ours", "ours", "variogram", 1)],
        800_000: [Contender("ours", "ours", "variogram", 1)],
    },
}


def command(contender: Contender, count: int, peers: Path, folder: Path) -> list[str] | None:
    """Return how to run a contender; None where it is not installed."""
    numbers = [str(count), str(contender.cells)]
    if contender.kind == "ours":
        return [sys.executable, "-m", "benchmarks.ours", contender.what, *numbers]
    if contender.kind == "python":
        python = peers / "bin" / "python"
        return [str(python), str(HERE / "peers.py"), contender.what, *numbers]
    program = shutil.which("Rscript")
    if program is None:
        return None
    given, wanted = cases.write_csv(folder, count, contender.cells)
    return [program, str(HERE / "peers.R"), contender.what, str(given), str(wanted)]


def rate(arguments: list[str]) -> float:
    """Run a contender once; return units per second."""
    done = subprocess.run(
        arguments, capture_output=True, text=True, check=False, cwd=HERE.parent, timeout=3600
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(arguments)}\n{done.stderr[-2000:]}")
    answer = json.loads(done.stdout.strip().splitlines()[-1])
    return answer["units"] / answer["seconds"]


def compare(title: str, rounds: int, peers: Path, folder: Path) -> None:
    """Print a table of medians and ratios."""
    unit = "places/s" if title == "variogram" else "cells/s"
    for count, contenders in sorted(COMPARISONS[title].items()):
        rates: dict[str, list[float]] = {contender.name: [] for contender in contenders}
        for _ in range(rounds):
            for contender in contenders:
                arguments = command(contender, count, peers, folder)
                if arguments is None:
                    continue
                found = rate(arguments)
                # A variogram is one answer whatever it is asked for: places per second.
                if title == "variogram" and contender.kind != "ours":
                    found *= count / contender.cells
                rates[contender.name].append(found)
        ours = statistics.median(rates["ours"])
        print(f"\n{title}, N = {count:,}, load {os.getloadavg()[0]:.2f}")
        for contender in contenders:
            if rates[contender.name]:
                middle = statistics.median(rates[contender.name])
                print(
                    f"  {contender.name:14s} {middle:14,.0f} {unit}  ours is {ours / middle:8.1f} x"
                    f"   ({contender.cells:,} cells, {rounds} rounds)",
                    flush=True,
                )


def main() -> None:
    """Read the command line and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("titles", nargs="+", choices=sorted(COMPARISONS))
    parser.add_argument("--peers", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for title in options.titles:
            compare(title, options.rounds, options.peers, Path(folder))


if __name__ == "__main__":
    main()
