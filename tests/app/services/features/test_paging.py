"""Pages: a total order, stable under inserts, and nothing that must not be seen."""

import base64
import json
from typing import Any

import pytest
from sqlalchemy import text

from app.errors import InvalidRequest, NotFound
from app.services.features import (
    PageRequest,
    Query,
    all_collections,
    get_collection,
    read_feature,
)
from app.services.features.paging import read_page
from app.services.runtime import Runtime
from tests.app.scene import Showcase, soil_csv, take_in

Request = PageRequest


def _walk(opened: Runtime, collection: str, limit: int, **query: Any) -> list[list[str]]:
    pages, cursor = [], None
    while True:
        with opened.database.reading() as session:
            wanted = Request(limit, cursor, Query(**query))
            page = read_page(session, get_collection(session, collection), wanted)
        pages.append([json.loads(feature)["id"] for feature in page.features])
        if page.next_cursor is None:
            return pages
        cursor = page.next_cursor


def test_walk_by_sevens_meets_every_sample_once(showcase: Showcase) -> None:
    pages = _walk(showcase.runtime, "samples", 7)
    assert [len(page) for page in pages] == [7] * 22 + [1]
    every = [feature for page in pages for feature in page]
    assert len(set(every)) == 155
    assert every == _walk(showcase.runtime, "samples", 1000)[0]


def test_page_that_fills_exactly_has_no_next(showcase: Showcase) -> None:
    assert [len(page) for page in _walk(showcase.runtime, "samples", 155)] == [155]


def test_walk_is_stable_while_samples_arrive(runtime: Runtime) -> None:
    options: dict[str, Any] = {"epsg": 4326, "unit": "mg/kg", "visibility": "public"}
    first = [(f"A{i}", 5.0 + i / 100, 51.0, 1) for i in range(20)]
    take_in(runtime, soil_csv(first), dataset="d", **options)
    before = set(_walk(runtime, "samples", 1000)[0])
    met: list[str] = []
    cursor = None
    for step in range(100):
        with runtime.database.reading() as session:
            page = read_page(session, get_collection(session, "samples"), Request(3, cursor))
        met += [json.loads(feature)["id"] for feature in page.features]
        if step in {1, 3}:
            rows = [(f"N{step}{i}", 5.003 + i / 100, 51.0, 1) for i in range(20)]
            take_in(runtime, soil_csv(rows), dataset="d", **options)
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    assert len(met) == len(set(met))
    assert before <= set(met)


def test_samples_of_one_place_are_all_met(runtime: Runtime) -> None:
    rows = [(f"A{i}", 5.0, 51.0, 1) for i in range(10)]
    take_in(runtime, soil_csv(rows), dataset="d", visibility="public", epsg=4326, unit="mg/kg")
    pages = _walk(runtime, "samples", 3)
    assert [len(page) for page in pages] == [3, 3, 3, 1]
    assert len({feature for page in pages for feature in page}) == 10


def test_box_finds_what_lies_in_it_edges_included(runtime: Runtime) -> None:
    rows = [("W", -179.5, 10, 1), ("E", 179.5, 10, 2), ("O", 1, 1, 3), ("P", 10, 20, 4)]
    take_in(runtime, soil_csv(rows), dataset="d", visibility="public", epsg=4326, unit="mg/kg")

    def codes(*boxes: tuple[float, float, float, float]) -> set[str]:
        with runtime.database.reading() as session:
            page = read_page(
                session, get_collection(session, "samples"), Request(100, query=Query(boxes))
            )
        return {json.loads(feature)["properties"]["sample"] for feature in page.features}

    assert codes((-180, -90, 180, 90)) == {"W", "E", "O", "P"}
    assert codes((179, 0, 180, 20), (-180, 0, -179, 20)) == {"W", "E"}
    assert codes((1, 1, 10, 20)) == {"O", "P"}
    assert codes((1.0001, 1, 10, 19.9999)) == set()
    assert codes((10, 20, 10, 20)) == {"P"}


def test_box_uses_the_index(runtime: Runtime) -> None:
    rows = [(f"A{i}", i % 170, i % 80, 1) for i in range(2000)]
    take_in(runtime, soil_csv(rows), dataset="d", visibility="public", epsg=4326, unit="mg/kg")
    plan = (
        "EXPLAIN SELECT id FROM hotspots.sample WHERE dataset_id IN (:dataset) AND "
        "geom && ST_MakeEnvelope(5, 5, 6, 6, 4326) AND "
        "ST_Intersects(geom, ST_MakeEnvelope(5, 5, 6, 6, 4326)) ORDER BY hilbert, id"
    )
    with runtime.database.writing() as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        # The planner knows how many rows a data set has, and may have heard of other tests' alone.
        session.execute(text("SELECT hotspots.analyse_when_grown(1000000)"))
        dataset = session.scalar(text("SELECT id FROM hotspots.dataset WHERE name = 'd'"))
        lines = "\n".join(session.scalars(text(plan), {"dataset": dataset}))
    assert "ix_sample_geom" in lines


