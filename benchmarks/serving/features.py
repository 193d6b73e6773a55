"""Pages of features, one by its id, and a 304 from a running service: how many a second.

    python -m benchmarks.serving.features [SAMPLES] [--data FOLDER] [--peers FOLDER]

SAMPLES are 1,000,000 when absent; wrk is needed. They lie uniformly over the globe, one result
each, in an embedded cluster of its own: in a temporary folder, or in FOLDER, which is kept and used
again. Server, PostgreSQL and wrk share the machine, so seconds of the processor for a request
(server, PostgreSQL) are told beside rates, and the load. Boxes are random and hold a tenth of all
samples; pages are in the total order, without a count. They are asked for as the database puts them
together (`HOTSPOTS_PAGE_FILE_BYTES=0`), and when their texts are prepared, which is timed.

With `--peers` (made by benchmarks/prepare.sh) tipg is asked the same of the table of samples in the
same database. It counts what matches at every page, and tells the columns of the table; ours does
not count, and tells each sample with its results, data set and site.
"""

import argparse
import json
import math
import os
import random
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
from typing import Any
from urllib.parse import quote

import numpy as np
from sqlalchemy import make_url

from app.resources import reference_data
from app.services import imports, registries
from app.services.datasets import DatasetTerms
from app.services.runtime import Runtime, open_runtime
from app.settings import ServerSettings, Settings, StorageSettings

_CONNECTIONS, _SECONDS = 8, 8
MOST_PREPARING_SECONDS = 600
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
_KNOWN = """
request = function()
  return wrk.format("GET", "{path}", {{["If-None-Match"] = '{tag}'}})
end
"""
_ITEMS = "/api/collections/samples/items"
_PEER_ITEMS = "/collections/hotspots.sample/items"
_LIMITS = (10, 1_000, 10_000)
_BOXES_OF_IDS = [f"{west},0,{west + 36},30" for west in range(-180, 180, 72)]
_SIDE = math.sqrt(0.1 * 360 * (_NORTH - _SOUTH))


@contextmanager
def workplace(kept: Path | None, samples: int) -> Iterator[tuple[Path, Runtime]]:
    folder = kept or Path(tempfile.mkdtemp(prefix="hotspots-bench-"))
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    settings = Settings(
        storage=StorageSettings(data_dir=folder / "data"), server=ServerSettings(worker=False)
    )
    is_new = not (folder / "data").exists()
    try:
        with open_runtime(settings, migrate=True) as runtime:
            if is_new:
                with runtime.database.writing() as session:
                    registries.seed(session, reference_data())
                started = time.perf_counter()
                take_in(runtime, folder / "samples.csv", samples)
                analyse(runtime)
                print(f"{samples:,} samples loaded in {time.perf_counter() - started:.0f} s")
            yield folder, runtime
    finally:
        if kept is None:
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

    with psycopg.connect(owner_of(runtime), autocommit=True) as connection:
        connection.execute("ANALYZE")


def owner_of(runtime: Runtime) -> str:
    return (runtime.addresses.owner or "").replace("+psycopg", "")


