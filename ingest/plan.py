"""What every column of a file of samples means, settled before any value is read."""

from dataclasses import dataclass

import polars as pl

from ingest.censoring import FlagIndex
from ingest.columns import (
    CONTAMINANT,
    COORDINATES,
    DEPTHS,
    ColumnGuess,
    Vocabulary,
    recognise_columns,
    report_unused,
)
from ingest.contaminants import ContaminantIndex
from ingest.coordinates import CoordinateColumns, find_coordinates
from ingest.depths import DepthReader
from ingest.findings import FindingLog
from ingest.layout import settle_layout
from ingest.long.measures import LIMITS
from ingest.long.qualifiers import QualifierIndex
from ingest.long.reader import LongReader, LongTools
from ingest.long.sample_types import SampleTypes
from ingest.mapping.choice import Choice, choose_mapping
from ingest.mapping.model import Layout
from ingest.numbers import Decimal, choose_decimal
from ingest.options import ImportOptions
from ingest.periods import PeriodReader
from ingest.places import PlaceReader
from ingest.readers.contract import ROW, Block, Table, cell_column
from ingest.registries import Registries, stated_country
from ingest.repairs import Repairs
from ingest.units import UnitIndex
from ingest.value_columns import UnitPlanner
from ingest.values import ValueReader, WideTools, is_water_known
from ingest.vocabulary import SAMPLE_MEANINGS, sample_words

_LOOKED_AT = 500
_NUMERIC = frozenset({CONTAMINANT, "value", *COORDINATES, *DEPTHS, *(name for name, _ in LIMITS)})


@dataclass(frozen=True, slots=True)
class SamplePlan:
    """How every block of one file is read, settled once from its header and first rows.

    `values` reads the results of files with a column per contaminant or a row per result.
    """

    columns: tuple[ColumnGuess, ...]
    choice: Choice
    layout: Layout
    coordinates: CoordinateColumns
    places: PlaceReader
    decimal: Decimal
    values: ValueReader | LongReader
    depths: DepthReader
    periods: PeriodReader


def plan_samples(
    table: Table,
    first: Block,
    options: ImportOptions,
    registries: Registries,
    log: FindingLog,
) -> SamplePlan:
    """Settle what every column means and how its cells are read.

    Parameters
    ----------
    table : Table
        Its header, and the row of units and the reference system that it states itself.
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
    repairs = Repairs(options.accept, log)
    header = table.header
    choice = choose_mapping(header, options, "samples")
    log.extend(list(choice.findings))
    file = choice.file
    units = UnitIndex(registries.units)
    contaminants = ContaminantIndex(registries.contaminants, units)
    vocabulary = Vocabulary(sample_words(), SAMPLE_MEANINGS, contaminants)
    head = choice.rules.clean(_trimmed(first.frame.head(_LOOKED_AT))).drop(ROW)
    sample = [head[cell_column(index)].to_list() for index in range(len(header))]
    guesses = recognise_columns(header, sample, vocabulary, choice.stated, table.units)
    columns, layout = settle_layout(guesses, sample, choice.mapping.layout, contaminants)
    coordinates = find_coordinates(columns, table.epsg if file.epsg is None else file.epsg)
    numeric = [
        cell for guess in columns if guess.meaning in _NUMERIC for cell in sample[guess.index]
    ]
    decimal = choose_decimal(numeric, file.decimal)
    flags = FlagIndex(
        registries.flags,
        choice.mapping.qualifiers,
        negative_is_limit=file.negative == "below_limit" or repairs.is_accepted("value_negative"),
        negative_repair=None if file.negative == "below_limit" else "value_negative",
        fill_is_missing=repairs.is_accepted("value_fill"),
    )
    values: ValueReader | LongReader
    if layout == "long":
        tools = LongTools(
            contaminants,
            units,
            flags,
            QualifierIndex(flags, choice.mapping.qualifiers, choice.mapping.conditions),
            SampleTypes(choice.mapping.sample_types),
            choice.mapping.analytes,
        )
        values = LongReader(columns, tools, file, decimal, log)
    else:
        is_wet_usable = is_water_known(columns, file)
        planner = UnitPlanner(units, contaminants, log)
        planned = planner.plan(columns, file.unit, is_wet_usable=is_wet_usable)
        values = ValueReader(planned, columns, WideTools(units, flags, decimal, file), log)
    report_unused(columns, log)
    log.extend(list(coordinates.findings))
    return SamplePlan(
        columns=columns,
        choice=choice,
        layout=layout,
        coordinates=coordinates,
        places=PlaceReader(
            coordinates,
            decimal,
            repairs,
            sample[coordinates.first.index],
            stated_country(file.country, registries),
        ),
        decimal=decimal,
        values=values,
        depths=DepthReader(columns, (file.depth_upper_cm, file.depth_lower_cm), file.depth_unit),
        periods=PeriodReader(
            columns,
            (file.sampled_from, file.sampled_to),
            file.day_order,
            are_serials_read=repairs.is_accepted("date_serial"),
        ),
    )


def _trimmed(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.all().exclude(ROW).str.strip_chars())
