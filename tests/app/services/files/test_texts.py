"""Text formats: what pages tell, value by value, for every collection."""

import csv
import json
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import shapely
from sqlalchemy import text

from app.db.session import Database
from app.services.downloads import Subset, open_download, write_download
from app.services.features import PageRequest, get_collection, read_page
from app.services.files import copying, rows, shapes, tables
from app.services.files.text_columns import joined, json_text
from tests.app.scene import Showcase

LAYERS = ["samples", "results", "sources", "aggregates", "boundaries", "hotspots", "members"]


def _pages(showcase: Showcase, layer: str) -> list[dict[str, Any]]:
    with showcase.runtime.database.reading() as session:
        page = read_page(session, get_collection(session, layer), PageRequest(10_000))
        return [json.loads(feature) for feature in page.features]


def _written(showcase: Showcase, layer: str, path: Path) -> str:
    with showcase.runtime.database.reading() as session:
        subset = Subset(get_collection(session, layer))
        written = write_download(session, path.parent, subset, path, timeout_ms=60_000)
    assert written.count == len(_pages(showcase, layer))
    # As it is: Python would make line ends of all kinds the same.
    return path.read_bytes().decode()


def _streamed(showcase: Showcase, layer: str, ending: str, pages: Path) -> bytes:
    database = showcase.runtime.database
    with database.reading() as session:
        subset = Subset(get_collection(session, layer))
    found = open_download(database, pages, subset, ending, most_seconds=60)
    with closing(found):
        return b"".join(found.pieces)  # type: ignore[arg-type]  # bytes for collections


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("first", [5_000, 7])
def test_geojson_is_that_of_pages(
    showcase: Showcase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layer: str, first: int
) -> None:
    monkeypatch.setattr(rows, "_FIRST", first)
    monkeypatch.setattr(copying, "_PIECE_BYTES", 200 * first)
    expected = _pages(showcase, layer)
    lines = _written(showcase, layer, tmp_path / "out.geojsonl").splitlines()
    told = [json.loads(line) for line in lines]
    assert told == expected
    for feature, other in zip(told, expected, strict=True):
        assert list(feature["properties"]) == list(other["properties"])  # in the same order
    whole = {"type": "FeatureCollection", "features": expected}
    assert json.loads(_written(showcase, layer, tmp_path / "out.geojson")) == whole
    assert json.loads(_streamed(showcase, layer, "geojson", tmp_path)) == whole


@pytest.mark.parametrize("layer", LAYERS)
def test_table_is_that_of_pages(showcase: Showcase, tmp_path: Path, layer: str) -> None:
    text = _written(showcase, layer, tmp_path / "out.csv")
    read = list(csv.DictReader(text.splitlines(keepends=True)))
    expected = _pages(showcase, layer)
    assert [row["id"] for row in read] == [feature["id"] for feature in expected]
    for row, feature in zip(read, expected, strict=True):
        assert list(row)[-len(feature["properties"]) :] == list(feature["properties"])
        for name, value in feature["properties"].items():
            if isinstance(value, dict | list):
                assert json.loads(row[name]) == value
            elif isinstance(value, float | int):
                assert float(row[name]) == value
            else:
                assert row[name] == (value or ""), name
        if feature["geometry"] is None:
            assert (row["longitude"], row["latitude"], row["wkt"]) == ("", "", "")
            continue
        geometry = shapely.geometry.shape(feature["geometry"])
        place = shapely.Point(float(row["longitude"]), float(row["latitude"]))
        if "wkt" in row:
            assert shapely.equals_exact(shapely.from_wkt(row["wkt"]), geometry, 1e-8)
            assert geometry.distance(place) < 1e-8
        else:
            assert place == geometry


def test_json_of_columns() -> None:
    told = pa.array(['a"b', None, "c\\d\n\x01é", ""])
    assert json_text(told, "text").to_pylist() == [r'"a\"b"', "null", r'"c\\d\n\u0001é"', '""']
    assert json_text(told.slice(3), "text").to_pylist() == ['""']
    assert json_text(pa.array(["1.5", None]), "number").to_pylist() == ["1.5", "null"]
    assert json_text(pa.array(['{"a":\n1}']), "json").to_pylist() == ['{"a": 1}']
    assert json_text(pa.array([None, None], pa.string()), "text") == "null"
    shared = pa.DictionaryArray.from_arrays(pa.array([1, None, 0]), pa.array(["x", "y"]))
    assert json_text(shared, "text").to_pylist() == ['"y"', "null", '"x"']
    one = pa.DictionaryArray.from_arrays(pa.array([0, 0]), pa.array(["x"]))
    assert json_text(one, "text") == '"x"'
    assert joined(["a", pa.array(["1", "2"]), "b", "c"], 2).to_pylist() == ["a1bc", "a2bc"]
    assert joined(["a", "b"], 3).to_pylist() == ["ab"] * 3


def test_cells_are_quoted_and_guarded_where_they_must() -> None:
    column = pa.array(["plain", "-5.2", "=1+1", " @x", "＝1", None, "a,b"])
    assert tables._guarded(column, "text").to_pylist() == [
        "plain", "-5.2", "'=1+1", "' @x", "'＝1", None, "a,b",
    ]  # fmt: skip
    assert tables._cell(pa.array(["x", None])).to_pylist() == ["x", ""]
    assert tables._cell(pa.array(['a"b', "c\nd", None])).to_pylist() == [
        '"a""b"', '"c\nd"', "",
    ]  # fmt: skip


def test_shapes_are_those_that_were_told() -> None:
    told = [shapely.Point(1, 2).wkb, None, shapely.box(0, 0, 1, 1).wkb, b""]
    column = pa.array([one if one is None else one.hex() for one in told])
    assert shapes.from_hexadecimal(column).to_pylist() == told
    assert shapes.from_hexadecimal(column.slice(1, 2)).to_pylist() == told[1:3]
    x, y = pa.array([5.1234567891, -0.1, 180.0]), pa.array([51.0, 1e-9, -90.0])
    assert shapes.points(x, y).to_pylist() == [
        shapely.Point(*at).wkb for at in zip(x.to_pylist(), y.to_pylist(), strict=True)
    ]
    assert shapes.places(shapes.points(x, y).slice(1)).tolist() == [[-0.1, 1e-9], [180.0, -90.0]]
    told = [json.loads(one)["coordinates"] for one in shapes.points_as_json(x, y).to_pylist()]
    assert told == [[5.123456789, 51], [-0.1, 1e-9], [180, -90]]


def test_degrees_are_those_of_the_database(database: Database) -> None:
    rng = np.random.default_rng(3)
    halves = (rng.integers(-(10**11), 10**11, 400) * 10 + 5) / 1e10
    told = np.concatenate([
        rng.uniform(-180, 180, 2_000), np.round(rng.uniform(-180, 180, 400), 6), halves,
        np.nextafter(halves, 0), np.nextafter(halves, 200),
        rng.uniform(1, 10, 200) * 10.0 ** rng.integers(-20, -3, 200) * rng.choice([-1, 1], 200),
        [0.0, -0.0, 180.0, -180.0, 90.0, 179.9999999996, 1e-8, -1e-8, 1.0000001e-8, 5e-324, 0.1],
    ])  # fmt: skip
    asked = text("SELECT ST_AsGeoJSON(ST_MakePoint(x, -x), 9, 0) FROM unnest(:told) x")
    with database.reading() as session:
        expected = list(session.scalars(asked, {"told": told.tolist()}))
    numbers = pa.array(told)
    assert shapes.points_as_json(numbers, pa.array(-told)).to_pylist() == expected
