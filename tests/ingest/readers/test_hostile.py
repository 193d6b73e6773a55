"""Hostile files through the guarded child process: no request, no crash, a sentence for each."""

import gzip
import io
import socket
import sqlite3
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import geopandas
import openpyxl
import pytest
import shapely

from ingest.child import stream_in_child
from ingest.errors import IngestError
from ingest.options import ImportOptions, Limits
from ingest.records import Reading
from ingest.registries import Registries
from tests.ingest.readers.conftest import saved, xlsx, zipped

Read = Callable[..., Reading]


@pytest.fixture
def read(tmp_path: Path, registries: Registries) -> Read:
    def in_child(content: bytes, **limits: float) -> Reading:
        path = tmp_path / "upload.csv"
        path.write_bytes(content)
        options = ImportOptions(unit="mg/kg")
        bounds = Limits(**limits)  # type: ignore[arg-type]
        for piece in stream_in_child("samples", path, options, registries, bounds):
            if isinstance(piece, Reading):
                return piece
        raise AssertionError("the stream ended without its report")

    return in_child


def code_of(action: Callable[[], object]) -> str:
    with pytest.raises(IngestError) as caught:
        action()
    return caught.value.code


@pytest.fixture
def listening() -> Iterator[tuple[str, list[bytes]]]:
    """A server that notes who calls."""
    calls: list[bytes] = []
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.1)
    is_over = threading.Event()

    def serve() -> None:
        while not is_over.is_set():
            try:
                caller, _ = server.accept()
            except TimeoutError:
                continue
            with caller:
                calls.append(caller.recv(1000))
                caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\na,b\n1,2\n")

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}/x.csv", calls
    is_over.set()
    thread.join()
    server.close()


def vrt(source: str) -> bytes:
    layer = f"<OGRVRTLayer name='x'><SrcDataSource>{source}</SrcDataSource></OGRVRTLayer>"
    return f"<OGRVRTDataSource>{layer}</OGRVRTDataSource>".encode()


def test_virtual_files_send_no_request_and_read_no_file(
    read: Read, listening: tuple[str, list[bytes]], tmp_path: Path
) -> None:
    address, calls = listening
    secret = tmp_path / "secret.csv"
    secret.write_text("lon,lat,Pb\n5,52,424242\n", encoding="utf-8")
    remote = vrt(f"/vsicurl/{address}")
    raster = f"<VRTDataset><SourceFilename>/vsicurl/{address}</SourceFilename></VRTDataset>"
    service = f"<GDAL_WMS><Service><ServerUrl>{address}</ServerUrl></Service></GDAL_WMS>"
    for content in (remote, vrt(str(secret)), raster.encode(), service.encode()):
        assert code_of(lambda content=content: read(content)) == "content_not_table"  # type: ignore[misc]
        wrapped = gzip.compress(content)
        assert code_of(lambda wrapped=wrapped: read(wrapped)) == "content_not_table"  # type: ignore[misc]
    parts = [(f"a.{ending}", remote) for ending in ("shp", "shx", "dbf")]
    assert code_of(lambda: read(zipped(parts))) == "layer_damaged"
    named = f'{{"type": "FeatureCollection", "features": "/vsicurl/{address}"}}'
    assert code_of(lambda: read(named.encode())) == "content_not_table"
    assert calls == []


def test_bombs_are_refused_quickly(read: Read) -> None:
    start = time.monotonic()
    table = b"lon,lat,Pb\n" + b"5,52,1\n" * (6 << 20)
    assert code_of(lambda: read(zipped([("a.csv", table)]))) == "archive_suspicious"
    assert code_of(lambda: read(gzip.compress(table))) == "archive_suspicious"
    assert time.monotonic() - start < 15


def test_slip_is_refused_and_writes_nothing(read: Read, tmp_path: Path) -> None:
    assert code_of(lambda: read(zipped([("../../slip.csv", b"a,b\n1,2\n")]))) == "archive_unsafe"
    assert [path.name for path in tmp_path.iterdir()] == ["upload.csv"]


def test_corner_cell_is_refused_before_the_memory_is(read: Read) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["lon", "lat"])
    book.worksheets[0]["XFD1048576"] = 1
    assert code_of(lambda: read(saved(book))) == "too_many_cells"


def test_sheet_that_understates_its_extent_is_killed_by_its_memory(read: Read) -> None:
    # a reference written as character entities is not seen by the look ahead
    book = openpyxl.Workbook()
    book.worksheets[0].append(["lon", "lat"])
    book.worksheets[0]["B9"] = 1
    content = saved(book)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        packed = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    packed[sheet] = packed[sheet].replace(b'r="B9"', b'r="&#88;FD1048576"')
    assert b"&#88;" in packed[sheet]
    code = code_of(lambda: read(zipped(packed.items()), wall_seconds=30))
    assert code in {"reading_too_large", "workbook_damaged", "reading_failed"}


def test_endless_view_of_a_geopackage_is_refused(read: Read, tmp_path: Path) -> None:
    path = tmp_path / "made.gpkg"
    frame = geopandas.GeoDataFrame({"Pb": [1]}, geometry=[shapely.Point(5, 52)], crs=4326)
    frame.to_file(path, layer="places", driver="GPKG")
    database = sqlite3.connect(path)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    database.execute("DROP TABLE places")
    database.execute(f"CREATE VIEW places AS {endless}")
    database.commit()
    database.close()
    assert code_of(lambda: read(path.read_bytes())) == "geopackage_unsafe"


def test_computed_columns_of_a_geopackage_are_not_computed(read: Read, tmp_path: Path) -> None:
    path = tmp_path / "made.gpkg"
    frame = geopandas.GeoDataFrame({"Pb": [1]}, geometry=[shapely.Point(5, 52)], crs=4326)
    frame.to_file(path, layer="places", driver="GPKG")
    database = sqlite3.connect(path)
    slow = "length(replace(hex(zeroblob(60000000)), '0', '00'))"
    database.execute(f"ALTER TABLE places ADD COLUMN slow AS ({' + '.join([slow] * 60)})")
    database.commit()
    database.close()
    reading = read(path.read_bytes(), wall_seconds=20)
    assert reading.header == ("longitude", "latitude", "fid", "Pb")


def test_honest_files_of_every_format_pass_the_same_door(read: Read, tmp_path: Path) -> None:
    frame = geopandas.GeoDataFrame(
        {"site": ["A", "B"], "Pb": [5.0, 7.5]},
        geometry=[shapely.Point(5.7, 50.9), shapely.Point(5.8, 50.8)],
        crs=4326,
    )
    contents = [xlsx(("S", [["lon", "lat", "Pb"], [5.7, 50.9, 5], [5.8, 50.8, 7.5]]))]
    for driver, ending in (("GPKG", "gpkg"), ("FlatGeobuf", "fgb"), ("GeoJSON", "geojson")):
        frame.to_file(tmp_path / f"made.{ending}", driver=driver)
        contents.append((tmp_path / f"made.{ending}").read_bytes())
    frame.to_parquet(tmp_path / "parquet")
    contents.append((tmp_path / "parquet").read_bytes())
    frame.to_file(tmp_path / "s.shp")
    contents.append(zipped([(part.name, part.read_bytes()) for part in tmp_path.glob("s.*")]))
    for content in contents:
        reading = read(content)
        assert (reading.counts.read, reading.counts.accepted) == (2, 2), reading
        assert reading.description["epsg"] == "4326"
