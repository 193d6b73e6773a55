"""What users of other services run into, held against every route that reads."""

import re
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from tests.app.scene import Showcase

# Words of a database, of Python, of a disk: whoever reads one of them was told of our inside.
INSIDE = re.compile(r"psycopg|sqlalchemy|SELECT |relation \"|Traceback|File \"|/tmp/|/home/|\.py\b")
NOT_THERE = "nothing-of-that-name"
# What has to be asked for; everything else answers without.
ASKED = {
    "/api/coexistence": "contaminant=zn&contaminant=pb&threshold=zn=200&threshold=pb=90",
    "/api/guidelines/resolve": "contaminant=zn&country=DE",
    "/api/members/places": "q=Maas",
    "/api/surfaces/{surface_id}/value": "lon=5.74&lat=50.97",
}
# These name what a test of its own makes: imports, jobs, boundaries, files kept by the sender.
MADE_ELSEWHERE = re.compile(r"/imports|/mappings|/jobs/|/frameworks/|/summary$|/compare$|/health/")


Answers = dict[str, httpx2.Response]


def _known(showcase: Showcase, caller: TestClient) -> dict[str, str]:
    """Return something that exists for each parameter of a path."""
    sample = caller.get("/api/collections/samples/items?limit=1").json()["features"][0]["id"]
    source = caller.get("/api/collections/sources/items?limit=1").json()["features"][0]["id"]
    return {
        "collection_id": "samples",
        "feature_id": sample,
        "sample_id": sample,
        "source_id": source,
        "surface_id": showcase.zinc,
        "layer_id": showcase.layer,
        "tile_matrix_set": "WebMercatorQuad",
        "z": "0",
        "y": "0",
        "x": "0",
        "ending": "png",
        "dataset": "meuse",
    }


def _routes(caller: TestClient) -> Iterator[str]:
    for path, methods in caller.get("/api/openapi.json").json()["paths"].items():
        if "get" in methods and not MADE_ELSEWHERE.search(path):
            yield path


def _address(path: str, known: dict[str, str]) -> str:
    if "/downloads/" in path and known["ending"] == "png":
        known = known | {"ending": "geojson"}
    return path.format(**known) + (f"?{ASKED[path]}" if path in ASKED else "")


@pytest.fixture(scope="module")
def answers(visitor: TestClient, showcase: Showcase) -> Answers:
    """What an address of every route that reads answers."""
    known = _known(showcase, visitor)
    found = [_address(path, known) for path in _routes(visitor)]
    assert len(found) > 40
    return {address: visitor.get(address) for address in found}


def test_each_answers_head_as_get_and_options(visitor: TestClient, answers: Answers) -> None:
    for address, got in answers.items():
        assert got.status_code == 200, (address, got.text)
        head = visitor.head(address)
        assert (head.status_code, head.content) == (200, b""), address
        assert head.headers["content-type"] == got.headers["content-type"], address
        options = visitor.options(address)
        assert options.status_code == 204, address
        assert {"GET", "HEAD", "OPTIONS"} <= set(options.headers["allow"].split(", ")), address


def test_each_may_be_kept_and_asked_about(visitor: TestClient, answers: Answers) -> None:
    """A strong tag and Cache-Control; streams of downloads, never known whole, have none."""
    for address, got in answers.items():
        assert got.headers["cache-control"], address
        if "/downloads/" in address and "etag" not in got.headers:
            continue
        tag = got.headers["etag"]
        assert tag.startswith('"'), address
        again = visitor.get(address, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b""), address


def test_geojson_has_its_type(answers: Answers) -> None:
    met = 0
    for address, got in answers.items():
        if (
            got.headers["content-type"].startswith("application/")
            and "json" in (got.headers["content-type"])
        ):
            document: Any = got.json()
            if document.get("type") in {"Feature", "FeatureCollection"}:
                met += 1
                assert got.headers["content-type"].startswith("application/geo+json"), address
    assert met >= 3


def test_each_document_is_a_page_too(visitor: TestClient, answers: Answers) -> None:
    """But for files, and for what has forms of its own."""
    met = set()
    for address, got in answers.items():
        path = address.partition("?")[0]
        if not re.match(r"application/(geo\+)?json", got.headers["content-type"]):
            continue
        if path.endswith(".json") or "/downloads/" in path or path == "/api/coexistence":
            continue
        browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
        page = visitor.get(address, headers={"Accept": browser})
        assert page.headers["content-type"].startswith("text/html"), address
        assert page.text.startswith("<!doctype html>")
        assert "Accept" in page.headers["vary"]
        assert "Accept" in got.headers["vary"], address
        assert "<script" not in page.text
        joint = "&" if "?" in address else "?"
        assert visitor.get(f"{address}{joint}f=html").text.startswith("<!doctype html>")
        same = visitor.get(f"{address}{joint}f=json", headers={"Accept": browser})
        assert same.headers["content-type"] == got.headers["content-type"]
        for href in re.findall(r"<nav.*?</nav>", page.text, re.DOTALL)[0].split('href="')[1:]:
            assert visitor.get(href.partition('"')[0]).status_code == 200, address
        met.add(path.split("/")[2] if path.startswith("/api/") else path)
    assert {"surfaces", "hotspots", "tileMatrixSets", "guidelines", "datasets", "map"} <= met
    assert len(met) > 12


def test_unknown_parameter_is_named_everywhere(visitor: TestClient, answers: Answers) -> None:
    for address in answers:
        answer = visitor.get(address + ("&" if "?" in address else "?") + "no_such=1")
        assert answer.status_code == 400, address
        assert answer.json()["parameter"] == "no_such", address


def test_what_is_not_there_is_404_without_a_word_of_our_inside(
    visitor: TestClient, showcase: Showcase
) -> None:
    known = _known(showcase, visitor)
    for path in _routes(visitor):
        for name in re.findall(r"{(\w+)}", path):
            # The dot would be taken for the one before an ending.
            other = "99" if name in "zyx" else NOT_THERE
            answer = visitor.get(_address(path, known | {name: other}))
            told = (path, name, answer.text)
            assert answer.status_code in {404, 400}, told
            assert answer.headers["content-type"] == "application/problem+json", told
            assert not INSIDE.search(answer.text), told


def test_strange_values_of_every_parameter_are_no_surprise(
    visitor: TestClient, showcase: Showcase
) -> None:
    """One of them each, in turn; `scripts/test --clients` tries many more."""
    values = cycle(["", "NaN", "'", "x" * 5_000, "%F0%9F%92%A5", "-1", "1e999"])
    known = _known(showcase, visitor)
    document = visitor.get("/api/openapi.json").json()
    for path in _routes(visitor):
        address = _address(path, known)
        for parameter in document["paths"][path]["get"].get("parameters", []):
            # Those that are told once for all are tried in test_strict.
            if parameter.get("in") != "query" or f"{parameter['name']}=" in address:
                continue
            joint = "&" if "?" in address else "?"
            answer = visitor.get(f"{address}{joint}{parameter['name']}={next(values)}")
            told = (path, parameter["name"], answer.text[:300])
            assert answer.status_code in {200, 204, 400, 404, 422}, told
            if answer.status_code >= 400:
                assert not INSIDE.search(answer.text), told
            if answer.status_code == 400:
                fault = answer.json()
                named = fault.get("parameter") or fault["errors"][0]["parameter"]
                assert named, told
