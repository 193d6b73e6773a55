"""XLSX, row by row: texts are texts and never formulas, and licences have a sheet of their own."""

import json
import math
import re
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pyarrow as pa
import shapely

from app.errors import TooLarge
from app.services.files.flow import Flow
from app.services.files.rows import GEOMETRY

# The format's own limits; letters beyond the first 65,536 code points count twice.
_MOST_ROWS = 1_048_576
_MOST_LETTERS = 32_767
# XML's readers make a carriage return a line feed unless it is written as a number.
_RETURN = {"\r": "&#13;"}
_SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# What XML cannot hold.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def write_workbook(flow: Flow, path: Path, layer: str) -> None:
    """Write a workbook: points as longitude and latitude, other shapes as WKT.

    Raises
    ------
    TooLarge
        More rows than a sheet can have.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as book:
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for piece in _sheet(_rows(flow)):
                sheet.write(piece.encode())
        licences = json.loads(flow.licences_json())["datasets"]
        book.writestr("xl/worksheets/sheet2.xml", "".join(_sheet(_licences(licences))))
        for name, content in _frame(layer).items():
            book.writestr(name, content)


def _rows(flow: Flow) -> Iterator[list[Any]]:
    names = [name for name in flow.schema.names if name != GEOMETRY]
    yield ["longitude", "latitude", "wkt", *names]
    for batch in flow.batches():
        if flow.count >= _MOST_ROWS:
            raise TooLarge(
                f"A sheet has {_MOST_ROWS:,} rows at most. Ask for less, or for another format."
            )
        places = _places(batch)
        for place, row in zip(places, batch.drop_columns([GEOMETRY]).to_pylist(), strict=True):
            yield [*place, *row.values()]


def _places(batch: pa.RecordBatch) -> Iterator[tuple[float | None, float | None, str | None]]:
    """Yield a place for each feature; districts known by their code alone have none."""
    for shape in shapely.from_wkb(batch.column(GEOMETRY).to_numpy(zero_copy_only=False)):
        if shape is None:
            yield None, None, None
        elif shape.geom_type == "Point":
            yield shape.x, shape.y, None
        else:
            middle = shape.representative_point()
            yield middle.x, middle.y, shapely.to_wkt(shape, rounding_precision=7)


def _licences(told: list[dict[str, Any]]) -> Iterator[list[Any]]:
    names = ["title", "owner", "licence", "citation", "source_url"]
    yield names
    for entry in told:
        yield [entry.get(name) for name in names]


def _sheet(rows: Iterator[list[Any]]) -> Iterator[str]:
    yield f"{_HEAD}<worksheet {_SPACE}><sheetData>"
    for row in rows:
        yield f"<row>{''.join(map(_cell, row))}</row>"
    yield "</sheetData></worksheet>"


def _cell(value: Any) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f"<c><v>{value!r}</v></c>" if math.isfinite(value) else "<c/>"
    text = value.isoformat() if isinstance(value, date) else str(value)
    shown = escape(_FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", _fitting(text)), _RETURN)
    # A text of its own kind: whatever it begins with, it is no formula.
    return f'<c t="inlineStr"><is><t xml:space="preserve">{shown}</t></is></c>'


def _fitting(text: str) -> str:
    """Return a text as long as a cell may be; one that is cut says so at its end."""
    if len(text) <= _MOST_LETTERS // 2:
        return text
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= 2 * _MOST_LETTERS:
        return text
    # Half of a letter at the end goes too.
    return units[: 2 * (_MOST_LETTERS - 1)].decode("utf-16-le", "ignore") + "…"


def _frame(layer: str) -> dict[str, str]:
    """Return what makes sheets a workbook."""
    types = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    package = "http://schemas.openxmlformats.org/package/2006"
    sheets = (layer[:31], "licences")
    return {
        "[Content_Types].xml": f'{_HEAD}<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
        f'relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="{types}.sheet.'
        'main+xml"/>'
        + "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" '
            f'ContentType="{types}.worksheet+xml"/>'
            for n in (1, 2)
        )
        + "</Types>",
        "_rels/.rels": f'{_HEAD}<Relationships xmlns="{package}/relationships"><Relationship '
        f'Id="rId1" Type="{_RELATED}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{_HEAD}<workbook {_SPACE} xmlns:r="{_RELATED}"><sheets>'
        + "".join(
            f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>'
            for n, name in enumerate(sheets, start=1)
        )
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{package}/relationships">'
        + "".join(
            f'<Relationship Id="rId{n}" Type="{_RELATED}/worksheet" '
            f'Target="worksheets/sheet{n}.xml"/>'
            for n in (1, 2)
        )
        + "</Relationships>",
    }
