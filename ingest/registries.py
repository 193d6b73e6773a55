"""The reference records the reading needs, handed in by the caller.

The service fills them from its database, tests and the seeder from the CSV files of
``data/reference`` by `load_registries`.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from ingest.countries import Country, Towns

LANGUAGES = ("en", "fr", "es", "zh", "ru", "ar")


@dataclass(frozen=True, slots=True)
class ContaminantEntry:
    """One contaminant: `names` by language code, `aliases` as written in files.

    `molar_mass` is in g/mol, `default_unit` tells the kind of quantity (mass, activity, count).
    """

    code: str
    names: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    cas: str | None = None
    symbol: str | None = None
    molar_mass: float | None = None
    default_unit: str = "mg/kg"


@dataclass(frozen=True, slots=True)
class UnitEntry:
    """One spelling of a unit and its exact factor to the canonical unit.

    `canonical` and `factor` are None for what is no content of soil (mg/l, kg/ha).
    `basis` is dry, wet, unstated, leachate, volume or areal. `needs_molar_mass` says that
    the factor must still be multiplied by the molar mass of the contaminant.
    """

    spelling: str
    canonical: str | None
    factor: Fraction | None
    basis: str = "unstated"
    ambiguous: bool = False
    needs_molar_mass: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class FlagEntry:
    """One flag of laboratories: `censoring` is left, right, none, missing, invalid or suspect."""

    flag: str
    kind: str
    censoring: str
    limit_location: str = ""
    meaning: str = ""
    handling: str = ""


@dataclass(frozen=True, slots=True)
class SourceTypeEntry:
    """One type of potential source, with its names by language code."""

    code: str
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Registries:
    """Everything the reading looks up; towns only where a country may be stated."""

    contaminants: tuple[ContaminantEntry, ...]
    units: tuple[UnitEntry, ...]
    flags: tuple[FlagEntry, ...]
    source_types: tuple[SourceTypeEntry, ...]
    towns: Towns | None = None


def parse_factor(text: str) -> tuple[Fraction | None, bool]:
    """Read a factor of units.csv exactly.

    Parameters
    ----------
    text : str
        A decimal number, ``molar_mass`` or ``number*molar_mass``; empty for none.

    Returns
    -------
    factor : fractions.Fraction or None
        The factor without the molar mass.
    needs_molar_mass : bool
        Whether the molar mass (g/mol) is still to be multiplied in.

    Examples
    --------
    >>> parse_factor("0.001")
    (Fraction(1, 1000), False)
    >>> parse_factor("1000*molar_mass")
    (Fraction(1000, 1), True)
    """
    text = text.strip()
    if not text:
        return None, False
    if text.endswith("molar_mass"):
        number = text.removesuffix("molar_mass").removesuffix("*")
        return Fraction(number or "1"), True
    return Fraction(text), False


def stated_country(code: str | None, registries: Registries) -> Country | None:
    """Return the country that was stated for a file.

    Parameters
    ----------
    code : str or None
        Its ISO 3166-1 alpha-2 code.
    registries : Registries
        With towns.

    Returns
    -------
    Country or None
        None where none was stated.

    Raises
    ------
    IngestError
        If no such country is known.
    ValueError
        If the registries hold no towns.

    Examples
    --------
    >>> stated_country(None, Registries((), (), (), ()))
    """
    if code is None:
        return None
    if registries.towns is None:
        raise ValueError("a country is stated, and the registries hold no towns to know it by")
    return Country(code, registries.towns)


def load_registries(directory: Path) -> Registries:
    """Read the registries from the CSV files of ``data/reference``.

    Parameters
    ----------
    directory : pathlib.Path
        The folder with contaminants.csv, units.csv, data_flags.csv and source_types.csv.

    Returns
    -------
    Registries
        The records in the order of the files.
    """
    return Registries(
        contaminants=tuple(_contaminant(row) for row in _rows(directory / "contaminants.csv")),
        units=tuple(_unit(row) for row in _rows(directory / "units.csv")),
        flags=tuple(_flag(row) for row in _rows(directory / "data_flags.csv")),
        source_types=tuple(
            SourceTypeEntry(row["code"], _names(row))
            for row in _rows(directory / "source_types.csv")
        ),
    )


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, strict=True)


def _names(row: Mapping[str, str]) -> dict[str, str]:
    return {
        language: name
        for language in LANGUAGES
        if (name := row.get(f"name_{language}", "").strip())
    }


def _contaminant(row: Mapping[str, str]) -> ContaminantEntry:
    aliases = [alias.strip() for alias in row["aliases"].split(";")]
    aliases.append(row.get("wqx_characteristic", "").strip())
    molar_mass = row["molar_mass_g_mol"].strip()
    return ContaminantEntry(
        code=row["code"],
        names=_names(row),
        aliases=tuple(alias for alias in aliases if alias),
        cas=row["cas"].strip() or None,
        symbol=row["symbol"].strip() or None,
        molar_mass=float(molar_mass) if molar_mass else None,
        default_unit=row["default_unit"].strip() or "mg/kg",
    )


def _unit(row: Mapping[str, str]) -> UnitEntry:
    factor, needs_molar_mass = parse_factor(row["factor_to_canonical"])
    return UnitEntry(
        spelling=row["spelling"],
        canonical=row["canonical"].strip() or None,
        factor=factor,
        basis=row["basis"],
        ambiguous=row["ambiguous"] == "yes",
        needs_molar_mass=needs_molar_mass,
        note=row["note"],
    )


def _flag(row: Mapping[str, str]) -> FlagEntry:
    return FlagEntry(
        flag=row["flag"],
        kind=row["kind"],
        censoring=row["censoring"],
        limit_location=row["limit_location"],
        meaning=row["meaning"],
        handling=row["handling"],
    )
