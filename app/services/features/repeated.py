"""Statements for pages that are asked for again and again, put together once.

To write a statement for a page of a few boxes takes SQLAlchemy longer than PostgreSQL needs to
answer it. Between two such pages nothing differs but the boxes, where to begin and how many: those
are parameters, and the rest of the text is kept.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from app.services.features.collections import Collection
from app.services.features.reference import Box, System
from app.services.features.written import mark, written

_MOST_KEPT = 256
_SIDES = ("west", "south", "east", "north")
# With the properties it was made of, so that their identity stays theirs.
_kept: dict[tuple[Any, ...], tuple[Any, str]] = {}


def rows_of(
    session: Session,
    collection: Collection,
    system: System,
    asked: tuple[tuple[Box, ...], list[int], int],
    visible: list[int],
    make: Callable[[tuple[Box, ...], list[Any], Any], Select[Any]],
) -> list[Any]:
    """Return the rows of a page.

    `asked` are boxes, the position to begin behind (empty for the start), and how many rows;
    `make` writes the statement for such three.
    """
    boxes, behind, most = asked
    key = (collection.id, system.uri, len(boxes), len(behind), tuple(visible))
    known = _kept.get(key)
    if known is None or known[0] is not collection.properties:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        known = _kept[key] = (collection.properties, _text(session, boxes, behind, make))
    parameters: dict[str, Any] = {"most": most}
    for number, box in enumerate(boxes):
        parameters |= {f"{side}_{number}": value for side, value in zip(_SIDES, box, strict=True)}
    parameters |= {f"behind_{number}": value for number, value in enumerate(behind)}
    connection = session.connection()
    return list(connection.exec_driver_sql(known[1], parameters).all())


def _text(
    session: Session,
    boxes: tuple[Box, ...],
    behind: list[int],
    make: Callable[[tuple[Box, ...], list[Any], Any], Select[Any]],
) -> str:
    """Return a statement's text with names of parameters in the driver's way."""
    kinds: dict[str, str] = {"most": "int8"}
    kinds |= {f"{side}_{number}": "float8" for number in range(len(boxes)) for side in _SIDES}
    kinds |= {f"behind_{number}": "int8" for number in range(len(behind))}
    marks = {name: mark(name) for name in kinds}
    marked: Any = tuple(
        tuple(marks[f"{side}_{number}"] for side in _SIDES) for number in range(len(boxes))
    )
    begin = [marks[f"behind_{number}"] for number in range(len(behind))]
    statement = make(marked, begin, marks["most"])
    return written(
        statement,
        session.get_bind().dialect,
        {name: f"%({name})s::{kind}" for name, kind in kinds.items()},
    )
