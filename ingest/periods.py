"""The columns of a file that say when samples were taken."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from ingest.columns import ColumnGuess, only
from ingest.dates import DayOrder, find_day_order, has_short_year, read_periods
from ingest.findings import FindingLog, finding
from ingest.rows import report

PERIODS = ("date", "year", "sampled_from", "sampled_to")


class PeriodReader:
    """Reads the date columns of a file.

    Parameters
    ----------
    columns : sequence of ColumnGuess
        All columns of the file.
    stated : tuple of datetime.date or None
        First and last day stated for the whole file, used when it has no date column.
    day_order : {"day first", "month first"} or None
        How dates such as 3/4/2020 are written; told from each column's other dates when None.
    are_serials_read : bool
        Whether numbers of days are dates of a spreadsheet.
    """

    def __init__(
        self,
        columns: Sequence[ColumnGuess],
        stated: tuple[date | None, date | None],
        day_order: DayOrder | None = None,
        *,
        are_serials_read: bool = False,
    ) -> None:
        self.columns = {
            meaning: column for meaning in PERIODS if (column := only(columns, meaning)) is not None
        }
        self._stated = stated
        self._are_serials_read = are_serials_read
        self._with_short_years: set[str] = set()
        self._orders: dict[str, DayOrder | None] = (
            {} if day_order is None else dict.fromkeys(PERIODS, day_order)
        )

    def read(
        self, rows: pl.Series, texts: dict[str, pl.Series], log: FindingLog
    ) -> tuple[pl.Series, pl.Series]:
        """Read the periods of n rows.

        Parameters
        ----------
        rows : polars.Series
            Row numbers, shape (n,).
        texts : dict of str to polars.Series
            Trimmed texts by meaning (`columns`).
        log : FindingLog
            Where findings go.

        Returns
        -------
        tuple of polars.Series
            First and last possible day of sampling, null where unknown, each of shape (n,).
        """
        if not texts:
            first, last = (
                pl.repeat(day, len(rows), dtype=pl.Date, eager=True) for day in self._stated
            )
            return first, last
        parsed = {
            meaning: self._column(meaning, rows, column, log) for meaning, column in texts.items()
        }
        starts = [
            parsed[name]["first"] for name in PERIODS if name in parsed and name != "sampled_to"
        ]
        order = ("sampled_to", "date", "year", "sampled_from")
        ends = [parsed[name]["last"] for name in order if name in parsed]
        frame = pl.DataFrame({"row": rows}).with_columns(
            first=pl.coalesce(*starts) if starts else pl.lit(None, dtype=pl.Date),
            last=pl.coalesce(*ends),
        )
        is_reversed = (frame["last"] < frame["first"]).fill_null(value=False)
        report(log, "dates_reversed", rows.filter(is_reversed), self._first_column())
        return frame["first"], frame["last"]

    def _column(
        self, meaning: str, rows: pl.Series, texts: pl.Series, log: FindingLog
    ) -> pl.DataFrame:
        name = self.columns[meaning].column
        if meaning not in self._orders:
            order = find_day_order(texts.unique())
            self._orders[meaning] = order
            if order is not None:
                log.add(finding("date_order_found", column=name, order=order))
        if meaning not in self._with_short_years and _have_short_years(texts):
            self._with_short_years.add(meaning)
            log.add(finding("date_year_short", column=name))
        parsed = read_periods(texts, self._orders[meaning], are_serials_read=self._are_serials_read)
        for code in parsed["problem"].drop_nulls().unique(maintain_order=True):
            is_here = (parsed["problem"] == code).fill_null(value=False)
            report(log, code, rows.filter(is_here), name, texts.filter(is_here))
            if code == "date_from_serial":
                log.note_repair("date_serial", rows.filter(is_here).to_list())
        return parsed

    def _first_column(self) -> str:
        return next(iter(self.columns.values())).column


def _have_short_years(texts: pl.Series) -> bool:
    """Tell whether any date has a year of two digits; none that begins with four digits has."""
    candidates = texts.filter(~texts.str.contains(r"^[0-9]{4}")).unique()
    return any(map(has_short_year, candidates))
