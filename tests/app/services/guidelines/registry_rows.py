"""The registry's files as the resolver's rows, without a database."""

import csv
from functools import cache

from app.resources import reference_data
from app.services.guidelines import Guideline, Place, Resolution, resolve, rows_of_place
from app.services.guidelines.soil_type import FORMULA, SoilTypes, read_constants

NUMBERS = ("value", "value_max", "ph_min", "ph_max")


@cache
def registry() -> tuple[Guideline, ...]:
    """All rows of guideline_values.csv."""
    with (reference_data() / "guideline_values.csv").open(encoding="utf-8", newline="") as file:
        rows = []
        for record in csv.DictReader(file):
            typed: dict[str, object] = {name: text or None for name, text in record.items()}
            for name in NUMBERS:
                typed[name] = float(record[name]) if record[name] else None
            rows.append(Guideline.of(typed | {"verified": record["verified"] == "yes"}))
    return tuple(rows)


@cache
def soil_types() -> SoilTypes:
    """The Dutch constants, and every contaminant's group."""
    with (reference_data() / "contaminants.csv").open(encoding="utf-8", newline="") as file:
        groups = {row["code"]: row["group"] for row in csv.DictReader(file)}
    return SoilTypes(read_constants(reference_data() / FORMULA), groups)


def answer(contaminant: str, **known: object) -> Resolution:
    """Resolve for a place."""
    place = Place(**known)  # type: ignore[arg-type]
    place.check()
    rows = [row for row in registry() if row.contaminant == contaminant]
    return resolve(rows_of_place(rows, place), place, soil_types())
