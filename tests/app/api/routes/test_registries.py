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
