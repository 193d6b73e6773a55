"""Soil type correction of the Dutch standard soil (10 % organic matter, 25 % clay).

G_soil = G (A + B clay% + C OM%) / (A + 25 B + 10 C), Regeling bodemkwaliteit, Annex G part III.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.services.guidelines.rows import Guideline

FORMULA = "nl_soil_type_correction.csv"
STANDARD_CLAY, STANDARD_ORGANIC_MATTER = 25.0, 10.0
_LEAST = 2.0  # per cent, of clay and of organic matter
_MOST_ORGANIC_MATTER = 30.0  # for organic compounds
_LEAST_FOR_PAH = 10.0
_NOT_ORGANIC = frozenset({"trace_element", "inorganic", "mineral_fibre", "radionuclide"})
DOUBT = (
    "The constants and limits were seen in the law; the formula is an image there and is written "
    "from general knowledge."
)


@dataclass(frozen=True)
class Constants:
    """A, B and C of a substance, and whether they were seen in the law."""

    a: float
    b: float
    c: float
    applies: str
    verified: bool


def read_constants(path: Path) -> dict[str, Constants]:
    """Read the table of constants; `*organic` and `*other` are for substances not named."""
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["contaminant"]: Constants(
                float(row["a"]),
                float(row["b"]),
                float(row["c"]),
                row["applies"],
                row["verified"] == "yes",
            )
            for row in csv.DictReader(file)
        }


@dataclass(frozen=True)
class SoilTypes:
    """The constants, and the groups that tell organic substances from others."""

    constants: Mapping[str, Constants]
    groups: Mapping[str, str | None]

    def of(self, row: Guideline) -> Constants | None:
        """Return a substance's constants where its value is to be corrected, else None."""
        if (
            row.correction_formula != FORMULA
            or "no soil type correction" in (row.note or "").casefold()
        ):
            return None
        found = self.constants.get(row.contaminant)
        if found is None:
            is_organic = self.groups.get(row.contaminant) not in _NOT_ORGANIC
            found = self.constants["*organic" if is_organic else "*other"]
        return None if found.b == found.c == 0 else found


def corrected(value: float, constants: Constants, clay: float, organic_matter: float) -> float:
    """Return the value for a soil; clay and organic matter are kept within the law's bounds.

    >>> zinc = Constants(50, 3, 1.5, "metal", True)
    >>> corrected(140.0, zinc, 25.0, 10.0)
    140.0
    >>> corrected(140.0, zinc, 0.0, 0.0) == corrected(140.0, zinc, 2.0, 2.0) == 59.0
    True
    """
    clay, organic_matter = within_bounds(constants, clay, organic_matter)
    a, b, c = constants.a, constants.b, constants.c
    standard = a + STANDARD_CLAY * b + STANDARD_ORGANIC_MATTER * c
    return value * (a + b * clay + c * organic_matter) / standard


def within_bounds(constants: Constants, clay: float, organic_matter: float) -> tuple[float, float]:
    """Return clay and organic matter within the bounds the law sets for the formula."""
    clay = max(clay, _LEAST)
    least, most = _LEAST, 100.0
    if constants.a == constants.b == 0:  # organic compounds: by organic matter alone
        most = _MOST_ORGANIC_MATTER
        least = _LEAST_FOR_PAH if constants.applies.startswith("PAH") else _LEAST
    return clay, min(max(organic_matter, least), most)
