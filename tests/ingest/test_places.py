from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest

from ingest.columns import ColumnGuess
from ingest.coordinates import find_coordinates
from ingest.errors import IngestError
from ingest.findings import FindingLog
from ingest.places import PlaceReader
from ingest.readers.contract import ROW, cell_column
from ingest.reference_systems import reference_system
from ingest.repairs import Repairs


@dataclass
class Read:
    longitude: list[float]
    latitude: list[float]
    original: tuple[list[str], list[str]]
    log: FindingLog


def columns(*meanings: str) -> list[ColumnGuess]:
    return [ColumnGuess(i, meaning, meaning, 1.0, "") for i, meaning in enumerate(meanings)]


def places(
    first: list[str],
    second: list[str],
    epsg: int | None,
    *meanings: str,
    accept: frozenset[str] = frozenset(),
) -> Read:
    log = FindingLog()
    found = find_coordinates(columns(*meanings), epsg)
    reader = PlaceReader(found, ".", Repairs(accept, log), first)
    cells = dict(zip(map(cell_column, range(len(meanings))), (first, second), strict=False))
    read = reader.read(pl.DataFrame({ROW: range(2, 2 + len(first)), **cells}))
    texts = (read.original[0].to_list(), read.original[1].to_list())
    return Read(read.longitude.to_list(), read.latitude.to_list(), texts, log)


def codes(read: Read) -> list[str]:
    return [remark.code for remark in read.log.findings]


def test_published_point_of_the_dutch_grid_is_met() -> None:
    # the origin of RD New, the tower of Amersfoort: 52°09'22.178" N 5°23'15.500" E (Bessel);
    # its WGS 84 coordinates as published by the Dutch Kadaster
    read = places(["155000"], ["463000"], 28992, "easting", "northing")
    assert read.longitude[0] == pytest.approx(5.38720621, abs=2e-5)
    assert read.latitude[0] == pytest.approx(52.15517440, abs=2e-5)
    assert codes(read) == []


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
        ("5°61'", "50", "coordinate_not_number"),
        ("nan", "50", "coordinate_not_number"),
        ("1e999", "50", "coordinate_not_number"),
    ],
)
def test_impossible_degrees_are_errors(longitude: str, latitude: str, code: str) -> None:
    read = places([longitude], [latitude], None, "longitude", "latitude")
    assert codes(read) == [code]
    assert np.isnan(read.longitude[0])


def test_exchange_is_told_from_a_mistyped_latitude_by_the_other_places() -> None:
    read = places(["5.7", "5.8", "51.0"], ["50.9", "91", "-105.7"], None, "longitude", "latitude")
    assert codes(read) == ["latitude_out_of_range"] * 2
    read = places(
        ["-5.7", "-105.8", "51.0"], ["50.9", "51", "-105.7"], None, "longitude", "latitude"
    )
    assert codes(read) == ["coordinates_swapped"]


def test_place_outside_the_area_of_use_is_an_error() -> None:
    read = places(["181072", "333611"], ["333611", "0"], 28992, "easting", "northing")
    remarks = read.log.findings
    assert [(remark.row, remark.code) for remark in remarks] == [(3, "outside_area_of_use")]
    assert remarks[0].message.startswith(
        "The place is outside the area where EPSG:28992 (Amersfoort / RD New) is valid. "
    )


def test_numbers_beyond_any_projection_are_errors_not_crashes() -> None:
    read = places(["1e300", "-1e15"], ["1e300", "1e15"], 28992, "easting", "northing")
    assert set(codes(read)) == {"outside_area_of_use"}


def test_area_across_the_date_line_is_understood() -> None:
    read = places(["1000000", "3000000"], ["1000000", "3000000"], 3832, "easting", "northing")
    assert not any(remark.row == 2 for remark in read.log.findings)
    system = reference_system(3832)
    assert system.west > system.east
    assert system.contains(np.array([179.0, -179.0, 0.0]), np.zeros(3)).tolist() == [
        True,
        True,
        False,
    ]


FIVE = (["5.71", "5.72", "5.73", "5.74", "5.75"], ["50.9", "50.91", "50.92", "50.93", "50.94"])


def beside_five(longitude: str, latitude: str, *accept: str) -> Read:
    return places(
        [*FIVE[0], longitude],
        [*FIVE[1], latitude],
        4326,
        "longitude",
        "latitude",
        accept=frozenset(accept),
    )


@pytest.mark.parametrize(
    ("longitude", "latitude", "code"),
    [
        ("50.9", "5.71", "coordinates_maybe_swapped"),
        ("-5.71", "50.9", "coordinate_sign_lost"),
        ("5.71", "-50.9", "coordinate_sign_lost"),
    ],
)
def test_suspicion_changes_nothing_until_it_is_accepted(
    longitude: str, latitude: str, code: str
) -> None:
    read = beside_five(longitude, latitude)
    assert codes(read) == [code]
    assert read.log.findings[0].severity == "warning"
    assert read.log.findings[0].repair
    assert (read.longitude[5], read.latitude[5]) == (float(longitude), float(latitude))
    repaired = beside_five(longitude, latitude, code)
    assert codes(repaired) == ["repair_applied"]
    assert (repaired.longitude[5], repaired.latitude[5]) == (5.71, 50.9)
    assert (repaired.original[0][5], repaired.original[1][5]) == (longitude, latitude)
    assert repaired.longitude[:5] == read.longitude[:5]


