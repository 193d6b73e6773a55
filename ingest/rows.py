"""Rows on their way in: faulty ones set aside, counted, and given back as written."""

from collections.abc import Collection, Iterable, Sequence
from itertools import chain

import polars as pl

from ingest.catalogue import CATALOGUE
from ingest.columns import ColumnGuess
from ingest.excerpt import unguard_formula
from ingest.findings import Counts, FindingLog, QuarantinedRow, finding, refusal
from ingest.readers.contract import ROW, Block, Table, cell_column

LONGEST_TEXT = 200


class RowAccount:
    """Counts the rows of a file and sets the unusable ones aside.

    Parameters
    ----------
    header : sequence of str
        The names of the columns.
    log : FindingLog
        Where findings go; rows with errors are quarantined.
    """

    def __init__(self, header: Sequence[str], log: FindingLog) -> None:
        self._header = header
        self._log = log
        self._block: Block | None = None
        self._blank = 0
        self.read = self.quarantined = self.skipped = 0

    def intake(self, block: Block) -> pl.DataFrame:
        """Count the rows of a block and return those that can be interpreted.

        Parameters
        ----------
        block : Block
            Rows as read.

        Returns
        -------
        polars.DataFrame
            Rows of the right length and without NUL bytes, cells trimmed and without the
            apostrophes that guard formulas in downloads.
        """
        self._block = block
        self.read += block.frame.height + len(block.irregular) + len(block.blank_rows)
        for row in block.irregular:
            code = "row_too_long" if len(row.cells) > len(self._header) else "row_too_short"
            number, expected = len(row.cells), len(self._header)
            self._log.add(finding(code, row=row.row_number, number=number, expected=expected))
        self._log.extend(list(block.faults))
        self._blank += len(block.blank_rows)
        for number in block.blank_rows:
            self.skip(number)
            self._log.add(finding("row_blank", row=number))
        frame = self._without_nul(block.frame) if block.may_hold_nul else block.frame
        cells = [unguard_formula(frame[name]) for name in frame.columns if name != ROW]
        return frame.with_columns(cells).with_columns(pl.all().exclude(ROW).str.strip_chars())

    def skip(self, row: int) -> None:
        """Count a row as skipped, unless an error sends it to quarantine.

        Parameters
        ----------
        row : int
            Its number.
        """
        self.skipped += row not in self._log.row_errors

    def skip_rows(self, rows: pl.Series) -> None:
        """Count several rows as skipped; none of them has an error.

        Parameters
        ----------
        rows : polars.Series
            Their numbers.
        """
        self.skipped += len(rows)

    def release(self) -> tuple[QuarantinedRow, ...]:
        """Give back the faulty rows of the last block as they are written.

        Returns
        -------
        tuple of QuarantinedRow
            By row number, each with all its reasons; their errors are off the log.
        """
        errors = self._log.take_row_errors()
        self.quarantined += len(errors)
        block, self._block = self._block, None
        if not errors or block is None:
            return ()
        cells = block_cells(block, errors)
        return tuple(QuarantinedRow(row, cells[row], tuple(errors[row])) for row in errors)

    def close(self) -> Counts:
        """Return the counts; they add up by construction.

        Returns
        -------
        Counts
            Rows read, accepted, quarantined and skipped.

        Raises
        ------
        IngestError
            If the file had no rows at all.
        """
        quarantined = self.quarantined + len(self._log.row_errors)
        # rows left out for reasons of their own are rows, and the findings say why
        if self.read == self._blank:
            raise refusal("file_without_rows")
        accepted = self.read - quarantined - self.skipped
        return Counts(self.read, accepted, quarantined, self.skipped)

    def _without_nul(self, frame: pl.DataFrame) -> pl.DataFrame:
        is_nul = pl.all().exclude(ROW).str.contains("\x00", literal=True)
        has_nul = frame.select(pl.any_horizontal(is_nul)).to_series()
        if not has_nul.any():
            return frame
        for row_number, *cells in frame.filter(has_nul).rows():
            for name, text in zip(self._header, cells, strict=True):
                if "\x00" in text:
                    self._log.add(finding("nul_byte", row=row_number, column=name, text=text))
        return frame.filter(~has_nul)


