"""The reference tables agree with themselves and with each other."""

import csv
import re
from pathlib import Path

import pytest

TABLES = {
    "contaminants.csv": ("code", 144),
    "guideline_values.csv": ("id", 2075),
    "nl_soil_type_correction.csv": ("contaminant", 20),
    "source_types.csv": ("code", 59),
    "units.csv": ("spelling", 134),
    "data_flags.csv": ("flag", 90),
}


def read(repository: Path, table: str) -> list[dict[str, str]]:
    with (repository / "data" / "reference" / table).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def codes(repository: Path) -> set[str]:
    return {row["code"] for row in read(repository, "contaminants.csv")}


@pytest.mark.parametrize("table", TABLES)
def test_table_has_unique_keys_and_full_rows(repository: Path, table: str) -> None:
    key, count = TABLES[table]
    rows = read(repository, table)
    assert len(rows) == count
    assert len({row[key] for row in rows}) == count
    assert all(None not in row and None not in row.values() for row in rows), "ragged row"
    assert all(row[key] == row[key].strip() != "" for row in rows)


def test_readme_states_the_row_counts(repository: Path) -> None:
    text = (repository / "data" / "reference" / "README.md").read_text(encoding="utf-8")
    for table, (key, count) in TABLES.items():
        assert f"| {table} | {count} | `{key}` |" in text


def test_guideline_contaminants_exist(repository: Path, codes: set[str]) -> None:
    used = {row["contaminant"] for row in read(repository, "guideline_values.csv")}
    assert used - codes == set()


def test_no_built_in_framework_has_a_name_kept_for_users(repository: Path) -> None:
    for row in read(repository, "guideline_values.csv"):
        assert not row["framework"].startswith("OWN_")
        assert row["id"].startswith(f"{row['framework']}-"), row["id"]


def test_correction_contaminants_exist(repository: Path, codes: set[str]) -> None:
    used = {row["contaminant"] for row in read(repository, "nl_soil_type_correction.csv")}
    # Two rows are for every other substance of a group.
    assert used - codes == {"*organic", "*other"}


def test_source_type_contaminants_exist(repository: Path, codes: set[str]) -> None:
    for row in read(repository, "source_types.csv"):
        listed = [code for code in row["contaminant_codes"].split(";") if code]
        assert set(listed) - codes == set(), row["code"]
        assert len(listed) == len(set(listed)), row["code"]


def has_valid_check_digit(cas: str) -> bool:
    """Weight the digits from the right by 1, 2, 3 …; the sum modulo 10 is the last one."""
    if not re.fullmatch(r"\d{2,7}-\d{2}-\d", cas):
        return False
    digits = cas.replace("-", "")
    weighted = sum(n * int(digit) for n, digit in enumerate(reversed(digits[:-1]), start=1))
    return weighted % 10 == int(digits[-1])


def test_check_digit_of_water_and_its_typing_error() -> None:
    assert has_valid_check_digit("7732-18-5")
    assert not has_valid_check_digit("7732-18-4")


def test_cas_numbers_have_valid_check_digits(repository: Path) -> None:
    numbers = [row["cas"] for row in read(repository, "contaminants.csv") if row["cas"]]
    assert len(numbers) > 100
    assert [cas for cas in numbers if not has_valid_check_digit(cas)] == []


@pytest.mark.parametrize(
    "table",
    ["guideline_values.csv", "nl_soil_type_correction.csv", "source_types.csv", "data_flags.csv"],
)
def test_verified_is_yes_or_no(repository: Path, table: str) -> None:
    assert {row["verified"] for row in read(repository, table)} <= {"yes", "no"}


def test_verified_follows_from_verification(repository: Path) -> None:
    levels = {
        "official_text": "yes",
        "transcription": "yes",
        "secondary": "yes",
        "weak": "no",
        "none": "no",
    }
    for row in read(repository, "guideline_values.csv"):
        assert row["verified"] == levels[row["verification"]], row["id"]
        if row["verified"] == "yes":
            assert row["checked_in"], row["id"]


def test_guideline_values_are_positive_mg_per_kg(repository: Path) -> None:
    for row in read(repository, "guideline_values.csv"):
        assert row["unit"] == "mg/kg", row["id"]
        assert float(row["value"]) > 0, row["id"]
        if row["value_max"]:
            assert float(row["value_max"]) >= float(row["value"]), row["id"]


def test_guideline_conditions_are_numbers_in_order(repository: Path) -> None:
    for row in read(repository, "guideline_values.csv"):
        low, high = row["ph_min"], row["ph_max"]
        if low and high:
            assert 0 <= float(low) < float(high) <= 14, row["id"]


def test_units_with_a_canonical_unit_have_a_factor(repository: Path) -> None:
    for row in read(repository, "units.csv"):
        assert row["ambiguous"] in {"yes", "no"}, row["spelling"]
        factor = row["factor_to_canonical"]
        # Amounts of substance need the contaminant's molar mass as well.
        factor = factor.removesuffix("*molar_mass")
        if row["canonical"] and factor:
            assert factor == "molar_mass" or float(factor) > 0, row["spelling"]


def test_tables_equal_the_shared_ones_but_for_provenance_wording(
    repository: Path, shared: Path
) -> None:
    """The figures were carried over, not retyped; only data_flags.source was reworded."""
    for table in TABLES:
        with (shared / "reference" / table).open(newline="", encoding="utf-8") as file:
            theirs = list(csv.DictReader(file))
        ours = read(repository, table)
        if table == "data_flags.csv":
            for row in (*ours, *theirs):
                row.pop("source")
        assert ours == theirs, table
