import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import IngestError
from ingest.numbers import choose_decimal, parse_number, parse_numbers

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=64)


@given(st.lists(NUMBERS, min_size=1))
def test_parse_numbers_reads_every_finite_number_exactly(values: list[float]) -> None:
    texts = pl.Series([repr(value) for value in values])
    assert parse_numbers(texts, ".").to_list() == values


@given(st.lists(NUMBERS, min_size=1))
def test_parse_numbers_reads_decimal_commas_exactly(values: list[float]) -> None:
    texts = pl.Series([repr(value).replace(".", ",") for value in values])
    assert parse_numbers(texts, ",").to_list() == values


@given(st.lists(st.text(alphabet="0123456789.,-+eE<>ndINF_ '", max_size=8), min_size=1))
def test_fast_and_slow_parser_agree(texts: list[str]) -> None:
    for decimal in (".", ","):
        fast = parse_numbers(pl.Series(texts), decimal).to_list()
        slow = [parse_number(text, decimal) for text in texts]
        assert fast == [None if value is None or math.isinf(value) else value for value in slow]


@pytest.mark.parametrize(
    "text",
    ["nan", "NaN", "inf", "-Infinity", "1e999", "1_000", "0x10", "１", "1 000", "1,5", "1.5.2"],
)
def test_parse_numbers_refuses_what_is_no_plain_finite_number(text: str) -> None:
    assert parse_numbers(pl.Series([text]), ".").to_list() == [None]


def test_a_point_is_no_decimal_sign_in_a_file_of_decimal_commas() -> None:
    assert parse_numbers(pl.Series(["1.234", "1.234,5", "1,5"]), ",").to_list() == [
        None,
        None,
        1.5,
    ]


@pytest.mark.parametrize(
    ("cells", "decimal"),
    [
        (["1", "2"], "."),
        (["0,5"], ","),
        (["<0,05", "12"], ","),
        (["-109,1665", "36,4526"], ","),
        (["0,123"], ","),
        (["1234,567"], ","),
        (["1.5", "1,234"], "."),
        (["1.5", "1,5", "2,5"], ","),
        (["1,234", "1,5"], ","),
        (["1,234.5", "1,234"], "."),
        (["1.234,5", "1,234"], ","),
        (["1 234,567", "12"], ","),
    ],
)
def test_choose_decimal_from_evidence(cells: list[str], decimal: str) -> None:
    assert choose_decimal(cells) == decimal


def test_choose_decimal_asks_when_commas_may_separate_thousands() -> None:
    with pytest.raises(IngestError, match="State the decimal separator") as caught:
        choose_decimal(["1,234", "12"])
    assert caught.value.code == "decimal_unclear"
    assert choose_decimal(["1,234"], ",") == ","


def test_choose_decimal_refuses_another_sign() -> None:
    with pytest.raises(IngestError, match="decimal separator"):
        choose_decimal([], ";")
