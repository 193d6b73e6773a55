"""Every derived messy file of the shared folder reproduces its truth table."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ingest.errors import IngestError
from ingest.options import ImportOptions
from ingest.pipeline import read_samples
from ingest.records import SampleImport
from ingest.registries import Registries


@dataclass(frozen=True)
class Messy:
    """What a file holds of the truth: `spoilt` sites at its beginning hold something else."""

    contaminants: tuple[str, ...]
    said: dict[str, Any] = field(default_factory=dict)
    rows: int = 120
    degrees: float = 0.0
    spoilt: int = 0
    lost_limits: tuple[str, ...] = ()


FILES = {
    "semicolon_decimalcomma_latin1.csv": Messy(("As", "Pb", "Cd"), degrees=1e-9),
    "dms_coordinates.csv": Messy(("Pb", "As")),
    "swapped_latlon_every_10th.csv": Messy(("Pb",), {"accept": frozenset({"coordinates_swapped"})}),
    # metres in decimetres; "ND" without the limit
    "epsg5070_mixed_units.tsv": Messy(
        ("Pb", "Hg"), {"epsg": 5070}, degrees=2e-5, lost_limits=("Hg",)
    ),
    "edd_long_qualifiers.csv": Messy(("As", "Cd", "Pb", "Hg"), rows=483),
    "bad_values.csv": Messy(("Pb",), {"unit": "mg/kg"}, spoilt=12),
}


@pytest.fixture
def folder(shared: Path) -> Path:
    return shared / "data" / "messy_derived"


def truth(folder: Path) -> Iterator[dict[str, str]]:
    with (folder / "truth.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def opened(folder: Path, name: str, registries: Registries, **said: Any) -> SampleImport:
    read = read_samples(folder / name, ImportOptions(**said), registries)
    counts = read.counts
    assert counts.read == counts.accepted + counts.quarantined + counts.skipped
    return read


def codes(read: SampleImport) -> dict[int, list[str]]:
    return {row.row_number: [reason.code for reason in row.reasons] for row in read.quarantined}


def site_of(sample: dict[str, Any]) -> str:
    """Return the name of a site, which one file calls a sample and another "Grube Nr."."""
    name: str = sample["site_code"] or sample["sample_code"]
    return name.removeprefix("Grube Nr. ")


def test_no_file_is_missing_here(folder: Path) -> None:
    there = {path.name for path in folder.iterdir()} - {"README.md", "truth.csv"}
    assert there == set(FILES)


@pytest.mark.parametrize("name", sorted(FILES))
def test_file_reproduces_its_truth(folder: Path, registries: Registries, name: str) -> None:
    messy = FILES[name]
    read = opened(folder, name, registries, **messy.said)
    assert read.counts.read == messy.rows
    samples = {site_of(row): row for row in read.samples.iter_rows(named=True)}
    found = {(row["sample_row"], row["contaminant"]): row for row in read.results.to_dicts()}
    checked = 0
    for row in list(truth(folder))[messy.spoilt :]:
        sample = samples[row["site"]]
        place = (sample["longitude"], sample["latitude"])
        assert place == pytest.approx((float(row["lon"]), float(row["lat"])), abs=messy.degrees)
        for contaminant in messy.contaminants:
            result = found[sample["row_number"], contaminant.lower()]
            number = float(row[f"{contaminant}_mg_kg"])
            if row[f"{contaminant}_nondetect"] == "True":
                assert (result["censoring"], result["value"]) == ("left", None)
                limit = (
                    None if contaminant in messy.lost_limits else pytest.approx(number, rel=1e-12)
                )
                assert result["detection_limit"] == limit
            else:
                assert (result["censoring"], result["value"]) == (
                    "none",
                    pytest.approx(number, rel=1e-12),
                )
            checked += 1
    assert checked == (120 - messy.spoilt) * len(messy.contaminants)
    assert read.counts.quarantined == (5 if messy.spoilt else 0)


def test_spoilt_values_are_quarantined_one_by_one(folder: Path, registries: Registries) -> None:
    read = opened(folder, "bad_values.csv", registries, unit="mg/kg")
    assert codes(read) == {
        2: ["latitude_out_of_range"],
        3: ["longitude_out_of_range"],
        4: ["null_island"],
        7: ["value_fill"],
        12: ["value_formula"],
    }
    assert read.quarantined[3].cells == ("431", "36.0545", "-114.046", "-9999")
    by_row = {row["row_number"]: row for row in read.results.rows(named=True)}
    assert 5 not in by_row
    assert 5 in read.samples["row_number"]
    assert (by_row[8]["censoring"], by_row[8]["detection_limit"]) == ("right", 1000.0)
    assert (by_row[10]["censoring"], by_row[10]["detection_limit"]) == ("left", None)
    assert by_row[11]["value"] == 120.0
    assert (by_row[6]["value"], by_row[6]["original_text"]) == (1234.5, "1,234.5")
    assert (by_row[9]["value"], by_row[9]["uncertainty"]) == (12.0, 3.0)
    assert read.finding_counts["thousands_separated"] == 1
    assert read.finding_counts["uncertainty_kept"] == 1
    assert "<script>alert(1)</script>" in read.samples["site_code"].to_list()


def test_what_the_files_do_not_say_is_asked_or_told(folder: Path, registries: Registries) -> None:
    with pytest.raises(IngestError) as caught:
        opened(folder, "epsg5070_mixed_units.tsv", registries)
    assert caught.value.code == "crs_unknown"
    latin = opened(folder, "semicolon_decimalcomma_latin1.csv", registries)
    assert latin.finding_counts["encoding_guessed"] == 1
    assert set(latin.samples["depth_lower_cm"]) == {5.0}
    degrees = opened(folder, "dms_coordinates.csv", registries)
    assert degrees.samples["original_northing"][0] == "36°27'09.36\"N"
    long = opened(folder, "edd_long_qualifiers.csv", registries)
    assert (long.counts.accepted, long.samples.height) == (483, 120)
    assert set(long.results["basis"]) == {"dry"}
    assert set(long.results["limit_kind"]) == {"reporting", None}


def test_exchanged_rows_wait_for_their_repair(folder: Path, registries: Registries) -> None:
    name = "swapped_latlon_every_10th.csv"
    read = opened(folder, name, registries)
    assert codes(read) == {row: ["coordinates_swapped"] for row in range(5, 122, 10)}
    expected = [float(row["Pb_mg_kg"]) for i, row in enumerate(truth(folder)) if i % 10 != 3]
    assert read.results.sort("row_number")["value"].to_list() == pytest.approx(expected, rel=1e-12)
    repaired = opened(folder, name, registries, accept=frozenset({"coordinates_swapped"}))
    assert repaired.finding_counts["repair_applied"] == 12
    assert repaired.samples["original_northing"][3] == list(truth(folder))[3]["lon"]
