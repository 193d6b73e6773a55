"""Looks at a workbook's own XML before the library unpacks it into a grid of cells.

The library lays a sheet out from its first to its last cell; one cell at XFD1048576 would ask for
17 thousand million. So the extent is found first, by reading the stream once, with nothing kept.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from ingest.findings import refusal
from ingest.options import Limits
from ingest.readers.content import MemberContent
from ingest.readers.contract import Content

_CHUNK = 1 << 20
_LONGEST_TAG = 4096
_CELL = re.compile(rb"<(?:\w+:)?c\s(?:[^>]*?\s)?r=[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_ROW_TAG = re.compile(rb"<(?:\w+:)?row\s(?:[^>]*?\s)?r=[\"']([0-9]{1,7})[\"']")
_ERROR = re.compile(
    rb"<(?:\w+:)?c\s(?=[^>]*\bt=[\"']e[\"'])(?:[^>]*?\s)?r=[\"']([A-Z]{1,3})([0-9]{1,7})[\"'][^>]*>"
    rb"(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>([^<]{1,20})</",
    re.DOTALL,
)
_DECLARATIONS = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_ODS_CONTENT = "content.xml"


@dataclass(slots=True)
class SheetScan:
    """How far a sheet reaches (rows and columns, counted from A1), and its cells with errors."""

    rows: int = 0
    columns: int = 0
    errors: dict[tuple[int, int], str] = field(default_factory=dict)


def scan_workbook(kind: str, members: list[MemberContent]) -> "dict[str, SheetScan | Content]":
    """Find the parts of a workbook's sheets, or their extents where one part holds them all.

    Parameters
    ----------
    kind : {"xlsx", "ods"}
        The format.
    members : list of MemberContent
        The files of the workbook.

    Returns
    -------
    dict of str to SheetScan or Content
        By name of the sheet: for ODS how far it reaches, for XLSX the part to be given to
        `scan_sheet` when that sheet is wanted.

    Raises
    ------
    IngestError
        If the XML is damaged, or declares entities.
    """
    parts = {member.name: member for member in members}
    if kind == "ods":
        return dict(_scan_ods(parts[_ODS_CONTENT]))
    targets: dict[str, str] = {}
    sheets: dict[str, str] = {}

    def relation(tag: str, given: dict[str, str]) -> None:
        if tag == "Relationship":
            targets[given.get("Id", "")] = given.get("Target", "")

    def sheet(tag: str, given: dict[str, str]) -> None:
        if tag == "sheet":
            sheets[given.get("name", "")] = given.get("id", "")

    if _RELATIONS not in parts:
        raise refusal("workbook_damaged", reason="its list of sheets is missing")
    _parse(parts[_RELATIONS], relation)
    _parse(parts[_WORKBOOK], sheet)
    found: dict[str, SheetScan | Content] = {}
    for name, key in sheets.items():
        target = targets.get(key, "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if part in parts:
            found[name] = parts[part]
    return found


def scan_sheet(part: Content) -> SheetScan:
    """Find how far a sheet of an XLSX workbook reaches, and its cells with errors.

    Parameters
    ----------
    part : Content
        The sheet's XML.

    Returns
    -------
    SheetScan
        Its extent.

    Raises
    ------
    IngestError
        If the XML declares entities.
    """
    scan = SheetScan()
    letters: set[bytes] = set()
    for text in _overlapping(part):
        if _DECLARATIONS.search(text):
            raise refusal("xml_entities")
        cells = _CELL.findall(text)
        letters.update(cell[0] for cell in cells)
        rows = [int(cell[1]) for cell in cells[-1:]] + [int(row) for row in _ROW_TAG.findall(text)]
        scan.rows = max([scan.rows, *rows])
        if b't="e"' in text or b"t='e'" in text:
            for column, row, shown in _ERROR.findall(text):
                place = int(row) - 1, _column_number(column) - 1
                scan.errors[place] = shown.decode("ascii", "replace")
    scan.columns = max(map(_column_number, letters), default=0)
    return scan


def refuse_oversized(scan: SheetScan, sheet: str, limits: Limits) -> None:
    """Refuse a sheet that reaches too far to be laid out.

    Parameters
    ----------
    scan : SheetScan
        Its extent.
    sheet : str
        Its name.
    limits : Limits
        `max_rows` and `max_cells`.

    Raises
    ------
    IngestError
        If there are too many rows or cells.
    """
    if scan.rows > limits.max_rows:
        raise refusal("too_many_rows", limit=limits.max_rows)
    if scan.rows * scan.columns > limits.max_cells:
        raise refusal(
            "too_many_cells",
            text=sheet,
            rows=scan.rows,
            columns=scan.columns,
            limit=limits.max_cells,
        )


def _overlapping(part: Content) -> Iterator[bytes]:
    """Read in chunks; a tag cut by the end of one is whole in the next."""
    rest = b""
    with part.open() as stream:
        while chunk := stream.read(_CHUNK):
            text = rest + chunk
            yield text
            rest = text[-_LONGEST_TAG:]


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


class _OdsScan:
    """Counts the repeated rows and cells of an ODS sheet, up to the last one with something in."""

    def __init__(self) -> None:
        self.sheets: dict[str, SheetScan] = {}
        self._sheet = SheetScan()
        self._row = 0
        self._repeated = 1
        self._column = 0

    def start(self, tag: str, given: dict[str, str]) -> None:
        if tag == "table":
            self._sheet = self.sheets.setdefault(given.get("name", ""), SheetScan())
            self._row = 0
        elif tag == "table-row":
            self._repeated = _count(given.get("number-rows-repeated"))
            self._column = 0
            self._row += self._repeated
        elif tag in {"table-cell", "covered-table-cell"}:
            self._column += _count(given.get("number-columns-repeated"))
            if "value-type" in given:
                self._mark()
        elif tag == "p":
            self._mark()

    def _mark(self) -> None:
        self._sheet.rows = max(self._sheet.rows, self._row)
        self._sheet.columns = max(self._sheet.columns, self._column)


def _count(text: str | None) -> int:
    return max(int(text), 1) if text is not None and text.isdecimal() and len(text) < 10 else 1


def _scan_ods(content: Content) -> dict[str, SheetScan]:
    scan = _OdsScan()
    _parse(content, scan.start)
    return scan.sheets


def _parse(content: Content, start: Any) -> None:
    """Go through XML without entities; names come without their namespaces."""
    parser = expat.ParserCreate(namespace_separator=" ")

    def refuse(*_: object) -> None:
        raise refusal("xml_entities")

    def local(tag: str, given: dict[str, str]) -> None:
        start(tag.rpartition(" ")[2], {key.rpartition(" ")[2]: text for key, text in given.items()})

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = local
    try:
        with content.open() as stream:
            while chunk := stream.read(_CHUNK):
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise refusal("workbook_damaged", reason="its XML is broken") from error
