"""The uncertainty of results: told in a column beside them, or behind the number.

An expanded uncertainty is a multiple of the standard one (JCGM 100:2008, 6.2). How many times, the
coverage factor, is kept where the file says it (``k=2``, "standard uncertainty") and is unknown
otherwise: two is usual, and usual is not known.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from ingest.censoring import FlagIndex
from ingest.columns import SPREAD, ColumnGuess, only
from ingest.findings import FindingLog, finding
from ingest.numbers import Decimal, parse_numbers
from ingest.units import Conversion, UnitIndex, UnitProblem, conversion_for, of_oxide
from ingest.value_columns import ValueColumn

_SIGN = re.compile(r"^\s*(?:±|\+/-|\+-)\s*")
_RELATIVE = re.compile(
    r"(?:rel(?:ative|ativ)?\.?\s*%|%\s*\(?rel(?:ative|ativ)?\.?\)?)", re.IGNORECASE
)


def read_spreads(texts: pl.Series, decimal: Decimal, flags: FlagIndex) -> pl.DataFrame:
    """Read cells that tell an uncertainty.

    Parameters
    ----------
    texts : polars.Series
        Trimmed texts, shape (n,): numbers with ``±`` before and ``%`` behind them perhaps.
    decimal : {".", ","}
        The decimal sign.
    flags : FlagIndex
        Which texts say that there is none.

    Returns
    -------
    polars.DataFrame
        ``spread`` (a number of zero or more, null where there is none), ``is_percent`` and
        ``is_odd`` (the text is not understood), n rows.

    Examples
    --------
    >>> read_spreads(pl.Series(["0.5", "± 10 %", "", "much"]), ".", FlagIndex([])).rows()
    [(0.5, False, False), (10.0, True, False), (None, False, False), (None, False, True)]
    """
    distinct = texts.unique()
    bare = [_SIGN.sub("", text) for text in distinct]
    is_percent = [text.endswith("%") for text in bare]
    plain = pl.Series([text.removesuffix("%").strip() for text in bare], dtype=pl.String)
    numbers = parse_numbers(plain, decimal)
    is_number = (numbers.is_finite() & (numbers >= 0)).fill_null(value=False)
    says_none = [
        not text or ((word := flags.word(text)) is not None and word.censoring == "missing")
        for text in bare
    ]
    found = pl.DataFrame(
        {
            "text": distinct,
            "spread": numbers.set(~is_number, None),
            "is_percent": pl.Series(is_percent, dtype=pl.Boolean) & is_number,
            "is_odd": ~is_number & ~pl.Series(says_none, dtype=pl.Boolean),
        }
    )
    frame = pl.DataFrame({"text": texts})
    return frame.join(found, on="text", how="left", maintain_order="left").drop("text")


def is_relative(unit: str | None) -> bool:
    """Tell whether the unit of an uncertainty is a share of the value.

    Parameters
    ----------
    unit : str or None
        As written.

    Returns
    -------
    bool
        True for ``%`` and for ``% rel.``; whether a bare ``%`` beside contents in percent is one
        is for the caller to doubt.

    Examples
    --------
    >>> is_relative("%"), is_relative("rel. %"), is_relative("mg/kg"), is_relative(None)
    (True, True, False, False)
    """
    text = (unit or "").strip()
    return text == "%" or _RELATIVE.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class SpreadColumn:
    """A column of uncertainties beside one of contents.

    `conversion` is None where it is told in the unit of the contents, and where `is_relative`.
    """

    guess: ColumnGuess
    is_relative: bool
    conversion: Conversion | None = None


def choose_spreads(
    contents: Sequence[ValueColumn],
    columns: Sequence[ColumnGuess],
    units: UnitIndex,
    log: FindingLog,
    scale: str | None = None,
) -> dict[int, SpreadColumn]:
    """Find the column of uncertainties of each column of contents.

    Parameters
    ----------
    contents : sequence of ValueColumn
        The columns of contents.
    columns : sequence of ColumnGuess
        All columns of the file.
    units : UnitIndex
        Known units.
    log : FindingLog
        Where columns are told of that cannot be used.
    scale : str or None
        Of the contents, where they are logarithms: then uncertainties cannot be used.

    Returns
    -------
    dict of int to SpreadColumn
        By the number of the column of contents.
    """
    chosen: dict[int, SpreadColumn] = {}
    for guess in _candidates(columns, contents):
        if scale is not None:
            reason = "the contents are told as logarithms"
            log.add(finding("uncertainty_not_kept", column=guess.column, reason=reason))
            continue
        fitting = [one for one in contents if one.contaminant.code == guess.contaminant]
        exact = [one for one in fitting if one.guess.extraction == guess.extraction]
        fitting = exact or fitting
        if len(fitting) != 1 or fitting[0].guess.index in chosen:
            reason = (
                "there is no column of contents it belongs to"
                if not fitting
                else "it may belong to several columns, or several to the same"
            )
            log.add(finding("uncertainty_not_kept", column=guess.column, reason=reason))
            continue
        spread = _settled(guess, fitting[0], units, log)
        if spread is not None:
            chosen[fitting[0].guess.index] = spread
    return chosen


def _candidates(
    columns: Sequence[ColumnGuess], contents: Sequence[ValueColumn]
) -> list[ColumnGuess]:
    found = [guess for guess in columns if guess.meaning == SPREAD]
    plain = only(columns, "uncertainty")
    if plain is not None and len(contents) == 1:
        # one contaminant, and one column that says no more than "uncertainty"
        return [*found, replace(plain, contaminant=contents[0].contaminant.code)]
    return found if plain is None else [*found, plain]


def _settled(
    guess: ColumnGuess, contents: ValueColumn, units: UnitIndex, log: FindingLog
) -> SpreadColumn | None:
    if guess.unit is None:
        log.add(finding("uncertainty_unit_assumed", column=guess.column))
        return SpreadColumn(guess, is_relative=False)
    told = contents.guess.unit or (contents.conversion.text if contents.conversion else "")
    if guess.unit.strip() == "%" and told.strip().startswith("%"):
        reason = "it is told in %, and so are the contents; write rel. % or another unit"
        log.add(finding("uncertainty_not_kept", column=guess.column, reason=reason))
        return None
    if is_relative(guess.unit):
        return SpreadColumn(guess, is_relative=True)
    unit = units.find_in_name(guess.unit)
    conversion = conversion_for(
        guess.unit, unit, contents.contaminant, contents.expected, is_wet_usable=True
    )
    if isinstance(conversion, UnitProblem):
        reason = f"its unit {guess.unit} is not one of {contents.expected}"
        log.add(finding("uncertainty_not_kept", column=guess.column, reason=reason))
        return None
    if contents.guess.oxide is not None:
        conversion = of_oxide(conversion, contents.guess.oxide, contents.share)
    return SpreadColumn(guess, is_relative=False, conversion=conversion)
