"""Finds the reader for a file by its content, never by its name."""

from collections.abc import Callable
from pathlib import Path

from ingest.findings import refusal
from ingest.options import ImportOptions, Limits
from ingest.readers.contract import Table
from ingest.readers.delimited import open_delimited
from ingest.readers.sniffing import DELIMITED_TEXT, describe, sniff

OpenTable = Callable[[Path, ImportOptions, Limits], Table]

READERS: dict[str, OpenTable] = {
    DELIMITED_TEXT: open_delimited,
}


def open_table(path: Path, options: ImportOptions, limits: Limits) -> Table:
    """Open a file with the reader that its content asks for.

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
    try:
        with path.open("rb") as file:
            content = sniff(file)
    except OSError as error:
        raise refusal(
            "file_unreadable", reason=error.strerror or "input or output error"
        ) from error
    reader = READERS.get(content)
    if reader is None:
        raise refusal("content_not_table", found=describe(content))
    return reader(path, options, limits)
