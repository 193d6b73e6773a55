"""What was measured in each row of a long file: names and CAS numbers, each looked up once."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from ingest.contaminants import ContaminantIndex

_MOST_REMEMBERED = 50_000
ANALYTE_SCHEMA = {
    "contaminant": pl.String,
    "named_unit": pl.String,
    "named_extraction": pl.String,
    "oxide": pl.String,
    "analyte_problem": pl.String,
}


@dataclass(frozen=True, slots=True)
class Analyte:
    """One name understood: a contaminant with what the name says beside it, or a problem.

    `oxide` is the formula as which the contaminant is reported.
    """

    code: str | None = None
    unit: str | None = None
    extraction: str | None = None
    oxide: str | None = None
    problem: str | None = None


class AnalyteReader:
    """Finds contaminants by the names and CAS numbers of rows.

    Parameters
    ----------
    contaminants : ContaminantIndex
        Known contaminants.
    stated : mapping of str to str
        Names as written to codes, from the mapping of the file; they win.
    takes_oxides : bool, optional
        Whether the caller turns contents of oxides into those of their elements; where it does
        not, they are unknown.
    """

    def __init__(
        self,
        contaminants: ContaminantIndex,
        stated: Mapping[str, str],
        *,
        takes_oxides: bool = False,
    ) -> None:
        self._contaminants = contaminants
        self._takes_oxides = takes_oxides
        self._stated = {
            name.casefold().strip(): code
            for name, code in stated.items()
            if code in contaminants.by_code
        }
        self._known: dict[tuple[str, str], Analyte] = {}

    def read(self, names: pl.Series, numbers: pl.Series) -> pl.DataFrame:
        """Find the contaminants of n rows.

        Parameters
        ----------
        names, numbers : polars.Series
            Trimmed names and CAS numbers, empty where the file gives none, each of shape (n,).

        Returns
        -------
        polars.DataFrame
            Columns of `ANALYTE_SCHEMA`, n rows; ``analyte_problem`` is ``analyte_unknown``,
            ``analyte_conflict`` or null.
        """
        frame = pl.DataFrame({"name": names, "number": numbers})
        distinct = frame.unique()
        rows = [(*pair, *self._fields(pair)) for pair in distinct.rows()]
        schema = {"name": pl.String, "number": pl.String} | ANALYTE_SCHEMA
        found = pl.DataFrame(rows, schema=schema, orient="row")
        keys = ["name", "number"]
        return frame.join(found, on=keys, how="left", maintain_order="left").drop(keys)

    def _fields(self, pair: tuple[str, str]) -> tuple[str | None, ...]:
        analyte = self._known.get(pair)
        if analyte is None:
            code = self._stated.get(pair[0].casefold())
            analyte = Analyte(code) if code else find_analyte(*pair, self._contaminants)
            if analyte.oxide is not None and not self._takes_oxides:
                analyte = Analyte(problem="analyte_unknown")
            if len(self._known) < _MOST_REMEMBERED:
                self._known[pair] = analyte
        return (analyte.code, analyte.unit, analyte.extraction, analyte.oxide, analyte.problem)


def find_analyte(name: str, number: str, contaminants: ContaminantIndex) -> Analyte:
    """Understand one name with its CAS number.

    Parameters
    ----------
    name, number : str
        As written, empty if not given.
    contaminants : ContaminantIndex
        Known contaminants.

    Returns
    -------
    Analyte
        The contaminant, and the oxide it is reported as; where name and number are two different
        ones, or the number is that of the element of an oxide, a problem.

    Examples
    --------
    >>> from ingest.registries import ContaminantEntry
    >>> from ingest.units import UnitIndex
    >>> mercury = ContaminantEntry("hg", {"en": "Mercury"}, cas="7439-97-6", symbol="Hg")
    >>> index = ContaminantIndex([mercury], UnitIndex([]))
    >>> find_analyte("Mercury (7439-97-6)", "", index).code
    'hg'
    >>> find_analyte("Zinc", "7439-97-6", index).code
    'hg'
    """
    by_number = contaminants.find(_cas(number)) if number else None
    match = contaminants.read_header(name[:200]) if name else None
    if match is not None:
        entry = match.contaminant
        # one number may stand for several forms (free and total cyanide): the name decides
        if by_number is not None and (match.oxide or entry.cas != by_number[0].cas):
            return Analyte(problem="analyte_conflict")
        return Analyte(entry.code, match.unit, match.extraction, match.oxide)
    if by_number is not None:
        return Analyte(by_number[0].code)
    return Analyte(problem="analyte_unknown")


def _cas(number: str) -> str:
    """Write a CAS number with its dashes: databases keep 7439976 or 007439-97-6."""
    digits = "".join(character for character in number if character.isdigit()).lstrip("0")
    return f"{digits[:-3]}-{digits[-3:-1]}-{digits[-1]}" if len(digits) > 4 else number
