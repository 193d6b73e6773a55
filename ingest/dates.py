"""Dates and periods of sampling, as people write them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal

import polars as pl

from ingest.months import month_of

DayOrder = Literal["day first", "month first"]
EARLIEST = date(1800, 1, 1)

_LONGEST = 80
# The form that most files have is read a column at a time.
_PLAIN_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_YEAR = re.compile(r"(\d{4})(?:[.,]0+|年|\s*(?:г|год)\.?)?")
_MONTH = re.compile(r"(\d{4})[-/.](\d{1,2})")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_TIME = r"(?:[T ]\d{1,2}:\d{2}.*)?"
_ISO = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_TIME}")
_DOTTED = re.compile(rf"(\d{{1,2}})\.\s?(\d{{1,2}})\.\s?(\d{{4}}|\d{{2}}){_TIME}")
_SLASHED = re.compile(rf"(\d{{1,2}})([/-])(\d{{1,2}})\2(\d{{4}}|\d{{2}}){_TIME}")
_CHINESE = re.compile(r"(\d{4})年(\d{1,2})月(?:(\d{1,2})[日号])?")
_WORD = r"[^\W\d_]+(?:\s[^\W\d_]{4,})?"
_NAMED = re.compile(
    rf"(\d{{1,2}})[-\s./]*(?:de\s+|d['’])?({_WORD}?)\.?[-\s./,]*(?:(?:de|del)\s+)?"
    r"(\d{4}|\d{2})(?:\s*(?:г|года)\.?)?",
    re.IGNORECASE,
)
_NAMED_FIRST = re.compile(
    rf"({_WORD})\.?\s*(\d{{1,2}})(?:st|nd|rd|th)?[\s,]+(\d{{4}})", re.IGNORECASE
)
_NAMED_MONTH = re.compile(
    rf"({_WORD}?)\.?[-\s./,]*(?:(?:de|del)\s+)?(\d{{4}})(?:\s*(?:г|года)\.?)?", re.IGNORECASE
)
_RANGE = re.compile(
    r"(?P<first>.*?\d.*?)(?:\s+(?:-|to|bis|au|à|a|по)\s+|\s*[/–—至]\s*)(?P<last>.*\d.*)"
)
_YEARS = re.compile(r"(?P<first>\d{4})\s*[-–—/]\s*(?P<last>\d{4})")
_SERIAL = re.compile(r"([2-5]\d{4})(?:[.,]\d+)?")
_EXCEL_DAY_ZERO = date(1899, 12, 30)


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
        if len(match[4]) == 2 and (int(match[1]) > 31 or int(match[3]) > 31):
            continue
        if int(match[1]) > 12:
            found.add("day first")
        elif int(match[3]) > 12:
            found.add("month first")
    return found.pop() if len(found) == 1 else None


def has_short_year(text: str) -> bool:
    """Tell whether a date has a year of two digits.

    Parameters
    ----------
    text : str
        A trimmed text.

    Returns
    -------
    bool
        Whether the century is left out.

    Examples
    --------
    >>> has_short_year("22.04.09"), has_short_year("22.04.2009")
    (True, False)
    """
    return any(
        match is not None and len(match[match.lastindex or 1]) == 2
        for match in (form.fullmatch(text) for form in (_DOTTED, _SLASHED, _NAMED))
    )


def serial_day(text: str) -> date | None:
    """Read a number of days as spreadsheets count them from 1900.

    Parameters
    ----------
    text : str
        A trimmed text.

    Returns
    -------
    datetime.date or None
        A day from 1954 to 2064; None for other texts.

    Examples
    --------
    >>> serial_day("39925"), serial_day("12")
    (datetime.date(2009, 4, 22), None)
    """
    match = _SERIAL.fullmatch(text)
    return None if match is None else _EXCEL_DAY_ZERO + timedelta(days=int(match[1]))


def parse_period(text: str, order: DayOrder | None = None, today: date | None = None) -> Period:
    """Parse one date, month, year, or a range of them.

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
        A month or a year is a period; an empty text is none. A year of two digits is one of
        the hundred years that end today.

    Examples
    --------
    >>> parse_period("2009-04-22").first, parse_period("2009").last
    (datetime.date(2009, 4, 22), datetime.date(2009, 12, 31))
    >>> parse_period("03/04/2009").problem
    'date_ambiguous'
    """
    if not text:
        return Period()
    if len(text) > _LONGEST:
        return Period(problem="date_not_understood")
    single = _single(text, order, today)
    if single.problem is None:
        return single
    for form in (_YEARS, _RANGE):
        parts = form.fullmatch(text)
        if parts is not None:
            ends = [_single(parts[name].strip(), order, today) for name in ("first", "last")]
            if all(end.first is not None for end in ends):
                return _between(*ends)
    return single


def _single(text: str, order: DayOrder | None, today: date | None) -> Period:
    """Parse one date, month or year."""
    if _YEAR.fullmatch(text):
        year = int(text[:4])
        return _checked(year, (1, 1), (12, 31), today)
    month = _month_and_year(text)
    if month is not None:
        return _month(*month, today)
    day = _day(text, order, today or datetime.now(UTC).date())
    if isinstance(day, str):
        return Period(problem=day)
    return _checked(day[0], day[1:], day[1:], today)


# Days come again in block after block of a long file.
_remembered = lru_cache(maxsize=50_000)(parse_period)


def read_periods(
    texts: pl.Series, order: DayOrder | None, *, are_serials_read: bool = False
) -> pl.DataFrame:
    """Parse a column of dates, each distinct text once.

    Parameters
    ----------
    texts : polars.Series
        Trimmed texts, shape (n,).
    order : {"day first", "month first"} or None
        How dates such as 3/4/2020 are read in this column.
    are_serials_read : bool
        Whether numbers of days are dates of a spreadsheet.

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
    days = _plain_days(texts, today)
    distinct = texts.filter(days.is_null()).unique(maintain_order=True)
    periods = [_remembered(text, order, today) for text in distinct]
    if are_serials_read:
        periods = [
            Period(day, day, "date_from_serial")
            if (day := serial_day(text)) and day <= today
            else period
            for text, period in zip(distinct, periods, strict=True)
        ]
    parsed = pl.DataFrame(
        {
            "text": distinct,
            "first": [period.first for period in periods],
            "last": [period.last for period in periods],
            "problem": [period.problem for period in periods],
        },
        schema={"text": pl.String, "first": pl.Date, "last": pl.Date, "problem": pl.String},
    )
    told = pl.DataFrame({"text": texts, "day": days})
    return told.join(parsed, on="text", how="left", maintain_order="left").select(
        pl.coalesce("day", "first").alias("first"),
        pl.coalesce("day", "last").alias("last"),
        "problem",
    )


