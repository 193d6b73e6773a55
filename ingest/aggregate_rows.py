"""The rows of a file of districts, read block by block."""

import hashlib
from dataclasses import dataclass

import polars as pl

from ingest.columns import ColumnGuess, only
from ingest.depths import DepthReader
from ingest.findings import FindingLog, finding
from ingest.geometries import read_shapes
from ingest.long.analytes import AnalyteReader
from ingest.long.row_units import RowUnits
from ingest.mapping.model import Statements
from ingest.mapping.rows import RowRules, report_skipped
from ingest.numbers import Decimal, parse_numbers
from ingest.periods import PeriodReader
from ingest.readers.contract import ROW, cell_column
from ingest.reference_systems import ReferenceSystem
from ingest.rows import report, text_column

# in their order: none may be smaller than the one before
QUANTILES = (
    *("minimum", "p05", "p10", "p25", "p50", "p75", "p90", "p95", "p99"),
    "maximum",
)
_CONTENTS = (*QUANTILES, "mean", "threshold", "detection_limit")
_SHARES = ("share_lower", "share_above", "share_upper")
_LONGEST_SHAPE = 10_000_000


@dataclass(frozen=True, slots=True)
class AggregatePlan:
    """How every block of one file is read; `unit` is None where rows state their own."""

    columns: tuple[ColumnGuess, ...]
    mapping: str
    rules: RowRules
    file: Statements
    decimal: Decimal
    unit: str | None
    units: RowUnits
    analytes: AnalyteReader
    system: ReferenceSystem | None
    depths: DepthReader
    periods: PeriodReader

    def name(self, meaning: str) -> str | None:
        """Return the name of the column with a meaning.

        Parameters
        ----------
        meaning : str
            A word of the vocabulary.

        Returns
        -------
        str or None
            The name as written.
        """
        column = only(self.columns, meaning)
        return None if column is None else column.column


def read_block(
    frame: pl.DataFrame, plan: AggregatePlan, log: FindingLog
) -> tuple[pl.DataFrame, pl.Series]:
    """Read the records of some rows, faulty ones included.

    Parameters
    ----------
    frame : polars.DataFrame
        Trimmed rows.
    plan : AggregatePlan
        The way to read them.
    log : FindingLog
        Where findings go; rows with errors are to be left out by their numbers.

    Returns
    -------
    aggregates : polars.DataFrame
        Columns of `AGGREGATE_SCHEMA`, contents in the canonical unit of dry mass.
    skipped : polars.Series
        The numbers of rows that are left out.
    """
    frame, filtered = plan.rules.apply(frame)
    report_skipped(filtered, log)
    frame, found, unknown = _analytes(frame, plan, log)
    rows = frame[ROW]
    contents = _contents(frame, plan, found["contaminant"], log)
    counts = _counts(frame, plan, log)
    shares = _shares(frame, plan, log)
    depths = {name: frame[cell_column(c.index)] for name, c in plan.depths.columns.items()}
    upper, lower = plan.depths.read(rows, depths, plan.decimal, log)
    periods = {name: frame[cell_column(c.index)] for name, c in plan.periods.columns.items()}
    sampled_from, sampled_to = plan.periods.read(rows, periods, log)
    texts = {
        name: text_column(frame, only(plan.columns, name), log)
        for name in ("area_code", "area_name", "extraction", "fraction")
    }
    aggregates = pl.DataFrame(
        [
            rows,
            *(series.alias(name) for name, series in texts.items()),
            _geometry(frame, plan, log).alias("geometry"),
            found["contaminant"],
            *counts,
            *contents,
            *shares,
            upper.alias("depth_upper_cm"),
            lower.alias("depth_lower_cm"),
            sampled_from.alias("sampled_from"),
            sampled_to.alias("sampled_to"),
        ]
    )
    aggregates = aggregates.with_columns(
        pl.coalesce(name, pl.lit(getattr(plan.file, name), dtype=pl.String)).alias(name)
        for name in ("extraction", "fraction")
    )
    _check(aggregates, plan, log)
    return _keyed(aggregates), pl.concat([filtered[ROW], unknown])


