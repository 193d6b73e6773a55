"""What every column of a file of potential sources means, settled before any row is read."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from ingest.columns import (
    COORDINATES,
    ColumnGuess,
    Vocabulary,
    only,
    recognise_columns,
)
from ingest.contaminants import ContaminantIndex
from ingest.coordinates import CoordinateColumns, find_coordinates
from ingest.findings import FindingLog, finding, refusal
from ingest.mapping.choice import Choice, choose_mapping
from ingest.numbers import Decimal, choose_decimal
from ingest.options import ImportOptions
from ingest.places import PlaceReader
from ingest.readers.contract import ROW, Block, Table, cell_column
from ingest.reference_systems import ReferenceSystem, reference_system
from ingest.registries import Registries, stated_country
from ingest.repairs import Repairs
from ingest.source_groups import Emissions
from ingest.source_types import SourceTypes
from ingest.units import UnitIndex
from ingest.vocabulary import SOURCE_MEANINGS, source_words

_LOOKED_AT = 500


@dataclass(frozen=True, slots=True)
class SourcePlan:
    """How every block of one file is read.

    `coordinates` is None where a column of shapes gives the places; `is_grouped` says that
    there is a row per source and substance.
    """

    columns: tuple[ColumnGuess, ...]
    choice: Choice
    coordinates: CoordinateColumns | None
    places: PlaceReader | None
    system: ReferenceSystem
    decimal: Decimal
    types: SourceTypes
    contaminants: ContaminantIndex
    emissions: Emissions
    is_grouped: bool

    def name(self, meaning: str) -> str | None:
        """Return the name of the column with a meaning.

        Parameters
        ----------
        meaning : str
            A word of the vocabulary.

        Returns
        -------
        str or None
            The name as written.
        """
        column = only(self.columns, meaning)
        return None if column is None else column.column


def plan_sources(
    table: Table,
    first: Block,
    options: ImportOptions,
    registries: Registries,
    log: FindingLog,
) -> SourcePlan:
    """Settle what every column means and how its cells are read.

    Parameters
    ----------
    table : Table
        Its header, and the reference system that it states itself.
    first : Block
        The first rows, as evidence.
    options : ImportOptions
        Statements of the user.
    registries : Registries
        Contaminants and source types.
    log : FindingLog
        Where findings go.

    Returns
    -------
    SourcePlan
        The way to read every block.

    Raises
    ------
    IngestError
        If name, type, coordinates or their reference system are missing.
    """
    repairs = Repairs(options.accept, log)
    header = table.header
    choice = choose_mapping(header, options, "sources")
    log.extend(list(choice.findings))
    file = choice.file
    head = first.frame.head(_LOOKED_AT).with_columns(pl.all().exclude(ROW).str.strip_chars())
    head = choice.rules.clean(head)
    sample = [head[cell_column(index)].to_list() for index in range(len(header))]
    vocabulary = Vocabulary(source_words(), SOURCE_MEANINGS)
    columns = recognise_columns(header, sample, vocabulary, choice.stated)
    is_grouped = choice.mapping.layout == "long"
    _require(columns, choice, is_grouped=is_grouped)
    numeric = [
        cell
        for guess in columns
        if guess.meaning in {*COORDINATES, "accuracy", "release"}
        for cell in sample[guess.index]
    ]
    decimal = choose_decimal(numeric, file.decimal)
    coordinates, system = _places(columns, table.epsg if file.epsg is None else file.epsg)
    places = None
    if coordinates is not None:
        log.extend(list(coordinates.findings))
        places = PlaceReader(
            coordinates,
            decimal,
            repairs,
            sample[coordinates.first.index],
            stated_country(file.country, registries),
        )
    elif file.country is not None:
        log.add(finding("country_not_checked"))
    types = dict(choice.mapping.types)
    if file.source_type is not None and only(columns, "type") is None:
        types["*"] = file.source_type
    contaminants = ContaminantIndex(registries.contaminants, UnitIndex(registries.units))
    return SourcePlan(
        columns=columns,
        choice=choice,
        coordinates=coordinates,
        places=places,
        system=system,
        decimal=decimal,
        types=SourceTypes(registries.source_types, types),
        contaminants=contaminants,
        emissions=Emissions(contaminants),
        is_grouped=is_grouped,
    )


def _require(columns: Sequence[ColumnGuess], choice: Choice, *, is_grouped: bool) -> None:
    """Refuse files that do not say what their sources are called and of what type they are."""
    missing = []
    # a register that names no facility tells them apart by their places
    if only(columns, "name") is None and not is_grouped:
        missing.append("name")
    if only(columns, "type") is None and choice.file.source_type is None:
        missing.append("type")
    if missing:
        raise refusal("source_columns_missing", columns=" and ".join(missing))


def _places(
    columns: Sequence[ColumnGuess], epsg: int | None
) -> tuple[CoordinateColumns | None, ReferenceSystem]:
    shapes = only(columns, "geometry")
    if shapes is None:
        coordinates = find_coordinates(columns, epsg)
        return coordinates, coordinates.system
    if epsg is None:
        raise refusal("crs_unknown", columns=shapes.column)
    return None, reference_system(epsg)
