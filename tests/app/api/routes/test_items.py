"""Pages and features over HTTP, as the route itself makes them: counted, cut and shown as asked."""

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient

_ITEMS = "/api/collections/samples/items"
_ALL = 155


def _get(caller: TestClient, query: str) -> dict[str, Any]:
    answer = caller.get(f"{_ITEMS}?{query}")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    assert told["numberReturned"] == len(told["features"])
    return told


def _next(page: dict[str, Any]) -> str | None:
    found = [one["href"] for one in page["links"] if one["rel"] == "next"]
    assert len(found) <= 1
    return found[0] if found else None


@pytest.mark.parametrize("sortby", ["", "&sortby=sample", "&sortby=-depth_upper_cm"])
@pytest.mark.parametrize(
    ("limit", "has_more"), [(_ALL - 1, True), (_ALL, False), (_ALL + 1, False), (10**30, False)]
)
def test_a_page_that_holds_all_counts_them_and_leads_no_further(
    visitor: TestClient, limit: int, has_more: bool, sortby: str
) -> None:
    page = _get(visitor, f"limit={limit}{sortby}")
    assert page["numberReturned"] == min(limit, _ALL)
    assert (_next(page) is not None) == has_more
    assert page.get("numberMatched") == (None if has_more else _ALL)


@pytest.mark.parametrize("sortby", ["", "&sortby=-sample"])
def test_a_walk_counts_where_it_is_asked_and_keeps_what_was_asked(
    visitor: TestClient, sortby: str
) -> None:
    crs = "http://www.opengis.net/def/crs/EPSG/0/28992"
    asked = f"limit=60&properties=sample,dataset&crs={crs}{sortby}"
    page = _get(visitor, f"{asked}&count=true")
    assert page["numberMatched"] == _ALL
    seen = [one["id"] for one in page["features"]]
    while (address := _next(page)) is not None:
        told = parse_qs(urlsplit(address).query)
        assert told["crs"] == [crs]
        assert told["properties"] == ["sample,dataset"]
        assert "count" not in told  # asked for once
        page = visitor.get(address).json()
        assert "numberMatched" not in page
        for one in page["features"]:
            assert list(one["properties"]) == ["dataset", "sample"]  # as the collection has them
            easting, northing = one["geometry"]["coordinates"]
            assert 178_000 < easting < 182_000
            assert 329_000 < northing < 334_000
        seen += [one["id"] for one in page["features"]]
    assert len(seen) == len(set(seen)) == _ALL
    last = _get(visitor, f"{asked}&count=true&cursor={told['cursor'][0]}")
    assert last["numberMatched"] == _ALL


def test_properties_come_once_each_alone_and_in_pages(visitor: TestClient) -> None:
    [one] = _get(visitor, "limit=1&properties= sampled_to , sample,sampled_to")["features"]
    assert list(one["properties"]) == ["sample", "sampled_to"]
    [whole] = _get(visitor, "limit=1&count=true")["features"]
    assert {name: whole["properties"][name] for name in one["properties"]} == one["properties"]
    alone = visitor.get(f"{_ITEMS}/{one['id']}?properties=sampled_to,sample").json()
    assert alone["properties"] == one["properties"]
    assert alone["geometry"] == whole["geometry"]
    assert {link["rel"] for link in alone["links"]} >= {"self", "alternate", "collection"}


@pytest.mark.parametrize(
    "query",
    [
        "properties=", "properties=sample,", "properties=Sample", "properties=id",
        "properties=" + "x" * 3000, "limit=0", "limit=-1", "limit=1.5", "limit=1e3", "limit=",
        "count=perhaps", "sortby=", "sortby=-", "sortby=--sample", "sortby=sample,dataset",
        "sortby=results", "crs=", "crs=EPSG:28992x", "cursor=", "cursor=%00",
        "cursor=" + "a" * 5000,
    ],
)  # fmt: skip
def test_what_cannot_be_meant_names_its_parameter(visitor: TestClient, query: str) -> None:
    answer = visitor.get(f"{_ITEMS}?{query}")
    assert answer.status_code == 400, answer.text
    name = query.split("=")[0]
    assert name in json.dumps(answer.json())
    assert len(answer.text) < 2_000


def test_a_page_for_people_leads_on_to_pages_for_people(visitor: TestClient) -> None:
    answer = visitor.get(f"{_ITEMS}?limit=3&f=html&properties=sample")
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["content-crs"].startswith("<http://www.opengis.net/def/crs/")
    [address] = re.findall(r'<([^<>]*)>; rel="next"', answer.headers["link"])
    assert parse_qs(urlsplit(address).query)["f"] == ["html"]
    following = visitor.get(address)
    assert following.headers["content-type"].startswith("text/html")
    assert following.text != answer.text


def test_histories_are_of_samples_and_sources_alone(visitor: TestClient) -> None:
    [one] = _get(visitor, "limit=1&sortby=sample")["features"]
    told = visitor.get(f"{_ITEMS}/{one['id']}/history")
    assert told.status_code == 200
    for name in (one["id"][:-1], "so_" + one["id"][3:], "x"):
        assert visitor.get(f"{_ITEMS}/{name}/history").status_code == 404
    other = one["id"].replace("sa_", "so_")
    assert visitor.get(f"/api/collections/sources/items/{other}/history").status_code == 404