def _plain_days(texts: pl.Series, today: date) -> pl.Series:
    """Return what are plain days, from the earliest to the last possible one; null for the rest."""
    plain = texts.set(~texts.str.contains(_PLAIN_DAY), None)
    days = plain.str.to_date("%Y-%m-%d", strict=False)
    return days.set((days < EARLIEST) | (days > today), None)


def _between(first: Period, last: Period) -> Period:
    """Join the two ends of a range."""
    if first.first is None or last.last is None or first.first > last.last:
        return Period(problem="dates_reversed")
    return Period(first.first, last.last)


def _month_and_year(text: str) -> tuple[int, int] | None:
    if match := _MONTH.fullmatch(text):
        return int(match[1]), int(match[2])
    if (match := _CHINESE.fullmatch(text)) and not match[3]:
        return int(match[1]), int(match[2])
    match = _NAMED_MONTH.fullmatch(text)
    month = month_of(match[1]) if match else None
    return None if match is None or month is None else (int(match[2]), month)


def _day(text: str, order: DayOrder | None, today: date) -> tuple[int, int, int] | str:
    """Return year, month and day, or the code of the problem."""
    for form, fields in ((_ISO, (1, 3, 4)), (_COMPACT, (1, 2, 3)), (_CHINESE, (1, 2, 3))):
        match = form.fullmatch(text)
        if match is not None and match[fields[2]]:
            year, month, day = (int(match[field]) for field in fields)
            return year, month, day
    if match := _DOTTED.fullmatch(text):
        # with points the day comes first wherever this form is in use
        return _year(match[3], today), int(match[2]), int(match[1])
    if match := _SLASHED.fullmatch(text):
        return _slashed(int(match[1]), int(match[3]), _year(match[4], today), order)
    if match := _NAMED_FIRST.fullmatch(text):
        return _named(match[3], match[1], match[2], today)
    if match := _NAMED.fullmatch(text):
        return _named(match[3], match[2], match[1], today)
    return "date_serial" if serial_day(text) else "date_not_understood"


def _named(year: str, word: str, day: str, today: date) -> tuple[int, int, int] | str:
    month = month_of(word)
    return "date_not_understood" if month is None else (_year(year, today), month, int(day))


def _year(text: str, today: date) -> int:
    """Complete a year of two digits to one of the hundred years that end today."""
    year = int(text)
    if len(text) == 4:
        return year
    century = today.year - today.year % 100
    return century + year if century + year <= today.year else century - 100 + year


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
