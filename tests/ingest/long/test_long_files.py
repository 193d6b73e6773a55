"""Whatever stands in the rows of a long file, every row is accounted for and nothing breaks."""

import csv
import io

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.errors import IngestError
from tests.ingest.conftest import ReadSamples

HEADER = (
    *("site", "lon", "lat", "depth", "date", "analyte", "cas", "value", "flag", "detected"),
    *("RL", "MDL", "limit_type", "limit_unit", "unit", "basis", "moisture", "sample_type"),
)
CELLS = {
    "site": ["A", "B", ""],
    "lon": ["8", "9", "", "x", "0"],
    "lat": ["50", "51", "95", "0"],
    "depth": ["0-20 cm", "5", "", "deep"],
    "date": ["2019-03-01", "2019", "", "3/4/2019", "soon"],
    "analyte": ["Lead", "Zn", "pH", "", "Mercury (7439-97-6)", "Cs-137"],
    "cas": ["", "7439-92-1", "7440-66-6", "1"],
    "value": ["1", "0", "-3", "<2", ">9", "ND", "", "1e999", "NaN", "-999", "=A1", "5U", "1,5"],
    "flag": ["", "U", "J", "R", "UJ", "<", "U J", "B", "Z9"],
    "detected": ["", "Not Detected", "Not Reported", "Above Operating Range", "so so"],
    "RL": ["", "0", "0.5", "x", "<1"],
    "MDL": ["", "0.1", "-1"],
    "limit_type": ["", "Upper Reporting Limit", "Method Detection Level"],
    "limit_unit": ["", "ug/kg", "stone"],
    "unit": ["mg/kg", "", "%", "Bq/kg", "mg/l", "mg/kg ww"],
    "basis": ["", "dry", "wet", "odd"],
    "moisture": ["", "20", "100", "-5", "wet"],
    "sample_type": ["", "N", "FD", "Field Blank", "odd"],
}
rows = st.lists(
    st.tuples(*(st.sampled_from(CELLS[name]) for name in HEADER)), min_size=1, max_size=8
)
# without the flags and conditions that refuse a file until they are explained
CLEAR = {"flag": CELLS["flag"][:-2], "detected": CELLS["detected"][:-1]}
clear_rows = st.lists(
    st.tuples(*(st.sampled_from(CLEAR.get(name, CELLS[name])) for name in HEADER)),
    min_size=1,
    max_size=8,
)


def as_csv(lines: list[tuple[str, ...]]) -> str:
    target = io.StringIO()
    csv.writer(target).writerows([HEADER, *lines])
    return target.getvalue()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(clear_rows)
def test_every_row_is_accounted_for(samples_of: ReadSamples, lines: list[tuple[str, ...]]) -> None:
    read = samples_of(as_csv(lines), decimal=".")
    counts = read.counts
    assert counts.read == len(lines)
    assert counts.read == counts.accepted + counts.quarantined + counts.skipped
    assert counts.quarantined == len(read.quarantined)
    assert set(read.results["sample_row"]) <= set(read.samples["row_number"])
    bad = {row.row_number for row in read.quarantined}
    assert bad.isdisjoint(read.results["row_number"])
    # a result is a value, or a limit, or a non-detect whose limit is unknown; never a zero limit
    for result in read.results.rows(named=True):
        assert (result["value"] is not None) == (result["censoring"] == "none")
        assert result["censoring"] != "right" or result["detection_limit"] is not None
        assert result["detection_limit"] is None or result["detection_limit"] > 0
        assert result["unit"] in {"mg/kg", "Bq/kg"}
        assert result["basis"] in {"dry", "unstated"}


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows)
def test_unclear_flags_refuse_and_nothing_else_does(
    samples_of: ReadSamples, lines: list[tuple[str, ...]]
) -> None:
    try:
        read = samples_of(as_csv(lines), decimal=".")
    except IngestError as error:
        assert error.code == "qualifier_unclear"  # noqa: PT017
        flags = {line[HEADER.index("flag")] for line in lines}
        conditions = {line[HEADER.index("detected")] for line in lines}
        assert flags & {"B", "Z9"} or "so so" in conditions
    else:
        assert read.counts.read == len(lines)
