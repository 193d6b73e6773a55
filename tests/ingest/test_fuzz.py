"""Mutated files: whatever arrives, the reading answers in time, and every row is accounted for.

The named slow run feeds them for ten minutes, or as many as HOTSPOTS_FUZZ_MINUTES says::

    python -m pytest tests/ingest/test_fuzz.py -m slow
"""

import gzip
import io
import itertools
import os
import time
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from openpyxl import Workbook

from ingest.child import stream_in_child
from ingest.countries import Towns
from ingest.errors import IngestError
from ingest.findings import Counts
from ingest.options import ImportOptions, Limits
from ingest.pipeline import FileKind, open_stream, read_cells
from ingest.records import Reading
from ingest.registries import Registries
from ingest.repairs import REPAIRABLE
from tests.ingest.conftest import DATA

MINUTES = float(os.environ.get("HOTSPOTS_FUZZ_MINUTES", "10"))
QUICK = 200
LONGEST_SECONDS = 20.0
LARGEST_BYTES = 200_000
# One file in so many is read by the guarded child as well, which takes a second to start.
CHILD_EVERY = 25

CELLS = (
    b"", b" ", b"NaN", b"inf", b"1e999", b"-1e-999", b"<0,05", b">", b"<", b"<<1", b"-5.2",
    b"n.d.", b"U", b"5.000N", b"=1+1", b"'5", b"9" * 400, b"0x10", b"1,234.5", b"1.234,5",
    b"12 345", b"1_000", b"--", b"45234", b"2001-02-30", b"31/12/1999", b"6 in", b"0-20 cm",
    b"52\xc2\xb0 3' 1\" N", b"mg/kg", b"ug/kg", b"\x00", b'"', b'""', b'"a\nb"',
    b"\xef\xbb\xbf", b"\xff", b"\xe9", b"\xe2\x80\xae", b"\r", b"\xd9\xa3\xd9\xa4",
    b"\xef\xbc\x95", b"180", b"-181", b"91", b"0", b"12 \xc2\xb1 3", b"5 %", b"512345N",
    b"0060530E", b"523000", b"Pb uncertainty (k=2)", b"u(Zn) [%]", b"   ", b"lat_ddmmss",
)  # fmt: skip

Mutation = Callable[[np.random.Generator, bytes], bytes]


def _spot(random: np.random.Generator, text: bytes) -> tuple[int, int]:
    start = int(random.integers(len(text) + 1))
    return start, start + int(random.integers(1, 200))


def _flip(random: np.random.Generator, text: bytes) -> bytes:
    changed = bytearray(text)
    for place in random.integers(len(text), size=random.integers(1, 20)) if text else ():
        changed[place] = random.integers(256)
    return bytes(changed)


def _cut(random: np.random.Generator, text: bytes) -> bytes:
    start, end = _spot(random, text)
    return text[:start] + text[end:]


def _truncate(random: np.random.Generator, text: bytes) -> bytes:
    return text[: int(random.integers(len(text) + 1))]


def _repeat(random: np.random.Generator, text: bytes) -> bytes:
    start, end = _spot(random, text)
    return text[:end] + text[start:end] * int(random.integers(1, 5)) + text[end:]


def _insert(random: np.random.Generator, text: bytes) -> bytes:
    start, _ = _spot(random, text)
    return text[:start] + CELLS[random.integers(len(CELLS))] + text[start:]


def _replace_cells(random: np.random.Generator, text: bytes) -> bytes:
    lines = text.split(b"\n")
    separator = max((b",", b";", b"\t", b"|"), key=lines[0].count)
    for number in random.integers(len(lines), size=random.integers(1, 30)):
        cells = lines[number].split(separator)
        cells[random.integers(len(cells))] = CELLS[random.integers(len(CELLS))]
        lines[number] = separator.join(cells)
    return b"\n".join(lines)


def _shuffle_lines(random: np.random.Generator, text: bytes) -> bytes:
    lines = text.split(b"\n")
    first = int(random.integers(len(lines)))
    return b"\n".join(
        [*lines[:first], *(lines[i] for i in random.permutation(range(first, len(lines))))]
    )


