"""Districts: stored as such, shown with their shape or without, never as points."""

import csv
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import func, select

from app.db.models import Aggregate, Sample
from app.services import imports
from app.services.exports import write_layer
from app.services.runtime import Runtime
from tests.app.scene import quiet, take_in

HEAD = "area_code,area_name,contaminant,n,n_nondetect,median,p90,unit\n"
SAID: dict[str, Any] = {"dataset": "d", "kind": "aggregates", "visibility": "public"}


def test_districts_are_loaded_shown_superseded_and_taken_back(
    runtime: Runtime, client: TestClient
) -> None:
    first = take_in(runtime, HEAD + "NL42,Limburg,Lead,120,4,35,90,mg/kg\n", **SAID)
    assert first["rows"]["loaded"] == 1, first
    [feature] = client.get("/api/collections/aggregates/items").json()["features"]
    assert feature["geometry"] is None
    told = feature["properties"]
    assert (told["area_code"], told["contaminant"], told["n"]) == ("NL42", "pb", 120)
    assert (told["p50"], told["p90"], told["unit"]) == (35.0, 90.0, "mg/kg")
    same = take_in(runtime, HEAD + "NL42,Limburg,Lead,120,4,35,90,mg/kg\n", **SAID)
    assert (same["rows"]["loaded"], same["rows"]["unchanged"]) == (0, 1)
    changed = take_in(runtime, HEAD + "NL42,Limburg,Lead,130,4,36,90,mg/kg\n", **SAID)
    assert changed["rows"]["loaded"] == 1
    path = "/api/collections/aggregates/items"
    [now] = client.get(path, params={"contaminant": "lead"}).json()["features"]
    assert (now["id"], now["properties"]["n"]) == (feature["id"], 130)
    imports.undo(runtime.database, changed["id"], quiet)
    [again] = client.get(path).json()["features"]
    assert again["properties"]["n"] == 120
    with runtime.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Sample)) == 0


def test_outline_of_a_district_is_kept(runtime: Runtime, client: TestClient) -> None:
    head = HEAD.replace("area_code", "geometry")
    outline = '"POLYGON((5 51,6 51,6 52,5 52,5 51))"'
    shown = take_in(
        runtime, head + f"{outline},Limburg,Lead,120,4,35,90,mg/kg\n", **SAID, epsg=4326
    )
    assert shown["rows"]["loaded"] == 1, shown
    inside = client.get("/api/collections/aggregates/items", params={"bbox": "5.4,51.4,5.5,51.5"})
    [feature] = inside.json()["features"]
    assert feature["geometry"]["type"] == "Polygon"
    outside = client.get("/api/collections/aggregates/items", params={"bbox": "7,51,8,52"})
    assert outside.json()["features"] == []
    with runtime.database.reading() as session:
        assert session.scalar(select(Aggregate.area_name)) == "Limburg"


def test_districts_are_exported_with_their_shape_or_without(
    runtime: Runtime, tmp_path: Path
) -> None:
    take_in(runtime, HEAD + "NL42,Limburg,Lead,120,4,35,90,mg/kg\n", **SAID)
    head = HEAD.replace("area_code", "geometry")
    outline = '"POLYGON((5 51,6 51,6 52,5 52,5 51))"'
    take_in(runtime, head + f"{outline},Brabant,Lead,9,4,35,90,mg/kg\n", **SAID, epsg=4326)
    with runtime.database.reading() as session:
        for name in ("a.csv", "a.geojson", "a.gpkg", "a.fgb"):
            assert write_layer(session, runtime.store, "aggregates", tmp_path / name) == 2
    rows = list(csv.DictReader((tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()))
    assert {row["area_name"]: row["wkt"][:7] for row in rows} == {
        "Limburg": "",
        "Brabant": "POLYGON",
    }
