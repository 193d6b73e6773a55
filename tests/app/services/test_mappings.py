"""Mappings: saved, found again by a file's columns, forgotten."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.db.models import Result
from app.errors import Conflict, InvalidRequest, NotFound
from app.services import imports, mappings
from app.services.runtime import Runtime
from tests.app.scene import quiet, register, take_in

TOML = """name = "our-lab"
title = "Our laboratory"
[recognise]
required = ["Ort", "O", "N", "Gehalt"]
[columns]
"Ort" = "sample_code"
"O" = "longitude"
"N" = "latitude"
"Gehalt" = "contaminant:pb [g/kg]"
"""
FILE = "Ort,O,N,Gehalt\nA,5.1,51.1,2\n"


def values(opened: Runtime) -> list[tuple[str, float | None]]:
    with opened.database.reading() as session:
        rows = session.execute(select(Result.contaminant, Result.value).order_by(Result.id))
        return [(row[0], row[1]) for row in rows]


def test_saved_mapping_is_found_by_the_files_columns(runtime: Runtime) -> None:
    with runtime.database.writing() as session:
        mappings.save(session, TOML)
    shown = take_in(runtime, FILE, dataset="d")
    assert values(runtime) == [("pb", 2000.0)]
    with runtime.database.reading() as session:
        report = imports.get(session, shown["id"]).report
    assert report is not None
    assert "our-lab" in str(report["description"])


def test_saving_again_replaces_and_removing_forgets(runtime: Runtime) -> None:
    with runtime.database.writing() as session:
        mappings.save(session, TOML)
        mappings.save(session, TOML.replace("Our laboratory", "Theirs"))
        assert [saved.title for saved in mappings.listed(session)] == ["Theirs"]
        assert "Theirs" in mappings.get(session, "our-lab").toml
        mappings.remove(session, "our-lab")
        with pytest.raises(NotFound):
            mappings.get(session, "our-lab")


@pytest.mark.parametrize("text", ["", "name = 1", 'name = "../x"', "= = =", 'name = "x"\nnone = 1'])
def test_what_is_no_mapping_is_refused(runtime: Runtime, text: str) -> None:
    with runtime.database.writing() as session, pytest.raises(InvalidRequest) as caught:
        mappings.save(session, text)
    assert caught.value.details["parameter"] == "mapping"


def test_reading_of_an_import_can_be_saved_and_used_again(runtime: Runtime) -> None:
    options: dict[str, Any] = {
        "epsg": 4326,
        "columns": {"O": "longitude", "N": "latitude", "Gehalt": "contaminant:zn [mg/kg]"},
    }
    import_id = register(runtime, FILE.encode(), "d", **options)
    with runtime.database.writing() as session, pytest.raises(Conflict, match="not read yet"):
        mappings.save_from_import(session, imports.get(session, import_id), "mine", "Mine")
    imports.preview(runtime.database, runtime.store, runtime.settings.limits, import_id, quiet)
    with runtime.database.writing() as session:
        mappings.save_from_import(session, imports.get(session, import_id), "mine", "Mine")
    take_in(runtime, FILE.replace("A,", "B,"), dataset="d")
    assert values(runtime) == [("zn", 2.0)]


def test_mappings_over_http(operator: TestClient) -> None:
    headers = {"Content-Type": "application/toml"}
    answer = operator.put("/api/mappings/our-lab", content=TOML, headers=headers)
    assert answer.status_code == 200, answer.text
    assert operator.get("/api/mappings").json()["mappings"][0]["name"] == "our-lab"
    text = operator.get("/api/mappings/our-lab")
    assert text.headers["content-type"].startswith("application/toml")
    assert 'title = "Our laboratory"' in text.text
    other = operator.put("/api/mappings/other", content=TOML, headers=headers)
    assert other.status_code == 400
    assert operator.delete("/api/mappings/our-lab").status_code == 204
    assert operator.get("/api/mappings/our-lab").status_code == 404
    assert operator.put("/api/mappings/x", content=b"\xff", headers=headers).status_code in {
        400,
        422,
    }


def test_what_a_format_says_of_flags_is_kept_with_the_columns(runtime: Runtime) -> None:
    text = "lon,lat,Pb (ppm)\n5.1,51.1,7N\n5.2,51.2,12\n"
    stated = {"format": "usgs-suffix", "encoding": "utf-8", "separator": ","}
    shown = take_in(runtime, text, dataset="d", **stated)
    with runtime.database.writing() as session:
        mappings.save_from_import(session, imports.get(session, shown["id"]), "ours", "")
        saved = mappings.saved_for(session, "samples")
    (ours,) = saved
    assert ours.columns["Pb (ppm)"] == "contaminant:pb [ppm]"
    assert (ours.qualifiers["N"], ours.layout) == ("left", "wide")
    again = take_in(runtime, text.replace("7N", "8N"), dataset="e")
    assert again["rows"]["loaded"] == 2
