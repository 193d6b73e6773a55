"""Collections of features over HTTP."""

import math
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from tests.app.scene import Showcase

ITEMS = "/api/collections/samples/items"


def _links(body: dict[str, Any]) -> dict[str, dict[str, str]]:
    return {link["rel"]: link for link in body["links"]}


def test_collections_are_listed_as_they_stand_alone(
    visitor: TestClient, showcase: Showcase
) -> None:
    answer = visitor.get("/api/collections").json()
    ids = [entry["id"] for entry in answer["collections"]]
    assert ids[:4] == ["samples", "results", "sources", "aggregates"]
    assert ids[4:7] == ["boundaries", "hotspots", "members"]
    assert ids[7:] == [showcase.layer]
    for entry in answer["collections"]:
        assert visitor.get(f"/api/collections/{entry['id']}").json() == entry
        items = next(link for link in entry["links"] if link["rel"] == "items")
        assert items["type"] == "application/geo+json"
        assert visitor.get(items["href"]).json()["numberReturned"] > 0


def test_walk_of_next_links_meets_every_sample_once(visitor: TestClient) -> None:
    address, met, pages = f"{ITEMS}?limit=7", [], 0
    while True:
        answer = visitor.get(address)
        assert answer.headers["content-type"] == "application/geo+json"
        page = answer.json()
        assert page["type"] == "FeatureCollection"
        assert page["numberReturned"] == len(page["features"]) <= 7
        met += [feature["id"] for feature in page["features"]]
        pages += 1
        links = _links(page)
        assert set(links) >= {"self", "collection"}
        if "next" not in links:
            break
        assert links["next"]["type"] == "application/geo+json"
        address = links["next"]["href"]
    assert (pages, len(met), len(set(met))) == (23, 155, 155)


def test_next_link_keeps_the_filters(visitor: TestClient) -> None:
    page = visitor.get(f"{ITEMS}?limit=7&bbox=5.74,50.97,5.76,51&contaminant=zn").json()
    following = _links(page)["next"]["href"]
    assert "bbox=5.74" in following
    assert "contaminant=zn" in following
    for feature in visitor.get(following).json()["features"]:
        longitude, latitude = feature["geometry"]["coordinates"]
        assert 5.74 <= longitude <= 5.76
        assert 50.97 <= latitude <= 51


def test_box_agrees_with_the_coordinates(visitor: TestClient) -> None:
    everything = visitor.get(ITEMS).json()["features"]
    expected = {
        feature["id"]
        for feature in everything
        if 5.74 <= feature["geometry"]["coordinates"][0] <= 5.75
        and 50.96 <= feature["geometry"]["coordinates"][1] <= 50.98
    }
    found = visitor.get(f"{ITEMS}?bbox=5.74,50.96,5.75,50.98").json()["features"]
    assert {feature["id"] for feature in found} == expected != set()
    around = visitor.get(f"{ITEMS}?bbox=5.75,-90,5.74,90").json()["features"]
    assert len(around) == sum(
        not 5.74 < feature["geometry"]["coordinates"][0] < 5.75 for feature in everything
    )


@pytest.mark.parametrize("bbox", ["nan,nan,nan,nan", "1,4,3,2", "1,2,3", "a"])
def test_malformed_box_is_400(visitor: TestClient, bbox: str) -> None:
    answer = visitor.get(ITEMS, params={"bbox": bbox})
    assert answer.status_code == 400
    assert answer.json()["parameter"] == "bbox"


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1.5", "", "1" * 5000])
def test_malformed_limit_is_400(visitor: TestClient, limit: str) -> None:
    assert visitor.get(ITEMS, params={"limit": limit}).status_code == 400


def test_limit_above_the_maximum_is_the_maximum(limited: Any, showcase: Showcase) -> None:
    runtime = showcase.runtime
    small = runtime.settings.limits.model_copy(update={"page_limit": 10})
    from dataclasses import replace

    changed = replace(runtime, settings=replace(runtime.settings, limits=small))
    with TestClient(create_app(runtime=changed), base_url="http://127.0.0.1") as caller:
        for limit in ("11", "1000000000", "9" * 40):
            page = caller.get(ITEMS, params={"limit": limit}).json()
            assert page["numberReturned"] == 10
            assert "next" in _links(page)


@pytest.mark.parametrize("cursor", ["x", "A" * 21, "%00", "A" * 65])
def test_foreign_cursor_is_400(visitor: TestClient, cursor: str) -> None:
    assert visitor.get(ITEMS, params={"cursor": cursor}).status_code == 400


def test_unknown_collection_and_feature_are_404(visitor: TestClient) -> None:
    for path in (
        "/api/collections/nothing",
        "/api/collections/nothing/items",
        "/api/collections/nothing/items/x",
        f"{ITEMS}/sm_{'0' * 32}",
        f"{ITEMS}/x",
    ):
        assert visitor.get(path).status_code == 404
    assert (
        "samples, results, sources, aggregates, boundaries, hotspots"
        in visitor.get("/api/collections/x").json()["detail"]
    )


def test_filter_of_another_collection_is_400(visitor: TestClient) -> None:
    answer = visitor.get(f"{ITEMS}?layer=hl_x")
    assert answer.status_code == 400
    assert answer.json()["detail"].endswith(
        "There are: bbox, datetime, contaminant, dataset, dataset_title, site, sample, "
        "depth_upper_cm, depth_lower_cm, sampled_from, sampled_to, repairs."
    )


