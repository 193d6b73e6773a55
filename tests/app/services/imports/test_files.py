"""A stored file is read as the same file is read directly, and under the service's limits."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from app.db.models import Import
from app.resources import reference_data
from app.services.imports import get as get_import
from app.services.imports.files import LARGE_BYTES, ImportFile
from app.services.runtime import Runtime
from app.settings import LimitSettings
from ingest.errors import IngestError
from ingest.options import ImportOptions, Limits
from ingest.pipeline import read_samples, read_sources
from ingest.records import Records
from ingest.registries import load_registries
from tests.app.scene import register, soil_csv

_ROWS = [("a", 5.1, 51.1, 10), ("b", 5.2, 51.2, "<5"), ("c", 5.3, 51.3, "much"), ("d", "", 51, 1)]
_SOURCES = "name,type,longitude,latitude\nWorks,nonferrous_smelter,5.5,51.2\n"


def _quiet(_share: float) -> None:
    pass


def _file(opened: Runtime, import_id: str, on_progress: Any = _quiet, **limits: Any) -> ImportFile:
    with opened.database.reading() as session:
        record = get_import(session, import_id)
        return ImportFile(session, record, opened.store, LimitSettings(**limits), on_progress)


def _direct(tmp_path: Path, content: str) -> Path:
    path = tmp_path / "direct"
    path.write_text(content, encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", ["samples", "sources"])
def test_file_is_read_as_directly(runtime: Runtime, tmp_path: Path, kind: str) -> None:
    content = soil_csv(_ROWS) if kind == "samples" else _SOURCES
    options = {"unit": "mg/kg", "epsg": 4326} if kind == "samples" else {}
    file = _file(runtime, register(runtime, content.encode(), "d", kind=kind, **options))
    pieces: list[Records] = []
    reading = file.read(pieces.append)

    registries = load_registries(reference_data())
    told = ImportOptions(**options)  # type: ignore[arg-type]
    direct: Any
    if kind == "samples":
        direct = read_samples(_direct(tmp_path, content), told, registries)
        expected = {"samples": direct.samples, "results": direct.results}
    else:
        direct = read_sources(_direct(tmp_path, content), told, registries)
        expected = {"sources": direct.sources}
    for name, frame in expected.items():
        assert len(frame)
        told_frames = [piece.tables[name] for piece in pieces if name in piece.tables]
        assert pl.concat(told_frames).equals(frame), name
    assert tuple(row for piece in pieces for row in piece.quarantined) == direct.quarantined
    assert (reading.counts, reading.findings) == (direct.counts, direct.findings)


def test_cells_are_those_of_the_rows_as_written(runtime: Runtime) -> None:
    file = _file(runtime, register(runtime, soil_csv(_ROWS).encode(), "d", unit="mg/kg"))
    assert file.cells([4, 5, 99]) == {4: ("c", "5.3", "51.3", "much"), 5: ("d", "", "51", "1")}
    assert file.cells([]) == {}


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"import_max_rows": 3}, "too_many_rows"),
        ({"import_max_columns": 3}, "too_many_columns"),
    ],
)
def test_limits_are_those_of_the_service(runtime: Runtime, limits: Any, code: str) -> None:
    import_id = register(runtime, soil_csv(_ROWS).encode(), "d", unit="mg/kg")
    taken: list[Records] = []
    with pytest.raises(IngestError) as caught:
        _file(runtime, import_id, **limits).read(taken.append)
    assert caught.value.code == code
    # As they are, they are enough.
    _file(runtime, import_id).read(taken.append)
    assert taken


def test_who_reads_alone_has_the_limits_of_the_service() -> None:
    alone, served = Limits(), LimitSettings()
    for name in ("memory_bytes", "max_rows", "max_columns", "max_cells"):
        assert getattr(alone, name) == getattr(served, f"import_{name}"), name


@pytest.mark.parametrize(
    ("kind", "size", "expected"),
    [
        ("samples", LARGE_BYTES, True),
        ("samples", LARGE_BYTES - 1, False),
        ("sources", LARGE_BYTES, False),
    ],
)
def test_large_are_samples_of_so_many_bytes(
    runtime: Runtime, kind: str, size: int, expected: bool
) -> None:
    record = Import(sha256="0" * 64, kind=kind, options={}, size_bytes=size)
    with runtime.database.reading() as session:
        file = ImportFile(session, record, runtime.store, LimitSettings(), _quiet)
    assert file.is_large is expected


def test_what_is_read_is_looked_at_first_without_loading(runtime: Runtime) -> None:
    import_id = register(runtime, soil_csv(_ROWS).encode(), "d", unit="mg/kg")
    preview = _file(runtime, import_id).preview()
    assert [column["column"] for column in preview["columns"]] == ["id", "lon", "lat", "zinc"]
