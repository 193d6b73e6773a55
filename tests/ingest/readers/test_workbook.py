import datetime as dt
import io
import re
import time
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table as OdsTable
from odf.table import TableCell, TableRow
from odf.text import P
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from ingest.readers.cells import number_text
from tests.ingest.readers.conftest import Opened, refused, rows_of, saved, xlsx, zipped

VALUES: list[list[object]] = [
    ["id", "lon", "Pb", "when", "note"],
    [1, 0.1 + 0.2, 5.0, dt.date(2020, 5, 17), True],
    [2, -111.528, 1e-20, dt.datetime(2020, 5, 17, 12, 30), " <0,5 "],  # noqa: DTZ001
    [3, 52, 123456789012345, dt.time(3, 4), None],
]
TEXTS = [
    (2, "1", "0.3", "5", "2020-05-17", "TRUE"),
    (3, "2", "-111.528", "1e-20", "2020-05-17 12:30:00", " <0,5 "),
    (4, "3", "52", "123456789012345", "03:04:00", ""),
]


@pytest.mark.parametrize("epoch", [None, CALENDAR_MAC_1904])
def test_values_of_xlsx_as_a_person_sees_them(document: Opened, epoch: dt.datetime | None) -> None:
    book = openpyxl.Workbook()
    if epoch is not None:
        book.epoch = epoch
    for row in VALUES:
        book.worksheets[0].append(row)
    table = document(saved(book)).open()
    assert table.header == ("id", "lon", "Pb", "when", "note")
    assert rows_of(table) == TEXTS
    assert table.description == {"format": "xlsx", "sheet": "Sheet", "header_row": "1"}


def test_values_of_xls(document: Opened) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Old")
    date_style = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for index, row in enumerate([["id", "Pb", "when"], [1, 0.1 + 0.2, dt.date(2020, 5, 17)]], 2):
        for column, value in enumerate(row):
            style = date_style if isinstance(value, dt.date) else xlwt.Style.default_style
            sheet.write(index, column + 1, value, style)
    file = io.BytesIO()
    book.save(file)
    table = document(file.getvalue()).open()
    assert table.header == ("", "id", "Pb", "when")
    assert rows_of(table) == [(4, "", "1", "0.3", "2020-05-17")]
    assert table.description["header_row"] == "3"


def ods(rows: list[list[TableCell]], repeated: int = 1) -> bytes:
    book = OpenDocumentSpreadsheet()
    sheet = OdsTable(name="Blatt")
    for cells in rows:
        row = TableRow(numberrowsrepeated=repeated) if repeated > 1 else TableRow()
        for cell in cells:
            row.addElement(cell)
        sheet.addElement(row)
    book.spreadsheet.addElement(sheet)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def word(text: str) -> TableCell:
    cell = TableCell(valuetype="string")
    cell.addElement(P(text=text))
    return cell


def test_values_of_ods(document: Opened) -> None:
    date = TableCell(valuetype="date", datevalue="2020-05-17")
    values = [TableCell(valuetype="float", value=0.1 + 0.2), date]
    table = document(ods([[word("Pb"), word("when")], values])).open()
    assert rows_of(table) == [(2, "0.3", "2020-05-17")]
    assert table.description["format"] == "ods"


def test_sheet_with_places_is_taken_and_hidden_ones_are_listed(document: Opened) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].title = "Read me"
    book.worksheets[0].append(["This is", "a note"])
    data = book.create_sheet("Data")
    for row in (["lon", "lat", "Pb"], [5, 52, 1]):
        data.append(row)
    hidden = book.create_sheet("Secret")
    hidden.sheet_state = "hidden"
    for row in (["lon", "lat", "Pb"], *[[5, 52, 1]] * 9):
        hidden.append(row)
    opened = document(saved(book))
    table = opened.open()
    assert table.name == "Data"
    assert "The others: Read me, Secret (hidden)." in table.findings[0].message
    assert len(rows_of(opened.open("secret"))) == 9
    assert rows_of(document(saved(book), sheet="Data").open()) == [(2, "5", "52", "1")]


def test_stated_header_row_of_a_sheet(document: Opened) -> None:
    notes: list[list[object]] = [["a", "note", "on", "codes"]] * 150
    content = xlsx(("S", [*notes, ["id", "lon", "lat", "Pb"], ["A", 5, 52, 3]]))
    assert document(content).open().description["header_row"] == "1"
    table = document(content, header_row=151).open()
    assert table.header == ("id", "lon", "lat", "Pb")
    assert rows_of(table) == [(152, "A", "5", "52", "3")]
    fault = refused(lambda: document(content, header_row=153).open())
    assert fault.code == "header_row_missing"
    assert "152 rows could be looked at" in str(fault)


