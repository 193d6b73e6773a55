"""From the rows of a file to potential sources of pollution."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from ingest.columns import (
    COORDINATES,
    ColumnGuess,
    Vocabulary,
    only,
    recognise_columns,
    report_unused,
)
from ingest.contaminants import ContaminantIndex
from ingest.coordinates import CoordinateColumns, find_coordinates, read_places
from ingest.findings import FindingLog, QuarantinedRow, finding, refusal
from ingest.folding import squeeze
from ingest.mapping.choice import choose_mapping
from ingest.numbers import Decimal, choose_decimal, parse_numbers
from ingest.options import ImportOptions
from ingest.readers.contract import ROW, Block, Table, cell_column
from ingest.records import SOURCE_SCHEMA, Reading, Records, SourceImport, conform
from ingest.registries import Registries, SourceTypeEntry
from ingest.rows import RowAccount, first_block, report, table_cells, text_column
from ingest.units import UnitIndex
from ingest.validation import note_transformation
from ingest.vocabulary import SOURCE_MEANINGS, source_words

_URL = re.compile(r"https?://[^\s<>\"\x00-\x1f]+", re.IGNORECASE)
_SPLIT = re.compile(r"[;|]")
_EARLIEST_YEAR = 1000
_LONGEST_CITATION = 2000
_LOOKED_AT = 500
_KEY = ("natural_key",)


@dataclass(frozen=True, slots=True)
class SourcePlan:
    """How every block of one file is read."""

    columns: tuple[ColumnGuess, ...]
    coordinates: CoordinateColumns
    decimal: Decimal
    types: Mapping[str, str]
    contaminants: ContaminantIndex


class SourceStream:
    """A table of sources as a stream of one piece: that a source is told twice shows at the end.

    Parameters
    ----------
    table : Table
        The open table.
    options : ImportOptions
        Statements of the user.
    registries : Registries
        Contaminants and source types.

    Raises
    ------
    IngestError
        If the file as a whole cannot be used.
    """

    def __init__(self, table: Table, options: ImportOptions, registries: Registries) -> None:
        self.log = FindingLog()
        self._read = collect_sources(table, options, registries, self.log)
        self.columns = self._read.columns
        self.description = self._read.description
        self.rows_read = self._read.counts.read

    def __iter__(self) -> Iterator[Records]:
        """Return the sources.

        Yields
        ------
        Records
            All of them.
        """
        yield Records({"sources": self._read.sources}, self._read.quarantined)

    def reading(self) -> Reading:
        """Return how the file was understood.

        Returns
        -------
        Reading
            Columns, description, findings and counts.
        """
        return self._read


def collect_sources(
    table: Table, options: ImportOptions, registries: Registries, log: FindingLog | None = None
) -> SourceImport:
    """Read a whole table of potential sources.

    Parameters
    ----------
    table : Table
        The open table.
    options : ImportOptions
        Statements of the user.
    registries : Registries
        Contaminants and source types.
    log : FindingLog, optional
        Where findings go.

    Returns
    -------
    SourceImport
        Clean records, findings, quarantine and counts.

    Raises
    ------
    IngestError
        If the file as a whole cannot be used.
    """
    log = FindingLog() if log is None else log
    log.extend(list(table.findings))
    first, blocks = first_block(table.blocks())
    plan = plan_sources(table.header, first, options, registries)
    report_unused(plan.columns, log)
    log.extend(list(plan.coordinates.findings))
    account = RowAccount(table.header, log)
    sources = pl.concat([read_block(account.intake(block), plan, log) for block in blocks])
    sources = _distinct(_without_errors(sources, log), account, log)
    system = plan.coordinates.system
    note_transformation(sources, system, log)
    return SourceImport(
        header=table.header,
        columns=plan.columns,
        description={
            **table.description,
            "decimal": plan.decimal,
            "epsg": str(system.epsg),
            "crs": system.name,
        },
        counts=account.close(),
        quarantined=_quarantined(table, log),
        findings=log.findings,
        finding_counts=dict(log.counts),
        sources=conform(sources, SOURCE_SCHEMA),
    )


def plan_sources(
    header: Sequence[str], first: Block, options: ImportOptions, registries: Registries
) -> SourcePlan:
    """Settle what every column means and how its cells are read.

    Parameters
    ----------
    header : sequence of str
        The names of the columns.
    first : Block
        The first rows, as evidence.
    options : ImportOptions
        Statements of the user.
    registries : Registries
        Contaminants and source types.

    Returns
    -------
    SourcePlan
        The way to read every block.

    Raises
    ------
    IngestError
        If name, type, coordinates or their reference system are missing.
    """
    head = first.frame.head(_LOOKED_AT).drop(ROW)
    sample = [head[cell_column(index)].to_list() for index in range(len(header))]
    vocabulary = Vocabulary(source_words(), SOURCE_MEANINGS)
    choice = choose_mapping(header, options, "sources")
    columns = recognise_columns(header, sample, vocabulary, choice.stated)
    missing = [meaning for meaning in ("name", "type") if only(columns, meaning) is None]
    if missing:
        raise refusal("source_columns_missing", columns=" and ".join(missing))
    numeric = [
        cell
        for guess in columns
        if guess.meaning in {*COORDINATES, "accuracy"}
        for cell in sample[guess.index]
    ]
    return SourcePlan(
        columns=columns,
        coordinates=find_coordinates(columns, options.epsg),
        decimal=choose_decimal(numeric, options.decimal),
        types=_type_index(registries.source_types),
        contaminants=ContaminantIndex(registries.contaminants, UnitIndex(registries.units)),
    )


def read_block(frame: pl.DataFrame, plan: SourcePlan, log: FindingLog) -> pl.DataFrame:
    """Read the sources of some rows, faulty ones included.

    Parameters
    ----------
    frame : polars.DataFrame
        Trimmed rows.
    plan : SourcePlan
        The way to read them.
    log : FindingLog
        Where findings go; rows with errors are to be left out by their numbers.

    Returns
    -------
    polars.DataFrame
        Columns of `SOURCE_SCHEMA`, one row per row of the file.
    """
    rows = frame[ROW]
    pair = plan.coordinates
    originals = (frame[cell_column(pair.first.index)], frame[cell_column(pair.second.index)])
    places = read_places(rows, originals, plan.decimal, pair)
    log.extend(list(places.findings))
    name = text_column(frame, only(plan.columns, "name"), log)
    report(log, "source_name_missing", rows.filter(name.is_null()), _name(plan, "name"))
    epsg = pl.repeat(pair.system.epsg, len(rows), dtype=pl.Int32, eager=True)
    first, last = _years(frame, plan, log)
    sources = pl.DataFrame(
        {
            ROW: rows,
            "name": name,
            "type": _types(frame, plan, log),
            "longitude": places.longitude,
            "latitude": places.latitude,
            "original_easting": originals[0],
            "original_northing": originals[1],
            "original_epsg": epsg,
            "positional_accuracy_m": _accuracy(frame, plan, log),
            "position_source": text_column(
                frame, only(plan.columns, "position_source"), log, longest=_LONGEST_CITATION
            ),
            "contaminants": _contaminants(frame, plan, log),
            "operating_from": first,
            "operating_to": last,
            "citation": text_column(
                frame, only(plan.columns, "citation"), log, longest=_LONGEST_CITATION
            ),
            "source_url": _urls(frame, plan, log),
        }
    )
    folded = _parsed(name.fill_null(""), squeeze)
    place = pl.format("{}@{},{}", folded, places.longitude.round(6), places.latitude.round(6))
    return sources.with_columns(place.alias("natural_key"))


def _name(plan: SourcePlan, meaning: str) -> str | None:
    column = only(plan.columns, meaning)
    return None if column is None else column.column


def _type_index(types: Sequence[SourceTypeEntry]) -> dict[str, str]:
    index = {squeeze(entry.code): entry.code for entry in types}
    for entry in types:
        for name in entry.names.values():
            index.setdefault(squeeze(name), entry.code)
    return index


def _parsed(texts: pl.Series, parse: Callable[[str], str | None]) -> pl.Series:
    """Apply a parser once per distinct text."""
    known = {text: parse(text) for text in texts.drop_nulls().unique()}
    values = [None if text is None else known[text] for text in texts]
    return pl.Series(values, dtype=pl.String)


def _types(frame: pl.DataFrame, plan: SourcePlan, log: FindingLog) -> pl.Series:
    texts = text_column(frame, only(plan.columns, "type"), log).fill_null("")
    codes = _parsed(texts, lambda text: plan.types.get(squeeze(text)))
    is_unknown = codes.is_null()
    example = next(iter(plan.types.values()), "")
    report(
        log,
        "source_type_unknown",
        frame[ROW].filter(is_unknown),
        _name(plan, "type"),
        texts.filter(is_unknown),
        example=example,
    )
    return codes


def _accuracy(frame: pl.DataFrame, plan: SourcePlan, log: FindingLog) -> pl.Series:
    column = only(plan.columns, "accuracy")
    texts = text_column(frame, column, log)
    values = parse_numbers(texts.fill_null(""), plan.decimal)
    is_bad = texts.is_not_null() & ~(values > 0).fill_null(value=False)
    name = _name(plan, "accuracy")
    report(log, "accuracy_invalid", frame[ROW].filter(is_bad), name, texts.filter(is_bad))
    report(log, "accuracy_missing", frame[ROW].filter(texts.is_null()), name)
    return values


def _contaminants(frame: pl.DataFrame, plan: SourcePlan, log: FindingLog) -> pl.Series:
    column = only(plan.columns, "contaminants")
    texts = text_column(frame, column, log, longest=_LONGEST_CITATION)
    lists: list[list[str]] = []
    for row, text in zip(frame[ROW], texts, strict=True):
        codes: dict[str, None] = {}
        for part in filter(None, (part.strip() for part in _SPLIT.split(text or ""))):
            found = plan.contaminants.find(part)
            if found is None:
                name = _name(plan, "contaminants")
                log.add(finding("contaminant_unknown", row=row, column=name, text=part))
            else:
                codes[found[0].code] = None
        lists.append(list(codes))
    return pl.Series(lists, dtype=pl.List(pl.String))


def _years(frame: pl.DataFrame, plan: SourcePlan, log: FindingLog) -> tuple[pl.Series, pl.Series]:
    first, last = (_year(frame, plan, name, log) for name in ("operating_from", "operating_to"))
    is_reversed = (last < first).fill_null(value=False)
    column = _name(plan, "operating_to")
    faulty = zip(
        frame[ROW].filter(is_reversed),
        first.filter(is_reversed),
        last.filter(is_reversed),
        strict=True,
    )
    for row, begin, end in faulty:
        log.add(finding("years_reversed", row=row, column=column, first=begin, last=end))
    return first, last


def _year(frame: pl.DataFrame, plan: SourcePlan, meaning: str, log: FindingLog) -> pl.Series:
    texts = text_column(frame, only(plan.columns, meaning), log)
    is_year = texts.str.contains(r"^\d{4}$").fill_null(value=False)
    years = texts.set(~is_year, None).cast(pl.Int32)
    is_known = (years >= _EARLIEST_YEAR) & (years <= datetime.now(UTC).year)
    is_bad = texts.is_not_null() & ~is_known.fill_null(value=False)
    name = _name(plan, meaning)
    report(log, "year_invalid", frame[ROW].filter(is_bad), name, texts.filter(is_bad))
    return years


def _urls(frame: pl.DataFrame, plan: SourcePlan, log: FindingLog) -> pl.Series:
    column = only(plan.columns, "source_url")
    texts = text_column(frame, column, log, longest=_LONGEST_CITATION)
    urls = _parsed(texts, lambda text: text if _URL.fullmatch(text) else None)
    is_bad = texts.is_not_null() & urls.is_null()
    name = _name(plan, "source_url")
    report(log, "url_invalid", frame[ROW].filter(is_bad), name, texts.filter(is_bad))
    return urls


def _quarantined(table: Table, log: FindingLog) -> tuple[QuarantinedRow, ...]:
    """Read the rows with errors once more: that a source is told twice shows at the end only."""
    errors = log.take_row_errors()
    cells = table_cells(table, errors)
    return tuple(QuarantinedRow(row, cells[row], tuple(errors[row])) for row in errors)


def _without_errors(sources: pl.DataFrame, log: FindingLog) -> pl.DataFrame:
    faulty = pl.Series(list(log.row_errors), dtype=pl.Int64).implode()
    return sources.filter(~pl.col(ROW).is_in(faulty))


def _distinct(sources: pl.DataFrame, account: RowAccount, log: FindingLog) -> pl.DataFrame:
    """Skip repeated sources; the same name and place with other particulars is an error."""
    particulars = [name for name in SOURCE_SCHEMA if name not in {ROW, "natural_key"}]
    sources = sources.with_columns(
        pl.col(ROW).min().over(*_KEY).alias("first"),
        pl.col(ROW).max().over(*_KEY).alias("last"),
        (pl.struct(*particulars).n_unique().over(*_KEY) > 1).alias("is_other"),
    )
    is_repeated = pl.col("first") != pl.col("last")
    for row, first, last, is_other in (
        sources.filter(is_repeated).select(ROW, "first", "last", "is_other").rows()
    ):
        if is_other:
            other = last if row == first else first
            log.add(finding("source_conflict", row=row, other=other))
        elif row != first:
            account.skip(row)
            log.add(finding("duplicate_row", row=row, other=first))
    kept = sources.filter(~pl.col("is_other") & (pl.col(ROW) == pl.col("first")))
    return kept.drop("first", "last", "is_other")
