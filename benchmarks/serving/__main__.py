"""What tiles cost, without HTTP: ``python -m benchmarks.serving prepare FOLDER``, then ``cost``.

`prepare` fills an installation with a million samples and a surface of 10,000 × 10,000 cells; its
own embedded cluster is used. `cost` makes tiles of them in one thread that were never made before
(each with a threshold or a name of its own). Over HTTP, beside peers, they are measured by `tiles`;
pages by `features`, files by `exports`, the first tile after an import by `after_import`.
"""

import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

SAMPLES = 1_000_000
SIDE = 10_000
CELL = 20.0
WEST, NORTH, EPSG = 400_000.0, 5_700_000.0, 32632
# Places over the surface: west, south, east, north in degrees.
BOX = (7.6, 49.8, 10.2, 51.4)


def _settings(folder: Path) -> Any:
    from app.settings import Settings, StorageSettings

    return Settings(storage=StorageSettings(data_dir=folder))


def prepare(folder: Path, samples: int, side: int) -> None:
    from app.resources import reference_data
    from app.services import registries
    from app.services.runtime import open_runtime
    from app.services.surfaces.peaks import prepare_peaks

    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    with open_runtime(_settings(folder), migrate=True) as runtime:
        with runtime.database.writing() as session:
            registries.seed(session, reference_data())
        started = time.perf_counter()
        _load_samples(runtime, samples)
        print(f"{samples:,} samples: {time.perf_counter() - started:.0f} s")
        started = time.perf_counter()
        surface = _write_surface(runtime, side)
        print(f"surface of {side:,}² cells: {time.perf_counter() - started:.0f} s")
        started = time.perf_counter()
        prepare_peaks(runtime.store, surface)
        path = runtime.store.peaks_path(surface.uid)
        print(
            f"what is seen from afar: {time.perf_counter() - started:.0f} s, "
            f"{path.stat().st_size / 1e6:,.0f} MB beside "
            f"{runtime.store.surface_path(surface.uid).stat().st_size / 1e6:,.0f} MB"
        )
        with runtime.database.writing() as session:
            _publish(session, surface)


def _load_samples(runtime: Any, count: int) -> None:
    from tests.app import scene

    rng = np.random.default_rng(1)
    longitudes = rng.uniform(BOX[0], BOX[2], count)
    latitudes = rng.uniform(BOX[1], BOX[3], count)
    values = rng.lognormal(4.5, 0.8, count)
    lines = ["id,lon,lat,zinc"]
    lines += [
        f"S{i},{x:.6f},{y:.6f},{v:.2f}"
        for i, (x, y, v) in enumerate(zip(longitudes, latitudes, values, strict=True))
    ]
    scene.take_in(
        runtime, "\n".join(lines), dataset="million", visibility="public", epsg=4326, unit="mg/kg"
    )


