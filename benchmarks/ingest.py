"""From a file to rows with indexes: how fast, in how much memory, beside what else can load them.

    python -m benchmarks.ingest long [ROWS]     a row per result, four contaminants a sample
    python -m benchmarks.ingest wide [ROWS]     a row per sample, four columns
    python -m benchmarks.ingest broad           5,000 rows of 80 contaminants
    python -m benchmarks.ingest read [ROWS]     the reading of a long file alone, nothing stored
    python -m benchmarks.ingest preview [MIB]   the preview of a long file
    python -m benchmarks.ingest peers [ROWS]    COPY alone, ogr2ogr and geopandas on the same rows

Each runs in an embedded cluster of its own, under a temporary folder.
"""

import multiprocessing
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
from sqlalchemy import text

from app.resources import reference_data
from app.services import imports, registries
from app.services.datasets import DatasetTerms
from app.services.runtime import Runtime, open_runtime
from app.settings import Settings
from ingest.child import nursery

CONTAMINANTS = ("Arsenic", "Cadmium", "Lead", "Zinc")
_SYMBOLS = (
    "Ag Al As B Ba Be Bi Ca Cd Ce Co Cr Cs Cu Fe Ga Ge Hf Hg In K La Li Mg "
    "Mn Mo Na Nb Ni P Pb Rb S Sb Sc Se Sn Sr Ta Te Th Ti Tl U V W Y Zn Zr"
)


def main() -> None:
    kind, *rest = sys.argv[1:]
    if kind == "preview":
        measure_preview(int(rest[0]) if rest else 1024)
    elif kind == "read":
        measure_reading(int(rest[0]) if rest else 1_000_000)
    elif kind == "peers":
        measure_peers(int(rest[0]) if rest else 1_000_000)
    else:
        rows = int(rest[0]) if rest else {"long": 1_000_000, "wide": 250_000, "broad": 5_000}[kind]
        measure_import(kind, rows)


def measure_import(kind: str, rows: int) -> None:
    with workplace() as (folder, runtime):
        path = folder / "file.csv"
        write_elsewhere(
            {"long": write_long, "wide": write_wide, "broad": write_broad}[kind], path, rows
        )
        size = path.stat().st_size / 2**20
        used = processor_seconds(runtime)
        with memory_of_processes(runtime) as watched:
            started = time.perf_counter()
            answer = take_in(runtime, path)
            seconds = time.perf_counter() - started
        used = {name: now - used[name] for name, now in processor_seconds(runtime).items()}
        used["the service"] -= watched.own_seconds
        shares = ", ".join(f"{name} {spent:.1f} s" for name, spent in used.items())
        print(
            f"{kind}: {rows:,} rows, {size:.0f} MiB: {seconds:.2f} s, {rows / seconds:,.0f} rows/s"
        )
        held = ", ".join(f"{name} {most / 1e6:,.0f} MB" for name, most in watched.most.items())
        print(f"  highest memory: {held}; {load()}")
        print(f"  processors' time: {shares}")
        print(f"  {answer['rows']}")
        started = time.perf_counter()
        again = take_in(runtime, path)
        print(f"  again: {time.perf_counter() - started:.2f} s, {again['rows']}")


def take_in(runtime: Runtime, path: Path) -> dict:
    options = {"epsg": 4326, "unit": "mg/kg"}
    with path.open("rb") as stream:
        stored = runtime.store.receive(stream, limit=1 << 40)
    with runtime.database.writing() as session:
        order = imports.ImportOrder("samples", "bench", path.name, DatasetTerms(), options)
        import_id = imports.show(imports.register(session, stored, order))["id"]
    limits = runtime.settings.limits
    return imports.load(runtime.database, runtime.store, limits, import_id, lambda _: None)


def measure_reading(rows: int) -> None:
    from ingest.child import stream_in_child
    from ingest.options import ImportOptions
    from ingest.records import Records
    from ingest.registries import load_registries

    folder = Path(tempfile.mkdtemp(prefix="hotspots-bench-"))
    try:
        path = folder / "file.csv"
        write_long(path, rows)
        known = load_registries(reference_data())
        started = time.perf_counter()
        read = 0
        for piece in stream_in_child("samples", path, ImportOptions(unit="mg/kg"), known):
            if isinstance(piece, Records):
                read += piece.tables["results"].height if "results" in piece.tables else 0
        seconds = time.perf_counter() - started
        print(f"read: {read:,} results: {seconds:.2f} s, {read / seconds:,.0f} rows/s; {load()}")
    finally:
        shutil.rmtree(folder)


