"""Columns as JSON text, each value as it stands in a file."""

import json

import pyarrow as pa
import pyarrow.compute as pc

# What JSON cannot hold as it is.
_ESCAPED = r'["\\\x00-\x1f]'


def json_text(column: pa.Array, kind: str) -> pa.Array:
    """Return the JSON of values that are text; null is the word.

    `kind` is `number` or `boolean` for what is JSON as the database writes it, `json` for what is
    JSON on several lines, and anything else is text.
    """
    if kind == "json":
        # Line breaks stand between JSON's parts; inside of a text they are escaped.
        column = pc.replace_substring(column, "\n", " ") if _any(column, "\n") else column
    elif kind not in {"number", "boolean"}:
        column = _quoted(column)
    return column.fill_null("null") if column.null_count else column


def _quoted(column: pa.Array) -> pa.Array:
    if pc.any(pc.match_substring_regex(column, _ESCAPED)).as_py():
        told = [
            None if text is None else json.dumps(text, ensure_ascii=False)
            for text in column.to_pylist()
        ]
        return pa.array(told, pa.string())
    return pc.binary_join_element_wise('"', column, '"', "")


def _any(column: pa.Array, wanted: str) -> bool:
    return bool(pc.any(pc.match_substring(column, wanted)).as_py())
