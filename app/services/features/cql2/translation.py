"""A filter's tree becomes a condition in SQL: names from an allow-list, values as parameters."""

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Date, Text, and_, cast, func, literal, not_, or_, text, true
from sqlalchemy.dialects import postgresql

from app.services.features.cql2 import terms
from app.services.features.cql2.faults import Fault
from app.services.features.cql2.geometries import geometry_term, is_geometry
from app.services.features.cql2.operators import ARRAYS, SPATIAL, TEMPORAL
from app.services.features.cql2.reading import Filter
from app.services.features.cql2.terms import Interval, Term

_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    # What is divided by nothing is unknown, not an error.
    "/": lambda a, b: a / func.nullif(b, 0.0),
    "div": lambda a, b: func.trunc(a / func.nullif(b, 0.0)),
    "%": lambda a, b: a - b * func.trunc(a / func.nullif(b, 0.0)),
}
_COMPARED = {terms.NUMBER, terms.TEXT, terms.DAY, terms.BOOLEAN}
# Marks that NFD sets apart from the letters they belong to.
_MARKS = "[\u0300-\u036f]"

# GDAL writes days with a T behind them.
_DAY_WITH_T = re.compile(r"\A([0-9]{4}-[0-9]{2}-[0-9]{2})T\Z")


def translate(
    found: Filter, properties: Mapping[str, Any], kinds: Mapping[str, str]
) -> ColumnElement[bool]:
    """Return the condition that a filter states.

    `properties` are SQL expressions by name, `kinds` what queryables call them; the geometry is
    among both.

    Raises
    ------
    Fault
        An unknown property or operator, or one that does not fit what it stands with.
    """
    translation = _Translation(found, properties, kinds)
    condition = translation.boolean(found.tree, "the start")
    # A filter that says nothing of a feature, such as 1 = 1, is still a condition.
    return and_(true(), condition)


