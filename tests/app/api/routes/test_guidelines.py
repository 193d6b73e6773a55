"""Guideline values over HTTP: lists, frameworks, and the value that applies with its reasons."""

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response


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


OWN = (
    "id,contaminant,land_use,tier,value,unit,legal_name,verification\n"
    "1,zinc,any,screening,90,mg/kg,Decree of the valley,{}\n"
)
ADDRESS = "/api/guidelines/frameworks/OWN_VALLEY"


def _put(client: TestClient, text: str, query: str = "", address: str = ADDRESS) -> Response:
    return client.put(address + query, content=text, headers={"Content-Type": "text/csv"})


def test_own_framework_is_loaded_seen_by_the_operator_and_withdrawn(operator: TestClient) -> None:
    made = _put(operator, OWN.format("none"), "?visibility=private")
    assert made.status_code == 200, made.text
    assert (made.json()["version"], made.json()["visibility"]) == (1, "private")
    question = "/api/guidelines/resolve?contaminant=zn&framework=OWN_VALLEY"
    assert operator.get(question).json()["candidates"][0]["code"] == "unverified"
    assert operator.get(question + "&accept_unverified=true").json()["value"] == 90.0
    key = operator.headers.pop("Authorization")
    assert operator.get(question).status_code == 404
    assert "OWN_VALLEY" not in operator.get("/api/guidelines/frameworks").text
    assert "OWN_VALLEY" not in operator.get("/api/guidelines?contaminant=zn").text
    assert _put(operator, OWN.format("none")).status_code == 401
    assert operator.delete(ADDRESS).status_code == 401
    operator.headers["Authorization"] = "Bearer wrong"
    assert operator.get(question).status_code == 401
    operator.headers["Authorization"] = key
    assert operator.delete(ADDRESS).json()["withdrawn_rows"] == 1
    assert operator.get(question).status_code == 404


def test_own_framework_with_findings_is_refused_with_each(keeper: TestClient) -> None:
    refused = _put(keeper, OWN.format("sure"), "?dry_run=true")
    assert refused.status_code == 422
    assert refused.json()["findings"][0] == {
        "row": 2,
        "column": "verification",
        "code": "unknown_verification",
        "message": "'sure' is none of official_text, transcription, secondary, weak, none.",
    }
    assert _put(keeper, OWN.format("none"), "?dry_run=true").json()["rows"] == 1
    shadow = _put(keeper, OWN, address="/api/guidelines/frameworks/DE_BBODSCHV_2021")
    assert shadow.status_code == 400
    assert _put(keeper, OWN, "?visibility=members").status_code == 400
    assert keeper.delete("/api/guidelines/frameworks/DE_BBODSCHV_2021").status_code == 404
