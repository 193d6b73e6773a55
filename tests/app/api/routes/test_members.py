"""Members over HTTP: from registration to the map, and what never leaves."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.services import members
from app.services.runtime import Runtime

PERSON = {
    "kind": "person",
    "name": "Zoë Ground",
    "email": "zoe@example.org",
    "city": "Maastricht",
    "country": "NL",
    "working_groups": ["mapping"],
    "consent": True,
}


def _post(caller: TestClient, **changes: Any) -> Any:
    return caller.post("/api/members", json=PERSON | changes)


def _shown(caller: TestClient) -> list[dict[str, Any]]:
    features: list[dict[str, Any]] = caller.get("/api/collections/members/items").json()["features"]
    return features


def test_registration_waits_for_approval_and_shows_the_city_alone(
    client: TestClient, runtime: Runtime
) -> None:
    answer = _post(client)
    assert answer.status_code == 201
    member = answer.json()
    assert member == {"id": member["id"], "status": "pending"}
    assert _shown(client) == []
    assert client.get(f"/api/collections/members/items/{member['id']}").status_code == 404
    with runtime.database.writing() as session:
        members.decide(session, member["id"], approve=True)
    [feature] = _shown(client)
    assert feature["id"] == member["id"]
    assert feature["properties"] == {
        "name": "Zoë Ground",
        "kind": "person",
        "organisation": None,
        "city": "Maastricht",
        "country": "NL",
        "working_groups": ["mapping"],
    }
    [place] = [
        p
        for p in client.get("/api/members/places?q=maastricht&country=nl").json()["places"]
        if p["name"] == "Maastricht"
    ]
    assert feature["geometry"]["coordinates"] == [place["longitude"], place["latitude"]]
    assert "example.org" not in client.get("/api/collections/members/items").text
    with runtime.database.writing() as session:
        members.decide(session, member["id"], approve=False)
    assert _shown(client) == []


def test_no_answer_holds_an_address_of_mail(visitor: TestClient) -> None:
    paths = ["/api/collections/members/items", "/api/map", "/api/members/places?q=maas"]
    for path in paths:
        text = visitor.get(path).text
        assert "@" not in text
        assert "Pending Person" not in text
        assert "Rejected Person" not in text


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Ada\u200fSoil"},
        {"name": "Ada\u202eSoil"},
        {"name": "Ada\nSoil"},
        {"name": "Ada\0Soil"},
        {"name": "Ada\x1bSoil"},
        {"name": "\ufeffAda"},
        {"name": " "},
        {"name": ""},
        {"name": "x" * 201},
        {"organisation": "A\u2066B"},
        {"city": "Maas\u200etricht"},
        {"email": "no address"},
        {"email": "a@b"},
        {"email": "a b@c.org"},
        {"email": "a@c.org\nBcc: x@y.org"},
        {"country": "Netherlands"},
        {"country": "N1"},
        {"kind": "robot"},
        {"consent": False},
        {"consent": None},
        {"status": "approved"},
        {"working_groups": ["x"] * 11},
        {"working_groups": ["a\u202eb"]},
    ],
)
def test_hostile_or_incomplete_registration_is_400(
    visitor: TestClient, changes: dict[str, Any]
) -> None:
    answer = _post(visitor, **changes)
    assert answer.status_code == 400
    assert answer.json()["errors"]


def test_refusal_does_not_repeat_what_was_sent(visitor: TestClient) -> None:
    answer = _post(visitor, email="private-address at example")
    assert answer.status_code == 400
    assert "private-address" not in answer.text


def test_names_of_the_world_are_taken(client: TestClient) -> None:
    for name in ("山田\u3000太郎", "O'Brien-Ünal", "محمد", "Jean\u00a0Dupont", "Ñandú"):
        assert _post(client, name=name).status_code == 201


def test_second_registration_is_a_conflict_whatever_its_case(client: TestClient) -> None:
    assert _post(client).status_code == 201
    again = _post(client, name="ZOË GROUND", email="ZOE@example.org")
    assert again.status_code == 409
    assert _post(client, name="Somebody Else").status_code == 201


def test_city_that_is_not_in_the_gazetteer_is_422(visitor: TestClient) -> None:
    answer = _post(visitor, city="Atlantis")
    assert answer.status_code == 422
    assert "/api/members/places" in answer.json()["detail"]
    assert _post(visitor, country="FR").status_code == 422
    assert _post(visitor, place_id="1").status_code == 422


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("q=maas", 200),
        ("q=M", 400),
        ("", 400),
        ("q=maas&country=NLD", 400),
        ("q=" + "x" * 101, 400),
        ("q=%25%25", 200),
        ("q=.*", 200),
    ],
)
def test_places(visitor: TestClient, query: str, status: int) -> None:
    answer = visitor.get(f"/api/members/places?{query}")
    assert answer.status_code == status
    if status == 200:
        assert len(answer.json()["places"]) <= 20


def test_places_are_found_without_accents_and_beginnings_first(visitor: TestClient) -> None:
    found = visitor.get("/api/members/places?q=zurich&country=CH").json()["places"]
    assert found[0]["name"] == "Zürich"
    names = [p["name"].lower() for p in visitor.get("/api/members/places?q=maas").json()["places"]]
    begins = [name.startswith("maas") for name in names]
    assert begins == sorted(begins, reverse=True)
    assert begins[0]
