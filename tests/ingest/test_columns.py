import pytest

from ingest.columns import (
    ColumnGuess,
    Stated,
    Vocabulary,
    only,
    recognise_columns,
    stated_columns,
)
from ingest.contaminants import ContaminantIndex
from ingest.errors import IngestError
from ingest.registries import Registries
from ingest.units import UnitIndex
from ingest.vocabulary import SAMPLE_MEANINGS, sample_words


@pytest.fixture(scope="module")
def vocabulary(registries: Registries) -> Vocabulary:
    contaminants = ContaminantIndex(registries.contaminants, UnitIndex(registries.units))
    return Vocabulary(sample_words(), SAMPLE_MEANINGS, contaminants)


def guess(vocabulary: Vocabulary, *header: str, **mapping: str) -> tuple[ColumnGuess, ...]:
    stated = Stated(stated_columns(header, mapping))
    return recognise_columns(header, [["1"]] * len(header), vocabulary, stated)


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("x", "easting"),
        ("Easting", "easting"),
        ("Rechtswert", "easting"),
        ("y (m)", "northing"),
        ("lon", "longitude"),
        ("Länge", "longitude"),
        ("Latitude (WGS84)", "latitude"),
        ("широта", "latitude"),
        ("纬度", "latitude"),
        ("Sample ID", "sample_code"),
        ("Standort", "site_code"),
        ("échantillon", "sample_code"),
        ("Depth_top (cm)", "depth_upper"),
        ("depth_upper_cm", "depth_upper"),
        ("Tiefe", "depth"),
        ("Date", "date"),
        ("fecha", "date"),
        ("year", "year"),
        ("unit", "unit"),
        ("Zn", "contaminant"),
        ("landuse", "unused"),
    ],
)
def test_columns_are_recognised(vocabulary: Vocabulary, name: str, meaning: str) -> None:
    column = guess(vocabulary, name)[0]
    assert column.meaning == meaning
    assert column.reason
    assert 0 <= column.confidence <= 1


def test_unit_of_a_depth_is_kept(vocabulary: Vocabulary) -> None:
    assert [column.unit for column in guess(vocabulary, "depth_top (m)", "bottom_cm")] == [
        "m",
        "cm",
    ]


def test_doubtful_symbol_is_unused_with_a_reason(vocabulary: Vocabulary) -> None:
    column = guess(vocabulary, "V")[0]
    assert (column.meaning, column.contaminant) == ("unused", None)
    assert column.reason == "its name may mean v, but is too short to be sure without a unit"


def test_column_of_text_is_no_contaminant(vocabulary: Vocabulary) -> None:
    column = recognise_columns(["co"], [["Ohio", "Iowa", ""]], vocabulary)[0]
    assert column.reason == "its name may mean co, but it holds no numbers"


def test_better_identifier_wins_over_a_mere_id(vocabulary: Vocabulary) -> None:
    columns = guess(vocabulary, "id", "sample_id")
    assert [column.meaning for column in columns] == ["unused", "sample_code"]
    assert columns[0].reason == '"sample_id" is taken for sample_code'


def test_two_columns_for_one_coordinate_are_refused(vocabulary: Vocabulary) -> None:
    with pytest.raises(IngestError, match="Several columns look like longitude: lon, longitude"):
        guess(vocabulary, "lon", "longitude")


def test_mapping_wins(vocabulary: Vocabulary) -> None:
    columns = guess(
        vocabulary,
        "lon",
        "longitude",
        "q",
        "V",
        lon="unused",
        q="contaminant:zn [ppm]",
        V="contaminant:V",
    )
    assert [column.meaning for column in columns] == [
        "unused",
        "longitude",
        "contaminant",
        "contaminant",
    ]
    assert (columns[2].contaminant, columns[2].unit) == ("zn", "ppm")
    assert (columns[3].contaminant, columns[3].unit) == ("v", None)
    assert only(columns, "longitude") is columns[1]


def test_mapping_of_an_unknown_column_is_refused(vocabulary: Vocabulary) -> None:
    with pytest.raises(IngestError, match='names the column "nope"') as caught:
        guess(vocabulary, "a", nope="easting")
    assert caught.value.code == "mapping_unknown_column"


@pytest.mark.parametrize("meaning", ["altitude", "contaminant:unobtainium", "contaminant:"])
def test_mapping_to_an_unknown_meaning_is_refused(vocabulary: Vocabulary, meaning: str) -> None:
    with pytest.raises(IngestError, match="which is not known"):
        guess(vocabulary, "a", a=meaning)


def test_a_very_long_name_is_harmless(vocabulary: Vocabulary) -> None:
    assert guess(vocabulary, "(" * 5000 + " " * 5000)[0].meaning == "unused"
