import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.catalogue import CATALOGUE
from ingest.errors import IngestError
from ingest.mapping.serial import from_toml
from ingest.options import ImportOptions, Limits
from ingest.pipeline import read_samples
from ingest.records import RESULT_SCHEMA, SAMPLE_SCHEMA, SampleImport
from ingest.registries import Registries
from tests.ingest.conftest import DATA, ReadSamples

HEAD = "lon,lat,zinc (mg/kg)\n"


def codes(read: SampleImport) -> dict[int | None, list[str]]:
    return {row.row_number: [reason.code for reason in row.reasons] for row in read.quarantined}


def assert_adds_up(read: SampleImport) -> None:
    counts = read.counts
    assert counts.read == counts.accepted + counts.quarantined + counts.skipped
    assert counts.quarantined == len(read.quarantined)
    assert set(read.results["sample_row"]) <= set(read.samples["row_number"])
    bad = {row.row_number for row in read.quarantined}
    assert bad.isdisjoint(read.samples["row_number"])
    assert bad.isdisjoint(read.results["row_number"])


def test_own_file_is_read_exactly(registries: Registries) -> None:
    read = read_samples(DATA / "wide.csv", ImportOptions(epsg=28992), registries)
    assert_adds_up(read)
    assert dict(read.samples.schema) == SAMPLE_SCHEMA
    assert dict(read.results.schema) == RESULT_SCHEMA
    assert read.counts.accepted == 3
    assert read.description["decimal"] == ","
    assert read.samples.select(
        "sample_code", "natural_place", "original_easting", "depth_upper_cm", "depth_lower_cm"
    ).rows() == [
        ("P1", "id:P1", "155000,0", 0.0, 20.0),
        ("P2", "id:P2", "155100,5", 20.0, 40.0),
        ("P3", "id:P3", "155200", 0.0, 20.0),
    ]
    assert read.samples["sampled_from"].to_list() == [
        date(2009, 4, 22),
        date(2009, 4, 22),
        date(2010, 1, 1),
    ]
    assert read.samples["sampled_to"][2] == date(2010, 12, 31)
    assert read.samples["longitude"][0] == pytest.approx(5.3872, abs=1e-4)
    shown = ("row_number", "contaminant", "value", "censoring", "detection_limit", "original_text")
    assert read.results.select(shown).rows() == [
        (2, "zn", 120.5, "none", None, "120,5"),
        (2, "pb", None, "left", 10.0, "<10"),
        (2, "cd", 0.3, "none", None, "300"),
        (3, "zn", 0.0, "none", None, "0"),
        (3, "pb", 55.25, "none", None, "55,25"),
        (3, "cd", None, "left", 0.1, "<100"),
        (4, "zn", None, "right", 2000.0, ">2000"),
        (4, "cd", None, "left", None, "n.n."),
    ]
    assert read.results["original_unit"].to_list()[:3] == ["mg/kg", "µg/g", "µg/kg"]
    assert read.results["conversion_factor"].to_list()[:3] == [1.0, 1.0, 0.001]
    assert set(read.results["unit"]) == {"mg/kg"}
    assert read.finding_counts == {
        "value_zero": 1,
        "limit_missing": 1,
        "value_missing": 1,
        "column_unused": 1,
        "crs_transformed": 1,
    }


def test_meuse_is_exact(shared: Path, registries: Registries) -> None:
    path = shared / "data" / "meuse" / "meuse.csv"
    read = read_samples(path, ImportOptions(epsg=28992, unit="mg/kg"), registries)
    assert_adds_up(read)
    assert (read.counts.read, read.counts.accepted) == (155, 155)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for name, code in (("cadmium", "cd"), ("copper", "cu"), ("lead", "pb"), ("zinc", "zn")):
        values = read.results.filter(pl.col("contaminant") == code)["value"].to_list()
        assert values == [float(row[name]) for row in rows]
    assert read.samples["original_easting"].to_list() == [row["x"] for row in rows]
    assert read.samples["natural_place"][0] == "at:181072.0,333611.0@28992"
    # the flood plain lies west of the village of Stein in the Dutch province of Limburg
    assert read.samples["longitude"].is_between(5.71, 5.78).all()
    assert read.samples["latitude"].is_between(50.95, 51.0).all()
    assert [guess.column for guess in read.columns if guess.meaning == "unused"] == [
        "elev",
        "dist",
        "om",
        "ffreq",
        "soil",
        "lime",
        "landuse",
        "dist.m",
    ]


