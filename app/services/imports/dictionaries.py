"""What many results share is stored once: measurands by all data sets, manners by an import."""

from collections.abc import Callable

import polars as pl
from sqlalchemy import insert

from app.db.models import Manner
from app.db.queries import query
from app.db.session import Database
from app.services.imports.copying import Copying
from ingest.records import RESULT_SCHEMA

MEASURAND = ("contaminant", "extraction", "fraction", "replicate")
MANNER = (
    "unit",
    "basis",
    "limit_kind",
    "qualifier",
    "method",
    "laboratory",
    "column_name",
    "original_unit",
    "conversion_factor",
    "coverage_factor",
    "repairs",
)
# Beyond it the memory of a reading would grow with its file; entries may be asked for again.
_MOST_KNOWN = 200_000

Add = Callable[[pl.DataFrame], list[int]]


class Dictionary:
    """Gives each combination of some columns a number, and stores those it meets first."""

    def __init__(self, columns: tuple[str, ...], add: Add) -> None:
        self._columns = list(columns)
        self._add = add
        schema = {name: RESULT_SCHEMA[name] for name in columns}
        self._known = pl.DataFrame(schema=schema | {"number": pl.Int64})

    def numbers(self, frame: pl.DataFrame) -> pl.Series:
        """Return the number of each row."""
        # What is the same in all rows need not be compared in each.
        told = frame.select(self._columns)
        varying = [name for name in self._columns if _varies(told[name])] or self._columns[:1]
        combinations = told.unique(varying, maintain_order=True)
        numbers = self._numbers_of(combinations)
        if len(combinations) == 1:
            return pl.repeat(numbers[0], frame.height, dtype=pl.Int64, eager=True)
        keyed = combinations.select(varying).with_columns(numbers.alias("number"))
        joined = told.select(varying).join(
            keyed, on=varying, how="left", nulls_equal=True, maintain_order="left"
        )
        return joined["number"]

    def _numbers_of(self, told: pl.DataFrame) -> pl.Series:
        if self._known.height > _MOST_KNOWN:
            self._known = self._known.clear()
        on = self._columns
        new = told.join(self._known, on=on, how="anti", nulls_equal=True, maintain_order="left")
        if new.height:
            added = new.with_columns(pl.Series("number", self._add(new), dtype=pl.Int64))
            self._known = pl.concat([self._known, added])
        return told.join(self._known, on=on, how="left", nulls_equal=True, maintain_order="left")[
            "number"
        ]


def measurands(database: Database) -> Dictionary:
    """Return the numbers of measurands.

    New ones are stored in a transaction of their own: nobody who loads another file waits for
    this one to end, and a word without a result does no harm.
    """

    def add(new: pl.DataFrame) -> list[int]:
        told = {name: new[name].to_list() for name in MEASURAND}
        with database.writing() as session:
            session.execute(query("add_measurands"), told)
            return list(session.scalars(query("find_measurands"), told))

    return Dictionary(MEASURAND, add)


def manners(copying: Copying, import_id: int) -> Dictionary:
    """Return the numbers of the ways in which an import tells results; they go when it goes."""

    def add(new: pl.DataFrame) -> list[int]:
        rows = [row | {"import_id": import_id} for row in new.select(MANNER).to_dicts()]
        statement = insert(Manner).returning(Manner.id, sort_by_parameter_order=True)
        return list(copying.session.scalars(statement, rows))

    return Dictionary(MANNER, add)


def _varies(column: pl.Series) -> bool:
    return column.len() > 0 and not bool(column.eq_missing(column[0]).all())
