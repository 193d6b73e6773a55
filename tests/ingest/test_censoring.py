import polars as pl
import pytest
from hypothesis import given, settings
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


@settings(deadline=None)  # the first one loads polars' engine
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
        ("12 ± x", "value_not_number"),
        ("12 ± 3 ± 4", "value_not_number"),
        ("<-5", "value_separators"),
        ("=1+1", "value_formula"),
        ("@SUM(A1)", "value_formula"),
        ("+cmd|x", "value_formula"),
        ("1,234", "value_separators"),
        ("1,23.5", "value_separators"),
        ("1 20", "value_separators"),
        ("0 200", "value_separators"),
        ("1 234,567", "value_separators"),
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


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("1,234.5", ".", 1234.5),
        ("1,234,567", ".", 1234567.0),
        ("1.234,5", ",", 1234.5),
        ("1 234,5", ",", 1234.5),
        ("1 234", ".", 1234.0),
        ("1\u00a0234", ".", 1234.0),
        ("1\u202f234\u202f567,25", ",", 1234567.25),
        ("12'345.6", ".", 12345.6),
        ("12’345", ".", 12345.0),
        ("1,234.5 J", ".", 1234.5),
    ],
)
def test_thousands_are_read_where_signs_mean_nothing_else(
    text: str, decimal: str, value: float
) -> None:
    one = interpret(text, decimal, FLAGS)  # type: ignore[arg-type]
    assert (one.value, one.problem) == (value, "thousands_separated")


def test_limits_may_have_thousands() -> None:
    one = interpret(">1 000", ".", FLAGS)
    assert (one.censoring, one.detection_limit, one.problem) == (
        "right",
        1000.0,
        "thousands_separated",
    )


def test_a_comma_separates_thousands_only_where_the_column_proves_it() -> None:
    proven = read_measurements(pl.Series(["1,234.5", "2,000", "7"]), ".", FLAGS)
    assert proven["value"].to_list() == [1234.5, 2000.0, 7.0]
    unproven = read_measurements(pl.Series(["2,000", "7"]), ".", FLAGS)
    assert unproven["problem"].to_list() == ["value_separators", None]
    contradicted = read_measurements(pl.Series(["1,234.5", "2,000", "1,5"]), ".", FLAGS)
    assert contradicted["problem"].to_list() == [
        "thousands_separated",
        "value_separators",
        "value_separators",
    ]


@pytest.mark.parametrize(
    ("text", "decimal", "value", "uncertainty"),
    [
        ("12 ± 3", ".", 12.0, 3.0),
        ("1.2±0.3", ".", 1.2, 0.3),
        ("1,2 +/- 0,3", ",", 1.2, 0.3),
        ("12 (± 10 %)", ".", 12.0, 1.2),
    ],
)
def test_uncertainty_behind_a_number_is_kept(
    text: str, decimal: str, value: float, uncertainty: float
) -> None:
    one = interpret(text, decimal, FLAGS)  # type: ignore[arg-type]
    assert (one.value, one.uncertainty, one.problem) == (value, uncertainty, "uncertainty_kept")
    assert one.qualifier is None


def test_negative_numbers_are_limits_only_where_somebody_says_so() -> None:
    flags = FlagIndex([], negative_is_limit=True)
    one = interpret("-0.5", ".", flags)
    assert (one.value, one.censoring, one.detection_limit) == (None, "left", 0.5)
    assert one.problem == "negative_as_limit"
    assert interpret("-999", ".", flags).problem == "value_fill"
    assert interpret("-999", ".", FlagIndex([], fill_is_missing=True)).is_missing


@given(
    st.integers(1000, 10**12),
    st.integers(0, 999),
    st.sampled_from([(".", ","), (",", "."), (".", " "), (",", " "), (".", "'"), (",", "\u202f")]),
)
def test_grouped_numbers_come_back_exactly(whole: int, part: int, signs: tuple[str, str]) -> None:
    decimal, separator = signs
    text = f"{whole:,}".replace(",", separator) + f"{decimal}{part:03d}"
    one = interpret(text, decimal, FLAGS)  # type: ignore[arg-type]
    assert one.value == float(f"{whole}.{part:03d}")
