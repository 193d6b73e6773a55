"""From contents per wet mass to contents per dry mass."""

import polars as pl

from ingest.folding import squeeze
from ingest.numbers import Decimal, parse_numbers

_WET = frozenset({"w", "wt", "ww", "fw", "fm", "os", "nass", "humide", "humedo"})
_DRY = frozenset({"d", "dw", "dm", "ts", "tm", "ms", "sec", "seco", "trocken"})


def basis_of(text: str) -> str:
    """Tell what a content is related to.

    Parameters
    ----------
    text : str
        A word of the file.

    Returns
    -------
    str
        ``wet``, ``dry`` or ``unstated``.

    Examples
    --------
    >>> basis_of("Wet weight"), basis_of("TS"), basis_of("")
    ('wet', 'dry', 'unstated')
    """
    key = squeeze(text)
    if key in _WET or key.startswith(("wet", "fresh", "asreceived")):
        return "wet"
    return "dry" if key in _DRY or key.startswith("dry") else "unstated"


def dry_share(texts: pl.Series, decimal: Decimal, stated_percent: float | None) -> pl.Series:
    """Return the share of the wet mass that is dry, from the water in percent of wet mass.

    Parameters
    ----------
    texts : polars.Series
        Trimmed texts, a percent sign behind perhaps, shape (n,).
    decimal : {".", ","}
        The decimal sign.
    stated_percent : float or None
        The water stated for the file, used where a row gives none.

    Returns
    -------
    polars.Series
        More than 0 and at most 1, shape (n,); null where the water is missing or impossible.

    Examples
    --------
    >>> dry_share(pl.Series(["20 %", "", "100"]), ".", 50.0).to_list()
    [0.8, 0.5, None]
    """
    numbers = parse_numbers(texts.str.strip_suffix("%").str.strip_chars_end(), decimal)
    if stated_percent is not None:
        numbers = numbers.zip_with(texts != "", pl.repeat(stated_percent, len(texts), eager=True))
    is_possible = numbers.is_between(0, 100, closed="left").fill_null(value=False)
    # numpy divides once; polars would multiply by a rounded reciprocal
    percent = numbers.set(~is_possible, None).fill_null(float("nan")).to_numpy()
    return pl.Series((100.0 - percent) / 100.0).fill_nan(None)
