import os
import time
from pathlib import Path

import pytest

from ingest import child
from ingest.errors import IngestError
from ingest.options import ImportOptions, Limits
from ingest.pipeline import read_in_child, read_samples, read_sources
from ingest.registries import Registries
from tests.ingest.conftest import DATA


def test_child_answers_as_the_direct_reading(registries: Registries) -> None:
    options = ImportOptions(epsg=28992)
    path = DATA / "wide.csv"
    direct = read_samples(path, options, registries)
    read = read_in_child("samples", path, options, registries)
    assert read.samples.equals(direct.samples)
    assert read.results.equals(direct.results)
    assert read.findings == direct.findings
    assert read.counts == direct.counts
    sources = read_in_child("sources", DATA / "sources.csv", ImportOptions(), registries)
    expected = read_sources(DATA / "sources.csv", ImportOptions(), registries)
    assert sources.sources.equals(expected.sources)


def test_refusal_in_the_child_arrives_with_its_code(tmp_path: Path, registries: Registries) -> None:
    path = tmp_path / "upload.csv"
    path.write_text("<OGRVRTDataSource/>", encoding="utf-8")
    with pytest.raises(IngestError, match="The content is XML or HTML") as caught:
        read_in_child("samples", path, ImportOptions(), registries)
    assert caught.value.code == "content_not_table"


def test_hanging_file_is_killed_and_says_so(tmp_path: Path, registries: Registries) -> None:
    pipe = tmp_path / "never-written"
    os.mkfifo(pipe)
    start = time.monotonic()
    with pytest.raises(IngestError, match="Reading was stopped after 2 seconds") as caught:
        read_in_child("samples", pipe, ImportOptions(), registries, Limits(wall_seconds=2))
    assert caught.value.code == "reading_too_slow"
    assert time.monotonic() - start < 10
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = process.read_bytes()
        except OSError:
            continue
        if b"ingest.child" in command:
            status = (process.parent / "status").read_text(encoding="utf-8")
            assert f"PPid:\t{os.getpid()}\n" not in status


def test_memory_limit_is_kept_and_says_so(tmp_path: Path, registries: Registries) -> None:
    path = tmp_path / "large.csv"
    line = "5.75,50.95," + "9" * 1000 + "\n"
    path.write_text("lon,lat,zinc (mg/kg)\n" + line * 100_000, encoding="utf-8")
    limits = Limits(memory_bytes=200 << 20, wall_seconds=60)
    with pytest.raises(IngestError, match=r"more than the allowed memory \(200 MiB\)") as caught:
        read_in_child("samples", path, ImportOptions(), registries, limits)
    assert caught.value.code == "reading_too_large"


def test_fault_of_the_service_keeps_its_trace_for_the_log() -> None:
    with pytest.raises(IngestError, match="fault is recorded in its log") as caught:
        child._unpack(b"", 3, Limits())
    assert caught.value.code == "reading_failed"
    assert caught.value.__notes__ == ["the child ended with exit code 3 and no answer"]


def test_child_does_not_inherit_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTSPOTS_DATABASE_URL", "postgresql://secret")
    environment = child._environment()
    assert not any(name.startswith("HOTSPOTS") for name in environment)
    assert environment["PROJ_NETWORK"] == "OFF"
