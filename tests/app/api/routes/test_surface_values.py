"""Values, zones and profiles over HTTP: what is answered, and what is refused with a name."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.app.scene import ZINC_GUIDELINE, Showcase

SQUARE = {
    "type": "Polygon",
    "coordinates": [[[5.73, 50.96], [5.77, 50.96], [5.77, 51.0], [5.73, 51.0], [5.73, 50.96]]],
}
BOW_TIE = {
    "type": "Polygon",
    "coordinates": [[[5.73, 50.96], [5.77, 51.0], [5.77, 50.96], [5.73, 51.0], [5.73, 50.96]]],
}
LINE = {"type": "LineString", "coordinates": [[5.73, 50.96], [5.77, 51.0]]}


def _own(showcase: Showcase) -> str:
    return f"/api/surfaces/{showcase.zinc}"


def test_value_against_the_values_of_a_law(visitor: TestClient, showcase: Showcase) -> None:
    query = "lon=5.76&lat=50.985&framework=DE_BBODSCHV_2021&land_use=any&accept_unverified=true"
    told = visitor.get(f"{_own(showcase)}/value?{query}").json()
    assert told["inside"] is True
    assert told["choice"]["status"] in {"chosen", "undecided", "none"}
    assert len(told["guidelines"]) > 1
    for value in told["guidelines"]:
        alone = visitor.get(
            f"{_own(showcase)}/value?lon=5.76&lat=50.985&threshold={value['value']}"
        ).json()
        assert value["probability"] == alone["probability"]
        assert value["sentence"]
    named = visitor.get(
        f"{_own(showcase)}/value?lon=5.76&lat=50.985&guideline={ZINC_GUIDELINE}"
    ).json()
    assert named["guideline"]["id"] == ZINC_GUIDELINE
    assert named["threshold"] > 0
    assert 0 <= named["probability"] <= 1


def test_many_places_in_their_order(visitor: TestClient, showcase: Showcase) -> None:
    places = [[5.76, 50.985], [0.0, 0.0], [5.75, 50.975]]
    body = {"places": places, "threshold": 150, "place": {"framework": "DE_BBODSCHV_2021"}}
    told = visitor.post(f"{_own(showcase)}/value", json=body).json()
    assert [value["inside"] for value in told["values"]] == [True, False, True]
    first = visitor.get(
        f"{_own(showcase)}/value?lon=5.76&lat=50.985&threshold=150&framework=DE_BBODSCHV_2021"
    ).json()
    assert first == told["values"][0] | {"choice": told["choice"]}


def test_zone_and_profile(visitor: TestClient, showcase: Showcase) -> None:
    zone = visitor.post(
        f"{_own(showcase)}/zonal", json={"geometry": SQUARE, "threshold": 150}
    ).json()
    assert zone["cells"] > 100
    assert 0 < zone["above"]["area_m2"] < zone["area_m2"]
    profile = visitor.post(
        f"{_own(showcase)}/profile", json={"geometry": LINE, "threshold": 150, "points": 30}
    ).json()
    assert len(profile["values"]) == 30
    assert profile["values"][-1]["distance_m"] == profile["length_m"]
    assert any(value["inside"] for value in profile["values"])
    named = visitor.post(
        f"{_own(showcase)}/zonal", json={"geometry": SQUARE, "guideline": ZINC_GUIDELINE}
    ).json()
    assert named["guideline"]["id"] == ZINC_GUIDELINE


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("zonal", {"geometry": BOW_TIE}, 400, "Self-intersection"),
        ("zonal", {"geometry": LINE}, 400, "geometry must be a polygon"),
        ("zonal", {"geometry": {}}, 400, "geometry is not a GeoJSON geometry"),
        ("zonal", {}, 400, "geometry"),
        ("zonal", {"geometry": SQUARE, "threshold": -1}, 400, "threshold"),
        ("zonal", {"geometry": SQUARE, "threshold": 1, "guideline": "x"}, 400, "not both"),
        ("zonal", {"geometry": SQUARE, "guideline": "x"}, 404, "GET /api/guidelines"),
        ("zonal", {"geometry": SQUARE, "layer": "x"}, 400, "layer"),
        ("profile", {"geometry": SQUARE}, 400, "LineString"),
        ("profile", {"geometry": LINE, "points": 1}, 400, "points"),
        ("profile", {"geometry": LINE, "points": 1001}, 400, "points"),
        ("value", {"places": []}, 400, "places"),
        ("value", {"places": [[181, 0]]}, 400, "places"),
        ("value", {"places": [[1]]}, 400, "places"),
        ("value", {"places": [[1, 2]] * 10_001}, 400, "places"),
        ("value", {"places": [[1, 2]], "place": {}}, 400, "framework"),
        ("value", {"places": [[1, 2]], "place": {"framework": "X"}}, 404, "framework"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(
    visitor: TestClient,
    showcase: Showcase,
    path: str,
    body: dict[str, Any],
    status: int,
    said: str,
) -> None:
    answer = visitor.post(f"{_own(showcase)}/{path}", json=body)
    assert answer.status_code == status, answer.text
    assert said in answer.json()["detail"]


def test_private_surface_is_asked_in_vain(visitor: TestClient, showcase: Showcase) -> None:
    [secret] = [name for name in showcase.secret_ids if name.startswith("sf_")]
    bodies = {"value": {"places": [[3, 45]]}, "zonal": {"geometry": SQUARE},
              "profile": {"geometry": LINE}}  # fmt: skip
    for path, body in bodies.items():
        assert visitor.post(f"/api/surfaces/{secret}/{path}", json=body).status_code == 404
