"""Real clients against a running service: GDAL's driver for OGC API - Features, and OWSLib."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any
from urllib.parse import parse_qs

import pytest
import uvicorn
from owslib.ogcapi import features

from app.main import create_app
from ingest.readers.vector import GUARDS
from tests.app.scene import Showcase


@dataclass
class Served:
    """Where the service is, and what it was asked."""

    address: str
    asked: list[dict[str, list[str]]] = field(default_factory=list)

    def heard(self, name: str) -> list[str]:
        """Return every value of a parameter."""
        return [value for query in self.asked for value in query.get(name, [])]


@pytest.fixture(scope="module")
def _running(showcase: Showcase) -> Iterator[Served]:
    served = Served("")
    app = create_app(runtime=showcase.runtime)

    async def listening(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            served.asked.append(parse_qs(scope["query_string"].decode()))
        await app(scope, receive, send)

    server = uvicorn.Server(uvicorn.Config(listening, port=0, log_level="critical"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    served.address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/api"
    yield served
    server.should_exit = True
    thread.join(timeout=30)


@pytest.fixture
def served(_running: Served) -> Served:
    """The running service, with nothing asked yet."""
    _running.asked.clear()
    return _running


def _gdal(program: str, *arguments: object) -> Any:
    """Return what a program with GDAL prints: inside of this process it would wait for itself."""
    ran = subprocess.run(
        [sys.executable, "-c", f"import json, sys, pyogrio\n{program}", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        # Not with what reading files of strangers in this process has forbidden GDAL.
        env={name: value for name, value in os.environ.items() if name not in GUARDS},
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


_READ = """
told = json.loads(sys.argv[2])
told["bbox"] = tuple(told["bbox"]) if "bbox" in told else None
frame = pyogrio.read_dataframe("OAPIF:" + sys.argv[1], **told)
frame["kind"], frame["lon"] = frame.geom_type, frame.geometry.representative_point().x
print(frame.drop(columns="geometry").to_json(orient="records"))
"""


def test_gdal_lists_the_collections(served: Served, showcase: Showcase) -> None:
    program = 'print(json.dumps([x[0] for x in pyogrio.list_layers("OAPIF:" + sys.argv[1])]))'
    layers = _gdal(program, served.address)
    assert {"samples", "results", "sources", "aggregates", "hotspots", "members"} <= set(layers)
    assert showcase.layer in layers


def test_gdal_walks_all_pages(served: Served) -> None:
    told = {"layer": "samples", "PAGE_SIZE": 50}
    rows = _gdal(_READ, served.address, json.dumps(told))
    assert len(rows) == 155
    assert all(5.7 < row["lon"] < 5.8 for row in rows)
    assert served.heard("limit").count("50") >= 4
    assert len(set(served.heard("cursor"))) == 3


def test_gdal_hands_boxes_and_conditions_to_the_service(served: Served) -> None:
    told = {
        "layer": "results",
        "bbox": [5.73, 50.96, 5.75, 50.98],
        "where": "contaminant = 'zn' AND value > 500",
    }
    rows = _gdal(_READ, served.address, json.dumps(told))
    assert 0 < len(rows) < 155
    assert {row["contaminant"] for row in rows} == {"zn"}
    assert all(row["value"] > 500 and 5.73 <= row["lon"] <= 5.75 for row in rows)
    assert any("zn" in said for said in served.heard("filter")), served.asked
    assert served.heard("bbox")


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ("name ILIKE '%INC'", 155),
        ("name ILIKE 'zinc' AND name NOT LIKE '%ILIKE ''x'", 155),
        ("contaminant = 'zn' AND sampled_from >= '1990/01/01'", 0),
        ("contaminant = 'zn' AND (sampled_from IS NULL OR sampled_from < '1990/01/01')", 155),
    ],
)
def test_gdal_hands_over_what_it_writes_in_its_own_way(
    served: Served, where: str, count: int
) -> None:
    told = {"layer": "results", "where": where, "PAGE_SIZE": 1000}
    assert len(_gdal(_READ, served.address, json.dumps(told))) == count
    assert served.heard("filter")


def test_gdal_takes_types_from_the_schema(served: Served) -> None:
    program = (
        'told = pyogrio.read_info("OAPIF:" + sys.argv[1], layer=sys.argv[2])\n'
        'print(json.dumps(dict(zip(told["fields"], told["dtypes"]))))'
    )
    types = _gdal(program, served.address, "results")
    assert types["value"] == types["uncertainty"] == "float64"
    assert types["sampled_from"] == "datetime64[D]"
    types = _gdal(program, served.address, "hotspots")
    assert types["max_value"] == types["area_m2"] == "float64"
    assert types["contaminants"] == "list(str)"


def test_gdal_reads_hotspots_as_polygons(served: Served, showcase: Showcase) -> None:
    rows = _gdal(_READ, served.address, json.dumps({"layer": showcase.layer}))
    assert {row["kind"] for row in rows} == {"Polygon"}


def test_it_speaks_http_1_1(served: Served) -> None:
    """GeneralHttp.http of OGC's own suite, the one of them that needs a socket."""
    host, _, port = served.address.removeprefix("http://").partition("/")[0].partition(":")
    connection = HTTPConnection(host, int(port), timeout=30)
    connection.request("GET", "/api/")
    assert connection.getresponse().version == 11
    connection.close()


def test_owslib_finds_its_way(served: Served) -> None:
    client = features.Features(served.address)
    assert client.conformance()["conformsTo"]
    assert "/collections" in client.api()["paths"]
    assert "samples" in client.feature_collections()
    assert client.collection("samples")["id"] == "samples"
    assert "value" in client.collection_queryables("results")["properties"]
    page = client.collection_items("results", limit=5, bbox=[5.7, 50.9, 5.8, 51.0])
    assert page["numberReturned"] == 5
    found = client.collection_items("results", filter="contaminant = 'pb'", limit=1000)
    assert {f["properties"]["contaminant"] for f in found["features"]} == {"pb"}
    one = client.collection_item("results", page["features"][0]["id"])
    assert one["geometry"] == page["features"][0]["geometry"]
