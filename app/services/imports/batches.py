"""What is new and beyond doubt is loaded batch by batch, while the file is still being read.

Whatever one row of the file or the data set might say against another waits, whole samples at a
time, until all rows are there (`settling`): repeated samples at two places, results told twice,
samples that the data set had before. A sample loaded already is taken out again when a later row
raises a doubt about it.
"""

from collections.abc import Iterable
from typing import Any, cast

import polars as pl
from sqlalchemy import CursorResult, Result, text

from app.db.queries import query
from app.db.session import Database
from app.services.imports.copying import Copying
from app.services.imports.placing import ToldSamples, sample_rows
from app.services.imports.tables import Tables
from ingest.records import SAMPLE_KEY, PolarsType

# Samples and results together: large enough to be written in Hilbert order, small enough that the
# database has something to do while the rest is read.
BATCH_ROWS = 100_000
# A first batch of so many is a large import, however small its file: a wide one. It is one block.
LARGE_ROWS = 150_000
# So that the database begins early.
_FIRST_ROWS = 30_000
# A sample of more results than that does not wait for what the next rows may say of it, or a file
# that tells of one sample alone would be held whole.
_MOST_KEPT_BACK = 1_000

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
_SITES: dict[str, PolarsType] = {"site_code": pl.String, "site_id": pl.Int64}
_STAGES = (
    "stage_samples",
    "stage_results",
    "stage_stored",
    "stage_doubtful_samples",
    "stage_doubtful_results",
)


