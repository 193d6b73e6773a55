"""Degrees, minutes and seconds written together: 512345 is 51°23'45", 5123.5 is 51°23.5'."""

import re
from fractions import Fraction

import polars as pl

from ingest.numbers import Decimal

_PACKED = re.compile(r"(?P<sign>[+-]?)(?P<digits>[0-9]{3,7})(?:[.,](?P<rest>[0-9]{1,10}))?")
_MINUTES_ONLY = 4


def unpack(text: str, decimal: Decimal, *, has_seconds: bool) -> Fraction | None:
    """Read one number as degrees, minutes and seconds (or minutes alone) written together.

    Parameters
    ----------
    text : str
        Three to seven digits, a sign before and a fraction of the last part behind perhaps.
    decimal : {".", ","}
        The decimal sign.
    has_seconds : bool
        Whether the last two digits are seconds; else they are minutes.

    Returns
    -------
    fractions.Fraction or None
        Degrees; None where minutes or seconds are 60 or more.

    Examples
    --------
    >>> float(unpack("512345", ".", has_seconds=True))
    51.395833333333336
    >>> float(unpack("-5123.5", ".", has_seconds=False)), unpack("516145", ".", has_seconds=True)
    (-51.391666666666666, None)
    """
    match = _PACKED.fullmatch(text)
    if match is None or ("," if decimal == "." else ".") in text:
        return None
    digits, rest = match["digits"], match["rest"]
    last = Fraction(digits[-2:] + (f".{rest}" if rest else ""))
    if has_seconds:
        degrees, minutes, seconds = digits[:-4], digits[-4:-2], last
    else:
        degrees, minutes, seconds = digits[:-2], "0", Fraction(0)
    told = Fraction(minutes or "0") if has_seconds else last
    if told >= 60 or seconds >= 60:
        return None
    total = Fraction(degrees or "0") + told / 60 + seconds / 3600
    return -total if match["sign"] == "-" else total


def read_packed(texts: pl.Series, decimal: Decimal, *, has_seconds: bool) -> pl.Series:
    """Read a column of numbers as degrees, minutes and seconds written together.

    Parameters
    ----------
    texts : polars.Series
        Trimmed texts, shape (n,).
    decimal : {".", ","}
        The decimal sign.
    has_seconds : bool
        As for `unpack`.

    Returns
    -------
    polars.Series
        Degrees, shape (n,); null for other texts.

    Examples
    --------
    >>> read_packed(pl.Series(["513000", "51.5", ""]), ".", has_seconds=True).to_list()
    [51.5, None, None]
    """
    distinct = texts.unique()
    found = [unpack(text, decimal, has_seconds=has_seconds) for text in distinct]
    degrees = [None if angle is None else float(angle) for angle in found]
    return texts.replace_strict(distinct, pl.Series(degrees, dtype=pl.Float64))


def have_seconds(latitudes: pl.Series) -> bool:
    """Tell by latitudes whether such numbers go down to seconds.

    Parameters
    ----------
    latitudes : polars.Series
        Trimmed texts. Their degrees have two digits at most, so that more than four digits in
        all are seconds too.

    Returns
    -------
    bool
        Whether some of them do; zeros at the beginning may be lost in others.

    Examples
    --------
    >>> have_seconds(pl.Series(["3045", "512345"])), have_seconds(pl.Series(["5123.75"]))
    (True, False)
    """
    digits = latitudes.str.extract(r"^[+-]?([0-9]+)(?:[.,][0-9]*)?$", 1).str.len_chars()
    return bool((digits > _MINUTES_ONLY).any())
