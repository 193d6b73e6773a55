"""Hotspots: every figure worked out again from the raster and the samples' own file."""

import csv
import io
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely
from scipy import ndimage
from scipy.stats import norm
from shapely import wkb
from shapely.geometry import Point
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.db import ids
from app.db.models import (
    Hotspot,
    HotspotLayer,
    HotspotLayerDataset,
    Sample,
    Surface,
)
from app.errors import Conflict, InvalidRequest, NotFound, Unprocessable
from app.services import hotspots, jobs
from app.services.datasets import DatasetTerms
from app.services.guidelines.background import BackgroundOrder
from app.services.hotspots import finding, publishing
from app.services.hotspots.answer import Answer
from app.services.hotspots.task import Task
from app.services.runtime import Runtime
from spatial.raster import read_raster
from tests.app.scene import (
    EXCEEDING,
    NOTE,
    ZINC,
    Showcase,
    build,
    ensure,
    find,
    meuse_csv,
    quiet,
    soil_csv,
    take_in,
    threads,
)

OWN = hotspots.HotspotOrder(contaminant="zn", threshold=150.0, q=0.9)


@pytest.fixture(scope="module")
def read(showcase: Showcase) -> Iterator[Runtime]:
    return showcase.runtime


def _layer(opened: Runtime, public_id: str) -> HotspotLayer:
    with opened.database.reading() as session:
        uid = ids.parse("hotspot_layer", public_id)
        return session.scalars(select(HotspotLayer).where(HotspotLayer.uid == uid)).one()


def _found(opened: Runtime, public_id: str) -> list[tuple[Hotspot, Any]]:
    layer = _layer(opened, public_id)
    with opened.database.reading() as session:
        rows = session.execute(
            select(Hotspot, func.ST_AsBinary(func.ST_Transform(Hotspot.geom, 28992)))
            .where(Hotspot.layer_id == layer.id)
            .order_by(Hotspot.area_m2.desc(), Hotspot.id)
        ).all()
        return [(row[0], wkb.loads(bytes(row[1]))) for row in rows]


def _classified(read: Runtime, surface_id: str) -> tuple[Any, Any, Any]:
    """Probability and class of each cell, worked out from the raster by other means."""
    uid = ids.parse("surface", surface_id)
    assert uid is not None
    raster = read_raster(read.store.surface_path(uid))
    location = raster.bands["location"].astype(np.float64)
    sigma = raster.bands["sigma"].astype(np.float64)
    with read.database.reading() as session:
        card = session.scalars(select(Surface.card).where(Surface.uid == uid)).one()
    # Concentrations are log-normal, so P(c > 150) = 1 - Phi((ln 150 - location) / sigma).
    p = norm.sf(np.log(150.0), location, sigma)
    names = np.select(
        [
            np.isnan(p),
            sigma**2 >= 0.9 * card["variogram"]["fit"]["sill"],
            p >= 0.9,
            p >= 0.5,
            p >= 0.2,
        ],
        ["", "undecidable", "likely", "possible", "cannot_be_ruled_out"],
        "",
    )
    return p, names, raster.grid


