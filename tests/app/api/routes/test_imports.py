"""Uploads over HTTP."""

import csv
import io
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from app.db.models import Import, Job
from app.services.runtime import Runtime
from tests.app.scene import Showcase, soil_csv, take_in

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
    assert (job["kind"], job["status"]) == ("import", "queued")
    assert operator.get(f"/api/imports/{shown['id']}").json()["report"] is None
    assert [entry["id"] for entry in operator.get("/api/imports").json()["imports"]] == [
        shown["id"]
    ]


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
