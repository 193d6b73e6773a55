"""Uploads over HTTP."""

import csv
import hashlib
import io
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from app.db.models import Import, Job
from app.main import create_app
from app.services import imports
from app.services.runtime import Runtime
from tests.app.conftest import KEY
from tests.app.scene import Showcase, quiet, soil_csv, take_in

FORM = {"dataset": "d", "epsg": "4326", "unit": "mg/kg"}


def _post(caller: TestClient, content: bytes = b"id,lon,lat,zinc\n", **form: Any) -> Any:
    files = {"file": ("soil.csv", content)}
    return caller.post("/api/imports", data=FORM | form, files=files)


def test_upload_is_stored_recorded_and_queued(operator: TestClient, runtime: Runtime) -> None:
    content = soil_csv([("A", 5.1, 51.1, 10)]).encode()
    answer = _post(operator, content)
    assert answer.status_code == 202
    shown, job = answer.json()["import"], answer.json()["job"]
    assert (shown["status"], shown["filename"]) == ("waiting", "soil.csv")
    assert shown["size_bytes"] == len(content)
    assert runtime.store.upload_path(shown["sha256"]).read_bytes() == content
    assert (job["kind"], job["status"]) == ("preview", "queued")
    assert _post(operator, content, load="true").json()["job"]["kind"] == "import"
    assert operator.get(f"/api/imports/{shown['id']}").json()["report"] is None
    listed = [entry["id"] for entry in operator.get("/api/imports").json()["imports"]]
    assert listed[-1] == shown["id"]


@pytest.mark.parametrize(
    "form",
    [
        {"dataset": "../../x"},
        {"dataset": "Meuse"},
        {"dataset": "%00"},
        {"dataset": "a" * 64},
        {"dataset": "a\u200fb"},
        {"dataset": ""},
        {"kind": "members"},
        {"visibility": "everyone"},
        {"epsg": "x"},
        {"epsg": "1"},
        {"depth_upper_cm": "nan"},
        {"depth_upper_cm": "inf"},
        {"depth_upper_cm": "-1"},
        {"title": "a\0b"},
        {"unit": "a\0b"},
        {"options": "[" * 100_000},
        {"options": "[]"},
        {"options": '{"sheet": 1e999, "colour": 1}'},
        {"options": "9" * 5000},
        {"options": '{"header_row": true}'},
        {"header_row": "0"},
        {"country": "Germany"},
        {"country": "ZZ"},
        {"options": '{"country": 31}'},
        {"sha256": "0" * 64},
        {"load": "perhaps"},
    ],
)
def test_malformed_form_is_400_and_leaves_no_record(
    keeper: TestClient, showcase: Showcase, form: dict[str, str]
) -> None:
    runtime = showcase.runtime

    def stored() -> tuple[object, ...]:
        with runtime.database.reading() as session:
            counts = [session.scalar(select(func.count()).select_from(m)) for m in (Import, Job)]
        return *counts, sorted(runtime.store.uploads.iterdir())

    before = stored()
    assert _post(keeper, **form).status_code == 400
    assert stored() == before


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a\u202egnp.csv", "x" * 300 + ".csv", "CON", "a\r\nSet-Cookie: x"]
)
def test_file_name_is_shown_but_never_a_path(
    operator: TestClient, runtime: Runtime, name: str
) -> None:
    answer = operator.post("/api/imports", data=FORM, files={"file": (name, b"x")})
    assert answer.status_code == 202
    shown = answer.json()["import"]
    assert len(shown["filename"]) <= 200
    assert shown["filename"].isprintable()
    assert [p.name for p in runtime.store.uploads.iterdir()] == [shown["sha256"]]


def test_missing_file_is_400(operator: TestClient) -> None:
    assert operator.post("/api/imports", data=FORM).status_code == 400


def test_quarantine_is_a_download(operator: TestClient, runtime: Runtime) -> None:
    rows = [("A", 5.1, 51.1, "=1+1"), ("B", 5.2, 51.2, 3)]
    shown = take_in(runtime, soil_csv(rows), dataset="d", epsg=4326, unit="mg/kg")
    answer = operator.get(f"/api/imports/{shown['id']}/quarantine.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment")
    header, row = csv.reader(io.StringIO(answer.text))
    assert header == ["id", "lon", "lat", "zinc", "row", "reasons"]
    assert row[:5] == ["A", "5.1", "51.1", "'=1+1", "2"]
    report = operator.get(f"/api/imports/{shown['id']}").json()["report"]
    assert report["header"] == ["id", "lon", "lat", "zinc"]


