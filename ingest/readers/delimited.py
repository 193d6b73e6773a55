"""Reads tables of delimited text: comma, semicolon, tab, | or blanks, quoted or not.

Blocks of complete lines without quotes and with the right number of separators in every line go
to polars' parser (1.6 million rows a second were measured); all others to Python's
`csv` module (0.2 million), which is strict about quotes and tells short and long rows apart.
GDAL is not used: it drops columns above 2,000 without a word.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TextIO, cast

import numpy as np
import numpy.typing as npt
import polars as pl

from ingest.findings import Finding, refusal
from ingest.options import ImportOptions, Limits
from ingest.readers.agreement import NONE, Agreement, agreement_of
from ingest.readers.blanks import BLANKS, Blanks, TabbedText, find_blanks
from ingest.readers.contract import ROW, Block, Content, IrregularRow, TableEntry, cell_column
from ingest.readers.encodings import find_encoding
from ingest.readers.header import Heading, find_heading, refuse_faulty_header, rows_looked_at
from ingest.readers.lines import Lines, TextLines, Utf8Lines, cut_lines

_UTF_8 = ("utf-8", "utf-8-sig")
SEPARATORS = (",", ";", "\t", "|")
_SAMPLE_CHARACTERS = 1 << 20
# of the lines are cut alike: then nobody asks whether blanks do better
_CLEAR_SHARE = 0.5


class DelimitedTable:
    """A table of delimited text, see `ingest.readers.contract.Table`.

    Parameters
    ----------
    content : Content
        The bytes.
    encoding : str
        Their encoding.
    separator : str or Blanks
        The sign between cells, or how lines are cut by blanks.
    heading : Heading
        Where the header stands, and the names of the columns.
    limits : Limits
        Bounds on the number of rows and the size of a block.
    findings : tuple of Finding
        What was found while opening.
    """

    epsg: int | None = None
    geometry_columns: tuple[str, ...] = ()

    def __init__(
        self,
        content: Content,
        encoding: str,
        separator: str | Blanks,
        heading: Heading,
        limits: Limits,
        findings: tuple[Finding, ...] = (),
    ) -> None:
        self._content = content
        self._encoding = encoding
        self._blanks = separator if isinstance(separator, Blanks) else None
        self._separator = "\t" if isinstance(separator, Blanks) else separator
        self._first_row = heading.first_data_row
        self._limits = limits
        self.name = content.name
        self.header = heading.names
        self.units = heading.units
        self.preamble = heading.preamble
        self.findings = findings
        self.description = {
            "format": "csv",
            "encoding": encoding,
            "separator": self._separator if self._blanks is None else self._blanks.name,
            **heading.describe(),
        }

    def blocks(self) -> Iterator[Block]:
        """Read the rows from the first one on.

        Yields
        ------
        Block
            Rows of about `Limits.block_characters`.

        Raises
        ------
        IngestError
            If a quote is broken, the text does not fit the encoding, or there are too many rows.
        """
        with self._opened() as lines:
            try:
                _skip_rows(lines, self._separator, self._first_row - 1)
                row_number = self._first_row
                while text := lines.take(self._limits.block_characters):
                    block, number = self._read(text, lines, row_number)
                    del text
                    row_number += number
                    if row_number - self._first_row > self._limits.max_rows:
                        raise refusal("too_many_rows", limit=self._limits.max_rows)
                    yield block
                    del block  # before the next one is read
            except UnicodeError as error:
                raise _undecodable(self._encoding, error) from error

    @contextmanager
    def _opened(self) -> Iterator[Lines]:
        if self._blanks is None and self._encoding in _UTF_8:
            with self._content.open() as stream:
                yield Utf8Lines(stream)
        else:
            with _as_text(self._content, self._encoding, self._blanks) as text:
                yield TextLines(text)

    def _read(self, text: bytes, rest: Lines, row_number: int) -> tuple[Block, int]:
        """Read whole records from complete lines; returns the block and its number of rows."""
        plain = text.replace(b"\r\n", b"\n")
        if _is_regular(plain, self._separator, len(self.header)):
            frame = _parse_plain(plain, self._separator, len(self.header))
            block = _without_blank(_numbered(frame, row_number))
            return replace(block, may_hold_nul=b"\x00" in plain), frame.height
        more = rest if b'"' in text else iter(())
        rows = _strict_rows(cut_lines(text), more, self._separator, row_number)
        return _assemble(rows, row_number, len(self.header)), len(rows)


def list_delimited(content: Content, options: ImportOptions, limits: Limits) -> list[TableEntry]:
    """List the one table of a delimited text.

    Parameters
    ----------
    content : Content
        The bytes.
    options : ImportOptions
        `encoding`, `separator` and `header_row` are used where stated.
    limits : Limits
        `max_columns`, `max_rows` and `block_characters`.

    Returns
    -------
    list of TableEntry
        One.
    """
    return [TableEntry("", lambda: open_delimited(content, options, limits))]


def open_delimited(content: Content, options: ImportOptions, limits: Limits) -> DelimitedTable:
    """Open a table of delimited text and find its header.

    Parameters
    ----------
    content, options, limits
        As for `list_delimited`.

    Returns
    -------
    DelimitedTable
        The open table.

    Raises
    ------
    IngestError
        If the encoding cannot be told, or the header is faulty or not where it is stated.
    """
    encoding = find_encoding(content, options.encoding)
    try:
        with _as_text(content, encoding.name) as stream:
            lines = _first_lines(stream, rows_looked_at(options.header_row))
    except UnicodeError as error:
        raise _undecodable(encoding.name, error) from error
    stated = options.header_row
    separator = _separator(options.separator, lines, stated)
    if isinstance(separator, Blanks):
        lines = list(TabbedText(io.StringIO("".join(lines), newline=""), separator))
    sign = "\t" if isinstance(separator, Blanks) else separator
    heading = find_heading(_strict_sample(lines, sign), stated=stated)
    refuse_faulty_header(heading.names, limits.max_columns)
    guess = () if encoding.guess is None else (encoding.guess,)
    return DelimitedTable(content, encoding.name, separator, heading, limits, guess)


def _as_text(content: Content, encoding: str, blanks: Blanks | None = None) -> TextIO:
    text = io.TextIOWrapper(content.open(), encoding=encoding, newline="")
    # it has what is used here of a TextIO
    return text if blanks is None else cast("TextIO", TabbedText(text, blanks))


def _first_lines(stream: TextIO, number: int) -> list[str]:
    """Read the lines to judge by; a file of one endless line must not fill the memory."""
    room = _SAMPLE_CHARACTERS
    lines: list[str] = []
    while room > 0 and len(lines) < number and (line := stream.readline(room)):
        lines.append(line)
        room -= len(line)
    return lines


def _separator(stated: str | None, lines: Sequence[str], header_row: int | None) -> str | Blanks:
    """Return the separator that is stated, else the one that cuts most lines alike."""
    if stated == BLANKS:
        found = find_blanks(lines, header_row)
        if found is None:
            raise refusal("blanks_unclear")
        return found[0]
    if stated is not None:
        return _stated_separator(stated)
    agreements = {sign: _agreement(lines, sign, header_row) for sign in SEPARATORS}
    separator = max(SEPARATORS, key=agreements.__getitem__)
    best = agreements[separator]
    # decimal commas may cut lines alike, but not those of the header above them
    if best.share >= _CLEAR_SHARE and best.above >= -1:
        return separator
    by_blanks = find_blanks(lines, header_row)
    return separator if by_blanks is None or by_blanks[1] <= best else by_blanks[0]


def _stated_separator(stated: str) -> str:
    separator = "\t" if stated in {"tab", "\\t"} else stated
    if separator not in SEPARATORS:
        raise refusal("separator_unknown", text=stated)
    return separator


def _agreement(lines: Sequence[str], separator: str, stated: int | None) -> Agreement:
    try:
        # the last line may be the beginning of a longer record
        rows = list(csv.reader(lines, delimiter=separator))
    except csv.Error:
        return NONE
    return agreement_of(rows, stated)


def _strict_sample(lines: Sequence[str], separator: str) -> list[list[str]]:
    """Parse the first lines; of a broken quote far below, the reading of the rows will tell."""
    rows: list[list[str]] = []
    reader = csv.reader(lines, delimiter=separator, strict=True)
    try:
        rows.extend(reader)
    except csv.Error as error:
        if not any(cell.strip() for row in rows for cell in row):
            number = len(rows) + 1
            reason = str(error)
            raise refusal("quote_malformed", row=number, number=number, reason=reason) from error
    return rows


def _skip_rows(lines: Lines, separator: str, number: int) -> None:
    """Move behind the rows above the data; a quoted cell may reach over several lines."""
    reader = csv.reader(lines, delimiter=separator, strict=True)
    try:
        for _ in range(number):
            next(reader, None)
    except csv.Error as error:
        raise refusal("quote_malformed", row=1, number=1, reason=str(error)) from error


def _is_regular(text: bytes, separator: str, width: int) -> bool:
    """Tell whether every line is a record with the header's number of cells, quotes in order."""
    if width < 2 or b"\r" in text:
        return False
    signs = np.frombuffer(text, dtype=np.uint8)
    marks = np.flatnonzero((signs == ord("\n")) | (signs == ord(separator)))
    if b'"' in text:
        quotes = np.flatnonzero(signs == ord('"'))
        if not _are_quotes_strict(signs, quotes, separator):
            return False
        # what stands behind an odd number of quotes stands inside a cell
        is_inside = np.searchsorted(quotes, marks) % 2 == 1
        if np.any(signs[marks[is_inside]] == ord("\n")):
            return False
        marks = marks[~is_inside]
    are_ends = signs[marks] == ord("\n")
    if signs.size and signs[-1] != ord("\n"):
        are_ends = np.append(are_ends, True)
    if are_ends.size % width:
        return False
    last = are_ends[width - 1 :: width]
    return bool(last.all()) and np.count_nonzero(are_ends) == last.size


