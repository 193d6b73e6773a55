"""A user's file of guideline values: read whole, or findings with row, column and remedy."""

from typing import Any

import pytest

from app.resources import reference_data
from app.services.guidelines import Guideline
from app.services.guidelines.own_rows import COLUMNS, MAX_ROWS, OwnRows, read_own_rows
from tests.app.services.guidelines.registry_rows import registry

CODES = {"zinc": "zn", "zn": "zn", "pb": "pb"}
GOOD = {
    "id": "1",
    "contaminant": "Zinc",
    "land_use": "residential; parkland",
    "tier": "screening",
    "value": "200",
    "unit": "mg/kg",
    "legal_name": "Decree of the valley",
    "verification": "official_text",
    "checked_in": "the decree",
}


def _read(*rows: dict[str, str], separator: str = ",", encoding: str = "utf-8") -> OwnRows:
    header = list(dict.fromkeys(name for row in rows for name in row))
    lines = [header, *([row.get(name, "") for name in header] for row in rows)]
    text = "\r\n".join(separator.join(cells) for cells in lines)
    return read_own_rows(text.encode(encoding), "OWN_V", lambda name: CODES.get(name.casefold()))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_good_row_is_taken_with_its_conditions(separator: str, encoding: str) -> None:
    more = {"ph_min": "5.5", "ph_max": "6.5", "clay_pct": "10-25", "om_or_toc_pct": "TOC 4-9"}
    use = {"land_use": "residential"}  # ';' may be the separator
    read = _read(GOOD | more | use | {"year": "2026"}, separator=separator, encoding=encoding)
    assert read.findings == []
    [row] = read.rows
    assert (row["id"], row["framework"], row["contaminant"]) == ("OWN_V-1", "OWN_V", "zn")
    assert (row["value"], row["ph_min"], row["year"], row["verified"]) == (200.0, 5.5, 2026, True)
    assert set(row) == set(COLUMNS)
    assert Guideline.of(row).land_uses == ("residential",)


def test_several_land_uses_and_full_ids_are_taken() -> None:
    read = _read(GOOD | {"id": "OWN_V-1"}, GOOD | {"id": "2", "verified": "yes"}, separator=",")
    assert [row["id"] for row in read.rows] == ["OWN_V-1", "OWN_V-2"]
    assert read.rows[0]["land_use"] == "residential;parkland"
    assert read.findings == []


@pytest.mark.parametrize(
    ("changes", "column", "code"),
    [
        ({"id": ""}, "id", "missing"),
        ({"id": "a b"}, "id", "bad_id"),
        ({"contaminant": "kryptonite"}, "contaminant", "unknown_contaminant"),
        ({"land_use": "forest"}, "land_use", "unknown_land_use"),
        ({"land_use": ""}, "land_use", "missing"),
        ({"tier": "worst"}, "tier", "unknown_tier"),
        ({"value": "12;5"}, "value", "not_a_number"),
        ({"value": "1 000"}, "value", "not_a_number"),
        ({"value": "nan"}, "value", "not_a_number"),
        ({"value": "1e999"}, "value", "out_of_range"),
        ({"value": "0"}, "value", "not_positive"),
        ({"value": "-1"}, "value", "not_positive"),
        ({"value_max": "100"}, "value_max", "below_value"),
        ({"unit": "g/kg"}, "unit", "other_unit"),
        ({"ph_min": "15"}, "ph_min", "out_of_range"),
        ({"ph_min": "-1"}, "ph_min", "out_of_range"),
        ({"ph_min": "7", "ph_max": "7"}, "ph_max", "empty_class"),
        ({"clay_pct": "much"}, "clay_pct", "not_a_rule"),
        ({"om_or_toc_pct": "TOC"}, "om_or_toc_pct", "not_a_rule"),
        ({"depth_cm": "topsoil"}, "depth_cm", "not_a_rule"),
        ({"correction_formula": "=1+1"}, "correction_formula", "unknown_formula"),
        ({"country": "Nederland"}, "country", "not_a_country"),
        ({"year": "26"}, "year", "not_a_year"),
        ({"source_url": "javascript:alert(1)"}, "source_url", "not_an_address"),
        ({"verification": "sure"}, "verification", "unknown_verification"),
        ({"verified": "no"}, "verified", "contradicts"),
        ({"checked_in": ""}, "checked_in", "missing"),
        ({"framework": "DE_BBODSCHV_2021"}, "framework", "other_framework"),
        ({"note": "x" * 1001}, "note", "too_long"),
        ({"note": "a\x07b"}, "note", "control_character"),
    ],
)
def test_bad_cell_is_a_finding_in_its_row(changes: dict[str, str], column: str, code: str) -> None:
    read = _read(GOOD, GOOD | {"id": "2"} | changes)
    assert [(f.row, f.column, f.code) for f in read.findings] == [(3, column, code)]
    assert len(read.findings[0].message) > 10


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "column_missing"),
        (b"\xff\xfe\x00", "encoding"),
        (b"id,\x00", "not_csv"),
        (b"id,colour\n", "unknown_column"),
        (b"id,id\n", "column_twice"),
        (",".join(GOOD).encode(), "no_rows"),
        (",".join(GOOD).encode() + b"\n1,2\n", "ragged_row"),
        (",".join(GOOD).encode() + b'\n"1"x,2\n', "not_csv"),
        (b"PK\x03\x04 a workbook", "unknown_column"),
    ],
)
def test_bad_file_is_a_finding(content: bytes, code: str) -> None:
    read = read_own_rows(content, "OWN_V", CODES.get)
    assert code in {finding.code for finding in read.findings}


def test_same_id_twice_names_the_first_row() -> None:
    read = _read(GOOD, GOOD)
    assert [(f.row, f.code) for f in read.findings] == [(3, "id_twice")]
    assert "Row 2" in read.findings[0].message


def test_too_many_rows_are_refused() -> None:
    line = ",".join(GOOD.values()).replace("residential; parkland", "any")
    text = "\n".join([",".join(GOOD), *(line for _ in range(MAX_ROWS + 1))])
    read = read_own_rows(text.encode(), "OWN_V", lambda name: CODES.get(name.casefold()))
    assert read.findings[-1].code == "too_many_rows"


def test_registry_s_own_file_passes_the_same_door() -> None:
    content = (reference_data() / "guideline_values.csv").read_text(encoding="utf-8")
    codes = {row.contaminant for row in registry()}
    lines = content.splitlines()
    own = [line.replace("CN_GB15618_2018", "OWN_CN") for line in lines if "CN_GB15618_2018" in line]
    read = read_own_rows(
        "\n".join([lines[0], *own]).encode(), "OWN_CN", lambda name: name if name in codes else None
    )
    assert read.findings == []
    theirs = [row for row in registry() if row.framework == "CN_GB15618_2018"]
    kept: list[dict[str, Any]] = [
        {k: v for k, v in row.items() if k not in ("id", "framework")} for row in read.rows
    ]
    expected = [
        {k: v for k, v in vars(row).items() if k not in ("id", "framework")} for row in theirs
    ]
    assert [row | {"year": str(row["year"])} for row in kept] == expected