def _write_surface(runtime: Any, side: int) -> Any:
    from app.db.models import Surface
    from spatial.grids import Grid
    from spatial.raster import write_cog

    rng = np.random.default_rng(2)
    small = rng.normal(4.5, 0.8, (side // 50 + 2, side // 50 + 2))
    location = _smooth(small, side).astype(np.float32)
    sigma = (0.3 + 0.1 * np.sin(location)).astype(np.float32)
    bands = {
        "median": np.exp(location),
        "mean": np.exp(location + sigma**2 / 2),
        "location": location,
        "sigma": sigma,
    }
    grid = Grid(WEST, NORTH, CELL, side, side, EPSG)
    uid = uuid.uuid4()
    write_cog(runtime.store.surface_path(uid), grid, bands)
    low, high = np.quantile(bands["median"][::50, ::50], (0.02, 0.98))
    card = {
        "family": "gaussian", "method": "ordinary_kriging", "extractions": {},
        "transform": {"name": "ln", "parameters": {}}, "order": {"contaminant": "zn"},
    }  # fmt: skip
    return Surface(
        uid=uid, contaminant="zn", family="gaussian", method="ordinary_kriging", unit="mg/kg",
        epsg=EPSG, west=WEST, north=NORTH, cell_size=CELL, columns=side, rows=side,
        bands=list(bands), value_low=float(low), value_high=float(high), card=card,
        footprint="SRID=4326;POLYGON((7 49,11 49,11 52,7 52,7 49))", request_sha256=uid.hex,
        order_sha256=uid.hex, array_sha256=uid.hex, created_at=datetime.now(UTC),
    )  # fmt: skip


def _smooth(small: np.ndarray, side: int) -> np.ndarray:
    at = np.arange(side) / 50
    first, share = at.astype(int), (at % 1.0).astype(np.float32)
    small = small.astype(np.float32)
    rows = small[first] * (1 - share)[:, None] + small[first + 1] * share[:, None]
    return rows[:, first] * (1 - share) + rows[:, first + 1] * share


def _publish(session: Any, surface: Any) -> None:
    from sqlalchemy import select

    from app.db.models import Dataset, SurfaceDataset

    session.add(surface)
    session.flush()
    key = session.scalar(select(Dataset.id).where(Dataset.name == "million"))
    session.add(SurfaceDataset(surface_id=surface.id, dataset_id=key))


def tile_over(zoom: int, rng: random.Random) -> tuple[int, int]:
    import math

    longitude, latitude = rng.uniform(BOX[0], BOX[2]), rng.uniform(BOX[1], BOX[3])
    n = 2**zoom
    y = (1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2 * n
    return int(y), int((longitude + 180) / 360 * n)


def wrk(address: str, paths: list[str], seconds: int) -> tuple[float, str]:
    """Ask for the paths in turn, each thread from another one on; return the rate, and words."""
    script = Path(tempfile.mkdtemp()) / "paths.lua"
    listed = ",\n".join(json.dumps(path) for path in paths)
    script.write_text(
        f"local paths = {{{listed}}}\nlocal at = 0\n"
        "function setup(thread) thread:set('first', at) at = at + math.floor(#paths / 2) end\n"
        "function request()\n  first = first + 1\n"
        "  return wrk.format('GET', paths[(first - 1) % #paths + 1])\nend\n"
    )
    found = subprocess.run(
        ["wrk", "-t2", "-c8", f"-d{seconds}s", "--latency", "-s", str(script), address],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    rate = re.search(r"Requests/sec:\s+([0-9.]+)", found)
    median = re.search(r"50%\s+([0-9.]\S+)", found)
    slowest = re.search(r"99%\s+([0-9.]\S+)", found)
    errors = re.search(r"Non-2xx or 3xx responses: (\d+)", found)
    assert rate
    assert median
    assert slowest
    told = (
        f"{float(rate[1]):9,.0f}/s  p50 {median[1]:>8}  p99 {slowest[1]:>8}  "
        f"{'errors ' + errors[1] if errors else ''}  load {os.getloadavg()[0]:.1f}"
    )
    return float(rate[1]), told


def cost(folder: Path, each: int) -> None:
    """Seconds of the processor for a tile, which tell more than rates on a busy machine."""
    from app.services.rendering import LayerWish
    from app.services.runtime import open_runtime
    from app.services.surfaces import list_surfaces
    from app.services.tile_matrices import WEB_MERCATOR_QUAD

    rng = random.Random(3)
    with open_runtime(_settings(folder), migrate=True) as runtime:
        with runtime.database.reading() as session:
            surface = list_surfaces(session)[0]
            session.expunge(surface)
        for layer in ("median", "probability"):
            for zoom in (8, 11, 13):
                tiles = [WEB_MERCATOR_QUAD.check(zoom, *tile_over(zoom, rng)) for _ in range(each)]
                wishes = [LayerWish(layer, 50.0 + i if layer != "median" else None)
                          for i in range(each)]  # fmt: skip
                runtime.painter.tile(surface, WEB_MERCATOR_QUAD, tiles[0], wishes[0])
                started = time.process_time()
                for tile, wish in zip(tiles, wishes, strict=True):
                    runtime.painter.tile(surface, WEB_MERCATOR_QUAD, tile, wish)
                took = (time.process_time() - started) / each
                print(
                    f"PNG {layer:11} z{zoom:<3} {1e3 * took:7.1f} ms of the processor", flush=True
                )
        _cost_of_vectors(runtime, each, rng)


def _cost_of_vectors(runtime: Any, each: int, rng: random.Random) -> None:
    """Vector tiles that are not kept; the first reads the places, and is told apart."""
    from app.services.features import Query, get_collection
    from app.services.tile_matrices import WEB_MERCATOR_QUAD
    from app.services.vector_tiles import TileWish

    def wish_of(session: Any) -> TileWish:
        return TileWish(get_collection(session, "samples"), Query())

    for at, zoom in enumerate((2, 2, 6, 10, 13)):
        walls, size = [], 0
        before = time.process_time()
        count = 1 if at == 0 else each
        for _ in range(count):
            tile = WEB_MERCATOR_QUAD.check(zoom, *tile_over(zoom, rng))
            started = time.perf_counter()
            asked = f"benchmark {rng.random()}"
            _, made = runtime.vector_tiles.tile(asked, wish_of, WEB_MERCATOR_QUAD, tile)
            walls.append(time.perf_counter() - started)
            size = max(size, len(made))
        took = (time.process_time() - before) / count
        print(
            f"MVT samples z{zoom:<3} {'first' if at == 0 else '':5} {1e3 * took:7.1f} ms of the "
            f"processor beside the database, {1e3 * float(np.median(walls)):8.1f} ms wall, "
            f"{size:,} bytes, load {os.getloadavg()[0]:.1f}",
            flush=True,
        )


if __name__ == "__main__":
    what, where, *rest = sys.argv[1:]
    if what == "prepare":
        prepare(Path(where), *(map(int, rest) if rest else (SAMPLES, SIDE)))
    else:
        cost(Path(where), int(rest[0]) if rest else 50)
