"""Columns as text: held against what Python's own JSON says of each value."""

import json
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.services.files.text_columns import bytes_of, joined, json_text, offsets_of

# Whatever a database's text may hold: no NUL, and no half of a character.
_TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
_COLUMNS = st.lists(st.none() | _TEXTS, min_size=1, max_size=8)


def _told(column: pa.Array, kind: str) -> list[str]:
    told = json_text(column, kind)
    return [told] * len(column) if isinstance(told, str) else told.to_pylist()


def _expected(values: list[str | None]) -> list[str]:
    return [json.dumps(value, ensure_ascii=False) for value in values]


@given(_COLUMNS, st.integers(0, 3))
def test_texts_are_those_of_json(values: list[str | None], first: int) -> None:
    column = pa.array(values, pa.string()).slice(first)
    assert _told(column, "text") == _expected(values[first:])


@given(_COLUMNS, st.lists(st.none() | st.integers(0, 7), min_size=1), st.integers(0, 3))
@example(["x"], [0, None], 0)
@example([None, None], [0, 1], 0)
def test_shared_texts_are_those_of_json(
    values: list[str | None], places: list[int | None], first: int
) -> None:
    places = [None if place is None else place % len(values) for place in places]
    shared = pa.DictionaryArray.from_arrays(pa.array(places, pa.int32()), pa.array(values, "str"))
    expected = [None if place is None else values[place] for place in places][first:]
    assert _told(shared.slice(first), "text") == _expected(expected)


@given(st.lists(st.none() | st.dictionaries(_TEXTS, _TEXTS | st.none()), min_size=1))
def test_json_on_several_lines_is_the_same_on_one(values: list[dict[str, str] | None]) -> None:
    written = [None if value is None else json.dumps(value, indent=1) for value in values]
    told = _told(pa.array(written, pa.string()), "json")
    assert [json.loads(one) for one in told] == values
    assert not any("\n" in one for one in told)


def test_numbers_stay_as_they_are_written() -> None:
    written = ["1.50", "-1e-07", "12345678901234567890", None]
    assert _told(pa.array(written), "number") == [*written[:3], "null"]
    assert _told(pa.array(["true", None, "false"]), "boolean") == ["true", "null", "false"]


@pytest.mark.parametrize("kind", ["text", "json", "number"])
def test_no_rows_have_no_text(kind: str) -> None:
    assert _told(pa.array([], pa.string()), kind) == []
    assert _told(pa.array([], pa.string()).dictionary_encode(), kind) == []


@given(st.lists(_TEXTS, max_size=6), st.integers(0, 3))
def test_lines_consist_of_their_parts(values: list[str], first: int) -> None:
    column = pa.array(values, pa.string()).slice(first)
    lines = joined(["<", "a", column, "b", column, ">"], len(column))
    assert lines.to_pylist() == [f"<a{value}b{value}>" for value in values[first:]]
    binary = joined([b"<", column.cast(pa.binary())], len(column), b"")
    assert binary.to_pylist() == [b"<" + value.encode() for value in values[first:]]
    # What is the same in all is a column all the same, also of no rows.
    for one, kind in (("same", pa.string()), (b"same", pa.binary())):
        told = joined([one, one], len(column), type(one)())
        assert told.type == kind
        assert told.to_pylist() == [one + one] * len(column)


@given(st.lists(_TEXTS, max_size=6), st.integers(0, 3), st.integers(0, 3))
def test_bytes_and_where_they_part_are_those_of_a_slice(
    values: list[str], first: int, behind: int
) -> None:
    column = pa.array(values, pa.string()).slice(first)
    column = column.slice(0, max(len(column) - behind, 0))
    content, offsets = bytes_of(column).tobytes(), offsets_of(column)
    parts = [content[a:b].decode() for a, b in pairwise(offsets)]
    assert parts == column.to_pylist()
    assert b"".join(part.encode() for part in parts) == content
