"""The value that applies under every framework's conditions; figures retyped from the texts."""

from dataclasses import replace
from typing import Any

import pytest

from app.services.guidelines import Guideline, Place, resolve
from app.services.guidelines.resolver import legal_force
from tests.app.services.guidelines.registry_rows import answer, registry, soil_types

FARM: dict[str, Any] = {"framework": "CN_GB15618_2018", "land_use": "agricultural"}
LOAM: dict[str, Any] = {"framework": "DE_BBODSCHV_2021", "organic_carbon": 2.0, "tier": "threshold"}
HOME = {"land_use": "residential"}
JUST_ABOVE = 1e-9

# Framework, contaminant, what is known, the value that applies.
CHOSEN: list[tuple[str, dict[str, Any], float]] = [
    # GB 15618-2018 table 1: pH <= 5.5, 5.5 < pH <= 6.5, 6.5 < pH <= 7.5, pH > 7.5.
    *(
        ("cd", FARM | {"crop": "paddy", "ph": ph}, value)
        for ph, value in [
            (3.0, 0.3),
            (5.5, 0.3),
            (5.5 + JUST_ABOVE, 0.4),
            (6.5, 0.4),
            (6.5 + JUST_ABOVE, 0.6),
            (7.5, 0.6),
            (7.5 + JUST_ABOVE, 0.8),
            (14.0, 0.8),
        ]
    ),
    *(
        ("cd", FARM | {"crop": crop, "ph": ph}, value)
        for crop in ("wheat", "orchard", "other")  # what table 1 calls other
        for ph, value in [(5.5, 0.3), (6.5, 0.3), (7.5, 0.3), (7.5 + JUST_ABOVE, 0.6)]
    ),
    # Copper: orchards, and everything else, paddy among it.
    ("cu", FARM | {"crop": "orchard", "ph": 6.5}, 150.0),
    ("cu", FARM | {"crop": "orchard", "ph": 6.6}, 200.0),
    ("cu", FARM | {"crop": "paddy", "ph": 6.5}, 50.0),
    ("cu", FARM | {"crop": "paddy", "ph": 6.6}, 100.0),
    # Zinc does not ask for the crop.
    *(("zn", FARM | {"ph": ph}, v) for ph, v in [(5.5, 200.0), (6.5, 200.0), (7.5, 250.0)]),
    ("zn", FARM | {"ph": 7.6}, 300.0),
    # Table 3, intervention values.
    *(
        ("cd", FARM | {"tier": "intervention", "ph": ph}, value)
        for ph, value in [(5.5, 1.5), (6.5, 2.0), (7.5, 3.0), (7.51, 4.0)]
    ),
    ("benzo_a_pyrene", FARM, 0.55),
    # GB 36600-2018: class 1 and class 2 land; no class for farm land.
    ("as", {"framework": "CN_GB36600_2018", "land_use": "parkland"}, 20.0),
    ("as", {"framework": "CN_GB36600_2018", "land_use": "industrial"}, 60.0),
    ("as", {"framework": "CN_GB36600_2018", "land_use": "industrial", "tier": "intervention"}, 140),
    # BBodSchV 2021, Anlage 1 table 1: clay takes loam's value below pH 6 (lead: 5), loam sand's.
    *(
        ("zn", LOAM | {"soil_texture": texture, "ph": ph}, value)
        for texture, ph, value in [
            ("clay", 6.0, 200.0),
            ("clay", 5.99, 150.0),
            ("loam", 6.0, 150.0),
            ("silt", 5.99, 60.0),
            ("loam/silt", 7.0, 150.0),
            ("sand", 4.0, 60.0),
            ("sand", None, 60.0),
        ]
    ),
    ("cd", LOAM | {"soil_texture": "clay", "ph": 5.9}, 1.0),
    ("pb", LOAM | {"soil_texture": "clay", "ph": 5.0}, 100.0),
    ("pb", LOAM | {"soil_texture": "clay", "ph": 4.9}, 70.0),
    ("cu", LOAM | {"soil_texture": "clay"}, 60.0),  # no step for copper
    # The classes of organic carbon: up to 4 %, above 4 to 9 %.
    ("benzo_a_pyrene", LOAM | {"organic_carbon": 4.0}, 0.3),
    ("benzo_a_pyrene", LOAM | {"organic_carbon": 4.01}, 0.5),
    ("benzo_a_pyrene", LOAM | {"organic_carbon": 9.0}, 0.5),
    # Organic matter stands in for carbon with the factor 1.724: 8 % is 4.64 % carbon.
    ("benzo_a_pyrene", LOAM | {"organic_carbon": None, "organic_matter": 8.0}, 0.5),
    ("pb", {"framework": "DE_BBODSCHV_2021", **HOME, "receptor": "playgrounds"}, 200.0),
    ("pb", {"framework": "DE_BBODSCHV_2021", **HOME, "receptor": "residential areas"}, 400.0),
    ("pb", {"framework": "DE_BBODSCHV_2021", "land_use": "commercial"}, 2000.0),
    *(
        (
            "cd",
            {
                "framework": "DE_BBODSCHV_2021",
                "land_use": "agricultural",
                "tier": "intervention",
                "crop": "grassland",
                "ph": ph,
            },
            value,
        )
        for ph, value in [(5.0, 20.0), (4.99, 15.0)]
    ),
    *(
        (
            "cd",
            {
                "framework": "DE_BBODSCHV_2021",
                "land_use": "agricultural",
                "tier": "intervention",
                "crop": crop,
            },
            value,
        )
        for crop, value in [("arable", 0.1), ("garden", 0.1), ("bread wheat", 0.04)]
    ),
    # 86/278/EEC: 6 <= pH <= 7, a range of which the member state fixes one value.
    *(
        (
            "cd",
            {
                "framework": "EU_86_278_EEC",
                "land_use": "agricultural",
                "ph": ph,
                "range_end": end,
            },
            value,
        )
        for ph, end, value in [(6.0, "lower", 1.0), (7.0, "upper", 3.0)]
    ),
    # The Netherlands: 140 mg/kg zinc of the standard soil; (50 + 3 L + 1.5 H) / 140 of it.
    (
        "zn",
        {"country": "NL", "land_use": "agricultural", "clay": 25.0, "organic_matter": 10.0},
        140.0,
    ),
    (
        "zn",
        {"country": "NL", "land_use": "agricultural", "clay": 10.0, "organic_matter": 4.0},
        86.0,
    ),
    (
        "zn",
        {"country": "NL", "land_use": "agricultural", "clay": 0.0, "organic_matter": 1.0},
        59.0,
    ),
    ("sb", {"country": "NL", "land_use": "agricultural"}, 4.0),  # not corrected
    # CCME: texture and depth for benzene-like rows; nickel's superseded 50 is passed over.
    ("ni", {"framework": "CA_CCME_CSQG", **HOME, "accept_unverified": True}, 45.0),
    *(
        (
            "ethylbenzene",
            {
                "framework": "CA_CCME_CSQG",
                "soil_texture": texture,
                "depth_upper_cm": upper,
                "depth_lower_cm": lower,
            },
            value,
        )
        for texture, upper, lower, value in [
            ("coarse", 0.0, 150.0, 0.082),
            ("fine", 0.0, 30.0, 0.018),
            ("fine", 150.0, 200.0, 0.018),
        ]
    ),
    (
        "pfos",
        {"framework": "AU_PFAS_NEMP_2020", "land_use": "any", "receptor": "ecological indirect"},
        0.01,
    ),
    *(
        ("pb", {"framework": "NO_TA2553_2009", **known}, value)
        for known, value in [
            ({"land_use": "any", "tier": "threshold"}, 60.0),
            ({**HOME, "depth_upper_cm": 0.0, "depth_lower_cm": 100.0}, 100.0),
            ({"land_use": "commercial", "depth_upper_cm": 20.0, "depth_lower_cm": 30.0}, 300.0),
            ({"land_use": "industrial", "tier": "intervention"}, 700.0),
        ]
    ),
    ("pb", {"framework": "ZA_NEMWA_GN331_2014", "receptor": "SSV1"}, 20.0),
    ("pb", {"framework": "NL_SRC_2013", "clay": 25.0, "organic_matter": 10.0}, 530.0),
    ("pb", {"framework": "SE_NV_2022", "land_use": "agricultural"}, 50.0),
    ("pb", {"framework": "SE_NV_2022", "land_use": "commercial"}, 180.0),
    ("pb", {"framework": "BR_CONAMA_420_2009", "land_use": "any"}, 72.0),
    ("pb", {"framework": "IT_DM46_2019", "land_use": "agricultural"}, 100.0),
    (
        "pb",
        {
            "framework": "QUOTED_FAO_WHO_2001",
            "land_use": "agricultural",
            "accept_not_in_force": True,
        },
        100.0,
    ),
    # Others.
    ("cd", {"framework": "AT_VBG_BODEN", "land_use": "agricultural", "tier": "threshold"}, 0.5),
    ("pb", {"framework": "AU_NEPM_2013_HIL", **HOME, "receptor": "HIL A"}, 300.0),
    ("pb", {"framework": "AU_NEPM_2013_HIL", "land_use": "parkland"}, 600.0),
    ("pb", {"framework": "US_EPA_RSL", **HOME}, 200.0),
    ("pb", {"framework": "US_EPA_ECOSSL", "receptor": "birds"}, 11.0),
    ("pb", {"framework": "US_EPA_ECOSSL", "receptor": "plants"}, 120.0),
    ("cu", {"framework": "JP_FARM", "land_use": "agricultural", "crop": "paddy"}, 125.0),
    ("pb", {"framework": "JP_SCCA"}, 150.0),
    ("pb", {"framework": "KR_SECA", "land_use": "parkland"}, 200.0),
    ("pb", {"framework": "KR_SECA", "land_use": "commercial"}, 400.0),
    ("pb", {"framework": "KR_SECA", "land_use": "industrial", "tier": "intervention"}, 2100.0),
    ("pb", {"framework": "IT_DLGS152_2006", "land_use": "parkland"}, 100.0),
    ("pb", {"framework": "IT_DLGS152_2006", "land_use": "commercial"}, 1000.0),
    ("pb", {"framework": "FR_ARRETE_1998", "land_use": "agricultural"}, 100.0),
    ("pb", {"framework": "SE_SNFS_SLUDGE", "land_use": "agricultural"}, 40.0),
    ("pb", {"framework": "DK_MST", **HOME}, 40.0),
    ("pb", {"framework": "DK_MST", **HOME, "tier": "intervention"}, 400.0),
    ("cd", {"framework": "CH_VBBO_1998", **HOME, "receptor": "direct soil uptake"}, 10.0),
    ("cd", {"framework": "CH_VBBO_1998", **HOME, "receptor": "none"}, 2.0),
    (
        "zn",
        {"framework": "CH_VBBO_1998", "tier": "background", "extraction": "0.1 M NaNO3"},
        0.5,
    ),
    ("zn", {"framework": "CH_VBBO_1998", "tier": "background", "extraction": "2 M HNO3"}, 150.0),
    # Not verified, so only where they are accepted.
    *(
        ("pb", {"framework": "PL_2016_1395", "accept_unverified": True, **DEPTH, **known}, value)
        for DEPTH in [{"depth_upper_cm": 0.0, "depth_lower_cm": 25.0}]
        for known, value in [
            ({"land_use": "residential"}, 200.0),
            ({"land_use": "agricultural", "soil_texture": "II-1"}, 100.0),
            ({"land_use": "agricultural", "soil_texture": "II-2 (medium soils)"}, 250.0),
            ({"land_use": "agricultural", "soil_texture": "II-3"}, 500.0),
            ({"land_use": "any", "crop": "forest"}, 500.0),
            ({"land_use": "industrial"}, 600.0),
        ]
    ),
    (
        "pb",
        {
            "framework": "FI_214_2007",
            "land_use": "commercial",
            "tier": "screening",
            "accept_unverified": True,
        },
        200.0,
    ),
    (
        "pb",
        {"framework": "UK_C4SL_2014", "land_use": "commercial", "accept_unverified": True},
        2330.0,
    ),
    (
        "cd",
        {"framework": "UK_SGV_2009", "land_use": "agricultural", "accept_unverified": True},
        1.8,
    ),
]


