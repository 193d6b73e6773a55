"""Rows on their way in: however they are faulty, each is counted once and given back as written."""

from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.columns import ColumnGuess
from ingest.errors import IngestError
from ingest.excerpt import guard_formula, unguard_formula
from ingest.findings import Counts, FindingLog, finding
from ingest.readers.contract import ROW, Block, IrregularRow
from ingest.rows import RowAccount, block_cells, first_block, report, table_cells, text_column

_HEADER = ("a", "b")
_CELL = st.text(st.sampled_from("x1 \t'=-\0é"), max_size=4)


def _block(rows: dict[int, tuple[str, ...]], **more: Any) -> Block:
    numbers = pl.Series(ROW, list(rows), dtype=pl.Int64)
    cells = [
        pl.Series(f"c{at}", [row[at] for row in rows.values()], dtype=pl.String)
        for at in range(len(_HEADER))
    ]
    return Block(pl.DataFrame([numbers, *cells]), **more)


@st.composite
def _blocks(draw: st.DrawFn) -> list[tuple[Block, dict[int, tuple[str, ...]], set[int]]]:
    """Blocks, with the cells of all rows that are not blank, and which of these are faulty."""
    number, made = 1, []
    for _ in range(draw(st.integers(1, 3))):
        regular, irregular, blank, faults, cells = {}, [], [], [], {}
        for _ in range(draw(st.integers(0, 6))):
            number += 1
            kind = draw(st.sampled_from(["regular", "regular", "short", "long", "blank", "fault"]))
            if kind == "blank":
                blank.append(number)
                continue
            length = {"short": 1, "long": 3}.get(kind, 2)
            row = tuple(draw(st.lists(_CELL, min_size=length, max_size=length)))
            cells[number] = row
            if length == len(_HEADER):
                regular[number] = row
            else:
                irregular.append(IrregularRow(number, row))
            if kind == "fault":
                faults.append(finding("row_too_long", row=number, number=3, expected=2))
        bad = {n for n, row in cells.items() if len(row) != 2 or "\0" in "".join(row)}
        bad |= {fault.row for fault in faults if fault.row is not None}
        block = _block(
            regular, irregular=tuple(irregular), blank_rows=tuple(blank), faults=tuple(faults)
        )
        made.append((block, cells, bad))
    return made


@given(_blocks())
def test_every_row_is_counted_once_and_faulty_ones_come_back_as_written(
    blocks: list[tuple[Block, dict[int, tuple[str, ...]], set[int]]],
) -> None:
    log = FindingLog(kept_per_code=1)
    account = RowAccount(_HEADER, log)
    read = accepted = 0
    for block, cells, bad in blocks:
        kept = account.intake(block)
        # Faults that the reader alone can see are of rows that can be interpreted.
        assert set(cells) - bad <= set(kept[ROW].to_list()) <= set(cells)
        assert not any("\0" in cell for row in kept.rows() for cell in row[1:])
        given_back = account.release()
        assert {row.row_number: row.cells for row in given_back} == {n: cells[n] for n in bad}
        assert [row.row_number for row in given_back] == sorted(bad)
        assert all(row.reasons for row in given_back)
        assert account.release() == ()
        read += len(cells) + len(block.blank_rows)
        accepted += len(cells) - len(bad)
    if not any(cells for _, cells, _ in blocks):
        with pytest.raises(IngestError) as caught:
            account.close()
        assert caught.value.code == "file_without_rows"
        return
    bad_rows = sum(len(bad) for *_, bad in blocks)
    assert account.close() == Counts(read, accepted, bad_rows, read - accepted - bad_rows)


def test_cells_are_trimmed_and_lose_the_apostrophe_of_downloads_alone() -> None:
    written = {
        2: (" x ", "'=1+1"), 3: ("'s-Hertogenbosch", "' =1"), 4: ("''", "'"), 5: ("\t", "'-5"),
    }  # fmt: skip
    kept = RowAccount(_HEADER, FindingLog()).intake(_block(written))
    assert kept.select("c0", "c1").rows() == [
        ("x", "=1+1"), ("'s-Hertogenbosch", "=1"), ("''", "'"), ("", "-5"),
    ]  # fmt: skip


