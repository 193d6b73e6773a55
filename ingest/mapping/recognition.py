"""Which mapping fits a file: known formats and saved mappings found by the names of columns."""

import re
from collections import abc
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingest.folding import squeeze
from ingest.mapping.model import Mapping

# "12. FACILITY NAME" of the TRI, whose numbers move by year; not the 5.5 of "5.5.1 - LANDFILLS"
_NUMBERED = re.compile(r"\s*\d+\.(?!\d)\s*")


@dataclass(frozen=True, slots=True)
class Match:
    """A mapping that fits a file: `confidence` from 0 to 1, and why."""

    mapping: Mapping
    confidence: float
    reason: str
    prefix: str = ""


def column_key(name: str) -> str:
    """Reduce a column's name to what its spellings have in common.

    Parameters
    ----------
    name : str
        The name as written.

    Returns
    -------
    str
        Without number before it, case, accents, blanks and signs: R's ``.`` for ``/`` too.

    Examples
    --------
    >>> column_key("ActivityLocation.LatitudeMeasure")
    'activitylocationlatitudemeasure'
    >>> column_key("12. Facility Name"), column_key("5.5.1 - LANDFILLS")
    ('facilityname', '551landfills')
    """
    # a name of signs or digits only is its own key
    return squeeze(_NUMBERED.sub("", name, count=1)) or name.strip()


def place_columns(
    header: Sequence[str], names: Iterable[str], prefix: str = ""
) -> dict[str, int | None]:
    """Find the columns of a file by the names of a mapping.

    Parameters
    ----------
    header : sequence of str
        The names as written in the file.
    names : iterable of str
        The names as written in the mapping.
    prefix : str
        What the file's names may begin with besides.

    Returns
    -------
    dict of str to int or None
        Name to number of the column, from 0; None where the file has no such column, or
        several that differ only in case and signs.

    Examples
    --------
    >>> place_columns(["Top5_As", "SiteID"], ["As", "Site ID", "Pb"], "Top5_")
    {'As': 0, 'Site ID': 1, 'Pb': None}
    """
    exact = {name.strip(): index for index, name in enumerate(header)}
    folded: dict[str, int | None] = {}
    for index, name in enumerate(header):
        for key in _keys(name, prefix):
            folded[key] = None if key in folded else index
    return {name: exact.get(name.strip(), folded.get(column_key(name))) for name in names}


def recognise(header: Sequence[str], candidates: Iterable[Mapping]) -> list[Match]:
    """Rank the mappings that fit a file.

    Parameters
    ----------
    header : sequence of str
        The names of the file's columns as written.
    candidates : iterable of Mapping
        Known formats and saved mappings; one without required columns never fits by itself.

    Returns
    -------
    list of Match
        The fitting ones, best first: the one that requires and knows most of the columns.

    Examples
    --------
    >>> own = Mapping("own", required=("Probe", "Pb"), columns={"Pb": "contaminant:pb"})
    >>> recognise(["probe", "PB", "Datum"], [own])[0].reason
    'has all 2 columns of own, and 1 more'
    """
    matches = [match for mapping in candidates if (match := _match(header, mapping)) is not None]
    return sorted(matches, key=lambda match: (-match.confidence, match.mapping.name))


def _match(header: Sequence[str], mapping: Mapping) -> Match | None:
    if not mapping.required:
        return None
    best: Match | None = None
    for prefix in mapping.prefixes or ("",):
        placed = place_columns(header, mapping.required, prefix)
        if prefix and not any(name.startswith(prefix) for name in header):
            continue
        if None in placed.values():
            continue
        known = {*placed.values(), *place_columns(header, mapping.columns, prefix).values()}
        share = len(known - {None}) / max(len(header), 1)
        # few required columns are weak evidence, however well they fit
        evidence = min(len(mapping.required) / 8, 1.0)
        confidence = round(0.6 + 0.2 * evidence + 0.2 * share, 3)
        if best is None or confidence > best.confidence:
            best = Match(mapping, confidence, _reason(header, mapping), prefix)
    return best


def _reason(header: Sequence[str], mapping: Mapping) -> str:
    number = len(mapping.required)
    more = len(header) - number
    title = mapping.title or mapping.name
    return f"has all {number} columns of {title}" + (f", and {more} more" if more else "")


def _keys(name: str, prefix: str) -> abc.Iterator[str]:
    yield column_key(name)
    if prefix and name.strip().startswith(prefix):
        yield column_key(name.strip().removeprefix(prefix))
