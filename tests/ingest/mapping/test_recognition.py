import pytest

from ingest.mapping.model import Mapping
from ingest.mapping.recognition import column_key, place_columns, recognise

OWN = Mapping(
    "own",
    required=("Probe", "Wert (mg/kg)"),
    columns={"Probe": "sample_code", "Wert (mg/kg)": "value"},
)


@pytest.mark.parametrize(
    ("written", "other"),
    [
        ("ActivityLocation/LatitudeMeasure", "ActivityLocation.LatitudeMeasure"),
        ("FACILITY NAME", "4. FACILITY NAME"),
        ("FACILITY NAME", "12.FACILITY NAME"),
        ("5.5.1 - LANDFILLS", "49. 5.5.1 - LANDFILLS"),
        ("CAS#", "37. CAS #"),
        ("Länge", " LANGE "),
    ],
)
def test_spellings_of_one_name_are_one(written: str, other: str) -> None:
    assert column_key(written) == column_key(other)


def test_numbers_that_belong_to_the_name_stay() -> None:
    assert column_key("5.5.1 - LANDFILLS") != column_key("1 - LANDFILLS")
    assert column_key("2013") == "2013"
    assert column_key("#") == "#"


def test_names_that_differ_only_in_case_are_told_apart_or_not_found() -> None:
    assert place_columns(["Co", "CO"], ["CO", "co"]) == {"CO": 1, "co": None}


def test_the_same_columns_find_their_mapping_again() -> None:
    assert [match.mapping.name for match in recognise(["wert mg/kg", "PROBE"], [OWN])] == ["own"]
    assert recognise(["PROBE", "Einheit"], [OWN]) == []


def test_the_mapping_that_knows_more_comes_first() -> None:
    wide = Mapping("more", required=("Probe", "Wert (mg/kg)", "Tiefe"))
    found = recognise(["Probe", "Wert (mg/kg)", "Tiefe"], [OWN, wide])
    assert [match.mapping.name for match in found] == ["more", "own"]
    assert found[0].confidence > found[1].confidence
    assert found[0].reason == "has all 3 columns of more"


def test_a_mapping_without_required_columns_never_fits_by_itself() -> None:
    assert recognise(["Probe"], [Mapping("any", columns={"Probe": "sample_code"})]) == []


def test_one_prefix_per_file() -> None:
    survey = Mapping("survey", required=("LabID", "SiteID"), prefixes=("Top5_", "A_", "C_"))
    (found,) = recognise(["A_LabID", "SiteID", "A_As"], [survey])
    assert found.prefix == "A_"
    assert recognise(["LabID", "SiteID"], [survey]) == []
