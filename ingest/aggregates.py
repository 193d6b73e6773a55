"""Districts instead of points: counts, quantiles and shares above a threshold, by area.

Such a record says nothing of any place inside its area, and is never turned into one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from ingest.aggregate_rows import QUANTILES, AggregatePlan, read_block
from ingest.columns import ColumnGuess, Vocabulary, only, recognise_columns, report_unused
from ingest.contaminants import ContaminantIndex
from ingest.depths import DepthReader
from ingest.findings import FindingLog, QuarantinedRow, finding, refusal
from ingest.long.analytes import AnalyteReader
from ingest.long.row_units import RowUnits
from ingest.mapping.choice import Choice, choose_mapping
from ingest.numbers import choose_decimal
from ingest.options import ImportOptions
from ingest.periods import PeriodReader
from ingest.readers.contract import ROW, Block, Table, cell_column
from ingest.records import AGGREGATE_SCHEMA, Reading, Records, conform
from ingest.reference_systems import reference_system
from ingest.registries import Registries
from ingest.rows import RowAccount, first_block
from ingest.units import UnitIndex
from ingest.vocabulary import AGGREGATE_MEANINGS, aggregate_words

_LOOKED_AT = 500
_NUMERIC = frozenset({"n", "mean", "threshold", "share_above", *QUANTILES})


@dataclass(frozen=True, slots=True)
class AggregateImport(Reading):
    """Records of districts, with the columns of `AGGREGATE_SCHEMA`, in memory."""

    quarantined: tuple[QuarantinedRow, ...]
    aggregates: pl.DataFrame


class AggregateStream:
    """A table of districts, read block by block.

    Parameters
    ----------
    table : Table
        The open table.
    options : ImportOptions
        Statements of the user.
    registries : Registries
        Contaminants and units.

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
        self.plan = plan_aggregates(table, first, options, registries, self.log)
        self._account = RowAccount(table.header, self.log)

    @property
    def columns(self) -> tuple[ColumnGuess, ...]:
        """What every column was taken for."""
        return self.plan.columns

    @property
    def description(self) -> Mapping[str, str]:
        """Format, encoding, separator, decimal sign and mapping."""
        told = {"mapping": self.plan.mapping, "decimal": self.plan.decimal}
        return {**self._table.description, **told}

    @property
    def rows_read(self) -> int:
        """How many rows were read so far."""
        return self._account.read

    def __iter__(self) -> Iterator[Records]:
        """Read the rows from the first one on, once.

        Yields
        ------
        Records
            ``aggregates`` of one block. Rows that repeat or contradict each other are all
            there: storing settles them by their natural key.
        """
        for block in self._blocks:
            frame = self._account.intake(block)
            aggregates, skipped = read_block(frame, self.plan, self.log)
            self._account.skip_rows(skipped)
            faulty = pl.Series(list(self.log.row_errors), dtype=pl.Int64).implode()
            good = aggregates.filter(~pl.col(ROW).is_in(faulty))
            yield Records({"aggregates": conform(good, AGGREGATE_SCHEMA)}, self._account.release())

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


def collect_aggregates(stream: AggregateStream) -> AggregateImport:
    """Read a whole stream into memory.

    Parameters
    ----------
    stream : AggregateStream
        Not yet read.

    Returns
    -------
    AggregateImport
        Clean records, findings, quarantine and counts.
    """
    parts = list(stream)
    reading = stream.reading()
    return AggregateImport(
        **{name: getattr(reading, name) for name in Reading.__dataclass_fields__},
        quarantined=tuple(row for part in parts for row in part.quarantined),
        aggregates=pl.concat([part.tables["aggregates"] for part in parts]),
    )


def plan_aggregates(
    table: Table,
    first: Block,
    options: ImportOptions,
    registries: Registries,
    log: FindingLog,
) -> AggregatePlan:
    """Settle what every column means and how its cells are read.

    Parameters
    ----------
    table : Table
        The open table.
    first : Block
        The first rows, as evidence.
    options : ImportOptions
        Statements of the user.
    registries : Registries
        Contaminants and units.
    log : FindingLog
        Where findings go.

    Returns
    -------
    AggregatePlan
        The way to read every block.

    Raises
    ------
    IngestError
        If area, contaminant, number of samples or unit are missing.
    """
    header = table.header
    choice = choose_mapping(header, options, "aggregates")
    log.extend(list(choice.findings))
    file = choice.file
    head = first.frame.head(_LOOKED_AT).with_columns(pl.all().exclude(ROW).str.strip_chars())
    head = choice.rules.clean(head).drop(ROW)
    sample = [head[cell_column(index)].to_list() for index in range(len(header))]
    vocabulary = Vocabulary(aggregate_words(), AGGREGATE_MEANINGS)
    columns = recognise_columns(header, sample, vocabulary, choice.stated, table.units)
    _require(columns)
    report_unused(columns, log)
    units = UnitIndex(registries.units)
    contaminants = ContaminantIndex(registries.contaminants, units)
    unit = _unit(columns, choice)
    named = only(columns, "unit")
    numbers = [c for guess in columns if guess.meaning in _NUMERIC for c in sample[guess.index]]
    epsg = file.epsg if file.epsg is not None else table.epsg
    shapes = only(columns, "geometry")
    if shapes is not None and epsg is None:
        raise refusal("crs_unknown", columns=shapes.column)
    if file.country is not None:
        log.add(finding("country_not_checked"))
    return AggregatePlan(
        columns=columns,
        mapping=choice.mapping.name,
        rules=choice.rules,
        file=file,
        decimal=choose_decimal(numbers, file.decimal),
        unit=unit,
        units=RowUnits(units, contaminants, named.column if named else "unit", log),
        analytes=AnalyteReader(contaminants, choice.mapping.analytes),
        system=None if epsg is None else reference_system(epsg),
        depths=DepthReader(columns, (file.depth_upper_cm, file.depth_lower_cm), file.depth_unit),
        periods=PeriodReader(columns, (file.sampled_from, file.sampled_to), file.day_order),
    )


def _require(columns: Sequence[ColumnGuess]) -> None:
    wanted = {
        "the area (area_code or geometry)": ("area_code", "geometry"),
        "the contaminant (analyte)": ("analyte", "cas_number"),
        "the number of samples (n)": ("n",),
    }
    missing = [
        name
        for name, meanings in wanted.items()
        if all(only(columns, meaning) is None for meaning in meanings)
    ]
    if missing:
        raise refusal("aggregate_columns_missing", columns=", ".join(missing))


def _unit(columns: Sequence[ColumnGuess], choice: Choice) -> str | None:
    """Return the unit of all numbers; None where each row states its own."""
    if only(columns, "unit") is not None:
        return None
    written = {
        guess.unit
        for guess in columns
        if guess.unit and guess.meaning in {"mean", "threshold", *QUANTILES}
    }
    if len(written) > 1:
        raise refusal("aggregate_units_differ", text=", ".join(sorted(written)))
    unit = next(iter(written), choice.file.unit)
    if unit is None:
        raise refusal("unit_missing", columns="the quantiles", example="median")
    return unit