@pytest.mark.parametrize(
    ("row", "code", "sentence"),
    [
        ("5.7,50.9,-5", "value_negative", 'The concentration "-5" is below zero.'),
        ("5.7,50.9,high", "value_not_number", '"high" is not a number.'),
        ("5.7,50.9,NaN", "value_not_finite", '"NaN" is not a finite number.'),
        ("5.7,50.9,inf", "value_not_finite", '"inf" is not a finite number.'),
        ("5.7,50.9,1e999", "value_not_finite", '"1e999" is not a finite number.'),
        ('5.7,50.9,"1,5"', "value_separators", "It cannot be told which sign separates"),
        ("5.7,50.9,=1+1", "value_formula", '"=1+1" is a formula'),
        ("5.7,50.9,5 B", "flag_ambiguous", 'The flag in "5 B" means different things'),
        ("5.7,50.9,1\x002", "nul_byte", r'The cell "1\x002" contains a NUL byte.'),
        ("5.7,50.9", "row_too_short", "The row has 2 cells, the header 3."),
        ("5.7,50.9,1,2", "row_too_long", "The row has 4 cells, the header 3."),
        ("0,0,1", "null_island", "Both coordinates are 0"),
        ("200,50.9,1", "longitude_out_of_range", 'The longitude "200" is outside -180 to 180'),
        ("5.7,95,1", "latitude_out_of_range", 'The latitude "95" is outside -90 to 90'),
        (",50.9,1", "coordinate_missing", "The coordinate is missing."),
        ("east,50.9,1", "coordinate_not_number", 'The coordinate "east" is not understood.'),
    ],
)
def test_bad_rows_are_quarantined_and_good_rows_load(
    samples_of: ReadSamples, row: str, code: str, sentence: str
) -> None:
    read = samples_of(HEAD + "5.75,50.95,10.5\n" + row + "\n5.8,51.0,20\n")
    assert_adds_up(read)
    assert (read.counts.accepted, read.counts.quarantined) == (2, 1)
    assert read.results["value"].to_list() == [10.5, 20.0]
    reason = read.quarantined[0].reasons[0]
    assert (reason.code, reason.row, reason.severity) == (code, 3, "error")
    assert sentence in reason.message
    assert reason in read.findings


