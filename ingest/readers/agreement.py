"""How well a way of cutting lines does: whether it makes as many cells of them as of the header."""

from collections.abc import Sequence
from typing import NamedTuple

from ingest.readers.header import find_heading


class Agreement(NamedTuple):
    """The better of two ways to cut lines is the greater one.

    Attributes
    ----------
    share : float
        Of the lines from the header on; in tenths, where a few ragged lines must not make a way
        with fewer columns win.
    above : int
        How many lines stand above the header, with a minus.
    width : int
        How many columns the header has.
    """

    share: float
    above: int
    width: int


NONE = Agreement(0.0, 0, 0)


def agreement_of(rows: Sequence[Sequence[str]], stated: int | None, digits: int = 1) -> Agreement:
    """Tell how well lines are cut.

    Parameters
    ----------
    rows : sequence of sequence of str
        The cells of the first lines; none for blank lines.
    stated : int or None
        The row of the header, where it is stated; blank lines count.
    digits : int
        Of the share.

    Returns
    -------
    Agreement
        `NONE` where there are not two columns, or no header where it is stated.

    Examples
    --------
    >>> agreement_of([["x", "y"], ["1", "2"], ["3"]], None)
    Agreement(share=0.7, above=-1, width=2)
    """
    if stated is None:
        rows = [row for row in rows if row]
    if not rows or max(map(len, rows)) == 1:
        return NONE
    if stated is not None and not (
        0 < stated <= len(rows) and any(map(str.strip, rows[stated - 1]))
    ):
        return NONE  # refused by name once a way is chosen
    if not any(cell.strip() for row in rows for cell in row):
        return NONE
    heading = find_heading(rows, stated=stated)
    width = len(heading.names)
    if width == 1:
        return NONE
    below = [row for row in rows[heading.row - 1 :] if row]
    alike = sum(len(row) == width for row in below)
    return Agreement(round(alike / len(below), digits), -heading.row, width)
