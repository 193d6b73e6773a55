"""Results one by one: their ids stay, and they say what their sample says."""

import json
from typing import Any

from app.services.features import PageRequest, Query, get_collection, read_feature, read_page
from app.services.runtime import Runtime
from tests.app.scene import Showcase, soil_csv, take_in


def _results(opened: Runtime, **filters: str) -> list[dict[str, Any]]:
    with opened.database.reading() as session:
        collection = get_collection(session, "results")
        page = read_page(session, collection, PageRequest(1000, query=Query(filters=filters)))
    return [json.loads(feature) for feature in page.features]


def test_corrected_result_keeps_its_id(runtime: Runtime) -> None:
    options: dict[str, Any] = {"epsg": 4326, "unit": "mg/kg", "visibility": "public"}
    for zinc in ("<5", "7"):
        content = soil_csv([("A", 5.1, 51.1, zinc, 3)], "id,lon,lat,zinc,lead")
        take_in(runtime, content, dataset="d", **options)
        found = {r["properties"]["contaminant"]: r for r in _results(runtime)}
        assert set(found) == {"zn", "pb"}
        if zinc == "<5":
            before = found["zn"]
    assert found["zn"]["id"] == before["id"]
    told = before["properties"]
    assert (told["value"], told["censoring"], told["detection_limit"]) == (None, "left", 5)
    assert (told["name"], told["unit"], told["sample"]) == ("Zinc", "mg/kg", "A")
    assert found["zn"]["properties"]["value"] == 7
    assert before["geometry"]["coordinates"] == [5.1, 51.1]


def test_result_is_found_by_its_id_and_leads_to_its_sample(showcase: Showcase) -> None:
    [first, *_] = _results(showcase.runtime, contaminant="plomb")
    assert first["properties"]["contaminant"] == "pb"
    with showcase.runtime.database.reading() as session:
        again = read_feature(session, get_collection(session, "results"), first["id"])
        sample_id = first["properties"]["sample_id"]
        sample = json.loads(read_feature(session, get_collection(session, "samples"), sample_id))
    assert json.loads(again) == first
    told = [r for r in sample["properties"]["results"] if r["contaminant"] == "pb"]
    assert [r["value"] for r in told] == [first["properties"]["value"]]
    assert sample["geometry"] == first["geometry"]
