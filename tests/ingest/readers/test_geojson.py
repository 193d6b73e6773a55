import json

import pytest

from ingest.readers import geojson
from tests.ingest.readers.conftest import Opened, refused, rows_of


def collection(*features: str, more: str = "") -> bytes:
    return (
        '{"type": "FeatureCollection", ' + more + '"features": [' + ",".join(features) + "]}"
    ).encode()


def point(properties: str = "{}", place: str = "[5.10, 52]") -> str:
    geometry = '{"type": "Point", "coordinates": ' + place + "}"
    return '{"type": "Feature", "geometry": ' + geometry + ', "properties": ' + properties + "}"


def test_features_are_rows_with_numbers_as_written(document: Opened) -> None:
    features = [
        point('{"id": "A", "Pb": 0.50, "ok": true}'),
        point('{"id": "B", "Zn": 1e3, "list": [1, "x"]}', "[5.2, 52.1, 7]"),
        '{"type": "Feature", "geometry": null, "properties": null}',
    ]
    table = document(b"\xef\xbb\xbf" + collection(*features)).open()
    assert table.header == ("longitude", "latitude", "id", "Pb", "ok", "Zn", "list")
    assert table.epsg == 4326
    (block,) = table.blocks()
    assert block.frame.rows() == [
        (1, "5.1", "52", "A", "0.50", "TRUE", "", ""),
        (2, "5.2", "52.1", "B", "", "", "1e3", '["1", "x"]'),
    ]
    assert block.blank_rows == (3,)


def test_chunks_do_not_matter(document: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    content = collection(
        *(point('{"n": ' + str(index) + "}") for index in range(500)), more='"x": 12345,'
    )
    expected = rows_of(document(content).open())
    monkeypatch.setattr(geojson, "_CHUNK", 7)
    monkeypatch.setattr(geojson, "_PER_BATCH", 30)
    assert rows_of(document(content).open()) == expected
    assert [row[3] for row in expected] == [str(index) for index in range(500)]


@pytest.mark.parametrize(
    ("crs", "epsg"),
    [
        ('"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::28992"}},', 28992),
        ('"crs": {"type": "name", "properties": {"name": "EPSG:3338"}},', 3338),
        ('"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}},', 4326),
        ('"crs": {"type": "name", "properties": {"name": "+nadgrids=@/etc/passwd"}},', None),
        ('"crs": {"type": "link", "properties": {"href": "http://127.0.0.1/"}},', None),
        ('"crs": "x",', None),
    ],
)  # fmt: skip
def test_reference_system_by_its_code_only(document: Opened, crs: str, epsg: int | None) -> None:
    assert document(collection(point(), more=crs)).open().epsg == epsg


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 5000])
@pytest.mark.parametrize("place", ["property", "coordinate"])
def test_numbers_that_are_none_name_their_feature(
    document: Opened, number: str, place: str
) -> None:
    bad = point('{"Pb": ' + number + "}") if place == "property" else point(place=f"[5, {number}]")
    fault = refused(document(collection(point(), bad)).open)
    assert (fault.code, fault.row) == ("json_number", 2)
    assert len(str(fault)) < 400


@pytest.mark.parametrize("depth", [100_000, 200_000])
def test_depth_is_refused_and_not_a_crash(document: Opened, depth: int) -> None:
    deep = "[" * depth + "]" * depth
    fault = refused(document(collection(point(), point('{"x": ' + deep + "}"))).open)
    assert (fault.code, fault.row) == ("json_too_deep", 2)
    fault = refused(document(collection(point(), point(place=deep))).open)
    assert (fault.code, fault.row) == ("json_too_deep", 2)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (collection(point())[:-20], "json_malformed"),
        (collection(point(), "5"), "json_malformed"),
        (collection(point(place='"x"')), "json_malformed"),
        (collection(point(place="[5]")), "json_malformed"),
        (collection(point().replace("Point", "Blob")), "json_malformed"),
        (collection(point().replace("Point", "Polygon")), "json_malformed"),
        (b'{"type": "Topology", "objects": {}}', "content_not_table"),
        (b'[{"a": 1}]', "content_not_table"),
        (collection(point('{"a": "\xff"}')).replace("ÿ".encode(), b"\xff"), "encoding_wrong"),
    ],
)
def test_broken_collections_are_refused(document: Opened, content: bytes, code: str) -> None:
    assert refused(document(content).open).code == code


def test_outlines_and_limits(document: Opened) -> None:
    ring = [[0, 0], [1, 0], [1, 1], [0, 0]]
    shape = json.dumps({"type": "Polygon", "coordinates": [ring]})
    feature = '{"type": "Feature", "geometry": ' + shape + ', "properties": {"name": "works"}}'
    content = collection(feature, feature)
    table = document(content).open()
    assert rows_of(table)[0] == (1, "POLYGON ((0 0, 1 0, 1 1, 0 0))", "works")
    assert refused(document(content, max_rows=1).open).code == "too_many_rows"
    many = "{" + ",".join(f'"p{index}": 1' for index in range(20)) + "}"
    assert (
        refused(document(collection(point(many)), max_columns=10).open).code == "too_many_columns"
    )
