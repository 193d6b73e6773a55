"""Rows outside the stated country, and what brings them back, on towns made up for the purpose."""

import numpy as np
import polars as pl
import pytest

from ingest.columns import ColumnGuess
from ingest.coordinates import find_coordinates
from ingest.countries import Country, Towns
from ingest.findings import FindingLog
from ingest.options import ImportOptions
from ingest.places import PlaceReader, Places
from ingest.readers.contract import ROW, cell_column
from ingest.registries import Registries
from ingest.repairs import Repairs
from tests.ingest.conftest import ReadSamples, ReadSources

# AA lies around 10 degrees west and 40 south; everywhere else are towns of BB
_HOME = [(lon, lat) for lon in (-12.0, -10.0, -8.0) for lat in (-42.0, -40.0, -38.0)]
_AWAY = [
    (float(lon), float(lat))
    for lon in range(-180, 180, 10)
    for lat in range(-80, 90, 10)
    if (lon, lat) != (-10, -40)
]
ROWS = [(-11.0, -41.0), (-9.5, -40.5), (-9.0, -39.0), (-10.5, -39.5), (-8.5, -41.5), (-10.0, -40.0)]


def towns() -> Towns:
    longitude, latitude = np.array(_HOME + _AWAY).T
    return Towns(np.array(["AA"] * len(_HOME) + ["BB"] * len(_AWAY)), longitude, latitude)


def read(
    rows: list[tuple[float, float]],
    *accept: str,
    meanings: tuple[str, str] = ("longitude", "latitude"),
    epsg: int = 4326,
    country: Country | None = None,
) -> tuple[Places, list[str]]:
    log = FindingLog()
    columns = [ColumnGuess(i, meaning, meaning, 1.0, "") for i, meaning in enumerate(meanings)]
    repairs = Repairs(frozenset(accept), log)
    reader = PlaceReader(
        find_coordinates(columns, epsg), ".", repairs, country=country or Country("AA", towns())
    )
    cells = {cell_column(i): [str(row[i]) for row in rows] for i in (0, 1)}
    places = reader.read(pl.DataFrame({ROW: range(2, 2 + len(rows)), **cells}))
    return places, [remark.code for remark in log.findings]


def pairs(places: Places) -> list[tuple[float, float]]:
    return list(zip(places.longitude.to_list(), places.latitude.to_list(), strict=True))


def test_places_in_the_country_are_not_remarked_on() -> None:
    places, codes = read(ROWS)
    assert codes == []
    assert pairs(places) == ROWS


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ((-40.5, -9.5), "outside_country_swapped"),
        ((9.5, -40.5), "outside_country_sign"),
        ((-9.5, 40.5), "outside_country_sign"),
        ((9.5, 40.5), "outside_country_sign"),
    ],
)
def test_one_row_outside_is_repaired_only_when_accepted(
    place: tuple[float, float], code: str
) -> None:
    places, codes = read([*ROWS, place])
    assert codes == [code]
    assert pairs(places)[-1] == place
    places, codes = read([*ROWS, place], code)
    assert codes == ["repair_applied"]
    assert pairs(places) == [*ROWS, (-9.5, -40.5)]
    assert [text.to_list()[-1] for text in places.original] == [str(place[0]), str(place[1])]


def test_a_place_that_no_repair_brings_back_is_told_once_and_kept() -> None:
    places, codes = read([*ROWS, (5.5, 52.0)])
    assert codes == ["outside_country"]  # and not also as far away from the others
    assert pairs(places)[-1] == (5.5, 52.0)


@pytest.mark.parametrize(
    ("wrong", "code", "row_code"),
    [
        (lambda lon, lat: (lat, lon), "country_file_swapped", "outside_country_swapped"),
        (lambda lon, lat: (-lon, lat), "country_file_sign_lost", "outside_country_sign"),
        (lambda lon, lat: (-lon, -lat), "country_file_sign_lost", "outside_country_sign"),
    ],
    ids=["exchanged", "one sign", "both signs"],
)
def test_most_rows_wrong_the_same_way_is_a_suggestion_for_the_file(
    wrong: object, code: str, row_code: str
) -> None:
    rows = [wrong(*row) for row in ROWS]  # type: ignore[operator]
    places, codes = read(rows)
    assert codes == [code, *[row_code] * len(rows)]
    assert pairs(places) == rows
    places, codes = read(rows, code)
    assert codes == ["repair_applied"]
    assert pairs(places) == ROWS


