"""Vector tiles over HTTP, read by GDAL and held against the items under the same filters."""

import math
from pathlib import Path
from typing import Any

import pyogrio
import pytest
from fastapi.testclient import TestClient
from geopandas import GeoDataFrame

from app.services.vector_tiles import making
from tests.app import scene
from tests.app.scene import Showcase

MEUSE = (5.745, 50.975)


def _address(longitude: float, latitude: float, zoom: int) -> tuple[int, int, int]:
    n = 2**zoom
    y = (1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2 * n
    return zoom, int(y), int((longitude + 180) / 360 * n)


def _path(collection: str, tile: tuple[int, int, int], query: str = "") -> str:
    z, y, x = tile
    return f"/api/collections/{collection}/tiles/WebMercatorQuad/{z}/{y}/{x}{query}"


def _opened(
    visitor: TestClient, folder: Path, path: str, tile: tuple[int, int, int], layer: str
) -> GeoDataFrame:
    answer = visitor.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    file = folder / "tile.mvt"
    file.write_bytes(answer.content)
    z, y, x = tile
    assert [name for name, _ in pyogrio.list_layers(file)] == [layer]
    return pyogrio.read_dataframe(file, layer=layer, X=x, Y=y, Z=z).to_crs(4326)


def _items(visitor: TestClient, collection: str, query: str = "") -> list[dict[str, Any]]:
    path = f"/api/collections/{collection}/items?limit=10000{query}"
    found: list[dict[str, Any]] = visitor.get(path).json()["features"]
    return found


@pytest.mark.parametrize("collection", ["samples", "results", "sources", "hotspots", "members"])
def test_one_tile_of_the_world_has_every_feature(
    visitor: TestClient, tmp_path: Path, collection: str
) -> None:
    tile = (0, 0, 0)
    read = _opened(visitor, tmp_path, _path(collection, tile), tile, collection)
    assert sorted(read["id"]) == sorted(item["id"] for item in _items(visitor, collection))


def test_points_lie_where_they_were_taken(visitor: TestClient, tmp_path: Path) -> None:
    tile = _address(*MEUSE, 13)
    read = _opened(visitor, tmp_path, _path("samples", tile), tile, "samples")
    places = {item["id"]: item["geometry"]["coordinates"] for item in _items(visitor, "samples")}
    assert len(read) > 10
    for identifier, point in zip(read["id"], read.geometry, strict=True):
        # A unit of a tile of zoom 13 is 1/4096 of 0.044 degrees.
        assert (point.x, point.y) == pytest.approx(places[identifier], abs=1.2e-5)


def test_the_same_filters_as_items(visitor: TestClient, tmp_path: Path) -> None:
    tile = (0, 0, 0)
    query = "bbox=5.74,50.96,5.75,50.98&contaminant=zn"
    read = _opened(visitor, tmp_path, _path("samples", tile, f"?{query}"), tile, "samples")
    items = _items(visitor, "samples", f"&{query}")
    assert 0 < len(items) < 155
    assert sorted(read["id"]) == sorted(item["id"] for item in items)
    name = _items(visitor, "sources")[0]["properties"]["name"]
    read = _opened(visitor, tmp_path, _path("sources", tile, f"?name={name}"), tile, "sources")
    assert read["name"].tolist() == [name]
    assert visitor.get(_path("sources", tile, "?name=nobody")).status_code == 204
    for path in ("?contaminant=kryptonite", "?dataset=ds_" + "0" * 32):
        assert visitor.get(_path("samples", tile, path)).status_code == 404
    for path in (
        "?bbox=1,2,3",
        "?limit=3",
        "?threshold=5",
        "?contaminant=zn&threshold=-1",
        "?contaminant=zn&threshold=nan",
        "?layer=hl_x",
        "?datetime=yesterday",
        "?depth_upper_cm=deep",
        "?value=3",
    ):
        assert visitor.get(_path("samples", tile, path)).status_code == 400, path
    assert visitor.get(_path("sources", tile, "?threshold=5")).status_code == 400


def test_a_sample_tells_its_value_and_whether_it_exceeds(
    visitor: TestClient, tmp_path: Path
) -> None:
    tile = _address(*MEUSE, 12)
    path = _path("samples", tile, "?contaminant=zn&threshold=400")
    read = _opened(visitor, tmp_path, path, tile, "samples")
    told = {
        item["id"]: next(
            result["value"]
            for result in item["properties"]["results"]
            if result["contaminant"] == "zn"
        )
        for item in _items(visitor, "samples")
    }
    assert read["value"].tolist() == [told[identifier] for identifier in read["id"]]
    assert (read["exceeds"].astype(bool) == (read["value"] > 400)).all()
    assert read["exceeds"].astype(bool).any()


@pytest.mark.parametrize(
    ("collection", "query"),
    [("samples", ""), ("samples", "?contaminant=zn&threshold=400"), ("hotspots", "")],
)
def test_tilejson_names_what_features_tell(
    visitor: TestClient, tmp_path: Path, collection: str, query: str
) -> None:
    tile = _address(*MEUSE, 12)
    read = _opened(visitor, tmp_path, _path(collection, tile, query), tile, collection)
    own = f"/api/collections/{collection}/tiles/WebMercatorQuad/tilejson.json{query}"
    [features, _] = visitor.get(own).json()["vector_layers"]
    # A tile holds no name that no feature of it has a value of.
    found = set(read.columns) - {"geometry", "mvt_id"}
    assert found <= set(features["fields"])
    assert {"value", "exceeds"} & set(features["fields"]) == {"value", "exceeds"} & found


# Of prepared places, and counted under a filter of one's own.
@pytest.mark.parametrize("more", ["", "&bbox=-179,-80,179,80", "&dataset_title=meuse"])
@pytest.mark.parametrize("zoom", [0, 3, 6, 9, 12])
def test_many_become_cells_that_count_every_one(
    visitor: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zoom: int, more: str
) -> None:
    monkeypatch.setattr(making, "MOST_FEATURES", 20)
    tile = _address(*MEUSE, zoom)
    # Another address than that of other tests, whose tiles are kept.
    path = _path("samples", tile, f"?contaminant=zinc&threshold=300{more}")
    read = _opened(visitor, tmp_path, path, tile, "samples_cells")
    side = 360 / 2**zoom
    west = tile[2] * side - 180
    told = [
        next(r["value"] for r in item["properties"]["results"] if r["contaminant"] == "zn")
        for item in _items(visitor, "samples")
        if _address(*item["geometry"]["coordinates"], zoom) == tile
    ]
    assert read["count"].sum() == len(told)
    assert read["maximum"].max() == max(told)
    exceeding = (read["share"] * read["count"]).sum()
    assert exceeding == pytest.approx(sum(value > 300 for value in told))
    assert read.total_bounds[0] >= west - 1e-6
    assert read.geometry.bounds.eval("maxx - minx").max() == pytest.approx(side / 64, rel=1e-3)


@pytest.mark.parametrize("zoom", [0, 2, 5, 8, 11, 14])
def test_a_hotspot_never_vanishes(
    visitor: TestClient, showcase: Showcase, tmp_path: Path, zoom: int
) -> None:
    expected = {item["id"]: item for item in _items(visitor, showcase.layer)}
    n = 2**zoom
    seen: dict[str, Any] = {}
    for x in range(int((5.70 + 180) / 360 * n), int((5.80 + 180) / 360 * n) + 1):
        for y in range(_address(0, 51.02, zoom)[1], _address(0, 50.93, zoom)[1] + 1):
            tile = (zoom, y, x)
            if visitor.get(_path(showcase.layer, tile)).status_code == 204:
                continue
            read = _opened(visitor, tmp_path, _path(showcase.layer, tile), tile, "hotspots")
            for identifier, shape in zip(read["id"], read.geometry, strict=True):
                seen[identifier] = max(shape.area, seen.get(identifier, 0.0))
                assert shape.geom_type in {"Polygon", "MultiPolygon"}
    assert set(seen) == set(expected)
    # Not smaller than a pixel in any tile it is whole in.
    pixel = (360 / n / 256) ** 2 * math.cos(math.radians(51))
    assert min(seen.values()) > 0.2 * pixel


def test_other_matrix_set(visitor: TestClient, tmp_path: Path) -> None:
    side = 180 / 2**10
    z, y, x = 10, int((90 - 50.975) / side), int((5.745 + 180) / side)
    answer = visitor.get(f"/api/collections/samples/tiles/WorldCRS84Quad/{z}/{y}/{x}")
    assert answer.status_code == 200
    file = tmp_path / "t.mvt"
    file.write_bytes(answer.content)
    # GDAL knows tiles of Web Mercator alone: the numbers are taken as they lie in the tile.
    read = pyogrio.read_dataframe(file, layer="samples")
    places = {item["id"]: item["geometry"]["coordinates"] for item in _items(visitor, "samples")}
    for identifier, point in list(zip(read["id"], read.geometry, strict=True))[::20]:
        longitude = (x + point.x / 4096) * side - 180
        assert longitude == pytest.approx(places[identifier][0], abs=side / 2000)


def test_statuses(visitor: TestClient, showcase: Showcase) -> None:
    assert visitor.get(_path("samples", (14, 0, 0))).status_code == 204
    for tile in ((0, 0, 1), (25, 0, 0), (3, 8, 0), (-1, 0, 0)):
        assert visitor.get(_path("samples", tile)).status_code == 404
    assert visitor.get("/api/collections/samples/tiles/Other/0/0/0").status_code == 404
    assert visitor.get("/api/collections/nothing/tiles/WebMercatorQuad/0/0/0").status_code == 404
    [secret] = [name for name in showcase.secret_ids if name.startswith("hl_")]
    assert visitor.get(_path(secret, (0, 0, 0))).status_code == 404


def test_any_tag_tells_nothing_of_what_is_not_there(
    visitor: TestClient, showcase: Showcase
) -> None:
    [secret] = [name for name in showcase.secret_ids if name.startswith("hl_")]
    for collection, query, status in (
        ("samples", "", 304),
        ("nothing", "", 404),
        (secret, "", 404),
        ("samples", "?contaminant=kryptonite", 404),
        ("samples", "?threshold=5", 400),
    ):
        path = _path(collection, (0, 0, 0), query)
        assert visitor.get(path, headers={"If-None-Match": "*"}).status_code == status, path


def test_nothing_hidden_is_in_a_tile(
    visitor: TestClient, showcase: Showcase, tmp_path: Path
) -> None:
    for collection in ("samples", "sources", "hotspots"):
        tile = (0, 0, 0)
        read = _opened(visitor, tmp_path, _path(collection, tile), tile, collection)
        assert not set(read["id"]) & set(showcase.secret_ids)


def test_tags_change_with_what_is_shown(operator: TestClient) -> None:
    runtime = operator.app.state.runtime  # type: ignore[attr-defined]
    options = {"dataset": "d", "visibility": "public", "epsg": 4326, "unit": "mg/kg"}
    scene.take_in(runtime, scene.soil_csv([("A", 5.1, 51.1, 10)]), **options)
    path = _path("samples", (0, 0, 0))
    first = operator.get(path)
    assert first.headers["cache-control"].endswith("no-cache")
    asked = {"If-None-Match": first.headers["etag"]}
    assert operator.get(path, headers=asked).status_code == 304
    scene.take_in(runtime, scene.soil_csv([("B", 6.1, 51.1, 10)]), **options)
    after = operator.get(path, headers=asked)
    assert after.status_code == 200
    assert len(after.content) > len(first.content)
    scene.take_in(runtime, scene.soil_csv([("B", 6.1, 51.1, 10)]), dataset="d",
                  visibility="private", epsg=4326, unit="mg/kg")  # fmt: skip
    assert operator.get(path).status_code == 204


def test_poles_and_the_edge_of_the_world_are_no_error(operator: TestClient) -> None:
    runtime = operator.app.state.runtime  # type: ignore[attr-defined]
    rows = [("N", 0, 90, 1), ("S", 0, -90, 1), ("E", 180, 0, 1), ("W", -180, 0, 1), ("P", 1, 89, 1)]
    scene.take_in(runtime, scene.soil_csv(rows), dataset="d", visibility="public", epsg=4326,
                  unit="mg/kg")  # fmt: skip
    answer = operator.get(_path("samples", (0, 0, 0)))
    assert answer.status_code == 200
    for tile in ((1, 0, 0), (1, 1, 1), (1, 0, 1)):
        assert operator.get(_path("samples", tile)).status_code in {200, 204}
    assert operator.get("/api/collections/samples/tiles/WorldCRS84Quad/0/0/0").status_code == 200


def test_documents_lead_to_tiles(visitor: TestClient, showcase: Showcase) -> None:
    host = "http://127.0.0.1"
    assert (
        "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core"
        in (visitor.get("/api/conformance").json()["conformsTo"])
    )
    listed = visitor.get("/api/tileMatrixSets").json()["tileMatrixSets"]
    assert [entry["id"] for entry in listed] == ["WebMercatorQuad", "WorldCRS84Quad"]
    for entry in listed:
        document = visitor.get(entry["links"][0]["href"].removeprefix(host)).json()
        assert document["id"] == entry["id"]
        assert len(document["tileMatrices"]) == 25
    for collection in ("samples", showcase.layer):
        described = visitor.get(f"/api/collections/{collection}").json()
        [tilesets] = [
            link for link in described["links"] if link["rel"].endswith("tilesets-vector")
        ]
        sets = visitor.get(tilesets["href"].removeprefix(host)).json()["tilesets"]
        # Present and empty it would say that there are no tiles at any zoom.
        assert all("tileMatrixSetLimits" not in entry for entry in sets)
        [item] = [link for link in sets[0]["links"] if link["rel"] == "item"]
        address = item["href"].format(tileMatrix=0, tileRow=0, tileCol=0).removeprefix(host)
        assert visitor.get(address).status_code == 200
        [described_by] = [link for link in sets[0]["links"] if link["rel"] == "describedby"]
        told = visitor.get(described_by["href"].removeprefix(host)).json()
        assert told["vector_layers"][1]["id"].endswith("_cells")
        west, south, east, north = told["bounds"]
        assert 5.6 < west < east < 5.9
        assert 50.9 < south < north < 51.1
        [template] = told["tiles"]
        assert visitor.get(template.format(z=0, y=0, x=0).removeprefix(host)).status_code == 200
        [style] = [link for link in sets[0]["links"] if link["rel"] == "style"]
        drawn = visitor.get(style["href"].removeprefix(host)).json()
        [source] = drawn["sources"].values()
        assert source["url"] == described_by["href"]
        assert {layer["source-layer"] for layer in drawn["layers"]} == {
            layer["id"] for layer in told["vector_layers"]
        }
    query = "?contaminant=zn&threshold=300"
    own = "/api/collections/samples/tiles/WebMercatorQuad"
    [template] = visitor.get(f"{own}/tilejson.json{query}").json()["tiles"]
    assert template.endswith(query)
    style = visitor.get(f"{own}/style.json{query}").json()
    assert style["sources"]["samples"]["url"].endswith(query)
    assert visitor.get(f"{own}/tilejson.json?contaminant=x").status_code in {400, 404}
    # What reads them would show those of the other set in the wrong place.
    for document in ("tilejson.json", "style.json"):
        path = f"/api/collections/samples/tiles/WorldCRS84Quad/{document}"
        assert visitor.get(path).status_code == 404
