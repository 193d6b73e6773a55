"""Hotspot layers over HTTP."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.app.scene import Showcase


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
    assert shown["card"]["parameters"] == {"q": 0.9, "threshold": 150}
    assert visitor.get("/api/hotspots/hl_x").status_code == 404


def test_order_is_queued(operator: TestClient) -> None:
    answer = operator.post("/api/hotspots", json={"contaminant": "zn", "threshold": 100})
    assert answer.status_code == 202
    assert answer.json()["job"]["kind"] == "hotspots"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"contaminant": "zn"}, 400),
        ({"contaminant": "zn", "threshold": 1, "guideline": "x"}, 400),
        ({"contaminant": "zn", "threshold": 0}, 400),
        ({"contaminant": "zn", "threshold": 1, "q": 1}, 400),
        ({"contaminant": "kryptonite", "threshold": 1}, 404),
        ({"contaminant": "zn", "threshold": 1, "extraction_note": "x"}, 400),
    ],
)
def test_order_that_cannot_be_meant(keeper: TestClient, body: dict[str, Any], status: int) -> None:
    assert keeper.post("/api/hotspots", json=body).status_code == status
