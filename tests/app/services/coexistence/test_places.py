"""Pairs and groups at places, counted again from the samples' own file."""

import csv
import io
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from scipy.stats import false_discovery_control, fisher_exact, kendalltau

from app.errors import InvalidRequest, NotFound, Unprocessable
from app.services import coexistence, guidelines, hotspots
from app.services.coexistence.order import CoexistenceOrder, read_samples, read_thresholds
from app.services.guidelines import Place
from app.services.hotspots import HotspotOrder
from app.services.hotspots.component import Component
from app.services.runtime import Runtime
from app.services.visibility import all_datasets, visible_datasets
from tests.app.scene import (
    ZINC,
    ZINC_GUIDELINE,
    Showcase,
    build,
    find,
    meuse_csv,
    soil_csv,
    take_in,
)

METALS = {"zn": ("zinc", 300.0), "pb": ("lead", 150.0), "cd": ("cadmium", 2.0)}
ALL = read_samples({})
ORDER = CoexistenceOrder(
    ("zn", "Lead", "Cd"), ALL, tuple((code, value) for code, (_, value) in METALS.items())
)


def look(opened: Runtime, order: CoexistenceOrder, *, as_operator: bool = False) -> Any:
    with opened.database.reading() as session:
        visible = (all_datasets if as_operator else visible_datasets)(session)
        found = coexistence.collect(session, order, visible, with_private=as_operator)
    return coexistence.put_together(found)


def test_pairs_and_groups_are_those_of_the_file(showcase: Showcase) -> None:
    order = CoexistenceOrder(
        ("zn", "pb", "cd"), read_samples({"datasets": ("meuse",)}), ORDER.thresholds
    )
    told = coexistence.tell(look(showcase.runtime, order))
    rows = list(csv.DictReader(io.StringIO(meuse_csv())))
    values = {code: np.array([float(r[name]) for r in rows]) for code, (name, _) in METALS.items()}
    exceeds = {code: values[code] > METALS[code][1] for code in METALS}
    assert told["places"] == len(rows)
    for one in told["contaminants"]:
        assert one["exceeding"] == exceeds[one["contaminant"]].sum()
        assert (one["places"], one["undecided"]) == (len(rows), 0)
    p_values = []
    for pair, (a, b) in zip(told["pairs"], combinations(METALS, 2), strict=True):
        assert (pair["first"], pair["second"]) == (a, b)
        x, y = exceeds[a], exceeds[b]
        both, either = (x & y).sum(), (x | y).sum()
        assert pair["both"] == both
        assert pair["jaccard"] == pytest.approx(both / either)
        assert pair["lift"] == pytest.approx(len(x) * both / (x.sum() * y.sum()))
        table = [[both, (x & ~y).sum()], [(~x & y).sum(), (~x & ~y).sum()]]
        p_values.append(fisher_exact(table).pvalue)
        assert pair["p_value"] == pytest.approx(p_values[-1], rel=1e-6)
        halves = np.array(table) + 0.5
        odds = halves[0, 0] * halves[1, 1] / (halves[0, 1] * halves[1, 0])
        assert pair["odds_ratio"] == pytest.approx(odds)
        assert pair["kendall_tau"] == pytest.approx(kendalltau(values[a], values[b]).statistic)
        assert pair["measured_places"] == len(rows)
    assert [pair["q_value"] for pair in told["pairs"]] == pytest.approx(
        false_discovery_control(p_values)
    )
    groups = {tuple(group["contaminants"]): group for group in told["groups"]}
    all_three = exceeds["zn"] & exceeds["pb"] & exceeds["cd"]
    assert groups["zn", "pb", "cd"]["together"] == groups["zn", "pb", "cd"]["alone"]
    assert groups["zn", "pb", "cd"]["together"] == all_three.sum()
    assert groups["zn", "pb"]["alone"] == (exceeds["zn"] & exceeds["pb"] & ~exceeds["cd"]).sum()


def test_places_say_what_every_contaminant_does_there(runtime: Runtime) -> None:
    rows = [
        ("A", 5.0, 51.0, 400, 200),
        ("B", 5.1, 51.0, 400, "<500"),
        ("C", 5.2, 51.0, 400, ""),
        ("D", 5.3, 51.0, 10, 20),
        ("D2", 5.3, 51.0, 800, 20),
        ("E", 5.4, 51.0, "<20", "<10"),
    ]
    take_in(
        runtime, soil_csv(rows, "id,lon,lat,zinc,lead"), dataset="soil", visibility="public",
        epsg=4326, unit="mg/kg",
    )  # fmt: skip
    order = CoexistenceOrder((), ALL, (("zn", 300.0), ("pb", 100.0)))
    together = look(runtime, order)
    places = {
        feature["geometry"]["coordinates"][0]: feature["properties"]
        for feature in coexistence.places_as_geojson(together, 0)["features"]
    }
    assert [places[x]["exceeding"] for x in (5.0, 5.1, 5.2, 5.3, 5.4)] == [
        ["zn", "pb"], ["zn"], ["zn"], ["zn"], []
    ]  # fmt: skip
    assert (places[5.1]["undecided"], places[5.2]["not_measured"]) == (["pb"], ["pb"])
    # Two samples at one place are one value, their mean.
    assert places[5.3]["values"]["zn"]["value"] == 405.0
    assert places[5.4]["values"]["pb"] == {
        "value": 10.0, "is_limit": True, "ratio": 0.1, "unit": "mg/kg"
    }  # fmt: skip
    two = coexistence.places_as_geojson(together, 2)["features"]
    assert [feature["properties"]["count"] for feature in two] == [2]
    told = coexistence.tell(together)
    assert (
        told["contaminants"][1] | {"undecided": 1, "places": 4, "exceeding": 1}
        == (told["contaminants"][1])
    )
    table = list(csv.DictReader(io.StringIO(coexistence.pairs_as_csv(together))))
    assert [(row["first"], row["both"], row["places"]) for row in table] == [("zn", "1", "3")]


