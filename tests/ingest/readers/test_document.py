import gzip
import io
import struct
import zipfile
from pathlib import Path

import pytest

from ingest.options import ImportOptions, Limits
from ingest.readers.document import open_document
from tests.ingest.readers.conftest import Opened, refused, rows_of, xlsx, zipped

PLACES = b"lon,lat,Pb\n5.1,52.0,3\n5.2,52.1,4\n"


def test_gzip_is_unwrapped_and_said(document: Opened) -> None:
    table = document(gzip.compress(PLACES)).open()
    assert rows_of(table) == [(2, "5.1", "52.0", "3"), (3, "5.2", "52.1", "4")]
    assert table.description["container"] == "gzip"
    assert rows_of(table) == rows_of(table)


def test_zip_of_one_table_is_that_table(document: Opened) -> None:
    members = [("__MACOSX/._a.csv", b"\x00junk"), ("folder/", b""), ("folder/a.csv", PLACES)]
    opened = document(zipped(members))
    assert [entry.name for entry in opened.tables] == ["folder/a.csv"]
    table = opened.open()
    assert table.name == "folder/a.csv"
    assert len(rows_of(table)) == 2
    assert table.findings == ()


def test_zip_of_several_tables_takes_the_one_with_places_and_says_so(document: Opened) -> None:
    numbers = b"a,b\n" + b"1,2\n" * 50
    members = [("n.csv", numbers), ("places.csv", PLACES), ("read.pdf", b"%PDF-1.7"), ("e", b"")]
    opened = document(zipped(members))
    assert [entry.name for entry in opened.tables] == ["n.csv", "places.csv"]
    table = opened.open()
    assert table.name == "places.csv"
    ignored, chosen = table.findings
    assert ignored.code == "archive_members_ignored"
    assert "2 files of the archive are no tables and were not read: read.pdf, e." in ignored.message
    assert chosen.code == "table_chosen"
    assert '"places.csv" was read' in chosen.message
    assert "The others: n.csv." in chosen.message
    assert opened.open("n.csv").header == ("a", "b")
    assert document(zipped(members), sheet="N.CSV").open().name == "n.csv"
    fault = refused(lambda: opened.open("other"))
    assert fault.code == "table_unknown"
    assert "Use one of these: n.csv, places.csv." in str(fault)


def test_stated_header_row_is_refused_where_a_format_has_none(document: Opened) -> None:
    feature = b'{"type": "Feature", "properties": {"Pb": 1}, "geometry": null}'
    content = b'{"type": "FeatureCollection", "features": [' + feature + b"]}"
    assert document(content).open().header
    fault = refused(lambda: document(content, header_row=1).open())
    assert fault.code == "header_row_missing"
    assert "has no row of names" in str(fault)


def test_workbook_in_a_zip(document: Opened) -> None:
    book = xlsx(("Notes", [["words"]]), ("Data", [["lon", "lat"], [5, 52]]))
    table = document(zipped([("b.bin", book)])).open()
    assert table.name == "b.bin: Data"
    assert rows_of(table) == [(2, "5", "52")]


def with_link(name: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        info = zipfile.ZipInfo(name)
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    return packed.getvalue()


def with_repeated_name() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.csv", PLACES)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a.csv", PLACES)
    return packed.getvalue()


@pytest.mark.parametrize(
    "name", ["../../x.csv", "/etc/x.csv", "a/../../x.csv", "C:\\x.csv", "..\\x.csv"]
)
def test_names_that_lead_out_refuse_the_archive(
    tmp_path: Path, document: Opened, name: str
) -> None:
    fault = refused(lambda: document(zipped([("good.csv", PLACES), (name, PLACES)])))
    assert fault.code == "archive_unsafe"
    assert [path.name for path in tmp_path.iterdir()] == ["upload"]


def test_links_and_repeated_names_refuse_the_archive(document: Opened) -> None:
    assert refused(lambda: document(with_link("a.csv"))).code == "archive_unsafe"
    assert refused(lambda: document(with_repeated_name())).code == "archive_unsafe"


