"""What every reader of tables offers, whatever the format of the file."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

import polars as pl

from ingest.findings import Finding

ROW = "row_number"


@dataclass(frozen=True, slots=True)
class IrregularRow:
    """A row whose number of cells is not that of the header."""

    row_number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a table, small enough for the memory.

    `frame` has the column ``row_number`` (Int64) and a String column per column of the file,
    named by `cell_column`, without missing values. Rows are numbered as somebody sees them:
    lines of a text and rows of a sheet from the very first one, so that the header often is
    row 1; features and rows of binary tables, which have no header row, from 1. Blank rows are
    counted but not in the frame. `faults` are errors of rows of the frame that only the reader
    can see, such as an outline that crosses itself. `may_hold_nul` is false where the reader knows
    that no cell of the frame holds a NUL.
    """

    frame: pl.DataFrame
    irregular: tuple[IrregularRow, ...] = ()
    blank_rows: tuple[int, ...] = ()
    faults: tuple[Finding, ...] = ()
    may_hold_nul: bool = True


class Table(Protocol):
    """An open table: its header at once, its rows block by block.

    Attributes
    ----------
    name : str
        The sheet, layer or member; empty where the file holds one table without a name.
    header : tuple of str
        Names of the columns as written.
    units : tuple of (str or None), or None
        Units from a row below the header, one per column; None where there is no such row.
    epsg : int or None
        The reference system that the file itself states for its coordinates.
    geometry_columns : tuple of str
        The columns that were made from the geometry of the features.
    preamble : tuple of str
        What stands above the header, a text per line.
    description : dict of str to str
        How the file is read: format, encoding, separator, rows of header and units.
    findings : tuple of Finding
        Findings on the file as a whole.
    """

    name: str
    header: tuple[str, ...]
    units: tuple[str | None, ...] | None
    epsg: int | None
    geometry_columns: tuple[str, ...]
    preamble: tuple[str, ...]
    description: dict[str, str]
    findings: tuple[Finding, ...]

    def blocks(self) -> Iterator[Block]:
        """Read the rows from the first one on."""


class Content(Protocol):
    """The bytes of a file, or of a file in an archive.

    Attributes
    ----------
    name : str
        The member's name in its archive; empty for the file itself. Never used as a path.
    path : pathlib.Path or None
        Where the bytes lie as they are; None when they have to be inflated first.
    """

    name: str
    path: Path | None

    def open(self) -> BinaryIO:
        """Open the bytes at their beginning."""


@dataclass(frozen=True, slots=True)
class TableEntry:
    """A table that a file holds, not yet opened.

    Attributes
    ----------
    name : str
        The sheet, layer or member.
    open : callable
        Opens it.
    rows : int or None
        About how many rows it has, where that is known without reading them.
    is_hidden : bool
        Whether a workbook hides the sheet.
    """

    name: str
    open: Callable[[], Table]
    rows: int | None = None
    is_hidden: bool = False


def cell_column(index: int) -> str:
    """Name the frame's column for a column of the file.

    Parameters
    ----------
    index : int
        Number of the column, from 0.

    Returns
    -------
    str
        A name that does not depend on the file.

    Examples
    --------
    >>> cell_column(3)
    'c3'
    """
    return f"c{index}"
