"""Uncertainties beside results, by files written here; the numbers are worked out by hand."""

import pytest

from ingest.mapping.serial import from_toml
from ingest.records import SampleImport
from tests.ingest.conftest import ReadSamples


def told(read: SampleImport) -> dict[tuple[int, str], tuple[float | None, float | None]]:
    rows = read.results.select("row_number", "contaminant", "uncertainty", "coverage_factor").rows()
    return {(row, code): (spread, factor) for row, code, spread, factor in rows}


def wide(header: str, *rows: str) -> str:
    return "\n".join(
        [f"lon,lat,{header}", *(f"{5 + n / 10},51,{row}" for n, row in enumerate(rows))]
    )


def test_column_in_the_unit_of_its_contents(samples_of: ReadSamples) -> None:
    read = samples_of(wide("Pb (µg/kg),Pb uncertainty (k=2)", "300,30", "100,", "200,n.a."))
    assert told(read) == {(2, "pb"): (0.03, 2.0), (3, "pb"): (None, None), (4, "pb"): (None, None)}
    assert read.finding_counts["uncertainty_unit_assumed"] == 1


def test_units_and_shares(samples_of: ReadSamples) -> None:
    read = samples_of(
        wide(
            "Pb (mg/kg),u(Pb) [µg/kg],Zn (mg/kg),Zn Messunsicherheit [%],Cd (mg/kg),Cd ± [mg/kg]",
            "3,300,200,10,1,5 %",
        )
    )
    assert told(read) == {
        (2, "pb"): (0.3, 1.0),
        (2, "zn"): (20.0, None),
        (2, "cd"): (0.05, None),
    }


def test_uncertainty_follows_oxide_and_dry_mass(samples_of: ReadSamples) -> None:
    # ZnO is 80.34 % zinc: 65.38 / (65.38 + 15.999)
    read = samples_of(wide("ZnO (mg/kg),ZnO uncertainty,moisture", "100,10,"))
    assert told(read)[2, "zn"][0] == pytest.approx(10 * 65.38 / 81.379, rel=1e-4)
    read = samples_of(
        wide("Pb (mg/kg),Pb uncertainty [mg/kg],basis,moisture", "8,0.8,wet,20"),
    )
    assert told(read)[2, "pb"][0] == pytest.approx(1.0)


def test_what_cannot_be_kept_is_said_and_the_result_is_loaded(samples_of: ReadSamples) -> None:
    read = samples_of(
        wide(
            "Fe [%],Fe uncertainty [%],Pb (mg/kg),Pb unc (mg/kg),Zn unc",
            "3,0.1,<5,1,2",
            "3,1,7,x,2",
        )
    )
    counts = read.finding_counts
    assert counts["uncertainty_not_kept"] == 2  # % beside %, and zinc of which there is nothing
    assert counts["uncertainty_beside_limit"] == 1
    assert counts["uncertainty_not_number"] == 1
    assert {spread for spread, _ in told(read).values()} == {None}
    assert read.results.height == 4


def test_relative_percent_is_clear_beside_contents_in_percent(samples_of: ReadSamples) -> None:
    read = samples_of(wide("Fe [%],Fe uncertainty [rel. %]", "3,10"))
    assert told(read)[2, "fe"][0] == pytest.approx(3000.0)


def test_one_contaminant_and_a_column_that_says_uncertainty_alone(samples_of: ReadSamples) -> None:
    read = samples_of(wide("Pb (mg/kg),Uncertainty (k=2) [%]", "50,20"))
    assert told(read) == {(2, "pb"): (10.0, 2.0)}
    read = samples_of(wide("Pb (mg/kg),Zn (mg/kg),Uncertainty [%]", "50,50,20"))
    assert read.finding_counts["uncertainty_not_kept"] == 1


def test_extraction_tells_columns_of_one_contaminant_apart(samples_of: ReadSamples) -> None:
    header = "Pb XRF (mg/kg),Pb aqua regia (mg/kg),Pb XRF uncertainty (mg/kg)"
    read = samples_of(wide(header, "50,40,5"))
    rows = read.results.select("extraction", "uncertainty").rows()
    assert sorted(rows, key=str) == [("XRF", 5.0), ("aqua regia", None)]


