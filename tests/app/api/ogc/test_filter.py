"""The abstract tests of OGC API - Features - Part 3: filtering, over HTTP."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

RESULTS = "/api/collections/results/items"


def _ask(visitor: TestClient, text: str, **more: str) -> Any:
    return visitor.get(RESULTS, params={"filter": text, "limit": "10000"} | more)


def test_collections_lead_to_their_queryables(visitor: TestClient) -> None:
    """/conf/queryables/get-queryables-uris, response."""
    rel = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
    for entry in visitor.get("/api/collections").json()["collections"]:
        [link] = [link for link in entry["links"] if link["rel"] == rel]
        answer = visitor.get(link["href"])
        assert answer.headers["content-type"] == link["type"] == "application/schema+json"
        schema = answer.json()
        assert schema["$id"] == answer.url.copy_with(query=None)
        assert schema["type"] == "object"
        assert schema["additionalProperties"] is False
        assert schema["properties"]["geometry"]["x-ogc-role"] == "primary-geometry"


def test_collections_lead_to_what_their_features_are(visitor: TestClient) -> None:
    kinds = {"string": str, "number": (int, float), "integer": int, "array": list}
    for entry in visitor.get("/api/collections").json()["collections"]:
        [link] = [link for link in entry["links"] if link["rel"] == "describedBy"]
        answer = visitor.get(link["href"])
        assert answer.headers["content-type"] == link["type"] == "application/schema+json"
        schema = answer.json()
        assert schema["$id"] == answer.url.copy_with(query=None)
        told = schema["properties"]["properties"]["properties"]
        items = visitor.get(f"/api/collections/{entry['id']}/items?limit=10000").json()["features"]
        for feature in items:
            for name, described in told.items():
                value = feature["properties"][name]
                assert value is None or isinstance(value, kinds[described["type"]]), name
        page = visitor.get(link["href"].replace("f=json", "f=html"))
        assert page.headers["content-type"].startswith("text/html")


def test_every_queryable_can_be_asked_for(visitor: TestClient) -> None:
    """/conf/filter/filter-param: what is advertised works, whether or not anything is found."""
    for entry in visitor.get("/api/collections").json()["collections"]:
        schema = visitor.get(f"/api/collections/{entry['id']}/queryables").json()
        for name in schema["properties"]:
            where = json.dumps({"op": "isNull", "args": [{"property": name}]})
            answer = visitor.get(
                f"/api/collections/{entry['id']}/items",
                params={"filter": where, "filter-lang": "cql2-json", "limit": 1},
            )
            assert answer.status_code == 200, (entry["id"], name, answer.text)


PLAIN = {"string", "number", "integer"}
# Of a name, these mean more than to be equal.
OTHERWISE = {"threshold", "contaminant", "dataset"}


def test_every_plain_queryable_is_a_parameter(visitor: TestClient) -> None:
    """Part 1, 7.15.5: those and no others of the features have the value that is asked for."""
    asked = set()
    for entry in visitor.get("/api/collections").json()["collections"]:
        items = f"/api/collections/{entry['id']}/items"
        schema = visitor.get(f"/api/collections/{entry['id']}/queryables").json()
        every = visitor.get(items, params={"limit": 10_000}).json()["features"]
        for name, told in schema["properties"].items():
            if told.get("type") not in PLAIN or name in OTHERWISE:
                continue
            values = [feature["properties"][name] for feature in every]
            value = next((value for value in reversed(values) if value is not None), None)
            if value is None:
                continue
            found = visitor.get(items, params={name: str(value), "limit": 10_000}).json()
            expected = [f["id"] for f in every if f["properties"][name] == value]
            assert [feature["id"] for feature in found["features"]] == expected, (name, value)
            asked.add(name)
    assert {"value", "sample_id", "operating_from", "city", "layer", "n", "confidence"} <= asked


def test_parameters_hold_together_and_on_every_page(visitor: TestClient) -> None:
    query = {"contaminant": "zn", "unit": "mg/kg", "censoring": "none", "limit": "41"}
    page = visitor.get(RESULTS, params=query | {"count": "true"}).json()
    number, met = page["numberMatched"], list(page["features"])
    while following := [link["href"] for link in page["links"] if link["rel"] == "next"]:
        page = visitor.get(following[0]).json()
        met += page["features"]
    assert met == _ask(visitor, "contaminant = 'zn' AND unit = 'mg/kg'").json()["features"]
    assert len(met) == number == 155


def test_text_and_json_find_the_same(visitor: TestClient) -> None:
    """/conf/features-filter/filter-on-items, /conf/cql2-text, /conf/cql2-json."""
    text = _ask(visitor, "contaminant = 'zn' AND value >= 500").json()["features"]
    tree = {
        "op": "and",
        "args": [
            {"op": "=", "args": [{"property": "contaminant"}, "zn"]},
            {"op": ">=", "args": [{"property": "value"}, 500]},
        ],
    }
    found = _ask(visitor, json.dumps(tree), **{"filter-lang": "cql2-json"}).json()["features"]
    assert text == found != []
    assert all(f["properties"]["value"] >= 500 for f in found)


def test_filters_hold_together_with_others_and_on_every_page(visitor: TestClient) -> None:
    start = visitor.get(
        RESULTS,
        params={
            "filter": "value > 100",
            "contaminant": "zn",
            "bbox": "5.73,50.96,5.75,50.98",
            "limit": "20",
            "count": "true",
        },
    ).json()
    met, page = list(start["features"]), start
    while following := [link["href"] for link in page["links"] if link["rel"] == "next"]:
        page = visitor.get(following[0]).json()
        met += page["features"]
    assert len(met) == start["numberMatched"] > 20
    for feature in met:
        longitude, latitude = feature["geometry"]["coordinates"]
        assert feature["properties"]["value"] > 100
        assert feature["properties"]["contaminant"] == "zn"
        assert 5.73 <= longitude <= 5.75
        assert 50.96 <= latitude <= 50.98


@pytest.mark.parametrize(
    "text",
    [
        "nothing = 1",
        "value =",
        "value = 'x'",
        "value > 1 extra",
        "foo(value) = 1",
        "(" * 1_000 + "value=1" + ")" * 1_000,
        " or ".join(["value=1"] * 700),
        "results IS NULL",
        "value = 1; DROP TABLE hotspots.sample",
        "pg_sleep(10) = 1",
        "S_INTERSECTS(geometry, POLYGON((0 0, 1 1)))",
        "x" * 9_000,
    ],
)
def test_what_cannot_be_meant_is_400_with_the_place(visitor: TestClient, text: str) -> None:
    answer = _ask(visitor, text)
    assert answer.status_code == 400, answer.text
    told = answer.json()
    if "errors" in told:  # longer than a parameter may be
        assert told["errors"][0]["parameter"] == "filter"
    else:
        assert told["parameter"] == "filter"
        assert told["place"]
    assert "psycopg" not in answer.text
    assert "hotspots." not in answer.text.replace("hotspots.sample", "")


@pytest.mark.parametrize(
    ("more", "name"),
    [({"filter-lang": "sql"}, "filter-lang"), ({"filter-crs": "x"}, "filter-crs")],
)
def test_unknown_language_or_system_is_400(
    visitor: TestClient, more: dict[str, str], name: str
) -> None:
    answer = _ask(visitor, "value > 1", **more)
    assert answer.status_code == 400
    told = answer.json()
    assert (told.get("parameter") or told["errors"][0]["parameter"]) == name


def test_conformance_tells_of_filters(visitor: TestClient) -> None:
    classes = visitor.get("/api/conformance").json()["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter" in classes
    assert "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text" in classes
