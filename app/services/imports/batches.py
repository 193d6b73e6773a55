"""What is new and beyond doubt is loaded batch by batch, while the file is still being read.

Whatever one row of the file or the data set might say against another waits, whole samples at a
time, until all rows are there (`settling`): repeated samples at two places, results told twice,
samples that the data set had before. A sample loaded already is taken out again when a later row
raises a doubt about it.
"""

from collections.abc import Callable, Iterable
from typing import Any, cast

import polars as pl
from sqlalchemy import CursorResult, text
from sqlalchemy.orm import Session

from app.db.queries import query
from ingest.records import SAMPLE_KEY, PolarsType

# Samples and results together: large enough to be written in Hilbert order, small enough that the
# database has something to do while the rest is read.
BATCH_ROWS = 125_000

_NO_RESULTS = pl.DataFrame(
    schema={
        "row_number": pl.Int64,
        "sample_row": pl.Int64,
        "measurand_id": pl.Int64,
        "manner_id": pl.Int64,
        "value": pl.Float64,
        "detection_limit": pl.Float64,
        "censoring": pl.String,
        "original_text": pl.String,
        "uncertainty": pl.Float64,
    }
)

# What earlier rows or imports told: the staged row, the sample, and whether this import brought it,
# to the same place.
_KNOWN: dict[str, PolarsType] = {
    "first": pl.Int64,
    "sample_id": pl.Int64,
    "is_own": pl.Boolean,
    "is_same": pl.Boolean,
}
_STAGES = (
    "stage_samples",
    "stage_results",
    "stage_stored",
    "stage_doubtful_samples",
    "stage_doubtful_results",
)
Copy = Callable[[str, pl.DataFrame], None]


