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
# 1,234.5 and 1 234.5 say by themselves which sign is the decimal one
_POINT_AFTER = re.compile(r"[<>]?\s*[+-]?[1-9]\d{0,2}(?:[, '\u00a0\u2009\u202f’]\d{3})+\.\d+")
_COMMA_AFTER = re.compile(r"[<>]?\s*[+-]?[1-9]\d{0,2}(?:[. '\u00a0\u2009\u202f’]\d{3})+,\d+")
_NEUTRAL = "[ '\u00a0\u2009\u202f’]"


_DIGITS_AND_SIGNS = re.compile(r"[+-]?[\d.,]+")


def _grouped(decimal: str, other: str) -> re.Pattern[str]:
    groups = rf"(?:(?:{_NEUTRAL}[0-9]{{3}})+|(?:[{other}][0-9]{{3}})+)"
    return re.compile(rf"(?P<whole>[+-]?[1-9][0-9]{{0,2}}{groups})(?P<part>(?:[{decimal}][0-9]+)?)")


_GROUPED: dict[Decimal, re.Pattern[str]] = {".": _grouped(".", ","), ",": _grouped(",", ".")}


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
        points += any(form.fullmatch(text) is not None for form in (_POINT_ONLY, _POINT_AFTER))
        commas += _COMMA_AFTER.fullmatch(text) is not None
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


def ungroup(text: str, decimal: Decimal, *, is_proven: bool = False) -> str | None:
    """Take signs that separate thousands out of a number, where they can mean nothing else.

    Parameters
    ----------
    text : str
        A trimmed text that is no plain number.
    decimal : {".", ","}
        The decimal sign.
    is_proven : bool
        Whether other cells of the column prove that the other sign separates thousands.

    Returns
    -------
    str or None
        The number without the signs. Blanks and apostrophes must stand before groups of three
        digits; a comma (or point) needs proof: two groups, or decimals behind it, here or in
        the column.

    Examples
    --------
    >>> ungroup("1 234.5", "."), ungroup("1,234.5", "."), ungroup("1,234", ".")
    ('1234.5', '1234.5', None)
    >>> ungroup("1,234", ".", is_proven=True), ungroup("1 23", ".")
    ('1234', None)
    """
    match = _GROUPED[decimal].fullmatch(text)
    if match is None or len({*re.findall(r"[^\d.,+-]", match["whole"])}) > 1:
        return None
    other = "," if decimal == "." else "."
    groups = match["whole"].count(other)
    if groups == 1 and not match["part"] and not is_proven:
        return None
    return re.sub(r"[^\d+-]", "", match["whole"]) + match["part"]


def proves_groups(texts: Iterable[str], decimal: Decimal) -> bool:
    """Tell whether the cells of a column prove that a sign separates thousands.

    Parameters
    ----------
    texts : iterable of str
        Cells as written.
    decimal : {".", ","}
        The decimal sign.

    Returns
    -------
    bool
        True if the other sign separates thousands in at least one number that allows nothing
        else, and no number contradicts that.

    Examples
    --------
    >>> proves_groups(["1,234.5", "2,000"], "."), proves_groups(["1,234.5", "1,5"], ".")
    (True, False)
    """
    other = "," if decimal == "." else "."
    is_proven = False
    for cell in texts:
        text = cell.strip().lstrip("<>≤≥= ")
        if other not in text or not _DIGITS_AND_SIGNS.fullmatch(text):
            continue
        if ungroup(text, decimal, is_proven=True) is None:
            return False
        is_proven = is_proven or ungroup(text, decimal) is not None
    return is_proven


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