def measure_preview(mebibytes: int) -> None:
    from ingest.child import preview_in_child
    from ingest.options import ImportOptions
    from ingest.registries import load_registries

    folder = Path(tempfile.mkdtemp(prefix="hotspots-bench-"))
    try:
        path = folder / "file.csv"
        write_long(path, 100_000)
        text = path.read_bytes()
        head, _, body = text.partition(b"\n")
        with path.open("wb") as file:
            file.write(head + b"\n")
            while file.tell() < mebibytes * 2**20:
                file.write(body)
        known = load_registries(reference_data())
        started = time.perf_counter()
        seen = preview_in_child("samples", path, ImportOptions(unit="mg/kg"), known)
        seconds = time.perf_counter() - started
        examined = f"{seen['rows_examined']:,} rows"
        print(f"preview of {mebibytes:,} MiB: {seconds:.2f} s, {examined}; {load()}")
    finally:
        shutil.rmtree(folder)


def measure_peers(rows: int) -> None:
    with workplace() as (folder, runtime):
        path = folder / "file.csv"
        write_long(path, rows)
        url = runtime.addresses.owner or ""
        for name, work in (
            ("\\copy alone", copy_alone),
            ("ogr2ogr", ogr2ogr),
            ("geopandas", geopandas),
        ):
            started = time.perf_counter()
            try:
                work(path, url)
            except FileNotFoundError:
                print(f"{name}: not installed")
                continue
            seconds = time.perf_counter() - started
            print(f"{name}: {seconds:.2f} s, {rows / seconds:,.0f} rows/s; {load()}")


def copy_alone(path: Path, url: str) -> None:
    import psycopg

    columns = (
        "sample_id text, lon float8, lat float8, date date, depth_from float8, depth_to float8, "
        "analyte text, result text, unit text, limit_ float8"
    )
    with psycopg.connect(url.replace("+psycopg", "")) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE public.peer_copy ({columns})")
        with (
            cursor.copy("COPY public.peer_copy FROM STDIN (FORMAT csv, HEADER)") as copy,
            path.open("rb") as file,
        ):
            while chunk := file.read(1 << 20):
                copy.write(chunk)
        cursor.execute("CREATE INDEX ON public.peer_copy (sample_id, analyte)")


def ogr2ogr(path: Path, url: str) -> None:
    from sqlalchemy import make_url

    parts = make_url(url)
    target = (
        f"PG:host={parts.query.get('host', parts.host)} port={parts.query.get('port', parts.port)} "
        f"dbname={parts.database} user={parts.username} password={parts.password}"
    )
    subprocess.run(
        ["ogr2ogr", "-f", "PostgreSQL", target, str(path), "-nln", "public.peer_ogr",
         "-oo", "X_POSSIBLE_NAMES=lon", "-oo", "Y_POSSIBLE_NAMES=lat", "-a_srs", "EPSG:4326",
         "--config", "PG_USE_COPY", "YES"],
        check=True,
    )  # fmt: skip


def geopandas(path: Path, url: str) -> None:
    import geopandas as gpd
    import pandas as pd
    from sqlalchemy import create_engine

    frame = pd.read_csv(path)
    places = gpd.GeoDataFrame(
        frame, geometry=gpd.points_from_xy(frame["lon"], frame["lat"]), crs=4326
    )
    places.to_postgis("peer_geopandas", create_engine(url), schema="public", chunksize=50_000)


@contextmanager
def workplace() -> Iterator[tuple[Path, Runtime]]:
    folder = Path(tempfile.mkdtemp(prefix="hotspots-bench-"))
    folder.chmod(0o755)
    try:
        with open_runtime(Settings.load(data_dir=folder / "data"), migrate=True) as runtime:
            with runtime.database.writing() as session:
                registries.seed(session, reference_data())
            yield folder, runtime
    finally:
        shutil.rmtree(folder)


@dataclass
class Watched:
    """The most bytes that each held, and what looking cost: the kernel walks every page."""

    most: dict[str, int] = field(default_factory=dict)
    own_seconds: float = 0.0


@contextmanager
def memory_of_processes(runtime: Runtime) -> Iterator[Watched]:
    """Watch the proportional memory of this process and its readers, and PostgreSQL's own."""
    watched, is_over = Watched(), threading.Event()
    with runtime.database.reading() as session:
        pids = text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        backends = session.scalars(pids).all()

    def watch() -> None:
        while not is_over.wait(0.5):
            held = {
                "the service": _held(os.getpid(), b"Pss"),
                "those that read": sum(_held(number, b"Pss") for number in _readers()),
                # What is not shared by all of them; those that run now were there before.
                "PostgreSQL's backends": sum(_held(n, b"Pss_Anon") for n in backends),
            }
            held["service and readers at once"] = held["the service"] + held["those that read"]
            for name, size in held.items():
                watched.most[name] = max(watched.most.get(name, 0), size)
            watched.own_seconds = time.thread_time()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield watched
    finally:
        is_over.set()
        watcher.join()


