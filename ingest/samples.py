"""From the rows of a file in wide layout to samples and their results."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from ingest.censoring import FlagIndex
from ingest.columns import (
    CONTAMINANT,
    COORDINATES,
    DEPTHS,
    ColumnGuess,
    Vocabulary,
    only,
    recognise_columns,
    report_unused,
)
from ingest.contaminants import ContaminantIndex
from ingest.coordinates import CoordinateColumns, find_coordinates, read_places
from ingest.depths import DepthReader
from ingest.findings import FindingLog
from ingest.numbers import Decimal, choose_decimal
from ingest.options import ImportOptions
from ingest.periods import PeriodReader
from ingest.readers.contract import ROW, Block, Table, cell_column
from ingest.records import RESULT_SCHEMA, SAMPLE_SCHEMA, SampleImport, conform
from ingest.registries import Registries
from ingest.rows import RowAccount, first_block, quarantine, text_column
from ingest.units import UnitIndex
from ingest.validation import note_transformation, resolve_duplicates, suspect_swaps
from ingest.values import UnitPlanner, ValueReader
from ingest.vocabulary import SAMPLE_MEANINGS, sample_words

_LOOKED_AT = 500
_TEXTS = ("extraction", "fraction", "replicate", "method", "laboratory")
_NUMERIC = frozenset({CONTAMINANT, *COORDINATES, *DEPTHS})


@dataclass(frozen=True, slots=True)
class SamplePlan:
    """How every block of one file is read, settled once from its header and first rows."""

    columns: tuple[ColumnGuess, ...]
    coordinates: CoordinateColumns
    decimal: Decimal
    values: ValueReader
    depths: DepthReader
    periods: PeriodReader
    options: ImportOptions


def collect_samples(table: Table, options: ImportOptions, registries: Registries) -> SampleImport:
    """Read a whole table of samples.

    Parameters
    ----------
    table : Table
        The open table.
    options : ImportOptions
        Statements of the user.
    registries : Registries
        Contaminants, units and flags.

    Returns
    -------
    SampleImport
        Clean records, findings, quarantine and counts.

    Raises
    ------
    IngestError
        If the file as a whole cannot be used.
    """
    log = FindingLog()
    log.extend(list(table.findings))
    first, blocks = first_block(table.blocks())
    plan = plan_samples(table.header, first, options, registries, log)
    account = RowAccount(table.header, log)
    parts = [read_block(account.intake(block), plan, log) for block in blocks]
    plan.values.report_missing()
    samples = pl.concat([part[0] for part in parts])
    results = pl.concat([part[1] for part in parts])
    samples, results = resolve_duplicates(samples, results, account, log)
    system = plan.coordinates.system
    if system.is_geographic:
        suspect_swaps(samples, log)
    note_transformation(samples, system, log)
    counts = account.close()
    return SampleImport(
        header=table.header,
        columns=plan.columns,
        description={
            **table.description,
            "decimal": plan.decimal,
            "epsg": str(system.epsg),
            "crs": system.name,
        },
        quarantined=quarantine(table, log),
        findings=log.findings,
        finding_counts=dict(log.counts),
        counts=counts,
        samples=conform(samples, SAMPLE_SCHEMA),
        results=conform(results, RESULT_SCHEMA),
    )


def plan_samples(
    header: Sequence[str],
    first: Block,
    options: ImportOptions,
    registries: Registries,
    log: FindingLog,
) -> SamplePlan:
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
        Contaminants, units and flags.
    log : FindingLog
        Where findings go.

    Returns
    -------
    SamplePlan
        The way to read every block.

    Raises
    ------
    IngestError
        If coordinates, their reference system, contaminants or units are missing or unclear.
    """
    units = UnitIndex(registries.units)
    contaminants = ContaminantIndex(registries.contaminants, units)
    vocabulary = Vocabulary(sample_words(), SAMPLE_MEANINGS, contaminants)
    head = first.frame.head(_LOOKED_AT).drop(ROW)
    sample = [head[cell_column(index)].to_list() for index in range(len(header))]
    columns = recognise_columns(header, sample, vocabulary, options.mapping)
    coordinates = find_coordinates(columns, options.epsg)
    unit_column = only(columns, "unit")
    planner = UnitPlanner(units, contaminants, log)
    values = planner.plan(columns, options, has_unit_column=unit_column is not None)
    numeric = [
        cell for guess in columns if guess.meaning in _NUMERIC for cell in sample[guess.index]
    ]
    decimal = choose_decimal(numeric, options.decimal)
    report_unused(columns, log)
    log.extend(list(coordinates.findings))
    return SamplePlan(
        columns=columns,
        coordinates=coordinates,
        decimal=decimal,
        values=ValueReader(values, units, FlagIndex(registries.flags), decimal, log),
        depths=DepthReader(columns, (options.depth_upper_cm, options.depth_lower_cm)),
        periods=PeriodReader(columns, (options.sampled_from, options.sampled_to)),
        options=options,
    )