@contextmanager
def serving(command: list[str], more: dict[str, str], ready: str) -> Iterator[tuple[int, int]]:
    """Run a server with the option `--port`; give its port and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    process = subprocess.Popen([*command, "--port", str(port)], env=os.environ | more)
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}{ready}", timeout=5).read()
                break
            except OSError:
                if process.poll() is not None:
                    raise SystemExit(f"{command} did not start") from None
                time.sleep(0.1)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def wrk(
    folder: Path, port: int, script: str, seconds: int = _SECONDS
) -> tuple[float, str, str, int]:
    path = folder / "script.lua"
    path.write_text(
        script + "done = function(s, l, r)\n"
        "  io.write(string.format('RESULT %f %f %f %d\\n', s.requests / s.duration * 1e6,"
        " l:percentile(50) / 1000, l:percentile(99) / 1000,"
        " s.errors.status + s.errors.timeout + s.errors.read))\nend\n"
    )
    command = ["wrk", "-t2", f"-c{_CONNECTIONS}", f"-d{seconds}s", "-s", str(path)]
    ran = subprocess.run(
        [*command, f"http://127.0.0.1:{port}"], capture_output=True, text=True, check=True
    )
    told = next(line for line in ran.stdout.splitlines() if line.startswith("RESULT")).split()
    return float(told[1]), told[2], told[3], int(told[4])


class Costs:
    """Seconds of the processor that servers and the backends of their database have taken."""

    def __init__(self, server: int, data: Path) -> None:
        self._server = server
        [found] = data.rglob("postmaster.pid")
        self._postmaster = int(found.read_text().split()[0])

    def now(self) -> np.ndarray:
        parents = dict(self._processes())
        servers, backends = (
            [pid for pid, parent in parents.items() if parent == first]
            for first in (self._server, self._postmaster)
        )
        return np.array(
            [sum(map(self._ticks, [self._server, *servers])), sum(map(self._ticks, backends))]
        )

    @staticmethod
    def _stat(pid: int) -> list[str]:
        try:
            text = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return ["0"] * 20
        return text.rpartition(")")[2].split()

    def _ticks(self, pid: int) -> float:
        fields = self._stat(pid)
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _processes(self) -> list[tuple[int, int]]:
        pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
        return [(pid, int(self._stat(pid)[1])) for pid in pids]


def measure(samples: int, kept: Path | None, peers: Path | None) -> None:
    with workplace(kept, samples) as (folder, runtime):
        command = [str(Path(sys.executable).with_name("hotspots")), "serve"]
        command += ["--data", str(folder / "data")]
        without = {"HOTSPOTS_WORKER": "false", "HOTSPOTS_PAGE_FILE_BYTES": "0"}
        with serving(command, without, "/health/ready") as (port, pid):
            _pages(folder, port, Costs(pid, folder / "data"), _ITEMS, "ours, by the database")
        with serving(command, {"HOTSPOTS_WORKER": "false"}, "/health/ready") as (port, pid):
            costs = Costs(pid, folder / "data")
            make_pages(folder / "data" / "pages" / "samples.pages", port, costs)
            _pages(folder, port, costs, _ITEMS, "ours")
            _by_id(folder, port, costs, _ITEMS, "ours")
            address = f"{_ITEMS}?limit=1000&bbox=0,0,40,40"
            page = urllib.request.urlopen(f"http://127.0.0.1:{port}{address}", timeout=60)
            script = _KNOWN.format(path=address, tag=page.headers["etag"])
            _report("ours: 304 of a page of 1,000", costs, folder, port, script)
        if peers is not None:
            _measure_tipg(folder, runtime, peers)


def _measure_tipg(folder: Path, runtime: Runtime, peers: Path) -> None:
    environment = tipg_environment(runtime, ["hotspots.sample"])
    command = [str(peers / "bin" / "python"), "-m", "uvicorn", "tipg.main:app"]
    command += ["--loop", "uvloop", "--http", "httptools", "--no-access-log"]
    with serving(command, environment, "/healthz") as (port, pid):
        costs = Costs(pid, folder / "data")
        _pages(folder, port, costs, _PEER_ITEMS, "tipg")
        _by_id(folder, port, costs, _PEER_ITEMS, "tipg")


def tipg_environment(runtime: Runtime, tables: list[str]) -> dict[str, str]:
    """Return what tipg is told to answer from tables of the same database."""
    return {
        "DATABASE_URL": _with_host(runtime.addresses.owner or ""),
        "TIPG_DB_SCHEMAS": '["hotspots"]',
        "TIPG_DB_TABLES": json.dumps(tables),
        "TIPG_DB_SPATIAL_EXTENT": "false",
        "PYTHONPATH": "",
    }


def _with_host(address: str) -> str:
    """Return an address as tipg wants it: a folder of sockets stands where hosts do."""
    url = make_url(address)
    host, port = url.query.get("host", url.host), url.query.get("port", url.port)
    login = f"{quote(url.username or '')}:{quote(str(url.password))}"
    return f"postgresql://{login}@{quote(str(host), safe='')}:{port}/{url.database}"


def make_pages(file: Path, port: int, costs: Costs) -> None:
    """Ask for a page until texts are prepared for all of them."""
    file.unlink(missing_ok=True)
    before, begun = costs.now(), time.perf_counter()
    while not file.exists():
        if time.perf_counter() - begun > MOST_PREPARING_SECONDS:
            raise SystemExit("The pages were not prepared.")
        urllib.request.urlopen(f"http://127.0.0.1:{port}{_ITEMS}?limit=10", timeout=60).read()
        time.sleep(0.5)
    server, database = costs.now() - before
    print(
        f"ours: pages prepared in {time.perf_counter() - begun:.1f} s, {file.stat().st_size:,} "
        f"bytes; processor: server {server:.1f} s, PostgreSQL {database:.1f} s",
        flush=True,
    )


def _pages(folder: Path, port: int, costs: Costs, items: str, who: str) -> None:
    for limit in _LIMITS:
        box = {"side": _SIDE, "south": _SOUTH, "height": _NORTH - _SOUTH}
        script = _BOXES.format(path=f"{items}?limit={limit}", **box)
        _report(f"{who}: items, {limit:,} of a box", costs, folder, port, script)


def _by_id(folder: Path, port: int, costs: Costs, items: str, who: str) -> None:
    ids: list[Any] = []
    for box in _BOXES_OF_IDS:
        page = f"http://127.0.0.1:{port}{items}?limit=10000&bbox={box}"
        found = json.load(urllib.request.urlopen(page, timeout=60))
        ids += [feature["id"] for feature in found["features"]]
    # More than are kept in memory until they are asked for again.
    random.Random(3).shuffle(ids)
    listed = ",".join(f'"{one}"' for one in ids)
    script = _IDS.format(ids=listed, path=f"{items}/")
    _report(f"{who}: one of {len(ids):,} by its id", costs, folder, port, script)


def _report(name: str, costs: Costs, folder: Path, port: int, script: str) -> None:
    # Connections are opened, and statements prepared, before.
    wrk(folder, port, script, 1)
    before = costs.now()
    rate, p50, p99, errors = wrk(folder, port, script)
    server, database = 1e3 * (costs.now() - before) / max(rate * _SECONDS, 1.0)
    print(
        f"{name}: {rate:,.1f}/s, p50 {p50} ms, p99 {p99} ms, {errors} errors; processor: server "
        f"{server:.2f} ms, PostgreSQL {database:.2f} ms; load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("samples", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--peers", type=Path)
    told = parser.parse_args()
    measure(told.samples, told.data, told.peers)
