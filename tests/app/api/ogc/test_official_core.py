"""OGC's own tests of OGC API - Features, Part 1.

They are those of ets-ogcapi-features10 1.9, written again under their names. As there, each walks
over every collection that the service tells of. Where the suite leaves a test empty, what its
description asks for is tested here. `scripts/test --clients` runs the suite itself.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from http.client import HTTPConnection
from itertools import product
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient
from shapely.geometry import box, shape

from tests.app.api.ogc.suite import CRS84, GEOJSON, Json, Suite, first, items

CORE = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core"
DAYS = ("sampled_from", "sampled_to")
BOXES = [
    (-1.5, 50.0, 1.5, 53.0),
    (-80.0, -5.0, -70.0, 5.0),
    (177.0, 65.0, -177.0, 70.0),
    (-180.0, 85.0, 180.0, 90.0),
    (-180.0, -90.0, 180.0, -85.0),
]


@pytest.fixture(scope="module")
def suite(visitor: TestClient) -> Suite:
    """The suite, which asks each question once."""
    return Suite(visitor)


# ---- Core: landing page, definition, conformance, collections -----------------------------------


def _landing(suite: Suite) -> None:
    for path in ("/api", "/api/"):
        links = {link["rel"] for link in suite.json(path)["links"]}
        assert {"service-desc", "conformance", "data"} <= links


def _definition(suite: Suite) -> None:
    kind = "application/vnd.oai.openapi+json;version=3.0"
    [href] = [link["href"] for link in suite.json("/api")["links"] if link["type"] == kind]
    answer = suite.ask(href)
    assert answer.headers["content-type"] == kind
    assert answer.json()["openapi"].startswith("3.0.")
    assert not re.search(r'"\$ref": ?"[^#]', answer.text)


def _conformance(suite: Suite) -> None:
    for link in suite.json("/api")["links"]:
        if link["rel"] == "conformance":
            assert CORE in suite.json(link["href"])["conformsTo"]
    assert all(isinstance(name, str) for name in suite.json("/api/conformance")["conformsTo"])


def _check_links(document: Json, alternates: set[str], *more: str) -> None:
    rels = {link["rel"] for link in document["links"]}
    assert {"self", *more} <= rels
    assert all(link["rel"] and link["type"] for link in document["links"])
    [own] = [link["type"] for link in document["links"] if link["rel"] == "self"]
    others = {link["type"] for link in document["links"] if link["rel"] == "alternate"}
    assert others == alternates - {own}


def _collections_links(suite: Suite) -> None:
    _check_links(suite.json("/api/collections"), {"application/json", "text/html"})


def _collections_items(suite: Suite) -> None:
    identifiers = [entry["id"] for entry in suite.collections]
    assert len(identifiers) == len(set(identifiers)) >= 7
    assert all(entry["itemType"] == "feature" and items(entry) for entry in suite.collections)


def _collections_systems(suite: Suite) -> None:
    assert all(entry["crs"][0] == CRS84 for entry in suite.collections)


def _collections_content(suite: Suite) -> None:
    document = suite.json("/api/collections")
    assert document["links"]
    assert document["collections"]


def _collections_entries(suite: Suite) -> None:
    """Each has an id, and features in each form that its links tell of."""
    for entry in suite.collections:
        assert isinstance(entry["id"], str)
        assert entry["id"]
        for link in entry["links"]:
            if link["rel"] == "items":
                answer = suite.ask(link["href"])
                assert answer.headers["content-type"].partition(";")[0] == link["type"]
                if link["type"] == GEOJSON:
                    assert answer.json()["type"] == "FeatureCollection"


def _collections_entry_links(suite: Suite) -> None:
    for entry in suite.collections:
        assert all(link["rel"] and link["type"] and link["href"] for link in entry["links"])
        kinds = {link["type"] for link in entry["links"] if link["rel"] == "items"}
        assert kinds == {GEOJSON, "text/html"}


def _collections_extents(suite: Suite) -> None:
    """Extents, where told, hold every place and every day of the collection."""
    placed = 0
    for entry in suite.collections:
        features = suite.json(items(entry), limit=10_000)["features"]
        shapes = [shape(one["geometry"]) for one in features if one["geometry"]]
        extent = entry.get("extent", {})
        if "spatial" in extent:
            [corners] = extent["spatial"]["bbox"]
            assert all(box(*corners).covers(one) for one in shapes)
            placed += len(shapes)
        days = [one["properties"].get(name) for one in features for name in DAYS]
        told = [day for day in days if day is not None]
        if "temporal" in extent:
            [[begin, end]] = extent["temporal"]["interval"]
            assert all((begin or "")[:10] <= day <= (end or "9999")[:10] for day in told)
        else:
            assert not told
    assert placed > 100


def _collection_alone(suite: Suite) -> None:
    for entry in suite.collections:
        alone = suite.json(f"/api/collections/{entry['id']}")
        for name in ("id", "title", "description", "extent"):
            assert alone.get(name) == entry.get(name)


# ---- Core: features, plain, in boxes, with limits, in times --------------------------------------


def _plain(_collection: Json) -> list[Json]:
    return [{}]


def _boxes(collection: Json) -> list[Json]:
    extent = collection.get("extent", {}).get("spatial", {}).get("bbox", [])
    return [{"bbox": ",".join(map(str, box))} for box in [*map(tuple, extent), *BOXES]]


def _limits(_collection: Json) -> list[Json]:
    return [{"limit": 1}, {"limit": 100}]


def _times(collection: Json) -> list[Json]:
    [[earliest, latest]] = (
        collection.get("extent", {}).get("temporal", {}).get("interval", [[None] * 2])
    )
    begin = datetime.fromisoformat(earliest or "2018-02-12T23:20:50Z")
    end = datetime.fromisoformat(latest) if latest else begin + timedelta(days=40)
    quarter = begin + (end - begin) / 4
    half = quarter + (end - begin) / 4
    told = [moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in (begin, quarter, half)]
    return [
        {"datetime": told[0]},
        {"datetime": f"{told[1]}/{told[2]}"},
        {"datetime": f"{quarter:%Y-%m-%d}/P2D"},
    ]


Asked = Callable[[Json], list[Json]]


def _pages(suite: Suite, asked: Asked) -> Iterator[Json]:
    for collection in suite.collections:
        for query in asked(collection):
            yield suite.json(items(collection), **query)


def _operation(suite: Suite, asked: Asked) -> None:
    assert len(list(_pages(suite, asked))) >= len(suite.collections)


def _type(suite: Suite, asked: Asked) -> None:
    assert all(page["type"] == "FeatureCollection" for page in _pages(suite, asked))


def _features(suite: Suite, asked: Asked) -> None:
    for page in _pages(suite, asked):
        assert isinstance(page["features"], list)
        assert all(feature["type"] == "Feature" for feature in page["features"])


def _page_links(suite: Suite, asked: Asked) -> None:
    for page in _pages(suite, asked):
        _check_links(page, {GEOJSON, "text/html"})


def _stamp(suite: Suite, asked: Asked) -> None:
    """Without one, the same features are the same bytes."""
    assert not any("timeStamp" in page for page in _pages(suite, asked))


def _matched(suite: Suite, asked: Asked) -> None:
    told = 0
    for page in _pages(suite, asked):
        if "numberMatched" not in page:
            continue
        told += 1
        total, here = len(page["features"]), page
        while following := [k["href"] for k in here["links"] if k["rel"] == "next"]:
            here = suite.json(following[0])
            total += len(here["features"])
        assert page["numberMatched"] == total
    assert told


def _returned(suite: Suite, asked: Asked) -> None:
    assert all(len(page["features"]) == page["numberReturned"] for page in _pages(suite, asked))


def _in_degrees(suite: Suite, asked: Asked) -> None:
    """Unless another system is asked for, all places are longitude and latitude."""
    world = box(-180.0, -90.0, 180.0, 90.0)
    for page in _pages(suite, asked):
        shapes = [shape(one["geometry"]) for one in page["features"] if one["geometry"]]
        assert all(world.covers(one) for one in shapes)


RESPONSES: dict[str, Callable[[Suite, Asked], None]] = {
    "TypeProperty": _type,
    "FeaturesProperty": _features,
    "Links": _page_links,
    "TimeStamp": _stamp,
    "NumberMatched": _matched,
    "NumberReturned": _returned,
    "GeometryInCRS84": _in_degrees,
}
# By the suite's class, and what its tests are called after.
ASKED: dict[tuple[str, str], Asked] = {
    ("Features", ""): _plain,
    ("FeaturesBBox", "WithBoundingBox"): _boxes,
    ("FeaturesLimit", "WithLimit"): _limits,
    ("FeaturesTime", "WithDateTime"): _times,
}


def _parameter(suite: Suite, name: str, schema: Json) -> None:
    told = suite.operation()[name]
    assert told["in"] == "query"
    assert told["required"] is False
    assert (told["style"], told["explode"]) == ("form", False)
    assert {word: told["schema"].get(word) for word in schema} == schema


def _box_parameter(suite: Suite) -> None:
    schema = {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}
    _parameter(suite, "bbox", schema)


def _limit_parameter(suite: Suite) -> None:
    _parameter(suite, "limit", {"type": "integer", "minimum": 1, "maximum": 10_000})
    assert suite.operation()["limit"]["schema"]["default"] > 0


def _time_parameter(suite: Suite) -> None:
    _parameter(suite, "datetime", {"type": "string"})


def _inside(suite: Suite) -> None:
    """Points that are answered lie in the box, and the box of all has every one with a place."""
    for collection in suite.collections:
        placed = [f for f in suite.json(items(collection))["features"] if f["geometry"]]
        assert bool(placed) == ("spatial" in collection.get("extent", {}))
        for query in _boxes(collection):
            found = suite.json(items(collection), **query)["features"]
            west, south, east, north = map(float, query["bbox"].split(","))
            for feature in found:
                if feature["geometry"]["type"] == "Point":
                    longitude, latitude = feature["geometry"]["coordinates"]
                    across = longitude >= west or longitude <= east
                    assert west <= longitude <= east if west <= east else across
                    assert south <= latitude <= north
        if placed:
            [box] = collection["extent"]["spatial"]["bbox"]
            whole = suite.json(items(collection), bbox=",".join(map(str, box)))["features"]
            assert len(whole) == len(placed)


def _at_most(suite: Suite) -> None:
    for collection in suite.collections:
        for query in _limits(collection):
            assert len(suite.json(items(collection), **query)["features"]) <= query["limit"]


def _in_time(suite: Suite) -> None:
    """Long before the extent nothing is found but what began nobody knows when."""
    for collection in suite.collections:
        for feature in suite.json(items(collection), datetime="1066-10-14")["features"]:
            assert feature["properties"]["operating_from"] is None


def _invalid(suite: Suite) -> None:
    for collection in suite.collections:
        assert "limit" in suite.ask(items(collection), 400, limit="unlimited").text


def _unknown(suite: Suite) -> None:
    for collection in suite.collections:
        assert suite.ask(items(collection), 400, unknownQueryParameter10001=1).json()["detail"]


def _feature(suite: Suite) -> None:
    for collection in suite.collections:
        document = suite.json(first(suite, collection))
        assert document["type"] == "Feature"
        _check_links(document, {GEOJSON, "text/html"}, "collection")


def _responses() -> dict[str, Callable[[Suite], None]]:
    """Name what is tested of every page of features, however it was asked for."""
    found: dict[str, Callable[[Suite], None]] = {}
    for ((group, kind), asked), (name, check) in product(ASKED.items(), RESPONSES.items()):
        found[f"{group}.validateFeatures{kind}Response_{name}"] = partial(check, asked=asked)
        found[f"{group}.validateFeatures{kind}Operation"] = partial(_operation, asked=asked)
    return found


OFFICIAL: dict[str, Callable[[Suite], None]] = {
    "LandingPage.landingPageRetrieval": _landing,
    "LandingPage.landingPageValidation": _landing,
    "ApiDefinition.openapiDocumentRetrieval": _definition,
    "ApiDefinition.apiDefinitionValidation": _definition,
    "Conformance.validateConformanceOperationAndResponse": _conformance,
    "FeatureCollections.validateFeatureCollectionsMetadataOperation": _collections_content,
    "FeatureCollections.validateFeatureCollectionsMetadataOperationResponse_Links": (
        _collections_links
    ),
    "FeatureCollections.validateFeatureCollectionsMetadataOperationResponse_Items": (
        _collections_items
    ),
    "FeatureCollections.validateFeatureCollectionsMetadataOperationResponse_CrsProperty": (
        _collections_systems
    ),
    "FeatureCollections.validateFeatureCollectionsMetadataOperationResponse_Content": (
        _collections_content
    ),
    # Of the standard's version 1.0.1.
    "FeatureCollections.validateFeatureCollectionsMetadataOperationResponse_Links_v101": (
        _collections_links
    ),
    "FeatureCollections.validateFeatureCollectionsMetadataOperationResponse_Items_v101": (
        _collections_entries
    ),
    "FeatureCollections.validateFeatureCollectionsMetadataOperationResponse_Items_Links_v101": (
        _collections_entry_links
    ),
    "FeatureCollections.validateFeatureCollectionsMetadataOperationResponse_Extent_v101": (
        _collections_extents
    ),
    "FeatureCollection.validateFeatureCollectionMetadataOperation": _collection_alone,
    "FeatureCollection.validateFeatureCollectionMetadataResponse": _collection_alone,
    **_responses(),
    "FeaturesBBox.boundingBoxParameterDefinition": _box_parameter,
    "FeaturesBBox.validateFeaturesWithBoundingBoxResponse": _inside,
    "FeaturesLimit.limitParameterDefinition": _limit_parameter,
    "FeaturesLimit.validateFeaturesWithLimitResponse": _at_most,
    "FeaturesTime.timeParameterDefinition": _time_parameter,
    "FeaturesTime.validateFeaturesWithDateTimeResponse": _in_time,
    "FeaturesErrorConditions.validateFeaturesOperation_QueryParamInvalid": _invalid,
    "FeaturesErrorConditions.validateFeaturesOperation_QueryParamUnknown": _unknown,
    "Feature.featureOperation": _feature,
    "Feature.validateFeatureResponse": _feature,
}


@pytest.mark.parametrize("name", OFFICIAL)
def test_official(suite: Suite, name: str) -> None:
    OFFICIAL[name](suite)


def test_http(address: str) -> None:
    """GeneralHttp.http: the service speaks HTTP 1.1."""
    place = urlsplit(address)
    with closing(HTTPConnection(place.hostname or "", place.port, timeout=30)) as connection:
        connection.request("GET", "/api")
        answer = connection.getresponse()
        assert (answer.status, answer.version) == (200, 11)
