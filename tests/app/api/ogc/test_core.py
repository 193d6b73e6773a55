"""The abstract tests of OGC API - Features - Part 1: Core, GeoJSON, HTML and OpenAPI 3.0.

Written after annex A of the standard (17-069r4): each test names the abstract test it stands for.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from fastapi.testclient import TestClient

GEOJSON = "application/geo+json"
EVERY = ["samples", "results", "sources", "aggregates", "boundaries", "hotspots", "members"]


def _links(document: dict[str, Any], rel: str) -> list[dict[str, str]]:
    return [link for link in document["links"] if link["rel"] == rel]


def _walk(visitor: TestClient, address: str) -> Iterator[dict[str, Any]]:
    while True:
        answer = visitor.get(address)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        yield page
        following = _links(page, "next")
        if not following:
            return
        address = following[0]["href"]


def test_landing_page_leads_everywhere(visitor: TestClient) -> None:
    """/conf/core/root-op, root-success."""
    answer = visitor.get("/api", headers={"Accept": "application/json"})
    assert answer.status_code == 200
    document = answer.json()
    for rel in ("service-desc", "service-doc", "conformance", "data"):
        assert _links(document, rel), rel
    types = [link["type"] for link in _links(document, "service-desc")]
    assert "application/vnd.oai.openapi+json;version=3.0" in types


def test_definition_has_exactly_the_type_of_its_link(visitor: TestClient) -> None:
    """/conf/core/api-definition-op, api-definition-success."""
    first, *_ = _links(visitor.get("/api").json(), "service-desc")
    answer = visitor.get(first["href"], headers={"Accept": first["type"]})
    assert answer.headers["content-type"] == first["type"]
    assert answer.json()["openapi"] == "3.0.3"


def test_conformance_declares_core(visitor: TestClient) -> None:
    """/conf/core/conformance-op, conformance-success."""
    classes = visitor.get("/api/conformance").json()["conformsTo"]
    for name in ("core", "oas30", "html", "geojson"):
        assert f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{name}" in classes


def test_collections_have_self_and_alternate_with_types(visitor: TestClient) -> None:
    """/conf/core/fc-md-op, fc-md-success, fc-md-links."""
    document = visitor.get("/api/collections").json()
    [own], [other] = _links(document, "self"), _links(document, "alternate")
    assert (own["type"], other["type"]) == ("application/json", "text/html")
    assert visitor.get(own["href"]).json() == document
    assert visitor.get(other["href"]).headers["content-type"].startswith("text/html")


def test_each_collection_is_the_same_alone(visitor: TestClient) -> None:
    """/conf/core/fc-md-items, fc-md-items-links, fc-md-extent, sfc-md-op, sfc-md-success."""
    for entry in visitor.get("/api/collections").json()["collections"]:
        assert visitor.get(f"/api/collections/{entry['id']}").json() == entry
        items = _links(entry, "items")
        assert {link["type"] for link in items} == {GEOJSON, "text/html"}
        for box in entry.get("extent", {}).get("spatial", {}).get("bbox", []):
            assert len(box) == 4
            assert -180 <= box[0] <= box[2] <= 180
            assert -90 <= box[1] <= box[3] <= 90


@pytest.mark.parametrize("collection", EVERY)
def test_features_have_their_links_and_types(visitor: TestClient, collection: str) -> None:
    """/conf/core/fc-op, fc-response, fc-links, fc-rel-type, /conf/geojson/content."""
    answer = visitor.get(f"/api/collections/{collection}/items?limit=2")
    assert answer.headers["content-type"] == GEOJSON
    page = answer.json()
    assert page["type"] == "FeatureCollection"
    assert {link["rel"] for link in page["links"]} >= {"self", "alternate", "collection"}
    assert all(link["type"] for link in page["links"])
    assert page["numberReturned"] == len(page["features"]) <= 2
    for feature in page["features"]:
        assert feature["type"] == "Feature"
        assert set(feature) == {"type", "id", "geometry", "properties"}


@pytest.mark.parametrize("collection", EVERY)
def test_each_feature_is_found_alone(visitor: TestClient, collection: str) -> None:
    """/conf/core/f-op, f-success, f-links."""
    [feature, *_] = visitor.get(f"/api/collections/{collection}/items").json()["features"]
    alone = visitor.get(f"/api/collections/{collection}/items/{feature['id']}")
    assert alone.headers["content-type"] == GEOJSON
    document = alone.json()
    assert {name: document[name] for name in feature} == feature
    for rel in ("self", "alternate", "collection"):
        assert all(link["type"] for link in _links(document, rel))
        assert _links(document, rel), rel


@pytest.mark.parametrize("limit", [1, 50, 154, 155, 156, 10_000, 10_000_000_000])
def test_limit_bounds_the_page(visitor: TestClient, limit: int) -> None:
    """/conf/core/fc-limit-response: above the maximum the maximum is used."""
    page = visitor.get("/api/collections/samples/items", params={"limit": limit}).json()
    assert page["numberReturned"] == min(limit, 155)
    assert bool(_links(page, "next")) == (limit < 155)


def test_matched_number_is_what_the_pages_yield(visitor: TestClient) -> None:
    """/conf/core/fc-numberMatched, fc-numberReturned."""
    start = "/api/collections/results/items?limit=100&contaminant=zn&bbox=5.74,50.96,5.76,50.98"
    pages = list(_walk(visitor, start + "&count=true"))
    total = sum(page["numberReturned"] for page in pages)
    assert total > 0
    assert pages[0]["numberMatched"] == total
    every = visitor.get(start.replace("limit=100", "limit=1000")).json()
    assert every["numberMatched"] == every["numberReturned"] == total
    cut = visitor.get(start.replace("limit=100", "limit=1")).json()
    assert "numberMatched" not in cut
    assert "count" not in _links(cut, "next")[0]["href"]


@pytest.mark.parametrize(
    "box",
    [
        "177,65,-177,70",
        "-180,85,180,90",
        "-180,-90,180,-85",
        "5.7,50.9,5.8,51.0",
        "5.7,50.9,-100,5.8,51.0,100",
        "-180,-90,180,90",
        "170,-90,-170,90",
    ],
)
def test_boxes_agree_with_the_places(visitor: TestClient, box: str) -> None:
    """/conf/core/fc-bbox-definition, fc-bbox-response: across 180 degrees and at the poles too."""
    page = visitor.get("/api/collections/samples/items", params={"bbox": box}).json()
    corners = [float(number) for number in box.split(",")]
    west, south, east, north = (
        corners if len(corners) == 4 else (corners[0], corners[1], corners[3], corners[4])
    )
    everywhere = visitor.get("/api/collections/samples/items").json()["features"]

    def lies_in(feature: dict[str, Any]) -> bool:
        longitude, latitude = feature["geometry"]["coordinates"]
        width = west <= longitude <= east
        if west > east:
            width = longitude >= west or longitude <= east
        return bool(width and south <= latitude <= north)

    assert page["features"] == [feature for feature in everywhere if lies_in(feature)]


@pytest.mark.parametrize(
    "moment",
    [
        "2018-02-12T23:20:50Z",
        "2018-02-12",
        "2018-02-12T00:00:00Z/2018-03-18T12:31:12Z",
        "2018-02-12T00:00:00Z/..",
        "../2018-03-18T12:31:12Z",
        "2011-09-18/P2D",
    ],
)
@pytest.mark.parametrize("collection", EVERY)
def test_datetime_is_understood(visitor: TestClient, collection: str, moment: str) -> None:
    """/conf/core/fc-time-definition, fc-time-response."""
    answer = visitor.get(f"/api/collections/{collection}/items", params={"datetime": moment})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=-1",
        "limit=x",
        "limit=1.5",
        "bbox=1,2,3",
        "bbox=a,b,c,d",
        "bbox=NaN,NaN,NaN,NaN",
        "bbox=1,2,3,4&bbox=5,6,7,8",
        "datetime=yesterday",
        "datetime=2018-02-12/2017-02-12",
        "unknownQueryParameter=1",
        "f=xml",
        "count=maybe",
        "properties=nothing",
        "properties=",
        "crs=x",
        "bbox-crs=x&bbox=1,2,3,4",
    ],
)
def test_what_cannot_be_meant_is_400(visitor: TestClient, query: str) -> None:
    """/conf/core/query-param-unknown, query-param-invalid."""
    answer = visitor.get(f"/api/collections/samples/items?{query}")
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    name = query.partition("=")[0]
    named = told.get("parameter") or told["errors"][0]["parameter"]
    assert named.startswith(name), told


def test_walk_yields_every_feature_once(visitor: TestClient) -> None:
    """/rec/core/fc-next-1 to 3: a total order that does not depend on the size of the page."""
    walked = [
        feature["id"]
        for page in _walk(visitor, "/api/collections/results/items?limit=97")
        for feature in page["features"]
    ]
    whole = visitor.get("/api/collections/results/items?limit=10000").json()
    assert walked == [feature["id"] for feature in whole["features"]]
    assert len(set(walked)) == len(walked) == whole["numberMatched"]
    assert all(a != b for a, b in pairwise(walked))


def test_items_parameters_are_defined_as_the_standard_writes_them(visitor: TestClient) -> None:
    """/conf/core/fc-limit-definition, fc-bbox-definition, fc-time-definition."""
    document = visitor.get("/api/openapi-3.0.json").json()
    operation = document["paths"]["/collections/{collectionId}/items"]["get"]
    told = {p["name"]: p for p in operation["parameters"] if p.get("in") == "query"}
    bbox, limit, moment = told["bbox"], told["limit"], told["datetime"]
    assert bbox["schema"] == {
        "type": "array",
        "minItems": 4,
        "maxItems": 6,
        "items": {"type": "number"},
    }
    assert limit["schema"]["type"] == "integer"
    assert (limit["schema"]["minimum"], limit["schema"]["maximum"]) == (1, 10_000)
    assert moment["schema"] == {"type": "string"}
    for parameter in (bbox, limit, moment):
        assert parameter["required"] is False
        assert (parameter["style"], parameter["explode"]) == ("form", False)


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/conformance",
        "/api/collections",
        "/api/collections/samples",
        "/api/collections/samples/queryables",
        *(f"/api/collections/{name}/items" for name in EVERY),
    ],
)
def test_every_resource_is_a_page_too(visitor: TestClient, path: str) -> None:
    """/conf/html/content, definition."""
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    for address, accept in ((path, browser), (f"{path}?f=html", "*/*")):
        answer = visitor.get(address, headers={"Accept": accept})
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.text.startswith("<!doctype html>")
        assert "Accept" in answer.headers["vary"]
        assert "<script" not in answer.text
        assert " style=" not in answer.text
    assert (
        "json" in visitor.get(f"{path}?f=json", headers={"Accept": browser}).headers["content-type"]
    )
