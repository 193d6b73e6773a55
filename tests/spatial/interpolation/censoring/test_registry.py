import numpy as np
import pytest

from spatial.errors import (
    CensoredValuesError,
    ConstantValuesError,
    InvalidValuesError,
    TransformDomainError,
    UnknownNameError,
)
from spatial.interpolation.censoring.contract import PROBABILITIES
from spatial.interpolation.censoring.registry import SUMMARIES, summarise_censored

COLUMNS = {
    "ShePyrene": ("Pyrene", "PyreneCen"),
    "CuZn": ("Zn", "ZnCen"),
    "PbHeron": ("Liver", "LiverCen"),
    "Cadmium": ("Cd", "CdCen"),
    "TCEReg": ("TCEConc", "TCECen"),
    "atrazine": ("June", "JuneCen"),
}
METHODS = ("ros", "kaplan_meier", "maximum_likelihood")


def check(values, is_censored, table, row, close):
    method = str(table["method"][row])
    what = f"{table['set'][row]}, {method}"
    found = summarise_censored(values, is_censored, method)
    assert (found.count, found.censored_count) == (table["n"][row], table["censored"][row]), what
    tolerance = 1e-7 if method == "maximum_likelihood" else 1e-9
    close(found.mean, table["mean"][row], tolerance, f"{what}: mean")
    if table["sd"][row] > 0.0:
        close(found.sd, table["sd"][row], tolerance, f"{what}: sd")
    for share in PROBABILITIES:
        expected = float(table[f"q{round(100 * share):02d}"][row])
        value = found.quantiles[f"{share:.2f}"]
        if expected < 0.0:
            assert value is None, f"{what}: {share} lies below every measured value"
        else:
            close(value, expected, tolerance, f"{what}: quantile {share}")


def test_summaries_equal_r(reference, close):
    samples, table = reference("censored"), reference("censored_summaries")
    rows = np.flatnonzero(table["set"] == "own")
    assert len(rows) == 3
    for row in rows:
        check(samples["value"], samples["censored"] == 1, table, row, close)


@pytest.mark.parametrize("name", COLUMNS)
def test_summaries_equal_r_on_published_data(shared, reference, close, name):
    table = reference("censored_summaries")
    path = shared / "data" / "nondetects_nada2" / f"{name}.csv"
    data = np.genfromtxt(path, delimiter=",", names=True, dtype=None, encoding="utf-8")
    values, marks = data[COLUMNS[name][0]].astype(float), data[COLUMNS[name][1]].astype(str)
    # A missing number reads as NaN, or as −1 in a column of whole numbers.
    known = (values > 0.0) & (marks != "")
    rows = np.flatnonzero(table["set"] == name)
    assert len(rows) == 3
    for row in rows:
        check(values[known], marks[known] == "True", table, row, close)


@pytest.mark.parametrize("method", SUMMARIES)
def test_without_censoring_figures_are_the_usual_ones(method):
    values = np.exp(np.random.default_rng(0).normal(2.0, 0.7, 201))
    found = summarise_censored(values, np.zeros(201, bool), method)
    if method == "maximum_likelihood":
        logs = np.log(values)
        assert found.median == pytest.approx(np.exp(logs.mean()), rel=1e-9)
        assert found.mean == pytest.approx(np.exp(logs.mean() + 0.5 * logs.var()), rel=1e-7)
    else:
        assert found.mean == pytest.approx(values.mean(), rel=1e-12)
        assert found.sd == pytest.approx(values.std(ddof=1), rel=1e-12)
        assert found.median == pytest.approx(np.median(values), rel=1e-12)


@pytest.mark.parametrize("method", SUMMARIES)
def test_units_and_order_do_not_matter(reference, method):
    table = reference("censored")
    values, marks = table["value"], table["censored"] == 1
    first = summarise_censored(values, marks, method)
    turned = np.random.default_rng(1).permutation(len(values))
    assert summarise_censored(values[turned], marks[turned], method) == first
    scaled = summarise_censored(1000.0 * values, marks, method)
    assert scaled.mean == pytest.approx(1000.0 * first.mean, rel=1e-7)
    assert scaled.sd == pytest.approx(1000.0 * first.sd, rel=1e-6)


def test_the_truth_is_found_where_substitution_misses_it():
    rng = np.random.default_rng(4)
    truth = np.exp(rng.normal(0.0, 1.0, 4_000))
    limits = rng.choice([0.5, 1.0, 2.0], 4_000)
    marks = truth < limits
    values = np.where(marks, limits, truth)
    error = {
        method: abs(summarise_censored(values, marks, method).sd / truth.std() - 1.0)
        + abs(summarise_censored(values, marks, method).quantiles["0.25"] / 0.5094 - 1.0)
        for method in (*METHODS, "substitution_half")
    }
    assert all(error[method] < 0.2 for method in METHODS), error
    assert marks.mean() > 0.4


def test_substitution_says_what_it_is():
    found = summarise_censored([1.0, 2.0, 4.0], [True, False, False], "substitution_root")
    assert "not recommended" in found.label
    assert found.mean == pytest.approx((0.5**0.5 + 6.0) / 3.0)


@pytest.mark.parametrize("method", SUMMARIES)
def test_what_cannot_be_summarised_is_refused(method):
    with pytest.raises(CensoredValuesError, match="Only 0 of 3 values lie above"):
        summarise_censored([1.0, 2.0, 3.0], [True] * 3, method)
    with pytest.raises(ConstantValuesError, match="All 2 measured values are the same"):
        summarise_censored([1.0, 2.0, 2.0], [True, False, False], method)
    with pytest.raises(TransformDomainError, match="1 of 2 values or limits are zero"):
        summarise_censored([0.0, 2.0], [True, False], method)
    with pytest.raises(InvalidValuesError, match="one mark, true or false, per value"):
        summarise_censored([1.0, 2.0], [True], method)
    with pytest.raises(InvalidValuesError, match="missing"):
        summarise_censored([1.0, float("nan")], [True, False], method)
    with pytest.raises(UnknownNameError, match="no summary of censored values called 'zero'"):
        summarise_censored([1.0, 2.0], [False, False], "zero")


def test_a_limit_above_every_measured_value_is_kept():
    found = summarise_censored([9.0, 1.0, 2.0, 3.0], [True, False, False, False])
    assert found.count == 4
    assert found.censored_count == 1
