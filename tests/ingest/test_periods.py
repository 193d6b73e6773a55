"""What is said of a column of dates as a whole."""

import polars as pl

from ingest.columns import ColumnGuess
from ingest.findings import FindingLog
from ingest.periods import PeriodReader


def test_years_of_two_digits_are_noted_wherever_they_stand() -> None:
    for texts, noted in (
        (["2020-01-01", "22.04.09"], True),
        (["1/2/09", "2020-01-01"], True),
        (["5 May 09"], True),
        (["2020-01-01", "22.04.2009", "2009", "5 May 2009"], False),
    ):
        log = FindingLog()
        column = ColumnGuess(0, "taken", "date", 1.0, "said so")
        reader = PeriodReader((column,), (None, None))
        reader.read(pl.Series(range(len(texts))), {"date": pl.Series(texts)}, log)
        assert ("date_year_short" in log.counts) is noted