@pytest.mark.parametrize(("contaminant", "known", "value"), CHOSEN)
def test_value_of_the_place_applies(contaminant: str, known: dict[str, Any], value: float) -> None:
    found = answer(contaminant, **known)
    assert found.status == "chosen", found.sentence
    assert found.value == pytest.approx(value, rel=1e-12)
    assert found.row is not None
    assert found.candidates[0].code == "chosen"
    assert found.row.framework in found.sentence


# What is known too little of, and the parameter that is asked for.
UNDECIDED: list[tuple[str, dict[str, Any], str, str]] = [
    ("cd", FARM | {"ph": 6.0}, "crop", "paddy"),
    ("cd", FARM | {"crop": "paddy"}, "ph", "5.5 < pH <= 6.5"),
    ("zn", FARM, "ph", "pH <= 5.5"),
    ("zn", LOAM, "soil_texture", "loam/silt"),
    ("zn", LOAM | {"soil_texture": "clay"}, "ph", "below 6, or not"),
    ("benzo_a_pyrene", LOAM | {"organic_carbon": None}, "organic_carbon", "TOC<=4 %"),
    ("pb", {"framework": "DE_BBODSCHV_2021", **HOME}, "receptor", "human, direct contact; playgr"),
    ("cd", {"framework": "EU_86_278_EEC", **HOME | {"land_use": "agricultural"}}, "ph", "6 <= pH"),
    (
        "cd",
        {"framework": "EU_86_278_EEC", "land_use": "agricultural", "ph": 6.5},
        "range_end",
        "lower: 1",
    ),
    ("zn", {"country": "NL", **HOME}, "clay", "standard soil"),
    ("zn", {"country": "NL", **HOME, "clay": 5.0}, "organic_matter", "standard soil"),
    ("pb", {"country": "US", **HOME}, "framework", "US_EPA_RSL"),
    ("pb", {"framework": "US_EPA_ECOSSL"}, "receptor", "birds"),
    ("pb", {"framework": "KR_SECA"}, "land_use", "commercial"),
    ("zn", {"framework": "CH_VBBO_1998", "tier": "background"}, "extraction", "0.1 M NaNO3"),
    ("cu", {"framework": "JP_FARM", "land_use": "agricultural"}, "crop", "paddy"),
    (
        "pb",
        {"framework": "PL_2016_1395", **HOME, "accept_unverified": True},
        "depth_upper_cm",
        "0-25",
    ),
]


