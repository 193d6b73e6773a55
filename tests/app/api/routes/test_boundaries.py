"""Boundary layers and summaries over HTTP."""

import pytest
from fastapi.testclient import TestClient

from tests.app.scene import Showcase

FILE = ("areas.csv", b'code,geometry\nA,"POLYGON((5 50,6 50,6 51,5 51,5 50))"\n')


def test_boundaries_that_may_be_seen_are_listed(visitor: TestClient) -> None:
    [one] = visitor.get("/api/boundaries").json()["boundaries"]
    assert (one["name"], one["areas"]) == ("meuse", 1)
    [area] = visitor.get("/api/collections/boundaries/items").json()["features"]
    assert area["properties"]["area_code"] == "NL42"
    assert area["id"].startswith("bo_")


def test_a_file_is_queued_with_its_columns(operator: TestClient) -> None:
    said = {"name": "communes", "code_column": "code", "epsg": "4326", "visibility": "public"}
    answer = operator.post("/api/boundaries", data=said, files={"file": FILE})
    assert answer.status_code == 202
    told = answer.json()
    assert told["import"]["kind"] == "boundaries"
    assert told["job"]["kind"] == "import"


@pytest.mark.parametrize("name", ["", "No Spaces!", "x" * 80])
def test_a_name_has_a_form(operator: TestClient, name: str) -> None:
    answer = operator.post("/api/boundaries", data={"name": name}, files={"file": FILE})
    assert answer.status_code in {400, 422}


def test_only_the_operator_changes_boundaries(visitor: TestClient) -> None:
    answer = visitor.post("/api/boundaries", data={"name": "mine"}, files={"file": FILE})
    assert answer.status_code == 401
    assert visitor.delete("/api/boundaries/meuse").status_code == 401


def test_boundaries_that_are_not_there_cannot_be_removed(operator: TestClient) -> None:
    assert operator.delete("/api/boundaries/nowhere").status_code == 404


def test_a_layer_is_summarised_by_areas(visitor: TestClient, showcase: Showcase) -> None:
    address = f"/api/hotspots/{showcase.layer}/summary"
    [area] = visitor.get(f"{address}?boundaries=meuse").json()["areas"]
    assert area["samples"]["zn"]["count"] == 155
    assert area["classes"]["likely"]["area_m2"] > 0
    drawn = visitor.get(f"{address}?boundaries=meuse&f=geojson")
    assert drawn.headers["content-type"].startswith("application/geo+json")
    assert drawn.json()["features"][0]["geometry"]["type"] == "MultiPolygon"
    table = visitor.get(f"{address}?boundaries=meuse&f=csv")
    assert table.headers["content-type"].startswith("text/csv")
    assert table.text.splitlines()[0].startswith("area_code,area_name,area_m2,hotspot_count,")
    hidden = visitor.get(f"{address}?boundaries=secret")
    assert hidden.status_code == 404
    assert "there are: meuse" in hidden.json()["detail"]
    assert visitor.get(address).status_code == 400
