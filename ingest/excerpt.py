"""Offending text made fit to be shown: short, on one line, harmless in a spreadsheet."""

import re

import polars as pl

MAX_EXCERPT = 200
_PLAIN_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?")
# a tab or a carriage return in front is dropped by spreadsheets, which then see the formula
_FORMULA_START = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

_GUARDED = r"^'( *[=+\-@＝＋－＠\t\r\n])"


def excerpt(text: str, limit: int = MAX_EXCERPT) -> str:
    r"""Cut a text to a length and show its control characters as escapes.

    Parameters
    ----------
    text : str
        Any text of a file.
    limit : int
        The most characters to return.

    Returns
    -------
    str
        At most `limit` characters, on one line.

    Examples
    --------
    >>> excerpt("12\x00 mg")
    '12\\x00 mg'
    >>> excerpt("a" * 300, 10)
    'aaaaaaaaa…'
    """
    # a prefix is enough: escaping never makes a text shorter
    shown = "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text[: limit + 1]
    )
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def guard_formula(text: str) -> str:
    """Keep a spreadsheet from running a text as a formula.

    Parameters
    ----------
    text : str
        One cell of a download.

    Returns
    -------
    str
        The text with an apostrophe before it when it would start a formula; plain numbers
        such as -5.2 stay as they are.

    Examples
    --------
    >>> guard_formula("=1+1"), guard_formula("-5.2"), guard_formula("-5.2+cmd")
    ("'=1+1", '-5.2', "'-5.2+cmd")
    """
    start = text.lstrip(" ")
    if not start.startswith(_FORMULA_START) or _PLAIN_NUMBER.fullmatch(text):
        return text
    return "'" + text


def unguard_formula(texts: pl.Series) -> pl.Series:
    """Take off the apostrophe by which `guard_formula` kept spreadsheets from running a text.

    Parameters
    ----------
    texts : polars.Series
        Cells as written, shape (n,).

    Returns
    -------
    polars.Series
        The cells; other apostrophes stay.

    Examples
    --------
    >>> unguard_formula(pl.Series(["'=1+1", "'-5", "'s-Hertogenbosch", "x"])).to_list()
    ['=1+1', '-5', "'s-Hertogenbosch", 'x']
    """
    if not texts.str.starts_with("'").any():
        return texts
    return texts.str.replace(_GUARDED, "$1")