def test_header_below_notes_with_units_and_merged_groups(document: Opened) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (
        ["Survey of the valley"],
        [],
        ["Site", "Position", None, "Metals", None],
        [None, "Lon", "Lat", "Pb", "Cd"],
        [None, "Degrees", "Degrees", "mg/kg", "ug/kg"],
        ["A", 5.1, 52.1, 30, "<100"],
        [None, 5.1, 52.1, 31, 200],
        ["B", 5.2, 52.2, 32, 300],
    ):
        sheet.append(row)
    for merged in ("A1:E1", "B3:C3", "D3:E3", "A3:A4", "A6:A7"):
        sheet.merge_cells(merged)
    table = document(saved(book)).open()
    assert table.header == ("Site", "Lon", "Lat", "Pb", "Cd")
    assert table.units == (None, "Degrees", "Degrees", "mg/kg", "ug/kg")
    assert table.preamble == ("Survey of the valley",)
    assert [row[:2] for row in rows_of(table)] == [(6, "A"), (7, "A"), (8, "B")]
    assert [remark.code for remark in table.findings] == ["merged_cells_filled"]


def test_formulas_give_their_stored_value_and_errors_their_name(document: Opened) -> None:
    book = openpyxl.Workbook()
    for row in (["lon", "Pb", "x"], [5, "=1+1", "#N/A"], [6, 2, "#DIV/0!"]):
        book.worksheets[0].append(row)
    # openpyxl stores no value beside a formula; a spreadsheet program does
    packed = {}
    with zipfile.ZipFile(io.BytesIO(saved(book))) as archive:
        packed = {name: archive.read(name) for name in archive.namelist()}
    sheet = packed["xl/worksheets/sheet1.xml"]
    # Nothing, in one of three spellings: openpyxl writes by whichever library is installed.
    nothing = re.compile(rb"(?<=<f>1\+1</f>)<v ?(/>|></v>)")
    packed["xl/worksheets/sheet1.xml"], count = nothing.subn(b"<v>2</v>", sheet)
    assert count == 1
    table = document(zipped(packed.items())).open()
    assert rows_of(table) == [(2, "5", "2", "#N/A"), (3, "6", "2", "#DIV/0!")]


def test_one_cell_in_the_last_corner_is_refused(document: Opened) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["lon", "lat"])
    book.worksheets[0]["XFD1048576"] = 1
    opened = document(saved(book))
    start = time.monotonic()
    fault = refused(opened.open)
    assert fault.code == "too_many_cells"
    assert "reaches to row 1048576 and column 16384" in str(fault)
    assert time.monotonic() - start < 1


def test_repeated_cells_of_ods_are_counted_before_they_are_laid_out(document: Opened) -> None:
    wide = [[word("a"), TableCell(valuetype="float", value=1, numbercolumnsrepeated=16000)]]
    fault = refused(lambda: document(ods(wide, repeated=1_000_000)))
    assert fault.code == "too_many_cells"
    blank = [[word("lon"), word("lat")], [word("5"), TableCell(numbercolumnsrepeated=16000)]]
    assert len(rows_of(document(ods(blank)).open())) == 1


def test_bomb_of_millions_of_rows_is_refused_by_its_ratio(document: Opened) -> None:
    book = xlsx(("S", [["lon", "lat"], [5, 52]]))
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        packed = {name: archive.read(name) for name in archive.namelist()}
    row = b'<row><c t="n"><v>1</v></c></row>'
    name = "xl/worksheets/sheet1.xml"
    packed[name] = packed[name].replace(b"</sheetData>", row * 1_000_000 + b"</sheetData>")
    assert refused(lambda: document(zipped(packed.items()))).code == "archive_suspicious"


@pytest.mark.parametrize("name", ["xl/worksheets/sheet1.xml", "xl/workbook.xml"])
def test_billion_laughs_are_refused_at_once(document: Opened, name: str) -> None:
    book = xlsx(("S", [["lon", "lat"], [5, 52]]))
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        packed = {part: archive.read(part) for part in archive.namelist()}
    entities = b"".join(
        b'<!ENTITY l%d "%s">' % (level, b"&l%d;" % (level - 1) * 10) for level in range(1, 10)
    )
    laughs = b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY l0 "lol">' + entities + b"]>"
    body = packed[name].partition(b"?>")[2] if b"?>" in packed[name][:80] else packed[name]
    packed[name] = laughs + body
    assert refused(lambda: document(zipped(packed.items())).open()).code == "xml_entities"


def test_damaged_and_foreign_workbooks_are_refused(document: Opened, tmp_path: Path) -> None:
    assert refused(lambda: document(b"\xd0\xcf\x11\xe0" * 200)).code == "workbook_damaged"
    parts = [("[Content_Types].xml", b"<Types/>"), ("xl/workbook.xml", b"<workbook")]
    assert refused(lambda: document(zipped(parts))).code == "workbook_damaged"
    fault = refused(lambda: document(zipped([("xl/workbook.bin", b"x")])))
    assert fault.code == "content_not_table"
    assert "a binary Excel workbook (xlsb)" in str(fault)


def test_limits_of_size_rows_and_columns(document: Opened) -> None:
    book = xlsx(("S", [["a", "b", "c"], *[[1, 2, 3]] * 9]))
    fault = refused(lambda: document(book, max_in_memory_bytes=100))
    assert (fault.code, "may have 0 MiB" in str(fault)) == ("content_too_large", True)
    assert refused(lambda: document(book, max_rows=5).open()).code == "too_many_rows"
    assert refused(lambda: document(book, max_columns=2).open()).code == "too_many_columns"
    assert refused(lambda: document(book, max_cells=29).open()).code == "too_many_cells"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_are_none_stay_visible(value: float) -> None:
    assert number_text(value) in {"nan", "inf"}
