import sqlite3
import time
from pathlib import Path

import geopandas
import pytest
import shapely

from tests.ingest.readers.conftest import Opened, refused, rows_of, zipped

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    path = tmp_path / "made.gpkg"
    places = geopandas.GeoDataFrame(
        {"Pb": [5.0, 0.1], "name": ["A", None], "n": [1, 2]},
        geometry=[shapely.Point(178605, 329714.5), None],
        crs=28992,
    )
    places.to_file(path, layer="places", driver="GPKG")
    areas = geopandas.GeoDataFrame({"k": [1]}, geometry=[shapely.box(0, 0, 1, 1)], crs=4326)
    areas.to_file(path, layer="areas", driver="GPKG")
    return path


def altered(path: Path, *statements: str) -> bytes:
    database = sqlite3.connect(path)
    for statement in statements:
        database.execute(statement)
    database.commit()
    database.close()
    return path.read_bytes()


@pytest.mark.parametrize("is_zipped", [False, True])
def test_layers_with_their_values_and_system(
    document: Opened, package: Path, is_zipped: bool
) -> None:
    content = package.read_bytes()
    opened = document(zipped([("x.gpkg", content)]) if is_zipped else content)
    names = [entry.name.removeprefix("x.gpkg: ") for entry in opened.tables]
    assert names == ["places", "areas"]
    table = opened.open(opened.tables[0].name)
    assert table.epsg == 28992
    assert table.header == ("easting", "northing", "fid", "Pb", "name", "n")
    assert rows_of(table) == [
        (1, "178605", "329714.5", "1", "5", "A", "1"),
        (2, "", "", "2", "0.1", "", "2"),
    ]
    areas = opened.open(opened.tables[1].name)
    assert areas.header == ("geometry", "fid", "k")
    assert opened.open().findings[-1].code == "table_chosen"


def test_reading_leaves_nothing_beside_the_file(
    document: Opened, package: Path, tmp_path: Path
) -> None:
    content = package.read_bytes()
    package.unlink()
    rows_of(document(content).open("places"))
    assert [path.name for path in tmp_path.iterdir()] == ["upload"]
    assert (tmp_path / "upload").read_bytes() == content


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        (["DROP TABLE areas", f"CREATE VIEW areas AS {ENDLESS}"], "view"),
        (["DROP TABLE gpkg_contents", f"CREATE VIEW gpkg_contents AS {ENDLESS}"], "view"),
        (["DROP TABLE areas"], "missing table"),
        (["CREATE TRIGGER evil AFTER INSERT ON areas BEGIN DELETE FROM places; END"], "trigger"),
    ],
)
def test_views_and_triggers_are_refused_at_once(
    document: Opened, package: Path, statements: list[str], found: str
) -> None:
    content = altered(package, *statements)
    start = time.monotonic()
    fault = refused(lambda: document(content))
    assert fault.code == "geopackage_unsafe"
    assert f"is a {found}" in str(fault)
    assert time.monotonic() - start < 2


def test_other_databases_and_damaged_ones_are_refused(document: Opened, package: Path) -> None:
    content = bytearray(package.read_bytes())
    content[4096 : 4096 * 6] = bytes(4096 * 5)
    fault = refused(lambda: rows_of(document(bytes(content)).open("places")))
    assert fault.code == "geopackage_damaged"
    package.unlink()
    fault = refused(lambda: document(altered(package, "CREATE TABLE t (a)")))
    assert fault.code == "content_not_table"
    assert "an SQLite database, but no GeoPackage" in str(fault)
