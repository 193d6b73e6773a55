"""What every column of a file of samples means, settled before any value is read."""

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.censoring import FlagIndex
from ingest.columns import (
    CONTAMINANT,
    COORDINATES,
    DEPTHS,
    ColumnGuess,
    Vocabulary,
    only,
    recognise_columns,
    report_unused,
)
from ingest.contaminants import ContaminantIndex
from ingest.coordinates import CoordinateColumns, find_coordinates
from ingest.depths import DepthReader
from ingest.findings import FindingLog
from ingest.numbers import Decimal, choose_decimal
from ingest.options import ImportOptions
from ingest.periods import PeriodReader
from ingest.readers.contract import ROW, Block, cell_column
from ingest.registries import Registries
from ingest.units import UnitIndex
from ingest.values import UnitPlanner, ValueReader
from ingest.vocabulary import SAMPLE_MEANINGS, sample_words

_LOOKED_AT = 500
_NUMERIC = frozenset({CONTAMINANT, *COORDINATES, *DEPTHS})


@dataclass(frozen=True, slots=True)
class SamplePlan:
    """How every block of one file is read, settled once from its header and first rows."""

    columns: tuple[ColumnGuess, ...]
    coordinates: CoordinateColumns
    decimal: Decimal
    values: ValueReader
    depths: DepthReader
    periods: PeriodReader
    options: ImportOptions


def plan_samples(
    header: Sequence[str],
    first: Block,
    options: ImportOptions,
    registries: Registries,
    log: FindingLog,
) -> SamplePlan:
    """Settle what every column means and how its cells are read.

    Parameters
    ----------
    header : sequence of str
        The names of the columns.
    first : Block
        The first rows, as evidence.
    options : ImportOptions
        Statements of the user.
    registries : Registries
        Contaminants, units and flags.
    log : FindingLog
        Where findings go.

    Returns
    -------
    SamplePlan
        The way to read every block.

    Raises
    ------
    IngestError
        If coordinates, their reference system, contaminants or units are missing or unclear.
    """
    units = UnitIndex(registries.units)
    contaminants = ContaminantIndex(registries.contaminants, units)
    vocabulary = Vocabulary(sample_words(), SAMPLE_MEANINGS, contaminants)
    head = first.frame.head(_LOOKED_AT).drop(ROW)
    sample = [head[cell_column(index)].to_list() for index in range(len(header))]
    columns = recognise_columns(header, sample, vocabulary, options.mapping)
    coordinates = find_coordinates(columns, options.epsg)
    unit_column = only(columns, "unit")
    planner = UnitPlanner(units, contaminants, log)
    values = planner.plan(columns, options, has_unit_column=unit_column is not None)
    numeric = [
        cell for guess in columns if guess.meaning in _NUMERIC for cell in sample[guess.index]
    ]
    decimal = choose_decimal(numeric, options.decimal)
    report_unused(columns, log)
    log.extend(list(coordinates.findings))
    return SamplePlan(
        columns=columns,
        coordinates=coordinates,
        decimal=decimal,
        values=ValueReader(values, units, FlagIndex(registries.flags), decimal, log),
        depths=DepthReader(columns, (options.depth_upper_cm, options.depth_lower_cm)),
        periods=PeriodReader(columns, (options.sampled_from, options.sampled_to)),
        options=options,
    )
