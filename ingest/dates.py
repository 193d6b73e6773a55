"""Dates and periods of sampling, as people write them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

import polars as pl

DayOrder = Literal["day first", "month first"]
EARLIEST = date(1800, 1, 1)

_YEAR = re.compile(r"(\d{4})(?:[.,]0+)?")
_MONTH = re.compile(r"(\d{4})[-/.](\d{1,2})")
_ISO = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[T ]\d{1,2}:\d{2}.*)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_DOTTED = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?:[T ]\d{1,2}:\d{2}.*)?")
_SLASHED = re.compile(r"(\d{1,2})([/-])(\d{1,2})\2(\d{4})(?:[T ]\d{1,2}:\d{2}.*)?")
_NAMED = re.compile(r"(\d{1,2})[-\s./]*([A-Za-z]{3,9})\.?[-\s./,]*(\d{4})")
# not from the calendar module, whose names follow the locale of the machine
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, start=1)}


@dataclass(frozen=True, slots=True)
class Period:
    """The first and the last possible day, or the code of the problem."""

    first: date | None = None
    last: date | None = None
    problem: str | None = None


def find_day_order(texts: Iterable[str]) -> DayOrder | None:
    """Tell from a column's dates whether 3/4/2020 begins with the day or the month.

    Parameters
    ----------
    texts : iterable of str
        Dates as written.

    Returns
    -------
    {"day first", "month first"} or None
        None when the dates give no evidence, or evidence for both.

    Examples
    --------
    >>> find_day_order(["03/04/2020", "25/04/2020"])
    'day first'
    >>> find_day_order(["03/04/2020"]) is None
    True
    """
    found: set[DayOrder] = set()
    for text in texts:
        match = _SLASHED.fullmatch(text)
        if match is None:
            continue
        if int(match[1]) > 12:
            found.add("day first")
        elif int(match[3]) > 12:
            found.add("month first")
    return found.pop() if len(found) == 1 else None


def parse_period(text: str, order: DayOrder | None = None, today: date | None = None) -> Period:
    """Parse one date, month or year.

    Parameters
    ----------
    text : str
        A trimmed text.
    order : {"day first", "month first"} or None
        How dates such as 3/4/2020 are read in this column.
    today : datetime.date, optional
        The last possible day; today by default.

    Returns
    -------
    Period
        A month or a year is a period; an empty text is none.

    Examples
    --------
    >>> parse_period("2009-04-22").first, parse_period("2009").last
    (datetime.date(2009, 4, 22), datetime.date(2009, 12, 31))
    >>> parse_period("03/04/2009").problem
    'date_ambiguous'
    """
    if not text:
        return Period()
    if _YEAR.fullmatch(text):
        year = int(text[:4])
        return _checked(year, (1, 1), (12, 31), today)
    month = _MONTH.fullmatch(text)
    if month is not None:
        return _month(int(month[1]), int(month[2]), today)
    day = _day(text, order)
    if isinstance(day, str):
        return Period(problem=day)
    return _checked(day[0], day[1:], day[1:], today)


def read_periods(texts: pl.Series, order: DayOrder | None) -> pl.DataFrame:
    """Parse a column of dates, each distinct text once.

    Parameters
    ----------
    texts : polars.Series
        Trimmed texts, shape (n,).
    order : {"day first", "month first"} or None
        How dates such as 3/4/2020 are read in this column.

    Returns
    -------
    polars.DataFrame
        Columns first, last (Date) and problem (String), n rows.

    Examples
    --------
    >>> read_periods(pl.Series(["2020", "x"]), None)["problem"].to_list()
    [None, 'date_not_understood']
    """
    today = datetime.now(UTC).date()
    distinct = texts.unique(maintain_order=True)
    periods = [parse_period(text, order, today) for text in distinct]
    parsed = pl.DataFrame(
        {
            "text": distinct,
            "first": [period.first for period in periods],
            "last": [period.last for period in periods],
            "problem": [period.problem for period in periods],
        },
        schema={"text": pl.String, "first": pl.Date, "last": pl.Date, "problem": pl.String},
    )
    joined = (
        texts.alias("text").to_frame().join(parsed, on="text", how="left", maintain_order="left")
    )
    return joined.drop("text")


def _day(text: str, order: DayOrder | None) -> tuple[int, int, int] | str:
    """Return year, month and day, or the code of the problem."""
    if match := _ISO.fullmatch(text):
        return int(match[1]), int(match[3]), int(match[4])
    if match := _COMPACT.fullmatch(text):
        return int(match[1]), int(match[2]), int(match[3])
    if match := _DOTTED.fullmatch(text):
        # with points the day comes first wherever this form is in use
        return int(match[3]), int(match[2]), int(match[1])
    if match := _SLASHED.fullmatch(text):
        return _slashed(int(match[1]), int(match[3]), int(match[4]), order)
    match = _NAMED.fullmatch(text)
    month = _MONTHS.get(match[2][:3].lower()) if match else None
    if match is None or month is None:
        return "date_not_understood"
    return int(match[3]), month, int(match[1])


def _slashed(one: int, other: int, year: int, order: DayOrder | None) -> tuple[int, int, int] | str:
    if one > 12 or one == other:
        return year, other, one
    if other > 12:
        return year, one, other
    if order is None:
        return "date_ambiguous"
    return (year, other, one) if order == "day first" else (year, one, other)


def _month(year: int, month: int, today: date | None) -> Period:
    if not 1 <= month <= 12:
        return Period(problem="date_not_understood")
    following = date(year + month // 12, month % 12 + 1, 1) if year < 9999 else date.max
    days = (following - date(max(year, 1), month, 1)).days
    return _checked(year, (month, 1), (month, days), today)


def _checked(
    year: int, first: tuple[int, ...], last: tuple[int, ...], today: date | None
) -> Period:
    limit = today or datetime.now(UTC).date()
    try:
        period = Period(date(year, *first), date(year, *last))
    except ValueError:
        return Period(problem="date_not_understood")
    start = date(year, *first)
    if start < EARLIEST or start > limit:
        return Period(problem="date_out_of_range")
    return period
