"""Registries and data sets over HTTP."""

from fastapi.testclient import TestClient


def test_contaminants_have_names_only_where_known(visitor: TestClient) -> None:
    listed = visitor.get("/api/contaminants").json()["contaminants"]
    by_code = {entry["code"]: entry for entry in listed}
    assert len(by_code) == len(listed) == 144
    lead = by_code["pb"]
    assert (lead["symbol"], lead["cas"], lead["unit"]) == ("Pb", "7439-92-1", "mg/kg")
    assert (lead["names"]["en"], lead["names"]["zh"]) == ("Lead", "铅")
    for entry in listed:
        assert all(entry["names"].values())
        assert set(entry["names"]) <= {"en", "fr", "es", "zh", "ru", "ar"}


def test_guidelines_are_filtered_and_say_how_far_they_were_checked(visitor: TestClient) -> None:
    zinc = visitor.get("/api/guidelines?contaminant=zn").json()["guidelines"]
    assert {entry["contaminant"] for entry in zinc} == {"zn"}
    german = visitor.get("/api/guidelines?contaminant=zn&framework=DE_BBODSCHV_2021").json()
    assert "DE_BBODSCHV_2021-0816" in {entry["id"] for entry in german["guidelines"]}
    verified = visitor.get("/api/guidelines?contaminant=zn&verified=true").json()["guidelines"]
    assert 0 < len(verified) < len(zinc)
    assert all(entry["verified"] and entry["citation"] for entry in verified)
    assert "withdrawn_at" not in zinc[0]
    assert visitor.get("/api/guidelines?contaminant=nothing").json() == {"guidelines": []}
    assert visitor.get("/api/guidelines?verified=perhaps").status_code == 400


def test_source_types_and_data_sets(visitor: TestClient) -> None:
    types = visitor.get("/api/source-types").json()["source_types"]
    assert len(types) == 59
    assert "nonferrous_smelter" in {entry["code"] for entry in types}
    datasets = visitor.get("/api/datasets").json()["datasets"]
    assert [entry["name"] for entry in datasets] == ["meuse", "works"]
    assert datasets[1]["source_count"] == 17


def test_map_start(visitor: TestClient) -> None:
    start = visitor.get("/api/map").json()
    west, south, east, north = start["bbox"]
    assert 5.7 < west < east < 5.8
    assert 50.9 < south < north < 51.0
    assert start["demo"] is None  # the demo's data set has another name
