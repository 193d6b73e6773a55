"""Lists of rows, put together from columns: as the database puts them together row by row."""

import json
from typing import Any

import pytest

from app.services.features import PageRequest, Query, get_collection, read_page
from app.services.files import copying, rows
from app.services.files.rows import Form
from tests.app import scene

# Several results of a sample, two of one contaminant, a limit, an uncertainty, none at all; codes
# of every kind; and the same place twice.
_ROWS = """\
id,lon,lat,contaminant,value,unit,extraction,uncertainty
A,5.1,51.1,zinc,10,mg/kg,aqua regia,2
A,5.1,51.1,lead,<5,mg/kg,,
A,5.1,51.1,zinc,7.5,mg/kg,CaCl2,
"B ""q"" \\ é",5.2,51.2,lead,12,mg/kg,,
C,5.3,51.3,zinc,100,mg/kg,,
"""


def _told(runtime: Any, form: Form) -> list[dict[str, Any]]:
    with runtime.database.reading() as session:
        samples = get_collection(session, "samples")
        table = rows.read_table(session, samples, Query(), rows.Reading(60_000, form))
        return [row for batch in table.batches for row in batch.to_pylist()]


def _pages(runtime: Any) -> list[dict[str, Any]]:
    with runtime.database.reading() as session:
        page = read_page(session, get_collection(session, "samples"), PageRequest(100))
        return [json.loads(feature) for feature in page.features]


@pytest.mark.parametrize("piece", [2 * 1024 * 1024, 1])
def test_lists_are_those_of_pages(
    runtime: Any, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    # In small pieces the rows of one sample come in several.
    monkeypatch.setattr(copying, "_PIECE_BYTES", piece)
    for dataset in ("first", "second"):
        taken = scene.take_in(runtime, _ROWS, dataset=dataset, visibility="public", epsg=4326)
        assert taken["status"] == "loaded", taken
    # What is superseded is not listed, nor what was taken back without another in its place.
    corrected = _ROWS.replace(",100,", ",99,")
    scene.take_in(runtime, corrected, dataset="first", visibility="public", epsg=4326)
    with runtime.database.writing() as session:
        session.connection().exec_driver_sql(
            "UPDATE measurement SET superseded_at = now() WHERE value = 12"
        )
    expected = _pages(runtime)
    told = _told(runtime, "text")
    assert [row["id"] for row in told] == [feature["id"] for feature in expected]
    for row, feature in zip(told, expected, strict=True):
        listed = feature["properties"]["results"]
        assert (row["results"] and json.loads(row["results"])) == listed
    lengths = sorted(len(feature["properties"]["results"] or []) for feature in expected)
    assert lengths == [0, 0, 1, 1, 3, 3]


def test_nothing_is_no_rows(runtime: Any) -> None:
    assert _told(runtime, "json") == []


@pytest.mark.parametrize("taken", [1, 4])
def test_who_stops_early_gives_the_connection_back(
    runtime: Any, monkeypatch: pytest.MonkeyPatch, taken: int
) -> None:
    monkeypatch.setattr(rows, "_FIRST", 2)
    monkeypatch.setattr(copying, "_PIECE_BYTES", 1)
    scene.take_in(runtime, _ROWS, dataset="d", visibility="public", epsg=4326)
    with runtime.database.reading() as session:
        collection = get_collection(session, "results")
        reading = rows.Reading(60_000, begins_soon=True)
        table = rows.read_table(session, collection, Query(), reading)
        for _ in range(taken):
            assert next(table.batches).num_rows == 1
        table.batches.close()
    assert _told(runtime, "text")