@pytest.mark.parametrize(
    ("content", "options", "code", "sentence"),
    [
        ("site,zinc (mg/kg)\na,1\n", {}, "coordinates_missing_columns", "No columns for the coord"),
        ("x,y,zinc (mg/kg)\n1,2,3\n", {}, "crs_unknown", "State its EPSG code"),
        ("lon,lat,zinc\n5,50,1\n", {}, "unit_missing", "No unit is given for zinc."),
        ("lon,lat,zinc (stone)\n5,50,1\n", {}, "unit_unknown", 'The unit "stone" of column'),
        ("lon,lat,zinc (Bq/kg)\n5,50,1\n", {}, "unit_wrong_kind", "measures an activity, but zn"),
        ("lon,lat,ph\n5,50,1\n", {}, "contaminants_missing", "No column was recognised as a cont"),
        ("lon,lat,zinc (mg/l)\n5,50,1\n", {}, "contaminants_missing", "Name columns by symbol"),
        (
            "lon,lat,Zn (mg/kg),zinc mg/kg\n5,50,1,2\n",
            {},
            "contaminant_twice",
            "Several columns hold zn",
        ),
        ("lon,lat,zinc\n5,50,1\n", {"unit": "stone"}, "option_invalid", 'The stated unit "stone"'),
        ("x,y,zinc (mg/kg)\n1,2,3\n", {"epsg": 4}, "crs_not_known", "EPSG:4 is not a usable"),
        ("lon,lat,zinc (mg/kg)\n5,50,3\n", {"epsg": 28992}, "crs_conflict", "named as degrees"),
        (HEAD, {}, "file_without_rows", "The file has a header but no data rows."),
        (HEAD + "\n,,\n", {}, "file_without_rows", "The file has a header but no data rows."),
        ("", {}, "file_empty", "The file is empty."),
        (
            'lon,lat,zinc (mg/kg)\n5,50,"1,234"\n',
            {},
            "decimal_unclear",
            'whether the comma in "1,234" separates',
        ),
    ],
)
def test_whole_file_refusals(
    samples_of: ReadSamples, content: str, options: dict[str, object], code: str, sentence: str
) -> None:
    with pytest.raises(IngestError) as caught:
        samples_of(content, **options)
    assert caught.value.code == code
    assert sentence in str(caught.value)
    assert CATALOGUE[code].scope == "file"


def test_zero_is_loaded_with_a_warning(samples_of: ReadSamples) -> None:
    read = samples_of(HEAD + "5.75,50.95,0\n")
    assert read.results["value"].to_list() == [0.0]
    assert read.finding_counts["value_zero"] == 1


def test_empty_cell_gives_no_result_but_the_sample_is_kept(samples_of: ReadSamples) -> None:
    read = samples_of(HEAD + "5.75,50.95,\n5.76,50.95,1\n")
    assert (read.samples.height, read.results.height) == (2, 1)
    assert read.finding_counts["value_missing"] == 1


def test_column_in_a_unit_of_water_is_left_out_aloud(samples_of: ReadSamples) -> None:
    read = samples_of("lon,lat,zinc (mg/kg),lead (mg/l)\n5.75,50.95,1,2\n")
    assert set(read.results["contaminant"]) == {"zn"}
    assert read.finding_counts["unit_not_content"] == 1


def test_header_unit_wins_over_the_stated_one(samples_of: ReadSamples) -> None:
    read = samples_of("lon,lat,zinc,lead (µg/kg)\n5.75,50.95,1,2000\n", unit="mg/kg")
    assert read.results["value"].to_list() == [1.0, 2.0]
    assert read.finding_counts["unit_in_header_kept"] == 1


def test_unit_of_the_row_is_used_and_checked(samples_of: ReadSamples) -> None:
    body = "5.71,50.9,1,%\n5.72,50.9,1,\n5.73,50.9,1,mg/l\n5.74,50.9,1,stone\n5.75,50.9,1,ppb\n"
    read = samples_of("lon,lat,zinc,unit\n" + body)
    assert_adds_up(read)
    assert read.results["value"].to_list() == [10_000.0, 0.001]
    assert codes(read) == {
        3: ["unit_missing_in_row"],
        4: ["unit_not_content_in_row"],
        5: ["unit_unknown_in_row"],
    }


@pytest.mark.parametrize(
    ("header", "one", "other"),
    [
        ("sample_id", "A", "B"),
        ("date", "2001-01-01", "2002-01-01"),
        ("depth (cm)", "0-5", "5-10"),
        ("replicate", "1", "2"),
        ("extraction", "XRF", "aqua regia"),
    ],
)
def test_what_tells_samples_apart_is_no_repetition(
    samples_of: ReadSamples, header: str, one: str, other: str
) -> None:
    head = f"lon,lat,zinc (mg/kg),{header}\n"
    read = samples_of(head + f"5.75,50.95,10,{one}\n5.75,50.95,12,{other}\n")
    assert (read.counts.accepted, read.results.height) == (2, 2)


