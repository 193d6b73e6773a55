"""The columns of contaminants, with their units settled before any value is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from ingest.catalogue import CATALOGUE
from ingest.columns import CONTAMINANT, ColumnGuess, only
from ingest.contaminants import ContaminantIndex
from ingest.findings import FindingLog, finding, refusal
from ingest.registries import ContaminantEntry
from ingest.units import (
    MASS_CONTENT,
    Conversion,
    UnitIndex,
    UnitProblem,
    ambiguity,
    conversion_for,
    of_oxide,
    require_stated_unit,
)


@dataclass(frozen=True, slots=True)
class ValueColumn:
    """A column of one contaminant; `conversion` is None when each row states its own unit.

    `share` is 1, or that of the element in the oxide as which it is reported.
    """

    guess: ColumnGuess
    contaminant: ContaminantEntry
    expected: str
    conversion: Conversion | None
    share: Fraction = Fraction(1)


class UnitPlanner:
    """Settles the unit of every contaminant column before any value is read.

    Parameters
    ----------
    units : UnitIndex
        Known units.
    contaminants : ContaminantIndex
        Known contaminants.
    log : FindingLog
        Where doubts go.
    """

    def __init__(self, units: UnitIndex, contaminants: ContaminantIndex, log: FindingLog) -> None:
        self._units = units
        self._contaminants = contaminants
        self._log = log

    def plan(
        self,
        columns: Sequence[ColumnGuess],
        stated_unit: str | None,
        *,
        is_wet_usable: bool = False,
    ) -> tuple[ValueColumn, ...]:
        """Settle the units: the header first, then the row's unit, then the stated one.

        Parameters
        ----------
        columns : sequence of ColumnGuess
            All columns of the file.
        stated_unit : str or None
            The unit for columns that name none; that of the row counts before it.
        is_wet_usable : bool
            Whether the water is known, so that contents per wet mass can become dry.

        Returns
        -------
        tuple of ValueColumn
            The columns to load.

        Raises
        ------
        IngestError
            If there is no contaminant, a unit is missing, unknown or of the wrong kind, or two
            columns hold the same contaminant.
        """
        guesses = [guess for guess in columns if guess.meaning == CONTAMINANT]
        has_unit_column = only(columns, "unit") is not None
        _refuse_twice(guesses)
        without = [guess for guess in guesses if guess.unit is None]
        if without and stated_unit is None and not has_unit_column:
            names = ", ".join(guess.column for guess in without)
            raise refusal("unit_missing", columns=names, example=without[0].column)
        if stated_unit is not None:
            require_stated_unit(stated_unit, self._units)
        stated = None if has_unit_column else stated_unit
        planned = [
            self._column(guess, stated, stated_unit, is_wet_usable=is_wet_usable)
            for guess in guesses
        ]
        loaded = tuple(column for column in planned if column is not None)
        if not loaded:
            raise refusal("contaminants_missing")
        return loaded

    def _column(
        self, guess: ColumnGuess, stated: str | None, option: str | None, *, is_wet_usable: bool
    ) -> ValueColumn | None:
        entry = self._contaminants.by_code[guess.contaminant or ""]
        expected = self._expected(entry)
        share = self._share(guess, entry)
        text = guess.unit or stated
        if text is None:
            return ValueColumn(guess, entry, expected, None, share)
        unit = self._units.find_in_name(text)
        conversion = conversion_for(text, unit, entry, expected, is_wet_usable=is_wet_usable)
        if isinstance(conversion, UnitProblem):
            if CATALOGUE[conversion.code].scope == "file":
                raise refusal(conversion.code, column=guess.column, **conversion.details)
            self._log.add(finding(conversion.code, column=guess.column, **conversion.details))
            return None
        if guess.unit and option and self._units.find_in_name(option) != unit:
            self._log.add(finding("unit_in_header_kept", column=guess.column, text=text))
        if unit is not None and (doubt := ambiguity(conversion, unit, guess.column)) is not None:
            self._log.add(doubt)
        if guess.oxide is not None:
            conversion = of_oxide(conversion, guess.oxide, share)
        return ValueColumn(guess, entry, expected, conversion, share)

    def _share(self, guess: ColumnGuess, entry: ContaminantEntry) -> Fraction:
        """Return the share of the element where its oxide is reported, and say so."""
        if guess.oxide is None:
            return Fraction(1)
        share = self._contaminants.share_of_element(guess.oxide)
        self._log.add(
            finding(
                "oxide_converted",
                column=guess.column,
                oxide=guess.oxide,
                contaminant=entry.code,
                factor=f"{float(share):.5f}",
            )
        )
        return share

    def _expected(self, entry: ContaminantEntry) -> str:
        unit = self._units.find(entry.default_unit)
        return MASS_CONTENT if unit is None or unit.canonical is None else unit.canonical


def _refuse_twice(guesses: Sequence[ColumnGuess]) -> None:
    if not guesses:
        raise refusal("contaminants_missing")
    seen: dict[tuple[str | None, str | None], ColumnGuess] = {}
    for guess in guesses:
        key = (guess.contaminant, guess.extraction)
        if key in seen:
            raise refusal(
                "contaminant_twice",
                contaminant=guess.contaminant,
                columns=f"{seen[key].column}, {guess.column}",
            )
        seen[key] = guess