def test_half_of_the_rows_are_not_enough_for_the_whole_file() -> None:
    rows = [*ROWS[:3], *((lat, lon) for lon, lat in ROWS[3:])]
    assert read(rows)[1] == ["outside_country_swapped"] * 3


def test_accepted_for_the_file_holds_in_later_blocks_too() -> None:
    log = FindingLog()
    named = [
        ColumnGuess(0, "lon", "longitude", 1.0, ""),
        ColumnGuess(1, "lat", "latitude", 1.0, ""),
    ]
    repairs = Repairs(frozenset({"country_file_swapped"}), log)
    reader = PlaceReader(
        find_coordinates(named, 4326), ".", repairs, country=Country("AA", towns())
    )
    for rows in ([(lat, lon) for lon, lat in ROWS], [(-40.25, -9.75)]):
        cells = {cell_column(i): [str(row[i]) for row in rows] for i in (0, 1)}
        places = reader.read(pl.DataFrame({ROW: range(2, 2 + len(rows)), **cells}))
    assert pairs(places) == [(-9.75, -40.25)]


def test_impossible_latitude_is_an_exchange_where_the_country_says_so() -> None:
    # (100, 20) exchanged has a latitude of 100 degrees; no other row is there to tell
    far = Towns(np.array(["CC", "BB"]), np.array([100.0, 100.0]), np.array([20.0, 50.0]))
    log = FindingLog()
    columns = [
        ColumnGuess(0, "lon", "longitude", 1.0, ""),
        ColumnGuess(1, "lat", "latitude", 1.0, ""),
    ]
    repairs = Repairs(frozenset(), log)
    reader = PlaceReader(find_coordinates(columns, 4326), ".", repairs, country=Country("CC", far))
    frame = pl.DataFrame(
        {ROW: [2, 3], cell_column(0): ["20.1", "50"], cell_column(1): ["100.1"] * 2}
    )
    reader.read(frame)
    said = {(remark.row, remark.code) for remark in log.findings}
    assert said == {(2, "coordinates_swapped"), (3, "latitude_out_of_range")}


def test_exchanged_metres_are_found_by_the_country() -> None:
    # Amersfoort in the Dutch grid is (155000, 463000): 5.387, 52.155
    plane = ("easting", "northing")
    rows = [(463000.0 + n, 155000.0) for n in range(6)]
    near = Towns(np.array(["NL", "DE"]), np.array([5.4, 9.4]), np.array([52.2, 49.4]))
    country = Country("NL", near)
    assert read(rows, meanings=plane, epsg=28992, country=country)[1][0] == "country_file_swapped"
    accept = "country_file_swapped"
    places, codes = read(rows, accept, meanings=plane, epsg=28992, country=country)
    assert codes == ["repair_applied"]
    assert places.longitude[0] == pytest.approx(5.387, abs=0.001)
    assert places.latitude[0] == pytest.approx(52.155, abs=0.001)


def test_the_option_reaches_the_reading_and_unknown_codes_are_refused(
    samples_of: ReadSamples, registries: Registries
) -> None:
    assert ImportOptions(country="NL").country == "NL"
    with pytest.raises(ValueError, match="no towns"):  # these registries were made without
        samples_of("lon,lat,zinc (mg/kg)\n5,51,1\n", country="NL")
    assert registries.towns is None


def test_shapes_are_not_held_against_a_country_and_it_is_said(sources_of: ReadSources) -> None:
    text = 'name,type,geometry,accuracy\n"Weir",brownfield,"LINESTRING (5 51, 5.1 51.1)",50\n'
    read = sources_of(text, epsg=4326, country="NL")
    assert read.finding_counts["country_not_checked"] == 1