def test_rows_of_one_sample_are_joined(samples_of: ReadSamples) -> None:
    head = "sample_id,lon,lat,zinc (mg/kg),lead (mg/kg)\n"
    read = samples_of(head + "A,5.75,50.95,10,\nB,5.76,50.95,1,2\nA,5.75,50.95,,20\n")
    assert_adds_up(read)
    assert read.samples["row_number"].to_list() == [2, 3]
    assert read.results.select("row_number", "sample_row", "contaminant").rows() == [
        (2, 2, "zn"),
        (3, 3, "zn"),
        (3, 3, "pb"),
        (4, 2, "pb"),
    ]
    assert (read.counts.accepted, read.counts.skipped) == (3, 0)


def test_row_that_only_repeats_a_sample_is_skipped_and_says_which(
    samples_of: ReadSamples,
) -> None:
    read = samples_of(HEAD + "5.75,50.95,10\n5.76,50.95,11\n5.75,50.95,\n")
    assert_adds_up(read)
    assert (read.counts.accepted, read.counts.skipped) == (2, 1)
    assert "The row repeats row 2" in read.findings[-1].message


def test_stream_is_the_same_in_small_pieces(
    samples_of: ReadSamples,
) -> None:
    rows = "".join(f"{5 + i / 1000:.3f},50.95,{i if i % 7 else 'x'}\n" for i in range(500))
    whole = samples_of(HEAD + rows)
    pieces = samples_of(HEAD + rows, limits=Limits(block_characters=200))
    assert pieces.samples.equals(whole.samples)
    assert pieces.results.equals(whole.results)
    assert pieces.counts == whole.counts
    assert [row.row_number for row in pieces.quarantined] == [2 + i for i in range(0, 500, 7)]


def test_place_joining_the_others_when_exchanged_is_pointed_at(samples_of: ReadSamples) -> None:
    body = "".join(f"5.7{i},50.9{i},1\n" for i in range(9)) + "50.95,5.75,1\n"
    read = samples_of(HEAD + body)
    assert read.counts.accepted == 10
    assert [f.row for f in read.findings if f.code == "coordinates_maybe_swapped"] == [11]


def test_options_fill_what_the_file_does_not_say(samples_of: ReadSamples) -> None:
    read = samples_of(
        HEAD + "5.75,50.95,1\n",
        depth_upper_cm=0.0,
        depth_lower_cm=10.0,
        sampled_from=date(1990, 1, 1),
        sampled_to=date(1990, 12, 31),
        extraction="aqua regia",
        fraction="<2 mm",
    )
    sample, result = read.samples.row(0, named=True), read.results.row(0, named=True)
    assert (sample["depth_upper_cm"], sample["depth_lower_cm"]) == (0.0, 10.0)
    assert sample["sampled_to"] == date(1990, 12, 31)
    assert (result["extraction"], result["fraction"]) == ("aqua regia", "<2 mm")


def test_mapping_makes_other_columns_usable(samples_of: ReadSamples) -> None:
    mapping = {"a": "easting", "b": "northing", "c": "contaminant:zn [g/t]"}
    read = samples_of("a,b,c\n155000,463000,7\n", epsg=28992, columns=mapping)
    assert read.results.select("contaminant", "value", "original_unit").rows() == [
        ("zn", 7.0, "g/t")
    ]


def test_activity_keeps_its_own_unit(samples_of: ReadSamples) -> None:
    read = samples_of("lon,lat,Cs-137 (kBq/kg)\n5.75,50.95,2\n")
    assert read.results.select("contaminant", "value", "unit").rows() == [
        ("cs137", 2000.0, "Bq/kg")
    ]


def test_too_long_code_is_an_error(samples_of: ReadSamples) -> None:
    read = samples_of("site,lon,lat,zinc (mg/kg)\n" + "a" * 201 + ",5.75,50.95,1\n")
    assert codes(read) == {2: ["text_too_long"]}


