"""Sorted pages: each feature once, in the order that Python gives, what has no value last."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.errors import Busy, InvalidRequest
from app.services.features import PageRequest, Query, get_collection, paging, read_page
from app.services.features.cursors import encode
from app.services.features.orders import sortables
from app.services.runtime import Runtime
from tests.app.scene import Showcase, soil_csv, take_in


def _walk(
    opened: Runtime, name: str, sort: str, limit: int, **filters: str
) -> list[dict[str, Any]]:
    met: list[dict[str, Any]] = []
    cursor = None
    while True:
        with opened.database.reading() as session:
            wanted = PageRequest(limit, cursor, Query(filters=filters), sort=sort)
            page = read_page(session, get_collection(session, name), wanted)
        met += map(json.loads, page.features)
        if page.next_cursor is None:
            return met
        cursor = page.next_cursor


def _sorted(features: list[dict[str, Any]], name: str, *, descending: bool) -> list[Any]:
    values = [feature["properties"][name] for feature in features]
    known = sorted((value for value in values if value is not None), reverse=descending)
    return known + [None] * values.count(None)


@pytest.mark.parametrize("sign", ["", "+", " ", "-"])
@pytest.mark.parametrize(
    ("name", "by", "filters"),
    [
        ("results", "value", {"contaminant": "zn"}),
        ("results", "sampled_from", {"contaminant": "zn"}),
        ("samples", "depth_upper_cm", {}),
        ("hotspots", "area_m2", {}),
        ("sources", "operating_to", {}),
        ("sources", "positional_accuracy_m", {}),
    ],
)
def test_walk_is_sorted_and_meets_each_once(
    showcase: Showcase, name: str, by: str, filters: dict[str, str], sign: str
) -> None:
    every = _walk(showcase.runtime, name, sign + by, 10_000, **filters)
    met = _walk(showcase.runtime, name, sign + by, 3 if len(every) < 100 else 41, **filters)
    assert met == every
    assert len({feature["id"] for feature in met}) == len(met)
    told = [feature["properties"][by] for feature in met]
    assert told == _sorted(met, by, descending=sign == "-")


def test_equal_and_unknown_values_are_all_met(runtime: Runtime) -> None:
    rows = [(f"A{i}", 5.0 + i / 100, 51.0, ["1", "2", "<5"][i % 3], 7) for i in range(20)]
    content = soil_csv(rows, "id,lon,lat,zinc,lead")
    take_in(runtime, content, dataset="d", visibility="public", epsg=4326, unit="mg/kg")
    for sort in ("value", "-value"):
        met = _walk(runtime, "results", sort, 2, contaminant="zn")
        assert len({feature["id"] for feature in met}) == len(met) == 20
        told = [feature["properties"]["value"] for feature in met]
        assert told == _sorted(met, "value", descending=sort == "-value")
        assert told[-6:] == [None] * 6


def test_every_property_that_is_offered_can_be_sorted_by(showcase: Showcase) -> None:
    for name in ("samples", "results", "sources", "aggregates", "hotspots", "members"):
        with showcase.runtime.database.reading() as session:
            offered = sortables(get_collection(session, name))
        assert offered
        for by in offered:
            met = _walk(showcase.runtime, name, f"-{by}", 200)
            assert len({feature["id"] for feature in met}) == len(met)


@pytest.mark.parametrize(
    ("name", "sort"),
    [
        ("samples", ""),
        ("samples", "-"),
        ("samples", "nothing"),
        ("samples", "results"),
        ("samples", "--sample"),
        ("samples", "sample,site"),
        ("samples", "sample; DROP TABLE x"),
        ("sources", "contaminants"),
        ("results", "unit"),
    ],
)
def test_other_orders_are_refused(showcase: Showcase, name: str, sort: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        _walk(showcase.runtime, name, sort, 5)
    assert caught.value.details == {"parameter": "sortby"}


def test_sorting_many_is_done_by_few_at_once(
    showcase: Showcase, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = _walk(showcase.runtime, "results", "-value", 1000)
    zinc = [f["id"] for f in every if f["properties"]["contaminant"] == "zn"]
    held: list[str] = []

    @contextmanager
    def heavy() -> Iterator[None]:
        held.append("taken")
        yield
        held.append("given back")

    for most, expected in ((len(zinc), []), (len(zinc) - 1, ["taken", "given back"])):
        monkeypatch.setattr(paging, "MANY_SORTED", most)
        with showcase.runtime.database.reading() as session:
            collection = get_collection(session, "results")
            query = Query(filters={"contaminant": "zn"})
            wanted = PageRequest(1000, query=query, sort="-value")
            found = read_page(session, collection, wanted, heavy)
            # In no order of their own nothing is sorted.
            read_page(session, collection, PageRequest(1000, query=query), heavy)
        assert [json.loads(feature)["id"] for feature in found.features] == zinc
        assert held == expected
        held.clear()


@pytest.mark.parametrize("step", ["is_at_most", "_read"])
def test_what_takes_too_long_to_sort_is_refused_with_what_helps(
    showcase: Showcase, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def slow(session: Session, *_told: Any) -> None:
        session.execute(text("SET LOCAL statement_timeout = 20"))
        session.execute(text("SELECT pg_sleep(10)"))

    monkeypatch.setattr(paging, step, slow)
    database = showcase.runtime.database
    with database.reading() as session, pytest.raises(InvalidRequest) as caught:
        read_page(session, get_collection(session, "results"), PageRequest(10, sort="-value"))
    assert caught.value.details == {"parameter": "sortby"}
    assert "filter=value > …" in caught.value.message
    # What is not sorted may be asked for again.
    if step == "_read":
        with pytest.raises(Busy), database.reading() as session:
            read_page(session, get_collection(session, "results"), PageRequest(10))


@pytest.mark.parametrize(
    ("sort", "position"),
    [
        (None, [1.5, 1, 2]),
        ("depth_upper_cm", [1, 2]),
        ("depth_upper_cm", ["x", 1, 2]),
        ("depth_upper_cm", [True, 1, 2]),
        ("sample", ["a\0", 1, 2]),
        ("sampled_from", ["2020-02-31", 1, 2]),
        ("sampled_from", [5, 1, 2]),
    ],
)
def test_cursor_of_another_order_is_refused(
    showcase: Showcase, sort: str | None, position: list[Any]
) -> None:
    wanted = PageRequest(5, encode(position), sort=sort)
    with showcase.runtime.database.reading() as session:
        collection = get_collection(session, "samples")
        with pytest.raises(InvalidRequest) as caught:
            read_page(session, collection, wanted)
    assert caught.value.details == {"parameter": "cursor"}