@pytest.mark.parametrize(("contaminant", "known", "parameter", "option"), UNDECIDED)
def test_what_is_not_known_is_asked_for(
    contaminant: str, known: dict[str, Any], parameter: str, option: str
) -> None:
    found = answer(contaminant, **known)
    assert (found.status, found.value, found.row) == ("undecided", None, None)
    assert parameter in [need.parameter for need in found.needs]
    options = [text for need in found.needs if need.parameter == parameter for text in need.options]
    assert any(option in text for text in options), options
    assert f"state {found.needs[0].parameter}" in found.sentence
    assert all(candidate.sentence for candidate in found.candidates)


NONE: list[tuple[str, dict[str, Any], str, str]] = [
    ("cd", {"framework": "CN_GB36600_2018", "land_use": "agricultural"}, "land_use", "values for"),
    (
        "cd",
        {"framework": "EU_86_278_EEC", "land_use": "agricultural", "ph": 5.99},
        "ph",
        "excluded",
    ),
    ("cd", {"framework": "EU_86_278_EEC", "land_use": "agricultural", "ph": 7.01}, "ph", "by ph"),
    ("cu", {"framework": "JP_FARM", "land_use": "agricultural", "crop": "wheat"}, "crop", "crop"),
    ("benzo_a_pyrene", LOAM | {"organic_carbon": 9.1}, "organic_carbon", "excluded"),
    ("cd", {"framework": "QUOTED_WHO_1996"}, "quoted", "accept_not_in_force"),
    ("cd", {"country": "IN", "land_use": "agricultural"}, "quoted", "accept_not_in_force"),
    (
        "pb",
        {"framework": "PL_2016_1395", "land_use": "industrial"},
        "unverified",
        "accept_unverified",
    ),
    ("zn", FARM | {"ph": 6.0, "extraction": "1 M HCl"}, "extraction", "by extraction"),
]