def test_columns_that_are_not_used_are_stated(samples_of: ReadSamples) -> None:
    read = samples_of("lon,lat,zinc (mg/kg),altitude,\n5.75,50.95,1,100,\n")
    assert read.finding_counts["column_unused"] == 1
    assert read.finding_counts["header_blank"] == 1


CELL = st.one_of(
    st.sampled_from(
        ["5.7", "50.9", "1", "0", "-1", "<5", "ND", "", "x", "nan", "1e999", "=1", '"']
    ),
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=6),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(body=st.lists(st.lists(CELL, min_size=1, max_size=7), min_size=1, max_size=12))
def test_any_rows_are_accounted_for_or_the_file_is_refused(
    samples_of: Callable[..., SampleImport], body: list[list[str]]
) -> None:
    head = "sample,lon,lat,depth,date,zinc (mg/kg),lead (ppm)\n"
    refused = None
    try:
        read = samples_of(head + "\n".join(",".join(row) for row in body), separator=",")
    except IngestError as error:
        refused = error.code
    if refused is not None:
        assert CATALOGUE[refused].scope == "file"
        return
    assert_adds_up(read)
    numbers = pl.concat([read.results["value"], read.results["detection_limit"]]).drop_nulls()
    assert (numbers.is_finite() & (numbers >= 0)).all()
    assert read.samples["longitude"].is_between(-180, 180).all()
    assert read.samples["latitude"].is_between(-90, 90).all()


def test_apostrophes_that_guard_formulas_are_taken_off(samples_of: ReadSamples) -> None:
    plain = samples_of("site,lon,lat,zinc (mg/kg)\n=A1,-5.75,50.95,10\n-x,-5.76,50.96,<5\n")
    guarded = samples_of("site,lon,lat,zinc (mg/kg)\n'=A1,'-5.75,50.95,10\n'-x,-5.76,50.96,<5\n")
    assert guarded.samples.equals(plain.samples)
    assert guarded.results.equals(plain.results)
    assert plain.samples["site_code"].to_list() == ["=A1", "-x"]


def test_accepted_codes_change_values_and_say_so(samples_of: ReadSamples) -> None:
    content = HEAD + "5.75,50.95,-5\n5.76,50.95,-999\n5.77,50.95,7\n"
    assert samples_of(content).counts.quarantined == 2
    read = samples_of(content, accept=frozenset({"value_negative", "value_fill"}))
    assert_adds_up(read)
    assert read.counts.accepted == 3
    assert read.results.select("value", "censoring", "detection_limit").rows() == [
        (None, "left", 5.0),
        (7.0, "none", None),
    ]
    assert read.finding_counts["negative_as_limit"] == 1
    assert read.finding_counts["fill_as_missing"] == 1


def test_prose_and_flags_are_no_contaminants(samples_of: ReadSamples) -> None:
    head = "lon,lat,As,U,lead (mg/kg)\n"
    read = samples_of(head + "5.75,50.95,as agreed,U,5\n5.76,50.95,as above,J,6\n")
    assert read.results["contaminant"].to_list() == ["pb", "pb"]
    meanings = {guess.column: guess.meaning for guess in read.columns}
    assert (meanings["As"], meanings["U"]) == ("unused", "unused")


def test_header_row_of_a_stated_mapping_holds_unless_the_user_says_another(
    samples_of: ReadSamples,
) -> None:
    text = "by,the,office\nof,many,towns\nlon,lat,zinc (mg/kg)\n5.1,52.0,3\n"
    office = from_toml('name = "office"\n[recognise]\nheader_row = 3')
    for stated in ({"mapping": office}, {"saved": (office,), "format": "office"}):
        read = samples_of(text, **stated)
        assert read.description["header_row"] == "3"
        assert read.counts.accepted == 1
    with pytest.raises(IngestError, match="5 cannot be the header: 4 rows could be looked at"):
        samples_of(text, mapping=office, header_row=5)
