import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from ingest import child
from ingest.child import cells_in_child, preview_in_child, stream_in_child
from ingest.errors import IngestError
from ingest.nursery import Nursery
from ingest.options import ImportOptions, Limits
from ingest.pipeline import FileKind, read_samples, read_sources
from ingest.records import Reading, Records
from ingest.registries import Registries
from tests.ingest.conftest import DATA


def read_all(
    kind: FileKind, path: Path, options: ImportOptions, registries: Registries, **more: Limits
) -> tuple[dict[str, pl.DataFrame], list[int], Reading]:
    tables: dict[str, list[pl.DataFrame]] = {}
    bad: list[int] = []
    for piece in stream_in_child(kind, path, options, registries, **more):
        if isinstance(piece, Reading):
            return {name: pl.concat(frames) for name, frames in tables.items()}, bad, piece
        assert isinstance(piece, Records)
        for name, frame in piece.tables.items():
            tables.setdefault(name, []).append(frame)
        bad += [row.row_number for row in piece.quarantined]
    raise AssertionError("the stream ended without its report")


def test_child_answers_as_the_direct_reading(registries: Registries) -> None:
    options = ImportOptions(epsg=28992)
    path = DATA / "wide.csv"
    direct = read_samples(path, options, registries)
    tables, bad, reading = read_all("samples", path, options, registries)
    assert tables["samples"].equals(direct.samples)
    assert tables["results"].equals(direct.results)
    assert bad == [row.row_number for row in direct.quarantined]
    assert (reading.findings, reading.counts) == (direct.findings, direct.counts)
    assert (reading.columns, reading.header) == (direct.columns, direct.header)
    path = DATA / "sources.csv"
    expected = read_sources(path, ImportOptions(), registries)
    tables, _, _ = read_all("sources", path, ImportOptions(), registries)
    assert tables["sources"].equals(expected.sources)


def test_refusal_in_the_child_arrives_with_its_code(tmp_path: Path, registries: Registries) -> None:
    path = tmp_path / "upload.csv"
    path.write_text("<OGRVRTDataSource/>", encoding="utf-8")
    with pytest.raises(IngestError, match="The content is XML or HTML") as caught:
        read_all("samples", path, ImportOptions(), registries)
    assert caught.value.code == "content_not_table"


def test_fault_far_down_arrives_after_the_pieces_before_it(
    tmp_path: Path, registries: Registries
) -> None:
    path = tmp_path / "upload.csv"
    rows = "".join(f"5.{i},50.9,{i}\n" for i in range(10, 600_000))
    path.write_text("lon,lat,zinc (mg/kg)\n" + rows + '"5,50,1\n', encoding="utf-8")
    pieces = stream_in_child("samples", path, ImportOptions(), registries)
    assert isinstance(next(pieces), Records)
    with pytest.raises(IngestError, match="quote") as caught:
        list(pieces)
    assert caught.value.code == "quote_malformed"