def test_encrypted_and_unusual_archives_are_refused(document: Opened) -> None:
    packed = bytearray(zipped([("a.csv", PLACES)]))
    directory = packed.index(b"PK\x01\x02")
    encrypted = packed.copy()
    encrypted[directory + 8] |= 1
    assert refused(lambda: document(bytes(encrypted))).code == "archive_encrypted"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.csv", PLACES)
    assert refused(lambda: document(file.getvalue())).code == "archive_damaged"


@pytest.mark.parametrize("cut", [10, 20, -30])
def test_cut_archives_are_refused(document: Opened, cut: int) -> None:
    for packed in (zipped([("a.csv", PLACES * 50)]), gzip.compress(PLACES * 50)):
        fault = refused(lambda packed=packed: rows_of(document(packed[:cut]).open()))  # type: ignore[misc]
        assert fault.code == "archive_damaged"


def test_member_before_the_beginning_is_refused(document: Opened) -> None:
    packed = zipped([("a.csv", PLACES)])
    # the directory's place is told too far behind by what was cut out before it
    cut = packed[:20] + packed[40:]
    assert refused(lambda: rows_of(document(cut).open())).code == "archive_damaged"


def test_wrong_checksum_is_noticed(document: Opened) -> None:
    packed = bytearray(gzip.compress(PLACES))
    packed[-8] ^= 1
    assert refused(lambda: document(bytes(packed)).open()).code == "archive_damaged"


def test_archives_in_archives_are_refused(document: Opened) -> None:
    inner = zipped([("a.csv", PLACES)])
    assert refused(lambda: document(gzip.compress(inner))).code == "archive_nested"
    assert refused(lambda: document(zipped([("a.zip", inner)]))).code == "archive_nested"
    assert refused(lambda: document(gzip.compress(gzip.compress(inner)))).code == "archive_nested"


def test_archive_without_tables_is_refused(document: Opened) -> None:
    assert refused(lambda: document(zipped([]))).code == "archive_without_table"
    members = [("a.pdf", b"%PDF-1.7"), ("b.pdf", b"%PDF-1.7")]
    assert refused(lambda: document(zipped(members))).code == "archive_without_table"


def test_bombs_are_refused_by_their_directory(document: Opened) -> None:
    bomb = zipped([("a.csv", b"lon,lat\n" + bytes(40 << 20))])
    assert len(bomb) < 100_000
    fault = refused(lambda: document(bomb))
    assert fault.code == "archive_suspicious"
    assert "more than 100 times its size" in str(fault)
    several = zipped([(f"{number}.csv", PLACES * 1000) for number in range(30)])
    fault = refused(lambda: document(several, max_inflated_bytes=1 << 19))
    assert fault.code == "archive_too_large"


def test_bombs_are_refused_while_they_are_inflated(document: Opened) -> None:
    bomb = gzip.compress(b"lon,lat\n" + b"1,2\n" * (20 << 20))
    assert refused(lambda: document(bomb).open()).code == "archive_suspicious"
    honest = gzip.compress(PLACES * 1000)
    fault = refused(lambda: document(honest, max_inflated_bytes=10_000).open())
    assert fault.code == "archive_too_large"


def test_directory_that_understates_a_size_gives_no_more_than_it_says(document: Opened) -> None:
    packed = bytearray(zipped([("a.csv", b"lon,lat\n" + b"1,2\n" * 1_000_000)]))
    directory = packed.index(b"PK\x01\x02")
    struct.pack_into("<L", packed, directory + 24, 100)
    assert refused(lambda: rows_of(document(bytes(packed)).open())).code == "archive_damaged"


def test_understood_without_its_name(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"<OGRVRTDataSource><OGRVRTLayer/></OGRVRTDataSource>")
    fault = refused(lambda: open_document(path, ImportOptions(), Limits()))
    assert fault.code == "content_not_table"