@pytest.mark.parametrize(("contaminant", "known", "code", "words"), NONE)
def test_nothing_applies_and_the_reason_is_said(
    contaminant: str, known: dict[str, Any], code: str, words: str
) -> None:
    found = answer(contaminant, **known)
    assert (found.status, found.value) == ("none", None)
    assert code in {candidate.code for candidate in found.candidates}
    assert words in found.sentence


def test_every_framework_is_tried() -> None:
    named = {known.get("framework") for _, known, *_ in (*CHOSEN, *UNDECIDED, *NONE)}
    named |= {"NL_RBK", "IN_AWASHTHI_2000"}  # by their country
    assert {row.framework for row in registry()} - named == set()


def _everything_known(row: Guideline) -> dict[str, Any]:
    return {"framework": row.framework, "tier": row.tier, "land_use": row.land_uses[0]}


def test_every_candidate_of_every_framework_has_a_reason() -> None:
    by_contaminant: dict[tuple[str, str], list[Guideline]] = {}
    for row in registry():
        by_contaminant.setdefault((row.framework, row.contaminant), []).append(row)
    for rows in by_contaminant.values():
        place = Place(**_everything_known(rows[-1]))
        found = resolve(rows, place, soil_types())
        assert sorted(c.row.id for c in found.candidates) == sorted(row.id for row in rows)
        assert all(len(c.sentence) > 5 for c in found.candidates)
        if found.row is not None:
            assert found.row.verified
            assert place.tier == found.row.tier