def _analytes(
    frame: pl.DataFrame, plan: AggregatePlan, log: FindingLog
) -> tuple[pl.DataFrame, pl.DataFrame, pl.Series]:
    names, numbers = (
        text_column(frame, only(plan.columns, name), log).fill_null("")
        for name in ("analyte", "cas_number")
    )
    found = plan.analytes.read(names, numbers)
    problem = found["analyte_problem"]
    is_conflict = (problem == "analyte_conflict").fill_null(value=False)
    shown = (names + " / " + numbers).filter(is_conflict)
    report(log, "analyte_conflict", frame[ROW].filter(is_conflict), plan.name("analyte"), shown)
    is_unknown = (problem == "analyte_unknown").fill_null(value=False)
    for text, number in names.filter(is_unknown).value_counts(sort=True).rows():
        column = plan.name("analyte")
        log.add(finding("analyte_unknown", column=column, text=text, number=number))
    is_good = problem.is_null()
    return frame.filter(is_good), found.filter(is_good), frame[ROW].filter(is_unknown)


def _contents(
    frame: pl.DataFrame, plan: AggregatePlan, codes: pl.Series, log: FindingLog
) -> list[pl.Series]:
    """Read minimum, quantiles, maximum, mean and threshold, in canonical units."""
    rows = frame[ROW]
    if plan.unit is None:
        units = text_column(frame, only(plan.columns, "unit"), log).fill_null("")
    else:
        units = pl.repeat(plan.unit, frame.height, dtype=pl.String, eager=True)
    settled = plan.units.read(units, codes)
    for problem in settled["unit_problem"].drop_nulls().unique(maintain_order=True):
        is_here = (settled["unit_problem"] == problem).fill_null(value=False)
        for row, text, code in zip(
            rows.filter(is_here), units.filter(is_here), codes.filter(is_here), strict=True
        ):
            details = plan.units.find(text, code).details or {}
            log.add(finding(problem, row=row, column=plan.units.column, **{"text": text} | details))
    is_wet = (settled["unit_basis"] == "wet").fill_null(value=False)
    report(log, "moisture_missing", rows.filter(is_wet), plan.units.column, units.filter(is_wet))
    # one after the other: a product of two factors rounds twice
    numerator, denominator = settled["numerator"], settled["denominator"]
    basis = settled["unit_basis"].replace("unstated", plan.file.basis or "unstated")
    values = {name: _numbers(frame, plan, name, log) for name in _CONTENTS}
    is_below = {name: below for name, (_, below) in values.items()}
    limit = values["detection_limit"][0]
    for name in QUANTILES:
        limit = limit.fill_null(values[name][0].set(~is_below[name], None))
    read = {name: number.set(is_below[name], None) for name, (number, _) in values.items()}
    read["detection_limit"] = limit
    return [
        *((number * numerator / denominator).alias(name) for name, number in read.items()),
        settled["unit"],
        basis.alias("basis"),
        units.alias("original_unit"),
        (numerator / denominator).alias("conversion_factor"),
    ]


def _numbers(
    frame: pl.DataFrame, plan: AggregatePlan, meaning: str, log: FindingLog
) -> tuple[pl.Series, pl.Series]:
    """Read one statistic; "<0.1" says that it lies below that limit."""
    texts = text_column(frame, only(plan.columns, meaning), log).fill_null("")
    is_below = texts.str.starts_with("<")
    numbers = parse_numbers(texts.str.strip_prefix("<").str.strip_chars_start(), plan.decimal)
    is_bad = (texts != "") & ~(numbers >= 0).fill_null(value=False)
    faulty = texts.filter(is_bad)
    report(log, "aggregate_number_invalid", frame[ROW].filter(is_bad), plan.name(meaning), faulty)
    return numbers, is_below


def _counts(frame: pl.DataFrame, plan: AggregatePlan, log: FindingLog) -> list[pl.Series]:
    counts = []
    for meaning in ("n", "n_nondetect"):
        texts = text_column(frame, only(plan.columns, meaning), log).fill_null("")
        is_count = texts.str.contains(r"^\d{1,9}$")
        is_bad = ~is_count & ((texts != "") | (meaning == "n"))
        faulty = texts.filter(is_bad)
        report(
            log, "aggregate_count_invalid", frame[ROW].filter(is_bad), plan.name(meaning), faulty
        )
        counts.append(texts.set(~is_count, None).cast(pl.Int64).alias(meaning))
    is_empty = (counts[0] == 0).fill_null(value=False)
    more = (counts[1] > counts[0]).fill_null(value=False)
    shown = counts[1].cast(pl.String).fill_null("0").filter(more | is_empty)
    rows = frame[ROW].filter(more | is_empty)
    report(log, "aggregate_count_invalid", rows, plan.name("n"), shown)
    return counts