def _are_quotes_strict(
    signs: npt.NDArray[np.uint8], quotes: npt.NDArray[np.intp], separator: str
) -> bool:
    """Tell whether quotes open at the beginning of a cell only, and close at its end."""
    if quotes.size % 2:
        return False
    opening, closing = quotes[0::2], quotes[1::2]
    edge = np.zeros(256, dtype=np.bool_)
    edge[[ord("\n"), ord(separator), ord('"')]] = True
    # a quote beside a quote is one that is doubled inside a cell
    before = signs[np.maximum(opening - 1, 0)]
    after = signs[np.minimum(closing + 1, signs.size - 1)]
    opens_well = (opening == 0) | edge[before]
    closes_well = (closing == signs.size - 1) | edge[after]
    return bool(opens_well.all() and closes_well.all())


def _parse_plain(text: bytes, separator: str, width: int) -> pl.DataFrame:
    return pl.read_csv(
        io.BytesIO(text),
        has_header=False,
        separator=separator,
        quote_char='"' if b'"' in text else None,
        infer_schema=False,
        empty_string_is_null=False,
        extra_columns="raise",
        missing_columns="raise",
        new_columns=[cell_column(index) for index in range(width)],
    )


def _numbered(frame: pl.DataFrame, row_number: int) -> pl.DataFrame:
    numbers = pl.Series(ROW, np.arange(row_number, row_number + frame.height), dtype=pl.Int64)
    return frame.insert_column(0, numbers)


