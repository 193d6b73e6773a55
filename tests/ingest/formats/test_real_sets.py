"""The real sets of the shared folder load with the counts their READMEs state."""

import csv
import gzip
import io
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.options import ImportOptions
from ingest.pipeline import read_samples, read_sources
from ingest.records import SampleImport
from ingest.registries import Registries

# README of wri_power_plants: rows, and combustion plants with a position
PLANTS = {
    "ARG": (338, 200),
    "AUS": (512, 298),
    "BRA": (4666, 2409),
    "CAN": (1154, 210),
    "CHL": (335, 131),
    "GEODB": (9998, 5745),
    "IND": (907, 388),
    "MEX": (513, 149),
    "URY": (466, 21),
    "USA": (11879, 3691),
}


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    """Read a file with nothing of this package."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    yield from csv.DictReader(io.StringIO(content.decode(), newline=""))


def by_site(read: SampleImport) -> dict[tuple[str, str], tuple[object, ...]]:
    """Return what was read as (site, contaminant) to (value, censoring, limit)."""
    sites = dict(zip(read.samples["row_number"], read.samples["site_code"], strict=True))
    shown = ("sample_row", "contaminant", "value", "censoring", "detection_limit")
    return {
        (sites[row], code): (value, censoring, limit)
        for row, code, value, censoring, limit in read.results.select(shown).rows()
    }


def test_ds801_equals_an_independent_reading(shared: Path, registries: Registries) -> None:
    folder = shared / "data" / "usgs_ds801_top5"
    path = folder / "ds801_top5.csv.gz"
    read = read_samples(path, ImportOptions(), registries)
    assert read.description["mapping"] == "usgs-ds801"
    assert read.counts.read == read.counts.accepted == 4857
    assert (read.counts.quarantined, read.counts.skipped) == (0, 0)
    assert read.samples["site_code"].n_unique() == 4857
    found = by_site(read)
    units = {row["column"]: row["unit"] for row in rows_of(folder / "units.csv")}
    factors = {"mg/kg": 1.0, "wt. %": 10_000.0}
    codes = {column: column.removeprefix("Top5_").lower() for column in units}
    known = {entry.code for entry in registries.contaminants if len(entry.code) <= 2}
    elements = {
        column: code
        for column, code in codes.items()
        if column.startswith("Top5_") and code in known
    }
    assert len(elements) == 23
    expected: dict[tuple[str, str], tuple[object, ...]] = {}
    without_sample = 0
    for row in rows_of(path):
        without_sample += row["Top5_LabID"] == "N.S."
        for column, code in elements.items():
            text, factor = row[column], factors[units[column]]
            if text in {"N.S.", ""}:
                continue
            key = (row["SiteID"], code)
            if text.startswith("<"):
                expected[key] = (None, "left", float(text[1:]) * factor)
            else:
                expected[key] = (float(text) * factor, "none", None)
    assert without_sample == 16
    assert found.keys() == expected.keys()
    wrong = [key for key in expected if found[key] != expected[key]]
    assert wrong == []
    censored = Counter(code for (_, code), result in expected.items() if result[1] == "left")
    # README: Cd 1,054, Hg 367, As 56, Co 24, Ni 23
    assert [censored[code] for code in ("cd", "hg", "as", "co", "ni")] == [1054, 367, 56, 24, 23]
    assert set(read.results["unit"]) == {"mg/kg"}
    assert read.samples["sample_code"].null_count() == 16


def test_ds801_workbook_with_notes_and_a_row_of_units_says_the_same(
    shared: Path, registries: Registries
) -> None:
    folder = shared / "data" / "usgs_ds801_top5"
    table = read_samples(folder / "ds801_top5.csv.gz", ImportOptions(), registries)
    (path,) = (folder / "original").glob("*.xls")
    book = read_samples(path, ImportOptions(), registries)
    assert book.description["mapping"] == "usgs-ds801"
    assert book.counts == table.counts
    assert by_site(book) == by_site(table)
    days = ("site_code", "sample_code", "sampled_from", "longitude", "latitude", "depth_lower_cm")
    assert book.samples.select(days).equals(table.samples.select(days))
    # notes, header and units stand above
    assert book.samples["row_number"][0] == 15


@pytest.mark.parametrize(
    ("name", "mapping", "rows", "accepted"),
    [
        ("meuse/meuse.csv", "meuse", 155, 155),
        ("meuse/meuse_all.csv", "meuse", 164, 164),
        ("colorado_ds520/colorado.csv", "usgs-ds520", 960, 960),
        # two places of each layer are missing
        ("trondelag/trondelag_O.csv", "ngu-trondelag", 756, 754),
        ("trondelag/trondelag_C.csv", "ngu-trondelag", 754, 752),
        ("alaska_moss/moss.csv", "spmodel-moss", 365, 365),
    ],
)
def test_samples_load_with_the_stated_counts(
    shared: Path, registries: Registries, name: str, mapping: str, rows: int, accepted: int
) -> None:
    read = read_samples(shared / "data" / name, ImportOptions(), registries)
    assert read.description["mapping"] == mapping
    assert (read.counts.read, read.counts.accepted) == (rows, accepted)
    assert read.counts.quarantined == rows - accepted


def test_moss_is_no_logarithm_any_more(shared: Path, registries: Registries) -> None:
    path = shared / "data" / "alaska_moss" / "moss.csv"
    read = read_samples(path, ImportOptions(), registries)
    expected = [math.exp(float(row["log_Zn"])) for row in rows_of(path)]
    assert read.results["value"].to_list() == expected
    assert read.samples.height == 318


@pytest.mark.parametrize("table", sorted(PLANTS))
def test_power_plants_load_with_the_stated_counts(
    shared: Path, registries: Registries, table: str
) -> None:
    path = shared / "data" / "wri_power_plants" / f"database_{table}.csv.gz"
    read = read_sources(path, ImportOptions(), registries)
    rows, combustion = PLANTS[table]
    assert read.counts.read == rows
    # one plant of GEODB has no name
    assert read.counts.accepted == combustion - (table == "GEODB")
    assert set(read.sources["type"]) <= {"coal_power", "oil_gas_power", "incinerator"}


def test_other_sources_load_with_the_stated_counts(shared: Path, registries: Registries) -> None:
    data = shared / "data"
    tri = data / "tri_philadelphia" / "tri_pa.csv.gz"
    read = read_sources(tri, ImportOptions(), registries)
    assert (read.counts.read, read.counts.accepted) == (4663, 4663)
    places = {(row["LONGITUDE"], row["LATITUDE"]) for row in rows_of(tri)}
    assert abs(read.sources.height - len(places)) <= 1
    shapes = data / "tri_philadelphia" / "shapefile" / "toxic_release_pennsylvania.zip"
    again = read_sources(shapes, ImportOptions(), registries)
    assert (again.counts, again.description["mapping"]) == (read.counts, "tri-pasda")
    assert sorted(again.sources["natural_key"]) == sorted(read.sources["natural_key"])
    npl = data / "epa_superfund_npl" / "superfund_npl_raw.csv"
    read = read_sources(npl, ImportOptions(), registries)
    # and the line with the total
    assert (read.counts.read, read.counts.accepted, read.counts.skipped) == (1341, 1340, 1)
    pfas = data / "michigan_pfas_sites" / "pfas_sites.csv"
    read = read_sources(pfas, ImportOptions(), registries)
    assert (read.counts.read, read.counts.accepted) == (300, 300)
