import csv
import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.errors import IngestError
from ingest.options import ImportOptions, Limits
from ingest.readers import delimited
from ingest.readers.content import FileContent
from ingest.readers.contract import ROW, Block, Table
from ingest.readers.header import find_heading
from ingest.readers.registry import open_table


def opened(folder: Path, content: str | bytes, **options: str | int) -> delimited.DelimitedTable:
    path = folder / "file"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    table = open_table(path, ImportOptions(**options), Limits())  # type: ignore[arg-type]
    assert isinstance(table, delimited.DelimitedTable)
    return table


def rows(table: Table) -> list[tuple[object, ...]]:
    return [row for block in table.blocks() for row in block.frame.rows()]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_separators_endings_and_encodings(
    tmp_path: Path, separator: str, ending: str, encoding: str
) -> None:
    lines = [["x", "Länge"], ["1", "2,5"], ["3", ""]]
    if separator == ",":
        lines[1][1] = "2.5"
    text = ending.join(separator.join(line) for line in lines) + ending
    table = opened(tmp_path, text.encode(encoding))
    assert table.header == ("x", "Länge")
    assert table.description["separator"] == separator
    assert rows(table) == [(2, *lines[1]), (3, *lines[2])]


# below them, nothing can be taken for a part of the header
PLAIN_ROWS = [("1", "2", "3"), ("4", "5", "6")]
CELL = st.text(alphabet=st.sampled_from('ab1,;"\n\r é<'), max_size=4)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(table=st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=6), quoting=st.booleans())
def test_what_a_csv_writer_wrote_is_read_back(
    tmp_path: Path, table: list[tuple[str, str, str]], quoting: bool
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL if quoting else csv.QUOTE_MINIMAL)
    table = [*PLAIN_ROWS, *table]
    writer.writerows([("head1", "head2", "head3"), *table])
    blocks = list(opened(tmp_path, text.getvalue(), separator=",").blocks())
    read = {row[0]: row[1:] for block in blocks for row in block.frame.rows()}
    blank = {number for block in blocks for number in block.blank_rows}
    assert not any(block.irregular for block in blocks)
    assert len(read) + len(blank) == len(table)
    for number, cells in enumerate(table, 2):
        if number in blank:
            assert not any(cell.strip() for cell in cells)
        else:
            assert read[number] == cells


LINE = st.text(alphabet=st.sampled_from("ab1,. é<"), max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(lines=st.lists(LINE, min_size=1, max_size=8))
def test_fast_and_strict_parser_agree(tmp_path: Path, lines: list[str]) -> None:
    text = "h1,h2,h3\n" + "\n".join([*map(",".join, PLAIN_ROWS), *lines]) + "\n"
    fast = list(opened(tmp_path, text, separator=",").blocks())
    expected = list(csv.reader(io.StringIO(text, newline=""), strict=True))[1:]
    block = fast[0] if fast else Block(pl.DataFrame())
    got: dict[int, tuple[str, ...]] = {row[0]: row[1:] for row in block.frame.rows()}
    got |= {row.row_number: row.cells for row in block.irregular}
    got |= dict.fromkeys(block.blank_rows, ())
    assert sorted(got) == list(range(2, 2 + len(expected)))
    for number, cells in enumerate(expected, 2):
        assert got[number] == (tuple(cells) if any(c.strip() for c in cells) else ())


def test_ragged_rows_are_set_aside_with_their_cells(tmp_path: Path) -> None:
    block = next(iter(opened(tmp_path, "a,b\n1,2\n3\n4,5,6\n\n7,8\n").blocks()))
    assert block.frame.rows() == [(2, "1", "2"), (6, "7", "8")]
    assert [(row.row_number, row.cells) for row in block.irregular] == [
        (3, ("3",)),
        (4, ("4", "5", "6")),
    ]
    assert block.blank_rows == (5,)


def test_quoted_record_across_two_blocks_is_whole(
    tmp_path: Path,
) -> None:
    body = "".join(f'{i},"line one\nline two {i}"\nplain{i},x\n' for i in range(20))
    path = tmp_path / "file"
    path.write_text("a,b\n" + body, encoding="utf-8")
    table = open_table(path, ImportOptions(), Limits(block_characters=20))
    read = rows(table)
    assert len(list(table.blocks())) > 5
    assert [row[0] for row in read] == list(range(2, 42))
    assert read[0] == (2, "0", "line one\nline two 0")
    assert read[39] == (41, "plain19", "x")


def test_stated_header_row_decides_names_and_separator(tmp_path: Path) -> None:
    text = "a, b, c, d\n\ne, f, g, h\nlon;lat;Pb\n5,1;52,0;3\n5,2;52,1;4\n"
    table = opened(tmp_path, text, header_row=4)
    assert table.header == ("lon", "lat", "Pb")
    assert rows(table) == [(5, "5,1", "52,0", "3"), (6, "5,2", "52,1", "4")]
    for row, reason in ((2, "that row is empty"), (7, "6 rows could be looked at")):
        with pytest.raises(IngestError, match=f"Row {row} cannot be the header: {reason}"):
            opened(tmp_path, text, header_row=row)


def test_blank_lines_before_the_header_count_as_rows(tmp_path: Path) -> None:
    table = opened(tmp_path, "\n\nx,y\n1,2\n")
    assert table.header == ("x", "y")
    assert rows(table) == [(4, "1", "2")]


@pytest.mark.parametrize(
    ("content", "code", "sentence"),
    [
        ("a,b,a\n1,2,3\n", "header_duplicate", 'Two columns are named "a"'),
        ("a,b,a \n1,2,3\n", "header_duplicate", 'Two columns are named "a"'),
        ('"a,b\n1,2\n', "quote_malformed", "The quotes around a cell are broken in row 1"),
        (",".join(f"c{i}" for i in range(513)), "too_many_columns", "513 columns; 512 are allowed"),
        (b"a,b\n\x81\x8d1,2\n", "encoding_unknown", "(byte 0x81 at offset 4)"),
        (b"<?xml version='1.0'?>", "content_not_table", "The content is XML or HTML"),
        (b"PK\x03\x04", "archive_damaged", "The archive is damaged"),
    ],
)
def test_refused_at_opening(tmp_path: Path, content: str | bytes, code: str, sentence: str) -> None:
    with pytest.raises(IngestError) as caught:
        opened(tmp_path, content)
    assert caught.value.code == code
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("content", "row"),
    [('a,b\n1,2\n3,"4\n5,6\n', 3), ('a,b\n1,2\n3,4\n"5"x,6\n', 4)],
)
def test_broken_quote_is_refused_with_its_row(tmp_path: Path, content: str, row: int) -> None:
    path = tmp_path / "file"
    path.write_text(content, encoding="utf-8")
    table = delimited.DelimitedTable(
        FileContent(path), "utf-8", ",", find_heading([["a", "b"]]), Limits()
    )
    with pytest.raises(IngestError) as caught:
        list(table.blocks())
    assert (caught.value.code, caught.value.row) == ("quote_malformed", row)