def test_filters_choose(visitor: TestClient) -> None:
    datasets = {d["name"]: d["id"] for d in visitor.get("/api/datasets").json()["datasets"]}
    assert set(datasets) == {"meuse", "works"}
    counts = {
        query: visitor.get(f"{ITEMS}?{query}").json()["numberReturned"]
        for query in (
            "contaminant=zn",
            "contaminant=Zink",
            "contaminant=as",
            f"dataset={datasets['meuse']}",
            f"dataset={datasets['works']}",
            "dataset=meuse",
            "dataset=works",
        )
    }
    assert list(counts.values()) == [155, 155, 0, 155, 0, 155, 0]


# A hidden data set is told of as one that is not there.
@pytest.mark.parametrize("query", ["dataset=nothing", "dataset=secret", "contaminant=kryptonite"])
def test_a_filter_that_means_nothing_is_not_an_empty_answer(
    visitor: TestClient, query: str
) -> None:
    answer = visitor.get(f"{ITEMS}?{query}")
    name, _, value = query.partition("=")
    assert (answer.status_code, answer.json()["parameter"]) == (404, name)
    assert value in answer.json()["detail"]
    assert f"GET /api/{name}s lists" in answer.json()["detail"]


def test_every_feature_is_found_by_its_id(visitor: TestClient) -> None:
    for collection in ("samples", "sources", "aggregates", "boundaries", "hotspots", "members"):
        address = f"/api/collections/{collection}/items"
        first = visitor.get(f"{address}?limit=1").json()["features"][0]
        answer = visitor.get(f"{address}/{first['id']}")
        alone = answer.json()
        assert answer.headers["content-type"] == "application/geo+json"
        links = _links(alone)
        assert links["collection"]["href"].endswith(f"/api/collections/{collection}?f=json")
        del alone["links"]
        assert alone == first


def test_hotspots_carry_their_evidence(visitor: TestClient, showcase: Showcase) -> None:
    features = visitor.get("/api/collections/hotspots/items").json()["features"]
    likely = [one for one in features if one["properties"]["confidence"] == "likely"]
    biggest = max(likely, key=lambda feature: feature["properties"]["area_m2"])
    shown = biggest["properties"]
    assert (shown["layer"], shown["surface"]) == (showcase.layer, showcase.zinc)
    assert (shown["definition"], shown["contaminants"], shown["q"]) == ("exceedance", ["zn"], 0.9)
    guideline = shown["guideline"]
    assert (guideline["id"], guideline["value"]) == ("DE_BBODSCHV_2021-0816", 150)
    assert guideline["verified"] is True
    assert guideline["soil_texture"]
    assert guideline["citation"]
    assert shown["extraction_note"].startswith("extraction not stated in the data")
    assert shown["p_min"] >= 0.9
    assert shown["p_min"] <= shown["p_mean"] <= shown["p_max"] <= 1
    assert shown["sample_count"] > 20
    assert (shown["censored_share"], shown["undecidable_share"]) == (0, 0)
    assert shown["quantity_mean"] == shown["p_mean"]
    assert shown["skill"]["rmse"] > 0
    assert shown["area_codes"] == []
    assert len(shown["surface_sha256"]) == len(shown["inputs_sha256"]) == 64
    sample = visitor.get(f"{ITEMS}/{shown['max_sample']}").json()
    zinc = [r["value"] for r in sample["properties"]["results"] if r["contaminant"] == "zn"]
    assert zinc == [shown["max_value"]]
    assert biggest["geometry"]["type"] == "Polygon"
    assert all(math.isfinite(n) for point in biggest["geometry"]["coordinates"][0] for n in point)


def test_nothing_private_is_in_any_answer(visitor: TestClient, showcase: Showcase) -> None:
    paths = [
        "/api",
        "/api/map",
        "/api/datasets",
        "/api/surfaces?latest=false",
        "/api/surfaces",
        "/api/hotspots?latest=false",
        "/api/hotspots",
        *(f"/api/collections/{name}/items" for name in ("samples", "sources", "hotspots")),
        f"{ITEMS}?bbox=2,44,4,46",
        "/api/collections/hotspots/items?bbox=2,44,4,46",
        f"/api/surfaces/{showcase.zinc}",
        f"/api/hotspots/{showcase.layer}",
    ]
    for path in paths:
        answer = visitor.get(path)
        assert answer.status_code == 200
        text = answer.text.lower()
        assert "secret" not in text
        assert "hidden works" not in text
        assert not [name for name in showcase.secret_ids if name in answer.text]


def test_private_things_cannot_be_reached_by_their_id(
    visitor: TestClient, showcase: Showcase
) -> None:
    places = {
        "sm": ["/api/collections/samples/items/{}"],
        "so": ["/api/collections/sources/items/{}"],
        "hs": ["/api/collections/hotspots/items/{}"],
        "hl": ["/api/hotspots/{}"],
        "sf": [
            "/api/surfaces/{}",
            "/api/surfaces/{}/legend",
            "/api/surfaces/{}/value?lon=3.02&lat=45.02",
            "/api/surfaces/{}/tiles/WebMercatorQuad/0/0/0.png",
        ],
    }
    tried = set()
    for name in showcase.secret_ids:
        for place in places.get(name[:2], []):
            tried.add(name[:2])
            answer = visitor.get(place.format(name))
            assert answer.status_code == 404, place
    assert tried == set(places)
    datasets = visitor.get("/api/datasets").json()["datasets"]
    assert [(d["name"], d["sample_count"]) for d in datasets] == [("meuse", 155), ("works", 0)]
