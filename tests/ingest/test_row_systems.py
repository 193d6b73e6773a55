import pytest

from ingest.row_systems import RowSystems
from tests.ingest.conftest import ReadSamples


@pytest.mark.parametrize(
    ("epsg", "zone", "hemisphere", "datum", "code"),
    [
        ("32612", "", "", "", 32612),
        ("EPSG:28992", "", "", "", 28992),
        ("28992.0", "", "", "", 28992),
        ("", "12R", "", "", 32612),
        ("", "12N", "", "NAD27", 26712),
        ("", "zone 32", "N", "ED50", 23032),
        ("", "33", "north", "ETRS89", 25833),
        ("", "23K", "", "", 32723),
        ("", "19 South", "", "WGS 84", 32719),
        ("", "55", "S", "GDA94", 28355),
        ("", "UTM 33 N", "", "", 32633),
        # S is a hemisphere to some and a band of the north to others
        ("", "12S", "", "", None),
        ("", "12S", "N", "", 32612),
        ("", "12", "", "", None),
        ("", "61N", "", "", None),
        ("", "12N", "", "Old Datum", None),
        # x and y of a row may be degrees, where it says so
        ("4326", "", "", "", 4326),
        ("99999", "", "", "", None),
        ("x", "12N", "", "", None),
        ("", "", "", "", None),
    ],
)
def test_rows_of_plane_coordinates(
    epsg: str, zone: str, hemisphere: str, datum: str, code: int | None
) -> None:
    assert RowSystems({}, is_degrees=False).find(epsg, zone, hemisphere, datum) == code


@pytest.mark.parametrize(
    ("datum", "code"),
    [("NAD27", 4267), ("WGS84", 4326), ("North American Datum 1983", 4269), ("OTHER", None)],
)
def test_rows_of_degrees(datum: str, code: int | None) -> None:
    assert RowSystems({}, is_degrees=True).find("", "", "", datum) == code


def test_zones_of_rows_lead_to_one_place(samples_of: ReadSamples) -> None:
    # the meridian between zones 32 and 33 lies at 12 degrees east: one place in both, from the
    # formulas of UTM as implemented by PROJ (cs2cs)
    head = "easting,northing,utm_zone,zinc (mg/kg)\n"
    read = samples_of(head + "700000,5541000,32U,1\n285000,5541000,33U,2\n285000,5541000,S,3\n")
    assert read.samples["original_epsg"].to_list() == [32632, 32633]
    longitudes = read.samples["longitude"].to_list()
    assert longitudes[0] == pytest.approx(11.78, abs=0.02)
    assert longitudes[1] == pytest.approx(12.01, abs=0.02)
    assert [row.reasons[0].code for row in read.quarantined] == ["crs_unknown_in_row"]
    assert read.finding_counts["crs_transformed"] == 2
    assert read.description["epsg"] == "by row"


def test_stated_system_wins_over_rows(samples_of: ReadSamples) -> None:
    head = "easting,northing,utm_zone,zinc (mg/kg)\n"
    read = samples_of(head + "700000,5541000,32U,1\n", epsg=32633)
    assert read.samples["original_epsg"].to_list() == [32633]
