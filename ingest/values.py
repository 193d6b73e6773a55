"""The columns of contaminants: their units settled once, their cells turned into results."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from ingest.catalogue import CATALOGUE
from ingest.censoring import FlagIndex, read_measurements
from ingest.columns import CONTAMINANT, ColumnGuess, only
from ingest.contaminants import ContaminantIndex
from ingest.findings import FindingLog, finding, refusal
from ingest.mapping.model import Statements
from ingest.moisture import basis_of, dry_share
from ingest.numbers import Decimal, unlogged
from ingest.readers.contract import ROW, cell_column
from ingest.registries import ContaminantEntry
from ingest.results import RESULTS, ResultBlock, no_rows
from ingest.rows import report, text_column
from ingest.units import (
    MASS_CONTENT,
    Conversion,
    UnitIndex,
    UnitProblem,
    ambiguity,
    conversion_for,
    of_oxide,
    require_stated_unit,
)

_NULL = pl.lit(None, dtype=pl.String)
_TEXTS = ("extraction", "fraction", "replicate", "method", "laboratory")


@dataclass(frozen=True, slots=True)
class ValueColumn:
    """A column of one contaminant; `conversion` is None when each row states its own unit.

    `share` is 1, or that of the element in the oxide as which it is reported.
    """

    guess: ColumnGuess
    contaminant: ContaminantEntry
    expected: str
    conversion: Conversion | None
    share: Fraction = Fraction(1)


class UnitPlanner:
    """Settles the unit of every contaminant column before any value is read.

    Parameters
    ----------
    units : UnitIndex
        Known units.
    contaminants : ContaminantIndex
        Known contaminants.
    log : FindingLog
        Where doubts go.
    """

    def __init__(self, units: UnitIndex, contaminants: ContaminantIndex, log: FindingLog) -> None:
        self._units = units
        self._contaminants = contaminants
        self._log = log

    def plan(
        self,
        columns: Sequence[ColumnGuess],
        stated_unit: str | None,
        *,
        is_wet_usable: bool = False,
    ) -> tuple[ValueColumn, ...]:
        """Settle the units: the header first, then the row's unit, then the stated one.

        Parameters
        ----------
        columns : sequence of ColumnGuess
            All columns of the file.
        stated_unit : str or None
            The unit for columns that name none; that of the row counts before it.
        is_wet_usable : bool
            Whether the water is known, so that contents per wet mass can become dry.

        Returns
        -------
        tuple of ValueColumn
            The columns to load.

        Raises
        ------
        IngestError
            If there is no contaminant, a unit is missing, unknown or of the wrong kind, or two
            columns hold the same contaminant.
        """
        guesses = [guess for guess in columns if guess.meaning == CONTAMINANT]
        has_unit_column = only(columns, "unit") is not None
        _refuse_twice(guesses)
        without = [guess for guess in guesses if guess.unit is None]
        if without and stated_unit is None and not has_unit_column:
            names = ", ".join(guess.column for guess in without)
            raise refusal("unit_missing", columns=names, example=without[0].column)
        if stated_unit is not None:
            require_stated_unit(stated_unit, self._units)
        stated = None if has_unit_column else stated_unit
        planned = [
            self._column(guess, stated, stated_unit, is_wet_usable=is_wet_usable)
            for guess in guesses
        ]
        loaded = tuple(column for column in planned if column is not None)
        if not loaded:
            raise refusal("contaminants_missing")
        return loaded

    def _column(
        self, guess: ColumnGuess, stated: str | None, option: str | None, *, is_wet_usable: bool
    ) -> ValueColumn | None:
        entry = self._contaminants.by_code[guess.contaminant or ""]
        expected = self._expected(entry)
        share = self._share(guess, entry)
        text = guess.unit or stated
        if text is None:
            return ValueColumn(guess, entry, expected, None, share)
        unit = self._units.find_in_name(text)
        conversion = conversion_for(text, unit, entry, expected, is_wet_usable=is_wet_usable)
        if isinstance(conversion, UnitProblem):
            if CATALOGUE[conversion.code].scope == "file":
                raise refusal(conversion.code, column=guess.column, **conversion.details)
            self._log.add(finding(conversion.code, column=guess.column, **conversion.details))
            return None
        if guess.unit and option and self._units.find_in_name(option) != unit:
            self._log.add(finding("unit_in_header_kept", column=guess.column, text=text))
        if unit is not None and (doubt := ambiguity(conversion, unit, guess.column)) is not None:
            self._log.add(doubt)
        if guess.oxide is not None:
            conversion = of_oxide(conversion, guess.oxide, share)
        return ValueColumn(guess, entry, expected, conversion, share)

    def _share(self, guess: ColumnGuess, entry: ContaminantEntry) -> Fraction:
        """Return the share of the element where its oxide is reported, and say so."""
        if guess.oxide is None:
            return Fraction(1)
        share = self._contaminants.share_of_element(guess.oxide)
        self._log.add(
            finding(
                "oxide_converted",
                column=guess.column,
                oxide=guess.oxide,
                contaminant=entry.code,
                factor=f"{float(share):.5f}",
            )
        )
        return share

    def _expected(self, entry: ContaminantEntry) -> str:
        unit = self._units.find(entry.default_unit)
        return MASS_CONTENT if unit is None or unit.canonical is None else unit.canonical


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
        results = measured.drop("is_missing", "problem").with_columns(
            rows, texts.alias("original_text")
        )
        results = results.filter(~measured["is_missing"])
        if column.conversion is not None:
            converted = _convert(results, column.conversion)
        else:
            units = pl.Series(dtype=pl.String) if row_units is None else row_units
            converted = self._convert_by_row(results, column, units.filter(~measured["is_missing"]))
        return converted.select(
            ROW,
            pl.lit(name).alias("column_name"),
            pl.lit(column.contaminant.code).alias("contaminant"),
            "value",
            "censoring",
            "detection_limit",
            "limit_kind",
            "unit",
            "basis",
            pl.lit(column.guess.extraction, dtype=pl.String).alias("extraction"),
            "qualifier",
            "original_text",
            "original_unit",
            "conversion_factor",
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
        pl.lit(conversion.canonical).alias("unit"),
        pl.lit(conversion.basis).alias("basis"),
        pl.lit(conversion.text).alias("original_unit"),
        pl.lit(conversion.factor).alias("conversion_factor"),
    )


def _refuse_twice(guesses: Sequence[ColumnGuess]) -> None:
    if not guesses:
        raise refusal("contaminants_missing")
    seen: dict[tuple[str | None, str | None], ColumnGuess] = {}
    for guess in guesses:
        key = (guess.contaminant, guess.extraction)
        if key in seen:
            raise refusal(
                "contaminant_twice",
                contaminant=guess.contaminant,
                columns=f"{seen[key].column}, {guess.column}",
            )
        seen[key] = guess
