"""Filters as text or JSON become one tree, bounded before anything looks into it."""

import json
import re
from dataclasses import dataclass
from typing import Any

from app.services.features.cql2 import brackets
from app.services.features.cql2.faults import Fault
from app.services.features.reference import DEFAULT, System

JSON = "cql2-json"
GDAL = "cql-text"
LONGEST = 8_192
_MOST_NODES = 64
_MOST_VALUES = 4_096
_DEEPEST = 16
_OPERATOR = re.compile(r"(?i)\b(?:not|and|or)\b|[-+*/^%<>=]")
# An operator of a draft of the standard that GDAL writes, and NOT before it as before LIKE. What is
# in quotes is passed over.
_ILIKE = re.compile(
    r"(?i)('(?:[^']|'')*+')"
    r"|(\"[^\"]*+\"|\b(?!NOT\b)[a-z_]\w*+)\s++(NOT\s++)?+ILIKE\s++('(?:[^']|'')*+')"
)
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"")


@dataclass(frozen=True)
class Filter:
    """A filter's tree as CQL2 JSON has it, and the system of the places in it."""

    tree: Any
    system: System = DEFAULT


def read_filter(text: str, language: str, system: System = DEFAULT) -> Filter:
    """Return what a filter says.

    Raises
    ------
    Fault
        It is too long or too deep, or is not in its language; with the place.
    """
    if len(text) > LONGEST:
        raise Fault(f"it is longer than {LONGEST:,} characters", f"character {LONGEST}")
    if language == GDAL:
        text = _as_the_standard_says(text)
    tree = _of_json(text) if language == JSON else _of_text(text)
    _bound(tree)
    return Filter(tree, system)


def _as_the_standard_says(text: str) -> str:
    return _ILIKE.sub(
        lambda m: m[0] if m[1] else f"CASEI({m[2]}) {m[3] or ''}LIKE CASEI({m[4]})", text
    )


def _of_json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise Fault("this is not JSON", f"character {error.pos + 1}") from error
    except (RecursionError, ValueError) as error:
        raise Fault("it is nested too deeply, or holds what is no number", "the start") from error


def _no_number(name: str) -> Any:
    raise ValueError(name)


def _of_text(text: str) -> Any:
    bare = _QUOTED.sub("", text)
    if len(_OPERATOR.findall(bare)) > 4 * _MOST_NODES:
        raise Fault(f"it has more than {_MOST_NODES} operators", "the start")
    return brackets.parse(text)


def _bound(tree: Any) -> None:
    """Refuse more than can be meant: operators, nesting, values of lists and coordinates."""
    nodes = values = 0
    waiting = [(tree, 0, "the start")]
    while waiting:
        node, depth, place = waiting.pop()
        values += 1
        is_operator = isinstance(node, dict) and "op" in node
        nodes += is_operator
        if depth > _DEEPEST:
            raise Fault(f"it is nested deeper than {_DEEPEST}", place)
        if nodes > _MOST_NODES:
            raise Fault(f"it has more than {_MOST_NODES} operators", place)
        if values > _MOST_VALUES:
            raise Fault(f"it has more than {_MOST_VALUES:,} values", place)
        for name, part in _parts(node):
            waiting.append((part, depth + is_operator, f"{place}/{name}" if depth < 4 else place))


def _parts(node: Any) -> list[tuple[str, Any]]:
    if isinstance(node, dict):
        return [(str(name)[:40], part) for name, part in node.items()]
    return [(str(i), part) for i, part in enumerate(node)] if isinstance(node, list) else []
