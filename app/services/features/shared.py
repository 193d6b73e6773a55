"""What whole collections need not ask for at every row: it follows from keys that many share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select


@dataclass(frozen=True)
class Shared:
    """Properties that follow from a key alone."""

    key: Any
    names: tuple[str, ...]


@dataclass(frozen=True)
class Described:
    """What is said of a listed row by one of its keys."""

    key: Any
    # Takes the data sets the caller may see; a row for each key: the key, an integer that rows are
    # sorted by, and what is said of it as an object of texts: the JSON of values, or null.
    known: Callable[[list[int]], Select[Any]]


@dataclass(frozen=True)
class Listed:
    """A property that lists rows of another table, each an object of JSON."""

    property: str
    # The key of a feature. Several rows may belong to one, and none; `order` makes theirs total.
    feature: Any
    table: Any
    belongs: ColumnElement[bool]
    is_listed: ColumnElement[bool]
    order: Any
    # What an object shows, in this order: the row's own columns (by name), the rest by its keys.
    names: tuple[str, ...]
    own: dict[str, Any]
    described: tuple[Described, ...]
