"""The readers of formats, by the kind of content."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from ingest.options import ImportOptions, Limits
from ingest.readers.contract import Content, Table, TableEntry
from ingest.readers.delimited import list_delimited
from ingest.readers.geojson import list_geojson
from ingest.readers.geopackage import list_geopackage
from ingest.readers.parquet import list_parquet
from ingest.readers.sniffing import DELIMITED_TEXT
from ingest.readers.vector import list_flatgeobuf
from ingest.readers.workbook import list_workbook

ListTables = Callable[[Content, ImportOptions, Limits], list[TableEntry]]

READERS: dict[str, ListTables] = {
    DELIMITED_TEXT: list_delimited,
    "xlsx": partial(list_workbook, "xlsx"),
    "xls": partial(list_workbook, "xls"),
    "ods": partial(list_workbook, "ods"),
    "json": list_geojson,
    "sqlite": list_geopackage,
    "flatgeobuf": list_flatgeobuf,
    "parquet": list_parquet,
}


def open_table(path: Path, options: ImportOptions, limits: Limits) -> Table:
    """Open the stated table of a file, or the one most like data.

    Parameters
    ----------
    path : pathlib.Path
        The file; its name says nothing about its format.
    options : ImportOptions
        Statements of the user.
    limits : Limits
        Bounds of the reading.

    Returns
    -------
    Table
        The open table.

    Raises
    ------
    IngestError
        If the file cannot be opened, is empty, or is no table this package reads.
    """
    from ingest.readers.document import open_document  # here, because it needs the registry

    return open_document(path, options, limits).open()
