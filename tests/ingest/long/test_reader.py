import time

import polars as pl
import pytest

from ingest.censoring import FlagIndex
from ingest.columns import ColumnGuess
from ingest.contaminants import ContaminantIndex
from ingest.errors import IngestError
from ingest.findings import FindingLog
from ingest.long.qualifiers import QualifierIndex
from ingest.long.reader import LongReader, LongTools
from ingest.long.sample_types import SampleTypes
from ingest.mapping.model import Mapping, Statements
from ingest.registries import Registries
from ingest.results import ResultBlock
from ingest.units import UnitIndex

SHOWN = ("contaminant", "value", "censoring", "detection_limit", "limit_kind", "qualifier")


def reader(
    registries: Registries, meanings: str, log: FindingLog, mapping: Mapping | None = None
) -> LongReader:
    mapping = mapping or Mapping("own")
    units = UnitIndex(registries.units)
    flags = FlagIndex(registries.flags)
    columns = [
        ColumnGuess(index, f"[{meaning}]", meaning, 1.0, "")
        for index, meaning in enumerate(meanings.split())
    ]
    tools = LongTools(
        ContaminantIndex(registries.contaminants, units),
        units,
        flags,
        QualifierIndex(flags, mapping.qualifiers, mapping.conditions),
        SampleTypes(mapping.sample_types),
        mapping.analytes,
    )
    return LongReader(columns, tools, mapping.file, ".", log)


def frame(text: str) -> pl.DataFrame:
    rows = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    columns = {f"c{index}": list(cells) for index, cells in enumerate(zip(*rows, strict=True))}
    numbers = pl.Series("row_number", range(2, 2 + len(rows)), dtype=pl.Int64)
    return pl.DataFrame({"row_number": numbers, **columns})


def read(
    registries: Registries, meanings: str, text: str, mapping: Mapping | None = None
) -> tuple[ResultBlock, FindingLog]:
    log = FindingLog()
    long = reader(registries, meanings, log, mapping)
    block = long.read(frame(text))
    long.report()
    return block, log


def test_cells_flags_conditions_and_limits_together(registries: Registries) -> None:
    block, log = read(
        registries,
        "analyte value qualifier detection_condition reporting_limit method_detection_limit unit",
        """
        Lead                | 19.7  |    |              | 0.5 | 0.1 | mg/kg
        CADMIUM             |       | U  |              | 0.1 |     | mg/kg dw
        lead, total         | 5     | J  |              | 0.5 |     | mg/kg
        Mercury (7439-97-6) |       |    | Not Detected |     | 20  | ug/kg
        Zn                  | 3     | U  |              | 2   |     | mg/kg
        Copper              | <0.5  |    |              | 9   |     | mg/kg
        Nickel              | ND    |    |              | 2   |     | mg/kg
        As                  |       | UJ |              |     |     | mg/kg
        Cr                  | 9000  |    | Above Operating Range | 1 | | mg/kg
        Se                  | 0     | U  |              | 0.7 |     | mg/kg
        V                   | 0     |    |              | 0.7 |     | mg/kg
        """,
    )
    assert block.results.select(SHOWN).rows() == [
        ("pb", 19.7, "none", None, None, None),
        ("cd", None, "left", 0.1, "reporting", "U"),
        ("pb", 5.0, "none", None, None, "J"),
        ("hg", None, "left", 0.02, "method_detection", "Not Detected"),
        ("zn", None, "left", 3.0, "unstated", "U"),
        ("cu", None, "left", 0.5, "unstated", None),
        ("ni", None, "left", 2.0, "reporting", "ND"),
        ("as", None, "left", None, None, "UJ"),
        ("cr", None, "right", 9000.0, "unstated", "Above Operating Range"),
        ("se", None, "left", 0.7, "reporting", "U"),
        ("v", 0.0, "none", None, None, None),
    ]
    assert set(block.results["unit"]) == {"mg/kg"}
    assert block.results["basis"].to_list()[:2] == ["unstated", "dry"]
    assert dict(log.counts) == {"limit_missing": 1, "value_zero": 1}