def report(
    log: FindingLog,
    code: str,
    rows: pl.Series,
    column: str | None,
    texts: pl.Series | None = None,
    **details: object,
) -> None:
    """Add a finding for each of some rows; beyond what is kept, warnings are only counted.

    Parameters
    ----------
    log : FindingLog
        Where the findings go.
    code : str
        A code of the catalogue.
    rows : polars.Series
        Row numbers, shape (n,).
    column : str or None
        The column's name.
    texts : polars.Series or None
        The offending texts, shape (n,).
    **details : object
        What else the sentence names.
    """
    if rows.is_empty():
        return
    number = len(rows)
    if CATALOGUE[code].severity != "error":
        number = min(number, log.room(code))
    shown: Iterable[str] = [""] * number if texts is None else texts.head(number)
    for row, text in zip(rows.head(number), shown, strict=True):
        log.add(finding(code, row=row, column=column, text=text, **details))
    # Last: whoever counts first has no room for what is kept.
    log.count_only(code, len(rows) - number)


def text_column(
    frame: pl.DataFrame,
    column: ColumnGuess | None,
    log: FindingLog,
    longest: int = LONGEST_TEXT,
) -> pl.Series:
    """Return a column of plain text, empty cells as missing.

    Parameters
    ----------
    frame : polars.DataFrame
        Trimmed rows.
    column : ColumnGuess or None
        The column; None for a column of missing values.
    log : FindingLog
        Where texts that are too long are reported.
    longest : int
        The most characters a text may have.

    Returns
    -------
    polars.Series
        String, shape (n,).
    """
    if column is None:
        return pl.repeat(None, frame.height, dtype=pl.String, eager=True)
    texts = frame[cell_column(column.index)]
    is_long = texts.str.len_chars() > longest
    if is_long.any():
        long_rows, long_texts = frame[ROW].filter(is_long), texts.filter(is_long)
        report(log, "text_too_long", long_rows, column.column, long_texts, limit=longest)
    return texts.set(texts == "", None)


def block_cells(block: Block, rows: Collection[int]) -> dict[int, tuple[str, ...]]:
    """Return the cells of some rows of a block as written.

    Parameters
    ----------
    block : Block
        Rows as read.
    rows : collection of int
        The numbers of the rows wanted.

    Returns
    -------
    dict of int to tuple of str
        Cells by row number; rows of other blocks are not there.
    """
    wanted = pl.Series(list(rows), dtype=pl.Int64).implode()
    cells = {row[0]: row[1:] for row in block.frame.filter(pl.col(ROW).is_in(wanted)).rows()}
    cells |= {row.row_number: row.cells for row in block.irregular if row.row_number in rows}
    return cells


def table_cells(table: Table, rows: Collection[int]) -> dict[int, tuple[str, ...]]:
    """Read some rows of a table once more, as written.

    Parameters
    ----------
    table : Table
        The open table.
    rows : collection of int
        The numbers of the rows wanted.

    Returns
    -------
    dict of int to tuple of str
        Cells by row number.
    """
    cells: dict[int, tuple[str, ...]] = {}
    for block in table.blocks() if rows else ():
        cells |= block_cells(block, rows)
    return cells


def first_block(blocks: Iterable[Block]) -> tuple[Block, Iterable[Block]]:
    """Take a look at the first block without losing it.

    Parameters
    ----------
    blocks : iterable of Block
        The blocks of a table.

    Returns
    -------
    first : Block
        The first block.
    all_blocks : iterable of Block
        All blocks, the first one included.

    Raises
    ------
    IngestError
        If the table has no rows.
    """
    iterator = iter(blocks)
    first = next(iterator, None)
    if first is None:
        raise refusal("file_without_rows")
    return first, chain([first], iterator)