def test_land_use_of_its_own_goes_before_any() -> None:
    found = answer("pb", framework="ZA_NEMWA_GN331_2014", land_use="industrial",
                   accept_unverified=True)  # fmt: skip
    assert found.row is not None
    assert found.row.land_use == "commercial;industrial"
    codes = {c.row.receptor: c.code for c in found.candidates}
    assert codes["SSV1"] == "less_specific"
    fallen_back = answer("pb", framework="JP_SCCA", land_use="industrial")
    assert fallen_back.row is not None
    assert ("land_use_any", "it holds for any land use") in fallen_back.facts


def test_falling_back_says_that_a_value_of_the_land_use_is_not_verified() -> None:
    found = answer("pb", framework="ZA_NEMWA_GN331_2014", land_use="industrial")
    assert found.value == 20.0
    assert "ZA_NEMWA_GN331_2014-1837" in dict(found.caveats)["unverified_land_use"]


def test_tier_not_named_is_said_with_the_others() -> None:
    found = answer("cd", **FARM, crop="paddy", ph=6.0)
    assert "no tier was named, so screening is taken; intervention could be named" in found.sentence
    assert {c.code for c in found.candidates} >= {"chosen", "other_tier", "ph", "crop"}


def test_unverified_value_is_taken_only_with_its_caveat() -> None:
    found = answer("pb", framework="UK_C4SL_2014", land_use="commercial", accept_unverified=True)
    assert "unverified" in dict(found.caveats)


def test_value_out_of_force_is_taken_only_when_named() -> None:
    assert answer("pb", framework="NL_SRC_2013", clay=25.0, organic_matter=10.0).value == 530.0
    found = answer("pb", country="NL", land_use="any", clay=25.0, organic_matter=10.0)
    assert "historic" in {c.code for c in found.candidates}
    quoted = answer("cd", framework="QUOTED_WHO_1996", accept_not_in_force=True)
    assert quoted.value == 0.8
    assert "status" in dict(quoted.caveats)


@pytest.mark.parametrize(
    ("status", "force"),
    [
        ("current (amended Dz.U. 2024 poz. 1657)", "in_force"),
        (None, "in_force"),
        ("check current list", "doubtful"),
        ("historic (Environment and Planning Act since 2024)", "historic"),
        ("withdrawn as guidance, still quoted", "historic"),
        ("superseded", "superseded"),
        ("quoted, origin not found", "quoted"),
    ],
)
def test_status_says_the_legal_force(status: str | None, force: str) -> None:
    assert legal_force(status) == force


def test_two_equal_rows_are_told_apart_by_their_id() -> None:
    row = next(row for row in registry() if row.framework == "JP_SCCA")
    rows = [row, replace(row, id="TWIN")]
    found = resolve(rows, Place(framework="JP_SCCA"), soil_types())
    assert [need.parameter for need in found.needs] == ["guideline"]
    assert found.needs[0].options == (row.id, "TWIN")


def test_answer_as_json_holds_value_reasons_and_candidates() -> None:
    shown = answer("pb", framework="JP_SCCA").to_json()
    assert (shown["status"], shown["value"], shown["unit"]) == ("chosen", 150.0, "mg/kg")
    assert shown["guideline"] == shown["candidates"][0]["id"]
    assert shown["citation"]
    undecided = answer("zn", country="NL", land_use="residential").to_json()
    assert [need["parameter"] for need in undecided["needs"]] == ["clay", "organic_matter"]
