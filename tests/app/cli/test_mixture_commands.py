"""`hotspots coexistence`, and `find` of several contaminants."""

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from app.cli.finding import stated_parameters, stated_values
from app.errors import InvalidRequest
from app.services.runtime import Runtime
from tests.app.scene import ZINC, Showcase, build

Commands = Callable[[Runtime], Callable[..., str]]
METALS = ("--contaminant", "zn", "--contaminant", "Lead", "--contaminant", "cd")
VALUES = ("--threshold", "zn=300", "--threshold", "pb=150", "--threshold", "cd=2")


def test_pairs_are_a_table_for_people_and_files_for_programs(
    command: Commands, showcase: Showcase, tmp_path: Path
) -> None:
    run = command(showcase.runtime)
    files = [tmp_path / name for name in ("pairs.csv", "matrix.svg", "places.geojson")]
    said = run(
        "coexistence", *METALS, *VALUES, "--csv", str(files[0]), "--svg", str(files[1]),
        "--places", str(files[2]), "--figure", "kendall_tau",
    )  # fmt: skip
    told = json.loads(run("coexistence", *METALS, *VALUES, "--json"))
    pair = told["pairs"][0]
    [line] = [line for line in said.splitlines() if line.startswith("zn + pb  ")]
    assert line.split()[3:6] == [str(pair["places"]), str(pair["both"]), f"{pair['jaccard']:.2f}"]
    group = next(g for g in told["groups"] if len(g["contaminants"]) == 3)
    assert f"zn + pb + cd: together at {group['together']} of {group['places']} places" in said
    rows = list(csv.DictReader(files[0].read_text(encoding="utf-8").splitlines()))
    assert [int(row["both"]) for row in rows] == [one["both"] for one in told["pairs"]]
    picture = ElementTree.fromstring(files[1].read_text(encoding="utf-8"))  # noqa: S314 - our own
    assert "Kendall" in (picture[0].text or "")
    places = json.loads(files[2].read_text(encoding="utf-8"))["features"]
    assert sum(place["properties"]["count"] == 3 for place in places) == group["together"]


def test_all_contaminants_of_find_make_one_layer(command: Commands, meuse: Runtime) -> None:
    build(meuse, replace(ZINC, contaminant="pb"))
    run = command(meuse)
    words = ("find", "--definition", "coexistence", "--contaminant", "zn", "--contaminant", "pb")
    values = ("--threshold", "Zinc=300", "--threshold", "pb=100")
    told = json.loads(run(*words, *values, "--at-least", "1", "--json"))
    assert told["is_new"]
    assert told["count"] > 0
    again = json.loads(run(*words, *values, "--parameter", "at_least=1", "--json"))
    assert again == {"layer": told["layer"], "is_new": False}


@pytest.mark.parametrize(
    ("thresholds", "surfaces", "words"),
    [
        (["300"], [], "--threshold zn=…, once for each; not '300'"),
        (["zn=1", "zn=2"], [], "once for each"),
        (["zn=much"], [], "takes a number, not 'much'"),
        ([], ["sf_1"], "--surface zn=…"),
    ],
)
def test_values_of_several_contaminants_have_a_form(
    thresholds: list[str], surfaces: list[str], words: str
) -> None:
    with pytest.raises(InvalidRequest, match=words.replace("(", r"\(")):
        stated_values("coexistence", thresholds, surfaces)


def test_values_of_one_contaminant_are_as_before() -> None:
    assert stated_values("exceedance", ["150"], ["sf_1"]) == {"threshold": 150.0, "surface": "sf_1"}
    assert stated_values("getis-ord", [], []) == {"threshold": None, "surface": None}
    with pytest.raises(InvalidRequest, match="one --threshold and one --surface"):
        stated_values("exceedance", ["1", "2"], [])
    with pytest.raises(InvalidRequest, match="at_least is stated twice"):
        stated_parameters(["at_least=2"], None, 3)


def test_values_of_several_come_together_by_contaminant() -> None:
    told: dict[str, Any] = stated_values("coexistence", ["zn=5", "pb = 6"], ["zn=sf_1"])
    assert told["contaminants"] == [
        {"contaminant": "zn", "threshold": 5.0, "surface": "sf_1"},
        {"contaminant": "pb", "threshold": 6.0},
    ]
