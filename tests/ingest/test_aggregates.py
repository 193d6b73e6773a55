from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from ingest.aggregates import AggregateImport
from ingest.errors import IngestError
from ingest.options import ImportOptions, Limits
from ingest.pipeline import preview, read_aggregates
from ingest.records import AGGREGATE_SCHEMA
from ingest.registries import Registries
from tests.ingest.conftest import as_file

ReadAggregates = Callable[..., AggregateImport]
HEAD = "district,analyte,n,n_nondetect,median,p95,unit\n"


@pytest.fixture
def districts_of(tmp_path: Path, registries: Registries) -> ReadAggregates:
    def read(content: str, **options: object) -> AggregateImport:
        path = as_file(tmp_path, content)
        return read_aggregates(path, ImportOptions(**options), registries)  # type: ignore[arg-type]

    return read


def faults(read: AggregateImport) -> dict[int, list[str]]:
    return {row.row_number: [reason.code for reason in row.reasons] for row in read.quarantined}


def test_a_record_is_read_whole(districts_of: ReadAggregates) -> None:
    read = districts_of(
        "area_code;area_name;analyte;n;n_nondetect;min;median (µg/kg);p90;max;mean;threshold;"
        "share_above (%);share_lower (%);share_upper (%);year;depth_upper (cm);depth_lower (cm)\n"
        "05315;Köln;Cadmium;120;14;<100;300;700;2500;410;1000;7,5;3,6;13,8;2019;0;30\n"
    )
    assert dict(read.aggregates.schema) == AGGREGATE_SCHEMA
    (row,) = read.aggregates.rows(named=True)
    assert {name: value for name, value in row.items() if value is not None} == {
        "row_number": 2,
        "natural_key": "id:05315|cd|||0.0|30.0|2019-01-01|2019-12-31|1.0",
        "area_code": "05315",
        "area_name": "Köln",
        "contaminant": "cd",
        "n": 120,
        "n_nondetect": 14,
        "detection_limit": 0.1,
        "p50": 0.3,
        "p90": 0.7,
        "maximum": 2.5,
        "mean": 0.41,
        "threshold": 1.0,
        "share_above": 0.075,
        "share_lower": pytest.approx(0.036),
        "share_upper": 0.138,
        "unit": "mg/kg",
        "basis": "unstated",
        "depth_upper_cm": 0.0,
        "depth_lower_cm": 30.0,
        "sampled_from": date(2019, 1, 1),
        "sampled_to": date(2019, 12, 31),
        "original_unit": "µg/kg",
        "conversion_factor": 0.001,
    }


def test_places_in_the_file_are_not_used(districts_of: ReadAggregates) -> None:
    read = districts_of(
        HEAD.replace("district", "lon,lat,district") + "7,51,A,Pb,5,0,20,40,mg/kg\n"
    )
    assert read.counts.accepted == 1
    assert not {"longitude", "latitude"} & set(read.aggregates.columns)
    unused = {guess.column for guess in read.columns if guess.meaning == "unused"}
    assert unused == {"lon", "lat"}


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (",Pb,5,0,20,40,mg/kg", "aggregate_area_missing"),
        ("A,Pb,0,0,20,40,mg/kg", "aggregate_count_invalid"),
        ("A,Pb,,0,20,40,mg/kg", "aggregate_count_invalid"),
        ("A,Pb,5.5,0,20,40,mg/kg", "aggregate_count_invalid"),
        ("A,Pb,5,6,20,40,mg/kg", "aggregate_count_invalid"),
        ("A,Pb,5,0,-20,40,mg/kg", "aggregate_number_invalid"),
        ("A,Pb,5,0,many,40,mg/kg", "aggregate_number_invalid"),
        ("A,Pb,5,0,50,40,mg/kg", "aggregate_disordered"),
        ("A,Pb,5,0,20,40,stone", "unit_unknown_in_row"),
        ("A,Pb,5,0,20,40,", "unit_missing_in_row"),
        ("A,Pb,5,0,20,40,mg/kg ww", "moisture_missing"),
    ],
)
def test_bad_rows_are_quarantined(districts_of: ReadAggregates, row: str, code: str) -> None:
    read = districts_of(f"{HEAD}{row}\nB,pH,5,0,6,7,-\nC,Pb,5,1,<2,40,mg/kg dw\n")
    assert faults(read) == {2: [code]}
    counts = read.counts
    assert (counts.read, counts.accepted, counts.quarantined, counts.skipped) == (3, 1, 1, 1)
    (kept,) = read.aggregates.rows(named=True)
    assert (kept["p50"], kept["detection_limit"], kept["p95"], kept["basis"]) == (
        None,
        2,
        40,
        "dry",
    )
    assert read.finding_counts["analyte_unknown"] == 1


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ("12,10,0.05,0.2", "aggregate_share_invalid"),
        ("0.12,,0.05,0.2", "aggregate_threshold_missing"),
        ("0.12,10,0.15,0.2", "aggregate_disordered"),
        ("0.12,10,0.2,0.1", "aggregate_disordered"),
    ],
)
def test_shares_must_make_sense(districts_of: ReadAggregates, cells: str, code: str) -> None:
    head = "district,analyte,n,share_above,threshold,share_lower,share_upper,unit\n"
    read = districts_of(f"{head}A,Pb,5,{cells},mg/kg\nB,Pb,5,12 %,10,5%,20%,mg/kg\n")
    assert faults(read) == {2: [code]}
    assert read.aggregates["share_above"].to_list() == [0.12]


def test_areas_may_be_polygons_and_nothing_else(districts_of: ReadAggregates) -> None:
    text = (
        "geometry;analyte;n;median;unit\nPOLYGON ((5 50, 6 50, 6 51, 5 50));Pb;5;20;ppm\n"
        "POINT (5 50);Pb;5;20;ppm\n"
    )
    with pytest.raises(IngestError) as caught:
        districts_of(text)
    assert caught.value.code == "crs_unknown"
    read = districts_of(text, epsg=4326)
    assert faults(read) == {3: ["aggregate_not_area"]}
    assert read.aggregates["geometry"].to_list() == ["POLYGON ((5 50, 6 50, 6 51, 5 50))"]
    assert read.aggregates["natural_key"][0].startswith("in:")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("analyte,n,median,unit\nPb,5,20,ppm\n", "aggregate_columns_missing"),
        ("district,n,median,unit\nA,5,20,ppm\n", "aggregate_columns_missing"),
        ("district,analyte,median,unit\nA,Pb,20,ppm\n", "aggregate_columns_missing"),
        ("district,analyte,n,median\nA,Pb,5,20\n", "unit_missing"),
        ("district,analyte,n,median (ppm),mean (%)\nA,Pb,5,20,1\n", "aggregate_units_differ"),
    ],
)
def test_files_without_the_essentials_are_refused(
    districts_of: ReadAggregates, text: str, code: str
) -> None:
    with pytest.raises(IngestError) as caught:
        districts_of(text)
    assert caught.value.code == code


def test_a_preview_shows_no_places(tmp_path: Path, registries: Registries) -> None:
    path = as_file(tmp_path, HEAD + "A,Pb,5,0,20,40,mg/kg\n")
    shown = preview("aggregates", path, ImportOptions(), registries, Limits())
    assert shown.places == []
    assert shown.rows[0]["p50"] == 20.0
