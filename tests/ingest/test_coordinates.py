import pytest

from ingest.columns import ColumnGuess
from ingest.coordinates import find_coordinates
from ingest.errors import IngestError
from ingest.reference_systems import reference_system


def columns(*meanings: str) -> list[ColumnGuess]:
    return [ColumnGuess(i, meaning, meaning, 1.0, "") for i, meaning in enumerate(meanings)]


@pytest.mark.parametrize("epsg", [0, -1, 1, 999_999, 10_000_000, True, "28992", 4978, 5703, 7415])
def test_other_codes_are_refused(epsg: object) -> None:
    with pytest.raises(IngestError, match="not a usable reference system") as caught:
        reference_system(epsg)  # type: ignore[arg-type]
    assert caught.value.code == "crs_not_known"


def test_plane_coordinates_without_a_system_are_refused() -> None:
    with pytest.raises(IngestError, match="State its EPSG code, for example --epsg 28992"):
        find_coordinates(columns("easting", "northing"), None)


@pytest.mark.parametrize(
    ("suffix", "epsg"), [("NAD27", 4267), ("NAD 83", 4269), ("ED50", 4230), ("ETRS89", 4258)]
)
def test_datum_in_the_header_is_the_reference_system(suffix: str, epsg: int) -> None:
    header = [
        ColumnGuess(0, f"LATITUDE ({suffix})", "latitude", 1.0, ""),
        ColumnGuess(1, f"LONGITUDE ({suffix})", "longitude", 1.0, ""),
    ]
    found = find_coordinates(header, None)
    assert found.system.epsg == epsg
    assert [remark.code for remark in found.findings] == ["crs_from_header"]
    assert find_coordinates(header, 4326).system.epsg == 4326


@pytest.mark.parametrize("suffix", ["Pulkovo 1942", "SK-42", "GCJ-02"])
def test_datums_of_several_systems_need_their_code(suffix: str) -> None:
    header = [
        ColumnGuess(0, f"latitude {suffix}", "latitude", 1.0, ""),
        ColumnGuess(1, f"longitude {suffix}", "longitude", 1.0, ""),
    ]
    with pytest.raises(IngestError) as caught:
        find_coordinates(header, None)
    assert caught.value.code == "crs_unknown"


def test_degrees_with_a_projected_system_are_refused() -> None:
    with pytest.raises(IngestError, match="named as degrees but EPSG:28992"):
        find_coordinates(columns("longitude", "latitude"), 28992)


def test_both_kinds_of_columns_the_system_decides() -> None:
    header = columns("longitude", "latitude", "easting", "northing")
    assert find_coordinates(header, None).first.meaning == "longitude"
    assert find_coordinates(header, 28992).first.meaning == "easting"
    assert find_coordinates(header, 4258).first.meaning == "longitude"


@pytest.mark.parametrize("meanings", [(), ("longitude",), ("longitude", "northing")])
def test_missing_columns_are_refused(meanings: tuple[str, ...]) -> None:
    with pytest.raises(IngestError, match="No columns for the coordinates were recognised"):
        find_coordinates(columns(*meanings), 4326)
