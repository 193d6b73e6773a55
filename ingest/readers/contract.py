"""What every reader of tables offers, whatever the format of the file."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

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

    `frame` has the column ``row_number`` (Int64; the header is row 1) and a String column per
    column of the file, named by `cell_column`, without missing values. Blank rows are counted
    but not in the frame.
    """

    frame: pl.DataFrame
    irregular: tuple[IrregularRow, ...] = ()
    blank_rows: tuple[int, ...] = ()


class Table(Protocol):
    """An open table: its header at once, its rows block by block."""

    @property
    def header(self) -> tuple[str, ...]:
        """Names of the columns as written."""

    @property
    def description(self) -> dict[str, str]:
        """How the file was read: format, encoding, separator."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Findings on the file as a whole."""

    def blocks(self) -> Iterator[Block]:
        """Read the rows from the first one on."""


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
