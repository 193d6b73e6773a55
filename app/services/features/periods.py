"""What `datetime` asks for: a moment, or a period with or without ends (RFC 3339, ISO 8601)."""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from app.errors import InvalidRequest

_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
_MOMENT = re.compile(rf"({_DAY})(?:[Tt]({_CLOCK}))?")
_DURATION = re.compile(
    r"P(?=[0-9T])(?:(?P<years>[0-9]{1,4})Y)?(?:(?P<months>[0-9]{1,4})M)?"
    r"(?:(?P<weeks>[0-9]{1,5})W)?(?:(?P<days>[0-9]{1,6})D)?"
    r"(?:T(?=[0-9])(?:(?P<hours>[0-9]{1,6})H)?(?:(?P<minutes>[0-9]{1,6})M)?"
    r"(?:(?P<seconds>[0-9]{1,8})S)?)?"
)
_OPEN = {"", ".."}
_EXPECTED = (
    "datetime takes a day (2020-05-01), a moment (2020-05-01T12:00:00Z), or a period: "
    "2020-05-01/2020-06-01, ../2020-06-01, 2020-05-01/.., 2020-05-01/P30D."
)


@dataclass(frozen=True)
class Period:
    """Days from the first to the last, both included; None is open.

    Soil is dated by days, so a moment stands for its day (in UTC).
    """

    first: date | None
    last: date | None


def parse_period(text: str) -> Period:
    """Return the days that a `datetime` means.

    Raises
    ------
    InvalidRequest
        Not one of the forms, no such day, or the end before the start.
    """
    start, slash, end = text.strip().partition("/")
    try:
        if not slash:
            day = _moment(start).date()
            return Period(day, day)
        return _period(start.strip(), end.strip())
    except (ValueError, OverflowError) as error:
        raise InvalidRequest(_EXPECTED, parameter="datetime") from error


def _period(start: str, end: str) -> Period:
    if start.startswith("P"):
        last = _moment(end)
        first: datetime | None = _moved(last, start, -1)
        return Period(first.date() if first else None, last.date())
    begin = None if start in _OPEN else _moment(start)
    if end.startswith("P"):
        if begin is None:
            raise ValueError("a duration needs a moment to begin at")
        return Period(begin.date(), _moved(begin, end, 1).date())
    finish = None if end in _OPEN else _moment(end)
    if begin and finish and finish < begin:
        raise ValueError("the end lies before the start")
    return Period(begin and begin.date(), finish and finish.date())


def _moment(text: str) -> datetime:
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise ValueError("no moment")
    if match[2] is None:
        return datetime.combine(date.fromisoformat(match[1]), datetime.min.time(), UTC)
    # Python reads six digits of a second; days need none.
    clock = re.sub(r"\.[0-9]+", "", match[2]).upper().replace("Z", "+00:00")
    # A leap second belongs to the minute before it.
    clock = re.sub(r"^(..:..):60", r"\1:59", clock)
    return datetime.fromisoformat(f"{match[1]}T{clock}").astimezone(UTC)


def _moved(moment: datetime, text: str, sign: int) -> datetime:
    """Return the moment moved by an ISO 8601 duration; a month's last day stays in its month."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError("no duration")
    told = {name: sign * int(number or 0) for name, number in match.groupdict().items()}
    months = moment.year * 12 + moment.month - 1 + told.pop("years") * 12 + told.pop("months")
    year, month = divmod(months, 12)
    if not 1 <= year <= 9999:
        raise ValueError("beyond the calendar")
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day) + timedelta(**told)
