"""What readers promise, held against one table that is written in every format."""

import gzip
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas
import openpyxl
import polars as pl
import pyarrow as pa
import pytest
import shapely
from pyarrow import parquet

from ingest.options import ImportOptions, Limits
from ingest.readers.contract import ROW, Table, cell_column
from ingest.readers.document import open_document
from tests.ingest.readers.conftest import saved, zipped

_HEADER = ("name", "place", "zinc")
# Nothing, blanks, what parts cells and lines, other scripts, numbers of many digits.
_ROWS: list[tuple[str | None, str | None, float | None]] = [
    ("a1", "Köln 漢字 é", 12.5),
    (None, " x, y; z ", None),
    ('say "x"', None, 0.1),
    (None, None, 123456789.25),
    ("0012", "NULL", 1e-7),
    ("end", "=1+1", 5.0),
]
_SPATIAL = {"features", "gpkg", "fgb", "shp", "geoparquet"}


def _frame() -> geopandas.GeoDataFrame:
    columns = dict(zip(_HEADER, zip(*_ROWS, strict=True), strict=True))
    points = [shapely.Point(5 + at / 10, 51) for at in range(len(_ROWS))]
    return geopandas.GeoDataFrame(columns, geometry=points, crs="EPSG:4326")


def _text(separator: str) -> bytes:
    def cell(value: Any) -> str:
        return "" if value is None else '"' + str(value).replace('"', '""') + '"'

    lines = [separator.join(cell(value) for value in row) for row in (_HEADER, *_ROWS)]
    return "\r\n".join(lines).encode()


def _workbook() -> bytes:
    book = openpyxl.Workbook()
    for row in (_HEADER, *_ROWS):
        # A text that begins as a formula does is one all the same.
        book.active.append(row)  # type: ignore[union-attr]
    book.active.cell(len(_ROWS) + 1, 2).data_type = "s"  # type: ignore[union-attr]
    return saved(book)


def _parquet() -> bytes:
    out = io.BytesIO()
    columns = dict(zip(_HEADER, zip(*_ROWS, strict=True), strict=True))
    parquet.write_table(pa.table({name: list(told) for name, told in columns.items()}), out)
    return out.getvalue()


def _written(folder: Path, name: str) -> bytes:
    path = folder / name
    if path.suffix == ".parquet":
        _frame().to_parquet(path)
    else:
        # With an index FlatGeobuf is in the order of that.
        order = {"SPATIAL_INDEX": "NO"} if path.suffix == ".fgb" else {}
        _frame().to_file(path, layer="t", **order)
    if path.suffix != ".shp":
        return path.read_bytes()
    return zipped((one.name, one.read_bytes()) for one in sorted(folder.glob(f"{path.stem}.*")))


FORMATS: dict[str, Callable[[Path], bytes]] = {
    "csv": lambda _: _text(","),
    "semicolons": lambda _: _text(";"),
    "tabs": lambda _: _text("\t"),
    "gzip": lambda _: gzip.compress(_text(",")),
    "zip": lambda _: zipped([("in/a.csv", _text(","))]),
    "xlsx": lambda _: _workbook(),
    "parquet": lambda _: _parquet(),
    "features": lambda folder: _written(folder, "t.geojson"),
    "gpkg": lambda folder: _written(folder, "t.gpkg"),
    "fgb": lambda folder: _written(folder, "t.fgb"),
    "shp": lambda folder: _written(folder, "t.shp"),
    "geoparquet": lambda folder: _written(folder, "t.parquet"),
}


def _opened(folder: Path, name: str, limits: Limits) -> Table:
    path = folder / "upload"
    if not path.exists():
        made = folder / "made"
        made.mkdir()
        path.write_bytes(FORMATS[name](made))
    return open_document(path, ImportOptions(), limits).open()


def _whole(table: Table) -> pl.DataFrame:
    frames = []
    for block in table.blocks():
        names = [ROW, *(cell_column(at) for at in range(len(table.header)))]
        assert block.frame.schema == dict.fromkeys(names, pl.String) | {ROW: pl.Int64}
        assert sum(block.frame.null_count().row(0)) == 0
        assert block.irregular == block.faults == ()
        if not block.may_hold_nul:
            assert not any("\0" in cell for row in block.frame.rows() for cell in row[1:])
        frames.append(block.frame)
    return pl.concat(frames)


@pytest.mark.parametrize("name", FORMATS)
def test_cells_are_text_in_rows_that_rise(tmp_path: Path, name: str) -> None:
    table = _opened(tmp_path, name, Limits())
    whole = _whole(table)
    numbers = whole[ROW].to_list()
    first = 1 if name in _SPATIAL | {"parquet"} else 2
    assert numbers == list(range(first, first + len(_ROWS)))
    at = [table.header.index(one) for one in _HEADER]
    for row, expected in zip(whole.rows(), _ROWS, strict=True):
        told = [row[1 + column] for column in at]
        # A table of DBase does not tell blanks at the end from none.
        texts = [value.strip() if name == "shp" else value for value in told[:2]]
        wanted = [(value or "").strip() if name == "shp" else value or "" for value in expected[:2]]
        assert texts == wanted
        assert (float(told[2]) if told[2] else None) == expected[2]
    assert (table.epsg == 4326) == (name in _SPATIAL)
    assert set(table.geometry_columns) <= set(table.header)
    assert bool(table.geometry_columns) == (name in _SPATIAL)
    assert table.units is None or len(table.units) == len(table.header)


@pytest.mark.parametrize("name", FORMATS)
def test_blocks_are_read_from_the_first_row_each_time_and_whatever_their_size(
    tmp_path: Path, name: str
) -> None:
    table = _opened(tmp_path, name, Limits())
    whole = _whole(table)
    assert _whole(table).equals(whole)
    small = _opened(tmp_path, name, Limits(block_characters=1))
    assert _whole(small).equals(whole)
    # Who stops early leaves nothing behind.
    blocks = small.blocks()
    next(blocks)
    del blocks
    assert _whole(small).equals(whole)


@pytest.mark.parametrize("name", FORMATS)
def test_entries_tell_how_long_they_are_before_they_are_opened(tmp_path: Path, name: str) -> None:
    _opened(tmp_path, name, Limits())
    [entry] = open_document(tmp_path / "upload", ImportOptions(), Limits()).tables
    assert entry.rows is None or entry.rows in {len(_ROWS), len(_ROWS) + 1}
    assert not entry.is_hidden
    assert entry.open().name in {"", entry.name}