def test_unknown_analytes_are_skipped_and_counted_by_name(registries: Registries) -> None:
    block, log = read(
        registries,
        "analyte cas_number value unit",
        """
        pH                  |            | 6.5 | none
        Lead                |            | 1   | mg/kg
        pH                  |            | 6.9 | none
        no such name        | 7439-92-1  | 2   | mg/kg
                            | 007439-92-1| 3   | mg/kg
                            | 9999-99-9  | 3   | mg/kg
        Zinc                | 7439-92-1  | 4   | mg/kg
        Cyanide (free)      | 57-12-5    | 5   | mg/kg
        """,
    )
    assert block.skipped.rows() == [
        (2, "analyte_unknown"),
        (4, "analyte_unknown"),
        (7, "analyte_unknown"),
    ]
    assert block.results["row_number"].to_list() == [3, 5, 6, 9]
    assert block.results["contaminant"].to_list() == ["pb", "pb", "pb", "cyanide_free"]
    assert list(log.row_errors) == [8]
    messages = [remark.message for remark in log.findings if remark.code == "analyte_unknown"]
    assert [message[:43] for message in messages] == [
        'Rows on "pH" were skipped: 2; it is not in ',
        'Rows on "9999-99-9" were skipped: 1; it is ',
    ]


def test_blanks_are_skipped_and_duplicates_kept_apart(registries: Registries) -> None:
    block, log = read(
        registries,
        "sample_type replicate analyte value unit",
        """
        N           |   | Pb | 1 | mg/kg
        FD          |   | Pb | 2 | mg/kg
        Field Duplicate | B | Pb | 3 | mg/kg
        FB          |   | Pb | 4 | mg/kg
        Quality Control Sample-Lab Spike | | Pb | 5 | mg/kg
        LCS         |   | Pb | 6 | mg/kg
        moss        |   | Pb | 7 | mg/kg
        own word    |   | Pb | 8 | mg/kg
        """,
        Mapping("own", sample_types={"Own word": "blank"}),
    )
    assert block.results.select("value", "replicate").rows() == [
        (1.0, None),
        (2.0, "FD"),
        (3.0, "B"),
        (7.0, None),
    ]
    assert block.skipped["row_number"].to_list() == [5, 6, 7, 9]
    assert set(block.skipped["code"]) == {"quality_control_row"}
    assert dict(log.counts) == {"sample_type_unknown": 1}


def test_rejected_and_empty_results_are_skipped(registries: Registries) -> None:
    block, log = read(
        registries,
        "analyte value qualifier detection_condition unit",
        """
        Pb | 1 | R |               | mg/kg
        Pb |   |   |               | mg/kg
        Pb | 3 |   | Not Reported  | mg/kg
        Pb | n/a | |               | mg/kg
        Pb | 5 | JR |              | mg/kg
        Pb | 6 | D |               | mg/kg
        """,
    )
    assert block.skipped.rows() == [
        (2, "result_rejected"),
        (6, "result_rejected"),
        (3, "result_missing"),
        (4, "result_missing"),
        (5, "result_missing"),
    ]
    assert block.results["value"].to_list() == [6.0]
    assert not log.row_errors


def test_flags_of_many_meanings_are_asked_for(registries: Registries) -> None:
    text = """
        Pb | 1 | B   | mg/kg
        Zn | 2 | N   | mg/kg
        pH | 3 | Z9  |
        """
    with pytest.raises(IngestError) as caught:
        read(registries, "analyte value qualifier unit", text)
    assert caught.value.code == "qualifier_unclear"
    assert '"B" (1 rows)' in caught.value.message
    assert '"N" (1 rows)' in caught.value.message
    assert "Z9" not in caught.value.message  # on a row that is not loaded anyway
    stated = Mapping("usgs", qualifiers={"B": "missing", "N": "left"})
    block, _ = read(registries, "analyte value qualifier unit", text, stated)
    assert block.results.select(SHOWN[:4]).rows() == [("zn", None, "left", 2.0)]


def test_units_are_settled_row_by_row(registries: Registries) -> None:
    block, log = read(
        registries,
        "analyte value unit",
        """
        Pb | 300 | µg/kg
        Pb | 2   | %
        Pb | 4   |
        Pb | 5   | stone
        Pb | 6   | mg/L
        Cs-137 | 7 | Bq/kg
        Cs-137 | 8 | mg/kg
        """,
    )
    assert block.results.select("value", "unit", "original_unit", "conversion_factor").rows() == [
        (0.3, "mg/kg", "µg/kg", 0.001),
        (20000.0, "mg/kg", "%", 10000.0),
        (7.0, "Bq/kg", "Bq/kg", 1.0),
    ]
    assert {
        row: [reason.code for reason in reasons] for row, reasons in log.row_errors.items()
    } == {
        4: ["unit_missing_in_row"],
        5: ["unit_unknown_in_row"],
        6: ["unit_not_content_in_row"],
        8: ["unit_wrong_kind_in_row"],
    }


