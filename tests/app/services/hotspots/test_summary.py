"""A layer by areas: every figure worked out again by pyproj and shapely."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
import shapely
from pyproj import Geod, Transformer
from shapely.geometry import Point, shape
from sqlalchemy import func, select

from app.db import ids
from app.db.models import Hotspot, HotspotLayer
from app.errors import NotFound
from app.services import hotspots
from app.services.runtime import Runtime
from app.services.visibility import visible_datasets
from tests.app.conftest import ClusterUrls, FileStore, _copied_meuse
from tests.app.scene import meuse_csv, take_in

# Two areas that part the flood plain along a meridian, one that lies apart.
AREAS = {
    "W": shapely.box(5.70, 50.90, 5.745, 51.0),
    "E": shapely.box(5.745, 50.90, 5.80, 51.0),
    "X": shapely.box(10.0, 50.0, 10.1, 50.1),
}
GEOD = Geod(ellps="WGS84")


@pytest.fixture(scope="module")
def parted(
    cluster: ClusterUrls, meuse_template: FileStore, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Runtime]:
    folder = tmp_path_factory.mktemp("parted")
    with _copied_meuse(cluster, "parted", meuse_template, folder) as opened:
        rows = "".join(f'{code},"{area.wkt}"\n' for code, area in AREAS.items())
        take_in(
            opened, f"code,geometry\n{rows}", dataset="halves", kind="boundaries", epsg=4326,
            visibility="public",
        )  # fmt: skip
        yield opened


def geodesic(area: Any) -> float:
    return abs(GEOD.geometry_area_perimeter(area)[0])


def summary_of(opened: Runtime, name: str = "halves") -> dict[str, Any]:
    with opened.database.reading() as session:
        [layer] = hotspots.list_layers(session)
        return hotspots.summarise(session, layer["id"], name, visible_datasets(session))


def test_areas_by_class_are_those_of_pyproj(parted: Runtime) -> None:
    told = summary_of(parted)
    with parted.database.reading() as session:
        rows = session.execute(
            select(Hotspot.confidence, func.ST_AsBinary(Hotspot.geom)).join(
                HotspotLayer, HotspotLayer.id == Hotspot.layer_id
            )
        )
        polygons = [(confidence, shapely.from_wkb(bytes(geom))) for confidence, geom in rows]
    by_code = {one["properties"]["area_code"]: one for one in told["features"]}
    assert set(by_code) == set(AREAS)
    for code, area in AREAS.items():
        feature, own = by_code[code], by_code[code]["properties"]
        assert shape(feature["geometry"]).equals(area)
        assert own["area_m2"] == pytest.approx(geodesic(area), rel=1e-6)
        expected: dict[str, list[float]] = {}
        for confidence, polygon in polygons:
            size = geodesic(polygon.intersection(area)) if polygon.intersects(area) else 0.0
            if size:
                expected.setdefault(confidence, []).append(size)
        assert set(own["classes"]) == set(expected)
        for name, sizes in expected.items():
            figures = own["classes"][name]
            assert figures["count"] == len(sizes)
            assert figures["area_m2"] == pytest.approx(sum(sizes), rel=1e-6)
            assert figures["share"] == pytest.approx(sum(sizes) / geodesic(area), rel=1e-6)
        assert own["hotspot_count"] == sum(map(len, expected.values()))
    assert by_code["X"]["properties"]["classes"] == {}
    # Nothing is lost between the two halves.
    whole = sum(geodesic(polygon) for _, polygon in polygons)
    parts = sum(by_code[code]["properties"]["marked_m2"] for code in "WE")
    assert parts == pytest.approx(whole, rel=1e-6)


def test_samples_and_the_highest_are_those_of_the_file(parted: Runtime) -> None:
    told = summary_of(parted)
    to_degrees = Transformer.from_crs(28992, 4326, always_xy=True)
    rows = [
        (Point(to_degrees.transform(float(row["x"]), float(row["y"]))), float(row["zinc"]))
        for row in csv.DictReader(io.StringIO(meuse_csv()))
    ]
    for feature in told["features"]:
        own = feature["properties"]
        inside = [value for place, value in rows if AREAS[own["area_code"]].covers(place)]
        figures = own["samples"]["zn"]
        assert figures["count"] == len(inside)
        assert figures["maximum"] == (max(inside) if inside else None)
        assert (figures["max_sample"] is None) == (not inside)
        assert figures["unit"] == "mg/kg"


def test_a_summary_is_written_three_ways(parted: Runtime) -> None:
    told = summary_of(parted)
    assert told["boundaries"] == {
        "name": "halves", "title": "halves", "licence": None, "citation": None
    }  # fmt: skip
    table = list(csv.DictReader(io.StringIO(hotspots.summary_text(told, "csv"))))
    assert [row["area_code"] for row in table] == ["E", "W", "X"]
    assert float(table[2]["likely_m2"]) == 0.0
    east = told["features"][0]["properties"]
    assert float(table[0]["likely_share"]) == east["classes"]["likely"]["share"]
    assert float(table[0]["zn_maximum"]) == east["samples"]["zn"]["maximum"]
    drawn = json.loads(hotspots.summary_text(told, "geojson"))
    assert drawn["type"] == "FeatureCollection"
    plain = json.loads(hotspots.summary_text(told, "json"))
    assert [area["area_code"] for area in plain["areas"]] == ["E", "W", "X"]
    assert "features" not in plain
    assert "geodesic" in plain["areas_are"]


def test_a_summary_needs_a_layer_and_boundaries_that_may_be_seen(parted: Runtime) -> None:
    with pytest.raises(NotFound, match=r"no boundaries 'nowhere'; there are: halves. Load some"):
        summary_of(parted, "nowhere")
    with parted.database.reading() as session, pytest.raises(NotFound, match="no hotspot layer"):
        hotspots.summarise(session, "hl_" + "0" * 32, "halves", visible_datasets(session))
    square = f'code,geometry\nA,"{AREAS["W"].wkt}"\n'
    take_in(parted, square, dataset="hidden", kind="boundaries", epsg=4326)
    with pytest.raises(NotFound, match="no boundaries 'hidden'"):
        summary_of(parted, "hidden")


def test_layers_of_samples_are_summarised_by_their_own_selection(parted: Runtime) -> None:
    with parted.database.reading() as session:
        layer = session.scalars(select(HotspotLayer)).first()
        assert layer is not None
        shown = ids.show("hotspot_layer", layer.uid)
        told = hotspots.summarise(session, shown, "halves", visible_datasets(session))
    assert told["layer"] == shown
