"""Conditions that the built-in frameworks do not use, and users' own may."""

from dataclasses import replace

import pytest

from app.services.guidelines import Guideline, Place
from app.services.guidelines.conditions import judge

ROW = Guideline("A", "OWN", "zn", "any", "screening", 100.0, "mg/kg", True, "official_text")
PLACE = Place(framework="OWN")


def _state(row: Guideline, place: Place) -> str:
    states = {verdict.state for verdict in judge(row, place, [row])}
    return next(state for state in ("excluded", "undecided", "fits") if state in states)


def test_row_without_conditions_fits_everywhere() -> None:
    assert _state(ROW, PLACE) == "fits"


@pytest.mark.parametrize(
    ("clay", "at", "expected"),
    [
        ("<=25", 25.0, "fits"),
        ("<=25", 25.1, "excluded"),
        ("<25", 25.0, "excluded"),
        (">25", 25.0, "excluded"),
        (">=25", 25.0, "fits"),
        ("10-25", 10.0, "excluded"),
        ("10-25", 10.1, "fits"),
        ("10-25", 25.0, "fits"),
        ("10-25", None, "undecided"),
    ],
)
def test_clay_is_held_against_its_rule(clay: str, at: float | None, expected: str) -> None:
    assert _state(replace(ROW, clay_pct=clay), replace(PLACE, clay=at)) == expected


def test_organic_matter_may_be_given_as_carbon_and_the_other_way() -> None:
    matter = replace(ROW, om_or_toc_pct="OM<=10")
    assert _state(matter, replace(PLACE, organic_carbon=5.8)) == "fits"  # 9.9992 %
    assert _state(matter, replace(PLACE, organic_carbon=5.81)) == "excluded"
    assert _state(matter, PLACE) == "undecided"
    assert _state(replace(ROW, om_or_toc_pct="<=3"), replace(PLACE, organic_matter=3.0)) == "fits"


@pytest.mark.parametrize(
    ("depth", "upper", "lower", "expected"),
    [
        ("0-30", 0.0, 30.0, "fits"),
        ("0-30", 0.0, 31.0, "excluded"),
        (">150", 150.0, 200.0, "fits"),
        (">150", 149.0, 200.0, "excluded"),
        ("0-30", None, 20.0, "undecided"),
        ("0-30", 0.0, None, "undecided"),
    ],
)
def test_depth_must_lie_inside(
    depth: str, upper: float | None, lower: float | None, expected: str
) -> None:
    place = replace(PLACE, depth_upper_cm=upper, depth_lower_cm=lower)
    assert _state(replace(ROW, depth_cm=depth), place) == expected


def test_region_excludes_another_and_lets_an_unknown_pass() -> None:
    row = replace(ROW, region="Vorarlberg")
    assert _state(row, PLACE) == _state(row, replace(PLACE, region="vorarlberg")) == "fits"
    assert _state(row, replace(PLACE, region="Tirol")) == "excluded"


def test_extraction_of_another_family_excludes() -> None:
    row = replace(ROW, basis="aqua regia")
    assert _state(row, replace(PLACE, extraction="aqua regia")) == "fits"
    assert _state(row, replace(PLACE, extraction="CaCl2")) == "excluded"
    assert _state(row, PLACE) == "fits"