def test_unclosed_quote_over_megabytes_gives_a_short_message(tmp_path: Path) -> None:
    table = opened(tmp_path, 'a,b\n1,2\n3,"' + "secret\n" * 500_000)
    with pytest.raises(IngestError) as caught:
        list(table.blocks())
    assert caught.value.code == "quote_malformed"
    assert len(str(caught.value)) < 300
    assert "secret" not in str(caught.value)


def test_too_many_rows_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("a,b\n" + "1,2\n" * 11, encoding="utf-8")
    table = open_table(path, ImportOptions(), Limits(max_rows=10))
    with pytest.raises(IngestError, match="more than 10 rows"):
        list(table.blocks())


def test_stated_encoding_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match="The text cannot be read as ascii"):
        opened(tmp_path, "Länge,b\n1,2\n", encoding="ascii")


def test_stated_separator_is_checked(tmp_path: Path) -> None:
    assert opened(tmp_path, "a,b\tc\n", separator="tab").header == ("a,b", "c")
    with pytest.raises(IngestError, match='The separator ":" is not one of'):
        opened(tmp_path, "a:b\n", separator=":")


def test_missing_file_is_refused_without_its_path(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match="No such file") as caught:
        open_table(tmp_path / "secret-name", ImportOptions(), Limits())
    assert "secret-name" not in str(caught.value)


def test_a_table_can_be_read_twice(tmp_path: Path) -> None:
    table = opened(tmp_path, "a,b\n1,2\n")
    assert rows(table) == rows(table) == [(2, "1", "2")]
    assert next(iter(table.blocks())).frame.schema[ROW] == pl.Int64


PIECES = st.sampled_from(["a", "é", '"', '""', ",", "\n", " ", "1.5"])


@settings(max_examples=2000, deadline=None)
@given(st.lists(PIECES, min_size=3, max_size=16).map("".join))
def test_the_fast_way_is_taken_only_where_it_says_what_csv_says(text: str) -> None:
    content = text.encode()
    if delimited._is_regular(content, ",", 2):
        strict = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        assert [list(row) for row in delimited._parse_plain(content, ",", 2).rows()] == strict


@pytest.mark.parametrize(
    ("text", "is_fast"),
    [
        ('"a, b",1\nc,2\n', True),
        ('"a ""b""",1\n"",""', True),
        ('"a\nb",1\n', False),
        ('a"b,1\n', False),
        ('"a" ,1\n', False),
        ('"a,1\n', False),
    ],
)
def test_quotes_in_order_do_not_slow_the_reading(text: str, is_fast: bool) -> None:
    assert delimited._is_regular(text.encode(), ",", 2) == is_fast
