import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.censoring import MEASUREMENT_SCHEMA, FlagIndex, interpret, read_measurements
from ingest.registries import FlagEntry, Registries

FLAGS = FlagIndex(
    [
        FlagEntry("ND", "text", "left", "needs limit field", "Not detected"),
        FlagEntry("n/a", "text", "missing"),
        FlagEntry("U", "suffix/column", "left"),
        FlagEntry("J", "suffix/column", "none"),
        FlagEntry("R", "suffix/column", "invalid"),
        FlagEntry("B", "suffix/column", "none"),
        FlagEntry("B (USGS)", "suffix/column", "missing"),
    ]
)
CELLS = st.one_of(
    st.floats(min_value=0, allow_nan=False).map(repr),
    st.floats(allow_nan=True).map(lambda value: f"<{value}"),
    st.text(alphabet="0123456789.,<>-+eENDUJBan/ =", max_size=8).map(str.strip),
    st.sampled_from(["", "ND", "n/a", "0", "<0", "> 5", "5 U", "5R", "-999", "1e999", "\x00"]),
)


@given(st.lists(CELLS, min_size=1))
def test_the_pass_over_columns_agrees_with_the_reading_of_single_cells(cells: list[str]) -> None:
    frame = read_measurements(pl.Series(cells), ".", FLAGS)
    for cell, row in zip(cells, frame.rows(named=True), strict=True):
        one = interpret(cell, ".", FLAGS)
        assert row == {name: getattr(one, name) for name in MEASUREMENT_SCHEMA}, cell


@given(st.lists(CELLS, min_size=1))
def test_no_cell_gives_an_impossible_number(cells: list[str]) -> None:
    frame = read_measurements(pl.Series(cells), ".", FLAGS)
    numbers = pl.concat([frame["value"], frame["detection_limit"]]).drop_nulls()
    assert numbers.is_finite().all()
    assert (numbers >= 0).all()
    assert (
        frame.filter(pl.col("censoring") != "none")["value"].null_count()
        == frame.filter(pl.col("censoring") != "none").height
    )


@pytest.mark.parametrize(
    ("text", "decimal", "censoring", "limit"),
    [
        ("<0.05", ".", "left", 0.05),
        ("<0,05", ",", "left", 0.05),
        ("< 5", ".", "left", 5.0),
        ("<=2", ".", "left", 2.0),
        ("≤2", ".", "left", 2.0),
        (">1000", ".", "right", 1000.0),
        ("≥ 1000", ".", "right", 1000.0),
        ("0.5 U", ".", "left", 0.5),
        ("0.5U", ".", "left", 0.5),
    ],
)
def test_limits_are_read(text: str, decimal: str, censoring: str, limit: float) -> None:
    one = interpret(text, decimal, FLAGS)
    assert (one.value, one.censoring, one.detection_limit, one.limit_kind) == (
        None,
        censoring,
        limit,
        "unstated",
    )
    assert one.problem is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("-5", "value_negative"),
        ("-9999", "value_fill"),
        ("-99", "value_fill"),
        ("0", "value_zero"),
        ("0.00", "value_zero"),
        ("nan", "value_not_finite"),
        ("Inf", "value_not_finite"),
        ("1e999", "value_not_finite"),
        ("<1e999", "value_not_finite"),
        ("high", "value_not_number"),
        ("12 ± 3", "value_not_number"),
        ("<-5", "value_separators"),
        ("=1+1", "value_formula"),
        ("@SUM(A1)", "value_formula"),
        ("+cmd|x", "value_formula"),
        ("1,234.5", "value_separators"),
        ("1 200", "value_separators"),
        ("0,5", "value_separators"),
        ("<0,5", "value_separators"),
        ("ND", "limit_missing"),
        ("n.d.", "value_not_number"),
        ("<0", "limit_missing"),
        (">0", "value_not_number"),
        ("5 B", "flag_ambiguous"),
        ("5 R", "value_rejected"),
        ("5 X", "value_not_number"),
    ],
)
def test_faults_have_their_code(text: str, problem: str) -> None:
    assert interpret(text, ".", FLAGS).problem == problem


def test_zero_is_loaded_as_zero_with_its_finding() -> None:
    one = interpret("0", ".", FLAGS)
    assert (one.value, one.censoring, one.problem) == (0.0, "none", "value_zero")


def test_estimated_value_keeps_its_flag() -> None:
    one = interpret("12 J", ".", FLAGS)
    assert (one.value, one.qualifier, one.problem) == (12.0, "J", None)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("n.d.", "detection"),
        ("N.D", "detection"),
        ("BDL", "detection"),
        ("<LOQ", "quantification"),
        ("<RL", "reporting"),
        ("<MDL", "method_detection"),
        ("tr.", "quantification"),
        ("未检出", "detection"),
        ("Below Reporting Limit", "reporting"),
    ],
)
def test_words_of_the_registry_are_censored_without_a_limit(
    text: str, kind: str, registries: Registries
) -> None:
    one = interpret(text, ".", FlagIndex(registries.flags))
    assert (one.censoring, one.detection_limit, one.problem) == ("left", None, "limit_missing")
    assert one.qualifier is not None
    if text != "tr.":
        assert one.limit_kind == kind


@pytest.mark.parametrize("text", ["", "-", "--", "NA", "n/a", "n.a.", "null", ".", "not analysed"])
def test_missing_words_of_the_registry_give_no_result(text: str, registries: Registries) -> None:
    assert interpret(text, ".", FlagIndex(registries.flags)).is_missing


@pytest.mark.parametrize("text", ["5B", "5.000N", "1.000L", "3G"])
def test_flags_that_depend_on_the_source_are_not_guessed(text: str, registries: Registries) -> None:
    assert interpret(text, ".", FlagIndex(registries.flags)).problem == "flag_ambiguous"
