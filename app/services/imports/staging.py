"""Records on their way in, while the file is still being read."""

import json
from dataclasses import asdict
from typing import Any

import polars as pl
from sqlalchemy.orm import Session

from app.db.queries import query
from app.db.session import Database
from app.services.imports.batches import Batches
from app.services.imports.copying import Copying
from app.services.imports.dictionaries import manners, measurands
from ingest.findings import QuarantinedRow
from ingest.records import Records
from spatial.coordinates import hilbert_key

_PLAIN_NUMBER = r"^(0|[1-9]\d*)(\.\d*[1-9])?$"
_PLAIN_DIGITS = 15  # the point counts as one
_LEAST_PLAIN = 1e-4


class Staging:
    """The temporary tables of one import, gone with the transaction of the session.

    While there is one the session is asked for here, because copying may be under way on it.
    """

    def __init__(
        self, session: Session, database: Database, keys: dict[str, int], *, is_large: bool
    ) -> None:
        self._copying = Copying(session)
        self.close = self._copying.close
        self._measurands = measurands(database)
        self._manners = manners(self._copying, keys["import_id"])
        # These are few: they wait here.
        kept = ("sources", "aggregates", "boundaries")
        self.kept: dict[str, list[pl.DataFrame]] = {name: [] for name in kept}
        session.execute(query("stage_quarantine"))
        self.batches = Batches(database, self._copying, keys, is_large=is_large)

    @property
    def session(self) -> Session:
        """The session, once all that was taken is where it belongs or waits."""
        return self._copying.session

    def take(self, records: Records) -> None:
        """Take in a piece of a file."""
        for name, frame in records.tables.items():
            if name in self.kept:
                self.kept[name].append(frame)
            elif name == "samples":
                keys = hilbert_key(frame["longitude"], frame["latitude"])
                self.batches.add_samples(frame.with_columns(pl.Series("hilbert", keys)))
            elif frame.height:
                self.batches.add_results(self._narrow(frame))
        self.quarantine(records.quarantined)

    def _narrow(self, results: pl.DataFrame) -> pl.DataFrame:
        """Refer to what results share, and leave out texts that say what their value does."""
        return results.select(
            "row_number",
            "sample_row",
            self._measurands.numbers(results).alias("measurand_id"),
            self._manners.numbers(results).alias("manner_id"),
            "value",
            "detection_limit",
            "censoring",
            pl.when(~is_said_by_value(results)).then("original_text").alias("original_text"),
            "uncertainty",
        )

    def quarantine(self, rows: tuple[QuarantinedRow, ...]) -> None:
        """Copy bad rows with their reasons."""
        if not rows:
            return
        frame = pl.DataFrame(
            {
                "row_number": [row.row_number for row in rows],
                "cells": [_as_json(row.cells) for row in rows],
                "reasons": [_as_json([asdict(reason) for reason in row.reasons]) for row in rows],
            }
        )
        self._copying.copy("staged_quarantine", frame)


def is_said_by_value(results: pl.DataFrame) -> pl.Series:
    """Tell which texts are their value just as the database writes it.

    Of numbers between 0.0001 and 1e15 with no more than 15 digits and no zero at their end.
    """
    text, value = results["original_text"], results["value"]
    is_plain = text.str.contains(_PLAIN_NUMBER) & (text.str.len_bytes() <= _PLAIN_DIGITS)
    is_equal = text.cast(pl.Float64, strict=False) == value
    return (is_plain & is_equal & ((value >= _LEAST_PLAIN) | (value == 0))).fill_null(value=False)


def storable(thing: Any) -> Any:
    """Return texts, also those inside lists and objects, as PostgreSQL can hold them.

    It has no NUL in text; the picture of one tells the reader that there was one.
    """
    if isinstance(thing, str):
        return thing.replace("\0", "␀")
    if isinstance(thing, dict):
        return {name: storable(value) for name, value in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [storable(value) for value in thing]
    return thing


def _as_json(thing: Any) -> str:
    return json.dumps(storable(thing), ensure_ascii=False)
