"""From the rows of a file in wide layout to samples and their results, block by block."""

from collections.abc import Iterator

import polars as pl

from ingest.columns import ColumnGuess, only
from ingest.findings import FindingLog, finding
from ingest.magnitudes import FEWEST, suspect_mixtures
from ingest.mapping.rows import report_skipped
from ingest.options import ImportOptions
from ingest.plan import SamplePlan, plan_samples
from ingest.readers.contract import ROW, Block, Table, cell_column
from ingest.records import (
    RESULT_SCHEMA,
    SAMPLE_KEY,
    SAMPLE_SCHEMA,
    Reading,
    Records,
    SampleImport,
    conform,
)
from ingest.registries import Registries
from ingest.rows import RowAccount, first_block, report, text_column
from ingest.validation import note_transformation

_LOOKED_AT = 200_000
_ONE_SAMPLE = (*SAMPLE_KEY, "longitude", "latitude")


class SampleStream:
    """A table of samples, read block by block; memory does not grow with the file.

    Parameters
    ----------
    table : Table
        The open table.
    options : ImportOptions
        Statements of the user.
    registries : Registries
        Contaminants, units and flags.

    Raises
    ------
    IngestError
        If the file as a whole cannot be used.
    """

    def __init__(self, table: Table, options: ImportOptions, registries: Registries) -> None:
        self.log = FindingLog()
        self.log.extend(list(table.findings))
        self._table = table
        first, self._blocks = first_block(table.blocks())
        self.plan = plan_samples(table, first, options, registries, self.log)
        self._account = RowAccount(table.header, self.log)
        self._noted: set[int] = set()
        self._are_magnitudes_seen = False

    @property
    def columns(self) -> tuple[ColumnGuess, ...]:
        """What every column was taken for."""
        return self.plan.columns

    @property
    def description(self) -> dict[str, str]:
        """Format, encoding, separator, decimal sign and reference system."""
        pair = self.plan.coordinates
        return {
            **self._table.description,
            "mapping": self.plan.choice.mapping.name,
            "layout": self.plan.layout,
            "censoring": self.plan.choice.file.limits or "as reported",
            "decimal": self.plan.decimal,
            "epsg": str(pair.system.epsg) if pair.by_row is None else "by row",
            "crs": pair.system.name if pair.by_row is None else "by row",
        }

    @property
    def rows_read(self) -> int:
        """How many rows were read so far."""
        return self._account.read

    def __iter__(self) -> Iterator[Records]:
        """Read the rows from the first one on, once.

        Yields
        ------
        Records
            ``samples`` and ``results`` of one block. A sample that the block repeats is there
            once; repetitions from block to block are left to whoever stores the records.
        """
        for block in self._blocks:
            records = self._read(block)
            # Nothing of a block is held while the next one is read.
            del block
            yield records
            del records
        self.plan.values.report()

    def reading(self) -> Reading:
        """Return how the file was understood, once all rows are read.

        Returns
        -------
        Reading
            Columns, description, findings and counts.

        Raises
        ------
        IngestError
            If the file had no rows at all.
        """
        return Reading(
            header=self._table.header,
            columns=self.columns,
            description=self.description,
            counts=self._account.close(),
            findings=self.log.findings,
            finding_counts=dict(self.log.counts),
        )

    def _read(self, block: Block) -> Records:
        frame = self._account.intake(block)
        samples, results, skipped = read_block(frame, self.plan, self.log)
        self._account.skip_rows(skipped)
        faulty = pl.Series(list(self.log.row_errors), dtype=pl.Int64).implode()
        is_good = ~pl.col(ROW).is_in(faulty)
        samples, results = self._join(samples.filter(is_good), results.filter(is_good))
        note_transformation(samples, self.log, self._noted)
        self._suspect_mixtures(results)
        return Records(
            {
                "samples": conform(samples, SAMPLE_SCHEMA),
                "results": conform(results, RESULT_SCHEMA),
            },
            self._account.release(),
        )

    def _suspect_mixtures(self, results: pl.DataFrame) -> None:
        """Look once at what was read first, as soon as there is enough of it."""
        if not self._are_magnitudes_seen and results.height >= FEWEST:
            self._are_magnitudes_seen = True
            suspect_mixtures(results.head(_LOOKED_AT), self.log)

    def _join(
        self, samples: pl.DataFrame, results: pl.DataFrame
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Keep each sample of a block once, and tell its results which one it is."""
        samples = samples.with_columns(pl.col(ROW).min().over(*_ONE_SAMPLE).alias("sample_row"))
        results = results.join(
            samples.select(ROW, "sample_row"), on=ROW, how="left", maintain_order="left"
        ).sort(ROW, maintain_order=True)
        is_repeated = pl.col(ROW) != pl.col("sample_row")
        empty = samples.filter(is_repeated & ~pl.col(ROW).is_in(results[ROW].unique().implode()))
        for row, other in empty.select(ROW, "sample_row").rows():
            self._account.skip(row)
            self.log.add(finding("duplicate_row", row=row, other=other))
        return samples.filter(~is_repeated), results


def collect_samples(stream: SampleStream) -> SampleImport:
    """Read a whole stream into memory.

    Parameters
    ----------
    stream : SampleStream
        Not yet read.

    Returns
    -------
    SampleImport
        Clean records, findings, quarantine and counts.
    """
    parts = list(stream)
    reading = stream.reading()
    return SampleImport(
        **{name: getattr(reading, name) for name in Reading.__dataclass_fields__},
        quarantined=tuple(row for part in parts for row in part.quarantined),
        samples=pl.concat([part.tables["samples"] for part in parts]),
        results=pl.concat([part.tables["results"] for part in parts]),
    )


def read_block(
    frame: pl.DataFrame, plan: SamplePlan, log: FindingLog
) -> tuple[pl.DataFrame, pl.DataFrame, pl.Series]:
    """Read the samples and results of some rows, faulty ones included.

    Parameters
    ----------
    frame : polars.DataFrame
        Trimmed rows.
    plan : SamplePlan
        The way to read them.
    log : FindingLog
        Where findings go; rows with errors are to be left out by their numbers.

    Returns
    -------
    samples : polars.DataFrame
        Columns of `SAMPLE_SCHEMA`, one row per row of the file that is not skipped.
    results : polars.DataFrame
        Columns of `RESULT_SCHEMA` but ``sample_row``, one row per result.
    skipped : polars.Series
        The numbers of rows that are left out for a reason of their own.
    """
    frame, filtered = plan.choice.rules.apply(frame)
    report_skipped(filtered, log)
    block = plan.values.read(frame)
    for part in block.skipped.partition_by("code", maintain_order=True):
        # unknown analytes are counted by name, which says more than a list of rows
        if part["code"][0] != "analyte_unknown":
            report(log, part["code"][0], part[ROW], None)
    left_out = block.skipped[ROW]
    samples = _samples(frame.filter(~pl.col(ROW).is_in(left_out.implode())), plan, log)
    return samples, block.results, pl.concat([filtered[ROW], left_out])


def _samples(frame: pl.DataFrame, plan: SamplePlan, log: FindingLog) -> pl.DataFrame:
    rows = frame[ROW]
    places = plan.places.read(frame)
    depth_texts = _texts(frame, plan.depths.columns)
    upper, lower = plan.depths.read(rows, depth_texts, plan.decimal, log)
    period_texts = _texts(frame, plan.periods.columns)
    sampled_from, sampled_to = plan.periods.read(rows, period_texts, log)
    code = text_column(frame, only(plan.columns, "sample_code"), log)
    repairs = log.take_repairs()
    return pl.DataFrame(
        {
            ROW: rows,
            "site_code": text_column(frame, only(plan.columns, "site_code"), log),
            "sample_code": code,
            "natural_place": natural_place(code, places.first, places.second, places.epsg),
            "repairs": pl.Series([repairs.get(row) for row in rows], dtype=pl.String)
            if repairs
            else pl.repeat(None, len(rows), dtype=pl.String, eager=True),
            "longitude": places.longitude,
            "latitude": places.latitude,
            "easting": places.first,
            "northing": places.second,
            "original_easting": places.original[0],
            "original_northing": places.original[1],
            "original_epsg": places.epsg,
            "depth_upper_cm": upper,
            "depth_lower_cm": lower,
            "sampled_from": sampled_from,
            "sampled_to": sampled_to,
        }
    )


def natural_place(
    code: pl.Series, first: pl.Series, second: pl.Series, epsg: pl.Series
) -> pl.Series:
    """Name the place of a sample by what the file says, so that it is known again.

    Parameters
    ----------
    code : polars.Series
        Sample codes, null where there is none, shape (n,).
    first, second : polars.Series
        The original coordinates as numbers.
    epsg : polars.Series
        Their reference systems.

    Returns
    -------
    polars.Series
        ``id:`` and the code, or ``at:`` and the coordinates.

    Examples
    --------
    >>> codes = pl.Series(["A1", None])
    >>> rd = pl.Series([28992, 28992])
    >>> natural_place(codes, pl.Series([1.5, 1.5]), pl.Series([2.0, 2.0]), rd).to_list()
    ['id:A1', 'at:1.5,2.0@28992']
    """
    frame = pl.DataFrame({"code": code, "first": first, "second": second, "epsg": epsg})
    # adding zero turns -0.0 into 0.0, which is the same place
    return frame.select(
        pl.coalesce(
            pl.format("id:{}", "code"),
            pl.format("at:{},{}@{}", pl.col("first") + 0.0, pl.col("second") + 0.0, "epsg"),
        )
    ).to_series()


def _texts(frame: pl.DataFrame, columns: dict[str, ColumnGuess]) -> dict[str, pl.Series]:
    return {meaning: frame[cell_column(column.index)] for meaning, column in columns.items()}
