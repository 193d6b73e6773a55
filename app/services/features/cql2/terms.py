"""What expressions of a filter are: a kind, and SQL that yields it."""

from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Boolean, Date, Double, Text, literal

from app.errors import InvalidRequest
from app.services.features.cql2.faults import Fault
from app.services.features.periods import parse_period

BOOLEAN, NUMBER, TEXT, DAY, ARRAY, GEOMETRY = (
    "boolean",
    "number",
    "text",
    "date",
    "array",
    "geometry",
)
_OF_SCHEMA = {"integer": NUMBER, "string": TEXT, "date-time": DAY}


@dataclass(frozen=True)
class Term:
    """An expression's kind, its SQL, and where it stands; literals keep their value."""

    kind: str
    sql: Any
    place: str
    value: Any = None


class Interval(NamedTuple):
    """The first and the last day of something, as SQL; infinity is open."""

    first: Any
    last: Any


def kind_of_schema(kind: str) -> str:
    """Return what a property's kind, as queryables tell it, is among terms."""
    return _OF_SCHEMA.get(kind, kind)


def literal_term(value: Any, place: str) -> Term:
    """Return a bound parameter for a number, a text or a truth value."""
    if isinstance(value, bool):
        return Term(BOOLEAN, literal(value, Boolean), place, value)
    if isinstance(value, int | float):
        number = _number(value, place)
        return Term(NUMBER, literal(number, Double), place, number)
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise Fault("a text holds what is no character", place)
        return Term(TEXT, literal(value, Text), place, value)
    raise Fault("here stands neither an operator nor a value", place)


def _number(value: float, place: str) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = float("inf")
    if number - number != 0.0:
        raise Fault("a number is too large", place)
    return number


def day_of(text: Any, place: str) -> date:
    """Return the day of a date or a moment (in UTC)."""
    try:
        period = parse_period(text) if isinstance(text, str) and "/" not in text else None
    except InvalidRequest as error:
        raise Fault("this is no day of the calendar, nor a moment in it", place) from error
    if period is None or period.first is None:
        raise Fault("this is no day of the calendar, nor a moment in it", place)
    return period.first


def day_term(text: Any, place: str) -> Term:
    """Return a bound parameter for a day."""
    day = day_of(text, place)
    return Term(DAY, literal(day, Date), place, day)
