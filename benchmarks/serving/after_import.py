"""The first tile from afar after an import, for whoever asks at once and for whoever asks later.

    python -m benchmarks.serving.after_import [SAMPLES] [--pause SECONDS]

SAMPLES are 1,000,000 when absent. A service with servers and worker, in a temporary folder, takes
in as many twice, each time as another data set. The first tile of z2 is asked for, then the first
one of a contaminant: after the first import at once; a minute later, after the second one, when
nobody has asked for a while (20 s when absent). Told are also when files of places and pages came
meanwhile, and what memory processes take.
"""

import argparse
import json
import os
import secrets
import shutil
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from app.resources import reference_data
from app.services import registries
from app.services.runtime import open_runtime
from app.settings import Settings, StorageSettings
from benchmarks.serving.features import serving

_PAUSE_SECONDS, _REST_SECONDS = 20.0, 60.0
_TILE = "/api/collections/samples/tiles/WebMercatorQuad/2/1/2"
# Tiles are smaller.
_LARGE = 700_000
_ROUNDS = ("at once", "later")


def measure(samples: int, pause: float) -> None:
    folder = Path(tempfile.mkdtemp(prefix="hotspots-bench-"))
    folder.chmod(0o755)
    try:
        settings = Settings(storage=StorageSettings(data_dir=folder))
        with open_runtime(settings, migrate=True) as runtime, runtime.database.writing() as session:
            registries.seed(session, reference_data())
        command = [str(Path(sys.executable).with_name("hotspots")), "serve", "--data", str(folder)]
        key = secrets.token_hex(16)
        with serving(command, {"HOTSPOTS_OPERATOR_KEY": key}, "/health/ready") as (port, pid):
            for number, when in enumerate(_ROUNDS):
                taken = _take_in(port, key, number, samples)
                ready = _made_within(folder, pause) if when == "later" else ""
                plain, of_zinc = _first(port, ""), _first(port, "?contaminant=zn")
                print(
                    f"{samples:,} more, taken in in {taken:.1f} s; asked {when}: all samples "
                    f"{1e3 * plain:,.0f} ms, zinc {1e3 * of_zinc:,.0f} ms{ready}; "
                    f"{_memory(pid)}; load {os.getloadavg()[0]:.1f}",
                    flush=True,
                )
                # What follows from this import, and the rest after that, is over by the next one.
                time.sleep(_REST_SECONDS if when == "at once" else 0.0)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _take_in(port: int, key: str, number: int, samples: int) -> float:
    """Import samples as a data set of their own; return how long it took."""
    rng = np.random.default_rng(number)
    lines = ["id,lon,lat,zinc"]
    places = zip(
        rng.uniform(-180, 180, samples),
        rng.uniform(-60, 80, samples),
        np.exp(rng.normal(4, 1, samples)),
        strict=True,
    )
    lines += [f"{i},{x:.6f},{y:.6f},{value:.2f}" for i, (x, y, value) in enumerate(places)]
    told = {
        "dataset": f"set{number}",
        "visibility": "public",
        "epsg": "4326",
        "unit": "mg/kg",
        "load": "true",
    }
    begun = time.monotonic()
    job = _post(port, "/api/imports", key, told, "\n".join(lines).encode())["job"]["id"]
    while (found := _get(port, f"/api/jobs/{job}"))["status"] in {"queued", "running"}:
        time.sleep(0.02)
    assert found["status"] == "succeeded", found
    return time.monotonic() - begun


def _post(port: int, path: str, key: str, told: dict[str, str], content: bytes) -> Any:
    mark = secrets.token_hex(16)
    head = "".join(
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in told.items()
    )
    head += f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="soil.csv"\r\n\r\n'
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        head.encode() + content + f"\r\n--{mark}--\r\n".encode(),
        {"Content-Type": f"multipart/form-data; boundary={mark}", "Authorization": f"Bearer {key}"},
    )
    return json.load(urllib.request.urlopen(request, timeout=600))


def _get(port: int, path: str) -> Any:
    return json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60))


def _first(port: int, filters: str) -> float:
    begun = time.perf_counter()
    # Not compressed, and of no state before.
    address = f"http://127.0.0.1:{port}{_TILE}{filters}"
    assert len(urllib.request.urlopen(address, timeout=600).read()) > 10_000
    return time.perf_counter() - begun


def _made_within(folder: Path, seconds: float) -> str:
    """Say after how long files came that are as large as places are, and those of pages."""
    texts, seen, told = folder / "pages" / "samples.pages", set(_large(folder)), ""
    begun, before = time.monotonic(), _number(texts)
    while (now := time.monotonic() - begun) < seconds:
        for path in set(_large(folder)) - seen:
            seen.add(path)
            told += f", places after {now:.1f} s"
        if _number(texts) != before:
            before = _number(texts)
            told += f", pages after {now:.1f} s"
        time.sleep(0.05)
    return told


def _large(folder: Path) -> list[Path]:
    found = []
    for path in (folder / "tiles").glob("*/*"):
        with suppress(FileNotFoundError):
            if path.stat().st_size > _LARGE and not path.name.endswith(".partial"):
                found.append(path)
    return found


def _number(file: Path) -> int:
    """Return the number of a file, another one after another took its place."""
    return file.stat().st_ino if file.exists() else 0


def _memory(first: int) -> str:
    """Tell the memory of processes in MB, each with its share of what they have together."""
    children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    shares = []
    for pid in children:
        told = Path(f"/proc/{pid}/smaps_rollup").read_text()
        [share] = [line.split()[1] for line in told.splitlines() if line.startswith("Pss:")]
        shares.append(f"{int(share) / 1024:.0f}")
    return f"{', '.join(shares)} MB (servers, worker)"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("samples", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--pause", type=float, default=_PAUSE_SECONDS)
    told = parser.parse_args()
    measure(told.samples, told.pause)