def _shares(frame: pl.DataFrame, plan: AggregatePlan, log: FindingLog) -> list[pl.Series]:
    shares = []
    for meaning in _SHARES:
        column = only(plan.columns, meaning)
        texts = text_column(frame, column, log).fill_null("")
        is_percent = texts.str.ends_with("%") | _says_percent(column)
        numbers = parse_numbers(texts.str.strip_suffix("%").str.strip_chars_end(), plan.decimal)
        hundred = pl.repeat(100.0, len(numbers), dtype=pl.Float64, eager=True)
        share = (numbers / hundred).zip_with(is_percent, numbers)
        is_bad = (texts != "") & ~share.is_between(0, 1).fill_null(value=False)
        faulty = texts.filter(is_bad)
        rows = frame[ROW].filter(is_bad)
        report(log, "aggregate_share_invalid", rows, plan.name(meaning), faulty)
        shares.append(share.set(is_bad, None).alias(meaning))
    return shares


def _says_percent(column: ColumnGuess | None) -> bool:
    return column is not None and (column.unit or "").strip() in {"%", "percent"}


def _geometry(frame: pl.DataFrame, plan: AggregatePlan, log: FindingLog) -> pl.Series:
    column = only(plan.columns, "geometry")
    if column is None or plan.system is None:
        return pl.repeat(None, frame.height, dtype=pl.String, eager=True)
    texts = text_column(frame, column, log, longest=_LONGEST_SHAPE).fill_null("")
    shapes = read_shapes(frame[ROW], texts, plan.system, column.column, log)
    is_area = shapes.text.str.contains("POLYGON", literal=True).fill_null(value=True)
    shown = texts.filter(~is_area)
    report(log, "aggregate_not_area", frame[ROW].filter(~is_area), column.column, shown)
    return shapes.text


def _check(aggregates: pl.DataFrame, plan: AggregatePlan, log: FindingLog) -> None:
    """Report records that contradict themselves, or lie nowhere."""
    rows = aggregates[ROW]
    is_nowhere = aggregates["area_code"].is_null() & aggregates["geometry"].is_null()
    report(log, "aggregate_area_missing", rows.filter(is_nowhere), plan.name("area_code"))
    steps = pl.concat_list(QUANTILES).list.drop_nulls().list.diff().list.min() < 0
    disordered = aggregates.select(steps.fill_null(value=False)).to_series()
    report(log, "aggregate_disordered", rows.filter(disordered), None, order=" ≤ ".join(QUANTILES))
    lower, share, upper = (pl.col(name) for name in _SHARES)
    beside = ((share < lower) | (share > upper) | (upper < lower)).fill_null(value=False)
    without = share.is_not_null() & pl.col("threshold").is_null()
    report(
        log,
        "aggregate_disordered",
        rows.filter(aggregates.select(beside).to_series()),
        plan.name("share_above"),
        order=" ≤ ".join(_SHARES),
    )
    is_unsaid = aggregates.select(without).to_series()
    report(log, "aggregate_threshold_missing", rows.filter(is_unsaid), plan.name("share_above"))


def _keyed(aggregates: pl.DataFrame) -> pl.DataFrame:
    """Name each record by area, contaminant and what else tells it from others."""
    shapes = [None if text is None else _digest(text) for text in aggregates["geometry"]]
    area = pl.coalesce(pl.format("id:{}", "area_code"), pl.Series(shapes, dtype=pl.String))
    others = (
        "contaminant",
        "extraction",
        "fraction",
        "depth_upper_cm",
        "depth_lower_cm",
        "sampled_from",
        "sampled_to",
        "threshold",
    )
    parts = [pl.col(name).cast(pl.String).fill_null("") for name in others]
    key = pl.concat_str([area.fill_null(""), *parts], separator="|")
    return aggregates.with_columns(key.alias("natural_key"))


def _digest(text: str) -> str:
    return "in:" + hashlib.sha256(text.encode()).hexdigest()[:16]
