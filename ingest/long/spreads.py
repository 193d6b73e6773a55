"""The uncertainty of each row of a long file, in the unit its result came to."""

from collections.abc import Sequence

import polars as pl

from ingest.censoring import FlagIndex
from ingest.columns import ColumnGuess, only
from ingest.findings import FindingLog, finding
from ingest.long.row_units import RowUnits
from ingest.mapping.model import Statements
from ingest.numbers import Decimal, parse_numbers
from ingest.readers.contract import ROW
from ingest.rows import report
from ingest.uncertainties import is_relative, read_spreads


class RowSpreads:
    """Puts the uncertainty beside the result of each row.

    Parameters
    ----------
    columns : sequence of ColumnGuess
        All columns of the file.
    flags : FlagIndex
        Which texts say that there is none.
    units : RowUnits
        What becomes of units.
    file : Statements
        What holds for the whole file.
    decimal : {".", ","}
        The decimal sign.
    log : FindingLog
        Where findings go.
    """

    def __init__(
        self,
        columns: Sequence[ColumnGuess],
        flags: FlagIndex,
        units: RowUnits,
        file: Statements,
        decimal: Decimal,
        log: FindingLog,
    ) -> None:
        self._flags = flags
        self._units = units
        self._decimal: Decimal = decimal
        self._log = log
        column = only(columns, "uncertainty")
        self._column = column.column if column else None
        self._unit = (column.unit if column else None) or ""
        factor = column.coverage_factor if column else None
        self._factor = file.coverage_factor if factor is None else factor
        has_units = bool(self._unit) or only(columns, "uncertainty_unit") is not None
        if column is not None and file.scale is not None:
            reason = "the contents are told as logarithms"
            log.add(finding("uncertainty_not_kept", column=column.column, reason=reason))
            self._column = None
        elif column is not None and not has_units:
            log.add(finding("uncertainty_unit_assumed", column=column.column))

    def add(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return results with ``uncertainty`` and ``coverage_factor``.

        Parameters
        ----------
        rows : polars.DataFrame
            Results in their canonical units, with what they were made of: ``numerator``,
            ``denominator`` and ``dry_part`` of their conversion, ``over`` and ``under`` of an
            oxide's share, the texts of the three columns, and ``cell_spread``.

        Returns
        -------
        polars.DataFrame
            The rows in their order.
        """
        factor = pl.col("numerator") / pl.col("denominator") / pl.col("dry_part")
        of_cell = pl.col("cell_spread") * factor
        rows = rows.with_columns(
            pl.when(pl.col("value").is_not_null()).then(of_cell).alias("uncertainty")
        )
        if self._column is not None and (rows["uncertainty_text"] != "").any():
            rows = self._of_column(rows)
        if rows["uncertainty"].null_count() == rows.height:
            return rows.drop("coverage_factor").with_columns(
                pl.lit(None, dtype=pl.Float64).alias("coverage_factor")
            )
        stated = pl.lit(self._factor, dtype=pl.Float64)
        told = parse_numbers(rows["coverage_factor"], self._decimal)
        told = told.set(~(told.is_finite() & (told > 0)).fill_null(value=False), None)
        own = pl.coalesce(pl.Series(told), stated)
        return rows.with_columns(
            pl.when(pl.col("uncertainty").is_not_null()).then(own).alias("coverage_factor")
        )

    def _of_column(self, rows: pl.DataFrame) -> pl.DataFrame:
        texts = rows["uncertainty_text"]
        told = read_spreads(texts, self._decimal, self._flags)
        self._report("uncertainty_not_number", rows, told["is_odd"])
        is_told = told["spread"].is_not_null()
        self._report("uncertainty_beside_limit", rows, is_told & rows["value"].is_null())
        units = rows["uncertainty_unit"]
        units = units.set(units == "", self._unit)
        relative = {text: is_relative(text) for text in units.unique()}
        is_share = units.replace_strict(list(relative), list(relative.values()))
        unclear = is_told & (units == "%") & rows["original_unit"].str.starts_with("%")
        self._report("uncertainty_not_number", rows, unclear)
        is_share |= told["is_percent"]
        spread = told["spread"].set(rows["value"].is_null() | unclear, None)
        own = units.set(is_share | spread.is_null() | (units == ""), None)
        found = self._units.read(own, rows["contaminant"])
        is_odd = own.is_not_null() & found["unit_problem"].is_not_null()
        self._report("uncertainty_not_number", rows, is_odd)
        rows = rows.with_columns(
            spread.set(is_odd, None).alias("spread"),
            is_share.alias("is_share"),
            own.is_not_null().alias("has_unit"),
            found["numerator"].alias("own_numerator"),
            found["denominator"].alias("own_denominator"),
        )
        of_oxide = pl.col("over").fill_null(1.0) / pl.col("under").fill_null(1.0)
        absolute = pl.when("has_unit").then(
            pl.col("spread") * pl.col("own_numerator") / pl.col("own_denominator") * of_oxide
        ).otherwise(pl.col("spread") * pl.col("numerator") / pl.col("denominator")) / pl.col(
            "dry_part"
        )
        share = pl.col("value") * pl.col("spread") / 100.0
        return rows.with_columns(
            pl.coalesce(pl.when("is_share").then(share).otherwise(absolute), "uncertainty").alias(
                "uncertainty"
            )
        )

    def _report(self, code: str, rows: pl.DataFrame, mask: pl.Series) -> None:
        mask = mask.fill_null(value=False)
        texts = rows["uncertainty_text"].filter(mask)
        report(self._log, code, rows[ROW].filter(mask), self._column, texts)
