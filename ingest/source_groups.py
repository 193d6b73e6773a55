"""Registers with a row per source and substance: rows put together to one record per source."""

import json
import re
from collections import Counter
from collections.abc import Mapping

import polars as pl

from ingest.contaminants import ContaminantIndex
from ingest.findings import FindingLog, finding
from ingest.long.analytes import find_analyte

_POUND = 0.45359237
KILOGRAMS: Mapping[str, float] = {
    "": 1.0,
    "kg": 1.0,
    "kgm": 1.0,
    "kilogram": 1.0,
    "kilograms": 1.0,
    "g": 0.001,
    "gram": 0.001,
    "grams": 0.001,
    "t": 1000.0,
    "tonne": 1000.0,
    "tonnes": 1000.0,
    "lb": _POUND,
    "lbs": _POUND,
    "pound": _POUND,
    "pounds": _POUND,
}
# "MERCURY AND MERCURY COMPOUNDS", "Lead and compounds (as Pb)", "ZINC COMPOUNDS"
_COMPOUNDS = re.compile(r"\s*(?:and\s+(?:its\s+|[\w()]+\s+)?)?compounds\b.*", re.IGNORECASE)
_BRACKET = re.compile(r"\s*\([^()]*\)\s*$")
_MOST_NAMES = 10_000
# all of a source's rows tell of these together; of the rest the latest year does
_SUMMED = frozenset(
    {"natural_key", "contaminants", "row_number", "rows", "release_kg"}
    | {"operating_from", "operating_to"}
)


class Emissions:
    """Finds what a source emits, by the names and CAS numbers of pollution registers.

    Parameters
    ----------
    contaminants : ContaminantIndex
        Known contaminants.
    """

    def __init__(self, contaminants: ContaminantIndex) -> None:
        self._contaminants = contaminants
        self._known: dict[tuple[str, str], str | None] = {}
        self._unknown: Counter[str] = Counter()

    def find(self, name: str, number: str) -> str | None:
        """Look one substance up.

        Parameters
        ----------
        name, number : str
            Name and CAS number as written, empty if not given.

        Returns
        -------
        str or None
            The code of the contaminant; compounds of a metal count as the metal.
        """
        key = (name, number)
        if key not in self._known:
            spellings = (name, _BRACKET.sub("", name), _COMPOUNDS.sub("", name))
            found = [find_analyte(text, number, self._contaminants) for text in spellings]
            # an amount of an oxide is none of its element
            codes = (analyte.code for analyte in found if analyte.oxide is None)
            self._known[key] = next((code for code in codes if code), None)
        code = self._known[key]
        if code is None and (name or number):
            shown = name or number
            is_counted = shown in self._unknown or len(self._unknown) < _MOST_NAMES
            self._unknown[shown if is_counted else "(other names)"] += 1
        return code

    def report(self, column: str | None, log: FindingLog) -> None:
        """Say once per name which substances were not known.

        Parameters
        ----------
        column : str or None
            The column's name.
        log : FindingLog
            Where the notes go.
        """
        for text, number in self._unknown.most_common():
            log.add(finding("emission_unknown", column=column, text=text, number=number))


def group_sources(sources: pl.DataFrame) -> pl.DataFrame:
    """Make one record of all rows on a source.

    Parameters
    ----------
    sources : polars.DataFrame
        Columns of `SOURCE_SCHEMA`, ``year`` (Int32), ``release_kg`` (Float64) and
        ``release_medium``; one row per source, substance and year.

    Returns
    -------
    polars.DataFrame
        Columns of `SOURCE_SCHEMA`, one row per ``natural_key``: name, type and place of its
        latest year, all contaminants, the first and last year, and ``releases`` as JSON: a list
        of contaminant, year, medium and kg.
    """
    latest = sources.sort("year", nulls_last=False, maintain_order=True)
    attributes = [name for name in sources.columns if name not in _SUMMED]
    grouped = latest.group_by("natural_key", maintain_order=True).agg(
        pl.col("row_number").min(),
        pl.col("rows").sum(),
        *(pl.col(name).last() for name in attributes),
        pl.col("contaminants").list.explode().drop_nulls().unique(maintain_order=True),
        pl.min_horizontal(pl.col("operating_from").min(), pl.col("year").min()).alias(
            "operating_from"
        ),
        pl.max_horizontal(pl.col("operating_to").max(), pl.col("year").max()).alias("operating_to"),
        _releases(),
    )
    grouped = grouped.with_columns(_as_json(grouped["releases"]))
    return grouped.sort("row_number").drop("year", "release_medium")


def _releases() -> pl.Expr:
    fields = pl.struct(
        pl.col("contaminants").list.first().alias("contaminant"),
        "year",
        pl.col("release_medium").alias("medium"),
        pl.col("release_kg").alias("kg"),
    )
    has_amount = pl.col("release_kg").is_not_null() & (pl.col("contaminants").list.len() > 0)
    return fields.filter(has_amount).alias("releases")


def _as_json(releases: pl.Series) -> pl.Series:
    texts = [json.dumps(rows, ensure_ascii=False) if rows else None for rows in releases.to_list()]
    return pl.Series("releases", texts, dtype=pl.String)
