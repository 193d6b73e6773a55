"""Reads workbooks: XLSX, XLS and ODS, by the values that the spreadsheet last stored.

Formulas are not evaluated, macros not run, links not followed. Dates come by the workbook's own
epoch (1900 or 1904).
"""

import io
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from typing import NoReturn

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from ingest.findings import Finding, finding, refusal
from ingest.options import ImportOptions, Limits
from ingest.readers.cells import block_of_rows, cell_text
from ingest.readers.content import members_of, whole
from ingest.readers.contract import Block, Content, TableEntry
from ingest.readers.header import Heading, find_heading, refuse_faulty_header, rows_looked_at
from ingest.readers.workbook_scan import SheetScan, refuse_oversized, scan_sheet, scan_workbook

_ROWS_PER_BLOCK = 20_000

Merge = tuple[tuple[int, int], tuple[int, int]]


class SheetTable:
    """One sheet of a workbook, see `ingest.readers.contract.Table`.

    Parameters
    ----------
    sheet : CalamineSheet
        The sheet.
    kind : str
        The workbook's format.
    errors : dict of (int, int) to str
        Cells whose value is an error such as #N/A, by row and column from 0.
    limits : Limits
        Bounds on columns.
    header_row : int or None
        The header's row as the user states it.
    """

    epsg: int | None = None
    geometry_columns: tuple[str, ...] = ()

    def __init__(
        self,
        sheet: CalamineSheet,
        kind: str,
        errors: dict[tuple[int, int], str],
        limits: Limits,
        header_row: int | None = None,
    ) -> None:
        self._sheet = sheet
        self._errors = errors
        merges: list[Merge] = list(sheet.merged_cell_ranges or [])
        number = rows_looked_at(header_row)
        spans = [(top, left, right) for (top, left), (_, right) in merges if top < number]
        heading = find_heading(list(islice(self._texts(), number)), spans, header_row)
        self._first_row = heading.first_data_row
        self._fills = _downward(merges, self._first_row - 1)
        self.name = sheet.name
        self.header = _cut(heading, self._used_columns())
        self.units = heading.units and heading.units[: len(self.header)]
        self.preamble = heading.preamble
        self.findings = self._remarks()
        self.description = {"format": kind, "sheet": sheet.name, **heading.describe()}
        refuse_faulty_header(self.header, limits.max_columns)

    def blocks(self) -> Iterator[Block]:
        """Read the rows from the first one on.

        Yields
        ------
        Block
            Up to 20,000 rows.
        """
        width = len(self.header)
        numbered = enumerate(self._filled(), 1)
        rows = ((number, row[:width]) for number, row in numbered if number >= self._first_row)
        while chunk := list(islice(rows, _ROWS_PER_BLOCK)):
            yield block_of_rows(chunk, width)

    def _texts(self) -> Iterator[list[str]]:
        """Yield the rows of the sheet from its first one on."""
        # the library begins with the first row, but with the first used column
        left = self._sheet.start[1] if self._sheet.start else 0
        faulty = {row for row, _ in self._errors}
        for index, cells in enumerate(self._sheet.iter_rows()):
            row = [""] * left + [cell_text(cell) for cell in cells]
            if index in faulty:
                self._show_errors(index, row)
            yield row

    def _show_errors(self, index: int, row: list[str]) -> None:
        for column in range(len(row)):
            row[column] = row[column] or self._errors.get((index, column), "")

    def _filled(self) -> Iterator[list[str]]:
        """Repeat the value of cells merged downwards in each of their rows."""
        held: dict[int, tuple[int, str]] = {}
        for index, row in enumerate(self._texts()):
            for column, last in self._fills.get(index, ()):
                held[column] = last, row[column]
            for column, (last, text) in list(held.items()):
                if index > last:
                    del held[column]
                else:
                    row[column] = text
            yield row

    def _used_columns(self) -> int:
        """Count the columns up to the last one with anything in it."""
        used = 0
        for row in self._texts():
            for column in range(len(row) - 1, used - 1, -1):
                if row[column].strip():
                    used = column + 1
                    break
        return used

    def _remarks(self) -> tuple[Finding, ...]:
        number = sum(map(len, self._fills.values()))
        return (finding("merged_cells_filled", number=number),) if number else ()


def list_workbook(
    kind: str, content: Content, options: ImportOptions, limits: Limits
) -> list[TableEntry]:
    """List the sheets of a workbook.

    Parameters
    ----------
    kind : {"xlsx", "xls", "ods"}
        Its format.
    content : Content
        The bytes.
    options : ImportOptions
        `header_row` is used where stated.
    limits : Limits
        Bounds on size, rows, columns and cells.

    Returns
    -------
    list of TableEntry
        A table per sheet.

    Raises
    ------
    IngestError
        If the workbook is damaged, protected by a password, or too large.
    """
    scans = {} if kind == "xls" else scan_workbook(kind, members_of(content, limits))
    for name, scan in scans.items():
        if isinstance(scan, SheetScan):  # sheets of ODS are all laid out when it is opened
            refuse_oversized(scan, name, limits)
    stored = whole(content, limits)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(stored))
        sheets = [each for each in book.sheets_metadata if each.typ == SheetTypeEnum.WorkSheet]
    except BaseException as error:
        _refuse(error)
    opened = partial(_open_sheet, book, kind=kind, limits=limits, header_row=options.header_row)
    return [
        TableEntry(
            sheet.name,
            partial(opened, sheet.name, scans.get(sheet.name)),
            is_hidden=sheet.visible != SheetVisibleEnum.Visible,
        )
        for sheet in sheets
    ]


def _open_sheet(
    book: CalamineWorkbook,
    name: str,
    part: "SheetScan | Content | None",
    kind: str,
    limits: Limits,
    header_row: int | None,
) -> SheetTable:
    scan = scan_sheet(part) if part is not None and not isinstance(part, SheetScan) else part
    scan = scan or SheetScan()
    refuse_oversized(scan, name, limits)
    try:
        sheet = book.get_sheet_by_name(name)
    except BaseException as error:
        _refuse(error)
    return SheetTable(sheet, kind, scan.errors, limits, header_row)


def _refuse(error: BaseException) -> NoReturn:
    """Refuse a workbook that the library cannot open; its panics are no ordinary exceptions."""
    if isinstance(error, PasswordError):
        raise refusal("workbook_protected") from error
    if isinstance(error, CalamineError | ValueError | OSError):
        raise refusal("workbook_damaged", reason=str(error)) from error
    if type(error).__name__ == "PanicException":
        raise refusal("workbook_damaged", reason="its records contradict each other") from error
    raise error


def _downward(merges: Sequence[Merge], first_row: int) -> dict[int, list[tuple[int, int]]]:
    """Find merged cells of several rows of data: by first row, their column and last row."""
    fills: dict[int, list[tuple[int, int]]] = {}
    for (top, left), (bottom, _) in merges:
        if bottom > top >= first_row:
            fills.setdefault(top, []).append((left, bottom))
    return fills


def _cut(heading: Heading, used: int) -> tuple[str, ...]:
    names = [*heading.names, *[""] * (used - len(heading.names))]
    return tuple(names[:used])
