"""Which table of a file is read where it holds several, and what completes its rows."""

from dataclasses import replace
from pathlib import Path, PurePosixPath

from ingest.contaminants import ContaminantIndex
from ingest.errors import IngestError
from ingest.findings import finding
from ingest.folding import squeeze
from ingest.formats import glosis, known_formats
from ingest.mapping.joins import JoinedTable
from ingest.mapping.model import Join, Mapping
from ingest.mapping.recognition import place_columns, recognise
from ingest.options import ImportOptions, Limits
from ingest.readers.contract import Table
from ingest.readers.document import Document, open_document

_MOST_OPENED = 30


def open_mapped(
    path: Path,
    options: ImportOptions,
    limits: Limits,
    contaminants: ContaminantIndex | None = None,
) -> tuple[Table, Mapping | None]:
    """Open the table of a file that a mapping fits best, completed by the tables it names.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    options : ImportOptions
        Statements of the user; a stated sheet is opened whatever else fits.
    limits : Limits
        Bounds of the reading.
    contaminants : ContaminantIndex, optional
        Known contaminants, for a mapping that depends on what stands in the file (GloSIS).

    Returns
    -------
    table : Table
        The open table.
    mapping : Mapping or None
        A mapping made for this file alone; None where the usual choice holds.

    Raises
    ------
    IngestError
        If the file cannot be used.
    """
    stated = options.mapping or _named(options)
    if stated is not None and options.header_row is None:
        options = replace(options, header_row=stated.header_row)
    document = open_document(path, options, limits)
    table, mapping = _fitting(document, options, stated)
    if mapping is None:
        return table, None
    if mapping.name == glosis.NAME and options.sheet is None:
        original = glosis.original_data(document)
        if original is not None:
            return original, None
    table = _completed(table, mapping, document)
    if mapping.name == glosis.NAME and contaminants is not None:
        return table, glosis.with_procedures(mapping, document, table.header, contaminants)
    return table, None


def _named(options: ImportOptions) -> Mapping | None:
    known = (*options.saved, *known_formats())
    return next((mapping for mapping in known if mapping.name == options.format), None)


def _fitting(
    document: Document, options: ImportOptions, stated: Mapping | None
) -> tuple[Table, Mapping | None]:
    """Find the table and the mapping that fit each other best."""
    known = (*options.saved, *known_formats())
    if stated is not None:
        names = [entry.name for entry in document.tables]
        wanted = stated.sheet if options.sheet is None and stated.sheet in names else None
        return document.open(wanted), stated
    if options.sheet is not None or len(document.tables) == 1:
        table = document.open()
        matches = recognise(table.header, known)
        return table, matches[0].mapping if matches else None
    best: tuple[float, str, Mapping] | None = None
    for entry in document.tables[:_MOST_OPENED]:
        try:
            header = entry.open().header
        except IngestError:
            continue  # a sheet of notes is no table, and need not be one
        matches = recognise(header, known)
        if matches and (best is None or matches[0].confidence > best[0]):
            best = matches[0].confidence, entry.name, matches[0].mapping
    if best is None:
        return document.open(), None
    return document.open(best[1]), best[2]


def _completed(table: Table, mapping: Mapping, document: Document) -> Table:
    missing = []
    for join in mapping.joins:
        other = _partner(document, table, join)
        if other is None:
            missing.append(join.table)
        else:
            table = JoinedTable(table, other, join)
    if missing and len(document.tables) > 1:
        title, tables = mapping.title or mapping.name, ", ".join(missing)
        told = finding("join_table_missing", name=title, text=tables)
        table.findings = (*table.findings, told)
    return table


def _partner(document: Document, table: Table, join: Join) -> Table | None:
    """Find the table a join names: by its name, without folder, member and ending."""
    wanted = squeeze(join.table)
    for entry in document.tables:
        last = entry.name.rpartition(": ")[2]
        names = {squeeze(entry.name), squeeze(last), squeeze(PurePosixPath(last).stem)}
        if wanted in names and None not in place_columns(table.header, join.on).values():
            return document.open(entry.name)
    return None