def test_impossible_latitude_is_exchanged_when_accepted() -> None:
    rows = (["-105.7", "-105.8", "51.0"], ["50.9", "51", "-105.7"])
    accept = frozenset({"coordinates_swapped"})
    read = places(*rows, 4326, "longitude", "latitude", accept=accept)
    assert codes(read) == ["repair_applied"]
    assert read.log.row_errors == {}
    assert (read.longitude[2], read.latitude[2]) == (-105.7, 51.0)


def test_null_island_is_kept_only_when_accepted() -> None:
    accept = frozenset({"null_island"})
    read = places(["0"], ["0"], 4326, "longitude", "latitude", accept=accept)
    assert codes(read) == ["repair_applied"]
    assert (read.longitude, read.latitude) == ([0.0], [0.0])


def test_a_place_far_away_is_pointed_at() -> None:
    read = beside_five("100", "10")
    assert codes(read) == ["place_far_away"]
    assert read.longitude[5] == 100.0


def test_codes_without_a_repair_cannot_be_accepted() -> None:
    with pytest.raises(IngestError, match="value_zero") as caught:
        Repairs(frozenset({"value_zero"}), FindingLog())
    assert caught.value.code == "option_invalid"


def test_degrees_minutes_and_hemispheres_in_two_columns() -> None:
    read = places(
        ["109°09'59.40\"W", "5 30 E"], ["36°27'09.36\"N", "50.5"], 4326, "longitude", "latitude"
    )
    assert read.longitude == [-109.1665, 5.5]
    assert read.latitude == [36.4526, 50.5]


def test_a_hemisphere_in_the_wrong_column_is_an_error() -> None:
    read = places(["36°27'N"], ["109°10'W"], 4326, "longitude", "latitude")
    assert codes(read) == ["coordinate_not_number"] * 2


def test_plane_coordinates_are_not_read_as_degrees() -> None:
    read = places(["155 000"], ["463°30'"], 28992, "easting", "northing")
    assert codes(read) == ["coordinate_not_number"] * 2


def pair(cells: list[str], name: str = "coordinates") -> Read:
    log = FindingLog()
    found = find_coordinates([ColumnGuess(0, name, "coordinates", 1.0, "")], 4326)
    reader = PlaceReader(found, ".", Repairs(frozenset(), log), cells)
    read = reader.read(pl.DataFrame({ROW: range(2, 2 + len(cells)), cell_column(0): cells}))
    texts = (read.original[0].to_list(), read.original[1].to_list())
    return Read(read.longitude.to_list(), read.latitude.to_list(), texts, log)


@pytest.mark.parametrize(
    ("cells", "name", "code"),
    [
        (["36°30'N 109°15'W"], "place", "coordinate_order_found"),
        (["36.5, -109.25"], "place", "coordinate_order_found"),
        (["-109.25, 36.5"], "place", "coordinate_order_found"),
        (["36.5, -9.25"], "lat/lon", "coordinate_order_found"),
        (["-9.25, 36.5"], "lonlat", "coordinate_order_found"),
        (["36.5, -9.25"], "place", "coordinate_order_assumed"),
    ],
)
def test_both_coordinates_in_one_column(cells: list[str], name: str, code: str) -> None:
    read = pair(cells, name)
    assert codes(read) == [code]
    assert read.latitude == [36.5]
    assert read.longitude[0] in {-109.25, -9.25}


def test_contradictory_orders_in_one_column_are_refused() -> None:
    with pytest.raises(IngestError) as caught:
        pair(["36.5, -109.25", "-109.25, 36.5"])
    assert caught.value.code == "coordinate_order_unclear"


def test_a_cell_that_is_no_pair_is_an_error_of_its_row() -> None:
    read = pair(["36.5, -109.25", "by the well", ""])
    assert [remark.row for remark in read.log.findings if remark.severity == "error"] == [
        3,
        3,
        4,
        4,
    ]
    assert np.isnan(read.longitude[1])


def test_metres_labelled_as_degrees_are_told_once_and_refused_row_by_row() -> None:
    # web map coordinates of places in the Netherlands, labelled EPSG:4326
    read = places(
        ["600000", "601000", "5.7"], ["6800000", "6801000", "50.9"], 4326, "longitude", "latitude"
    )
    assert codes(read).count("coordinates_not_degrees") == 1
    assert list(read.log.row_errors) == [2, 3]
    assert read.longitude[2] == 5.7
