"""Tiles of a running service and of its peers: processor seconds a request, and how many a second.

    python -m benchmarks.serving.tiles ADDRESS PID,PID,... vectors|rasters|tipg|titiler [FILE]

ADDRESS is where the service or the peer answers, on a folder filled as `benchmarks.serving` says;
the processes are the server's and PostgreSQL's postmaster, whose backends count too. Places differ
from request to request; thresholds do for cells and rasters, so none is found among kept ones.
FILE is the surface's GeoTIFF, for titiler.
"""

import json
import os
import random
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

from benchmarks.serving.__main__ import _tile, _wrk

_SECONDS, _PATHS = 6, 20_000
_TICKS = os.sysconf("SC_CLK_TCK")


def _spent(processes: list[int]) -> float:
    """Return the seconds of the processor that processes and their children have taken."""
    total = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(path.parent.name) in processes or int(fields[1]) in processes:
            total += int(fields[11]) + int(fields[12])
    return total / _TICKS


def _anywhere(zoom: int, rng: random.Random) -> tuple[int, int]:
    return rng.randrange(2**zoom // 4, 2**zoom * 7 // 10), rng.randrange(2**zoom)


def _vectors(rng: random.Random) -> dict[str, Callable[[], str]]:
    def path(collection: str, zoom: int, more: str = "") -> str:
        y, x = _anywhere(zoom, rng)
        return f"/api/collections/{collection}/tiles/WebMercatorQuad/{zoom}/{y}/{x}{more}"

    def held(zoom: int) -> str:
        return path("samples", zoom, f"?contaminant=zn&threshold={rng.uniform(20, 300):.9f}")

    return {
        "samples z2, held against a threshold": lambda: held(2),
        "samples z6": lambda: path("samples", 6),
        "samples z10": lambda: path("samples", 10),
        "areas z6": lambda: path("boundaries", 6),
        "areas z10": lambda: path("boundaries", 10),
        "samples kept": lambda: "/api/collections/samples/tiles/WebMercatorQuad/6/22/33",
    }


def _tipg(rng: random.Random) -> dict[str, Callable[[], str]]:
    def path(table: str, zoom: int) -> str:
        y, x = _anywhere(zoom, rng)
        return f"/collections/hotspots.{table}/tiles/WebMercatorQuad/{zoom}/{x}/{y}"

    cases = [(table, zoom) for table in ("sample", "boundary") for zoom in (2, 6, 10)]
    return {f"{table} z{zoom}": lambda t=table, z=zoom: path(t, z) for table, zoom in cases}


def _rasters(rng: random.Random, surface: str) -> dict[str, Callable[[], str]]:
    def path(layer: str, zoom: int) -> str:
        y, x = _tile(zoom, rng)
        number = f"{rng.uniform(50, 300):.9f}"
        more = f"threshold={number}" if layer == "probability" else f"breaks=10,{number},900"
        own = f"/api/surfaces/{surface}/tiles/WebMercatorQuad/{zoom}/{y}/{x}.png"
        return f"{own}?layer={layer}&{more}"

    cases = [(layer, zoom) for layer in ("median", "probability") for zoom in (8, 11, 13)]
    return {f"{layer} z{zoom}": lambda n=layer, z=zoom: path(n, z) for layer, zoom in cases}


def _titiler(rng: random.Random, file: str) -> dict[str, Callable[[], str]]:
    def path(zoom: int) -> str:
        y, x = _tile(zoom, rng)
        more = f"url={file}&bidx=1&rescale=10,900&colormap_name=cividis"
        return f"/cog/tiles/WebMercatorQuad/{zoom}/{x}/{y}.png?{more}"

    return {f"titiler z{zoom}": lambda z=zoom: path(z) for zoom in (8, 11, 13)}


def measure(address: str, processes: list[int], what: str, file: str) -> None:
    rng = random.Random(5)
    if what == "rasters":
        listed = json.load(urllib.request.urlopen(f"{address}/api/surfaces", timeout=60))
        cases = _rasters(rng, listed["surfaces"][0]["id"])
    elif what == "titiler":
        cases = _titiler(rng, file)
    else:
        cases = _vectors(rng) if what == "vectors" else _tipg(rng)
    for name, make in cases.items():
        # Each once, as far as there are so many: what was asked for before lies in memory.
        paths = list(dict.fromkeys(make() for _ in range(_PATHS)))
        # The first one opens files and reads places.
        urllib.request.urlopen(address + paths[0], timeout=120).read()
        before = _spent(processes)
        seconds = 1 if 1 < len(paths) < _PATHS / 2 else _SECONDS
        told = _wrk(address, paths, seconds)
        rate = float(told.split("/s", 1)[0].replace(",", ""))
        each = (_spent(processes) - before) / max(rate * seconds, 1)
        print(f"{name:38} {1e3 * each:8.2f} ms of the processor  {told}", flush=True)


if __name__ == "__main__":
    where, listed, which, *rest = sys.argv[1:]
    measure(where, [int(one) for one in listed.split(",")], which, rest[0] if rest else "")
