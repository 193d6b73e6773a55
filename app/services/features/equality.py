"""Properties that must have a value: each plain one of a collection is a parameter of that name."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Date, Double, Text, literal

from app.errors import InvalidRequest
from app.services.features.collections import Collection, lasting_collections
from app.services.features.kinds import PLAIN
from app.services.features.queryables import queryable_properties, queryable_schema

_WHOLE = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class Parameter:
    """A property that can be asked for by its name, its JSON Schema, and which collections have it.

    A name means the same kind of value in all of them.
    """

    name: str
    schema: dict[str, Any]
    collections: tuple[str, ...]


def plain_properties(collection: Collection) -> dict[str, str]:
    """Return the kinds of the properties that can be asked for by their names alone."""
    kinds = queryable_properties(collection)
    return {name: kind for name, kind in kinds.items() if kind in PLAIN}


@cache
def parameters() -> dict[str, Parameter]:
    """Return the plain properties of all collections by name."""
    found: dict[str, Parameter] = {}
    for collection in lasting_collections():
        for name in plain_properties(collection):
            known = found.get(name)
            others = () if known is None else known.collections
            schema = queryable_schema(collection, name)
            found[name] = Parameter(name, schema, (*others, collection.id))
    return found


def equals(collection: Collection, name: str, text: str) -> ColumnElement[bool]:
    """Return the condition that a plain property has the value that a text says.

    Raises
    ------
    InvalidRequest
        The text is no value of its kind.
    """
    value = _READERS[plain_properties(collection)[name]](name, text)
    by_index = collection.by_index.get(name)
    if by_index is not None:
        return by_index(text)
    condition: ColumnElement[bool] = collection.properties[name] == value
    return condition


def _number(name: str, text: str) -> Any:
    number = float(text) if _NUMBER.fullmatch(text) else math.inf
    if not math.isfinite(number):
        raise _refused(name, "a number, for example 12.5")
    return literal(number, Double)


def _whole(name: str, text: str) -> Any:
    if not _WHOLE.fullmatch(text):
        raise _refused(name, "a whole number, for example 12")
    return _number(name, text)


def _day(name: str, text: str) -> Any:
    try:
        if not _DAY.fullmatch(text):
            raise ValueError(text)
        return literal(date.fromisoformat(text), Date)
    except ValueError as error:
        raise _refused(name, "a day, for example 2020-05-31") from error


def _text(_name: str, text: str) -> Any:
    return literal(text, Text)


_READERS: dict[str, Callable[[str, str], Any]] = {
    "integer": _whole,
    "number": _number,
    "string": _text,
    "date": _day,
}


def _refused(name: str, wanted: str) -> InvalidRequest:
    return InvalidRequest(
        f"{name} takes {wanted}. What is greater, less or unknown is for filter=….", parameter=name
    )
