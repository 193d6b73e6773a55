"""Workbooks and archives written on the spot, and a short way to read them."""

import io
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from ingest.errors import IngestError
from ingest.options import ImportOptions, Limits
from ingest.readers.contract import Table
from ingest.readers.document import Document, open_document

Opened = Callable[..., Document]


@pytest.fixture
def document(tmp_path: Path) -> Opened:
    """Open bytes: `document(content, sheet="Samples", max_cells=10)`."""

    def open_bytes(content: bytes, **stated: object) -> Document:
        path = tmp_path / "upload"
        path.write_bytes(content)
        limits = Limits()
        bounds = {name: stated.pop(name) for name in list(stated) if hasattr(limits, name)}
        options = ImportOptions(**stated)  # type: ignore[arg-type]
        return open_document(path, options, replace(limits, **bounds))  # type: ignore[arg-type]

    return open_bytes


def rows_of(table: Table) -> list[tuple[object, ...]]:
    return [row for block in table.blocks() for row in block.frame.rows()]


def refused(action: Callable[[], object]) -> IngestError:
    with pytest.raises(IngestError) as caught:
        action()
    return caught.value


def zipped(members: Iterable[tuple[str, bytes]], **options: object) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return packed.getvalue()


def xlsx(*sheets: tuple[str, list[list[object]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
