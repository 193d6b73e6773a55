"""In which order features come, and where a page ended in it.

Unsorted, along the Hilbert curve and then by key. Sorted, by one property, then likewise; what has
no value comes last, whichever way. Either is total, and stable while others write.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, tuple_

from app.errors import InvalidRequest
from app.services.features import cursors
from app.services.features.collections import Collection
from app.services.features.kinds import PLAIN, kind_of

_KINDS: dict[str, tuple[type, ...]] = {
    "integer": (int,),
    "number": (float, int),
    "string": (str,),
    "date": (str,),
}
_INTEGER: tuple[type, ...] = (int,)


@dataclass(frozen=True)
class Order:
    """Features sorted by a property, or along the curve where there is none."""

    collection: Collection
    by: str | None = None
    descending: bool = False

    @property
    def columns(self) -> list[Any]:
        """What a feature's position consists of."""
        curve = [self.collection.hilbert, *self.collection.key]
        return curve if self.by is None else [self._value, *curve]

    @property
    def _value(self) -> Any:
        return self.collection.properties[self.by or ""]

    def sorted_by(self, columns: list[Any]) -> list[Any]:
        """Return what a statement is ordered by; `columns` are its own for a position."""
        if self.by is None:
            return columns
        value = columns[0].desc() if self.descending else columns[0].asc()
        return [value.nulls_last(), *columns[1:]]

    def behind(self, cursor: str) -> ColumnElement[bool]:
        """Return the condition that a feature comes after the one a cursor was made for."""
        kinds = [_INTEGER] * (1 + len(self.collection.key))
        curve = tuple_(*self.columns[-len(kinds) :])
        if self.by is None:
            return curve > tuple_(*self.position(cursor))
        kind = kind_of(self._value)
        value, *rest = cursors.decode(cursor, [(*_KINDS[kind], type(None)), *kinds])
        later = curve > tuple_(*rest)
        if value is None:
            return and_(self._value.is_(None), later)
        if kind == "date":
            value = _day(value)
        beyond = self._value < value if self.descending else self._value > value
        return or_(beyond, and_(self._value == value, later), self._value.is_(None))

    def position(self, cursor: str) -> list[int]:
        """Return where on the curve the feature lies that a cursor was made for."""
        return cursors.decode(cursor, [_INTEGER] * (1 + len(self.collection.key)))

    def cursor(self, position: list[Any]) -> str:
        """Return the cursor for a feature's position."""
        return cursors.encode(
            [part.isoformat() if isinstance(part, date) else part for part in position]
        )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise cursors.foreign() from error


def sortables(collection: Collection) -> list[str]:
    """Return the properties that a collection can be sorted by."""
    if collection.sortable is not None:
        return list(collection.sortable)
    return [name for name, sql in collection.properties.items() if kind_of(sql) in PLAIN]


def order_of(collection: Collection, text: str | None) -> Order:
    """Return the order that `sortby` asks for: a property, with - before it from high to low.

    Raises
    ------
    InvalidRequest
        It is none that the collection can be sorted by.
    """
    if text is None:
        return Order(collection)
    # A plus sign in an address is a space.
    name = text.strip().removeprefix("+").removeprefix("-")
    known = sortables(collection)
    if name not in known:
        raise InvalidRequest(
            f"The collection {collection.id!r} can be sorted by one of: {', '.join(known)}; "
            f"with - before it from high to low.",
            parameter="sortby",
        )
    return Order(collection, name, text.strip().startswith("-"))
