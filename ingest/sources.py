"""From the rows of a file to potential sources of pollution."""

from collections.abc import Iterator

import polars as pl

from ingest.columns import report_unused
from ingest.findings import FindingLog, QuarantinedRow, finding
from ingest.options import ImportOptions
from ingest.readers.contract import ROW, Table
from ingest.records import SOURCE_SCHEMA, Reading, Records, SourceImport, conform
from ingest.registries import Registries
from ingest.rows import RowAccount, first_block, table_cells
from ingest.source_groups import group_sources
from ingest.source_plan import plan_sources
from ingest.source_rows import read_block
from ingest.validation import note_transformation

_KEY = ("natural_key",)


class SourceStream:
    """A table of sources as a stream of one piece: that a source is told twice shows at the end.

    Parameters
    ----------
    table : Table
        The open table.
    options : ImportOptions
        Statements of the user.
    registries : Registries
        Contaminants and source types.

    Raises
    ------
    IngestError
        If the file as a whole cannot be used.
    """

    def __init__(self, table: Table, options: ImportOptions, registries: Registries) -> None:
        self.log = FindingLog()
        self._read = collect_sources(table, options, registries, self.log)
        self.columns = self._read.columns
        self.description = self._read.description
        self.rows_read = self._read.counts.read

    def __iter__(self) -> Iterator[Records]:
        """Return the sources.

        Yields
        ------
        Records
            All of them.
        """
        yield Records({"sources": self._read.sources}, self._read.quarantined)

    def reading(self) -> Reading:
        """Return how the file was understood.

        Returns
        -------
        Reading
            Columns, description, findings and counts.
        """
        return self._read


def collect_sources(
    table: Table, options: ImportOptions, registries: Registries, log: FindingLog | None = None
) -> SourceImport:
    """Read a whole table of potential sources.

    Parameters
    ----------
    table : Table
        The open table.
    options : ImportOptions
        Statements of the user.
    registries : Registries
        Contaminants and source types.
    log : FindingLog, optional
        Where findings go.

    Returns
    -------
    SourceImport
        Clean records, findings, quarantine and counts.

    Raises
    ------
    IngestError
        If the file as a whole cannot be used.
    """
    log = FindingLog() if log is None else log
    log.extend(list(table.findings))
    first, blocks = first_block(table.blocks())
    plan = plan_sources(table, first, options, registries, log)
    report_unused(plan.columns, log)
    account = RowAccount(table.header, log)
    parts = []
    for block in blocks:
        part, skipped = read_block(account.intake(block), plan, log)
        account.skip_rows(skipped)
        parts.append(part)
    sources = _without_errors(pl.concat(parts), log)
    if plan.is_grouped:
        plan.emissions.report(plan.name("contaminants"), log)
        sources = group_sources(sources)
    else:
        sources = sources.with_columns(pl.lit(None, dtype=pl.String).alias("releases"))
        sources = _distinct(sources, account, log)
    system = plan.system
    note_transformation(sources, log, set())
    return SourceImport(
        header=table.header,
        columns=plan.columns,
        description={
            **table.description,
            "mapping": plan.choice.mapping.name,
            "decimal": plan.decimal,
            "epsg": str(system.epsg),
            "crs": system.name,
        },
        counts=account.close(),
        quarantined=_quarantined(table, log),
        findings=log.findings,
        finding_counts=dict(log.counts),
        sources=conform(sources, SOURCE_SCHEMA),
    )


def _quarantined(table: Table, log: FindingLog) -> tuple[QuarantinedRow, ...]:
    """Read the rows with errors once more: that a source is told twice shows at the end only."""
    errors = log.take_row_errors()
    cells = table_cells(table, errors)
    return tuple(QuarantinedRow(row, cells[row], tuple(errors[row])) for row in errors)


def _without_errors(sources: pl.DataFrame, log: FindingLog) -> pl.DataFrame:
    faulty = pl.Series(list(log.row_errors), dtype=pl.Int64).implode()
    return sources.filter(~pl.col(ROW).is_in(faulty))


def _distinct(sources: pl.DataFrame, account: RowAccount, log: FindingLog) -> pl.DataFrame:
    """Skip repeated sources; the same name and place with other particulars is an error."""
    particulars = [name for name in SOURCE_SCHEMA if name not in {ROW, "natural_key"}]
    sources = sources.with_columns(
        pl.col(ROW).min().over(*_KEY).alias("first"),
        pl.col(ROW).max().over(*_KEY).alias("last"),
        (pl.struct(*particulars).n_unique().over(*_KEY) > 1).alias("is_other"),
    )
    is_repeated = pl.col("first") != pl.col("last")
    for row, first, last, is_other in (
        sources.filter(is_repeated).select(ROW, "first", "last", "is_other").rows()
    ):
        if is_other:
            other = last if row == first else first
            log.add(finding("source_conflict", row=row, other=other))
        elif row != first:
            account.skip(row)
            log.add(finding("duplicate_row", row=row, other=first))
    kept = sources.filter(~pl.col("is_other") & (pl.col(ROW) == pl.col("first")))
    return kept.drop("first", "last", "is_other")