def test_unknown_import_is_404(operator: TestClient) -> None:
    assert operator.get("/api/imports/im_x").status_code == 404
    assert operator.get("/api/imports/im_x/quarantine.csv").status_code == 404


def test_bytes_are_stored_by_their_hash_and_need_not_be_sent_again(
    operator: TestClient, runtime: Runtime
) -> None:
    content = soil_csv([("A", 5.1, 51.1, 10)]).encode()
    sha256 = hashlib.sha256(content).hexdigest()
    path = f"/api/imports/files/{sha256}"
    assert operator.get(path).status_code == 404
    broken = operator.put(path, content=content[:-5])
    assert broken.status_code == 400
    assert "cut off" in broken.json()["detail"]
    assert list(runtime.store.uploads.iterdir()) == []
    assert list(runtime.store.temporary.iterdir()) == []
    for _ in range(2):
        assert operator.put(path, content=content).json()["size_bytes"] == len(content)
    assert operator.get(path).json() == {"sha256": sha256, "size_bytes": len(content)}
    answer = operator.post("/api/imports", data=FORM | {"sha256": sha256, "filename": "a.csv"})
    assert answer.status_code == 202
    assert answer.json()["import"]["filename"] == "a.csv"
    unknown = operator.post("/api/imports", data=FORM | {"sha256": "0" * 64})
    assert unknown.status_code == 404


def test_body_above_the_limit_is_413_and_leaves_nothing(
    limited: Callable[..., Runtime],
) -> None:
    opened = limited(upload_max_bytes=1000)
    with TestClient(create_app(runtime=opened), base_url="http://127.0.0.1") as caller:
        caller.headers["Authorization"] = f"Bearer {KEY}"
        pieces = (b"x" * 500 for _ in range(5))
        answer = caller.put(f"/api/imports/files/{'0' * 64}", content=pieces)
    assert answer.status_code == 413
    assert list(opened.store.uploads.iterdir()) == []
    assert list(opened.store.temporary.iterdir()) == []


def test_life_of_an_import_over_http(operator: TestClient, runtime: Runtime) -> None:
    shown = _post(operator, soil_csv([("A", 5.1, 51.1, 10)]).encode()).json()["import"]
    own = f"/api/imports/{shown['id']}"
    limits = runtime.settings.limits
    early = operator.post(f"{own}/confirm")
    assert early.status_code == 409
    imports.preview(runtime.database, runtime.store, limits, shown["id"], quiet)
    assert operator.get(own).json()["preview"]["rows"][0]["results"][0]["value"] == 10
    changed = operator.post(f"{own}/preview", json={"options": {"unit": "g/kg"}})
    assert changed.status_code == 202
    assert changed.json()["job"]["kind"] == "preview"
    odd = operator.post(f"{own}/preview", json={"options": {"colour": "red"}})
    assert odd.status_code == 400
    imports.preview(runtime.database, runtime.store, limits, shown["id"], quiet)
    assert operator.get(own).json()["preview"]["rows"][0]["results"][0]["value"] == 10_000
    assert operator.post(f"{own}/confirm").json()["job"]["kind"] == "import"
    imports.load(runtime.database, runtime.store, limits, shown["id"], quiet)
    page = operator.get(f"{own}/report.html")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert operator.get(f"{own}/report.csv").text.startswith("file,severity,code")
    assert operator.get(f"{own}/report.json").json()["rows"]["loaded"] == 1
    assert operator.post(f"{own}/undo").json()["job"]["kind"] == "undo"
    imports.undo(runtime.database, shown["id"], quiet)
    refused = operator.post(f"{own}/undo")
    assert refused.status_code == 409
    assert "undone" in refused.json()["detail"]


def test_history_is_public_where_the_sample_is(client: TestClient, runtime: Runtime) -> None:
    take_in(runtime, soil_csv([("A", 5.1, 51.1, 10)]), dataset="d", visibility="public",
            epsg=4326, unit="mg/kg")  # fmt: skip
    [sample] = client.get("/api/collections/samples/items").json()["features"]
    told = client.get(f"/api/collections/samples/items/{sample['id']}/history").json()
    assert told["results"][0]["original_text"] == "10"
    assert client.get("/api/collections/samples/items/sm_x/history").status_code == 404
    assert client.get("/api/collections/sources/items/so_x/history").status_code == 404