def _repeat_lines(random: np.random.Generator, text: bytes) -> bytes:
    lines = text.split(b"\n")
    return b"\n".join([*lines, *(lines[i] for i in random.integers(len(lines), size=50))])


def _drop_column(random: np.random.Generator, text: bytes) -> bytes:
    lines = [line.split(b",") for line in text.split(b"\n")]
    column = int(random.integers(len(lines[0])))
    return b"\n".join(b",".join(line[:column] + line[column + 1 :]) for line in lines)


def _separate_otherwise(random: np.random.Generator, text: bytes) -> bytes:
    return text.replace(b",", (b";", b"\t", b"|", b" ", b"   ", b";;")[random.integers(6)])


def _end_lines_otherwise(random: np.random.Generator, text: bytes) -> bytes:
    return text.replace(b"\n", (b"\r\n", b"\r", b"\n\n", b"\n\r")[random.integers(4)])


def _encode_otherwise(random: np.random.Generator, text: bytes) -> bytes:
    name = ("utf-16", "utf-16-le", "utf-8-sig", "cp1251", "shift-jis", "utf-32")[random.integers(6)]
    return text.decode("utf-8", "replace").encode(name, "replace")


def _as_gzip(random: np.random.Generator, text: bytes) -> bytes:
    return gzip.compress(text)


