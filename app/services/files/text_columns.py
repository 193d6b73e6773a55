"""Columns as text that is joined to lines: JSON values, and the cells of a table."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

# JSON cannot hold these bytes of a text as they are, nor any below the third.
_QUOTE, _BACKSLASH, _SPACE = b'"\\ '
_NULL = "null"


def json_text(column: pa.Array, kind: str) -> pa.Array | str:
    """Return the JSON of values that are text; a word stands for a column of one value.

    `kind` is `number` or `boolean` for what is JSON as the database writes it, `json` for what is
    JSON on several lines, and anything else is text.
    """
    if column.null_count == len(column):
        return _NULL
    if pa.types.is_dictionary(column.type):
        values = json_text(column.dictionary, kind)
        if isinstance(values, str):
            return values
        if len(values) == 1 and not column.null_count:
            return str(values[0].as_py())
        column = values.take(column.indices)
    elif kind == "json":
        # Line breaks stand between JSON's parts; inside of a text they are escaped.
        if (bytes_of(column) == ord("\n")).any():
            column = pc.replace_substring(column, "\n", " ")
    elif kind not in {"number", "boolean"}:
        column = _quoted(column)
    return column.fill_null(_NULL) if column.null_count else column


def joined(parts: list[Any], rows: int, nothing: Any = "") -> pa.Array:
    """Return lines of which each consists of its parts; what is a text is the same in all.

    With `nothing` of bytes, parts are binary.
    """
    constant = type(nothing)
    merged: list[Any] = []
    for part in parts:
        if merged and isinstance(part, constant) and isinstance(merged[-1], constant):
            merged[-1] += part
        else:
            merged.append(part)
    if all(isinstance(part, constant) for part in merged):
        kind = pa.string() if constant is str else pa.binary()
        return pa.array([nothing.join(merged)] * rows, kind)
    return pc.binary_join_element_wise(*merged, nothing)


def bytes_of(column: pa.Array) -> NDArray[np.uint8]:
    """Return what the texts of a column consist of, one after the other."""
    content = column.buffers()[2]
    if content is None:
        return np.empty(0, np.uint8)
    first, last = _offsets(column)[[0, -1]]
    return np.frombuffer(content, np.uint8)[first:last]


def offsets_of(column: pa.Array) -> NDArray[np.int64]:
    """Return where each text begins in `bytes_of`; one more, for where the last one ends."""
    offsets: NDArray[np.int64] = _offsets(column).astype(np.int64)
    offsets -= offsets[0]
    return offsets


def _offsets(column: pa.Array) -> NDArray[np.int32]:
    offsets = np.frombuffer(column.buffers()[1], np.int32)
    told: NDArray[np.int32] = offsets[column.offset : column.offset + len(column) + 1]
    return told


def _escaped(content: NDArray[np.uint8]) -> Iterator[NDArray[np.bool_]]:
    yield content < _SPACE
    yield content == _QUOTE
    yield content == _BACKSLASH


def _quoted(column: pa.Array) -> pa.Array:
    content = bytes_of(column)
    # Three looks at all take less than one in a table for each.
    if any(found.any() for found in _escaped(content)):
        told = [
            None if text is None else json.dumps(text, ensure_ascii=False)
            for text in column.to_pylist()
        ]
        return pa.array(told, pa.string())
    return pc.binary_join_element_wise('"', column, '"', "")
