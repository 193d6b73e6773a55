import os
import subprocess
import sys
from pathlib import Path

import geopandas
import pytest
import shapely

from tests.ingest.readers.conftest import Opened, refused, rows_of, zipped


@pytest.fixture
def places() -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame(
        {"Pb": [5.0, 0.1], "name": ["A", "Länge"], "n": [1, 2]},
        geometry=[shapely.Point(178605, 329714.5), shapely.Point(178606, 329715)],
        crs=28992,
    )


EXPECTED = [
    (1, "178605", "329714.5", "5", "A", "1"),
    (2, "178606", "329715", "0.1", "Länge", "2"),
]


def shapefile(places: geopandas.GeoDataFrame, folder: Path) -> list[tuple[str, bytes]]:
    places.to_file(folder / "made.shp", encoding="utf-8")
    parts = sorted(folder.glob("made.*"))
    members = [(f"data/Made Here{part.suffix.upper()}", part.read_bytes()) for part in parts]
    for part in parts:
        part.unlink()
    return members


def test_shapefile_of_an_archive_is_one_table(
    document: Opened, places: geopandas.GeoDataFrame, tmp_path: Path
) -> None:
    members = shapefile(places, tmp_path)
    opened = document(zipped([("data/", b""), *members]))
    assert [entry.name for entry in opened.tables] == ["data/Made Here"]
    table = opened.open()
    assert table.epsg == 28992
    assert table.header == ("easting", "northing", "Pb", "name", "n")
    assert rows_of(table) == EXPECTED
    assert table.findings == ()
    assert table.description["format"] == "shapefile"


def test_projection_that_names_files_is_not_used(
    document: Opened, places: geopandas.GeoDataFrame, tmp_path: Path
) -> None:
    members = dict(shapefile(places, tmp_path))
    members["data/Made Here.PRJ"] = b"+proj=longlat +nadgrids=@/etc/passwd"
    assert document(zipped(members.items())).open().epsg is None


def test_shapefile_in_name_only_is_refused(document: Opened) -> None:
    virtual = b"<OGRVRTDataSource><OGRVRTLayer name='x'/></OGRVRTDataSource>"
    members = [("a.shp", virtual), ("a.shx", virtual), ("a.dbf", virtual)]
    fault = refused(document(zipped(members)).open)
    assert fault.code == "layer_damaged"
    assert "the .shp is no Shapefile" in str(fault)


@pytest.mark.parametrize("is_zipped", [False, True])
def test_flatgeobuf(
    document: Opened, places: geopandas.GeoDataFrame, tmp_path: Path, is_zipped: bool
) -> None:
    path = tmp_path / "made.fgb"
    places.to_file(path, driver="FlatGeobuf", SPATIAL_INDEX="NO")
    content = path.read_bytes()
    table = document(zipped([("a", content)]) if is_zipped else content).open()
    assert table.epsg == 28992
    assert rows_of(table) == EXPECTED
    assert refused(document(content[:100]).open).code == "layer_damaged"


def test_gdal_is_loaded_without_the_drivers_that_open_addresses() -> None:
    code = (
        "from ingest.readers.vector import load_pyogrio\n"
        "print(*load_pyogrio().list_drivers(), sep='\\n')"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=dict(os.environ),
    )
    drivers = set(run.stdout.splitlines())
    assert {"FlatGeobuf", "ESRI Shapefile"} <= drivers
    assert not drivers & {"OGR_VRT", "VRT", "WFS", "OAPIF", "CSW", "Elasticsearch", "Carto", "HTTP"}
    assert run.stderr == ""
