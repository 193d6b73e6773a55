"""The cells of contaminant columns turned into results."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from ingest.censoring import FlagIndex, read_measurements
from ingest.columns import ColumnGuess, only
from ingest.findings import FindingLog, finding
from ingest.mapping.model import Statements
from ingest.moisture import basis_of, dry_share
from ingest.numbers import Decimal, unlogged
from ingest.readers.contract import ROW, cell_column
from ingest.results import RESULTS, ResultBlock, no_rows
from ingest.rows import report, text_column
from ingest.uncertainties import SpreadColumn, choose_spreads, read_spreads
from ingest.units import Conversion, UnitIndex, UnitProblem, ambiguity, conversion_for, of_oxide
from ingest.value_columns import ValueColumn

_NULL = pl.lit(None, dtype=pl.String)
_TEXTS = ("extraction", "fraction", "replicate", "method", "laboratory")


@dataclass(frozen=True, slots=True)
class WideTools:
    """What the reading of contaminant columns looks up, and what holds for the whole file."""

    units: UnitIndex
    flags: FlagIndex
    decimal: Decimal
    file: Statements


class ValueReader:
    """Turns the cells of contaminant columns into results.

    Parameters
    ----------
    values : sequence of ValueColumn
        The columns to load.
    columns : sequence of ColumnGuess
        All columns of the file.
    tools : WideTools
        Units and flags, and what holds for the whole file.
    log : FindingLog
        Where findings go.
    """

    def __init__(
        self,
        values: Sequence[ValueColumn],
        columns: Sequence[ColumnGuess],
        tools: WideTools,
        log: FindingLog,
    ) -> None:
        self._values = values
        self._spreads = choose_spreads(values, columns, tools.units, log, tools.file.scale)
        self._columns = columns
        self._file = tools.file
        self._units = tools.units
        self._flags = tools.flags
        self._decimal: Decimal = tools.decimal
        self._log = log
        self._missing: Counter[str] = Counter()
        self._doubted_units: set[str] = set()

    def read(self, frame: pl.DataFrame) -> ResultBlock:
        """Read the results of some rows, one per filled cell.

        Parameters
        ----------
        frame : polars.DataFrame
            Trimmed rows.

        Returns
        -------
        ResultBlock
            One row per result in the canonical unit, with its origin; no row is skipped.
        """
        unit_column = only(self._columns, "unit")
        row_units = None if unit_column is None else frame[cell_column(unit_column.index)]
        results = pl.concat([self._column(column, frame, row_units) for column in self._values])
        # only what the file has is joined to its results: there are many of them
        by_row = [frame[ROW], *self._row_texts(frame)]
        has = {series.name for series in by_row}
        if len(by_row) > 1:
            texts = pl.DataFrame(by_row)
            results = results.join(texts, on=ROW, how="left", maintain_order="left")
        row = {name: pl.col(f"row_{name}") for name in _TEXTS if f"row_{name}" in has}
        stated = {name: _stated(getattr(self._file, name, None)) for name in _TEXTS}
        said = {name: pl.coalesce(row.get(name, _NULL), stated[name]) for name in _TEXTS}
        own = pl.when(pl.col("basis") != "unstated").then("basis")
        basis: pl.Expr = own.otherwise(pl.lit(self._file.basis or "unstated"))
        if "row_basis" in has:
            told = pl.col("row_basis")
            basis = pl.when(told != "unstated").then(told).otherwise(basis)
        results = results.with_columns(
            pl.coalesce("extraction", said.pop("extraction")).alias("extraction"),
            *(text.alias(name) for name, text in said.items()),
            basis.alias("basis"),
        )
        return ResultBlock(self._to_dry(results, frame).select(RESULTS), no_rows())

    def _row_texts(self, frame: pl.DataFrame) -> list[pl.Series]:
        """Return what each row says of all its results, where there is a column for it."""
        texts = [
            text_column(frame, column, self._log).alias(f"row_{name}")
            for name in _TEXTS
            if (column := only(self._columns, name)) is not None
        ]
        column = only(self._columns, "basis")
        if column is not None:
            cells = frame[cell_column(column.index)]
            known = {text: basis_of(text) for text in cells.unique()}
            bases = cells.replace_strict(list(known), list(known.values()), return_dtype=pl.String)
            texts.append(bases.alias("row_basis"))
        return texts

    def _to_dry(self, results: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
        """Bring contents per wet mass to dry mass; rows without their water are reported."""
        is_wet = results["basis"] == "wet"
        if not is_wet.any():
            return results
        column = only(self._columns, "moisture")
        empty = pl.repeat("", frame.height, dtype=pl.String, eager=True)
        water = empty if column is None else frame[cell_column(column.index)]
        shares = dry_share(water, self._decimal, self._file.moisture_percent).alias("dry_share")
        by_row = pl.DataFrame([frame[ROW], shares])
        results = results.join(by_row, on=ROW, how="left", maintain_order="left")
        without = results.filter(is_wet & results["dry_share"].is_null())
        for name in without["column_name"].unique(maintain_order=True):
            here = without.filter(pl.col("column_name") == name)
            report(self._log, "moisture_missing", here[ROW], name, here["original_text"])
        share = pl.when(pl.col("basis") == "wet").then("dry_share").otherwise(1.0)
        return results.with_columns(
            pl.col("value") / share,
            pl.col("detection_limit") / share,
            pl.col("uncertainty") / share,
            pl.col("conversion_factor") / share,
            pl.col("basis").replace("wet", "dry"),
        )

    def report(self) -> None:
        """Say once per column how many cells gave no result."""
        for name, number in (+self._missing).items():
            self._log.add(finding("value_missing", column=name, number=number))
        self._missing.clear()

    def _column(
        self, column: ValueColumn, frame: pl.DataFrame, row_units: pl.Series | None
    ) -> pl.DataFrame:
        rows, texts = frame[ROW], frame[cell_column(column.guess.index)]
        name = column.guess.column
        scale = self._file.scale
        numbers = texts if scale is None else unlogged(texts, self._decimal, scale)
        measured = read_measurements(numbers, self._decimal, self._flags)
        self._report(rows, texts, measured["problem"], name)
        self._missing[name] += measured.filter("is_missing").height
        results = measured.drop("is_missing").with_columns(rows, texts.alias("original_text"))
        spread = self._spreads.get(column.guess.index)
        if spread is not None:
            results = self._with_spread(results, frame, spread)
        results = results.filter(~measured["is_missing"])
        if column.conversion is not None:
            converted = _convert(results, column.conversion)
        else:
            units = pl.Series(dtype=pl.String) if row_units is None else row_units
            converted = self._convert_by_row(results, column, units.filter(~measured["is_missing"]))
        if spread is not None and spread.conversion is not None:
            own = spread.conversion.apply(converted["spread"])
            converted = converted.with_columns(pl.coalesce(own, "uncertainty").alias("uncertainty"))
        factor = self._file.coverage_factor
        if spread is not None and spread.guess.coverage_factor is not None:
            factor = spread.guess.coverage_factor
        return converted.select(
            ROW,
            pl.lit(name).alias("column_name"),
            pl.lit(column.contaminant.code).alias("contaminant"),
            "value",
            "censoring",
            "detection_limit",
            "limit_kind",
            "uncertainty",
            pl.when(pl.col("uncertainty").is_not_null())
            .then(pl.lit(factor, dtype=pl.Float64))
            .alias("coverage_factor"),
            "unit",
            "basis",
            pl.lit(column.guess.extraction, dtype=pl.String).alias("extraction"),
            "qualifier",
            "original_text",
            "original_unit",
            "conversion_factor",
            pl.when(pl.col("problem") == "negative_as_limit")
            .then(pl.lit(self._flags.negative_repair, dtype=pl.String))
            .alias("repairs"),
        )

    def _with_spread(
        self, results: pl.DataFrame, frame: pl.DataFrame, spread: SpreadColumn
    ) -> pl.DataFrame:
        """Put the uncertainties of a column beside their results, in the unit of the contents.

        Those in a unit of their own come as ``spread``, to be converted by it.
        """
        texts, name = frame[cell_column(spread.guess.index)], spread.guess.column
        told = read_spreads(texts, self._decimal, self._flags)
        is_told = told["spread"].is_not_null()
        is_limit = is_told & (results["censoring"] != "none").fill_null(value=False)
        for code, mask in (
            ("uncertainty_not_number", told["is_odd"]),
            ("uncertainty_beside_limit", is_limit),
        ):
            report(self._log, code, results[ROW].filter(mask), name, texts.filter(mask))
        is_share = told["is_percent"] | spread.is_relative
        is_own = spread.conversion is not None
        same = told["spread"].set(~is_told | results["value"].is_null(), None)
        shares = results["value"] * same / 100.0
        absolute = same.clear(len(same)) if is_own else same
        return results.with_columns(
            pl.coalesce(shares.zip_with(is_share, absolute), "uncertainty").alias("uncertainty"),
            same.set(is_share, None).alias("spread"),
        )

    def _report(self, rows: pl.Series, texts: pl.Series, problems: pl.Series, name: str) -> None:
        if problems.null_count() == len(problems):
            return
        for code in problems.drop_nulls().unique(maintain_order=True):
            is_here = (problems == code).fill_null(value=False)
            faulty = texts.filter(is_here)
            report(self._log, code, rows.filter(is_here), name, faulty, decimal=self._decimal)

    def _convert_by_row(
        self, results: pl.DataFrame, column: ValueColumn, units: pl.Series
    ) -> pl.DataFrame:
        """Convert each row by its own unit; rows without a usable one are reported."""
        parts = []
        results = results.with_columns(units.alias("row_unit"))
        for text in units.unique(maintain_order=True):
            part = results.filter(pl.col("row_unit") == text)
            conversion = self._row_conversion(text, column)
            if isinstance(conversion, UnitProblem):
                name = column.guess.column
                shown = part["row_unit"]
                details = {key: value for key, value in conversion.details.items() if key != "text"}
                report(self._log, conversion.code, part[ROW], name, shown, **details)
                continue
            parts.append(_convert(part.drop("row_unit"), conversion))
        if not parts:
            empty = Conversion("", column.expected, "unstated", 1.0, 1.0)
            return _convert(results.drop("row_unit").clear(), empty)
        return pl.concat(parts)

    def _row_conversion(self, text: str, column: ValueColumn) -> Conversion | UnitProblem:
        if not text:
            return UnitProblem("unit_missing_in_row", {})
        unit = self._units.find(text)
        conversion = conversion_for(
            text, unit, column.contaminant, column.expected, is_wet_usable=True
        )
        if isinstance(conversion, UnitProblem):
            return UnitProblem(f"{conversion.code}_in_row", conversion.details)
        if column.guess.oxide is not None:
            conversion = of_oxide(conversion, column.guess.oxide, column.share)
        if unit is not None and text not in self._doubted_units:
            self._doubted_units.add(text)
            doubt = ambiguity(conversion, unit, column.guess.column)
            if doubt is not None:
                self._log.add(doubt)
        return conversion


def is_water_known(columns: Sequence[ColumnGuess], file: Statements) -> bool:
    """Tell whether a file gives the water of its samples.

    Parameters
    ----------
    columns : sequence of ColumnGuess
        All columns of the file.
    file : Statements
        What holds for the whole file.

    Returns
    -------
    bool
        Whether there is a column of the moisture, or one moisture for all.
    """
    return file.moisture_percent is not None or only(columns, "moisture") is not None


def _stated(text: str | None) -> pl.Expr:
    return pl.lit(text, dtype=pl.String)


def _convert(results: pl.DataFrame, conversion: Conversion) -> pl.DataFrame:
    return results.with_columns(
        conversion.apply(results["value"]),
        conversion.apply(results["detection_limit"]),
        conversion.apply(results["uncertainty"]),
        pl.lit(conversion.canonical).alias("unit"),
        pl.lit(conversion.basis).alias("basis"),
        pl.lit(conversion.text).alias("original_unit"),
        pl.lit(conversion.factor).alias("conversion_factor"),
    )
