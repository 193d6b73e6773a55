from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.dates import EARLIEST, find_day_order, parse_period, read_periods

TODAY = date(2026, 11, 22)
DAYS = st.dates(min_value=EARLIEST, max_value=TODAY)


@given(DAYS, st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y", "%Y-%m-%dT00:00:00Z"]))
def test_clear_forms_are_read_exactly(day: date, form: str) -> None:
    period = parse_period(day.strftime(form), today=TODAY)
    assert (period.first, period.last, period.problem) == (day, day, None)


@given(DAYS)
def test_slashes_are_read_by_the_stated_order_or_not_at_all(day: date) -> None:
    text = f"{day.day}/{day.month}/{day.year}"
    assert parse_period(text, "day first", TODAY).first == day
    period = parse_period(text, None, TODAY)
    if day.day > 12 or day.day == day.month:
        assert period.first == day
    else:
        assert period.problem == "date_ambiguous"


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2009", date(2009, 1, 1), date(2009, 12, 31)),
        ("2009.0", date(2009, 1, 1), date(2009, 12, 31)),
        ("2008-02", date(2008, 2, 1), date(2008, 2, 29)),
        ("2009-12", date(2009, 12, 1), date(2009, 12, 31)),
        ("22 Apr 2009", date(2009, 4, 22), date(2009, 4, 22)),
        ("22-april-2009", date(2009, 4, 22), date(2009, 4, 22)),
        ("", None, None),
    ],
)
def test_periods(text: str, first: date | None, last: date | None) -> None:
    period = parse_period(text, today=TODAY)
    assert (period.first, period.last, period.problem) == (first, last, None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("soon", "date_not_understood"),
        ("2009-13-01", "date_not_understood"),
        ("2009-02-30", "date_not_understood"),
        ("2009-13", "date_not_understood"),
        ("39925", "date_not_understood"),
        ("03/04/09", "date_not_understood"),
        ("03/04/2009", "date_ambiguous"),
        ("1492-10-12", "date_out_of_range"),
        ("0000", "date_not_understood"),
        ("2199", "date_out_of_range"),
    ],
)
def test_faulty_dates_say_why(text: str, problem: str) -> None:
    assert parse_period(text, today=TODAY).problem == problem


def test_tomorrow_is_refused() -> None:
    tomorrow = (TODAY + timedelta(days=1)).isoformat()
    assert parse_period(tomorrow, today=TODAY).problem == "date_out_of_range"


def test_order_needs_evidence_without_contradiction() -> None:
    assert find_day_order(["1/2/2020", "2020-01-01"]) is None
    assert find_day_order(["1/13/2020"]) == "month first"
    assert find_day_order(["13/1/2020", "1/13/2020"]) is None


@given(st.lists(st.text(alphabet="0123456789-/. ", max_size=12), min_size=1))
def test_any_text_is_read_or_has_a_problem(texts: list[str]) -> None:
    frame = read_periods(pl.Series(texts), None)
    assert frame.height == len(texts)
    for text, first, problem in zip(texts, frame["first"], frame["problem"], strict=True):
        assert (first is not None) != (problem is not None) or not text
