import io

import pytest

from ingest.errors import IngestError
from ingest.readers.sniffing import describe, sniff


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"<OGRVRTDataSource><OGRVRTLayer/></OGRVRTDataSource>", "xml"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>', "xml"),
        ("<?xml version='1.0'?>".encode("utf-16"), "xml"),
        (b"\n\n <html>", "xml"),
        (b"<!DOCTYPE html>", "xml"),
        (b"PK\x03\x04....", "zip"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
        (b"%PDF-1.7", "pdf"),
        (b"SQLite format 3\x00", "sqlite"),
        (b"PAR1", "parquet"),
        (b'{"type": "FeatureCollection"}', "json"),
        (b'[{"x": 1}]', "json"),
        (bytes(range(256)) * 10, "binary"),
        ("<?xml version='1.0'?>".encode("utf-16-le"), "xml"),
    ],
)
def test_other_content_is_named(content: bytes, kind: str) -> None:
    assert sniff(io.BytesIO(content)) == kind
    assert describe(kind)


@pytest.mark.parametrize(
    "content",
    [
        b"x,y\n1,2\n",
        b"<0.5,y\n1,2\n",
        b"[x],[y]\n1,2\n",
        "x;Länge\n".encode("latin-1"),
        "x\ty\n".encode("utf-16"),
        "x,y,zinc\n1,2,3\n".encode("utf-16-le") * 20,
        b"x,y\n1,\x002\n",
        b'"x","y"\n',
    ],
)
def test_delimited_text_is_recognised(content: bytes) -> None:
    assert sniff(io.BytesIO(content)) == "delimited text"


@pytest.mark.parametrize("content", [b"", b"\n \r\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
def test_empty_files_are_refused(content: bytes) -> None:
    with pytest.raises(IngestError, match="The file is empty"):
        sniff(io.BytesIO(content))
