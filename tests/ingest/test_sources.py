import pytest

from ingest.errors import IngestError
from ingest.options import ImportOptions
from ingest.pipeline import read_sources
from ingest.records import SOURCE_SCHEMA
from ingest.registries import Registries
from tests.ingest.conftest import DATA, ReadSources

HEAD = "name,type,lon,lat,accuracy,contaminants,year_from,year_to,url\n"


def test_own_file_is_read_exactly(registries: Registries) -> None:
    read = read_sources(DATA / "sources.csv", ImportOptions(), registries)
    assert dict(read.sources.schema) == SOURCE_SCHEMA
    assert (read.counts.read, read.counts.accepted, read.counts.skipped) == (3, 2, 1)
    smelter = read.sources.row(0, named=True)
    assert smelter == {
        "row_number": 2,
        "name": "Old Smelter",
        "type": "nonferrous_smelter",
        "natural_key": "oldsmelter@5.75,50.97",
        "longitude": 5.75,
        "latitude": 50.97,
        "original_easting": "5.75",
        "original_northing": "50.97",
        "original_epsg": 4326,
        "geometry": None,
        "positional_accuracy_m": 100.0,
        "position_source": None,
        "contaminants": ["zn", "pb", "cd"],
        "operating_from": 1892,
        "operating_to": 1973,
        "citation": "Doe, 1990",
        "source_url": "https://example.org/smelter",
        "releases": None,
        "rows": 1,
    }
    tannery = read.sources.row(1, named=True)
    assert (tannery["type"], tannery["contaminants"]) == ("tannery", ["cr"])
    assert (tannery["operating_to"], tannery["source_url"]) == (None, None)


@pytest.mark.parametrize(
    ("row", "code", "sentence"),
    [
        (",tannery,5.7,50.9,10,,,,", "source_name_missing", "The source has no name."),
        ("A,spaceport,5.7,50.9,10,,,,", "source_type_unknown", 'The type "spaceport" is not in'),
        ("A,,5.7,50.9,10,,,,", "source_type_unknown", 'The type "" is not in the list'),
        ("A,tannery,5.7,50.9,0,,,,", "accuracy_invalid", 'accuracy "0" is not a number of metres'),
        ("A,tannery,5.7,50.9,far,,,,", "accuracy_invalid", 'accuracy "far" is not a number'),
        ("A,tannery,5.7,50.9,10,Zn;kryptonite,,,", "contaminant_unknown", '"kryptonite" is not a'),
        ("A,tannery,5.7,50.9,10,,19,,", "year_invalid", 'The year "19" is not a year'),
        ("A,tannery,5.7,50.9,10,,2999,,", "year_invalid", 'The year "2999" is not a year'),
        ("A,tannery,5.7,50.9,10,,1990,1980,", "years_reversed", "ends (1980) before it begins"),
        ("A,tannery,5.7,50.9,10,,,,javascript:alert(1)", "url_invalid", "is not a web address"),
        ("A,tannery,5.7,95,10,,,,", "latitude_out_of_range", 'The latitude "95" is outside'),
        ("A,tannery,5.7,50.9,10,,,", "row_too_short", "The row has 8 cells, the header 9."),
    ],
)
def test_bad_rows_are_quarantined(
    sources_of: ReadSources, row: str, code: str, sentence: str
) -> None:
    read = sources_of(HEAD + "Good,tannery,5.71,50.91,10,,,,\n" + row + "\n")
    assert (read.counts.accepted, read.counts.quarantined) == (1, 1)
    reason = read.quarantined[0].reasons[0]
    assert reason.code == code
    assert sentence in reason.message


def test_missing_accuracy_is_a_warning(sources_of: ReadSources) -> None:
    read = sources_of(HEAD + "A,tannery,5.7,50.9,,,,,\n")
    assert read.counts.accepted == 1
    assert read.finding_counts["accuracy_missing"] == 1


def test_contradicting_sources_are_both_quarantined(sources_of: ReadSources) -> None:
    read = sources_of(
        HEAD
        + "A,tannery,5.7,50.9,10,,,,\nA,landfill,5.7,50.9,10,,,,\n"
        "a,tannery,5.7,50.9,20,,,,\n".replace("landfill", "ash_pond")
    )
    assert read.counts.accepted == 0
    assert read.counts.quarantined == 3


def test_projected_sources_are_transformed(sources_of: ReadSources) -> None:
    read = sources_of("name,type,easting,northing\nA,tannery,155000,463000\n", epsg=28992)
    assert read.sources["longitude"][0] == pytest.approx(5.3872, abs=1e-4)


def test_type_is_required(sources_of: ReadSources) -> None:
    with pytest.raises(IngestError, match="No column was recognised for type") as caught:
        sources_of("name,lon,lat\nA,5.7,50.9\n")
    assert caught.value.code == "source_columns_missing"
