"""The door of this package: a file in, clean records and a report out."""

import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Protocol

from ingest.aggregates import AggregateImport, AggregateStream, collect_aggregates
from ingest.boundaries import BoundaryImport, BoundaryStream, collect_boundaries
from ingest.columns import ColumnGuess
from ingest.contaminants import ContaminantIndex
from ingest.findings import FindingLog
from ingest.mapping.tables import open_mapped
from ingest.options import ImportOptions, Limits
from ingest.readers.contract import Table
from ingest.records import Reading, Records, SampleImport, SourceImport
from ingest.registries import Registries
from ingest.rows import table_cells
from ingest.samples import SampleStream, collect_samples
from ingest.sources import SourceStream, collect_sources
from ingest.units import UnitIndex

FileKind = Literal["samples", "sources", "aggregates", "boundaries"]

_DEFAULT_LIMITS = Limits()
_PREVIEW_SECONDS = 1.0
_PREVIEW_ROWS = 5_000
# Short rows fill a block by the hundred thousand: too many for a look.
_PREVIEW_BLOCK = 1 << 19
_SHOWN_ROWS = 20
_SHOWN_PLACES = 2_000


class RecordStream(Protocol):
    """A file being read: pieces of clean records, then how it was understood."""

    log: FindingLog

    @property
    def rows_read(self) -> int:
        """How many rows were read so far."""

    def __iter__(self) -> Iterator[Records]:
        """Read the rows from the first one on, once."""

    def reading(self) -> Reading:
        """Return how the file was understood, once all rows are read."""

    @property
    def columns(self) -> tuple[ColumnGuess, ...]:
        """What every column was taken for, known before the rows are read."""

    @property
    def description(self) -> Mapping[str, str]:
        """How the file is read, known before the rows are."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be read, before anything is stored.

    Attributes
    ----------
    columns : tuple of ColumnGuess
        What every column was taken for, how surely, and why.
    description : mapping of str to str
        Format, encoding, separator, decimal sign, reference system.
    rows : list of dict
        The first records as they would be stored, results of samples among them.
    places : list of tuple of float
        Longitude and latitude of up to 2,000 records.
    findings, finding_counts
        Of the rows examined.
    quarantined : int
        How many of these would not be loaded.
    rows_examined : int
        How many rows were looked at.
    is_whole_file : bool
        Whether these are all.
    """

    kind: str
    header: tuple[str, ...]
    columns: tuple[ColumnGuess, ...]
    description: Mapping[str, str]
    rows: list[dict[str, Any]]
    places: list[tuple[float, float]]
    findings: list[Any]
    finding_counts: Mapping[str, int]
    quarantined: int
    rows_examined: int
    is_whole_file: bool


def open_stream(
    kind: FileKind,
    path: Path,
    options: ImportOptions,
    registries: Registries,
    limits: Limits = _DEFAULT_LIMITS,
) -> RecordStream:
    """Open a file and settle how it is read.

    Parameters
    ----------
    kind : {"samples", "sources", "aggregates", "boundaries"}
        What the file holds.
    path : pathlib.Path
        The file.
    options : ImportOptions
        Statements of the user that hold for the whole file.
    registries : Registries
        Contaminants, units, flags and source types.
    limits : Limits
        Bounds on rows and columns; time and memory are kept by `ingest.child`.

    Returns
    -------
    RecordStream
        Its pieces add up: ``counts.read == counts.accepted + counts.quarantined +
        counts.skipped``.

    Raises
    ------
    IngestError
        If the file as a whole cannot be used.
    """
    table, options = _open(path, options, registries, limits)
    if kind == "sources":
        return SourceStream(table, options, registries)
    if kind == "aggregates":
        return AggregateStream(table, options, registries)
    if kind == "boundaries":
        return BoundaryStream(table, options)
    return SampleStream(table, options, registries)


def read_samples(
    path: Path,
    options: ImportOptions,
    registries: Registries,
    limits: Limits = _DEFAULT_LIMITS,
) -> SampleImport:
    """Read a file of samples and their results into memory.

    Parameters
    ----------
    path, options, registries, limits
        As for `open_stream`.

    Returns
    -------
    SampleImport
        Clean samples and results, quarantined rows and findings.

    Raises
    ------
    IngestError
        If the file as a whole cannot be used.
    """
    table, options = _open(path, options, registries, limits)
    return collect_samples(SampleStream(table, options, registries))


def read_sources(
    path: Path,
    options: ImportOptions,
    registries: Registries,
    limits: Limits = _DEFAULT_LIMITS,
) -> SourceImport:
    """Read a file of potential sources of pollution into memory.

    Parameters
    ----------
    path, options, registries, limits
        As for `open_stream`.

    Returns
    -------
    SourceImport
        Clean sources, quarantined rows and findings.

    Raises
    ------
    IngestError
        If the file as a whole cannot be used.
    """
    table, options = _open(path, options, registries, limits)
    return collect_sources(table, options, registries)