class Batches:
    """Samples and results on their way into place; `loaded` counts rows that brought something."""

    def __init__(self, session: Session, keys: dict[str, int], copy: Copy) -> None:
        self._session = session
        self._keys = keys
        self._copy = copy
        self._samples: list[pl.DataFrame] = []
        self._results: list[pl.DataFrame] = []
        self._waiting = 0
        self._is_complete = True
        self.loaded = 0
        self.has_doubts = False
        for statement in _STAGES:
            session.execute(query(statement))

    def add_samples(self, samples: pl.DataFrame) -> None:
        """Take samples; a full batch is loaded first, but never parts a sample from its results."""
        if self._waiting >= BATCH_ROWS and self._is_complete:
            self.flush()
        self._samples.append(samples)
        self._waiting += samples.height
        self._is_complete = False

    def add_results(self, results: pl.DataFrame) -> None:
        """Take results, whose samples came before them."""
        self._results.append(results)
        self._waiting += results.height
        self._is_complete = True

    def flush(self) -> None:
        """Load what is there and beyond doubt, and set the rest aside."""
        if not self._waiting:
            return
        samples = pl.concat(self._samples)
        results = pl.concat(self._results) if self._results else _NO_RESULTS
        self._samples, self._results, self._waiting = [], [], 0
        samples, results = with_first_rows(samples, results)
        firsts = samples.filter(pl.col("row_number") == pl.col("first"))
        self._copy("staged_sample", firsts.drop("first", "is_moved"))
        known = self._known()
        doubtful = _doubtful(samples, results) | self._contradicted(known, results)
        self._set_aside(samples, results, known, doubtful)
        is_good = ~pl.col("first").is_in(_series(doubtful).implode())
        self._load(results.filter(is_good), known, doubtful)

    def take_up_doubtful(self) -> None:
        """Stage what was set aside, once all rows are there."""
        for table in ("sample", "result"):
            self._session.execute(query(f"take_up_doubtful_{table}s"))

    def _known(self) -> pl.DataFrame:
        """Return the staged samples that an earlier row, or an earlier import, told already."""
        known = self._fetch("find_earlier_samples", _KNOWN)
        if not self.has_doubts:
            return known
        return pl.concat([known, self._fetch("find_waiting_samples", _KNOWN)])

    def _contradicted(self, known: pl.DataFrame, results: pl.DataFrame) -> set[int]:
        """Tell which known samples are more than further results of a sample of this import."""
        if known.is_empty():
            return set()
        own = known.filter("is_same")
        stored = self._fetch(
            "current_measurands",
            {"sample_id": pl.Int64, "measurand_id": pl.Int64},
            sample_ids=own["sample_id"].to_list(),
        )
        told = results.select("first", "measurand_id").join(own, on="first")
        again = told.join(stored, on=["sample_id", "measurand_id"], how="semi")["first"]
        silent = own.filter(~pl.col("first").is_in(results["row_number"].implode()))["first"]
        return {*known.filter(~pl.col("is_same"))["first"], *again, *silent}

    def _set_aside(
        self,
        samples: pl.DataFrame,
        results: pl.DataFrame,
        known: pl.DataFrame,
        doubtful: set[int],
    ) -> None:
        """Let doubtful samples wait, with what was loaded of them before."""
        if not doubtful:
            return
        self.has_doubts = True
        is_doubtful = pl.col("first").is_in(_series(doubtful).implode())
        back = known.filter(is_doubtful & pl.col("is_own"))["sample_id"].to_list()
        if back:
            told = {"sample_ids": back}
            rows: set[int] = set()
            for statement in ("take_back_results", "take_back_samples"):
                rows |= set(self._session.scalars(query(statement), told))
            self.loaded -= len(rows)
        self._copy("doubtful_sample", samples.filter(is_doubtful).drop("first", "is_moved"))
        self._copy("doubtful_result", results.filter(is_doubtful).drop("first"))

    def place_settled_samples(self) -> None:
        """Note where the settled samples are stored, new ones inserted."""
        self._session.execute(query("find_stored_samples"), self._keys)
        new = self._load_new_samples().rename({"first": "row_number"})
        self._copy("stored_sample", new.with_columns(pl.lit(value=True).alias("is_new")))

    def _load_new_samples(self) -> pl.DataFrame:
        """Insert the staged samples that are not stored; return their rows (``first``) and ids."""
        self._session.execute(query("load_sites"), self._keys)
        return self._fetch("load_samples", {"first": pl.Int64, "sample_id": pl.Int64})

    def _load(self, results: pl.DataFrame, known: pl.DataFrame, doubtful: set[int]) -> None:
        left_out = doubtful | set(known["first"])
        if left_out:
            self._session.execute(
                text("DELETE FROM staged_sample WHERE row_number = ANY(:rows)"),
                {"rows": list(left_out)},
            )
        new = self._load_new_samples()
        placed = pl.concat([new, known.filter("is_same").select("first", "sample_id")])
        number = results.height
        results = results.join(placed, on="first").sort("sample_id", maintain_order=True)
        if results.height != number:
            raise RuntimeError("results without a sample, or of two, would be lost or doubled")
        self._copy("measurement", results.drop("first", "sample_row"))
        self.loaded += pl.concat([results["row_number"], new["first"]]).n_unique()
        self._session.execute(text("TRUNCATE staged_sample"))

    def _fetch(self, statement: str, schema: dict[str, PolarsType], **more: Any) -> pl.DataFrame:
        """Return what a statement finds, as a table."""
        found = self._session.execute(query(statement), self._keys | more)
        # The driver's own tuples: a row object each took ten times as long as the table.
        rows = cast("CursorResult[Any]", found).cursor.fetchall()
        return pl.DataFrame(rows, schema=schema, orient="row")


def with_first_rows(
    samples: pl.DataFrame, results: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Add the first row that tells a sample, and whether others place it elsewhere."""
    key = list(SAMPLE_KEY)
    if not samples.select(key).is_duplicated().any():
        firsts = pl.col("row_number").alias("first"), pl.lit(value=False).alias("is_moved")
        return samples.with_columns(firsts), results.with_columns(first=pl.col("sample_row"))
    moved = [pl.col(name).min() != pl.col(name).max() for name in ("longitude", "latitude")]
    samples = samples.with_columns(
        pl.col("row_number").min().over(key).alias("first"),
        (moved[0] | moved[1]).over(key).alias("is_moved"),
    )
    owners = samples.select(pl.col("row_number").alias("sample_row"), "first")
    return samples, results.join(owners, on="sample_row", how="left", maintain_order="left")


def _doubtful(samples: pl.DataFrame, results: pl.DataFrame) -> set[int]:
    """Tell which samples of a batch say something twice, in the batch alone."""
    moved = samples.filter("is_moved")["first"]
    is_twice = results.select("first", "measurand_id").is_duplicated()
    later = samples.filter(pl.col("row_number") != pl.col("first"))
    silent = later.filter(~pl.col("row_number").is_in(results["row_number"].implode()))["first"]
    return {*moved, *results.filter(is_twice)["first"], *silent}


def _series(rows: Iterable[Any]) -> pl.Series:
    return pl.Series(list(rows), dtype=pl.Int64)
