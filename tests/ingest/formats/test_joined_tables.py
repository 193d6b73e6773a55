"""Formats whose rows are spread over several tables of one workbook or archive."""

import io
import zipfile

import pytest

from ingest.errors import IngestError
from tests.ingest.conftest import ReadSamples
from tests.ingest.formats.test_sample_formats import EQUIS
from tests.ingest.readers.conftest import xlsx

RESULTS = EQUIS.replace(",longitude,latitude,sample_type_code", "")
ROW = "{code},SW6010B,2009-05-01,T,initial,SO,Dry,1,,7439-92-1,Lead,{value},TRG,Y,Y,,,,,,,"
ROW += "mg/kg,mg/kg\n"
SAMPLES = (
    "sys_sample_code,sys_loc_code,sample_type_code,start_depth,end_depth,depth_unit\n"
    "MW-1,L1,N,0,6,in\nMW-1D,L1,FD,0,6,in\nMW-2,L2,N,0,1,ft\n"
)
LOCATIONS = "sys_loc_code,longitude,latitude\nL1,5.75,50.97\nL2,5.76,50.98\n"


def archive(**members: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        for name, text in members.items():
            target.writestr(f"edd/{name}.csv", text)
    return packed.getvalue()


def template(original: list[list[object]]) -> bytes:
    """Write the sheets of a GloSIS template: headers in row 2, in row 1 for three of them."""
    above = ["filled in by the country"]
    return xlsx(
        (
            "Plot Data",
            [
                above,
                [
                    "project_name",
                    "site_code",
                    "plot_code",
                    "profile_code",
                    "date",
                    "longitude",
                    "latitude",
                ],
                ["P", "S1", "PL1", "PR1", "2019-03-01", 36.8, -1.3],
                ["P", "S2", "PL2", "PR2", "2019-03-02", 0, 0],
            ],
        ),
        (
            "Element Data",
            [
                above,
                [
                    "profile_code",
                    "element_code",
                    "type",
                    "order_element",
                    "upper_depth",
                    "lower_depth",
                ],
                ["PR1", "E1", "Layer", 1, 0, 20],
                ["PR1", "E2", "Layer", 2, 20, 50],
                ["PR2", "E1", "Layer", 1, 0, 20],
            ],
        ),
        (
            "Specimen Data",
            [
                ["profile_code", "element_code", "specimen_code", "Cd", "Coptot", "Copext", "pH"],
                ["PR1", "E1", "SP1", 0, 14.5, 2.5, 6.1],
                ["PR1", "E2", "SP2", 0.001, 11, 1.5, 6.3],
                ["PR2", "E1", "SP3", 0.002, 12, 2, 6.5],
            ],
        ),
        (
            "Procedures",
            [
                [
                    "soil_property",
                    "property_phys_chem_id",
                    "procedure_phys_chem_id",
                    "unit_of_measure_id",
                ],
                ["Cd", "cadmiumProperty", "UnkSpec", "%"],
                ["Coptot", "copperTotalProperty", "Total_xrf", "mg/kg"],
                ["Copext", "copperExtProperty", "Ext_dtpa", "mg/kg"],
                ["pH", "pHProperty", "pHH2O", "pH"],
            ],
        ),
        ("Original Data", original),
    )


def test_equis_results_find_sample_and_place(samples_of: ReadSamples) -> None:
    rows = [("MW-1", 40), ("MW-1D", 42), ("MW-2", 7), ("MW-9", 1)]
    results = RESULTS + "".join(ROW.format(code=code, value=value) for code, value in rows)
    read = samples_of(archive(TestResultQC_v3=results, Sample_v3=SAMPLES, Location_v3=LOCATIONS))
    assert read.description["mapping"] == "equis-testresultqc"
    assert read.description["joined edd/Sample_v3.csv"] == "sys_sample_code"
    shown = ("site_code", "sample_code", "longitude", "latitude", "depth_lower_cm")
    assert read.samples.select(shown).rows() == [
        ("L1", "MW-1", 5.75, 50.97, 15.24),
        ("L1", "MW-1D", 5.75, 50.97, 15.24),
        ("L2", "MW-2", 5.76, 50.98, 30.48),
    ]
    assert read.results.select("value", "replicate").rows() == [
        (40.0, None),
        (42.0, "FD"),
        (7.0, None),
    ]
    (lost,) = read.quarantined
    assert (lost.row_number, lost.cells[0]) == (5, "MW-9")
    assert {reason.code for reason in lost.reasons} == {"coordinate_missing"}


def test_a_missing_table_is_named(samples_of: ReadSamples) -> None:
    results = RESULTS + ROW.format(code="MW-1", value=40)
    with pytest.raises(IngestError) as caught:
        samples_of(archive(TestResultQC_v3=results, Sample_v3=SAMPLES))
    assert caught.value.code == "coordinates_missing_columns"


def test_a_sample_told_twice_differently_is_refused(samples_of: ReadSamples) -> None:
    results = RESULTS + ROW.format(code="MW-1", value=40)
    twice = LOCATIONS + "L1,5.75,50.97\n"
    read = samples_of(archive(TestResultQC_v3=results, Sample_v3=SAMPLES, Location_v3=twice))
    assert read.samples.height == 1
    moved = LOCATIONS + "L1,6.75,50.97\n"
    with pytest.raises(IngestError) as caught:
        samples_of(archive(TestResultQC_v3=results, Sample_v3=SAMPLES, Location_v3=moved))
    assert caught.value.code == "join_not_unique"
    assert '"L1"' in caught.value.message


def test_the_template_is_joined_with_its_units_and_procedures(samples_of: ReadSamples) -> None:
    read = samples_of(template([]))
    assert (read.description["mapping"], read.description["censoring"]) == ("glosis-v6", "unknown")
    shown = (
        "site_code",
        "sample_code",
        "longitude",
        "latitude",
        "depth_upper_cm",
        "depth_lower_cm",
    )
    assert read.samples.select(shown).rows() == [
        ("PR1", "SP1", 36.8, -1.3, 0.0, 20.0),
        ("PR1", "SP2", 36.8, -1.3, 20.0, 50.0),
    ]
    # total and extractable copper are never one
    assert read.results.select("sample_row", "contaminant", "value", "extraction").rows() == [
        (2, "cd", 0.0, "UnkSpec"),
        (2, "cu", 14.5, "total, Total_xrf"),
        (2, "cu", 2.5, "extractable, Ext_dtpa"),
        (3, "cd", 10.0, "UnkSpec"),
        (3, "cu", 11.0, "total, Total_xrf"),
        (3, "cu", 1.5, "extractable, Ext_dtpa"),
    ]
    assert read.finding_counts["limits_unknown"] == read.finding_counts["value_zero"] == 1
    assert [row.reasons[0].code for row in read.quarantined] == ["null_island"]


def test_the_laboratorys_own_sheet_comes_first(samples_of: ReadSamples) -> None:
    original = [["Sample", "Longitude", "Latitude", "Cd (mg/kg)"], ["1", 36.8, -1.3, "<0.05"]]
    content = template(original)
    read = samples_of(content)
    assert read.results.select("value", "censoring", "detection_limit").rows() == [
        (None, "left", 0.05)
    ]
    assert read.finding_counts["glosis_original_read"] == 1
    assert "limits_unknown" not in read.finding_counts
    assert samples_of(content, sheet="Specimen Data").description["mapping"] == "glosis-v6"


def test_notes_in_place_of_the_laboratorys_table_are_passed_over(samples_of: ReadSamples) -> None:
    read = samples_of(template([["ask the laboratory", ""], ["by telephone", "in May"]]))
    assert read.description["mapping"] == "glosis-v6"
