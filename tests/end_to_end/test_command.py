"""The command beside a running service: both use the same database and disturb nobody."""

import json
from pathlib import Path
from typing import Any

import geopandas
import httpx2
import pytest
import rasterio
from rio_cogeo import cog_validate

from tests.end_to_end.service import Service, run_command

MEMBER = {
    "kind": "organisation",
    "name": "Laboratory of the Lower Meuse",
    "email": "hello@example.org",
    "city": "Maastricht",
    "country": "NL",
    "consent": True,
}


def _run(workshop: Service, *words: str, code: int = 0) -> Any:
    done = run_command(*words, "--data", str(workshop.folder))
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def _json(workshop: Service, *words: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(_run(workshop, *words, "--json").stdout)
    return answer


@pytest.mark.parametrize("suffix", ["geojson", "gpkg", "fgb"])
def test_samples_are_exported_for_gis(workshop: Service, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"samples.{suffix}"
    assert _json(workshop, "export", "samples", str(out))["count"] == 155
    # Beside its layer a GeoPackage holds the styles, and readers want to be told which is meant.
    frame = geopandas.read_file(out, layer="samples" if suffix == "gpkg" else None)
    assert len(frame) == 155
    assert frame.crs.to_epsg() == 4326
    assert set(frame.geom_type) == {"Point"}
    licence = json.loads((tmp_path / f"samples.{suffix}.licence.json").read_text())
    assert any("Rikken" in entry["citation"] for entry in licence["datasets"])
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [out.name, f"{out.name}.licence.json"]
    )


def test_hotspots_are_exported_as_a_table(workshop: Service, tmp_path: Path) -> None:
    out = tmp_path / "hotspots.csv"
    count = _json(workshop, "export", "hotspots", str(out))["count"]
    lines = out.read_text(encoding="utf-8").splitlines()
    assert len(lines) == count + 1
    assert "reason_code" in lines[0]
    assert "POLYGON" in lines[1]


def test_a_surface_is_exported_as_a_cog(workshop: Service, tmp_path: Path) -> None:
    surface = workshop.json("/api/surfaces", contaminant="zn")["surfaces"][0]["id"]
    out = tmp_path / "zinc.tif"
    _run(workshop, "export", surface, str(out))
    assert cog_validate(out, strict=True, quiet=True) == (True, [], [])
    with rasterio.open(out) as dataset:
        assert dataset.profile["interleave"] == "band"
        assert dataset.count == 4
    done = _run(workshop, "export", surface, str(tmp_path / "zinc.gpkg"), code=1)
    assert ".tif" in done.stderr


def test_an_unknown_layer_or_format_is_a_sentence(workshop: Service, tmp_path: Path) -> None:
    done = _run(workshop, "export", "wells", str(tmp_path / "a.geojson"), code=1)
    for name in ("samples", "results", "sources", "hotspots", "members", "boundaries"):
        assert name in done.stderr
    done = _run(workshop, "export", "samples", str(tmp_path / "a.doc"), code=1)
    assert ".gpkg" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_same_work_is_found_again(workshop: Service) -> None:
    layer = workshop.json("/api/hotspots", contaminant="zn")["layers"][0]
    words = ("find", "--contaminant", "Zink", "--guideline", layer["guideline"]["id"])
    again = _json(workshop, *words, "--q", "0.9", "--extraction-note", layer["extraction_note"])
    assert again == {"layer": layer["id"], "is_new": False}


def test_a_guideline_of_another_extraction_asks_for_a_reason(workshop: Service) -> None:
    done = _run(
        workshop, "find", "--contaminant", "zn", "--guideline", "DE_BBODSCHV_2021-0815", code=1
    )
    assert "extraction_note" in done.stderr
    assert "aqua regia" in done.stderr


def test_a_dry_run_says_what_a_surface_would_cost(workshop: Service) -> None:
    order = ("surface", "build", "--contaminant", "copper", "--dataset", "meuse-floodplain")
    answer = _json(workshop, *order, "--cell-size", "40", "--dry-run")
    assert answer["is_allowed"]
    assert answer["cells"] > 1_000
    refused = _json(workshop, *order, "--cell-size", "0.2", "--dry-run")
    assert refused["suggested_cell_size"] > 0.2


def test_inverse_distance_has_a_surface_and_no_probability(workshop: Service) -> None:
    answer = _json(
        workshop,
        *("surface", "build", "--contaminant", "copper", "--dataset", "meuse-floodplain"),
        *("--method", "inverse_distance", "--cell-size", "80"),
    )
    surface = workshop.json(f"/api/surfaces/{answer['surface']}")
    assert surface["family"] == "none"
    assert "probability" not in surface["tiles"]
    refused = workshop.get(
        f"/api/surfaces/{answer['surface']}/value", lon=5.73, lat=50.96, threshold=9
    )
    assert refused.status_code == 422
    assert "ordinary_kriging" in refused.json()["detail"]
    done = _run(
        workshop,
        *("find", "--contaminant", "cu", "--surface", answer["surface"], "--threshold", "40"),
        code=1,
    )
    assert "uncertainty" in done.stderr


def test_a_member_is_shown_once_approved(workshop: Service) -> None:
    answer = httpx2.post(f"{workshop.address}/api/members", json=MEMBER)
    assert answer.status_code == 201, answer.text
    member = answer.json()["id"]
    assert workshop.json("/api/collections/members/items")["features"] == []
    listed = _json(workshop, "member", "list", "--status", "pending")["members"]
    assert [entry["id"] for entry in listed] == [member]
    _run(workshop, "member", "approve", member)
    [shown] = workshop.json("/api/collections/members/items")["features"]
    assert shown["properties"]["name"] == MEMBER["name"]
    assert shown["properties"]["city"] == "Maastricht"
    assert "example.org" not in json.dumps(shown)
    assert shown["geometry"]["coordinates"] == pytest.approx([5.69, 50.85], abs=0.02)
    _run(workshop, "member", "reject", member)
    assert workshop.json("/api/collections/members/items")["features"] == []


def test_seeding_again_changes_nothing(workshop: Service) -> None:
    assert set(_json(workshop, "seed")["changed"].values()) == {0}


def test_wrong_words_are_usage(workshop: Service) -> None:
    _run(workshop, "find", code=2)


def test_an_upload_over_http_is_loaded_by_the_worker(workshop: Service) -> None:
    answer = httpx2.post(
        f"{workshop.address}/api/imports",
        headers={"Authorization": f"Bearer {workshop.key}"},
        data={"dataset": "uploaded", "epsg": "28992", "load": "true"},
        files={"file": ("lab.csv", b"x,y,lead (mg/kg)\n181072,333611,299\n181025,333558,a\n")},
    )
    assert answer.status_code == 202, answer.text
    job = workshop.wait_for_job(answer.json()["job"]["id"])
    assert job["status"] == "succeeded", job
    assert job["result"] == {"import": answer.json()["import"]["id"]}
    path = f"/api/imports/{job['result']['import']}"
    assert workshop.as_operator(path).json()["rows"] == {
        "read": 2,
        "loaded": 1,
        "unchanged": 0,
        "quarantined": 1,
        "skipped": 0,
    }
    assert workshop.get(path).status_code == 401
    report = workshop.as_operator(path).json()
    assert report["report"]["finding_counts"]["value_not_number"] == 1
    quarantine = workshop.as_operator(f"{path}/quarantine.csv").text.splitlines()
    assert quarantine[0] == "x,y,lead (mg/kg),row,reasons"
    assert quarantine[1].startswith("181025,333558,a,3,")
    # A data set is private unless its owner says otherwise.
    assert workshop.json("/api/collections/samples/items", limit=10_000)["numberReturned"] == 155


def test_surface_and_hotspots_ordered_over_http(workshop: Service) -> None:
    key = {"Authorization": f"Bearer {workshop.key}"}
    order = {"contaminant": "Pb", "datasets": ["meuse-floodplain"], "cell_size": 100}
    answer = httpx2.post(f"{workshop.address}/api/surfaces", headers=key, json=order)
    assert answer.status_code == 202, answer.text
    job = workshop.wait_for_job(answer.json()["job"]["id"])
    assert job["status"] == "succeeded", job
    order = {"contaminant": "Pb", "surface": job["result"]["surface"], "threshold": 200, "q": 0.5}
    answer = httpx2.post(f"{workshop.address}/api/hotspots", headers=key, json=order)
    job = workshop.wait_for_job(answer.json()["job"]["id"])
    assert job["status"] == "succeeded", job
    layer = workshop.json(f"/api/hotspots/{job['result']['layer']}")
    assert layer["threshold"] == 200
    assert layer["guideline"] is None
    assert layer["count"] == job["result"]["count"]


def test_guideline_value_is_resolved_and_a_framework_of_ones_own_used(
    workshop: Service, tmp_path: Path
) -> None:
    frameworks = _json(workshop, "guideline", "list")["frameworks"]
    assert len(frameworks) >= 32
    place = ["--country", "CN", "--land-use", "agricultural", "--crop", "paddy", "--ph", "6.5"]
    answer = _json(workshop, "guideline", "resolve", "--contaminant", "cd", *place)
    assert (answer["status"], answer["value"]) == ("chosen", 0.4)
    told = _run(workshop, "guideline", "resolve", "--contaminant", "cd", *place[:4]).stdout
    assert "state crop (paddy; other)" in told
    assert "state ph (pH <= 5.5" in told

    file = tmp_path / "valley.csv"
    header = "id,contaminant,land_use,tier,value,unit,legal_name,verification,checked_in\n"
    row = "1,Zinc,any,screening,{},mg/kg,Decree of the valley,official_text,the decree\n"
    file.write_text(header + row.format("90,5"), encoding="utf-8")
    name = ["--framework", "OWN_VALLEY"]
    refused = _run(workshop, "guideline", "load", str(file), *name, code=1)
    assert "row 2" in refused.stderr
    file.write_text(header + row.format("ninety"), encoding="utf-8")
    refused = _run(workshop, "guideline", "load", str(file), *name, code=1)
    assert "row 2, value: Write digits with a decimal point" in refused.stderr
    file.write_text(header + row.format("90"), encoding="utf-8")
    assert _json(workshop, "guideline", "load", str(file), *name, "--dry-run")["rows"] == 1
    loaded = _json(workshop, "guideline", "load", str(file), *name)
    assert (loaded["version"], loaded["visibility"]) == (1, "private")
    listed = _run(workshop, "guideline", "list", *name).stdout
    assert "OWN_VALLEY-1" in listed
    assert workshop.get("/api/guidelines", framework="OWN_VALLEY").status_code == 404
    made = _json(workshop, "find", "--contaminant", "zn", *name)
    assert made["is_new"]
    assert workshop.get(f"/api/hotspots/{made['layer']}").status_code == 404
    told = _run(workshop, "guideline", "withdraw", "OWN_VALLEY").stdout
    assert "OWN_VALLEY was withdrawn, 1 values of it." in told
    gone = _run(workshop, "find", "--contaminant", "zn", *name, code=1)
    assert "There is no framework 'OWN_VALLEY'" in gone.stderr


def test_background_is_a_threshold(workshop: Service) -> None:
    made = _json(workshop, "find", "--contaminant", "zn", "--background", "p90")
    threshold = workshop.json(f"/api/hotspots/{made['layer']}")["card"]["threshold"]
    assert (threshold["kind"], threshold["background"]["n"]) == ("background", 155)
    words = ["--contaminant", "zn", "--background", "p90", "--reference-bbox", "a,b"]
    assert "west,south,east,north" in _run(workshop, "find", *words, code=2).stderr
