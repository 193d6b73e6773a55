"""Towns of the world: where members are shown, and what countries are known by."""

import csv
import gzip
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from app.resources import gazetteer_data
from ingest.countries import Towns


@dataclass(frozen=True)
class Place:
    """A city of the gazetteer."""

    id: str
    name: str
    ascii_name: str
    country: str
    longitude: float
    latitude: float


def places() -> tuple[tuple[str, Place], ...]:
    """Return every place with its folded names, the place itself beside them."""
    return _places(gazetteer_data())


def towns() -> Towns:
    """Return the same as the reading of files takes it."""
    return _towns(gazetteer_data())


def has_country(code: str) -> bool:
    """Tell whether there are places in a country (ISO 3166-1 alpha-2, in either case)."""
    return bool((towns().country == code.upper()).any())


def folded(text: str) -> str:
    """Return the text without case and accents, as people type it."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


@cache
def _places(folder: Path) -> tuple[tuple[str, Place], ...]:
    path = _file(folder)
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        return tuple(
            (folded(f"{row['name']} {row['asciiname']}"), _place(row))
            for row in csv.DictReader(file)
        )


@cache
def _towns(folder: Path) -> Towns:
    # Every import needs these, and none the names: folding those takes a second.
    kinds = {"country": pl.String, "longitude": pl.Float64, "latitude": pl.Float64}
    found = pl.read_csv(_file(folder), columns=list(kinds), schema_overrides=kinds)
    return Towns(
        np.array(found["country"].to_list()),
        found["longitude"].to_numpy(),
        found["latitude"].to_numpy(),
    )


def _file(folder: Path) -> Path:
    return next(iter(sorted(folder.glob("places.csv*"))))


def _place(row: dict[str, str]) -> Place:
    return Place(
        row["id"],
        row["name"],
        row["asciiname"],
        row["country"],
        float(row["longitude"]),
        float(row["latitude"]),
    )
