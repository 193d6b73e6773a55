"""Requests that nobody means well: each is answered as the caller's fault, and none with 500."""

import base64
import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from app.errors import InvalidRequest
from app.services.features import Query, get_collection
from app.services.features.cql2 import read_filter
from app.services.files import write_file
from tests.app.scene import Showcase

RESULTS = "/api/collections/results"
# What PostgreSQL refuses to compute, of every value there is.
OVERFLOW = "filter=" + quote("value*1e308*1e308>0")
HUGE = int("9" * 401)
RAGGED = {"type": "MultiPolygon", "coordinates": [[], [[[0, 0], [1, 0], [1, 1], [0, 0]]]]}
FAR = {"type": "Polygon", "coordinates": [[[0, 0], [HUGE, 0], [1, 1], [0, 0]]]}
FAR_LINE = {"type": "LineString", "coordinates": [[0, 0], [HUGE, 1]]}
HALF = base64.urlsafe_b64encode(b'["\\ud800",1,2]').decode().rstrip("=")


def _json_filter(shape: dict[str, Any]) -> str:
    tree = {"op": "s_intersects", "args": [{"property": "geometry"}, shape]}
    return f"{RESULTS}/items?filter-lang=cql2-json&filter={quote(json.dumps(tree))}"


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        (f"{RESULTS}/items?{OVERFLOW}", "filter"),
        (f"{RESULTS}/statistics?{OVERFLOW}", "filter"),
        (f"{RESULTS}/statistics?of=value&histogram=3&cells=square&size_m=500&{OVERFLOW}", "filter"),
        (f"{RESULTS}/tiles/WebMercatorQuad/0/0/0?{OVERFLOW}", "filter"),
        (f"/api/downloads/results.gpkg?{OVERFLOW}", "filter"),
        (f"/api/downloads/results.geojson?{OVERFLOW}", "filter"),
        (f"{RESULTS}/items?filter={quote('s_intersects(geometry, POINT EMPTY)')}", "filter"),
        (f"{RESULTS}/items?filter={quote('s_intersects(geometry, POINT Z(1 2))')}", "filter"),
        (_json_filter(FAR), "filter"),
        (_json_filter(RAGGED), "filter"),
        (f"/api/collections/sources/items?sortby=name&cursor={HALF}", "cursor"),
    ],
)
def test_it_is_the_callers_fault(visitor: TestClient, path: str, parameter: str) -> None:
    answer = visitor.get(path)
    assert answer.status_code == 400, answer.text
    assert answer.json()["parameter"] == parameter


@pytest.mark.parametrize(
    ("path", "shape"),
    [("zonal", RAGGED), ("zonal", FAR), ("profile", FAR_LINE), ("profile", RAGGED)],
)
def test_so_are_shapes_that_are_none(
    visitor: TestClient, showcase: Showcase, path: str, shape: dict[str, Any]
) -> None:
    answer = visitor.post(f"/api/surfaces/{showcase.zinc}/{path}", json={"geometry": shape})
    assert answer.status_code == 400, answer.text
    assert answer.json()["parameter"] == "geometry"


def test_ratio_that_no_number_tells_is_null(visitor: TestClient) -> None:
    query = "contaminant=zn&contaminant=pb&threshold=zn=1e-320&threshold=pb=1&f=geojson"
    answer = visitor.get(f"/api/coexistence?{query}")
    assert answer.status_code == 200, answer.text
    values = answer.json()["features"][0]["properties"]["values"]
    assert values["zn"]["ratio"] is None
    assert values["pb"]["ratio"] == values["pb"]["value"]


def test_a_pattern_made_to_be_slow_is_not(visitor: TestClient) -> None:
    """There are no regular expressions; `LIKE` with many wildcards over long texts ends at once."""
    pattern = "%" + "a%" * 500 + "b"
    tree = {"op": "like", "args": [{"op": "casei", "args": [{"property": "name"}]}, pattern]}
    started = time.monotonic()
    answer = visitor.get(f"{RESULTS}/items?filter-lang=cql2-json&filter={quote(json.dumps(tree))}")
    assert answer.status_code == 200, answer.text
    assert answer.json()["features"] == []
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("ending", ["gpkg", "parquet"])
def test_file_of_what_cannot_be_computed(showcase: Showcase, tmp_path: Path, ending: str) -> None:
    """The rows are copied, past SQLAlchemy and through Arrow."""
    query = Query(where=read_filter("value*1e308*1e308>0", "cql2-text"))
    path = tmp_path / f"out.{ending}"
    with showcase.runtime.database.reading() as session:
        collection = get_collection(session, "results")
        with pytest.raises(InvalidRequest, match="cannot be computed"):
            write_file(session, collection, query, path, timeout_ms=9_000)
