"""What `datetime` means: every form of OGC API and of ISO 8601's durations, and nothing else."""

from datetime import date

import pytest

from app.errors import InvalidRequest
from app.services.features import Period, parse_period


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2011-09-18", date(2011, 9, 18), date(2011, 9, 18)),
        ("2011-09-18T00:30:00Z", date(2011, 9, 18), date(2011, 9, 18)),
        ("2011-09-18T00:30:00+02:00", date(2011, 9, 17), date(2011, 9, 17)),
        ("2011-09-18t23:59:60.123456789z", date(2011, 9, 18), date(2011, 9, 18)),
        ("2011-09-18/2011-10-01", date(2011, 9, 18), date(2011, 10, 1)),
        ("2011-09-18T01:00:00Z/2011-09-18T02:00:00Z", date(2011, 9, 18), date(2011, 9, 18)),
        ("../2011-09-18", None, date(2011, 9, 18)),
        ("/2011-09-18", None, date(2011, 9, 18)),
        ("2011-09-18/..", date(2011, 9, 18), None),
        ("2011-09-18/", date(2011, 9, 18), None),
        ("../..", None, None),
        ("2011-09-18/P2D", date(2011, 9, 18), date(2011, 9, 20)),
        ("2012-01-31/P1M", date(2012, 1, 31), date(2012, 2, 29)),
        ("2011-09-18/P1Y2M1W3DT4H5M6S", date(2011, 9, 18), date(2012, 11, 28)),
        ("2011-09-18/PT36H", date(2011, 9, 18), date(2011, 9, 19)),
        ("P2D/2011-09-18", date(2011, 9, 16), date(2011, 9, 18)),
    ],
)
def test_period_is_read(text: str, first: date | None, last: date | None) -> None:
    assert parse_period(text) == Period(first, last)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "..",
        "now",
        "2011",
        "2011-02-30",
        "2011-09-18T25:00:00Z",
        "2011-09-18T00:00:00",
        "2011-09-18/2011-09-17",
        "2011-09-18/2011-09-19/2011-09-20",
        "2011-09-18/P",
        "2011-09-18/PT",
        "2011-09-18/P1M2Y",
        "../P2D",
        "P2D/..",
        "P1D/P1D",
        "2011-09-18/P9999Y",
        "0001-01-01T00:00:00+10:00",
        "٢٠١١-09-18",
        "2011-09-18\n/..x",
    ],
)
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InvalidRequest, match="2020-05-01/2020-06-01") as caught:
        parse_period(text)
    assert caught.value.details == {"parameter": "datetime"}
