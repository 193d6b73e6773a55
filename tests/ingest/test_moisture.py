import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.moisture import dry_share
from tests.ingest.conftest import ReadSamples


@given(st.floats(0, 99.9))
def test_dry_share_is_what_is_left_of_the_wet_mass(percent: float) -> None:
    share = dry_share(pl.Series([repr(percent)]), ".", None)[0]
    assert share == pytest.approx(1 - percent / 100, abs=1e-12)


@pytest.mark.parametrize("text", ["100", "-1", "250", "wet", "nan"])
def test_impossible_water_is_none(text: str) -> None:
    assert dry_share(pl.Series([text]), ".", 10.0).to_list() == [None]


def test_wet_column_becomes_dry_by_the_moisture_of_each_row(samples_of: ReadSamples) -> None:
    head = "lon,lat,lead (mg/kg ww),zinc (mg/kg),moisture (%)\n"
    read = samples_of(head + "5.75,50.95,8,8,20\n5.76,50.95,<3,3,25 %\n5.77,50.95,1,1,\n")
    lead = read.results.filter(pl.col("contaminant") == "pb")
    assert lead["value"].to_list() == [10.0, None]
    assert lead["detection_limit"].to_list() == [None, 4.0]
    assert lead["basis"].to_list() == ["dry", "dry"]
    assert lead["conversion_factor"].to_list() == [1.25, 1 / 0.75]
    zinc = read.results.filter(pl.col("contaminant") == "zn")
    assert zinc["value"].to_list() == [8.0, 3.0]
    assert [row.reasons[0].code for row in read.quarantined] == ["moisture_missing"]


def test_stated_moisture_serves_where_the_file_has_none(samples_of: ReadSamples) -> None:
    content = "lon,lat,lead (mg/kg ww),zinc (mg/kg)\n5.75,50.95,8,8\n"
    read = samples_of(content, moisture_percent=20.0)
    assert read.results["value"].to_list() == [10.0, 8.0]
    without = samples_of(content)
    assert without.results["contaminant"].to_list() == ["zn"]
    assert without.finding_counts["unit_not_content"] == 1


def test_wet_unit_of_a_row_needs_its_water(samples_of: ReadSamples) -> None:
    head = "lon,lat,lead,unit,moisture\n"
    rows = ("5.75,50.95,8,mg/kg ww,20", "5.76,50.95,8,mg/kg,", "5.77,50.95,8,mg/kg ww,")
    read = samples_of(head + "\n".join(rows) + "\n")
    assert read.results["value"].to_list() == [10.0, 8.0]
    assert [row.reasons[0].code for row in read.quarantined] == ["moisture_missing"]