def test_logarithms_have_no_uncertainty_here(samples_of: ReadSamples) -> None:
    mapping = from_toml(
        'name = "logs"\n[columns]\n"Pb" = "contaminant:pb [mg/kg]"\n'
        '"e" = "uncertainty:pb [mg/kg]"\n'
        '[file]\nscale = "log10"\n'
    )
    read = samples_of(wide("Pb,e", "2,0.1"), mapping=mapping)
    assert read.results["value"].to_list() == [100.0]
    assert read.finding_counts["uncertainty_not_kept"] == 1


def test_mapping_states_column_unit_and_factor(samples_of: ReadSamples) -> None:
    read = samples_of(
        wide("Pb,e", "2,100"),
        columns={"Pb": "contaminant:pb [mg/kg]", "e": "uncertainty:pb [µg/kg] k=2"},
    )
    assert told(read) == {(2, "pb"): (0.1, 2.0)}


def test_factor_stated_for_the_file_counts_where_nothing_else_says_it(
    samples_of: ReadSamples,
) -> None:
    mapping = from_toml('name = "own"\n[file]\ncoverage_factor = 2.0\n')
    text = wide("Pb (mg/kg),Zn (mg/kg),u(Zn)", "12 ± 3,5,1")
    read = samples_of(text, mapping=mapping)
    assert told(read) == {(2, "pb"): (3.0, 2.0), (2, "zn"): (1.0, 1.0)}


LONG = "lon,lat,analyte,value,unit,uncertainty,uncertainty_unit,coverage_factor\n"


def test_rows_of_long_files(samples_of: ReadSamples) -> None:
    rows = (
        "5,51,Pb,300,ug/kg,30,,2\n"
        "5,51,Zn,200,mg/kg,10,%,\n"
        "5,51,Cd,1,mg/kg,20,ug/kg,1\n"
        "5,51,As,<1,mg/kg,1,,\n"
        "5,51,Cu,7 ± 1,mg/kg,,,\n"
        "5,51,Ni,7,mg/kg,much,,\n"
        "5,51,Cr,7,mg/kg,1,furlong,\n"
        "5,51,Hg,7,%,1,%,\n"
    )
    read = samples_of(LONG + rows)
    assert told(read) == {
        (2, "pb"): (0.03, 2.0),
        (3, "zn"): (20.0, None),
        (4, "cd"): (0.02, 1.0),
        (5, "as"): (None, None),
        (6, "cu"): (1.0, None),
        (7, "ni"): (None, None),
        (8, "cr"): (None, None),
        (9, "hg"): (None, None),
    }
    assert read.finding_counts["uncertainty_not_number"] == 3
    assert read.finding_counts["uncertainty_beside_limit"] == 1


def test_long_oxides_and_wet_mass(samples_of: ReadSamples) -> None:
    header = "lon,lat,analyte,value,unit,Uncertainty (k=2) [mg/kg],basis,moisture\n"
    read = samples_of(header + "5,51,ZnO,1,%,10,,\n5,51,Pb,8,mg/kg,0.8,wet,20\n")
    found = told(read)
    assert found[2, "zn"][0] == pytest.approx(10 * 65.38 / 81.379, rel=1e-4)
    assert found[3, "pb"] == (pytest.approx(1.0), 2.0)


def test_repairs_are_told_of_results_and_samples(samples_of: ReadSamples) -> None:
    text = "lon,lat,Pb (mg/kg),date\n0,0,-5,33000\n5,51,3,2001-01-01\n"
    accept = frozenset({"null_island", "value_negative", "date_serial"})
    read = samples_of(text, accept=accept)
    assert read.samples["repairs"].to_list() == ["date_serial null_island", None]
    assert read.results["repairs"].to_list() == ["value_negative", None]
    long = "lon,lat,analyte,value,unit\n5,51,Pb,-5,mg/kg\n5,51,Zn,5,mg/kg\n"
    read = samples_of(long, accept=frozenset({"value_negative"}))
    assert read.results["repairs"].to_list() == ["value_negative", None]


def test_what_a_format_says_of_negatives_is_no_repair(samples_of: ReadSamples) -> None:
    mapping = from_toml('name = "own"\n[file]\nnegative = "below_limit"\n')
    read = samples_of(wide("Pb (mg/kg)", "-5"), mapping=mapping)
    assert read.results["repairs"].to_list() == [None]


def test_rows_may_all_be_set_aside(samples_of: ReadSamples) -> None:
    # No cell is left that could tell an uncertainty.
    read = samples_of(wide("Pb (mg/kg),Pb uncertainty (k=2)", "300"))
    assert [row.row_number for row in read.quarantined] == [2]
    assert told(read) == {}
