"""The unit of each row of a long file: every pair of unit and contaminant settled once."""

from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from ingest.contaminants import ContaminantIndex
from ingest.findings import FindingLog
from ingest.units import MASS_CONTENT, Conversion, UnitIndex, UnitProblem, ambiguity, conversion_for

_MOST_REMEMBERED = 50_000
_SCHEMA = {
    "numerator": pl.Float64,
    "denominator": pl.Float64,
    "unit": pl.String,
    "unit_basis": pl.String,
    "unit_problem": pl.String,
}


@dataclass(frozen=True, slots=True)
class RowUnit:
    """One unit for one contaminant: its conversion and basis (dry, wet, unstated), or a problem."""

    conversion: Conversion | None = None
    basis: str = "unstated"
    problem: str | None = None
    details: dict[str, Any] | None = None


class RowUnits:
    """Settles units row by row.

    Parameters
    ----------
    units : UnitIndex
        Known units.
    contaminants : ContaminantIndex
        Known contaminants, for the kind of quantity and molar masses.
    column : str
        The column's name, for findings.
    log : FindingLog
        Where doubts about ambiguous units go, once for each.
    """

    def __init__(
        self, units: UnitIndex, contaminants: ContaminantIndex, column: str, log: FindingLog
    ) -> None:
        self._units = units
        self._contaminants = contaminants
        self.column = column
        self._log = log
        self._known: dict[tuple[str | None, str], RowUnit] = {}
        self._doubted: set[str] = set()

    def read(self, texts: pl.Series, codes: pl.Series) -> pl.DataFrame:
        """Settle the units of n rows.

        Parameters
        ----------
        texts : polars.Series
            Units as written, shape (n,); null where no number needs one: the contaminant's
            own unit stands there.
        codes : polars.Series
            Contaminants, shape (n,).

        Returns
        -------
        polars.DataFrame
            numerator, denominator, unit (canonical), unit_basis and unit_problem (a code of the
            catalogue, null where there is none), n rows.
        """
        frame = pl.DataFrame({"text": texts, "code": codes})
        rows = [(*pair, *self._fields(*pair)) for pair in frame.unique().rows()]
        schema = {"text": pl.String, "code": pl.String} | _SCHEMA
        found = pl.DataFrame(rows, schema=schema, orient="row")
        keys = ["text", "code"]
        return frame.join(found, on=keys, how="left", maintain_order="left", nulls_equal=True).drop(
            keys
        )

    def find(self, text: str | None, code: str) -> RowUnit:
        """Settle one unit for one contaminant.

        Parameters
        ----------
        text : str or None
            The unit as written; None for the contaminant's own.
        code : str
            The contaminant.

        Returns
        -------
        RowUnit
            The conversion, or why there is none.
        """
        known = self._known.get((text, code))
        if known is None:
            known = self._settle(text, code)
            if len(self._known) < _MOST_REMEMBERED:
                self._known[text, code] = known
        return known

    def _settle(self, text: str | None, code: str) -> RowUnit:
        if text == "":
            return RowUnit(problem="unit_missing_in_row", details={})
        entry = self._contaminants.by_code[code]
        default = self._units.find(entry.default_unit)
        expected = (default.canonical if default is not None else None) or MASS_CONTENT
        if text is None:
            return RowUnit(Conversion(expected, expected, "unstated", 1.0, 1.0))
        unit = self._units.find(text)
        is_wet = unit is not None and unit.basis == "wet"
        # what is per wet mass becomes dry by the moisture of its row
        usable = replace(unit, basis="unstated") if unit is not None and is_wet else unit
        conversion = conversion_for(text, usable, entry, expected)
        if isinstance(conversion, UnitProblem):
            return RowUnit(problem=f"{conversion.code}_in_row", details=conversion.details)
        if usable is not None and text not in self._doubted:
            self._doubted.add(text)
            doubt = ambiguity(conversion, usable, self.column)
            if doubt is not None:
                self._log.add(doubt)
        return RowUnit(conversion, "wet" if is_wet else conversion.basis)

    def _fields(self, text: str | None, code: str) -> tuple[object, ...]:
        found = self.find(text, code)
        if found.conversion is None:
            return (None, None, None, None, found.problem)
        conversion = found.conversion
        factors = (conversion.numerator, conversion.denominator)
        return (*factors, conversion.canonical, found.basis, None)
