"""Cells of XLSX, read again by another library: whole, or seen to be cut."""

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
import shapely

from app.services.files.flow import Flow
from app.services.files.rows import GEOMETRY, Table
from app.services.files.workbook import write_workbook

_MOST = 32_767  # UTF-16 code units: ECMA-376, and the specifications of Excel


def _cells(path: Path, column: pa.Array) -> list[Any]:
    shapes = pa.array([shapely.Point(5, 51).wkb] * len(column), pa.binary())
    batch = pa.record_batch({"told": column, GEOMETRY: shapes})
    flow = Flow(Table(batch.schema, (one for one in [batch])), lambda _: [])
    write_workbook(flow, path, "layer")
    rows = openpyxl.load_workbook(path)["layer"].iter_rows(values_only=True)
    assert next(rows) == ("longitude", "latitude", "wkt", "told")
    found = list(rows)
    assert [row[:3] for row in found] == [(5, 51, None)] * len(column)
    return [row[3] for row in found]


@pytest.mark.parametrize(
    "text",
    [
        "a", "=1+1", " both ends ", "a\tb\nc", "a\r\nb\rc", "<&>\"']]>", "漢字 é \u2028 🜨",
        "x" * _MOST, "é" * _MOST, "🜨" * (_MOST // 2), "x" + "🜨" * (_MOST // 2),
    ],
)  # fmt: skip
def test_texts_come_through_whole(tmp_path: Path, text: str) -> None:
    assert _cells(tmp_path / "out.xlsx", pa.array([text])) == [text]


@pytest.mark.parametrize(
    "text", ["x" * (_MOST + 1), "🜨" * _MOST, "x" + "🜨" * _MOST, "x" * 10**6, "x" * _MOST + "🜨"]
)
def test_a_text_that_is_too_long_is_seen_to_be_cut(tmp_path: Path, text: str) -> None:
    [told] = _cells(tmp_path / "out.xlsx", pa.array([text]))
    assert told.endswith("…")
    assert text.startswith(told[:-1])
    units = len(told.encode("utf-16-le")) // 2
    assert _MOST - 1 <= units <= _MOST


def test_what_xml_cannot_hold_is_seen_to_be_missing(tmp_path: Path) -> None:
    told = _cells(tmp_path / "out.xlsx", pa.array(["a\x01b", "\x0b", "\x1f\uffff", "\x7f"]))
    assert told == ["a\ufffdb", "\ufffd", "\ufffd\ufffd", "\x7f"]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array([0.1 + 0.2, -1e-300, 1e300, None]), [0.1 + 0.2, -1e-300, 1e300, None]),
        (pa.array([float("nan"), float("inf"), 5.0]), [None, None, 5]),
        (pa.array([2**53, -(2**53), 0]), [2**53, -(2**53), 0]),
        (pa.array([True, None, False]), [True, None, False]),
        (pa.array([date(1, 1, 1), date(1900, 2, 28)]), ["0001-01-01", "1900-02-28"]),
        (pa.array(["x", None, "x"]).dictionary_encode(), ["x", None, "x"]),
    ],
)
def test_values_keep_their_kind(tmp_path: Path, column: pa.Array, expected: list[Any]) -> None:
    told = _cells(tmp_path / "out.xlsx", column)
    assert told == expected
    assert [type(one) is bool for one in told] == [type(one) is bool for one in expected]
