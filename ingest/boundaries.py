"""Boundaries: polygons with a name or a code, by which others are summarised."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from ingest.columns import (
    ColumnGuess,
    Stated,
    Vocabulary,
    only,
    recognise_columns,
    report_unused,
    stated_columns,
)
from ingest.findings import FindingLog, QuarantinedRow, refusal
from ingest.geometries import read_shapes
from ingest.options import ImportOptions
from ingest.readers.contract import ROW, Block, Table, cell_column
from ingest.records import BOUNDARY_SCHEMA, Reading, Records, conform
from ingest.reference_systems import ReferenceSystem, reference_system
from ingest.rows import RowAccount, first_block, report, text_column
from ingest.vocabulary import BOUNDARY_MEANINGS, boundary_words

_LOOKED_AT = 500
_LONGEST_SHAPE = 10_000_000


@dataclass(frozen=True, slots=True)
class BoundaryImport(Reading):
    """Boundaries, with the columns of `BOUNDARY_SCHEMA`, in memory."""

    quarantined: tuple[QuarantinedRow, ...]
    boundaries: pl.DataFrame


class BoundaryStream:
    """A table of polygons, read block by block.

    Parameters
    ----------
    table : Table
        The open table.
    options : ImportOptions
        Statements of the user.

    Raises
    ------
    IngestError
        If the file as a whole cannot be used.
    """

    def __init__(self, table: Table, options: ImportOptions) -> None:
        self.log = FindingLog()
        self.log.extend(list(table.findings))
        self._table = table
        _refuse_mappings(options)
        first, self._blocks = first_block(table.blocks())
        self._columns = _columns(table, first, options)
        report_unused(self._columns, self.log)
        self._system = _system(self._columns, table, options)
        self._account = RowAccount(table.header, self.log)

    @property
    def columns(self) -> tuple[ColumnGuess, ...]:
        """What every column was taken for."""
        return self._columns

    @property
    def description(self) -> Mapping[str, str]:
        """Format, encoding, separator, and which columns name the areas."""
        named = {
            f"{meaning.removeprefix('area_')}_column": column.column
            for meaning in ("area_code", "area_name")
            if (column := only(self._columns, meaning)) is not None
        }
        return {**self._table.description, **named}

    @property
    def rows_read(self) -> int:
        """How many rows were read so far."""
        return self._account.read

    def __iter__(self) -> Iterator[Records]:
        """Read the rows from the first one on, once.

        Yields
        ------
        Records
            ``boundaries`` of one block. Rows of one natural key are parts of one area: storing
            joins them.
        """
        for block in self._blocks:
            frame = self._account.intake(block)
            boundaries = self._read(frame)
            faulty = pl.Series(list(self.log.row_errors), dtype=pl.Int64).implode()
            good = boundaries.filter(~pl.col(ROW).is_in(faulty))
            yield Records({"boundaries": conform(good, BOUNDARY_SCHEMA)}, self._account.release())

    def _read(self, frame: pl.DataFrame) -> pl.DataFrame:
        column = only(self._columns, "geometry")
        assert column is not None  # noqa: S101 - `_columns` refuses a file without
        rows = frame[ROW]
        texts = text_column(frame, column, self.log, longest=_LONGEST_SHAPE).fill_null("")
        shapes = read_shapes(rows, texts, self._system, column.column, self.log)
        is_area = shapes.text.str.contains("POLYGON", literal=True).fill_null(value=True)
        shown = texts.filter(~is_area)
        report(self.log, "boundary_not_area", rows.filter(~is_area), column.column, shown)
        code, name = (
            text_column(frame, only(self._columns, meaning), self.log)
            for meaning in ("area_code", "area_name")
        )
        keys = [
            f"{a or ''}|{b or ''}" if a or b else _digest(text)
            for a, b, text in zip(code, name, texts, strict=True)
        ]
        return pl.DataFrame(
            [
                rows,
                pl.Series("natural_key", keys, dtype=pl.String),
                code.alias("area_code"),
                name.alias("area_name"),
                shapes.text.alias("geometry"),
            ]
        )

    def reading(self) -> Reading:
        """Return how the file was understood, once all rows are read.

        Returns
        -------
        Reading
            Columns, description, findings and counts.

        Raises
        ------
        IngestError
            If the file had no rows at all.
        """
        return Reading(
            header=self._table.header,
            columns=self.columns,
            description=self.description,
            counts=self._account.close(),
            findings=self.log.findings,
            finding_counts=dict(self.log.counts),
        )


def collect_boundaries(stream: BoundaryStream) -> BoundaryImport:
    """Read a whole stream into memory.

    Parameters
    ----------
    stream : BoundaryStream
        Not yet read.

    Returns
    -------
    BoundaryImport
        Clean records, findings, quarantine and counts.
    """
    parts = list(stream)
    reading = stream.reading()
    return BoundaryImport(
        **{name: getattr(reading, name) for name in Reading.__dataclass_fields__},
        quarantined=tuple(row for part in parts for row in part.quarantined),
        boundaries=pl.concat([part.tables["boundaries"] for part in parts]),
    )


def _refuse_mappings(options: ImportOptions) -> None:
    """Refuse what would say nothing: boundaries have three columns, which `columns` names."""
    named = options.format or (options.mapping.name if options.mapping else None)
    if named is not None:
        expected = "columns, which say what is the area_code, the area_name and the geometry"
        raise refusal("option_invalid", option="mapping", text=named, expected=expected)


def _columns(table: Table, first: Block, options: ImportOptions) -> tuple[ColumnGuess, ...]:
    """Recognise the shape, the code and the name; guess a name where none is told."""
    header = table.header
    head = first.frame.head(_LOOKED_AT).with_columns(pl.all().exclude(ROW).str.strip_chars())
    sample = [head[cell_column(index)].to_list() for index in range(len(header))]
    stated = Stated(stated_columns(header, options.columns or {}))
    vocabulary = Vocabulary(boundary_words(), BOUNDARY_MEANINGS)
    columns = recognise_columns(header, sample, vocabulary, stated, table.units)
    if only(columns, "geometry") is None:
        raise refusal("boundary_shape_missing")
    if only(columns, "area_code") is None and only(columns, "area_name") is None:
        columns = _with_guessed_name(columns, sample)
    return columns


def _with_guessed_name(
    columns: tuple[ColumnGuess, ...], sample: Sequence[Sequence[str]]
) -> tuple[ColumnGuess, ...]:
    """Take the first column whose cells tell all rows apart for the name."""
    for column, cells in zip(columns, sample, strict=True):
        is_free = column.meaning == "unused" and column.reason != "stated by the user"
        if is_free and all(cells) and len(set(cells)) == len(cells):
            named = replace(
                column, meaning="area_name", confidence=0.5, reason="tells all rows apart"
            )
            return tuple(named if one is column else one for one in columns)
    return columns


def _system(
    columns: Sequence[ColumnGuess], table: Table, options: ImportOptions
) -> ReferenceSystem:
    epsg = options.epsg if options.epsg is not None else table.epsg
    if epsg is None:
        shapes = only(columns, "geometry")
        raise refusal("crs_unknown", columns=shapes.column if shapes else "geometry")
    return reference_system(epsg)


def _digest(text: str) -> str:
    return "in:" + hashlib.sha256(text.encode()).hexdigest()[:16]
