"""Files of features, read by the programs that people read them with."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import duckdb
import geopandas
import openpyxl
import pyarrow as pa
import pyogrio
import pytest
import shapely
from pyarrow import parquet
from sqlalchemy import text

from app.errors import TooLarge
from app.services.features import PageRequest, Query, get_collection, read_page
from app.services.files import FILE_FORMATS, workbook, write_file
from app.services.files.flow import Flow
from app.services.files.making import Written
from app.services.files.rows import Table
from tests.app import scene
from tests.app.scene import Showcase


def _written(
    showcase: Showcase, folder: Path, layer: str, ending: str, query: Query = Query()
) -> tuple[Path, Written]:
    path = folder / f"out.{ending}"
    with showcase.runtime.database.reading() as session:
        collection = get_collection(session, layer)
        written = write_file(session, collection, query, path, timeout_ms=60_000)
    assert [found.name for found in folder.iterdir()] == [path.name]
    return path, written


def _expected(showcase: Showcase, layer: str, query: Query = Query()) -> list[dict[str, Any]]:
    with showcase.runtime.database.reading() as session:
        collection = get_collection(session, layer)
        page = read_page(session, collection, PageRequest(10_000, query=query))
        return [json.loads(feature) for feature in page.features]


def _read(path: Path, layer: str) -> geopandas.GeoDataFrame:
    if path.suffix == ".parquet":
        return geopandas.read_parquet(path)
    # A GeoPackage holds a table of styles besides.
    return geopandas.read_file(path, layer=layer)


def _same(told: Any, expected: Any) -> bool:
    if isinstance(expected, dict | list):
        return bool(json.loads(told) == expected)
    if expected is None:
        return told is None or told != told  # noqa: PLR0124 - NaN
    if isinstance(expected, float):
        return float(told) == pytest.approx(expected, rel=1e-12)
    return str(told)[:10] == str(expected)[:10] if hasattr(told, "year") else told == expected


@pytest.mark.parametrize("layer", ["samples", "results", "sources", "hotspots", "members"])
@pytest.mark.parametrize("ending", ["gpkg", "fgb", "parquet"])
def test_every_feature_with_all_it_tells(
    showcase: Showcase, tmp_path: Path, layer: str, ending: str
) -> None:
    path, written = _written(showcase, tmp_path, layer, ending)
    frame = _read(path, layer)
    expected = _expected(showcase, layer)
    assert len(frame) == written.count == len(expected)
    assert frame.crs.to_epsg() == 4326 or "CRS84" in str(frame.crs)
    by_id = frame.set_index("id")
    for feature in expected[:40]:
        row = by_id.loc[feature["id"]]
        assert shapely.equals_exact(row.geometry, shapely.geometry.shape(feature["geometry"]), 1e-9)
        for name, value in feature["properties"].items():
            assert _same(row[name], value), (name, row[name], value)


def test_filters_hold(showcase: Showcase, tmp_path: Path) -> None:
    query = Query(((5.72, 50.96, 5.74, 50.98),), None, {"contaminant": "zn"})
    path, written = _written(showcase, tmp_path, "samples", "parquet", query)
    expected = _expected(showcase, "samples", query)
    assert 0 < written.count == len(expected) < 155
    told = parquet.read_table(path).column("id").to_pylist()
    assert told == [feature["id"] for feature in expected]  # along the Hilbert curve


def test_nothing_is_a_file_too(showcase: Showcase, tmp_path: Path) -> None:
    query = Query(((0.0, 0.0, 1.0, 1.0),))
    for ending in FILE_FORMATS:
        folder = tmp_path / ending
        folder.mkdir()
        path, written = _written(showcase, folder, "samples", ending, query)
        assert written.count == 0
        if ending in {"gpkg", "fgb"}:
            assert len(_read(path, "samples")) == 0
    assert len(geopandas.read_parquet(tmp_path / "parquet" / "out.parquet")) == 0


def test_districts_without_a_shape(showcase: Showcase, tmp_path: Path) -> None:
    for ending in ("gpkg", "fgb", "parquet", "xlsx"):
        folder = tmp_path / ending
        folder.mkdir()
        assert _written(showcase, folder, "aggregates", ending)[1].count == 1


def test_licences_are_of_what_is_inside(showcase: Showcase, tmp_path: Path) -> None:
    path, written = _written(showcase, tmp_path, "hotspots", "parquet")
    assert len(written.datasets) == 1
    told = parquet.read_metadata(path).metadata[b"licences"]
    assert [entry["title"] for entry in json.loads(told)["datasets"]] == ["meuse"]


def test_flatgeobuf_has_the_licences_in_its_header(showcase: Showcase, tmp_path: Path) -> None:
    for layer in ("samples", "hotspots"):
        folder = tmp_path / layer
        folder.mkdir()
        path, _ = _written(showcase, folder, layer, "fgb")
        told = pyogrio.read_info(path)["layer_metadata"]["DESCRIPTION"]
        assert [entry["title"] for entry in json.loads(told)["datasets"]] == ["meuse"]


def test_geoparquet_tells_its_boxes(showcase: Showcase, tmp_path: Path) -> None:
    path, _ = _written(showcase, tmp_path, "hotspots", "parquet")
    facts = json.loads(parquet.read_metadata(path).metadata[b"geo"])
    assert facts["version"] == "1.1.0"
    column = facts["columns"]["geometry"]
    assert column["geometry_types"] == ["Polygon"]
    table = parquet.read_table(path)
    boxes = table.column("bbox").to_pylist()
    shapes = shapely.from_wkb(table.column("geometry").to_pylist())
    assert column["bbox"] == pytest.approx(shapely.total_bounds(shapes).tolist())
    for box, shape in zip(boxes, shapes, strict=True):
        west, south, east, north = shape.bounds
        # In single precision, and never inside of the shape.
        assert box["xmin"] <= west <= box["xmin"] + 1e-5
        assert box["ymax"] - 1e-5 <= north <= box["ymax"]
        assert box["ymin"] <= south
        assert box["xmax"] >= east
    near = geopandas.read_parquet(path, bbox=tuple(shapes[0].bounds))
    assert 0 < len(near) < len(shapes)


def test_duckdb_reads_geoparquet(showcase: Showcase, tmp_path: Path) -> None:
    path, written = _written(showcase, tmp_path, "samples", "parquet")
    with duckdb.connect() as database:
        count, west = database.execute(
            "SELECT count(*), min(bbox.xmin) FROM read_parquet(?)", [str(path)]
        ).fetchone()
        assert count == written.count
        assert west == pytest.approx(5.72, abs=0.02)
        few = database.execute(
            "SELECT count(*) FROM read_parquet(?) WHERE bbox.xmin < 5.74", [str(path)]
        ).fetchone()[0]
        assert 0 < few < count


def test_geopackage_is_version_1_3_with_style_and_licence(
    showcase: Showcase, tmp_path: Path
) -> None:
    path, _ = _written(showcase, tmp_path, showcase.layer, "gpkg")
    layers = [name for name, _ in pyogrio.list_layers(path)]
    assert layers == [showcase.layer, "layer_styles"]
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (10300,)
        [(name, column, qml, is_default)] = database.execute(
            "SELECT f_table_name, f_geometry_column, styleQML, useAsDefault FROM layer_styles"
        ).fetchall()
        assert (name, column, is_default) == (showcase.layer, "geometry", 1)
        assert 'attr="confidence"' in qml
        [(told,)] = database.execute("SELECT metadata FROM gpkg_metadata").fetchall()
        assert [entry["title"] for entry in json.loads(told)["datasets"]] == ["meuse"]
        assert database.execute("SELECT count(*) FROM gpkg_extensions WHERE extension_name = "
                                "'gpkg_rtree_index'").fetchone() == (1,)  # fmt: skip
        [(kind, where)] = database.execute(
            "SELECT geometry_type_name, column_name FROM gpkg_geometry_columns"
        ).fetchall()
        assert (kind, where) == ("POLYGON", column)
    # GDAL knows it as its own metadata, and says nothing against the file.
    info = pyogrio.read_info(path, layer=showcase.layer)
    assert info["geometry_type"] == "Polygon"


@pytest.mark.parametrize("layer", ["samples", "hotspots", "aggregates"])
def test_geopackage_is_whole_and_can_be_added_to(
    showcase: Showcase, tmp_path: Path, layer: str
) -> None:
    path, written = _written(showcase, tmp_path, layer, "gpkg")
    frame = _read(path, layer)
    placed = frame[frame.geometry.notna()]
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute(f"SELECT rtreecheck('rtree_{layer}_geometry')").fetchall() == [
            ("ok",)
        ]
        assert database.execute("SELECT feature_count FROM gpkg_ogr_contents").fetchall() == [
            (written.count,)
        ]
        extent = database.execute(
            "SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = ?", [layer]
        ).fetchone()
    if not len(placed):
        assert extent == (None,) * 4
        return
    assert extent == pytest.approx(placed.total_bounds.tolist())
    one = placed.iloc[len(placed) // 2]
    near = geopandas.read_file(path, layer=layer, bbox=one.geometry.bounds)
    assert one["id"] in set(near["id"])
    assert len(near) < len(placed)
    # What is added by another program is found, too.
    moved = placed.iloc[:1].set_geometry(placed.iloc[:1].geometry.translate(20, 5))
    pyogrio.write_dataframe(moved, path, layer=layer, append=True)
    assert len(_read(path, layer)) == written.count + 1
    found = geopandas.read_file(path, layer=layer, bbox=tuple(moved.total_bounds))
    assert found["id"].tolist() == moved["id"].tolist()


def test_workbook_holds_texts_and_never_formulas(tmp_path: Path) -> None:
    table = Table(
        pa.schema([("id", pa.string()), ("n", pa.int64()), ("geometry", pa.binary())]),
        (
            pa.record_batch(columns, names=["id", "n", "geometry"])
            for columns in [
                [
                    pa.array(["=HYPERLINK(1)", "+cmd", "a\x01b<&>"]),
                    pa.array([1, None, -5]),
                    pa.array([shapely.Point(5, 51).wkb, None, shapely.box(0, 0, 2, 2).wkb]),
                ]
            ]
        ),
    )
    path = tmp_path / "out.xlsx"
    workbook.write_workbook(Flow(table, lambda _: [{"title": "T", "licence": "=1+1"}]), path, "x")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["x", "licences"]
    told = [[cell.value for cell in row] for row in book["x"].iter_rows()]
    assert told == [
        ["longitude", "latitude", "wkt", "id", "n"],
        [5, 51, None, "=HYPERLINK(1)", 1],
        [None, None, None, "+cmd", None],
        [1, 1, "POLYGON ((2 0, 2 2, 0 2, 0 0, 2 0))", "a�b<&>", -5],
    ]
    kinds = {cell.data_type for row in book["x"].iter_rows() for cell in row if cell.value}
    assert kinds <= {"s", "n", "inlineStr"}
    assert book["licences"]["C2"].value == "=1+1"
    assert book["licences"]["C2"].data_type != "f"


def test_a_sheet_that_would_be_too_long_is_refused(
    showcase: Showcase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "_MOST_ROWS", 100)
    with pytest.raises(TooLarge, match="100 rows at most"):
        _written(showcase, tmp_path, "samples", "xlsx")


def test_texts_of_every_kind_come_through(runtime: Any, tmp_path: Path) -> None:
    code = 'q"uote, comma\\ back\tslash é ; 土壤'
    rows = "id,lon,lat,zinc\n" + f'"{code.replace(chr(34), chr(34) * 2)}",5.1,51.1,10\n'
    taken = scene.take_in(runtime, rows, dataset="d", visibility="public", epsg=4326, unit="mg/kg")
    assert taken["status"] == "loaded"
    with runtime.database.reading() as session:
        [stored] = session.scalars(text("SELECT code FROM sample"))
        for ending in ("parquet", "fgb", "gpkg"):
            path = tmp_path / f"out.{ending}"
            collection = get_collection(session, "samples")
            write_file(session, collection, Query(), path, timeout_ms=9_000)
            assert _read(path, "samples")["sample"].tolist() == [stored]