def test_every_collection_hides_the_private(showcase: Showcase) -> None:
    with showcase.runtime.database.reading() as session:
        collections = list(all_collections(session))
    assert {"samples", "results", "hotspots", showcase.layer} <= set(collections)
    for collection in collections:
        seen = {f for page in _walk(showcase.runtime, collection, 1000) for f in page}
        assert seen
        assert not seen & set(showcase.secret_ids)


def test_private_features_are_not_found_by_id(showcase: Showcase) -> None:
    kinds = {"sm": "samples", "so": "sources", "ag": "aggregates", "bo": "boundaries"}
    kinds["hs"] = "hotspots"
    tried = [name for name in showcase.secret_ids if name[:2] in kinds]
    assert {name[:2] for name in tried} == set(kinds)
    for name in tried:
        with showcase.runtime.database.reading() as session, pytest.raises(NotFound):
            read_feature(session, get_collection(session, kinds[name[:2]]), name)


@pytest.mark.parametrize("collection", ["samples", "sources", "hotspots"])
def test_filters_do_not_open_the_private(showcase: Showcase, collection: str) -> None:
    with showcase.runtime.database.reading() as session:
        own = get_collection(session, collection)
    values = [name for name in showcase.secret_ids if name[:3] in {"ds_", "hl_"}]
    assert len(values) == 2
    for value in values:
        for name in own.filters:
            with pytest.raises(NotFound):
                _walk(showcase.runtime, collection, 10, filters={name: value})


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "A" * 21,
        "é" * 22,
        "WzEsMl0\n",
        "../../../../etc/passwd",
        "=" * 22,
        *(
            base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
            for text in ("[1]", "[1,2,3]", "[1,true]", "[1,1.5]", '[1,"2"]', "[1,null]", "{}")
        ),
        *(
            base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
            for text in (f"[1,{2**63}]", "[" * 5000, "[1,NaN]", f"[1,{'9' * 5000}]")
        ),
    ],
)
def test_foreign_cursor_is_refused(showcase: Showcase, cursor: str) -> None:
    with (
        showcase.runtime.database.reading() as session,
        pytest.raises(InvalidRequest, match="not one of ours") as caught,
    ):
        read_page(session, get_collection(session, "samples"), Request(1, cursor))
    assert caught.value.details == {"parameter": "cursor"}


def test_any_well_formed_cursor_only_moves_the_start(showcase: Showcase) -> None:
    with showcase.runtime.database.reading() as session:
        page = read_page(session, get_collection(session, "samples"), Request(5, "WzEsMl0"))
    assert len(page.features) == 5


@pytest.mark.parametrize("name", ["", "sm_", "sm_xyz", "so_" + "0" * 32, "sm_" + "0" * 32, "\0"])
def test_unknown_feature_is_not_found(showcase: Showcase, name: str) -> None:
    with showcase.runtime.database.reading() as session, pytest.raises(NotFound):
        read_feature(session, get_collection(session, "samples"), name)


def test_sample_shows_its_results_with_unit_and_censoring(runtime: Runtime) -> None:
    content = soil_csv([("A", 5.123456789, 51.1, "<5", 7)], "id,lon,lat,zinc,lead")
    take_in(
        runtime,
        content,
        dataset="d",
        visibility="public",
        epsg=4326,
        unit="mg/kg",
        depth_upper_cm=0.0,
        depth_lower_cm=10.0,
    )
    with runtime.database.reading() as session:
        [feature] = read_page(session, get_collection(session, "samples"), Request(1)).features
    shown = json.loads(feature)
    assert shown["geometry"] == {"type": "Point", "coordinates": [5.123456789, 51.1]}
    properties = shown["properties"]
    assert (properties["depth_upper_cm"], properties["depth_lower_cm"]) == (0, 10)
    lead, zinc = properties["results"]
    assert (lead["contaminant"], lead["name"], lead["value"]) == ("pb", "Lead", 7)
    assert (zinc["value"], zinc["censoring"], zinc["detection_limit"]) == (None, "left", 5)
    assert zinc["unit"] == "mg/kg"


def test_old_layers_are_shown_only_when_asked_for(showcase: Showcase) -> None:
    [latest] = _walk(showcase.runtime, "hotspots", 1000)
    [own] = _walk(showcase.runtime, "hotspots", 1000, filters={"layer": showcase.layer})
    assert latest == own != []