class Batches:
    """Samples and results on their way into place; `loaded` counts rows that brought something."""

    def __init__(
        self, database: Database, copying: Copying, keys: dict[str, int], *, is_large: bool
    ) -> None:
        self._copying = copying
        self._keys = keys
        self._samples: list[pl.DataFrame] = []
        self._results: list[pl.DataFrame] = []
        self._waiting = 0
        self._full = min(_FIRST_ROWS, BATCH_ROWS)
        self._is_complete = True
        self.loaded = 0
        self.has_doubts = False
        for statement in _STAGES:
            copying.session.execute(query(statement))
        is_first = not copying.session.scalar(query("has_samples"), keys)
        self._told = ToldSamples(is_first=is_first)
        self._tables = Tables(database, copying, keys["import_id"])
        # Nothing is loaded so far that the tables of its own would have to have.
        self._may_begin_own = is_first
        if is_first and is_large:
            self._begin_own()

    def add_samples(self, samples: pl.DataFrame) -> None:
        """Take samples; a full batch is loaded first, but never parts a sample from its results.

        The last sample waits for the next batch. Pieces of a file end anywhere in one, and to look
        it up when the rest of it comes would wait until all that is under way is copied.
        """
        if self._waiting >= self._full and self._is_complete:
            self._full = BATCH_ROWS
            kept = self._keep_last_back()
            self.flush()
            for table, waiting in zip(kept, (self._samples, self._results), strict=True):
                if table.height:
                    waiting.append(table)
                    self._waiting += table.height
        self._samples.append(samples)
        self._waiting += samples.height
        self._is_complete = False

    def add_results(self, results: pl.DataFrame) -> None:
        """Take results, whose samples came before them."""
        self._results.append(results)
        self._waiting += results.height
        self._is_complete = True

    def _keep_last_back(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Take the last sample out of a batch; return it and its results, or nothing."""
        samples = pl.concat(self._samples)
        results = pl.concat(self._results) if self._results else _NO_RESULTS
        last = samples.filter(pl.col("row_number") == pl.col("row_number").max())
        kept = samples.join(last, on=SAMPLE_KEY, how="semi", nulls_equal=True)
        is_kept = results["sample_row"].is_in(kept["row_number"].implode())
        if is_kept.sum() > _MOST_KEPT_BACK:
            return samples.clear(), results.clear()
        self._samples = [samples.join(kept, on="row_number", how="anti", maintain_order="left")]
        self._results = [results.filter(~is_kept)]
        self._waiting = self._samples[0].height + self._results[0].height
        return kept, results.filter(is_kept)

    def flush(self) -> None:
        """Load what is there and beyond doubt, and set the rest aside."""
        if not self._waiting:
            return
        if self._may_begin_own and self._waiting >= LARGE_ROWS:
            self._begin_own()
        self._may_begin_own = False
        samples = pl.concat(self._samples)
        results = pl.concat(self._results) if self._results else _NO_RESULTS
        self._samples, self._results, self._waiting = [], [], 0
        samples, results = with_first_rows(samples, results)
        firsts = samples.filter(pl.col("row_number") == pl.col("first"))
        known = self._known(firsts)
        doubtful = _doubtful(samples, results) | self._contradicted(known, results)
        self._set_aside(samples, results, known, doubtful)
        if known.height or doubtful:
            firsts = firsts.filter(~pl.col("first").is_in(_series(known["first"]).implode()))
            is_good = ~pl.col("first").is_in(_series(doubtful).implode())
            firsts, results = firsts.filter(is_good), results.filter(is_good)
        self._load(firsts, results, known)

    def _begin_own(self) -> None:
        self._tables.begin_own()
        self._may_begin_own = False

    def end(self) -> None:
        """Load the last batch; whatever was loaded can be read from now on."""
        self.flush()
        self._tables.join()

    def take_up_doubtful(self) -> None:
        """Stage what was set aside, once all rows are there."""
        for table in ("sample", "result"):
            self._copying.session.execute(query(f"take_up_doubtful_{table}s"))

    def _known(self, samples: pl.DataFrame) -> pl.DataFrame:
        """Return the samples that an earlier row, or an earlier import, told already."""
        asked = samples.filter(self._told.may_be_told(samples))
        if asked.is_empty():
            return pl.DataFrame(schema=_KNOWN)
        self._tables.join()
        self._copying.copy("staged_sample", asked.drop("first", "is_moved"))
        known = self._fetch("find_earlier_samples", _KNOWN)
        if self.has_doubts:
            known = pl.concat([known, self._fetch("find_waiting_samples", _KNOWN)])
        self._copying.session.execute(text("TRUNCATE staged_sample"))
        return known

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
                rows |= set(self._copying.session.scalars(query(statement), told))
            self.loaded -= len(rows)
        self._copying.copy("doubtful_sample", samples.filter(is_doubtful).drop("first", "is_moved"))
        self._copying.copy("doubtful_result", results.filter(is_doubtful).drop("first"))

    def place_settled_samples(self) -> None:
        """Note where the settled samples are stored, new ones inserted."""
        for statement in ("find_stored_samples", "load_sites"):
            self._copying.session.execute(query(statement), self._keys)
        new = self._fetch("load_samples", {"row_number": pl.Int64, "sample_id": pl.Int64})
        new = new.with_columns(pl.lit(value=True).alias("is_new"))
        self._copying.copy("stored_sample", new)

    def _load(self, samples: pl.DataFrame, results: pl.DataFrame, known: pl.DataFrame) -> None:
        """Load new samples and results, these also of samples known to be the same."""
        new = self._place(samples)
        placed = pl.concat([new, known.filter("is_same").select("first", "sample_id")])
        number = results.height
        results = results.join(placed, on="first").sort("sample_id", maintain_order=True)
        if results.height != number:
            raise RuntimeError("results without a sample, or of two, would be lost or doubled")
        self._tables.copy("measurement", results.drop("first", "sample_row"))
        self.loaded += pl.concat([results["row_number"], new["first"]]).n_unique()

    def _place(self, samples: pl.DataFrame) -> pl.DataFrame:
        """Store new samples in Hilbert order; return their rows (``first``) and numbers."""
        samples = (
            samples.join(self._sites(samples), on="site_code", how="left")
            .sort("hilbert", "row_number")
            .with_columns(self._tables.new_ids(samples.height).alias("id"))
        )
        self._tables.copy("sample", sample_rows(samples, self._keys))
        return samples.select("first", pl.col("id").alias("sample_id"))

    def _sites(self, samples: pl.DataFrame) -> pl.DataFrame:
        """Return the sites of samples that have one, new ones stored."""
        codes = samples["site_code"].drop_nulls().unique().sort().to_list()
        if not codes:
            return pl.DataFrame(schema=_SITES)
        self._copying.session.execute(query("add_sites"), self._keys | {"codes": codes})
        return self._fetch("find_sites", _SITES, codes=codes)

    def _fetch(self, statement: str, schema: dict[str, PolarsType], **more: Any) -> pl.DataFrame:
        """Return what a statement finds, as a table."""
        found = self._copying.session.execute(query(statement), self._keys | more)
        return _table(found, schema)


def _table(found: Result[Any], schema: dict[str, PolarsType]) -> pl.DataFrame:
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
