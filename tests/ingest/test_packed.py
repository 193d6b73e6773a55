"""Degrees, minutes and seconds written together; worked out by hand."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.angles import parse_angle, split_pair
from ingest.packed import have_seconds, read_packed, unpack
from tests.ingest.conftest import ReadSamples


@pytest.mark.parametrize(
    ("text", "has_seconds", "degrees"),
    [
        ("512345", True, 51 + 23 / 60 + 45 / 3600),
        ("512345.6", True, 51 + 23 / 60 + 45.6 / 3600),
        ("60530", True, 6 + 5 / 60 + 30 / 3600),
        ("0060530", True, 6 + 5 / 60 + 30 / 3600),
        ("-1091559", True, -(109 + 15 / 60 + 59 / 3600)),
        ("530", True, 5 / 60 + 30 / 3600),
        ("5123.75", False, 51 + 23.75 / 60),
        ("605", False, 6 + 5 / 60),
        ("516145", True, None),
        ("512360", True, None),
        ("5160", False, None),
        ("12345678", True, None),
        ("51.5", True, None),
        ("51,2345", True, None),
        ("", True, None),
    ],
)
def test_numbers_are_unpacked(text: str, has_seconds: bool, degrees: float | None) -> None:
    found = unpack(text, ".", has_seconds=has_seconds)
    assert (None if found is None else float(found)) == pytest.approx(degrees)


@given(st.integers(0, 89), st.integers(0, 59), st.integers(0, 59))
def test_every_latitude_comes_back(degrees: int, minutes: int, seconds: int) -> None:
    text = f"{degrees:02}{minutes:02}{seconds:02}"
    expected = pytest.approx(degrees + minutes / 60 + seconds / 3600)
    assert read_packed(pl.Series([text]), ".", has_seconds=True)[0] == expected
    letters = parse_angle(f"{text}S", ".")
    assert letters is not None
    assert (-letters.degrees, letters.axis) == (expected, "latitude")


def test_latitudes_tell_whether_there_are_seconds() -> None:
    assert have_seconds(pl.Series(["12345"]))
    assert not have_seconds(pl.Series(["1234.5", "", "x"]))


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("512345N", 51.395833333333336),
        ("N512345", 51.395833333333336),
        ("0060530E", 6.091666666666667),
        ("12345W", -123.75),
        ("1091559.4 W", -109.2665),
        ("5123.75N", 51.395833333333336),
        ("51N", 51.0),
        ("51.5N", 51.5),
    ],
)
def test_beside_a_hemisphere_digits_are_unmistakable(text: str, degrees: float) -> None:
    angle = parse_angle(text, ".")
    assert angle is not None
    assert angle.degrees == pytest.approx(degrees, abs=1e-12)


def test_pair_in_one_cell() -> None:
    assert split_pair("512345N 0060530E", ".") == ("512345N", "0060530E")


def test_columns_named_for_it_are_read_so_and_it_is_said(samples_of: ReadSamples) -> None:
    text = "lon_dms,lat_dms,zinc (mg/kg)\n60530,512345,1\n0061000,512400,2\n"
    read = samples_of(text, epsg=4326)
    assert read.samples["latitude"].to_list() == pytest.approx([51.3958333333, 51.4])
    assert read.samples["longitude"].to_list() == pytest.approx([6.0916666667, 6.1666666667])
    assert read.finding_counts["coordinates_unpacked"] == 1
    assert read.samples["original_northing"].to_list() == ["512345", "512400"]


def test_other_numbers_are_read_so_only_when_accepted(samples_of: ReadSamples) -> None:
    text = "lon,lat,zinc (mg/kg)\n60530,512345,1\n61000,512400,2\n6.2,51.4,3\n99999,512400,4\n"
    read = samples_of(text, epsg=4326)
    assert (read.samples.height, len(read.quarantined)) == (1, 3)
    assert read.finding_counts["coordinates_packed"] == 2
    read = samples_of(text, epsg=4326, accept=frozenset({"coordinates_packed"}))
    assert read.samples["latitude"].to_list() == pytest.approx([51.3958333333, 51.4, 51.4])
    assert read.samples["repairs"].to_list() == ["coordinates_packed", "coordinates_packed", None]
    assert len(read.quarantined) == 1
