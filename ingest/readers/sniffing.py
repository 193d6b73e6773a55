"""Tells what a file is from its first bytes."""

import codecs
import re
from typing import BinaryIO

from ingest.findings import refusal
from ingest.readers.encodings import unmarked_utf16

DELIMITED_TEXT = "delimited text"
_HEAD_BYTES = 65536
_SIGNATURES = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"\xd0\xcf\x11\xe0", "xls"),
    (b"%PDF", "pdf"),
    (b"SQLite format 3\x00", "sqlite"),
    (b"PAR1", "parquet"),
    (b"fgb\x03", "flatgeobuf"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
    (b"\x7fELF", "binary"),
    (b"7z\xbc\xaf", "archive"),
    (b"Rar!", "archive"),
    (b"\x28\xb5\x2f\xfd", "archive"),
    (b"BZh", "archive"),
    (b"\xfd7zXZ", "archive"),
)
_NAMES = {
    DELIMITED_TEXT: "csv",
    "zip": "a zip archive",
    "gzip": "a gzip archive",
    "xlsb": "a binary Excel workbook (xlsb)",
    "pdf": "a PDF document",
    "image": "an image",
    "archive": "an archive",
    "xml": "XML or HTML",
    "json": "JSON",
    "binary": "binary data",
}
_MARKUP = re.compile(rb"\s*<[A-Za-z!?/]")
_JSON = re.compile(rb'\s*(?:\{\s*["}]|\[\s*[\[{"\d\-])')
_TEXT_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def sniff(file: BinaryIO) -> str:
    r"""Tell the kind of content.

    Parameters
    ----------
    file : binary file
        Open at its beginning.

    Returns
    -------
    str
        ``delimited text``, or the kind of what it is instead.

    Raises
    ------
    IngestError
        If the file is empty.

    Examples
    --------
    >>> import io
    >>> sniff(io.BytesIO(b"x,y,zinc\n1,2,3\n"))
    'delimited text'
    >>> sniff(io.BytesIO(b" <OGRVRTDataSource>"))
    'xml'
    """
    head = file.read(_HEAD_BYTES)
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise refusal("file_empty")
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    is_utf16 = head.startswith(_TEXT_MARKS) or unmarked_utf16(head) is not None
    text = _ascii_view(head) if is_utf16 else head.removeprefix(codecs.BOM_UTF8)
    if _MARKUP.match(text):
        return "xml"
    if _JSON.match(text):
        return "json"
    if is_utf16 or not _looks_binary(text):
        return DELIMITED_TEXT
    return "binary"


def describe(kind: str) -> str:
    """Name a kind of content in words.

    Parameters
    ----------
    kind : str
        An answer of `sniff`.

    Returns
    -------
    str
        Words for a sentence.

    Examples
    --------
    >>> describe("xml")
    'XML or HTML'
    """
    return _NAMES.get(kind, kind)


def _ascii_view(head: bytes) -> bytes:
    """Drop the zero bytes of UTF-16, which is enough to see markup."""
    return (
        head.removeprefix(codecs.BOM_UTF16_LE)
        .removeprefix(codecs.BOM_UTF16_BE)
        .replace(b"\x00", b"")
    )


def _looks_binary(head: bytes) -> bool:
    """Tell binary data by its control bytes; single NUL bytes are faults of rows."""
    controls = sum(head.count(byte) for byte in range(32) if byte not in b"\t\n\r\x0b\x0c\x1a\x1b")
    return controls > max(8, len(head) // 50)
