"""Tables separated by blanks: runs of them, or columns of fixed width.

Such lines become lines separated by tabs, which the reader of delimited text takes as usual.
"""

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TextIO

from ingest.readers.agreement import Agreement, agreement_of

# What the user states, and what the description of the file shows.
BLANKS = "blanks"
_LEAST_SHARE = 0.8
_MOST_PREAMBLE = 12
_FEWEST_LINES = 3
_RUN = re.compile(r"[ \t]{2,}|\t")
_TO_QUOTE = re.compile(r'[\t"\r\n]')

Cut = Callable[[str], list[str]]


@dataclass(frozen=True, slots=True)
class Blanks:
    """How lines are cut: a description for people, and the cutting of one line without its end."""

    name: str
    cut: Cut


class TabbedText(io.TextIOBase):
    """A text whose lines are cut by blanks, told as lines separated by tabs.

    Parameters
    ----------
    stream : text file
        The lines as written.
    blanks : Blanks
        How they are cut.
    """

    def __init__(self, stream: TextIO, blanks: Blanks) -> None:
        self._stream = stream
        self._blanks = blanks

    def readable(self) -> bool:
        """Tell that it can be read.

        Returns
        -------
        bool
            Always true.
        """
        return True

    def readline(self, size: int = -1) -> str:  # type: ignore[override]
        """Read one line.

        Parameters
        ----------
        size : int
            The most characters to take of the line as written.

        Returns
        -------
        str
            Its cells with tabs between them; empty at the end.
        """
        line = self._stream.readline(size)
        bare = line.rstrip("\r\n")
        cells = self._blanks.cut(bare) if bare.strip() else []
        return "\t".join(map(_quoted, cells)) + line[len(bare) :]

    def close(self) -> None:
        """Close the text below too."""
        self._stream.close()
        super().close()


def find_blanks(lines: Sequence[str], stated: int | None = None) -> tuple[Blanks, Agreement] | None:
    """Find how lines are cut by blanks.

    Parameters
    ----------
    lines : sequence of str
        The first lines, a preamble perhaps among them.
    stated : int or None
        The row of the header, where it is stated.

    Returns
    -------
    tuple of Blanks and Agreement, or None
        The way, and how well it does; None where no way gives two columns and cuts most lines
        alike.

    Examples
    --------
    >>> found, agreement = find_blanks(["x   Pb", "1.5 30", "2   7"])
    >>> found.name, found.cut("2   7"), agreement.share
    ('blanks', ['2', '7'], 1.0)
    >>> found, _ = find_blanks(["id   Pb   Zn", "A 1  30   12", "A 2       14"])
    >>> found.cut("A 2       14")
    ['A 2', '', '14']
    """
    bare = [line.rstrip("\r\n") for line in lines]
    wide = Blanks("two blanks or more", _cut_at_runs)
    found = [(_agreement(bare, wide.cut, stated), wide)]
    if found[0][0].share < 1.0:
        ways = [Blanks(BLANKS, _cut_at_blanks)]
        ways += [way for least in (2, 1) if (way := _fixed(bare, least)) is not None]
        found += [(_agreement(bare, way.cut, stated), way) for way in ways]
    agreement, best = max(found, key=lambda one: one[0])
    if agreement.share < _LEAST_SHARE:
        return None
    return best, agreement._replace(share=round(agreement.share, 1))


def _agreement(lines: Sequence[str], cut: Cut, stated: int | None) -> Agreement:
    # exactly: where two blanks do for most lines, fixed widths may do for all
    return agreement_of([cut(line) if line.strip() else [] for line in lines], stated, digits=6)


def _cut_at_runs(line: str) -> list[str]:
    return _RUN.split(line.strip())


def _cut_at_blanks(line: str) -> list[str]:
    text = line.strip().replace("\t", " ")
    try:
        return next(csv.reader([text], delimiter=" ", skipinitialspace=True, strict=True))
    except csv.Error:
        return [text]  # a broken quote: one cell, where the header has more


def _fixed(lines: Sequence[str], least: int) -> Blanks | None:
    """Find columns by the places that are blank in every line below a preamble."""
    filled = [line.expandtabs() for line in lines if line.strip()]
    most = min(_MOST_PREAMBLE, len(filled) - _FEWEST_LINES)
    found = [_gaps(filled[start:], least) for start in range(max(most, 0) + 1)] if filled else []
    gaps = max(found, key=len, default=[])
    if not gaps:
        return None
    places = ", ".join(str(end + 1) for _, end in gaps)
    name = f"columns of fixed width from places 1, {places}"
    return Blanks(name, partial(_cut_at_gaps, gaps=gaps))


def _gaps(lines: Sequence[str], least: int) -> list[tuple[int, int]]:
    """Return the blank places between columns, each from its first to behind its last."""
    width = max(map(len, lines))
    is_blank = [all(line[at : at + 1] in {"", " "} for line in lines) for at in range(width)]
    found: list[tuple[int, int]] = []
    start: int | None = None
    for at, blank in enumerate(is_blank):
        if blank and start is None:
            start = at
        if not blank and start is not None:
            # what stands before the first column parts nothing
            if start > 0 and at - start >= least:
                found.append((start, at))
            start = None
    return found


def _cut_at_gaps(line: str, gaps: Sequence[tuple[int, int]]) -> list[str]:
    """Cut a line at a blank of each gap; one that has none there is left whole."""
    line = line.expandtabs()
    cells: list[str] = []
    begin = 0
    for start, end in gaps:
        blank = line.find(" ", start, end)
        if blank < 0 and len(line) > start:
            return [line.strip()]
        cut = blank if blank >= 0 else len(line)
        cells.append(line[begin:cut].strip())
        begin = cut
    return [*cells, line[begin:].strip()]


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if _TO_QUOTE.search(cell) else cell
