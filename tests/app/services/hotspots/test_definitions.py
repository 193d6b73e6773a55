"""Every definition through the service: order, evidence, layer, polygons."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from shapely import contains_xy, from_wkb, union_all
from sqlalchemy import event, func, select

from app.db import ids
from app.db.models import Hotspot, HotspotLayer, Result, Sample
from app.errors import Conflict, HotspotsError, InvalidRequest, NotFound, Unprocessable
from app.services import hotspots, imports
from app.services.datasets import DatasetTerms
from app.services.features.hotspots import properties
from app.services.hotspots import finding
from app.services.runtime import Runtime
from spatial.hotspots.getis_ord import gi_star
from spatial.hotspots.weights import nearest_neighbours
from tests.app.scene import (
    EXCEEDING,
    ZINC,
    Showcase,
    build,
    ensure,
    find,
    quiet,
    register,
    soil_csv,
    take_in,
    threads,
)

GI_STAR = hotspots.HotspotOrder(
    contaminant="zn", definition="getis-ord", samples={"datasets": ["meuse"]}
)


def layer_of(opened: Runtime, public_id: str) -> HotspotLayer:
    with opened.database.reading() as session:
        uid = ids.parse("hotspot_layer", public_id)
        return session.scalars(select(HotspotLayer).where(HotspotLayer.uid == uid)).one()


def polygons_of(opened: Runtime, layer: HotspotLayer) -> list[tuple[Hotspot, Any]]:
    with opened.database.reading() as session:
        rows = session.execute(
            select(Hotspot, func.ST_AsBinary(func.ST_Transform(Hotspot.geom, layer.epsg)))
            .where(Hotspot.layer_id == layer.id)
            .order_by(Hotspot.id)
        ).all()
        return [(row[0], from_wkb(bytes(row[1]))) for row in rows]


def test_clusters_of_samples_need_no_surface_and_no_threshold(meuse: Runtime) -> None:
    made = find(meuse, GI_STAR)
    layer = layer_of(meuse, made["layer"])
    assert (layer.surface_id, layer.threshold, layer.guideline_id) == (None, None, None)
    assert (layer.epsg, layer.unit) == (28992, "mg/kg")
    card = layer.card
    assert card["how"]["weights"]["neighbours"] == 8
    assert card["how"]["weights"]["includes_the_place_itself"] is True
    assert (card["surface"], card["skill"], card["support"]) == (None, None, "samples")
    found = polygons_of(meuse, layer)
    assert {entry.confidence for entry, _ in found} == {"significant"}
    assert {entry.quantity for entry, _ in found} == {"gi_star"}
    with meuse.database.reading() as session:
        rows = session.execute(
            select(Sample.easting, Sample.northing, Sample.id).order_by(Sample.hilbert, Sample.id)
        ).all()
        features = hotspots.show_layer(session, made["layer"])
    # Samples that stand out are inside, others outside, but for cells that hold two.
    places = np.array([row[:2] for row in rows])
    values = np.array([_zinc(meuse)[row[2]] for row in rows])
    z = gi_star(np.log(values), nearest_neighbours(places, 8))
    area = union_all([polygon for _, polygon in found])
    inside = contains_xy(area.buffer(0.01), *places.T)
    assert (z[inside] > 1.0).all()
    assert inside[z > 4.0].all()
    assert features["q"] is None
    assert features["classes"][0]["confidence"] == "significant"


def _zinc(opened: Runtime) -> dict[int, float]:
    with opened.database.reading() as session:
        rows = session.execute(
            select(Result.sample_id, Result.value).where(Result.contaminant == "zn")
        )
        return {row[0]: row[1] for row in rows}


def test_every_definition_makes_a_layer_with_reasons(meuse: Runtime) -> None:
    for changes in (
        {"definition": "local-moran", "parameters": {"p_values": "permutation"}},
        {"definition": "percentile", "parameters": {"of": "samples", "share": 0.1}},
        {"definition": "getis-ord", "parameters": {"distance": 500, "scores": "rank"}},
        {"definition": "percentile", "samples": None},
        {"definition": "getis-ord", "samples": None},
    ):
        made = find(meuse, replace(GI_STAR, **changes))
        layer = layer_of(meuse, made["layer"])
        found = polygons_of(meuse, layer)
        assert len(found) == made["count"] > 0, changes
        for entry, polygon in found:
            assert polygon.is_valid
            assert polygon.area == pytest.approx(entry.area_m2, rel=1e-4)
            assert entry.reason.startswith("Zinc: ")
            assert entry.quantity_min <= entry.quantity_mean <= entry.quantity_max


def test_samples_of_a_surface_are_marked_on_its_own_grid(meuse: Runtime) -> None:
    built = build(meuse, replace(ZINC, cell_size=100.0))
    order = replace(GI_STAR, samples=None, surface=built["surface"])
    layer = layer_of(meuse, find(meuse, order)["layer"])
    assert layer.card["surface"] == built["surface"]
    for _, polygon in polygons_of(meuse, layer):
        corners = np.array(polygon.exterior.coords)
        assert np.allclose(corners % 100.0 % 99.999, 0.0, atol=0.01)


def test_means_of_blocks_come_from_realisations(meuse: Runtime) -> None:
    order = replace(EXCEEDING, q=None, definition="block-mean", parameters={"block_size": 400.0})
    with pytest.raises(NotFound, match=r"block-mean can look at.*method simulation"):
        find(meuse, order)
    drawn = replace(ZINC, method="simulation", realisations=20, cell_size=100.0, neighbours=16)
    build(meuse, drawn)
    layer = layer_of(meuse, find(meuse, order)["layer"])
    assert layer.card["support"] == "block"
    assert layer.card["how"]["from"] == "20 realisations"
    with pytest.raises(Unprocessable, match="not filled by whole cells"):
        find(meuse, replace(order, parameters={"block_size": 250.0}))
    square = {
        "type": "Polygon",
        "coordinates": [
            [[5.73, 50.96], [5.74, 50.96], [5.74, 50.97], [5.73, 50.97], [5.73, 50.96]]
        ],
    }
    parcel = find(meuse, replace(order, parameters={"parcels": [square], "likely": 0.9}))
    assert parcel["count"] == 1
    assert layer_of(meuse, parcel["layer"]).parameters["parcels"] == 1


@contextmanager
def statements(opened: Runtime) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_c: Any, _cur: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    engine = opened.database._read
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def test_an_order_that_was_answered_is_found_without_reading_a_result(meuse: Runtime) -> None:
    for order in (EXCEEDING, GI_STAR):
        first = find(meuse, order)
        with statements(meuse) as seen:
            again = find(meuse, order)
        assert again == {"layer": first["layer"], "is_new": False}
        assert not [text for text in seen if "hotspots.result" in text]
        times = []
        for _ in range(5):
            start = time.perf_counter()
            find(meuse, order)
            times.append(time.perf_counter() - start)
        # 20 ms where nothing else runs; the machine of a test is busy.
        assert min(times) < 0.1


def test_the_same_order_said_otherwise_is_the_same_layer(meuse: Runtime) -> None:
    made = find(meuse, GI_STAR)
    said = replace(GI_STAR, contaminant="Zinc", parameters={"neighbours": None, "scores": "ln"})
    assert find(meuse, said) == {"layer": made["layer"], "is_new": False}
    other = find(meuse, replace(GI_STAR, parameters={"neighbours": 12}))
    assert other["is_new"]


def test_new_results_make_a_new_layer_that_supersedes(meuse: Runtime) -> None:
    old = find(meuse, GI_STAR)
    more = soil_csv([(181072, 333700, 2000)], "x,y,zinc")
    take_in(meuse, more, dataset="meuse", epsg=28992, unit="mg/kg")
    new = find(meuse, GI_STAR)
    assert new["is_new"]
    with meuse.database.reading() as session:
        assert hotspots.show_layer(session, new["layer"])["supersedes"] == old["layer"]


def test_a_hidden_layer_is_not_told_by_the_one_that_follows_it(meuse: Runtime) -> None:
    more = soil_csv([(181072, 333700, 2000)], "x,y,zinc")
    take_in(meuse, more, dataset="more", visibility="public", epsg=28992, unit="mg/kg")
    order = replace(GI_STAR, samples={"epsg": 28992})
    old = find(meuse, order)
    for visibility, told in (("private", None), ("public", old["layer"])):
        with meuse.database.writing() as session:
            ensure(session, "more", DatasetTerms(visibility=visibility))
        if visibility == "private":
            new = find(meuse, order)
            assert new["is_new"]
        with meuse.database.reading() as session:
            assert hotspots.show_layer(session, new["layer"])["supersedes"] == told


@pytest.mark.parametrize("what", ["results", "surface"])
def test_what_changes_under_a_running_job_is_a_conflict(
    meuse: Runtime, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    compute = finding._compute

    def meanwhile(*given: Any) -> Any:
        found = compute(*given)
        more = soil_csv([(181072, 333700, 2000)], "x,y,zinc")
        take_in(meuse, more, dataset="meuse", epsg=28992, unit="mg/kg")
        if what == "surface":
            build(meuse, ZINC)
        return found

    monkeypatch.setattr(finding, "_compute", meanwhile)
    words = "surface was built again" if what == "surface" else "Results were added or taken back"
    with pytest.raises(Conflict, match=words):
        find(meuse, replace(EXCEEDING, q=0.7))


def test_a_batch_answers_each_order_or_says_why_not(meuse: Runtime) -> None:
    over = hotspots.Variations(contaminants=("zn", "pb"))
    first = hotspots.HotspotOrder(contaminant="", threshold=200.0)
    with meuse.database.reading() as session:
        orders = hotspots.expand(session, first, over)
    told = hotspots.find_all(
        meuse.database, meuse.store, orders, threads, quiet, most_cells=1_000_000
    )
    assert (told["found"], told["failed"]) == (1, 1)
    zinc, lead = told["layers"]
    assert zinc["is_new"]
    assert "no surface of Lead" in lead["error"]


def test_layers_of_two_thresholds_differ_as_they_must(meuse: Runtime) -> None:
    low, high = (
        find(meuse, replace(EXCEEDING, guideline=None, threshold=value))["layer"]
        for value in (150.0, 400.0)
    )
    with meuse.database.reading() as session:
        told = hotspots.compare(session, low, high)
        back = hotspots.compare(session, high, low)
        everything = hotspots.compare(session, low, high, ("likely", "possible"))
    lost = sum(change["lost_m2"] for change in told["changes"].values())
    assert sum(change["gained_m2"] for change in told["changes"].values()) == pytest.approx(
        0, abs=1
    )
    assert lost == pytest.approx(told["from"]["area_m2"] - told["to"]["area_m2"], rel=1e-6)
    gained = sum(change["gained_m2"] for change in back["changes"].values())
    assert gained == pytest.approx(lost, rel=1e-6)
    assert everything["from"]["count"] > told["from"]["count"]
    assert {f["properties"]["change"] for f in told["features"]} <= {"lost", "shrunk"}


@pytest.mark.parametrize(
    ("rows", "changes", "words"),
    [
        (["<5"] * 25, {}, "All 25 results lie below their detection limit"),
        (list(range(10, 20)), {}, "10 separate places with a usable result"),
        ([7] * 25, {}, "none stands out"),
        (list(range(25)), {"parameters": {"scores": "rank", "neighbours": 30}}, "Choose fewer"),
    ],
)
def test_samples_that_do_not_do_are_told_what_would(
    runtime: Runtime, rows: list[Any], changes: dict[str, Any], words: str
) -> None:
    table = [(f"S{i}", 3.0 + 0.01 * (i % 5), 45.0 + 0.01 * (i // 5), v) for i, v in enumerate(rows)]
    take_in(runtime, soil_csv(table), dataset="d", visibility="public", epsg=4326, unit="mg/kg")
    with pytest.raises(Unprocessable, match=words):
        find(runtime, replace(GI_STAR, samples={"datasets": ["d"]}, **changes))


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"samples": {"datasets": ["nothing"]}}, NotFound, "no data set 'nothing'"),
        ({"samples": {"colour": "red"}}, InvalidRequest, "samples takes no colour"),
        ({"samples": {"epsg": 4326}}, InvalidRequest, "not a projected system in metres"),
        ({"samples": {"cell_size": 0.5}}, Unprocessable, "Choose cells of"),
        ({"surface": "sf_1"}, InvalidRequest, "state surface or samples, not both"),
        ({"parameters": {"neighbours": 5, "distance": 10}}, InvalidRequest, "not both"),
        ({"definition": "block-mean", "samples": None, "threshold": 5.0,
          "parameters": {"parcels": "all"}}, InvalidRequest, "list of GeoJSON polygons"),
    ],
)  # fmt: skip
def test_orders_that_cannot_be_answered_name_the_remedy(
    showcase: Showcase, changes: dict[str, Any], kind: type[HotspotsError], words: str
) -> None:
    with pytest.raises(kind, match=words):
        find(showcase.runtime, replace(GI_STAR, **changes))


def test_districts_that_a_polygon_touches_are_named(meuse: Runtime) -> None:
    ring = "5.6 50.9, 5.9 50.9, 5.9 51.1, 5.6 51.1, 5.6 50.9"
    content = (
        f'area_code,geometry,contaminant,n,median,unit\nNL42,"POLYGON(({ring}))",Zinc,9,35,mg/kg\n'
    )
    import_id = register(
        meuse, content.encode(), "districts", kind="aggregates", visibility="public", epsg=4326
    )
    loaded = imports.load(meuse.database, meuse.store, meuse.settings.limits, import_id, quiet)
    assert loaded["status"] == "loaded"
    layer = layer_of(meuse, find(meuse, replace(EXCEEDING, q=0.85))["layer"])
    assert {tuple(entry.area_codes) for entry, _ in polygons_of(meuse, layer)} == {("NL42",)}
    # Those of a data set that became private are not told any more.
    told = select(properties()["area_codes"]).where(Hotspot.layer_id == layer.id)
    for visibility, codes in (("public", ["NL42"]), ("private", [])):
        with meuse.database.writing() as session:
            ensure(session, "districts", DatasetTerms(visibility=visibility))
        with meuse.database.reading() as session:
            shown = list(session.scalars(told))
        assert shown
        assert all(one == codes for one in shown)
