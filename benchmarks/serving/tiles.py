"""Tiles of ours and of the peers in turns: how many a second, and seconds of the processor for one.

    python -m benchmarks.serving.tiles vectors|rasters [SAMPLES] --data FOLDER --peers FOLDER
                                       [--rounds 2]

`vectors` asks ours and tipg for points (1,000,000 samples when absent, as `features` loads them, in
the same folder if it is that) and 20,000 areas over the globe; `rasters` ours and titiler for PNG
tiles of a surface of 10,000² cells, in a folder of their own. What is missing in the folders is
made first. wrk asks with 8 connections; server, PostgreSQL and wrk share the machine. Places differ
from request to request, thresholds do for cells and surfaces, and breaks for medians, so none is
found among kept ones. A tile of tipg has at most 10,000 features; one of ours has cells where there
are more than 5,000, and none is left out.
"""

import argparse
import json
import math
import random
import shutil
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from app.services import imports
from app.services.datasets import DatasetTerms
from app.services.runtime import Runtime
from benchmarks.serving.__main__ import SIDE, prepare, tile_over, wrk
from benchmarks.serving.features import (
    Costs,
    analyse,
    make_pages,
    serving,
    tipg_environment,
    workplace,
)

AREAS = 20_000
_SECONDS, _PATHS = 6, 20_000
# So long where there are few tiles in all: none is to come twice.
_SHORT_SECONDS = 1
_GLANCE_SECONDS = 0.5
# Corners of an area, and how large it is (degrees).
_CORNERS, _RADII = 33, (0.1, 0.5)
# The samples of a folder for rasters are only there because a surface rests on some.
_FEW = 20_000
_Cases = dict[str, Callable[[], str]]


class Server(NamedTuple):
    """Who answers where, what it costs, and what is asked; what is asked before, unmeasured."""

    address: str
    costs: Costs
    cases: _Cases
    before: _Cases


def load_areas(runtime: Runtime, path: Path) -> None:
    """Load circles over the globe as the areas of a boundary layer, the way a user would."""
    rng = np.random.default_rng(3)
    turn = np.linspace(0, 2 * math.pi, _CORNERS)
    features = []
    for number in range(AREAS):
        x, y, radius = rng.uniform(-178, 178), rng.uniform(-59, 79), rng.uniform(*_RADII)
        ring = np.column_stack([x + radius * np.cos(turn), y + radius * np.sin(turn)]).round(6)
        ring[-1] = ring[0]
        features.append({
            "type": "Feature", "properties": {"name": f"Area {number}", "code": f"A{number}"},
            "geometry": {"type": "Polygon", "coordinates": [ring.tolist()]},
        })  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    with path.open("rb") as stream:
        stored = runtime.store.receive(stream, limit=1 << 40)
    options = {"epsg": 4326}
    with runtime.database.writing() as session:
        terms = DatasetTerms(visibility="public")
        order = imports.ImportOrder("boundaries", "areas", path.name, terms, options)
        import_id = imports.show(imports.register(session, stored, order))["id"]
    limits = runtime.settings.limits
    imports.load(runtime.database, runtime.store, limits, import_id, lambda _: None)
    analyse(runtime)


