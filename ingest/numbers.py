"""Numbers as people write them, parsed strictly and column by column."""

import math
import re
from collections.abc import Iterable
from typing import Literal

import polars as pl

from ingest.findings import refusal

Decimal = Literal[".", ","]

NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_PLAIN = re.compile(NUMBER)
_COMMA_ONLY = re.compile(r"[<>]?\s*[+-]?(?P<whole>\d*),(?P<part>\d+)(?:[eE][+-]?\d+)?")
_POINT_ONLY = re.compile(r"[<>]?\s*[+-]?\d*\.\d+(?:[eE][+-]?\d+)?")


def choose_decimal(cells: Iterable[str], stated: str | None = None) -> Decimal:
    """Tell which sign separates decimals, from the cells of columns that hold numbers.

    Parameters
    ----------
    cells : iterable of str
        Cells as written.
    stated : str or None
        What the user stated; it wins.

    Returns
    -------
    {".", ","}
        The decimal sign. A point, unless commas occur that can only be decimal commas.

    Raises
    ------
    IngestError
        If commas occur and may as well separate thousands.

    Examples
    --------
    >>> choose_decimal(["0,5", "12", "<0,05"])
    ','
    >>> choose_decimal(["1.5", "1,200.5"])
    '.'
    """
    if stated is not None:
        return _stated(stated)
    unclear = None
    points = commas = 0
    for cell in cells:
        text = cell.strip()[:60]
        points += _POINT_ONLY.fullmatch(text) is not None
        comma = _COMMA_ONLY.fullmatch(text)
        if comma is None:
            continue
        is_decimal = len(comma["part"]) != 3 or not 1 <= len(comma["whole"].lstrip("0")) <= 3
        commas += is_decimal
        unclear = unclear if is_decimal else text
    if unclear is not None and not points and not commas:
        raise refusal("decimal_unclear", text=unclear)
    return "," if commas > points else "."


def _stated(stated: str) -> Decimal:
    if stated == ".":
        return "."
    if stated == ",":
        return ","
    raise refusal("option_invalid", option="decimal separator", text=stated, expected='"." or ","')


def parse_numbers(texts: pl.Series, decimal: Decimal) -> pl.Series:
    """Parse a column of trimmed texts.

    Parameters
    ----------
    texts : polars.Series
        String, shape (n,).
    decimal : {".", ","}
        The decimal sign.

    Returns
    -------
    polars.Series
        Float64, shape (n,): null where the text is not a finite number in plain or exponent
        notation with this decimal sign.

    Examples
    --------
    >>> parse_numbers(pl.Series(["1,5", "2", "1.5", "1e999", "nan", ""]), ",").to_list()
    [1.5, 2.0, None, None, None, None]
    """
    if decimal == ",":
        # a point must not pass for a decimal sign beside the comma
        normal = texts.str.replace_all(".", "?", literal=True).str.replace(",", ".", literal=True)
    else:
        normal = texts
    values = normal.cast(pl.Float64, strict=False)
    # the cast also takes inf, nan and 1e999
    values = values.set(~values.is_finite().fill_null(value=True), None)
    return values.rename(texts.name)


def parse_number(text: str, decimal: Decimal) -> float | None:
    """Parse one text by the rules of `parse_numbers`.

    Parameters
    ----------
    text : str
        A trimmed text.
    decimal : {".", ","}
        The decimal sign.

    Returns
    -------
    float or None
        The number, possibly infinite; None when the text is no number.

    Examples
    --------
    >>> parse_number("1.2E+02", "."), parse_number("1 200", ".")
    (120.0, None)
    """
    if decimal == ",":
        text = text.replace(".", "?").replace(",", ".", 1)
    return float(text) if text.isascii() and _PLAIN.fullmatch(text) else None


def unlogged(texts: pl.Series, decimal: Decimal, scale: str) -> pl.Series:
    """Write logarithms as the numbers they stand for; other texts stay.

    Parameters
    ----------
    texts : polars.Series
        Trimmed texts, a sign ``<`` or ``>`` before the number perhaps, shape (n,).
    decimal : {".", ","}
        The decimal sign.
    scale : {"ln", "log10"}
        The base of the logarithms.

    Returns
    -------
    polars.Series
        String, shape (n,), with this decimal sign.

    Examples
    --------
    >>> unlogged(pl.Series(["2", "<-1", "n.d."]), ".", "log10").to_list()
    ['100.0', '<0.1', 'n.d.']
    """
    signs = texts.str.extract(r"^([<>]?)", 1)
    numbers = parse_numbers(texts.str.strip_chars_start("<>").str.strip_chars_start(), decimal)
    base = math.e if scale == "ln" else 10.0
    # the exact powers of the library, not those of a vectorised approximation
    values = [None if number is None else _power(base, number) for number in numbers]
    written = pl.Series(
        [None if value is None else repr(value) for value in values], dtype=pl.String
    )
    if decimal == ",":
        written = written.str.replace(".", ",", literal=True)
    return (signs + written).fill_null(texts)


def _power(base: float, exponent: float) -> float:
    try:
        return math.exp(exponent) if base == math.e else math.pow(base, exponent)
    except OverflowError:
        return math.inf
