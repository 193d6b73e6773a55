import pytest

from ingest.contaminants import CERTAIN, ContaminantIndex
from ingest.more_names import MORE_NAMES
from ingest.registries import Registries
from ingest.units import UnitIndex


@pytest.fixture(scope="module")
def index(registries: Registries) -> ContaminantIndex:
    return ContaminantIndex(registries.contaminants, UnitIndex(registries.units))


@pytest.mark.parametrize(
    ("header", "code", "unit"),
    [
        ("zinc (mg/kg)", "zn", "mg/kg"),
        ("Pb_ppm", "pb", "ppm"),
        ("lead [µg/g]", "pb", "µg/g"),
        ("Cd", "cd", None),
        ("Hg_ng_g", "hg", "ng_g"),
        ("As_mg_kg", "as", "mg_kg"),
        ("Blei [mg/kg]", "pb", "mg/kg"),
        ("Свинец, мг/кг", "pb", "мг/кг"),
        ("铅(mg/kg)", "pb", "mg/kg"),
        ("Plomb mg/kg", "pb", "mg/kg"),
        ("Cr(VI) mg/kg", "cr6", "mg/kg"),
        ("Cr (VI)", "cr6", None),
        ("chromium", "cr", None),
        ("Cr_tot_mgkg", "cr", "mgkg"),
        ("total Pb mg/kg TS", "pb", "mg/kg TS"),
        ("Lead (Pb)", "pb", None),
        ("Mercury (7439-97-6)", "hg", None),
        ("7440-43-9", "cd", None),
        ("p,p'-DDT (ng/g)", "ddt", "ng/g"),
        ("Benzo(a)pyrene µg kg-1", "benzo_a_pyrene", "µg kg-1"),
        ("C10-C40 (mg/kg ds)", "tph_c10_c40", "mg/kg ds"),
        ("V mg/kg", "v", "mg/kg"),
        ("Xylenes (mg/kg)", "xylenes", "mg/kg"),
        ("Pb (strange)", "pb", "strange"),
        ("Pb mg/l", "pb", "mg/l"),
    ],
)
def test_headers_are_understood(
    index: ContaminantIndex, header: str, code: str, unit: str | None
) -> None:
    match = index.read_header(header)
    assert match is not None
    assert (match.contaminant.code, match.unit) == (code, unit)
    assert match.confidence >= 0.6


@pytest.mark.parametrize("header", ["V", "b", "F", "u", "ACE", "Tri"])
def test_short_names_without_a_unit_are_doubtful(index: ContaminantIndex, header: str) -> None:
    match = index.read_header(header)
    assert match is None or len(header) == 3 or match.confidence < 0.6


@pytest.mark.parametrize(
    "header", ["dist.m", "om", "lime", "soil", "id", "ffreq", "pH", "C14H10", "clay %"]
)
def test_other_headers_are_no_contaminants(index: ContaminantIndex, header: str) -> None:
    assert index.read_header(header) is None


@pytest.mark.parametrize(
    ("header", "extraction"),
    [
        ("Pb (XRF) [mg/kg]", "XRF"),
        ("Zn_AR_mg/kg", "aqua regia"),
        ("Zn (aqua regia)", "aqua regia"),
        ("Pb_ppm", None),
    ],
)
def test_extraction_in_the_header_is_kept(
    index: ContaminantIndex, header: str, extraction: str | None
) -> None:
    match = index.read_header(header)
    assert match is not None
    assert match.extraction == extraction


def test_every_code_and_cas_number_finds_its_entry(
    index: ContaminantIndex, registries: Registries
) -> None:
    for entry in registries.contaminants:
        found = index.find(entry.code)
        assert found is not None
        assert found[0].code == entry.code


@pytest.mark.parametrize(
    ("header", "code", "unit", "extraction"),
    [
        ("lead, total", "pb", None, None),
        ("Pb (ppm)", "pb", "ppm", None),
        ("Pb_aqua_regia", "pb", None, "aqua regia"),
        ("Zn_HNO3", "zn", None, "HNO3"),
        ("Pb aqua regia (mg/kg)", "pb", "mg/kg", "aqua regia"),
        ("plomb", "pb", None, None),
        ("Plomo total", "pb", None, None),
        ("铅", "pb", None, None),
        ("Свинец, мг/кг", "pb", "мг/кг", None),
        ("الرصاص", "pb", None, None),
        ("Quecksilber", "hg", None, None),
        ("arsênio", "as", None, None),
        ("zinco", "zn", None, None),
        ("nichel", "ni", None, None),
        ("antimoon", "sb", None, None),
        ("7439-92-1", "pb", None, None),
    ],
)
def test_names_of_many_languages_with_what_stands_beside(
    index: ContaminantIndex, header: str, code: str, unit: str | None, extraction: str | None
) -> None:
    match = index.read_header(header)
    assert match is not None
    assert (match.contaminant.code, match.unit, match.extraction) == (code, unit, extraction)
    assert match.confidence >= CERTAIN
    assert match.reason


def test_names_of_other_languages_name_one_contaminant_only(index: ContaminantIndex) -> None:
    for code, names in MORE_NAMES.items():
        assert code in index.by_code
        for name in names.split():
            found = index.find(name)
            assert found is not None, name
            assert found[0].code == code, name