def test_statistics_are_those_of_the_cells_and_the_samples(
    read: Runtime, showcase: Showcase
) -> None:
    probability, names, grid = _classified(read, showcase.zinc)
    groups = {name: ndimage.label(names == name)[0] for name in sorted(set(names.ravel()) - {""})}
    assert set(groups) >= {"likely", "possible", "cannot_be_ruled_out"}
    found = _found(read, showcase.layer)
    assert len(found) == sum(labels.max() for labels in groups.values())
    samples = [
        (float(row["x"]), float(row["y"]), float(row["zinc"]))
        for row in csv.DictReader(io.StringIO(meuse_csv()))
    ]
    seen = set()
    for entry, polygon in found:
        inside_cell = polygon.representative_point()
        at = int((grid.north - inside_cell.y) // 80), int((inside_cell.x - grid.west) // 80)
        label = groups[entry.confidence][at]
        assert label > 0
        seen.add((entry.confidence, label))
        is_inside = groups[entry.confidence] == label
        cells = probability[is_inside]
        assert entry.cell_count == cells.size
        assert entry.area_m2 == cells.size * 6400.0
        assert polygon.area == pytest.approx(entry.area_m2, rel=1e-6)
        figures = (entry.quantity_min, entry.quantity_mean, entry.quantity_max)
        assert entry.quantity == "probability"
        assert figures == pytest.approx((cells.min(), cells.mean(), cells.max()), rel=1e-6)
        within = [
            value
            for east, north, value in samples
            if is_inside[int((grid.north - north) // 80), int((east - grid.west) // 80)]
        ]
        assert entry.sample_count == entry.place_count == len(within)
        assert entry.censored_count == entry.undecidable_count == 0
        if within:
            assert entry.max_value == max(within)
            assert entry.mean_value == pytest.approx(sum(within) / len(within))
        else:
            assert entry.max_value is entry.mean_value is entry.max_sample_id is None
    assert len(seen) == len(found)
    assert found[0][0].sample_count > 20


def test_highest_sample_is_the_one_named(read: Runtime, showcase: Showcase) -> None:
    entry, polygon = _found(read, showcase.layer)[0]
    with read.database.reading() as session:
        sample = session.get_one(Sample, entry.max_sample_id)
        assert polygon.covers(Point(sample.easting, sample.northing))
        with_value = {
            (float(row["x"]), float(row["y"]))
            for row in csv.DictReader(io.StringIO(meuse_csv()))
            if float(row["zinc"]) == entry.max_value
        }
        assert (sample.easting, sample.northing) in with_value


def test_reason_and_card_name_value_surface_and_source(read: Runtime, showcase: Showcase) -> None:
    layer = _layer(read, showcase.layer)
    assert (layer.threshold, layer.unit, layer.epsg) == (150.0, "mg/kg", 28992)
    assert layer.parameters == {
        "threshold": 150.0,
        "likely": 0.9,
        "possible": 0.5,
        "cannot_be_ruled_out": 0.2,
        "undecidable_variance": 0.9,
    }
    assert layer.extraction_note == NOTE
    card = layer.card
    assert (card["surface"], card["support"]) == (showcase.zinc, "point")
    assert card["skill"]["rmse"] > 0
    found = _found(read, showcase.layer)
    for told in card["classes"]:
        areas = [e.area_m2 for e, _ in found if e.confidence == told["confidence"]]
        assert (told["count"], told["area_m2"]) == (len(areas), sum(areas))
    entry = next(entry for entry, _ in found if entry.confidence == "likely")
    assert entry.reason_code == "exceedance_likely"
    assert "Zinc: In every cell the probability of a concentration above 150 is 90%" in entry.reason
    assert "(150 mg/kg: DE_BBODSCHV_2021" in entry.reason
    assert f"over {entry.cell_count} cells" in entry.reason
    assert f"{entry.sample_count} samples lie inside" in entry.reason
    with read.database.reading() as session:
        keys = select(func.count()).where(HotspotLayerDataset.layer_id == layer.id)
        assert session.scalar(keys) == 1


def test_layers_polygons_are_valid_and_apart(read: Runtime, showcase: Showcase) -> None:
    polygons = [polygon for _, polygon in _found(read, showcase.layer)]
    assert all(polygon.is_valid for polygon in polygons)
    overlap = sum(a.intersection(b).area for i, a in enumerate(polygons) for b in polygons[i + 1 :])
    assert overlap < 1.0  # corners may touch
    assert shapely.union_all(polygons).area == pytest.approx(sum(p.area for p in polygons))


def test_same_request_is_the_same_layer(meuse: Runtime) -> None:
    with meuse.database.reading() as session:
        [only] = hotspots.list_layers(session)
    again = find(meuse, EXCEEDING)
    assert again == {"layer": only["id"], "is_new": False}
    other = find(meuse, replace(EXCEEDING, q=0.8))
    assert other["is_new"]
    assert other["layer"] != only["id"]


def test_layer_that_answers_is_known_without_work(meuse: Runtime) -> None:
    background = replace(OWN, threshold=None, background=BackgroundOrder("p90"))
    built = find(meuse, background)
    with meuse.database.reading() as session:
        assert hotspots.find_known(session, EXCEEDING) == find(meuse, EXCEEDING)["layer"]
        assert hotspots.find_known(session, replace(EXCEEDING, q=0.8)) is None
        assert hotspots.find_known(session, replace(OWN, contaminant="as")) is None  # no surface
        # Its value would have to be worked out from the results first.
        assert built["is_new"]
        assert hotspots.find_known(session, background) is None


def test_layer_is_known_however_it_is_asked_for(meuse: Runtime) -> None:
    with meuse.database.reading() as session:
        [only] = hotspots.list_layers(session)
        named = replace(EXCEEDING, surface=only["surface"])
        assert hotspots.find_known(session, named) == only["id"]


def test_layer_stands_for_imports_that_changed_nothing(meuse: Runtime) -> None:
    with meuse.database.reading() as session:
        [only] = hotspots.list_layers(session)
    cadmium = soil_csv([(181072, 333611, 11.7)], "x,y,cadmium")
    take_in(meuse, cadmium, dataset="meuse", epsg=28992, unit="mg/kg")
    with meuse.database.reading() as session:
        assert hotspots.find_known(session, EXCEEDING) is None
    assert find(meuse, EXCEEDING) == {"layer": only["id"], "is_new": False}
    with meuse.database.reading() as session:
        assert hotspots.find_known(session, EXCEEDING) == only["id"]


def test_orders_that_come_to_the_same_at_once_are_one_layer(
    meuse: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with meuse.database.reading() as session:
        [only] = hotspots.list_layers(session)
    # The surface that is named is the one that is taken anyway.
    orders = (OWN, replace(OWN, surface=only["surface"]))
    both_have_computed = threading.Barrier(2, timeout=60)
    publishing_now: list[Task] = []

    def engine() -> ThreadPoolExecutor:
        both_have_computed.wait()
        return threads()

    def publish(session: Session, answer: Answer) -> HotspotLayer:
        """Publish once the other one is about to as well, or waits until this one has."""
        publishing_now.append(answer.task)
        waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        until = time.monotonic() + 30
        while len(publishing_now) < 2 and session.scalar(waiting) == 0:
            assert time.monotonic() < until
            time.sleep(0.01)
        return publishing.publish(session, answer)

    def ask(order: hotspots.HotspotOrder) -> dict[str, Any]:
        database, store = meuse.database, meuse.store
        return hotspots.find(database, store, order, engine, quiet, most_cells=1_000_000)

    monkeypatch.setattr(finding, "publish", publish)
    with ThreadPoolExecutor(2) as callers:
        first, second = callers.map(ask, orders)
    assert sorted([first["is_new"], second["is_new"]]) == [False, True]
    assert first["layer"] == second["layer"]


@pytest.mark.parametrize(
    ("kind", "status", "is_known"),
    [
        ("surface", "queued", False),
        ("import", "running", False),
        ("undo", "queued", False),
        ("surface", "succeeded", True),
        ("hotspots", "queued", True),
        ("download", "running", True),
    ],
)
def test_order_waits_behind_work_that_may_change_its_answer(
    meuse: Runtime, kind: str, status: str, is_known: bool
) -> None:
    with meuse.database.writing() as session:
        jobs.create(session, kind, {}).status = status
    with meuse.database.reading() as session:
        assert (hotspots.find_known(session, EXCEEDING) is not None) == is_known


def test_stale_surface_is_a_conflict_and_a_new_one_supersedes(meuse: Runtime) -> None:
    with meuse.database.reading() as session:
        [old] = hotspots.list_layers(session)
    more = soil_csv([(181072, 333700, 2000)], "x,y,zinc")
    take_in(meuse, more, dataset="meuse", epsg=28992, unit="mg/kg")
    with meuse.database.reading() as session:
        assert hotspots.find_known(session, EXCEEDING) is None
    with pytest.raises(Conflict, match="Build the surface again"):
        find(meuse, EXCEEDING)
    build(meuse, ZINC)
    new = find(meuse, EXCEEDING)
    assert new["is_new"]
    with meuse.database.reading() as session:
        [latest] = hotspots.list_layers(session)
        assert (latest["id"], latest["supersedes"]) == (new["layer"], old["id"])
        assert len(hotspots.list_layers(session, latest=False)) == 2


def test_nothing_above_the_value_is_an_empty_layer(meuse: Runtime) -> None:
    made = find(meuse, replace(OWN, threshold=1e6))
    assert (made["is_new"], made["count"]) == (True, 0)
    with meuse.database.reading() as session:
        shown = hotspots.show_layer(session, made["layer"])
    assert (shown["count"], shown["area_m2"]) == (0, 0.0)
    assert shown["card"]["count"] == 0
    assert find(meuse, replace(OWN, threshold=1e6)) == {"layer": made["layer"], "is_new": False}


def test_nondetects_inside_are_counted(runtime: Runtime) -> None:
    rows = [(f"S{i}", 3.0 + 0.01 * (i % 6), 45.0 + 0.01 * (i // 6), 300 + i) for i in range(35)]
    content = soil_csv([*rows, ("N", 3.025, 45.025, "<500")])
    take_in(runtime, content, dataset="d", visibility="public", epsg=4326, unit="mg/kg")
    build(runtime, replace(ZINC, datasets=("d",), epsg=32631, cell_size=200.0, outline=None))
    made = find(runtime, replace(OWN, threshold=100.0, q=0.5))
    with runtime.database.reading() as session:
        counted = session.scalars(select(func.sum(Hotspot.censored_count))).one()
    assert made["count"] > 0
    assert counted == 1


def test_failing_publication_leaves_no_layer(
    meuse: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(publishing, "_rows", broken)
    with pytest.raises(RuntimeError, match="broken"):
        find(meuse, OWN)
    with meuse.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(HotspotLayer)) == 1


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"threshold": None}, InvalidRequest, "either a guideline value"),
        ({"guideline": "DE_BBODSCHV_2021-0816"}, InvalidRequest, "not both"),
        ({"threshold": float("nan")}, InvalidRequest, "threshold must be above 0"),
        ({"threshold": float("inf")}, InvalidRequest, "threshold must be above 0"),
        ({"threshold": -1.0}, InvalidRequest, "threshold must be above 0"),
        ({"q": 0.0}, InvalidRequest, "rising probabilities"),
        ({"q": 1.5}, InvalidRequest, "likely lies between 0 and 1"),
        ({"q": float("nan")}, InvalidRequest, "likely is a number"),
        ({"parameters": {"likely": 0.7}}, InvalidRequest, "q and likely are the same"),
        ({"parameters": {"neighbours": 8}}, InvalidRequest, "exceedance takes no neighbours"),
        ({"parameters": {"possible": 0.95}}, InvalidRequest, "rising probabilities"),
        ({"least_area_m2": -1.0}, InvalidRequest, "least_area_m2 is 0 or more"),
        ({"samples": {"datasets": ["meuse"]}}, InvalidRequest, "looks at a surface"),
        ({"definition": "feeling"}, InvalidRequest, "there are: block-mean, coexistence"),
        ({"definition": "getis-ord", "q": None}, InvalidRequest, "leave guideline, threshold"),
        ({"contaminant": "kryptonite"}, NotFound, "kryptonite"),
        ({"contaminant": "pb"}, NotFound, "no surface of Lead with an uncertainty .*Build one"),
        ({"surface": "sf_" + "0" * 32}, NotFound, "There is no surface"),
        ({"surface": "nonsense"}, NotFound, "There is no surface"),
    ],
)
def test_what_cannot_be_found_is_a_sentence(
    read: Runtime, changes: dict[str, Any], kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        find(read, replace(OWN, **changes))


def test_surface_of_another_contaminant_is_refused(read: Runtime, showcase: Showcase) -> None:
    with pytest.raises(Unprocessable, match="That surface is one of zn"):
        find(read, replace(OWN, contaminant="pb", surface=showcase.zinc))


def test_surface_without_uncertainty_is_refused(read: Runtime, showcase: Showcase) -> None:
    with pytest.raises(Unprocessable, match=r"has no uncertainty.*Build one with method"):
        find(read, replace(OWN, surface=showcase.weighted))


def test_layer_of_a_data_set_made_private_disappears(meuse: Runtime) -> None:
    with meuse.database.writing() as session:
        ensure(session, "meuse", DatasetTerms(visibility="private"))
    with meuse.database.reading() as session:
        assert hotspots.list_layers(session) == []
    with pytest.raises(NotFound):
        find(meuse, OWN)