def test_the_unit_of_the_limit_counts_where_the_limit_does(registries: Registries) -> None:
    block, log = read(
        registries,
        "analyte value detection_condition detection_limit limit_kind limit_unit unit",
        """
        Pb |     | Not Detected | 50 | Method Detection Level       | ug/kg |
        Pb | 2   |              | 50 | Method Detection Level       | ug/kg | mg/kg
        Pb |     | Not Detected | 3  | Lower Quantitation Limit     |       | mg/kg
        Pb |     | Not Detected | 0  | Laboratory Reporting Level   | ug/kg |
        Pb |     | Not Detected | 99 | Upper Reporting Limit        | mg/kg |
        Pb |     | Above Operating Range | 99 | Upper Reporting Limit | mg/kg |
        Pb |     | Above Operating Range | 1  | Method Detection Level | mg/kg |
        Pb | >7  | Not Detected |    |                              |       | mg/kg
        """,
    )
    assert block.results.select("value", *SHOWN[2:5], "original_unit").rows() == [
        (None, "left", 0.05, "method_detection", "ug/kg"),
        (2.0, "none", None, None, "mg/kg"),
        (None, "left", 3.0, "quantification", "mg/kg"),
        (None, "left", None, None, None),
        (None, "left", None, None, None),
        (None, "right", 99.0, "reporting", "mg/kg"),
        (None, "right", None, None, None),
        (None, "right", 7.0, "unstated", "mg/kg"),
    ]
    assert log.counts["limit_missing"] == 2
    assert {row: reasons[0].code for row, reasons in log.row_errors.items()} == {
        8: "upper_limit_missing",
        9: "flags_contradict",
    }


def test_wet_mass_becomes_dry_by_the_rows_moisture(registries: Registries) -> None:
    meanings = "analyte value qualifier unit basis moisture"
    text = """
        Pb | 8 |   | mg/kg     | Wet | 20
        Pb | 8 | U | mg/kg     | W   | 20 %
        Pb | 8 |   | mg/kg     | Dry | 20
        Pb | 8 |   | mg/kg     |     | 20
        Pb | 8 |   | mg/kg ww  |     | 50
        Pb | 8 |   | mg/kg ww  |     |
        Pb | 8 |   | mg/kg     | wet | 100
        """
    block, log = read(registries, meanings, text)
    assert block.results.select(
        "value", "detection_limit", "basis", "conversion_factor"
    ).rows() == [
        (10.0, None, "dry", 1.25),
        (None, 10.0, "dry", 1.25),
        (8.0, None, "dry", 1.0),
        (8.0, None, "unstated", 1.0),
        (16.0, None, "dry", 2.0),
    ]
    assert list(log.row_errors) == [7, 8]
    stated = Mapping("own", file=Statements(moisture_percent=75.0))
    block, log = read(registries, meanings, text, stated)
    assert block.results["value"].to_list()[-1] == 32.0
    assert list(log.row_errors) == [8]


def test_statements_fill_what_rows_do_not_say(registries: Registries) -> None:
    stated = Mapping("own", file=Statements(unit="ppm", extraction="aqua regia", laboratory="Nord"))
    block, _ = read(
        registries,
        "analyte value extraction laboratory",
        """
        Pb       | 1 |     |
        Pb (XRF) | 2 |     |
        Pb       | 3 | XRF | Sued
        """,
        stated,
    )
    assert block.results.select("value", "extraction", "laboratory", "original_unit").rows() == [
        (1.0, "aqua regia", "Nord", "ppm"),
        (2.0, "XRF", "Nord", "ppm"),
        (3.0, "XRF", "Sued", "ppm"),
    ]


@pytest.mark.slow
def test_a_million_rows_are_read_at_the_promised_rate(registries: Registries) -> None:
    number = 250_000
    names = ["Lead", "CADMIUM", "lead, total", "Mercury (7439-97-6)", "pH"]
    rows = pl.DataFrame(
        {
            "row_number": pl.int_range(2, number + 2, dtype=pl.Int64, eager=True),
            "c0": [names[index % 5] for index in range(number)],
            "c1": [
                "" if index % 7 == 0 else f"{index % 997 / 10 + 0.1:.1f}" for index in range(number)
            ],
            "c2": ["U" if index % 7 == 0 else "" for index in range(number)],
            "c3": ["0.5"] * number,
            "c4": [("mg/kg", "ug/kg", "ppm")[index % 3] for index in range(number)],
            "c5": ["2.1"] * number,
        }
    )
    log = FindingLog()
    meanings = "analyte value qualifier reporting_limit unit method"
    long = reader(registries, meanings, log)
    began = time.perf_counter()
    for _ in range(4):
        long.read(rows)
    assert 4 * number / (time.perf_counter() - began) > 150_000
