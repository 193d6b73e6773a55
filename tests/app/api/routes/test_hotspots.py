"""Hotspot layers over HTTP."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from app.db.models import Job
from tests.app.scene import EXCEEDING, Showcase


def test_layers_are_listed_with_their_polygons(visitor: TestClient, showcase: Showcase) -> None:
    [layer] = visitor.get("/api/hotspots").json()["layers"]
    assert layer["id"] == showcase.layer
    assert (layer["definition"], layer["contaminant"], layer["q"]) == ("exceedance", "zn", 0.9)
    assert layer["guideline"]["value"] == 150
    assert layer["surface"] == showcase.zinc
    features = visitor.get(layer["items_url"]).json()["features"]
    assert len(features) == layer["count"] > 0
    areas = [feature["properties"]["area_m2"] for feature in features]
    assert sum(areas) == pytest.approx(layer["area_m2"])
    assert visitor.get("/api/hotspots?contaminant=Zn").json()["layers"] == [layer]
    assert visitor.get("/api/hotspots?contaminant=cd").json()["layers"] == []


def test_one_layer_has_its_card(visitor: TestClient, showcase: Showcase) -> None:
    shown = visitor.get(f"/api/hotspots/{showcase.layer}").json()
    assert shown["card"]["parameters"]["likely"] == 0.9
    assert shown["card"]["parameters"]["threshold"] == 150
    assert sum(told["count"] for told in shown["classes"]) == shown["count"]
    assert [told["confidence"] for told in shown["classes"]][-1] == "cannot_be_ruled_out"
    assert visitor.get("/api/hotspots/hl_x").status_code == 404


@pytest.mark.parametrize(
    "against",
    [
        {"threshold": 100},
        {"place": {"country": "NL", "land_use": "residential", "clay": 10, "organic_matter": 5}},
        {"background": {"method": "p90", "bbox": [5.7, 50.9, 5.8, 51.0]}},
    ],
)
def test_order_is_queued(operator: TestClient, against: dict[str, Any]) -> None:
    answer = operator.post("/api/hotspots", json={"contaminant": "zn"} | against)
    assert answer.status_code == 202
    assert answer.json()["job"]["kind"] == "hotspots"
    assert answer.json()["layer"] is None


def test_order_that_was_answered_names_its_layer_at_once(
    keeper: TestClient, showcase: Showcase
) -> None:
    body = {name: value for name, value in EXCEEDING.to_json().items() if value is not None}
    answer = keeper.post("/api/hotspots", json=body)
    assert answer.status_code == 200
    assert answer.json() == {"job": None, "layer": showcase.layer}
    with showcase.runtime.database.reading() as session:
        assert session.scalar(select(func.count()).where(Job.kind == "hotspots")) == 0


@pytest.mark.parametrize(
    "said",
    [
        {"contaminants": ["zn", "Lead"], "place": {"country": "NL", "land_use": "residential"}},
        {
            "contaminants": [{"contaminant": "zn", "threshold": 5}, {"contaminant": "pb"}],
            "background": {"method": "p90"},
            "parameters": {"at_least": 1, "correlation": [[1, 0.5], [0.5, 1]]},
        },
    ],
)
def test_order_of_several_contaminants_is_queued(
    operator: TestClient, said: dict[str, Any]
) -> None:
    answer = operator.post("/api/hotspots", json={"definition": "coexistence"} | said)
    assert answer.status_code == 202


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"contaminants": ["zn"], "place": {"country": "NL"}}, "2 to 6 contaminants; got 1"),
        ({"contaminants": ["zn", "pb"]}, "no threshold for zn"),
        ({"contaminants": ["zn", "gold dust"], "place": {"country": "NL"}}, "gold dust"),
        ({"contaminants": ["zn", "pb"], "place": {"country": "XX"}}, "XX"),
        ({"contaminant": "zn", "threshold": 5}, "got 0"),
        (
            {
                "contaminants": ["zn", "pb"],
                "background": {"method": "mad"},
                "parameters": {"correlation": 1},
            },
            "one number for all pairs",
        ),
    ],
)
def test_order_of_several_contaminants_names_the_remedy(
    keeper: TestClient, said: dict[str, Any], words: str
) -> None:
    answer = keeper.post("/api/hotspots", json={"definition": "coexistence"} | said)
    assert answer.status_code in {400, 404}
    assert words in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"contaminant": "zn"}, 400),
        ({"threshold": 1}, 400),
        ({"contaminants": ["zn"], "threshold": 1}, 400),
        ({"contaminant": "zn", "threshold": 1, "guideline": "x"}, 400),
        ({"contaminant": "zn", "threshold": 0}, 400),
        ({"contaminant": "zn", "threshold": 1, "q": 1.1}, 400),
        ({"contaminant": "zn", "threshold": 1, "parameters": {"share": 0.5}}, 400),
        ({"contaminant": "zn", "definition": "getis-ord", "threshold": 1}, 400),
        ({"contaminant": "zn", "definition": "getis-ord", "parameters": {"neighbours": "x"}}, 400),
        ({"contaminant": "zn", "definition": "getis-ord", "samples": {"epsg": 1}}, 400),
        ({"contaminant": "zn", "definition": "getis-ord", "samples": {"colour": "red"}}, 400),
        ({"contaminant": "zn", "place": {}}, 400),
        ({"contaminant": "zn", "place": {"framework": "NOBODY"}}, 404),
        ({"contaminant": "zn", "place": {"country": "XX"}}, 404),
        ({"contaminant": "zn", "place": {"country": "DE", "land_use": "moon"}}, 400),
        ({"contaminant": "zn", "place": {"country": "DE", "ph": 15}}, 400),
        ({"contaminant": "zn", "place": {"country": "DE", "soil": "clay"}}, 400),
        ({"contaminant": "zn", "place": {"country": "DE"}, "threshold": 1}, 400),
        ({"contaminant": "zn", "background": {"method": "mean"}}, 400),
        ({"contaminant": "zn", "background": {"method": "mad", "bbox": [1, 2, 3]}}, 400),
        ({"contaminant": "zn", "background": {"method": "mad", "bbox": [3, 2, 1, 4]}}, 400),
        ({"contaminant": "zn", "background": {"method": "ucc", "datasets": ["a"]}}, 400),
        ({"contaminant": "kryptonite", "threshold": 1}, 404),
        ({"contaminant": "zn", "threshold": 1, "extraction_note": "x"}, 400),
    ],
)
def test_order_that_cannot_be_meant(keeper: TestClient, body: dict[str, Any], status: int) -> None:
    assert keeper.post("/api/hotspots", json=body).status_code == status


def test_definitions_are_listed_with_their_parameters(visitor: TestClient) -> None:
    told = visitor.get("/api/hotspots/definitions").json()["definitions"]
    named = {one["name"]: one for one in told}
    single = {"exceedance", "block-mean", "getis-ord", "local-moran", "percentile"}
    assert set(named) == {*single, "coexistence"}
    assert {name for name, one in named.items() if one["contaminants"] == [1, 1]} == single
    assert named["coexistence"]["contaminants"] == [2, 6]
    [rate] = [p for p in named["getis-ord"]["parameters"] if p["name"] == "false_discovery_rate"]
    assert (rate["default"], named["getis-ord"]["takes_threshold"]) == (0.05, False)


def test_a_layer_compared_with_itself_is_unchanged(visitor: TestClient, showcase: Showcase) -> None:
    path = f"/api/hotspots/compare?from={showcase.layer}&to={showcase.layer}"
    told = visitor.get(path).json()
    assert told["type"] == "FeatureCollection"
    likely = told["changes"]["unchanged"]["count"]
    assert likely == len(told["features"]) == told["from"]["count"] > 0
    every = visitor.get(f"{path}&confidence=likely&confidence=possible").json()
    assert every["to"]["count"] > told["to"]["count"]
    assert visitor.get(f"{path}&confidence=sure").status_code == 400
    assert visitor.get(f"/api/hotspots/compare?from={showcase.layer}").status_code == 400
    hidden = showcase.secret_ids[-1]
    assert (
        visitor.get(f"/api/hotspots/compare?from={hidden}&to={showcase.layer}").status_code == 404
    )


def test_a_batch_is_one_job(operator: TestClient) -> None:
    body = {"contaminants": ["zn", "pb", "Zinc"], "threshold": 100}
    answer = operator.post("/api/hotspots/batch", json=body)
    assert answer.status_code == 202
    assert answer.json()["job"]["kind"] == "hotspot_batch"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"threshold": 1}, 400),
        ({"contaminants": ["zn"], "guidelines": ["DE_BBODSCHV_2021-0816"]}, 400),
        ({"contaminants": ["zn", "kryptonite"], "threshold": 1}, 404),
        ({"guidelines": ["nothing"]}, 404),
        ({"contaminants": ["zn"]}, 400),
    ],
)
def test_batch_that_cannot_be_meant(keeper: TestClient, body: dict[str, Any], status: int) -> None:
    assert keeper.post("/api/hotspots/batch", json=body).status_code == status
