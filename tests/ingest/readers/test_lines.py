"""Lines taken many at a time are those that Python's text files give, whatever the ends."""

import io
from itertools import count
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.readers import lines as module
from ingest.readers.lines import Lines, TextLines, Utf8Lines

_TEXTS = st.text(alphabet='a,"\r\nä€\u2028', max_size=60)


def _both(text: str) -> tuple[Lines, Lines]:
    content = text.encode()
    return Utf8Lines(io.BytesIO(content)), TextLines(
        io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline="")
    )


@given(_TEXTS, st.integers(1, 20))
def test_lines_one_by_one_are_those_of_a_text_file(text: str, few: int) -> None:
    fast, plain = _both(text)
    with patch.object(module, "_FEW_BYTES", few):
        taken = list(fast)
    assert taken == list(plain) == io.StringIO(text, newline="").readlines()


@patch.object(module, "_FEW_BYTES", 7)
@given(_TEXTS, st.integers(1, 20), st.lists(st.booleans(), min_size=1, max_size=10))
def test_nothing_is_lost_or_cut_inside_a_line(text: str, size: int, ways: list[bool]) -> None:
    lines, _ = _both(text)
    wanted = io.StringIO(text, newline="").readlines()
    got: list[str] = []
    for turn in count():
        if ways[turn % len(ways)]:
            line = next(lines, "")
            taken = [line] if line else []
        else:
            taken = io.StringIO(lines.take(size).decode(), newline="").readlines()
        if not taken:
            break
        got += taken
    assert got == wanted


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_pieces_are_about_as_long_as_asked_for(end: bytes) -> None:
    lines = Utf8Lines(io.BytesIO((b"1,2" + end) * 1000))
    pieces = list(iter(lambda: lines.take(100), b""))
    assert b"".join(pieces) == (b"1,2" + end) * 1000
    assert max(map(len, pieces)) <= 100 + len(end)


def test_a_mark_is_no_part_of_the_first_line() -> None:
    assert next(Utf8Lines(io.BytesIO(b"\xef\xbb\xbfa,b\n"))) == "a,b\n"


def test_what_is_not_utf_8_is_refused() -> None:
    with pytest.raises(UnicodeDecodeError):
        Utf8Lines(io.BytesIO(b"a\xe4b\n")).take(10)