def test_only_samples_that_may_be_seen_take_part(showcase: Showcase) -> None:
    seen = look(showcase.runtime, ORDER)
    everything = look(
        showcase.runtime,
        CoexistenceOrder(
            ("zn", "pb", "cd"), read_samples({"datasets": ("meuse", "secret")}), ORDER.thresholds
        ),
        as_operator=True,
    )
    assert len(everything.longitudes) > len(seen.longitudes)
    assert seen.longitudes.min() > 5.0  # the secret samples lie at 3° E
    hidden = CoexistenceOrder(ORDER.contaminants, read_samples({"datasets": ("secret",)}),
                              ORDER.thresholds)  # fmt: skip
    with pytest.raises(NotFound, match="no data set 'secret'"):
        look(showcase.runtime, hidden)


def test_values_come_from_the_framework_and_from_guidelines(showcase: Showcase) -> None:
    note = "not stated; taken as comparable for this test"
    place = Place(framework="CA_CCME_CSQG", land_use="agricultural")
    order = CoexistenceOrder(
        ("pb",), ALL, (), (ZINC_GUIDELINE,), place, extraction_note=note, accept_unverified=True
    )
    told = coexistence.tell(look(showcase.runtime, order))
    by_code = {one["contaminant"]: one for one in told["contaminants"]}
    assert by_code["zn"]["guideline"] == ZINC_GUIDELINE
    assert by_code["pb"]["guideline"].startswith("CA_CCME_CSQG")
    without = CoexistenceOrder(("zn",), ALL, (("pb", 80.0),), (), place, extraction_note=note)
    with pytest.raises(Unprocessable, match=r"^Zinc: No value applies"):
        look(showcase.runtime, without)


def test_values_of_a_private_framework_do_not_exist_for_others(meuse: Runtime) -> None:
    content = (
        "id,contaminant,land_use,tier,value,unit,legal_name,verification,checked_in\n"
        "1,Zinc,any,screening,90,mg/kg,Decree of the valley,official_text,the decree\n"
    )
    with meuse.database.writing() as session:
        guidelines.load_framework(session, "OWN_VALLEY", content.encode(), "private")
    order = CoexistenceOrder((), ALL, (("pb", 80.0),), ("OWN_VALLEY-1",))
    told = coexistence.tell(look(meuse, order, as_operator=True))
    assert told["contaminants"][1]["threshold"] == 90.0
    with pytest.raises(NotFound, match="OWN_VALLEY-1"):
        look(meuse, order)
    alone = CoexistenceOrder((), ALL, (), ("OWN_VALLEY-1",))
    with pytest.raises(NotFound, match="OWN_VALLEY-1"):
        look(meuse, alone)
    build(meuse, replace(ZINC, contaminant="cu"))
    several = (Component("zn", guideline="OWN_VALLEY-1"), Component("cu", threshold=40.0))
    made = find(meuse, HotspotOrder(definition="coexistence", contaminants=several))
    with meuse.database.reading() as session:
        assert made["layer"] not in {layer["id"] for layer in hotspots.list_layers(session)}
    with meuse.database.writing() as session:
        guidelines.load_framework(session, "OWN_VALLEY", content.encode(), "public")
    with meuse.database.reading() as session:
        assert made["layer"] in {layer["id"] for layer in hotspots.list_layers(session)}


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (CoexistenceOrder(("zn",), ALL, (("zn", 5.0),)), "one of 2 to 12 contaminants; got 1"),
        (CoexistenceOrder(("zn", "pb"), ALL, (("zn", 5.0),)), "no threshold for pb: state"),
        (CoexistenceOrder(("zn",), ALL, (("zn", 5.0),), (ZINC_GUIDELINE,)), "Two values"),
    ],
)  # fmt: skip
def test_orders_that_cannot_be_meant_name_the_remedy(
    showcase: Showcase, order: CoexistenceOrder, words: str
) -> None:
    with pytest.raises(InvalidRequest, match=words):
        look(showcase.runtime, order)


@pytest.mark.parametrize("pairs", [["zn"], ["zn=x"], ["=5"], ["zn=0"], ["zn=1", "zn=2"]])
def test_thresholds_have_a_form(pairs: list[str]) -> None:
    with pytest.raises(InvalidRequest, match="NAME=VALUE above 0, once for each"):
        read_thresholds(pairs)