def _without_blank(frame: pl.DataFrame) -> Block:
    blank = pl.repeat(value=True, n=frame.height, dtype=pl.Boolean, eager=True)
    for name in frame.columns:
        if name != ROW:
            blank &= frame[name].str.strip_chars() == ""
            # mostly known from the first column
            if not blank.any():
                return Block(frame)
    return Block(frame.filter(~blank), (), tuple(frame[ROW].filter(blank)))


def _strict_rows(
    lines: list[str], rest: Iterable[str], separator: str, row_number: int
) -> list[list[str]]:
    """Parse lines with the csv module; an open quote takes more lines from the rest."""
    taken = 0

    def feed() -> Iterator[str]:
        nonlocal taken
        for line in lines:
            taken += 1
            yield line
        # not "yield from", which would close the stream together with this generator
        for line in rest:
            yield line

    rows: list[list[str]] = []
    reader = csv.reader(feed(), delimiter=separator, strict=True)
    try:
        while taken < len(lines):
            rows.append(next(reader))
    except csv.Error as error:
        number = row_number + len(rows)
        raise refusal("quote_malformed", row=number, number=number, reason=str(error)) from error
    return rows


def _assemble(rows: list[list[str]], row_number: int, width: int) -> Block:
    regular: list[list[str]] = []
    numbers: list[int] = []
    irregular: list[IrregularRow] = []
    blank: list[int] = []
    for number, row in enumerate(rows, row_number):
        if not any(cell.strip() for cell in row):
            blank.append(number)
        elif len(row) == width:
            regular.append(row)
            numbers.append(number)
        else:
            irregular.append(IrregularRow(number, tuple(row)))
    columns = list(zip(*regular, strict=True)) if regular else [()] * width
    frame = pl.DataFrame(
        [
            pl.Series(ROW, numbers, dtype=pl.Int64),
            *(
                pl.Series(cell_column(index), cells, dtype=pl.String)
                for index, cells in enumerate(columns)
            ),
        ]
    )
    return Block(frame, tuple(irregular), tuple(blank))


def _undecodable(encoding: str, error: UnicodeError) -> Exception:
    reason = str(getattr(error, "reason", "the byte-order mark is missing"))
    return refusal("encoding_wrong", encoding=encoding, reason=reason)