def _anywhere(zoom: int, rng: random.Random) -> tuple[int, int]:
    return rng.randrange(2**zoom // 4, 2**zoom * 7 // 10), rng.randrange(2**zoom)


def _vectors(rng: random.Random) -> tuple[_Cases, _Cases]:
    def path(collection: str, zoom: int, more: str = "") -> str:
        y, x = _anywhere(zoom, rng)
        return f"/api/collections/{collection}/tiles/WebMercatorQuad/{zoom}/{y}/{x}{more}"

    def held() -> str:
        return path("samples", 2, f"?contaminant=zn&threshold={rng.uniform(20, 300):.9f}")

    return {
        "points z2": held,
        "points z6": lambda: path("samples", 6),
        "points z10": lambda: path("samples", 10),
        "areas z6": lambda: path("boundaries", 6),
        "areas z10": lambda: path("boundaries", 10),
        "kept": lambda: "/api/collections/samples/tiles/WebMercatorQuad/6/22/33",
    }, {
        "points": lambda: path("samples", 8),
        "areas": lambda: path("boundaries", 8),
    }


def _tipg(rng: random.Random) -> tuple[_Cases, _Cases]:
    def path(table: str, zoom: int) -> str:
        y, x = _anywhere(zoom, rng)
        return f"/collections/hotspots.{table}/tiles/WebMercatorQuad/{zoom}/{x}/{y}"

    return {
        "points z2": lambda: path("sample", 2),
        "points z6": lambda: path("sample", 6),
        "points z10": lambda: path("sample", 10),
        "areas z6": lambda: path("boundary", 6),
        "areas z10": lambda: path("boundary", 10),
    }, {
        "points": lambda: path("sample", 8),
        "areas": lambda: path("boundary", 8),
    }


def _rasters(rng: random.Random, surface: str) -> tuple[_Cases, _Cases]:
    def path(layer: str, zoom: int) -> str:
        y, x = tile_over(zoom, rng)
        number = f"{rng.uniform(50, 300):.9f}"
        more = f"threshold={number}" if layer == "probability" else f"breaks=10,{number},900"
        own = f"/api/surfaces/{surface}/tiles/WebMercatorQuad/{zoom}/{y}/{x}.png"
        return f"{own}?layer={layer}&{more}"

    cases = [(layer, zoom) for zoom in (8, 11, 13) for layer in ("median", "probability")]
    asked: _Cases = {f"{name} z{zoom}": partial(path, name, zoom) for name, zoom in cases}
    return asked, {"medians": partial(path, "median", 12)}


def _titiler(rng: random.Random, file: Path) -> tuple[_Cases, _Cases]:
    def path(zoom: int) -> str:
        y, x = tile_over(zoom, rng)
        more = f"url={file}&bidx=1&rescale=10,900&colormap_name=cividis"
        return f"/cog/tiles/WebMercatorQuad/{zoom}/{x}/{y}.png?{more}"

    asked: _Cases = {f"median z{zoom}": partial(path, zoom) for zoom in (8, 11, 13)}
    return asked, {"medians": partial(path, 12)}


@contextmanager
def _both_on_vectors(folder: Path, samples: int, peers: Path) -> Iterator[dict[str, Server]]:
    rng = random.Random(5)
    with workplace(folder, samples) as (_, runtime), ExitStack() as stack:
        if not (folder / "areas.json").exists():
            load_areas(runtime, folder / "areas.json")
        data = folder / "data"
        port, pid = stack.enter_context(_ours(data))
        costs = Costs(pid, data)
        make_pages(data / "pages" / "samples.pages", port, costs)
        ours = Server(f"http://127.0.0.1:{port}", costs, *_vectors(rng))
        command = _uvicorn(peers, "tipg.main:app")
        tables = ["hotspots.sample", "hotspots.boundary"]
        environment = tipg_environment(runtime, tables)
        port, pid = stack.enter_context(serving(command, environment, "/healthz"))
        tipg = Server(f"http://127.0.0.1:{port}", Costs(pid, data), *_tipg(rng))
        yield {"ours": ours, "tipg": tipg}


@contextmanager
def _both_on_rasters(folder: Path, peers: Path) -> Iterator[dict[str, Server]]:
    rng = random.Random(5)
    data = folder / "data"
    if not data.exists():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
        prepare(data, _FEW, SIDE)
    with ExitStack() as stack:
        port, pid = stack.enter_context(_ours(data))
        address = f"http://127.0.0.1:{port}"
        listed = json.load(urllib.request.urlopen(f"{address}/api/surfaces", timeout=60))
        cases = _rasters(rng, listed["surfaces"][0]["id"])
        ours = Server(address, Costs(pid, data), *cases)
        [file] = (data / "surfaces").rglob("*.tif")
        command = _uvicorn(peers, "titiler.application.main:app")
        port, pid = stack.enter_context(
            serving(command, {"PYTHONPATH": "", "PYTHONWARNINGS": "ignore"}, "/healthz")
        )
        titiler = Server(f"http://127.0.0.1:{port}", Costs(pid, data), *_titiler(rng, file))
        yield {"ours": ours, "titiler": titiler}


def _ours(data: Path) -> Any:
    command = [str(Path(sys.executable).with_name("hotspots")), "serve", "--data", str(data)]
    return serving(command, {"HOTSPOTS_WORKER": "false"}, "/health/ready")


def _uvicorn(peers: Path, application: str) -> list[str]:
    command = [str(peers / "bin" / "python"), "-m", "uvicorn", application]
    return [*command, "--loop", "uvloop", "--http", "httptools", "--no-access-log"]


def measure(servers: dict[str, Server]) -> None:
    """Ask the servers in turns, case by case."""
    for server in servers.values():
        for make in server.before.values():
            # Connections are opened, statements prepared, files opened.
            _asked(server, make, _SHORT_SECONDS)
    cases = dict.fromkeys(name for server in servers.values() for name in server.cases)
    for name in cases:
        for who, server in servers.items():
            if name in server.cases:
                _settle(servers)
                print(f"{name:16} {who:8} {_asked(server, server.cases[name])}", flush=True)


def _settle(servers: dict[str, Server]) -> None:
    """Wait until nobody works on what wrk did not wait for."""
    spent = _spent(servers)
    while True:
        time.sleep(_GLANCE_SECONDS)
        before, spent = spent, _spent(servers)
        if spent - before < _GLANCE_SECONDS / 20:
            return


def _spent(servers: dict[str, Server]) -> float:
    return float(sum(server.costs.now().sum() for server in servers.values()))


def _asked(server: Server, make: Callable[[], str], longest: int = _SECONDS) -> str:
    # Each once, as far as there are so many: what was asked for before is kept.
    paths = list(dict.fromkeys(make() for _ in range(_PATHS)))
    seconds = _SHORT_SECONDS if 1 < len(paths) < _PATHS / 2 else longest
    # The first one opens files and reads places.
    urllib.request.urlopen(server.address + paths[0], timeout=120).read()
    before = server.costs.now()
    rate, told = wrk(server.address, paths, seconds)
    spent = (server.costs.now() - before).sum() / max(rate * seconds, 1)
    return f"{told}  {1e3 * spent:8.2f} ms of the processor"


def _forget(data: Path) -> None:
    """Remove the tiles that were kept in an earlier round."""
    shutil.rmtree(data / "tiles", ignore_errors=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("vectors", "rasters"))
    parser.add_argument("samples", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--peers", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=2)
    asked = parser.parse_args()
    for _ in range(asked.rounds):
        _forget(asked.data / "data")
        if asked.what == "vectors":
            place = _both_on_vectors(asked.data, asked.samples, asked.peers)
        else:
            place = _both_on_rasters(asked.data, asked.peers)
        with place as both:
            measure(both)
