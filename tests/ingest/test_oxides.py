import polars as pl
import pytest

from ingest.contaminants import ContaminantIndex
from ingest.oxides import read_oxide
from ingest.registries import Registries
from ingest.units import UnitIndex
from tests.ingest.conftest import ReadSamples

MASSES = {"Fe": 55.845, "Mn": 54.938, "Al": 26.982, "Cr": 51.996, "P": 30.974, "As": 74.922}
MASSES |= {"Ti": 47.867, "V": 50.942, "Mg": 24.305, "Na": 22.990, "C": 12.011}


@pytest.mark.parametrize(
    ("formula", "published"),
    # factors as printed in tables for geochemists (element = factor * oxide)
    [
        ("Fe2O3", 0.6994),
        ("FeO", 0.7773),
        ("MnO", 0.7745),
        ("Al2O3", 0.5293),
        ("Cr2O3", 0.6842),
        ("P2O5", 0.4364),
        ("As2O3", 0.7574),
        ("TiO2", 0.5993),
        ("V2O5", 0.5602),
        ("MgO", 0.6030),
        ("Na2O", 0.7419),
        ("Fe2O3T", 0.6994),
    ],
)
def test_published_factors_are_met(formula: str, published: float) -> None:
    oxide = read_oxide(formula, MASSES)
    assert oxide is not None
    assert float(oxide.share) == pytest.approx(published, abs=6e-5)


@pytest.mark.parametrize("text", ["Fe", "FE2O3", "fe2o3", "Fe2O3X", "O2", "XO", "NO3", "Co", ""])
def test_other_names_are_no_oxides(text: str) -> None:
    assert read_oxide(text, MASSES) is None


def test_symbol_of_cobalt_is_no_oxide_of_carbon(registries: Registries) -> None:
    index = ContaminantIndex(registries.contaminants, UnitIndex(registries.units))
    match = index.read_header("Co (mg/kg)")
    assert match is not None
    assert (match.contaminant.code, match.oxide) == ("co", None)


def test_column_of_an_oxide_is_converted_to_the_element(samples_of: ReadSamples) -> None:
    read = samples_of("lon,lat,Fe2O3 (%),Cr2O3 (mg/kg),Mn (mg/kg)\n5.75,50.95,10,<100,7\n")
    rows = {row["contaminant"]: row for row in read.results.rows(named=True)}
    assert rows["fe"]["value"] == pytest.approx(69_942.6, abs=0.5)
    assert rows["fe"]["original_unit"] == "% Fe2O3"
    assert rows["fe"]["original_text"] == "10"
    assert rows["fe"]["conversion_factor"] == pytest.approx(6994.26, abs=0.05)
    assert rows["cr"]["detection_limit"] == pytest.approx(68.42, abs=0.005)
    assert rows["mn"]["value"] == 7.0
    assert read.finding_counts["oxide_converted"] == 2


def test_oxides_of_a_long_file_are_converted_as_those_of_a_wide_one(
    samples_of: ReadSamples,
) -> None:
    head = "lon,lat,parameter,value,unit\n"
    body = ("Fe2O3,10,%", "Cr2O3,<100,mg/kg", "As2O3 (XRF),50,mg/kg", "Fe2O3,5,%", "Mn,7,mg/kg")
    read = samples_of(head + "".join(f"5.{n},50.95,{row}\n" for n, row in enumerate(body)))
    wide = samples_of("lon,lat,Fe2O3 (%),Cr2O3 (mg/kg),As2O3 (mg/kg)\n5.0,50.95,10,<100,50\n")
    amount = pl.coalesce("value", "detection_limit")
    names = ("contaminant", "censoring", "original_unit", "conversion_factor")
    rows = read.results.select(*names, amount).rows()
    same = wide.results.select(*names, amount).rows()
    assert [row[:4] for row in rows[:3]] == [row[:4] for row in same]
    assert [row[4] for row in rows[:3]] == pytest.approx([row[4] for row in same], rel=1e-15)
    # 10 % of 2 * 55.845 / (2 * 55.845 + 3 * 15.999), 100 of 0.68420 and 50 of 0.75739
    expected = [69943.0, 68.42, 37.869, 34971.5, 7.0]
    assert [row[4] for row in rows] == pytest.approx(expected, rel=1e-4)
    assert [row[2] for row in rows[:2]] == ["% Fe2O3", "mg/kg Cr2O3"]
    assert read.results["extraction"].to_list()[2] == "XRF"
    assert read.finding_counts["oxide_converted"] == 3
    assert rows[4][3] == 1.0


def test_oxide_with_the_number_of_its_element_is_a_conflict(samples_of: ReadSamples) -> None:
    head = "lon,lat,parameter,cas,value,unit\n"
    read = samples_of(head + "5.75,50.95,Fe2O3,7439-89-6,10,%\n5.75,50.95,Mn,,7,mg/kg\n")
    assert read.results["contaminant"].to_list() == ["mn"]
    assert read.finding_counts["analyte_conflict"] == 1