class _Translation:
    """One filter on its way into SQL."""

    def __init__(
        self, found: Filter, properties: Mapping[str, Any], kinds: Mapping[str, str]
    ) -> None:
        self._system = found.system
        self._properties = properties
        self._kinds = kinds
        self._operators: dict[str, Callable[[str, list[Any], str], Term]] = {
            **dict.fromkeys(("and", "or"), self._junction),
            "not": self._negation,
            **dict.fromkeys(_COMPARISONS, self._comparison),
            **dict.fromkeys(_ARITHMETIC, self._calculation),
            "between": self._between,
            "in": self._among,
            "like": self._like,
            "isnull": self._unknown,
            **dict.fromkeys(("casei", "accenti"), self._folded),
            **dict.fromkeys(SPATIAL, self._spatial),
            **dict.fromkeys(TEMPORAL, self._temporal),
            **dict.fromkeys(ARRAYS, self._arrays),
        }

    def boolean(self, node: Any, place: str) -> Any:
        """Return a condition."""
        return self._of_kind(node, place, terms.BOOLEAN).sql

    def term(self, node: Any, place: str) -> Term:
        """Return any expression."""
        if not isinstance(node, dict):
            return terms.literal_term(node, place)
        if "property" in node:
            return self._property(node["property"], place)
        if is_geometry(node):
            return geometry_term(node, self._system, place)
        for word in ("date", "timestamp"):
            if word in node:
                return terms.day_term(node[word], place)
        name, arguments = node.get("op"), node.get("args")
        if not isinstance(name, str) or not isinstance(arguments, list):
            raise Fault("here stands neither an operator nor a value", place)
        translator = self._operators.get(name.lower())
        if translator is None:
            known = ", ".join(self._operators)
            raise Fault(f"there is no operator {name[:40]!r}; there are {known}", place)
        return translator(name.lower(), arguments, place)

    def _property(self, name: Any, place: str) -> Term:
        if not isinstance(name, str) or name not in self._kinds:
            known = ", ".join(self._kinds)
            raise Fault(f"there is no property {str(name)[:80]!r} here; there are {known}", place)
        kind = terms.kind_of_schema(self._kinds[name])
        return Term(kind, self._properties[name], place)

    def _of_kind(self, node: Any, place: str, kind: str) -> Term:
        term = self.term(node, place)
        if term.kind != kind:
            raise Fault(f"a {kind} is needed here, and this is a {term.kind}", place)
        return term

    def _terms(self, name: str, arguments: list[Any], place: str, count: int) -> list[Term]:
        _check_count(name, arguments, place, count)
        return [self.term(one, f"{place}/args/{i}") for i, one in enumerate(arguments)]

    def _junction(self, name: str, arguments: list[Any], place: str) -> Term:
        if len(arguments) < 2:
            raise Fault(f"{name} takes at least 2 arguments", place)
        parts = [self.boolean(one, f"{place}/args/{i}") for i, one in enumerate(arguments)]
        return Term(terms.BOOLEAN, (and_ if name == "and" else or_)(*parts), place)

    def _negation(self, name: str, arguments: list[Any], place: str) -> Term:
        _check_count(name, arguments, place, 1)
        return Term(terms.BOOLEAN, not_(self.boolean(arguments[0], f"{place}/args/0")), place)

    def _comparison(self, name: str, arguments: list[Any], place: str) -> Term:
        left, right = self._alike(self._terms(name, arguments, place, 2), place)
        if left.kind == terms.BOOLEAN and name not in {"=", "<>"}:
            raise Fault("of truth values none is greater", place)
        return Term(terms.BOOLEAN, _COMPARISONS[name](left.sql, right.sql), place)

    def _alike(self, found: list[Term], place: str) -> list[Term]:
        """Return terms of one kind; a text beside a day is read as a day."""
        if any(term.kind == terms.DAY for term in found):
            found = [
                terms.day_term(_DAY_WITH_T.sub(r"\1", term.value), term.place)
                if term.kind == terms.TEXT and term.value is not None
                else term
                for term in found
            ]
        kinds = {term.kind for term in found}
        if len(kinds) > 1 or not kinds <= _COMPARED:
            raise Fault(f"these cannot be compared: {', '.join(sorted(kinds))}", place)
        return found

    def _calculation(self, name: str, arguments: list[Any], place: str) -> Term:
        found = self._terms(name, arguments, place, 2)
        for term in found:
            if term.kind != terms.NUMBER:
                raise Fault(f"a number is needed here, and this is a {term.kind}", term.place)
        return Term(terms.NUMBER, _ARITHMETIC[name](found[0].sql, found[1].sql), place)

    def _between(self, name: str, arguments: list[Any], place: str) -> Term:
        value, low, high = self._alike(self._terms(name, arguments, place, 3), place)
        return Term(terms.BOOLEAN, value.sql.between(low.sql, high.sql), place)

    def _among(self, name: str, arguments: list[Any], place: str) -> Term:
        _check_count(name, arguments, place, 2)
        if not isinstance(arguments[1], list) or not arguments[1]:
            raise Fault("in takes a list of values", f"{place}/args/1")
        nodes = [arguments[0], *arguments[1]]
        found = [self.term(one, f"{place}/args/{min(i, 1)}") for i, one in enumerate(nodes)]
        value, *listed = self._alike(found, place)
        return Term(terms.BOOLEAN, value.sql.in_([term.sql for term in listed]), place)

    def _like(self, name: str, arguments: list[Any], place: str) -> Term:
        _check_count(name, arguments, place, 2)
        subject = self._of_kind(arguments[0], f"{place}/args/0", terms.TEXT)
        pattern = self._of_kind(arguments[1], f"{place}/args/1", terms.TEXT)
        if pattern.value is None:
            raise Fault("like takes a pattern that is a text, not a property", pattern.place)
        if (len(pattern.value) - len(pattern.value.rstrip("\\"))) % 2:
            raise Fault("the pattern ends within an escape", pattern.place)
        return Term(terms.BOOLEAN, subject.sql.like(pattern.sql), place)

    def _unknown(self, name: str, arguments: list[Any], place: str) -> Term:
        [term] = self._terms(name, arguments, place, 1)
        return Term(terms.BOOLEAN, term.sql.is_(None), place)

    def _folded(self, name: str, arguments: list[Any], place: str) -> Term:
        _check_count(name, arguments, place, 1)
        term = self._of_kind(arguments[0], f"{place}/args/0", terms.TEXT)
        if name == "casei":
            # The database's own order may know the case of ASCII alone. To small letters is not
            # enough: ß folds to ss, as its capitals tell, and each σ to that within a word. What
            # is folded is small, so that a text folded before may stand beside it as it is.
            capitals = func.upper(func.lower(term.sql.collate("und-x-icu")))
            sql = func.replace(func.lower(capitals), "\u03c2", "\u03c3")
        else:
            sql = func.regexp_replace(func.normalize(term.sql, text("NFD")), _MARKS, "", "g")
        return Term(terms.TEXT, sql, place, term.value)

    def _spatial(self, name: str, arguments: list[Any], place: str) -> Term:
        found = self._terms(name, arguments, place, 2)
        for term in found:
            if term.kind != terms.GEOMETRY:
                raise Fault(f"a geometry is needed here, and this is a {term.kind}", term.place)
        return Term(terms.BOOLEAN, SPATIAL[name](found[0].sql, found[1].sql), place)

    def _temporal(self, name: str, arguments: list[Any], place: str) -> Term:
        _check_count(name, arguments, place, 2)
        left, right = (self._interval(one, f"{place}/args/{i}") for i, one in enumerate(arguments))
        return Term(terms.BOOLEAN, TEMPORAL[name](left, right), place)

    def _interval(self, node: Any, place: str) -> Interval:
        if not isinstance(node, dict) or "interval" not in node:
            day = self._day(node, place)
            return Interval(day, day)
        ends = node["interval"]
        if not isinstance(ends, list) or len(ends) != 2:
            raise Fault("an interval takes two ends", place)
        return Interval(*(self._end(end, i, place) for i, end in enumerate(ends)))

    def _end(self, node: Any, index: int, place: str) -> Any:
        if node == "..":
            return cast(literal(("-infinity", "infinity")[index], Text), Date)
        return self._day(node, f"{place}/interval/{index}")

    def _day(self, node: Any, place: str) -> Any:
        if isinstance(node, str):
            return terms.day_term(node, place).sql
        return self._of_kind(node, place, terms.DAY).sql

    def _arrays(self, name: str, arguments: list[Any], place: str) -> Term:
        _check_count(name, arguments, place, 2)
        left, right = (self._array(one, f"{place}/args/{i}") for i, one in enumerate(arguments))
        return Term(terms.BOOLEAN, ARRAYS[name](left, right), place)

    def _array(self, node: Any, place: str) -> Any:
        if isinstance(node, str):
            node = [node]  # in text a list of one is a value in brackets
        if not isinstance(node, list):
            return self._of_kind(node, place, terms.ARRAY).sql
        if not all(isinstance(one, str) for one in node):
            raise Fault("lists hold texts here", place)
        texts = [terms.literal_term(one, place).value for one in node]
        return literal(texts, postgresql.ARRAY(Text))


def _check_count(name: str, arguments: list[Any], place: str, count: int) -> None:
    if len(arguments) != count:
        raise Fault(
            f"{name} takes {count} argument{'s' * (count > 1)}, not {len(arguments)}", place
        )
