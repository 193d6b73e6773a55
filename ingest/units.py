"""Units of soil contents, looked up in the registry and converted exactly."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import polars as pl

from ingest.findings import Finding, finding, refusal
from ingest.folding import fold_unit
from ingest.registries import ContaminantEntry, UnitEntry

MASS_CONTENT = "mg/kg"
# two readings nine powers of ten apart: parts per trillion and parts per thousand
_NEVER_GUESSED = frozenset({"ppt"})
_NOT_LOADED = frozenset({"wet", "leachate", "volume", "areal"})
_KINDS = {
    "mg/kg": "a mass content",
    "Bq/kg": "an activity",
    "particles/kg": "a count of particles",
}


class UnitIndex:
    """Finds the registry's entry for a unit as written in files.

    Parameters
    ----------
    units : iterable of UnitEntry
        The registry.

    Examples
    --------
    >>> index = UnitIndex([UnitEntry("mg/kg", "mg/kg", Fraction(1))])
    >>> index.find("MG / KG").canonical
    'mg/kg'
    >>> index.find("stone") is None
    True
    """

    def __init__(self, units: Iterable[UnitEntry]) -> None:
        self._exact: dict[str, UnitEntry] = {}
        self._folded: dict[str, UnitEntry | None] = {}
        for unit in units:
            self._exact.setdefault(unit.spelling, unit)
            key = fold_unit(unit.spelling)
            known = self._folded.setdefault(key, unit)
            if known is not None and not _same_meaning(known, unit):
                self._folded[key] = None

    def find(self, text: str) -> UnitEntry | None:
        """Look a unit up.

        Parameters
        ----------
        text : str
            The unit as written.

        Returns
        -------
        UnitEntry or None
            The entry; None when the spelling is unknown or has several meanings.
        """
        text = text.strip()
        if text in self._exact:
            return self._exact[text]
        unit = self._folded.get(fold_unit(text))
        # MBq and mBq are nine powers of ten apart: the case of the prefix decides
        if unit is not None and "Bq" in unit.spelling and text[:1] != unit.spelling[:1]:
            return None
        return unit

    def find_in_name(self, text: str) -> UnitEntry | None:
        """Look up a unit written as part of a column's name, such as ``mg_kg`` or ``ppm``.

        Parameters
        ----------
        text : str
            The end of a column's name.

        Returns
        -------
        UnitEntry or None
            The entry, if the text is a unit.
        """
        tail = text.strip(" _-.,:;")
        if not tail:
            return None
        spellings = (tail, tail.replace("_", "/", 1).replace("_", " "), tail.replace("_", " "))
        return next((unit for text in spellings if (unit := self.find(text))), None)


@dataclass(frozen=True, slots=True)
class Conversion:
    """How one unit becomes the canonical one: value * numerator / denominator."""

    text: str
    canonical: str
    basis: str
    numerator: float
    denominator: float

    @property
    def factor(self) -> float:
        """The factor as one number."""
        return self.numerator / self.denominator

    def apply(self, values: pl.Series) -> pl.Series:
        """Convert values.

        Parameters
        ----------
        values : polars.Series
            Float64 values in the unit as written, shape (n,).

        Returns
        -------
        polars.Series
            Values in the canonical unit; a decimal factor below one is divided by its
            reciprocal, so that 300 µg/kg are 0.3 mg/kg and not 0.30000000000000004.

        Examples
        --------
        >>> thousandth = Conversion("µg/kg", "mg/kg", "unstated", 1.0, 1000.0)
        >>> thousandth.apply(pl.Series([300.0])).to_list()
        [0.3]
        """
        if self.numerator != 1.0:
            values = values * self.numerator
        if self.denominator == 1.0:
            return values
        # polars multiplies by the reciprocal of a single divisor, which rounds twice
        return values / pl.repeat(self.denominator, len(values), dtype=pl.Float64, eager=True)


def of_oxide(conversion: Conversion, oxide: str, share: Fraction) -> Conversion:
    """Turn the conversion of an oxide's content into that of its element's content.

    Parameters
    ----------
    conversion : Conversion
        The conversion of the unit.
    oxide : str
        The formula.
    share : fractions.Fraction
        The share of the oxide's mass that is the element.

    Returns
    -------
    Conversion
        Its `text` names the oxide.

    Examples
    --------
    >>> percent = Conversion("%", "mg/kg", "unstated", 10_000.0, 1.0)
    >>> of_oxide(percent, "XO", Fraction(1, 2)).factor
    5000.0
    """
    return replace(
        conversion,
        text=f"{conversion.text} {oxide}",
        numerator=conversion.numerator * float(share),
    )


@dataclass(frozen=True, slots=True)
class UnitProblem:
    """Why a unit cannot be used: a code of the catalogue (row and column variants) and details."""

    code: str
    details: dict[str, Any]


def conversion_for(
    text: str,
    unit: UnitEntry | None,
    contaminant: ContaminantEntry,
    expected: str,
    *,
    is_wet_usable: bool = False,
) -> Conversion | UnitProblem:
    """Work out the conversion of one unit for one contaminant.

    Parameters
    ----------
    text : str
        The unit as written.
    unit : UnitEntry or None
        Its entry in the registry.
    contaminant : ContaminantEntry
        The contaminant measured.
    expected : str
        The canonical unit of the contaminant's kind.
    is_wet_usable : bool
        Whether the caller knows the water, so that contents per wet mass can become dry; their
        `basis` is ``wet``.

    Returns
    -------
    Conversion or UnitProblem
        The conversion, or why there is none.

    Examples
    --------
    >>> lead = ContaminantEntry("pb", molar_mass=207.2)
    >>> millimoles = UnitEntry("mmol/kg", "mg/kg", Fraction(1), needs_molar_mass=True)
    >>> conversion_for("mmol/kg", millimoles, lead, "mg/kg").factor
    207.2
    """
    if unit is None or fold_unit(unit.spelling) in _NEVER_GUESSED:
        return UnitProblem("unit_unknown", {"text": text})
    is_wet = unit.basis == "wet" and is_wet_usable
    if unit.canonical is None or unit.factor is None or (unit.basis in _NOT_LOADED and not is_wet):
        return UnitProblem("unit_not_content", {"text": text, "basis": _explain(unit.basis)})
    if unit.canonical != expected:
        details = {
            "text": text,
            "found": _KINDS.get(unit.canonical, unit.canonical),
            "contaminant": contaminant.code,
            "expected": expected,
        }
        return UnitProblem("unit_wrong_kind", details)
    factor = unit.factor
    if unit.needs_molar_mass:
        if contaminant.molar_mass is None:
            return UnitProblem("unit_not_content", {"text": text, "basis": "no molar mass known"})
        factor *= Fraction(str(contaminant.molar_mass))
    basis = unit.basis if unit.basis in {"dry", "wet"} else "unstated"
    return Conversion(text, unit.canonical, basis, float(factor.numerator), factor.denominator)


def ambiguity(conversion: Conversion, unit: UnitEntry, column: str) -> Finding | None:
    """Tell how a unit with several readings was read.

    Parameters
    ----------
    conversion : Conversion
        The conversion used.
    unit : UnitEntry
        The registry's entry.
    column : str
        The column's name.

    Returns
    -------
    Finding or None
        A warning when the registry calls the unit ambiguous.
    """
    if not unit.ambiguous:
        return None
    return finding(
        "unit_ambiguous",
        column=column,
        text=conversion.text,
        factor=f"{conversion.factor:g}",
        canonical=conversion.canonical,
    )


def require_stated_unit(text: str, index: UnitIndex) -> UnitEntry:
    """Look up the unit the user stated for the whole file.

    Parameters
    ----------
    text : str
        The unit as stated.
    index : UnitIndex
        The registry.

    Returns
    -------
    UnitEntry
        Its entry.

    Raises
    ------
    IngestError
        If the spelling is not known.
    """
    unit = index.find(text)
    if unit is None:
        raise refusal(
            "option_invalid", option="unit", text=text, expected="a usual spelling such as mg/kg"
        )
    return unit


def _same_meaning(one: UnitEntry, other: UnitEntry) -> bool:
    return (one.canonical, one.factor, one.basis, one.needs_molar_mass) == (
        other.canonical,
        other.factor,
        other.basis,
        other.needs_molar_mass,
    )


def _explain(basis: str) -> str:
    return {
        "wet": "it is per wet mass, and there is no column of the moisture and none is stated",
        "leachate": "it measures water or an eluate",
        "volume": "it is per volume of soil",
        "areal": "it is per area",
    }.get(basis, basis)
