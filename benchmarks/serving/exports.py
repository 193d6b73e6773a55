"""Whole collections as files, beside ogr2ogr and geopandas: rows a second, and memory.

    python -m benchmarks.serving.exports [SAMPLES [ENDING…]] [--data FOLDER]

SAMPLES are 1,000,000 when absent; they and FOLDER are those of `features`. Ours are
put together from the normalised tables and sorted along the Hilbert curve, as `hotspots export`
does it; GeoJSON of a whole collection is taken from the texts of pages where these lie ready, and
is measured with them and without. The peers read a table made for them beforehand, in which every
feature stands as it is written, lists as text: they join nothing and sort nothing. Every file is
written by a process of its own; the seconds of ours and of geopandas begin when its libraries are
loaded, and memory is told as it is then and at its most. Seconds of the processor are without
PostgreSQL's.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import cast, select
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.types import Text

from app.db.session import connection_string
from app.services.exports import write_layer
from app.services.features import Query, get_collection, select_features
from app.services.runtime import Runtime, open_runtime
from app.services.state import samples_within
from app.settings import ServerSettings, Settings, StorageSettings
from benchmarks.serving.features import MOST_PREPARING_SECONDS, workplace

ENDINGS = ("parquet", "geojsonseq", "fgb", "gpkg", "csv")
_DRIVERS = {"geojsonseq": "GeoJSONSeq", "fgb": "FlatGeobuf", "gpkg": "GPKG", "csv": "CSV"}
_TABLE = "public.peer_features"


def measure(samples: int, endings: list[str], kept: Path | None) -> None:
    with workplace(kept, samples) as (folder, runtime):
        source = _features_of_peers(runtime)
        here = [sys.executable, "-m", "benchmarks.serving.exports"]
        for ending in endings:
            out = folder / f"out.{ending}"
            ours_here = [*here, "ours", str(folder / "data"), str(out)]
            if ending == "geojsonseq":
                _prepare_texts(runtime)
                _run(ours_here, f"{ending}, ours, ready", samples)
            with _without_texts(runtime):
                _run(ours_here, f"{ending}, ours", samples)
            if ending in _DRIVERS:
                _run([*here, "ogr2ogr", source, str(out)], f"{ending}, ogr2ogr", samples)
            _run([*here, "geopandas", source, str(out)], f"{ending}, geopandas", samples)


def _prepare_texts(runtime: Runtime) -> None:
    with runtime.database.reading() as session:
        collection = get_collection(session, "samples")
        state = str(session.scalar(select(samples_within())))
    started = time.perf_counter()
    while runtime.prepared_pages.find(collection, state) is None:
        if time.perf_counter() - started > MOST_PREPARING_SECONDS:
            raise SystemExit("The texts of pages were not prepared; are they larger than is kept?")
        time.sleep(0.1)
    print(f"texts of pages: ready after {time.perf_counter() - started:.1f} s")


@contextmanager
def _without_texts(runtime: Runtime) -> Iterator[None]:
    """Set texts of pages aside, so that all comes from the database."""
    aside = runtime.store.pages.with_name("pages-aside")
    runtime.store.pages.rename(aside)
    runtime.store.pages.mkdir()
    try:
        yield
    finally:
        runtime.store.pages.rmdir()
        aside.rename(runtime.store.pages)


def _features_of_peers(runtime: Runtime) -> str:
    """Write the table that peers read; return where they find it."""
    with runtime.database.reading() as session:
        collection = get_collection(session, "samples")
        shown = {"id": collection.public_id} | collection.properties
        columns = [
            (cast(column, Text) if isinstance(column.type, JSON) or name == "results" else column)
            .label(name)
            for name, column in shown.items()
        ]  # fmt: skip
        statement = select_features(session, collection, Query(), *columns, collection.geom)
        told = statement.compile(
            dialect=session.get_bind().dialect, compile_kwargs={"literal_binds": True}
        )
    source = connection_string(runtime.addresses.owner or "")
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute(f"DROP TABLE IF EXISTS {_TABLE}")
        connection.execute(f"CREATE TABLE {_TABLE} AS {str(told).replace('ST_AsEWKB', '')}")
        connection.execute(f"ANALYZE {_TABLE}")
    return source


def _run(command: list[str], name: str, samples: int) -> None:
    load = os.getloadavg()[0]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    took, processor, before, most, size = map(float, told.split()[-5:])
    print(
        f"{name:22} {samples / took:9,.0f} rows/s  {took:6.1f} s  {processor:5.1f} s of the "
        f"processor  {size / 1e6:6,.0f} MB  memory {before:4,.0f} to {most:5,.0f} MB  "
        f"load {load:.1f}",
        flush=True,
    )


@contextmanager
def _measured(out: Path) -> Iterator[None]:
    """Print what the work took, and remove its file."""
    before, used, started = _memory("VmRSS"), _processor(), time.perf_counter()
    yield
    took = time.perf_counter() - started
    _tell(out, took, _processor() - used, before, _memory("VmHWM"))


def _tell(out: Path, took: float, processor: float, before: float, most: float) -> None:
    print(took, processor, before, most, out.stat().st_size)
    out.unlink()


def _processor() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def _memory(name: str, process: int | str = "self") -> float:
    told = re.search(rf"{name}:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    return int(told[1]) / 1024 if told else 0.0  # one that has ended has none


def ours(data: Path, out: Path) -> None:
    settings = Settings(storage=StorageSettings(data_dir=data), server=ServerSettings(worker=False))
    with (
        open_runtime(settings) as runtime,
        _measured(out),
        runtime.database.reading() as session,
    ):
        write_layer(session, runtime.store, "samples", out)


def with_geopandas(source: str, out: Path) -> None:
    import geopandas
    from sqlalchemy import create_engine

    engine = create_engine(source.replace("postgresql://", "postgresql+psycopg://", 1))
    ending = out.suffix[1:]
    with _measured(out):
        frame = geopandas.read_postgis(f"SELECT * FROM {_TABLE}", engine, geom_col="geom")
        if ending == "parquet":
            frame.to_parquet(out, write_covering_bbox=True)
        elif ending == "csv":
            frame.to_csv(out)
        else:
            frame.to_file(out, driver=_DRIVERS[ending], engine="pyogrio")


def with_ogr2ogr(source: str, out: Path) -> None:
    command = ["ogr2ogr", "-f", _DRIVERS[out.suffix[1:]], str(out), f"PG:{source}"]
    command += ["-sql", f"SELECT * FROM {_TABLE}", "-nln", "samples"]
    used, started, most = _processor(), time.perf_counter(), 0.0
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            most = max(most, _memory("VmHWM", process.pid))
            time.sleep(0.02)
    took = time.perf_counter() - started
    if process.returncode:
        raise SystemExit("ogr2ogr failed")
    _tell(out, took, _processor() - used, 0.0, most)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["ours", data, out]:
            ours(Path(data), Path(out))
        case ["ogr2ogr", source, out]:
            with_ogr2ogr(source, Path(out))
        case ["geopandas", source, out]:
            with_geopandas(source, Path(out))
        case _:
            parser = argparse.ArgumentParser()
            parser.add_argument("samples", type=int, nargs="?", default=1_000_000)
            parser.add_argument("endings", nargs="*", default=list(ENDINGS))
            parser.add_argument("--data", type=Path)
            told = parser.parse_args()
            measure(told.samples, told.endings, told.data)
