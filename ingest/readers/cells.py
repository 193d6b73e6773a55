"""Values that a container stores as numbers and dates, written as the text of cells."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from math import isfinite
from typing import Any

import polars as pl

from ingest.readers.contract import ROW, Block, cell_column

_EXACT_INTEGERS = 2**53


def number_text(value: float) -> str:
    """Write a floating-point number as a spreadsheet shows it, with 15 significant digits.

    Spreadsheets calculate in binary: what they show as 0.3 is stored as 0.30000000000000004.

    Parameters
    ----------
    value : float
        The number.

    Returns
    -------
    str
        The shortest text; whole numbers without a fraction.

    Examples
    --------
    >>> number_text(0.1 + 0.2), number_text(5.0), number_text(1e-20), number_text(-0.0)
    ('0.3', '5', '1e-20', '0')
    """
    if not isfinite(value):
        return str(value)
    if value.is_integer() and abs(value) < _EXACT_INTEGERS:
        return str(int(value))
    return f"{value:.15g}"


def cell_text(value: object) -> str:
    """Write the value of a cell as text.

    Parameters
    ----------
    value : object
        Text, number, truth value, date, time or nothing.

    Returns
    -------
    str
        Dates in ISO form, midnight left out.

    Examples
    --------
    >>> cell_text(datetime(2020, 5, 17)), cell_text(True), cell_text(None)
    ('2020-05-17', 'TRUE', '')
    """
    write = _WRITERS.get(type(value), str)
    return write(value)


def _duration(value: timedelta) -> str:
    minutes, seconds = divmod(int(value.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"


def _moment(value: datetime) -> str:
    return value.date().isoformat() if value.time() == time() else value.isoformat(" ")


_WRITERS: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: "",
    bool: lambda value: "TRUE" if value else "FALSE",
    float: number_text,
    datetime: _moment,
    date: date.isoformat,
    time: time.isoformat,
    timedelta: _duration,
}


def block_of_rows(rows: Iterable[tuple[int, Sequence[str]]], width: int) -> Block:
    """Make a block of numbered rows of text; blank ones are counted only.

    Parameters
    ----------
    rows : iterable of (int, sequence of str)
        Row numbers and `width` cells each.
    width : int
        The number of columns.

    Returns
    -------
    Block
        The rows.
    """
    numbers: list[int] = []
    kept: list[Sequence[str]] = []
    blank: list[int] = []
    for number, row in rows:
        if any(cell and not cell.isspace() for cell in row):
            numbers.append(number)
            kept.append(row)
        else:
            blank.append(number)
    columns: Sequence[Sequence[str]] = list(zip(*kept, strict=True)) if kept else [()] * width
    cells = [
        pl.Series(cell_column(index), column, dtype=pl.String)
        for index, column in enumerate(columns)
    ]
    return Block(pl.DataFrame([pl.Series(ROW, numbers, dtype=pl.Int64), *cells]), (), tuple(blank))