def _as_zip(random: np.random.Generator, text: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("a.csv", "../b.csv")[: random.integers(1, 3)]:
            archive.writestr(name, text)
    return packed.getvalue()


ON_TEXT: tuple[Mutation, ...] = (
    _flip, _cut, _truncate, _repeat, _insert, _insert, _replace_cells, _replace_cells,
    _replace_cells, _shuffle_lines, _repeat_lines, _drop_column, _separate_otherwise,
    _end_lines_otherwise,
)  # fmt: skip
ON_BYTES: tuple[Mutation, ...] = (_flip, _cut, _truncate, _repeat)
WRAPPERS: tuple[Mutation, ...] = (_encode_otherwise, _as_gzip, _as_zip)


def _mutated(random: np.random.Generator, file: bytes, *, is_text: bool) -> bytes:
    for _ in range(random.integers(1, 5)):
        mutations = ON_TEXT if is_text else ON_BYTES
        # lines that are repeated may be the whole file: its size is bounded, as its time is
        file = mutations[random.integers(len(mutations))](random, file)[: 5 * LARGEST_BYTES]
    if is_text and random.uniform() < 0.3:
        file = WRAPPERS[random.integers(len(WRAPPERS))](random, file)
        if random.uniform() < 0.5:
            file = ON_BYTES[random.integers(len(ON_BYTES))](random, file)
    return file


def _workbook() -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (DATA / "wide.csv").read_text(encoding="utf-8").splitlines():
        sheet.append(line.split(","))
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


@pytest.fixture
def with_towns(registries: Registries) -> Registries:
    """The registries, with towns enough to tell countries by."""
    places = [("NL", 5.7, 51.0), ("NL", 4.9, 52.4), ("US", -111.7, 34.0), ("ID", 110.0, -7.0)]
    country, longitude, latitude = zip(*places, strict=True)
    towns = Towns(np.array(country), np.array(longitude), np.array(latitude))
    return replace(registries, towns=towns)


def _originals(repository: Path) -> list[tuple[FileKind, bytes, bool]]:
    """What is mutated: our own files, and the real ones where they lie beside the checkout."""
    samples = [*DATA.glob("w*.csv"), repository / "data" / "demo" / "meuse" / "samples.csv"]
    sources = [DATA / "sources.csv", repository / "data" / "demo" / "meuse" / "sources.csv"]
    folder = Path(os.environ.get("SOIL_HOTSPOTS_SHARED", repository.parent / "shared")) / "data"
    real = [path for path in sorted(folder.rglob("*")) if path.suffix in {".csv", ".xlsx", ".txt"}]
    files: list[tuple[FileKind, bytes, bool]] = [("samples", _workbook(), False)]
    files += [("sources", path.read_bytes(), True) for path in sources]
    files += [("samples", path.read_bytes(), True) for path in samples]
    for path in real:
        if path.suffix != ".xlsx":
            with path.open("rb") as file:
                files.append(("samples", file.read(LARGEST_BYTES), True))
        elif path.stat().st_size <= LARGEST_BYTES:
            files.append(("samples", path.read_bytes(), False))
    return files


def _options(random: np.random.Generator) -> ImportOptions:
    """Statements make more files readable."""
    return ImportOptions(
        epsg=(None, None, None, 28992, 28992, 4326)[random.integers(6)],
        unit=(None, "mg/kg", "mg/kg")[random.integers(3)],
        country=(None, None, "NL", "US")[random.integers(4)],
        accept=frozenset(code for code in sorted(REPAIRABLE) if random.uniform() < 0.2),
    )


def _read(
    kind: FileKind, path: Path, options: ImportOptions, registries: Registries
) -> Counts | str:
    """Read a file here; return its counts, checked against what came out, or the refusal's code."""
    used: set[int] = set()
    cells: dict[int, tuple[str, ...]] = {}
    try:
        stream = open_stream(kind, path, options, registries)
        for records in stream:
            for frame in records.tables.values():
                used |= set(frame["row_number"])
            for row in records.quarantined:
                assert row.reasons
                assert row.row_number not in cells, "a row is quarantined twice"
                cells[row.row_number] = row.cells
        counts = stream.reading().counts
    except IngestError as error:
        return error.code
    assert counts.read == counts.accepted + counts.quarantined + counts.skipped
    assert len(cells) == counts.quarantined
    assert not used & set(cells), "a row is loaded and quarantined"
    if kind == "samples":  # rows of sources are told by their group's first
        assert len(used) == counts.accepted
    assert read_cells(path, options, cells) == cells
    return counts


def _read_in_child(
    kind: FileKind, path: Path, options: ImportOptions, registries: Registries
) -> Counts | str:
    try:
        pieces = list(stream_in_child(kind, path, options, registries, Limits(wall_seconds=60)))
    except IngestError as error:
        return error.code
    [reading] = [piece for piece in pieces if isinstance(piece, Reading)]
    return reading.counts


def _feed(folder: Path, repository: Path, registries: Registries, seeds: Iterable[int]) -> int:
    originals = _originals(repository)
    path = folder / "mutated"
    read = 0
    for seed in seeds:
        random = np.random.default_rng(seed)
        kind, file, is_text = originals[random.integers(len(originals))]
        path.write_bytes(_mutated(random, file, is_text=is_text))
        options = _options(random)
        started = time.monotonic()
        try:
            told = _read(kind, path, options, registries)
            assert told != "reading_failed"
            if seed % CHILD_EVERY == 0:
                assert _read_in_child(kind, path, options, registries) == told
        except Exception as error:
            error.add_note(f"mutation of seed {seed}, a file of {kind}")
            raise
        assert time.monotonic() - started < LONGEST_SECONDS, f"seed {seed} took too long"
        read += isinstance(told, Counts)
    return read


def test_mutated_files_are_answered(
    tmp_path: Path, repository: Path, with_towns: Registries
) -> None:
    assert _feed(tmp_path, repository, with_towns, range(QUICK)) > 0


@pytest.mark.slow
@pytest.mark.timeout(MINUTES * 60 + 300)
def test_mutated_files_are_answered_for_long(
    tmp_path: Path, repository: Path, with_towns: Registries
) -> None:
    deadline = time.monotonic() + MINUTES * 60
    seeds = itertools.count(int(time.time()) * 1000)  # others each time; a failure names its seed
    in_time = itertools.takewhile(lambda _: time.monotonic() < deadline, seeds)
    assert _feed(tmp_path, repository, with_towns, in_time) > 0
