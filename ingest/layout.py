"""A column per contaminant, or a row per result: told by the columns and by what they hold."""

from collections.abc import Sequence
from dataclasses import replace

from ingest.columns import CONTAMINANT, SPREAD, UNUSED, ColumnGuess, only
from ingest.contaminants import CERTAIN, ContaminantIndex
from ingest.findings import refusal
from ingest.mapping.model import Layout
from ingest.vocabulary import LONG_MEANINGS

_SHARE_OF_NAMES = 0.8
_ANY_LAYOUT = frozenset({"basis", "moisture", "uncertainty"})
_LONG_ONLY = tuple(name for name in LONG_MEANINGS if name not in _ANY_LAYOUT)
_ANALYTES = ("analyte", "cas_number")


def settle_layout(
    columns: Sequence[ColumnGuess],
    sample: Sequence[Sequence[str]],
    stated: Layout | None,
    contaminants: ContaminantIndex,
) -> tuple[tuple[ColumnGuess, ...], Layout]:
    """Settle the layout of a file, and leave out the columns that mean nothing in it.

    Parameters
    ----------
    columns : sequence of ColumnGuess
        What every column was taken for.
    sample : sequence of sequence of str
        Some cells of each column.
    stated : {"wide", "long"} or None
        The layout, where the mapping says it.
    contaminants : ContaminantIndex
        Known contaminants.

    Returns
    -------
    columns : tuple of ColumnGuess
        The columns; in a file with a row per result, a column that holds names of contaminants
        is taken for the analyte whatever its own name.
    layout : {"wide", "long"}
        The layout.

    Raises
    ------
    IngestError
        If a file is said to have a row per result and has no column for value or analyte.
    """
    has_value = only(columns, "value") is not None
    if has_value and stated != "wide" and not _names_analytes(columns):
        columns = _with_analyte(columns, sample, contaminants)
    is_long = has_value and _names_analytes(columns)
    if stated == "long" and not is_long:
        raise refusal("long_columns_missing")
    layout: Layout = stated or ("long" if is_long else "wide")
    if layout == "long":
        reason = "the file has a row per result, and this column one contaminant's"
        return tuple(_without(columns, (CONTAMINANT, SPREAD), reason)), layout
    reason = "it means something only in files with a row per result"
    return tuple(_without(columns, _LONG_ONLY, reason)), layout


def _names_analytes(columns: Sequence[ColumnGuess]) -> bool:
    return any(only(columns, meaning) is not None for meaning in _ANALYTES)


def _with_analyte(
    columns: Sequence[ColumnGuess],
    sample: Sequence[Sequence[str]],
    contaminants: ContaminantIndex,
) -> Sequence[ColumnGuess]:
    """Take the unnamed column whose cells name contaminants for the analyte."""
    for guess in columns:
        if guess.meaning != UNUSED:
            continue
        names = {cell for cell in sample[guess.index] if cell}
        known = sum(_is_contaminant(name, contaminants) for name in names)
        if names and known >= _SHARE_OF_NAMES * len(names):
            reason = f"{known} of {len(names)} names in it are contaminants"
            found = replace(guess, meaning="analyte", confidence=0.7, reason=reason)
            return [found if other is guess else other for other in columns]
    return columns


def _is_contaminant(name: str, contaminants: ContaminantIndex) -> bool:
    match = contaminants.read_header(name[:200])
    return match is not None and match.confidence >= CERTAIN


def _without(
    columns: Sequence[ColumnGuess], meanings: Sequence[str], reason: str
) -> list[ColumnGuess]:
    return [
        replace(guess, meaning=UNUSED, reason=reason) if guess.meaning in meanings else guess
        for guess in columns
    ]
