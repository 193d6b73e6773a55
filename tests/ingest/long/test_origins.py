"""What an export tells of the file before it is taken over, and what says nothing is not."""

import pytest

from ingest.errors import IngestError
from tests.ingest.conftest import ReadSamples

HEADER = (
    "sample,longitude,latitude,epsg,contaminant,value,unit,censoring,detection_limit,limit_kind,"
    "qualifier,original_text,original_unit,conversion_factor\n"
)


def test_origin_is_that_of_the_first_file_where_it_is_told(samples_of: ReadSamples) -> None:
    read = samples_of(
        HEADER
        + "A,5.1,50.1,4326,pb,0.3,mg/kg,none,,,<,300,ug/kg,0.001\n"
        + "A,5.1,50.1,4326,zn,7,mg/kg,none,,,,,,\n"
        + "A,5.1,50.1,4326,cd,,mg/kg,left,,,,,,\n"
        + "A,5.1,50.1,4326,cu,,mg/kg,right,900,upper reporting,N,>0.09,%,10000\n"
    )
    assert read.description["mapping"] == "soil-hotspots-results"
    columns = ("original_text", "original_unit", "conversion_factor")
    assert read.results.select(columns).rows() == [
        ("300", "ug/kg", 0.001),
        ("7", "mg/kg", 1.0),
        ("left", "mg/kg", 1.0),
        (">0.09", "%", 10000.0),
    ]
    said = ("value", "censoring", "detection_limit", "limit_kind", "qualifier")
    assert read.results.select(said).rows() == [
        (0.3, "none", None, None, "<"),
        (7.0, "none", None, None, None),
        (None, "left", None, None, None),
        (None, "right", 900.0, "reporting", "N"),
    ]


@pytest.mark.parametrize("factor", ["much", "-1", "0", "1e999"])
def test_impossible_factor_is_a_fault_of_its_row(samples_of: ReadSamples, factor: str) -> None:
    read = samples_of(
        HEADER
        + f"A,5.1,50.1,4326,pb,0.3,mg/kg,none,,,,300,ug/kg,{factor}\n"
        + "A,5.1,50.1,4326,zn,7,mg/kg,none,,,,7,mg/kg,1\n"
    )
    assert read.results["contaminant"].to_list() == ["zn"]
    [row] = read.quarantined
    assert [(found.code, found.column) for found in row.reasons] == [
        ("value_not_number", "conversion_factor")
    ]


def test_side_that_is_none_refuses_the_file(samples_of: ReadSamples) -> None:
    with pytest.raises(IngestError) as refused:
        samples_of(HEADER + "A,5.1,50.1,4326,pb,0.3,mg/kg,below,,,,300,ug/kg,0.001\n")
    assert (refused.value.code, refused.value.column) == ("qualifier_unclear", "censoring")