@given(st.text(st.sampled_from(" =+-@＝\t\r\nx1.,e"), max_size=5))
def test_what_a_download_guards_is_read_as_it_was(text: str) -> None:
    guarded = guard_formula(text)
    assert unguard_formula(pl.Series([guarded])).to_list() == [text]


def test_rows_that_are_all_blank_are_none() -> None:
    account = RowAccount(_HEADER, FindingLog())
    account.intake(_block({}, blank_rows=(2, 3)))
    with pytest.raises(IngestError) as caught:
        account.close()
    assert caught.value.code == "file_without_rows"


def test_a_nul_is_told_of_its_own_cell() -> None:
    log = FindingLog()
    RowAccount(_HEADER, log).intake(_block({2: ("x", "y\0"), 3: ("\0", "")}))
    told = {row: [one.column for one in errors] for row, errors in log.row_errors.items()}
    assert told == {2: ["b"], 3: ["a"]}


def test_rows_that_are_skipped_count_once_and_not_where_they_are_faulty() -> None:
    log = FindingLog()
    account = RowAccount(_HEADER, log)
    rows = dict.fromkeys(range(2, 8), ("x", "y"))
    account.intake(_block(rows))
    log.add(finding("row_too_long", row=3, number=3, expected=2))
    for number in (2, 3):
        account.skip(number)
    account.skip_rows(pl.Series([5, 6]))
    assert [row.row_number for row in account.release()] == [3]
    assert account.close() == Counts(6, 2, 1, 3)


@pytest.mark.parametrize(("code", "kept"), [("text_too_long", 5), ("outside_country", 2)])
def test_errors_are_all_told_and_other_findings_beyond_some_are_counted(
    code: str, kept: int
) -> None:
    log = FindingLog(kept_per_code=2)
    rows, texts = pl.Series([9, 4, 7, 5, 8]), pl.Series(list("abcde"))
    report(log, code, rows, "a", texts, limit=3, country="DE", text_country="x")
    report(log, code, rows.head(0), "a")
    assert log.counts[code] == 5
    told = {remark.row for remarks in log.row_errors.values() for remark in remarks}
    told |= {remark.row for remark in log.findings}
    assert told == set(rows.head(kept))


def test_texts_of_a_column() -> None:
    frame = _block({2: ("", "é" * 5), 3: ("x", "é" * 6), 4: ("", "")}).frame
    log = FindingLog()
    column = ColumnGuess(1, "b", "sample", 1.0, "its name")
    assert text_column(frame, column, log, longest=5).to_list() == ["é" * 5, "é" * 6, None]
    # In characters, not in bytes.
    assert list(log.row_errors) == [3]
    assert text_column(frame, None, log).to_list() == [None] * 3
    assert text_column(frame.head(0), column, log).to_list() == []


def test_cells_of_some_rows_are_found_whatever_became_of_them() -> None:
    first = _block({2: (" x ", "\0"), 3: ("y", "")}, irregular=(IrregularRow(4, ("a", "b", "c")),))
    second = _block({5: ("z", "'=1")})
    assert block_cells(first, {2, 4, 5}) == {2: (" x ", "\0"), 4: ("a", "b", "c")}
    assert block_cells(first, set()) == {}

    class Twice:
        def blocks(self) -> Iterator[Block]:
            yield from (first, second)

    table: Any = Twice()
    assert table_cells(table, [5, 4]) == {4: ("a", "b", "c"), 5: ("z", "'=1")}
    assert table_cells(table, []) == {}
    begin, whole = first_block(table.blocks())
    assert begin is first
    assert list(whole) == [first, second]
    with pytest.raises(IngestError) as caught:
        first_block(iter(()))
    assert caught.value.code == "file_without_rows"
