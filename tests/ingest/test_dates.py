from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.dates import EARLIEST, Period, find_day_order, parse_period, read_periods

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
        ("39925", "date_serial"),
        ("03/04/09", "date_ambiguous"),
        ("2009/2008", "dates_reversed"),
        ("22 Foo 2009", "date_not_understood"),
        ("1/2/3/" * 40, "date_not_understood"),
        ("2001 - x", "date_not_understood"),
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


@pytest.mark.parametrize(
    "text",
    [
        *["22 avril 2009", "22 de abril de 2009", "2009年4月22日", "22 апреля 2009 г."],
        *["April 22, 2009", "Apr 22nd 2009", "22. April 2009", "22-Apr-09", "22.04.09", "22/4/09"],
        *["22 أبريل 2009", "22 نيسان 2009", "2009-04-22T23:30:00-07:00", "2009-04-22 10:00"],
    ],
)
def test_one_day_in_many_spellings(text: str) -> None:
    assert parse_period(text, today=TODAY) == Period(date(2009, 4, 22), date(2009, 4, 22))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("avril 2009", date(2009, 4, 1), date(2009, 4, 30)),
        ("Apr-2009", date(2009, 4, 1), date(2009, 4, 30)),
        ("август 2009", date(2009, 8, 1), date(2009, 8, 31)),
        ("2009年12月", date(2009, 12, 1), date(2009, 12, 31)),
        ("تشرين الثاني 2009", date(2009, 11, 1), date(2009, 11, 30)),
        ("2009年", date(2009, 1, 1), date(2009, 12, 31)),
        ("2009-2010", date(2009, 1, 1), date(2010, 12, 31)),
        ("2009/2010", date(2009, 1, 1), date(2010, 12, 31)),
        ("2009-04-22/2009-05-01", date(2009, 4, 22), date(2009, 5, 1)),
        ("22.04.2009 - 01.05.2009", date(2009, 4, 22), date(2009, 5, 1)),
        ("22.04.2009 bis 01.05.2009", date(2009, 4, 22), date(2009, 5, 1)),
        ("April 2009 to May 2009", date(2009, 4, 1), date(2009, 5, 31)),
    ],
)
def test_months_years_and_ranges(text: str, first: date, last: date) -> None:
    assert parse_period(text, today=TODAY) == Period(first, last)


@given(st.integers(0, 99))
def test_short_years_are_of_the_last_hundred_years(year: int) -> None:
    found = parse_period(f"01.01.{year:02d}", today=TODAY).first
    assert found is not None
    assert found.year % 100 == year
    assert TODAY.year - 100 < found.year <= TODAY.year


def test_numbers_of_days_are_dates_only_where_that_is_accepted() -> None:
    texts = pl.Series(["39925", "2009", "39925.5"])
    assert read_periods(texts, None)["problem"].to_list() == ["date_serial", None, "date_serial"]
    read = read_periods(texts, None, are_serials_read=True)
    # 22 April 2009 is day 39925 in spreadsheets
    assert read["first"].to_list() == [date(2009, 4, 22), date(2009, 1, 1), date(2009, 4, 22)]
    assert read["problem"].to_list() == ["date_from_serial", None, "date_from_serial"]


@given(st.text(alphabet="0123456789/-.: TZaprilмая年月日", max_size=90))
def test_any_text_is_a_period_or_has_a_problem(text: str) -> None:
    period = parse_period(text.strip(), today=TODAY)
    if period.problem is None and text.strip():
        assert period.first is not None
        assert period.last is not None
        assert EARLIEST <= period.first <= period.last
        assert period.first <= TODAY


def test_a_column_of_plain_days_is_read_as_one_day_after_the_other() -> None:
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    texts = [
        *("2020-02-29", "2019-02-29", "2020-13-01", "1800-01-01", "1799-12-31", "0000-01-01"),
        *(
            "2020-2-9",
            "2020-02-29T10:00",
            "20200229",
            "2020",
            "",
            "22.04.09",
            "\uff12020-02-29",
            "+2020-01-01",
        ),
        *(tomorrow.isoformat(), (tomorrow - timedelta(days=1)).isoformat()),
    ]
    frame = read_periods(pl.Series(texts), None)
    periods = [parse_period(text) for text in texts]
    assert frame.rows() == [(one.first, one.last, one.problem) for one in periods]
