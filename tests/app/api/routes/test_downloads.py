"""Downloads: every feature, in every format, filtered like pages, and nothing left held."""

import csv
import io
import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import anyio
import geopandas
import httpx2
import pytest
from anyio.from_thread import start_blocking_portal
from fastapi import Request
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.api import departures
from app.api.routes import downloads
from app.api.slots import Slots
from app.db.models import Job
from app.services import downloads as service
from app.services import prepared
from app.services.downloads import Download
from app.services.exports import write_layer
from app.services.features import Query, get_collection, parse_period
from app.services.files import FILE_FORMATS, copying, rows
from tests.app import scene
from tests.app.scene import Showcase

CASES = [("samples", 155), ("sources", 17)]


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several pieces, of which the last is not full."""
    monkeypatch.setattr(rows, "_FIRST", 10)
    monkeypatch.setattr(copying, "_PIECE_BYTES", 700)


def _expected(visitor: TestClient, layer: str, query: str = "") -> list[dict[str, Any]]:
    path = f"/api/collections/{layer}/items?limit=10000{query}"
    features: list[dict[str, Any]] = visitor.get(path).json()["features"]
    return features


@pytest.mark.parametrize(("layer", "count"), CASES)
def test_every_text_format_holds_every_feature(visitor: TestClient, layer: str, count: int) -> None:
    expected = _expected(visitor, layer)
    assert len(expected) == count
    whole = visitor.get(f"/api/downloads/{layer}.geojson")
    assert whole.headers["content-type"] == "application/geo+json"
    assert whole.json()["features"] == expected
    sequence = visitor.get(f"/api/downloads/{layer}.geojsonseq")
    assert sequence.headers["content-type"] == "application/geo+json-seq"
    before, *records = sequence.text.split("\x1e")
    assert before == ""
    assert all(record.count("\n") == 1 and record.endswith("\n") for record in records)
    assert [json.loads(record) for record in records] == expected
    lines = visitor.get(f"/api/downloads/{layer}.geojsonl").text.splitlines()
    assert [json.loads(line) for line in lines] == expected
    rows = list(csv.DictReader(io.StringIO(visitor.get(f"/api/downloads/{layer}.csv").text)))
    assert [row["id"] for row in rows] == [feature["id"] for feature in expected]


@pytest.mark.parametrize("ending", ["geojson", "geojsonseq"])
def test_gdal_reads_it(visitor: TestClient, ending: str) -> None:
    content = visitor.get(f"/api/downloads/samples.{ending}").content
    frame = geopandas.read_file(io.BytesIO(content))
    assert (len(frame), str(frame.crs)) == (155, "EPSG:4326")
    assert frame.geometry.is_valid.all()


@pytest.mark.parametrize(
    ("layer", "query"),
    [
        ("samples", "bbox=5.72,50.96,5.74,50.98"),
        ("samples", "contaminant=lead"),
        ("results", "value=1190"),
    ],
)
def test_it_is_filtered_like_pages(visitor: TestClient, layer: str, query: str) -> None:
    told = visitor.get(f"/api/downloads/{layer}.geojson?{query}").json()["features"]
    assert told == _expected(visitor, layer, f"&{query}")
    assert told


def test_licence_and_name_are_beside_it(visitor: TestClient) -> None:
    headers = visitor.get("/api/downloads/sources.csv").headers
    assert headers["content-disposition"] == 'attachment; filename="sources.csv"'
    assert headers["link"] == (
        '<http://127.0.0.1/api/datasets>; rel="license"; type="application/json"'
    )


@pytest.mark.parametrize("ending", list(FILE_FORMATS))
def test_files_are_written_once_kept_and_resumed(
    visitor: TestClient, showcase: Showcase, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    path = f"/api/downloads/samples.{ending}?contaminant=zn"
    first = visitor.get(path, headers={"Accept-Encoding": "gzip"})
    assert first.status_code == 200, first.text
    assert first.headers["content-type"] == FILE_FORMATS[ending].media_type
    assert first.headers["content-disposition"] == f'attachment; filename="samples.{ending}"'
    assert 'rel="license"' in first.headers["link"]
    assert "content-encoding" not in first.headers
    monkeypatch.setattr(prepared, "write_download", None)
    tag = first.headers["etag"]
    rest = visitor.get(path, headers={"Range": "bytes=100-", "If-Range": tag})
    assert (rest.status_code, rest.content) == (206, first.content[100:])
    head = visitor.head(path)
    assert int(head.headers["content-length"]) == len(first.content)
    assert visitor.get(path, headers={"If-None-Match": tag}).status_code == 304
    assert not list(showcase.runtime.store.temporary.iterdir())


def test_flatgeobuf_is_read_by_bbox_over_http(address: str) -> None:
    # In a process of its own: the library holds ours, in which the server runs, while it reads.
    script = (
        "import json, sys, pyogrio; read = pyogrio.read_dataframe(sys.argv[1], bbox=(5.72, 50.96, "
        "5.74, 50.98)); print(json.dumps(sorted(read['id'])))"
    )
    url = f"/vsicurl/{address}/api/downloads/samples.fgb"
    read = subprocess.run(
        [sys.executable, "-c", script, url], capture_output=True, check=True, timeout=60
    )
    few = json.loads(read.stdout)
    asked = httpx2.get(f"{address}/api/collections/samples/items?bbox=5.72,50.96,5.74,50.98")
    assert few == sorted(item["id"] for item in asked.json()["features"])
    assert few


def test_large_files_are_jobs(operator: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "MOST_AT_ONCE", 1)
    runtime = operator.app.state.runtime  # type: ignore[attr-defined]
    rows = scene.soil_csv([("A", 5.1, 51.1, 10), ("B", 5.2, 51.1, 20), ("C", 6.2, 51.1, 20)])
    scene.take_in(runtime, rows, dataset="d", visibility="public", epsg=4326, unit="mg/kg")
    path = "/api/downloads/samples.parquet?bbox=5,51,5.5,51.5&datetime=../..&contaminant=zn"
    waiting = operator.get(path.replace("&datetime=../..", ""))
    assert waiting.status_code == 202
    assert waiting.headers["retry-after"] == "5"
    job = waiting.json()["job"]
    assert waiting.headers["location"].endswith(f"/api/jobs/{job['id']}")
    again = operator.get(path.replace("&datetime=../..", ""))
    assert again.json()["job"]["id"] == job["id"]
    with runtime.database.reading() as session:
        parameters = session.scalars(select(Job.parameters).where(Job.kind == "download")).one()
    assert prepared.make_ordered(runtime.files, parameters) == 2
    assert prepared.make_ordered(runtime.files, parameters) == 0
    ready = operator.get(waiting.json()["download"].removeprefix("http://127.0.0.1"))
    assert ready.status_code == 200
    assert len(geopandas.read_parquet(io.BytesIO(ready.content))) == 2


@pytest.mark.parametrize("ending", list(service.STREAMS))
def test_text_is_resumed_where_it_is_kept(visitor: TestClient, ending: str) -> None:
    path = f"/api/downloads/samples.{ending}?contaminant=zn"
    streamed = visitor.get(path)
    assert "etag" not in streamed.headers
    kept = visitor.get(f"{path}&kept=true", headers={"Accept-Encoding": "identity"})
    assert kept.status_code == 200
    assert kept.content == streamed.content
    assert kept.headers["content-type"] == streamed.headers["content-type"]
    tag = kept.headers["etag"]
    rest = visitor.get(
        f"{path}&kept=true",
        headers={"Range": "bytes=1000-", "If-Range": tag, "Accept-Encoding": "identity"},
    )
    assert (rest.status_code, rest.content) == (206, kept.content[1000:])
    assert visitor.get(f"{path}&kept=true", headers={"If-None-Match": tag}).status_code == 304


def test_an_order_says_all_that_was_asked() -> None:
    query = Query(
        ((1.0, 2.0, 3.0, 4.0),),
        parse_period("2020-01-01/.."),
        {"contaminant": "zn"},
        equal={"depth_upper_cm": "0"},
    )
    order = prepared.order_of("samples", query, "fgb", asked="a", key="k")
    assert json.loads(json.dumps(order)) == order
    assert prepared._query_text().validate_python(json.loads(json.dumps(order))["query"]) == query


def test_only_so_many_files_are_prepared_at_once(
    operator: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepared, "MOST_AT_ONCE", 0)
    runtime = operator.app.state.runtime  # type: ignore[attr-defined]
    rows = scene.soil_csv([("A", 5.1, 51.1, 10)])
    scene.take_in(runtime, rows, dataset="d", visibility="public", epsg=4326, unit="mg/kg")
    for number in range(8):
        path = f"/api/downloads/samples.gpkg?bbox=5,51,{6 + number},52"
        assert operator.get(path).status_code == 202
    refused = operator.get("/api/downloads/samples.gpkg?bbox=5,51,20,52")
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")


def test_private_is_in_none(visitor: TestClient, showcase: Showcase) -> None:
    for ending in service.STREAMS:
        text = visitor.get(f"/api/downloads/samples.{ending}").text
        assert not [name for name in showcase.secret_ids if name in text]


def test_no_formula_leaves_in_a_table(client: TestClient) -> None:
    runtime = client.app.state.runtime  # type: ignore[attr-defined]
    rows = 'id,lon,lat,zinc\n"=HYPERLINK(1)",5.1,51.1,10\n'
    options: dict[str, Any] = {"visibility": "public", "epsg": 4326, "unit": "mg/kg"}
    assert scene.take_in(runtime, rows, dataset="d", **options)["status"] == "loaded"
    [row] = csv.DictReader(io.StringIO(client.get("/api/downloads/samples.csv").text))
    assert row["sample"] == "'=HYPERLINK(1)"
    assert float(row["longitude"]) == 5.1
    assert json.loads(row["results"])[0]["value"] == 10
    told = client.get("/api/downloads/sources.geojson").json()
    assert told == {"type": "FeatureCollection", "features": []}


@pytest.mark.parametrize(
    ("path", "status", "parameter"),
    [
        ("nothing.csv", 404, None),
        ("samples.exe", 404, None),
        ("samples", 404, None),
        ("samples.csv?bbox=nan,1,2,3", 400, "bbox"),
        ("samples.csv?contaminant=nothing", 404, "contaminant"),
        ("samples.csv?layer=hl_x", 400, "layer"),
        ("samples.csv?limit=5", 400, "limit"),
    ],
)
def test_wrong_asks_are_named(
    visitor: TestClient, path: str, status: int, parameter: str | None
) -> None:
    answer = visitor.get(f"/api/downloads/{path}")
    assert answer.status_code == status
    assert answer.json().get("parameter") == parameter


def test_slots_are_given_back_and_more_are_refused(visitor: TestClient) -> None:
    for _ in range(6):
        assert visitor.get("/api/downloads/samples.exe").status_code == 404
        assert visitor.head("/api/downloads/samples.csv").status_code == 200
        assert visitor.get("/api/downloads/sources.csv").status_code == 200
    application: Any = visitor.app
    slots: Slots = application.state.downloads
    with ExitStack() as held:
        for _ in range(downloads.AT_ONCE):
            held.enter_context(slots.taken())
        answer = visitor.get("/api/downloads/samples.csv")
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"


def test_head_reads_the_first_features_only(
    visitor: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = rows.copied
    calls = []

    def counting(*given: Any) -> Any:
        calls.append(given)
        return read(*given)

    monkeypatch.setattr(rows, "copied", counting)
    answer = visitor.head("/api/downloads/samples.csv")
    assert (answer.status_code, answer.content, len(calls)) == (200, b"", 1)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert len(visitor.get("/api/downloads/samples.csv").text.splitlines()) == 156
    assert len(calls) == 3


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_head_tells_of_a_stream_what_get_does(visitor: TestClient, encoding: str) -> None:
    asked = {"Accept-Encoding": encoding}
    path = "/api/downloads/samples.csv"
    whole, head = visitor.get(path, headers=asked), visitor.head(path, headers=asked)
    told = [{k: v for k, v in a.headers.items() if k != "x-request-id"} for a in (whole, head)]
    assert told[0] == told[1]
    assert not {"content-length", "etag"} & set(told[1])


def test_what_is_read_for_a_stream_is_stopped_when_its_caller_goes_away(
    showcase: Showcase,
) -> None:
    request = Request({"type": "http"})
    database = showcase.runtime.database
    with database.reading() as session:
        subset = service.Subset(get_collection(session, "samples"))
    watch = downloads._watch(request)
    pages = showcase.runtime.store.pages
    opened = service.open_download(database, pages, subset, "csv", most_seconds=9, watch=watch)
    [work] = request.scope[departures._IN_SCOPE]
    assert not work._is_over
    opened.close()
    assert work._is_over


def test_a_reader_who_takes_too_long_is_cut_off() -> None:
    closed: list[bool] = []
    given_back: list[bool] = []
    opened = Download("text/csv", iter(["a\n", "b\n"]), lambda: closed.append(True))
    sent: list[Any] = []

    async def slow(message: Any) -> None:
        sent.append(message)
        if message.get("body"):
            await anyio.sleep(60)

    async def nothing() -> Any:
        await anyio.sleep(60)

    async def answer() -> None:
        scope = {"type": "http", "method": "GET", "headers": [], "asgi": {"spec_version": "2.4"}}
        streamed = downloads._Streamed(opened, {}, 0.05, lambda: given_back.append(True))
        await streamed(scope, nothing, slow)

    # In a thread of its own: a browser's tests leave a running loop in this one.
    with start_blocking_portal() as portal:
        portal.call(answer)
    # Without its end: the reader notices that the file is not whole.
    assert [message.get("body") for message in sent] == [None, b"a\n"]
    assert (closed, given_back) == ([True], [True])


def test_results_of_a_data_set_are_those_that_the_command_writes(
    visitor: TestClient, showcase: Showcase, tmp_path: Path
) -> None:
    answer = visitor.get("/api/downloads/datasets/meuse/results.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="results.csv"'
    with showcase.runtime.database.reading() as session:
        count = write_layer(session, showcase.runtime.store, "results", tmp_path / "r.csv", "meuse")
    assert answer.content == (tmp_path / "r.csv").read_bytes()
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert (len(rows), count) == (620, 620)


def test_results_of_private_and_unknown_data_sets_are_the_same_404(visitor: TestClient) -> None:
    for name in ("secret", "nothing", "ds_x"):
        answer = visitor.get(f"/api/downloads/datasets/{name}/results.csv")
        assert answer.status_code == 404
        assert name in answer.json()["detail"]
    assert visitor.get("/api/downloads/datasets/meuse/results.csv").status_code == 200
