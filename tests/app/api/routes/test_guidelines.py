"""Guideline values over HTTP: lists, frameworks, and the value that applies with its reasons."""

import pytest
from fastapi.testclient import TestClient


def test_guidelines_are_filtered_and_say_how_far_they_were_checked(visitor: TestClient) -> None:
    zinc = visitor.get("/api/guidelines?contaminant=zn").json()["guidelines"]
    assert {entry["contaminant"] for entry in zinc} == {"zn"}
    german = visitor.get("/api/guidelines?contaminant=zn&framework=DE_BBODSCHV_2021").json()
    assert "DE_BBODSCHV_2021-0816" in {entry["id"] for entry in german["guidelines"]}
    verified = visitor.get("/api/guidelines?contaminant=zn&verified=true").json()["guidelines"]
    assert 0 < len(verified) < len(zinc)
    assert all(entry["verified"] and entry["citation"] for entry in verified)
    assert "withdrawn_at" not in zinc[0]
    farm = visitor.get("/api/guidelines?contaminant=Zinc&land_use=industrial").json()["guidelines"]
    assert {"commercial;industrial", "industrial"} <= {entry["land_use"] for entry in farm}
    assert all("industrial" in entry["land_use"] for entry in farm)
    tiers = visitor.get("/api/guidelines?contaminant=zn&tier=background").json()["guidelines"]
    assert {entry["tier"] for entry in tiers} == {"background"}
    assert visitor.get("/api/guidelines?verified=perhaps").status_code == 400


def test_frameworks_say_what_is_needed_to_choose(visitor: TestClient) -> None:
    listed = visitor.get("/api/guidelines/frameworks").json()["frameworks"]
    assert len(listed) == 32
    by_name = {entry["framework"]: entry for entry in listed}
    chinese = by_name["CN_GB15618_2018"]
    assert (chinese["country"], chinese["values"], chinese["verified"]) == ("CN", 79, 79)
    assert chinese["land_uses"] == ["agricultural"]
    assert chinese["tiers"] == ["screening", "intervention"]
    assert chinese["conditions"] == ["ph", "crop"]
    assert by_name["NL_RBK"]["conditions"] == ["correction_formula"]
    assert by_name["QUOTED_WHO_1996"]["legal_force"] == ["quoted"]
    assert by_name["PL_2016_1395"]["verified"] == 0


def test_value_is_resolved_with_its_reason(visitor: TestClient) -> None:
    answer = visitor.get(
        "/api/guidelines/resolve?contaminant=cadmium&country=cn&land_use=agricultural"
        "&crop=paddy&ph=6.5"
    ).json()
    assert (answer["status"], answer["value"], answer["unit"]) == ("chosen", 0.4, "mg/kg")
    assert answer["contaminant"] == "cd"
    assert answer["place"]["ph"] == 6.5
    assert "pH 6.5 lies in its class 5.5 < pH <= 6.5" in answer["sentence"]
    assert answer["candidates"][0]["code"] == "chosen"
    assert {entry["code"] for entry in answer["candidates"]} >= {"ph", "crop", "other_tier"}


def test_what_is_missing_is_asked_for(visitor: TestClient) -> None:
    answer = visitor.get(
        "/api/guidelines/resolve?contaminant=zn&framework=nl_rbk&land_use=residential"
    ).json()
    assert (answer["status"], answer["value"], answer["guideline"]) == ("undecided", None, None)
    assert [need["parameter"] for need in answer["needs"]] == ["clay", "organic_matter"]


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("contaminant=zn", 400, "Name a framework"),
        ("contaminant=zn&framework=DE_BBODSCHV", 404, "Close to it are: DE_BBODSCHV_2021"),
        ("contaminant=zn&framework=%F0%9F%92%A9", 404, "There are: AT_VBG_BODEN, AU_NEPM"),
        ("contaminant=zn&country=XX", 404, "There are frameworks of: AT, AU"),
        ("contaminant=zn&country=DE&land_use=forest", 400, "There are: agricultural"),
        ("contaminant=zn&country=DE&tier=worst", 400, "There are: background"),
        ("contaminant=zn&country=DE&ph=15", 400, "ph"),
        ("contaminant=zn&country=DE&ph=nan", 400, "ph"),
        ("contaminant=zn&country=DE&clay=-1", 400, "clay"),
        ("contaminant=zn&country=DE&soil=clay", 400, "There is no parameter 'soil' here"),
        ("contaminant=kryptonite&country=DE", 404, "kryptonite"),
        ("country=DE", 400, "contaminant"),
    ],
)
def test_bad_questions_are_answered_with_what_there_is(
    visitor: TestClient, query: str, status: int, words: str
) -> None:
    answer = visitor.get(f"/api/guidelines/resolve?{query}")
    assert answer.status_code == status
    assert words in answer.json()["detail"]


@pytest.mark.parametrize(
    ("query", "status"),
    [("contaminant=nothing", 404), ("framework=nothing", 404), ("land_use=moon", 400)],
)
def test_lists_refuse_what_does_not_exist(visitor: TestClient, query: str, status: int) -> None:
    assert visitor.get(f"/api/guidelines?{query}").status_code == status