def read_aggregates(
    path: Path,
    options: ImportOptions,
    registries: Registries,
    limits: Limits = _DEFAULT_LIMITS,
) -> AggregateImport:
    """Read a file of districts into memory.

    Parameters
    ----------
    path, options, registries, limits
        As for `open_stream`.

    Returns
    -------
    AggregateImport
        Clean records, quarantined rows and findings.

    Raises
    ------
    IngestError
        If the file as a whole cannot be used.
    """
    table, options = _open(path, options, registries, limits)
    return collect_aggregates(AggregateStream(table, options, registries))


def read_boundaries(
    path: Path,
    options: ImportOptions,
    registries: Registries,
    limits: Limits = _DEFAULT_LIMITS,
) -> BoundaryImport:
    """Read a file of boundaries into memory.

    Parameters
    ----------
    path, options, registries, limits
        As for `open_stream`.

    Returns
    -------
    BoundaryImport
        Clean records, quarantined rows and findings.

    Raises
    ------
    IngestError
        If the file as a whole cannot be used.
    """
    table, options = _open(path, options, registries, limits)
    return collect_boundaries(BoundaryStream(table, options))


def read_cells(
    path: Path, options: ImportOptions, rows: Collection[int], limits: Limits = _DEFAULT_LIMITS
) -> dict[int, tuple[str, ...]]:
    """Read some rows of a file as they are written.

    Parameters
    ----------
    path, options, limits
        As for `open_stream`.
    rows : collection of int
        The numbers of the rows.

    Returns
    -------
    dict of int to tuple of str
        Cells by row number.
    """
    return table_cells(open_mapped(path, options, limits)[0], frozenset(rows))


def _open(
    path: Path, options: ImportOptions, registries: Registries, limits: Limits
) -> tuple[Table, ImportOptions]:
    """Open the table that is meant; a mapping made for this file goes before all others."""
    contaminants = ContaminantIndex(registries.contaminants, UnitIndex(registries.units))
    table, mapping = open_mapped(path, options, limits, contaminants)
    if mapping is not None:
        options = replace(options, saved=(*options.saved, mapping))
    return table, options


def preview(
    kind: FileKind,
    path: Path,
    options: ImportOptions,
    registries: Registries,
    limits: Limits = _DEFAULT_LIMITS,
) -> Preview:
    """Read the beginning of a file and say what was understood.

    Parameters
    ----------
    kind, path, options, registries, limits
        As for `open_stream`.

    Returns
    -------
    Preview
        Of as many rows as a second allows, and 5,000 at the least where there are so many.

    Raises
    ------
    IngestError
        If the file as a whole cannot be used.
    """
    deadline = time.monotonic() + _PREVIEW_SECONDS
    limits = replace(limits, block_characters=min(_PREVIEW_BLOCK, limits.block_characters))
    stream = open_stream(kind, path, options, registries, limits)
    seen = _Seen(kind)
    is_whole = True
    for records in stream:
        seen.take(records)
        if stream.rows_read >= _PREVIEW_ROWS and time.monotonic() > deadline:
            is_whole = False
            break
    if is_whole:
        stream.reading()  # a file without rows is refused here as it would be later
    return Preview(
        kind=kind,
        header=tuple(column.column for column in stream.columns),
        columns=stream.columns,
        description=stream.description,
        rows=seen.rows,
        places=seen.places,
        findings=list(stream.log.findings),
        finding_counts=dict(stream.log.counts),
        quarantined=seen.quarantined,
        rows_examined=stream.rows_read,
        is_whole_file=is_whole,
    )


class _Seen:
    """The first records of a stream, fit to be shown."""

    def __init__(self, main: str) -> None:
        self._main = main
        self.rows: list[dict[str, Any]] = []
        self.places: list[tuple[float, float]] = []
        self.quarantined = 0

    def take(self, records: Records) -> None:
        main = records.tables[self._main]
        room = _SHOWN_ROWS - len(self.rows)
        if room > 0:
            self.rows += self._shown(records, room)
        if self._main in {"aggregates", "boundaries"}:
            self.quarantined += len(records.quarantined)
            return  # areas are no places
        places = main.select("longitude", "latitude").head(_SHOWN_PLACES - len(self.places))
        self.places += places.rows()
        self.quarantined += len(records.quarantined)

    def _shown(self, records: Records, room: int) -> list[dict[str, Any]]:
        rows = records.tables[self._main].head(room).to_dicts()
        if "results" in records.tables:
            results = records.tables["results"]
            for row in rows:
                own = results.filter(results["sample_row"] == row["row_number"])
                row["results"] = own.head(200).drop("sample_row").to_dicts()
        return rows