def read_block(
    frame: pl.DataFrame, plan: SamplePlan, log: FindingLog
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read the samples and results of some rows, faulty ones included.

    Parameters
    ----------
    frame : polars.DataFrame
        Trimmed rows.
    plan : SamplePlan
        The way to read them.
    log : FindingLog
        Where findings go; rows with errors are to be left out by their numbers.

    Returns
    -------
    samples : polars.DataFrame
        Columns of `SAMPLE_SCHEMA`, one row per row of the file.
    results : polars.DataFrame
        Columns of `RESULT_SCHEMA` but ``sample_row``, one row per filled cell.
    """
    samples = _samples(frame, plan, log)
    texts = {name: text_column(frame, only(plan.columns, name), log) for name in _TEXTS}
    results = plan.values.read(frame, only(plan.columns, "unit"))
    by_row = pl.DataFrame([frame[ROW], *(series.alias(name) for name, series in texts.items())])
    by_row = by_row.rename({"extraction": "row_extraction"})
    results = results.join(by_row, on=ROW, how="left", maintain_order="left").with_columns(
        pl.coalesce("extraction", "row_extraction", pl.lit(plan.options.extraction, pl.String)),
        pl.coalesce("fraction", pl.lit(plan.options.fraction, pl.String)),
    )
    return samples, results.drop("row_extraction")


def _samples(frame: pl.DataFrame, plan: SamplePlan, log: FindingLog) -> pl.DataFrame:
    rows = frame[ROW]
    pair = plan.coordinates
    originals = (frame[cell_column(pair.first.index)], frame[cell_column(pair.second.index)])
    places = read_places(rows, originals, plan.decimal, pair)
    log.extend(list(places.findings))
    depth_texts = _texts(frame, plan.depths.columns)
    upper, lower = plan.depths.read(rows, depth_texts, plan.decimal, log)
    period_texts = _texts(frame, plan.periods.columns)
    sampled_from, sampled_to = plan.periods.read(rows, period_texts, log)
    code = text_column(frame, only(plan.columns, "sample_code"), log)
    return pl.DataFrame(
        {
            ROW: rows,
            "site_code": text_column(frame, only(plan.columns, "site_code"), log),
            "sample_code": code,
            "natural_place": natural_place(code, places.first, places.second, pair.system.epsg),
            "longitude": places.longitude,
            "latitude": places.latitude,
            "easting": places.first,
            "northing": places.second,
            "original_easting": originals[0],
            "original_northing": originals[1],
            "original_epsg": pl.repeat(pair.system.epsg, len(rows), dtype=pl.Int32, eager=True),
            "depth_upper_cm": upper,
            "depth_lower_cm": lower,
            "sampled_from": sampled_from,
            "sampled_to": sampled_to,
        }
    )


def natural_place(code: pl.Series, first: pl.Series, second: pl.Series, epsg: int) -> pl.Series:
    """Name the place of a sample by what the file says, so that it is known again.

    Parameters
    ----------
    code : polars.Series
        Sample codes, null where there is none, shape (n,).
    first, second : polars.Series
        The original coordinates as numbers.
    epsg : int
        Their reference system.

    Returns
    -------
    polars.Series
        ``id:`` and the code, or ``at:`` and the coordinates.

    Examples
    --------
    >>> codes = pl.Series(["A1", None])
    >>> natural_place(codes, pl.Series([1.5, 1.5]), pl.Series([2.0, 2.0]), 28992).to_list()
    ['id:A1', 'at:1.5,2.0@28992']
    """
    frame = pl.DataFrame({"code": code, "first": first, "second": second})
    # adding zero turns -0.0 into 0.0, which is the same place
    return frame.select(
        pl.coalesce(
            pl.format("id:{}", "code"),
            pl.format("at:{},{}@{}", pl.col("first") + 0.0, pl.col("second") + 0.0, pl.lit(epsg)),
        )
    ).to_series()


def _texts(frame: pl.DataFrame, columns: dict[str, ColumnGuess]) -> dict[str, pl.Series]:
    return {meaning: frame[cell_column(column.index)] for meaning, column in columns.items()}