def _readers() -> list[int]:
    """Return the nursery, if there is one, and its children."""
    parents = [] if nursery.pid is None else [nursery.pid]
    told = [_read(Path(f"/proc/{number}/task/{number}/children")) for number in parents]
    return [*parents, *(int(word) for words in told for word in words.split())]


def _held(process: int, what: bytes) -> int:
    for line in _read(Path(f"/proc/{process}/smaps_rollup")).splitlines():
        if line.startswith(what + b":"):
            return int(line.split()[1]) * 1024
    return 0


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def processor_seconds(runtime: Runtime) -> dict[str, float]:
    """What this process, the children that read and the database's backends have used so far."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    with runtime.database.reading() as session:
        query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        backends = session.scalars(text(query)).all()
    tick = os.sysconf("SC_CLK_TCK")
    # Children are their nursery's: its own time, and that of those that have ended.
    reading = _ticks(nursery.pid, 15) if nursery.pid is not None else 0
    return {
        "the service": own.ru_utime + own.ru_stime,
        "the reading child": reading / tick,
        "PostgreSQL": sum(_ticks(number, 13) for number in backends) / tick,
    }


def _ticks(process: int, end: int) -> int:
    """Sum a process's own time, up to field 13, and its ended children's, up to 15."""
    words = _read(Path(f"/proc/{process}/stat")).rpartition(b")")[2].split()
    return sum(map(int, words[11:end]))


def load() -> str:
    own, children = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    used = own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
    return f"load {os.getloadavg()[0]:.1f}, {used:.1f} s of our processors' time"


def _columns(samples: int) -> dict[str, pl.Series]:
    rng = np.random.default_rng(1)
    return {
        "sample_id": pl.Series([f"S{number:07d}" for number in range(samples)]),
        "lon": pl.Series(rng.uniform(-5, 25, samples).round(6)),
        "lat": pl.Series(rng.uniform(36, 60, samples).round(6)),
        "date": pl.Series(np.datetime64("2001-01-01") + rng.integers(0, 7000, samples)),
        "depth_from": pl.Series(np.zeros(samples, int)),
        "depth_to": pl.Series(rng.choice([10, 20, 30], samples)),
    }


def write_elsewhere(write: Callable[[Path, int], None], path: Path, rows: int) -> None:
    """Write a file in another process: what writing it needs is no memory of the service."""
    writing = multiprocessing.get_context("spawn").Process(target=write, args=(path, rows))
    writing.start()
    writing.join()
    if writing.exitcode:
        raise RuntimeError(f"the file was not written: exit code {writing.exitcode}")


def write_long(path: Path, rows: int) -> None:
    samples = rows // len(CONTAMINANTS)
    rng = np.random.default_rng(2)
    frame = pl.DataFrame(_columns(samples)).select(pl.all().repeat_by(len(CONTAMINANTS)).explode())
    values = np.exp(rng.normal(2.0, 1.0, len(frame))).round(3)
    texts = np.where(rng.uniform(size=len(frame)) < 0.1, "<0.5", values.astype(str))
    frame.with_columns(
        pl.Series("analyte", np.tile(CONTAMINANTS, samples)),
        pl.Series("result", texts),
        pl.lit("mg/kg").alias("unit"),
        pl.lit(0.5).alias("detection_limit"),
    ).write_csv(path)


def write_wide(path: Path, rows: int) -> None:
    rng = np.random.default_rng(2)
    values = {
        f"{name} (mg/kg)": np.exp(rng.normal(2.0, 1.0, rows)).round(3) for name in CONTAMINANTS
    }
    pl.DataFrame(_columns(rows) | values).write_csv(path)


def write_broad(path: Path, rows: int) -> None:
    rng = np.random.default_rng(2)
    names = [f"{symbol}_ppm" for symbol in _SYMBOLS.split()]
    names += [f"{symbol}_ppm_xrf" for symbol in _SYMBOLS.split()][: 80 - len(names)]
    values = {name: np.exp(rng.normal(2.0, 1.0, rows)).round(3) for name in names}
    pl.DataFrame(_columns(rows) | values).write_csv(path)


if __name__ == "__main__":
    main()
