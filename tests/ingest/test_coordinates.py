import numpy as np
import polars as pl
import pytest

from ingest.columns import ColumnGuess
from ingest.coordinates import find_coordinates, read_places, reference_system
from ingest.errors import IngestError


def columns(*meanings: str) -> list[ColumnGuess]:
    return [ColumnGuess(i, meaning, meaning, 1.0, "") for i, meaning in enumerate(meanings)]


def places(first: list[str], second: list[str], epsg: int | None, *meanings: str):
    found = find_coordinates(columns(*meanings), epsg)
    rows = pl.Series(range(2, 2 + len(first)))
    return read_places(rows, (pl.Series(first), pl.Series(second)), ".", found)


def test_published_point_of_the_dutch_grid_is_met() -> None:
    # the origin of RD New, the tower of Amersfoort: 52°09'22.178" N 5°23'15.500" E (Bessel);
    # its WGS 84 coordinates as published by the Dutch Kadaster
    read = places(["155000"], ["463000"], 28992, "easting", "northing")
    assert read.longitude[0] == pytest.approx(5.38720621, abs=2e-5)
    assert read.latitude[0] == pytest.approx(52.15517440, abs=2e-5)
    assert read.findings == ()


def test_degrees_are_not_changed() -> None:
    read = places(["5.758123456789"], ["50.991"], None, "longitude", "latitude")
    assert (read.longitude[0], read.latitude[0]) == (5.758123456789, 50.991)


@pytest.mark.parametrize(
    ("longitude", "latitude", "code"),
    [
        ("0", "0", "null_island"),
        ("181", "50", "longitude_out_of_range"),
        ("-109", "91", "latitude_out_of_range"),
        ("33.7", "-109.1", "coordinates_swapped"),
        ("", "50", "coordinate_missing"),
        ("5°", "50", "coordinate_not_number"),
        ("nan", "50", "coordinate_not_number"),
        ("1e999", "50", "coordinate_not_number"),
    ],
)
def test_impossible_degrees_are_errors(longitude: str, latitude: str, code: str) -> None:
    read = places([longitude], [latitude], None, "longitude", "latitude")
    assert [remark.code for remark in read.findings] == [code]
    assert np.isnan(read.longitude[0])


def test_exchange_is_told_from_a_mistyped_latitude_by_the_other_places() -> None:
    read = places(["5.7", "5.8", "51.0"], ["50.9", "91", "-105.7"], None, "longitude", "latitude")
    assert [remark.code for remark in read.findings] == ["latitude_out_of_range"] * 2
    read = places(
        ["-5.7", "-105.8", "51.0"], ["50.9", "51", "-105.7"], None, "longitude", "latitude"
    )
    assert [remark.code for remark in read.findings] == ["coordinates_swapped"]


def test_place_outside_the_area_of_use_is_an_error() -> None:
    read = places(["181072", "333611"], ["333611", "0"], 28992, "easting", "northing")
    assert [(remark.row, remark.code) for remark in read.findings] == [(3, "outside_area_of_use")]
    assert read.findings[0].message.startswith(
        "The place is outside the area where EPSG:28992 (Amersfoort / RD New) is valid. "
    )


def test_numbers_beyond_any_projection_are_errors_not_crashes() -> None:
    read = places(["1e300", "-1e15"], ["1e300", "1e15"], 28992, "easting", "northing")
    assert {remark.code for remark in read.findings} == {"outside_area_of_use"}


def test_area_across_the_date_line_is_understood() -> None:
    read = places(["1000000", "3000000"], ["1000000", "3000000"], 3832, "easting", "northing")
    assert not any(remark.row == 2 for remark in read.findings)
    system = reference_system(3832)
    assert system.west > system.east
    assert system.contains(np.array([179.0, -179.0, 0.0]), np.zeros(3)).tolist() == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("epsg", [0, -1, 1, 999_999, 10_000_000, True, "28992", 4978, 5703, 7415])
def test_other_codes_are_refused(epsg: object) -> None:
    with pytest.raises(IngestError, match="not a usable reference system") as caught:
        reference_system(epsg)  # type: ignore[arg-type]
    assert caught.value.code == "crs_not_known"


def test_plane_coordinates_without_a_system_are_refused() -> None:
    with pytest.raises(IngestError, match="State its EPSG code, for example --epsg 28992"):
        find_coordinates(columns("easting", "northing"), None)


def test_degrees_of_another_datum_need_their_system() -> None:
    header = [
        ColumnGuess(0, "LATITUDE (NAD27)", "latitude", 1.0, ""),
        ColumnGuess(1, "LONGITUDE (NAD27)", "longitude", 1.0, ""),
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
