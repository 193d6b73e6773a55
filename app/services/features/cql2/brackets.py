"""CQL2 text, read a bracket at a time.

The parser goes back to a bracket for every way to read it, so twenty brackets around a mistake
take half a minute. Here each bracket is read alone, with a name in place of those within it, and
the trees are put together afterwards: the time follows the length.
"""

import re
from typing import Any, NamedTuple

from app.services.features.cql2.faults import Fault

_PIECE = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|[^\W\d][\w.:]*|[()]|[^\S\n]+|.", re.DOTALL)
_WHERE = re.compile(r"--> (\d+):(\d+)")
# What the parser takes for a property; no collection has one that is called so.
_NAME = re.compile(r"q[0-9a-f]{2}")
# Before a bracket these are no functions.
_WORDS = {"and", "or", "not", "between", "like", "is", "div"}
# Their brackets hold values, which stay where they are; those of a geometry hold others.
_VALUES = {"in", "interval", "date", "timestamp", "bbox"}
_GEOMETRIES = {
    *("point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon"),
    *("geometrycollection", "z"),
}
_DEEPEST = 22
# A collection of multipolygons has five.
_DEEPEST_GEOMETRY = 5
_MOST = 256


class _Open(NamedTuple):
    """A bracket that is open: where it and the word before it begin, and whether it stays."""

    word: int
    bracket: int
    stays: bool
    is_geometry: bool


def parse(text: str) -> Any:
    """Return a text as CQL2 JSON has it.

    Raises
    ------
    Fault
        It is not CQL2, nested too deeply, or has too many brackets; with the place.
    """
    return _Reading(text).tree()


class _Reading:
    """One text; brackets that were read are overwritten in it by names of the same length."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._open: list[_Open] = []
        self._commas: set[int] = set()
        self._trees: dict[str, Any] = {}

    def tree(self) -> Any:
        word = (0, "")
        for match in _PIECE.finditer(self._text):
            piece, start = match[0], match.start()
            if piece == "(":
                self._begin(word, start)
            elif piece == ")":
                self._end(start)
            elif piece == "," and self._open:
                self._commas.add(self._open[-1].bracket)
            elif _NAME.fullmatch(piece):
                raise Fault(f"there is no property {piece!r}", _place(start))
            if not piece.isspace():
                word = (start, piece.lower())
        if self._open:
            raise Fault("a bracket is not closed", _place(self._open[-1].bracket))
        return self._parsed(0, len(self._text))

    def _begin(self, word: tuple[int, str], bracket: int) -> None:
        start, name = word
        if len(self._open) >= _DEEPEST or len(self._trees) >= _MOST:
            raise Fault("it is nested too deeply, or has too many brackets", _place(bracket))
        outer = self._open[-1] if self._open else None
        within = outer is not None and outer.is_geometry
        is_geometry = within or name in _GEOMETRIES
        if sum(one.is_geometry for one in self._open) >= _DEEPEST_GEOMETRY:
            raise Fault("no geometry has so many brackets", _place(bracket))
        stays = is_geometry or name in _VALUES
        if stays and not is_geometry and outer is not None and outer.stays:
            raise Fault("there is a list within a list", _place(bracket))
        is_call = re.fullmatch(r"[^\W\d][\w.:]*", name) is not None and name not in _WORDS
        self._open.append(_Open(start if is_call else bracket, bracket, stays, is_geometry))

    def _end(self, place: int) -> None:
        if not self._open:
            raise Fault("a bracket closes that none opened", _place(place))
        begun = self._open.pop()
        is_call = begun.word < begun.bracket
        is_list = begun.bracket in self._commas and not is_call
        if begun.stays:
            return
        if is_list:
            if self._open and self._open[-1].stays:
                raise Fault("there is a list within a list", _place(begun.bracket))
            return
        inner = (begun.word, place + 1) if is_call else (begun.bracket + 1, place)
        name = f"q{len(self._trees):02x}"
        self._trees[name] = self._parsed(*inner)
        written = name.ljust(place + 1 - begun.word)
        self._text = self._text[: begun.word] + written + self._text[place + 1 :]

    def _parsed(self, start: int, end: int) -> Any:
        from cql2 import parse_text  # large, and seldom needed

        text = self._text[start:end]
        try:
            return self._joined(parse_text(text).to_json())
        except Exception as error:  # the parser has one of its own, and raises bare ones too
            found = _WHERE.search(str(error))
            line, column = (int(found[1]), int(found[2])) if found else (1, 1)
            before = sum(len(one) + 1 for one in text.split("\n")[: line - 1])
            raise Fault("this is not CQL2 text", _place(start + before + column - 1)) from error

    def _joined(self, node: Any) -> Any:
        """Return a tree with what was read before in place of its names."""
        if isinstance(node, list):
            return [self._joined(part) for part in node]
        if not isinstance(node, dict):
            return node
        name = node.get("property")
        if isinstance(name, str) and name in self._trees:
            return self._trees[name]
        return {word: self._joined(part) for word, part in node.items()}


def _place(start: int) -> str:
    return f"character {start + 1}"