def processes_below(process: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text(encoding="utf-8")
        except OSError:
            continue
        is_child = f"PPid:\t{process}\n" in text and "State:\tZ" not in text
        if is_child and b"ingest.guarded" in (status.parent / "cmdline").read_bytes():
            found.append(int(status.parent.name))
    return found


def readers_below(process: int) -> list[int]:
    """Return the children of the nursery of a process."""
    return [reader for nursery in processes_below(process) for reader in processes_below(nursery)]


def test_hanging_file_is_killed_and_says_so(tmp_path: Path, registries: Registries) -> None:
    pipe = tmp_path / "never-written"
    os.mkfifo(pipe)
    start = time.monotonic()
    with pytest.raises(IngestError, match="Reading was stopped after 2 seconds") as caught:
        read_all("samples", pipe, ImportOptions(), registries, limits=Limits(wall_seconds=2))
    assert caught.value.code == "reading_too_slow"
    assert time.monotonic() - start < 10
    assert readers_below(os.getpid()) == []


def test_child_ends_when_nobody_listens_any_more(tmp_path: Path, registries: Registries) -> None:
    path = tmp_path / "upload.csv"
    path.write_text("lon,lat,zinc (mg/kg)\n" + "5.7,50.9,1\n" * 800_000, encoding="utf-8")
    pieces = stream_in_child("samples", path, ImportOptions(), registries)
    next(pieces)
    pieces.close()  # type: ignore[attr-defined] # a generator, said to be an iterator
    assert readers_below(os.getpid()) == []


def test_child_dies_with_its_parent(tmp_path: Path) -> None:
    pipe = tmp_path / "never-written"
    os.mkfifo(pipe)
    code = (
        "from pathlib import Path; from ingest.child import stream_in_child; "
        "from ingest.options import ImportOptions; from ingest.registries import load_registries; "
        f"list(stream_in_child('samples', Path({str(pipe)!r}), ImportOptions(), "
        "load_registries(Path('data/reference'))))"
    )
    with subprocess.Popen([sys.executable, "-c", code]) as parent:
        deadline = time.monotonic() + 30
        while not (born := readers_below(parent.pid)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert born
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while Path(f"/proc/{born[0]}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{born[0]}").exists()


def test_memory_limit_is_kept_and_says_so(tmp_path: Path, registries: Registries) -> None:
    path = tmp_path / "large.csv"
    # Short lines take many times their own size where many are held at a time.
    path.write_text('lon,lat,zinc (mg/kg)\n5.7,50.9,"' + "9\n" * 110_000_000, encoding="utf-8")
    limits = Limits(memory_bytes=200 << 20, wall_seconds=60, block_characters=64 << 20)
    with pytest.raises(IngestError, match=r"more than the allowed memory \(200 MiB\)") as caught:
        read_all("samples", path, ImportOptions(), registries, limits=limits)
    assert caught.value.code == "reading_too_large"


def test_fault_of_the_service_keeps_its_trace_for_the_log(
    registries: Registries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    monkeypatch.setattr(child, "nursery", Nursery())
    with pytest.raises(IngestError, match="fault is recorded in its log") as caught:
        read_all("samples", DATA / "wide.csv", ImportOptions(), registries)
    assert caught.value.code == "reading_failed"
    assert caught.value.__notes__ == ["the child ended with exit code 1 and no answer"]


def test_child_has_no_network_where_the_system_allows_it() -> None:
    code = (
        "from ingest.guarded import leave_network; from pathlib import Path; import socket\n"
        "print(leave_network(), [name for _, name in socket.if_nameindex()])"
    )
    told = subprocess.check_output([sys.executable, "-c", code], text=True).strip()
    if told.startswith("False"):
        pytest.skip("this system lets no process leave the network")
    assert told == "True ['lo']"


def test_preview_tells_what_would_be_read(registries: Registries) -> None:
    shown = preview_in_child("samples", DATA / "wide.csv", ImportOptions(epsg=28992), registries)
    direct = read_samples(DATA / "wide.csv", ImportOptions(epsg=28992), registries)
    assert shown["is_whole_file"] is True
    assert shown["rows_examined"] == direct.counts.read
    assert shown["quarantined"] == direct.counts.quarantined
    assert shown["finding_counts"] == dict(direct.finding_counts)
    assert [column["meaning"] for column in shown["columns"]] == [
        column.meaning for column in direct.columns
    ]
    first = shown["rows"][0]
    assert first["longitude"] == direct.samples["longitude"][0]
    own = direct.results.filter(pl.col("sample_row") == direct.samples["row_number"][0])
    assert [result["value"] for result in first["results"]] == own["value"].to_list()


def test_preview_of_a_long_file_stops_early_and_says_so(
    tmp_path: Path, registries: Registries
) -> None:
    path = tmp_path / "upload.csv"
    path.write_text("lon,lat,zinc (mg/kg)\n" + "5.7,50.9,1\n" * 2_000_000, encoding="utf-8")
    shown = preview_in_child("samples", path, ImportOptions(), registries)
    assert shown["is_whole_file"] is False
    assert 5_000 <= shown["rows_examined"] < 2_000_000
    assert len(shown["rows"]) <= 20


def test_cells_come_back_as_written(tmp_path: Path) -> None:
    path = tmp_path / "upload.csv"
    path.write_text("lon,lat,zinc\n 5.7 ,50.9,1\n5,6\n5.8,50.9,2\n", encoding="utf-8")
    cells = cells_in_child(path, ImportOptions(), [2, 3])
    assert cells == {2: (" 5.7 ", "50.9", "1"), 3: ("5", "6")}
