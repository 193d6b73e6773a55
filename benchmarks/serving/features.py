"""Pages of features from a running service: how many a second, and one feature by its id.

    python -m benchmarks.serving.features [SAMPLES]     1,000,000 when absent; needs wrk

Samples lie uniformly over the globe, one result each, in an embedded cluster of its own under a
temporary folder. Server, PostgreSQL and wrk share the machine. Boxes are random and hold twice
as many samples as a page; pages are in the total order, without a count.
"""

import json
import math
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from app.resources import reference_data
from app.services import imports, registries
from app.services.datasets import DatasetTerms
from app.services.runtime import Runtime, open_runtime
from app.settings import ServerSettings, Settings, StorageSettings

_CONNECTIONS, _SECONDS = 8, 8
_SOUTH, _NORTH = -60.0, 80.0
_BOXES = """
math.randomseed(7)
request = function()
  local west = -180 + math.random() * (360 - {side})
  local south = {south} + math.random() * ({height} - {side})
  return wrk.format("GET", string.format("{path}&bbox=%.4f,%.4f,%.4f,%.4f",
    west, south, west + {side}, south + {side}))
end
"""
_IDS = """
local ids = {{{ids}}}
local next = 0
request = function()
  next = next % #ids + 1
  return wrk.format("GET", "{path}" .. ids[next])
end
"""
_ITEMS = "/api/collections/samples/items"


@contextmanager
def workplace() -> Iterator[tuple[Path, Runtime]]:
    folder = Path(tempfile.mkdtemp(prefix="hotspots-bench-"))
    folder.chmod(0o755)
    settings = Settings(
        storage=StorageSettings(data_dir=folder / "data"), server=ServerSettings(worker=False)
    )
    try:
        with open_runtime(settings, migrate=True) as runtime:
            with runtime.database.writing() as session:
                registries.seed(session, reference_data())
            yield folder, runtime
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def take_in(runtime: Runtime, path: Path, samples: int) -> None:
    rng = np.random.default_rng(1)
    columns = (
        np.arange(samples),
        rng.uniform(-180, 180, samples),
        rng.uniform(_SOUTH, _NORTH, samples),
        np.exp(rng.normal(4, 1, samples)),
    )
    head, form = "id,lon,lat,zinc", ("%d", "%.6f", "%.6f", "%.2f")
    np.savetxt(path, np.column_stack(columns), form, ",", header=head, comments="")
    with path.open("rb") as stream:
        stored = runtime.store.receive(stream, limit=1 << 40)
    options = {"epsg": 4326, "unit": "mg/kg"}
    with runtime.database.writing() as session:
        terms = DatasetTerms(visibility="public")
        order = imports.ImportOrder("samples", "bench", path.name, terms, options)
        import_id = imports.show(imports.register(session, stored, order))["id"]
    imports.load(
        runtime.database, runtime.store, runtime.settings.limits, import_id, lambda _: None
    )


def analyse(runtime: Runtime) -> None:
    """Do at once what the database does by itself within a minute or two."""
    import psycopg

    owner = (runtime.addresses.owner or "").replace("+psycopg", "")
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("ANALYZE")


@contextmanager
def serving(data: Path) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--factory", "app.main:create_app", "--port"]
    options = ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "error"]
    environment = os.environ | {"HOTSPOTS_DATA_DIR": str(data), "HOTSPOTS_WORKER": "false"}
    process = subprocess.Popen([*command, str(port), *options], env=environment)
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5).read()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def wrk(folder: Path, port: int, script: str) -> tuple[float, str, str, int]:
    path = folder / "script.lua"
    path.write_text(
        script + "done = function(s, l, r)\n"
        "  io.write(string.format('RESULT %f %f %f %d\\n', s.requests / s.duration * 1e6,"
        " l:percentile(50) / 1000, l:percentile(99) / 1000,"
        " s.errors.status + s.errors.timeout + s.errors.read))\nend\n"
    )
    command = ["wrk", "-t2", f"-c{_CONNECTIONS}", f"-d{_SECONDS}s", "-s", str(path)]
    ran = subprocess.run(
        [*command, f"http://127.0.0.1:{port}"], capture_output=True, text=True, check=True
    )
    told = next(line for line in ran.stdout.splitlines() if line.startswith("RESULT")).split()
    return float(told[1]), told[2], told[3], int(told[4])


def measure(samples: int) -> None:
    with workplace() as (folder, runtime):
        started = time.perf_counter()
        take_in(runtime, folder / "samples.csv", samples)
        analyse(runtime)
        print(f"{samples:,} samples loaded in {time.perf_counter() - started:.0f} s")
        density = samples / (360 * (_NORTH - _SOUTH))
        with serving(folder / "data") as port:
            for limit in (10, 1_000, 10_000):
                side = min(math.sqrt(2 * limit / density), 120.0)
                box = {"side": side, "south": _SOUTH, "height": _NORTH - _SOUTH}
                script = _BOXES.format(path=f"{_ITEMS}?limit={limit}", **box)
                report(f"items, {limit:,} of a box", *wrk(folder, port, script))
            page = f"http://127.0.0.1:{port}{_ITEMS}?limit=1000&bbox=0,0,40,40"
            found = json.load(urllib.request.urlopen(page, timeout=60))["features"]
            ids = ",".join(f'"{feature["id"]}"' for feature in found)
            report("one by its id", *wrk(folder, port, _IDS.format(ids=ids, path=f"{_ITEMS}/")))


def report(name: str, rate: float, p50: str, p99: str, errors: int) -> None:
    load = os.getloadavg()[0]
    print(f"{name}: {rate:,.1f}/s, p50 {p50} ms, p99 {p99} ms, {errors} errors; load {load:.1f}")


if __name__ == "__main__":
    measure(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
