"""Finds the header of a table by evidence: below a preamble, in one row or two, above units.

The first row is the header unless the rows say otherwise. What counts is how many cells a row
fills compared with the rows of data, and that names are text while data have numbers.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.findings import refusal

Rows = Sequence[Sequence[str]]
Span = tuple[int, int, int]

# enough rows to see past the notes that some agencies write above their tables
LOOKED_AT = 100
_NUMBER = re.compile(r"[<>≤≥~]?\s*[-+−]?[.,]?\d[\d\s.,'’/:-]*(?:[eE][-+]?\d+)?\s*%?")
_UNIT = re.compile(
    r"""[(\[]?\s*(?:
        (?:wt|vol|at|mass|weight)?\.?\s*[%‰] | percent | per\s?cent | pp[mbt]
      | (?:[kmcdµμunp]|mc)?(?:g|mol|mole|bq|l|m|eq|s|sv|gy|cts|counts|cfu)\.?
        (?:\s*(?:/|\s|·|per)\s*(?:100\s*)?[kmcdµμun]?(?:g|l|m|h)(?:[-−]?[123]|[²³]|\^?-1)?)*
        (?:\s*(?:dw|dm|d\.w\.|dry(?:\sweight)?|ts|ww))?
      | deg(?:ree)?s?(?:\s?[cfCF])? | decimal\s?degrees | °[cf]? | cm | mm | km | in(?:ch(?:es)?)?
      | ft | feet | m(?:et(?:er|re)s?)? | ph(?:\sunits?)? | years?
      )\s*[)\]]?""",
    re.VERBOSE | re.IGNORECASE,
)
_CODE_NAME = re.compile(r"[A-Za-z0-9]+(?:_[A-Za-z0-9]+)+")
_GROUP_UNIT = re.compile(r"[(\[]([^()\[\]]+)[)\]]\s*$")


@dataclass(frozen=True, slots=True)
class Heading:
    """Where a table's header stands and what it says.

    Attributes
    ----------
    names : tuple of str
        One per column; empty where the file names none.
    row : int
        The header's row (its last one, when it has two), from 1.
    units : tuple of (str or None), or None
        Units by column.
    units_row : int or None
        The row of units.
    first_data_row : int
        The first row below header and units.
    preamble : tuple of str
        The texts above the header, a line each.
    is_joined : bool
        Whether the names come from two rows.
    """

    names: tuple[str, ...]
    row: int
    units: tuple[str | None, ...] | None
    units_row: int | None
    first_data_row: int
    preamble: tuple[str, ...]
    is_joined: bool

    def describe(self) -> dict[str, str]:
        """Say where header and units stand.

        Returns
        -------
        dict of str to str
            ``header_row``, and ``units_row`` and ``preamble_rows`` where there are any.
        """
        said = {"header_row": f"{self.row - 1} and {self.row}" if self.is_joined else str(self.row)}
        if self.units_row is not None:
            said["units_row"] = str(self.units_row)
        if self.preamble:
            said["preamble_rows"] = str(len(self.preamble))
        return said


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a row looks like from afar."""

    filled: int
    extent: int
    numbers: int

    @property
    def is_text(self) -> bool:
        """Whether the row may be one of names; a name or two may be a year."""
        return self.numbers * 5 <= self.filled

    @property
    def is_data(self) -> bool:
        return self.filled >= 2 and self.numbers > 0


def rows_looked_at(stated: int | None) -> int:
    """Return how many rows of a table are needed to find its header.

    Parameters
    ----------
    stated : int or None
        The header's row as the user states it.

    Returns
    -------
    int
        `LOOKED_AT`, and as many more as stand above a stated header.

    Examples
    --------
    >>> rows_looked_at(None), rows_looked_at(120)
    (100, 220)
    """
    return LOOKED_AT + (stated or 0)


def find_heading(
    rows: Rows, spans: Sequence[Span] | None = None, stated: int | None = None
) -> Heading:
    """Find the header among the first rows of a table.

    Parameters
    ----------
    rows : sequence of sequence of str
        The first rows, `rows_looked_at` of them or fewer.
    spans : sequence of (row, first column, last column), optional
        Merged cells, from 0; without them a name is taken to reach over empty cells to its
        right when the row below goes on there.
    stated : int, optional
        The header's row as the user states it, from 1: its cells alone are the names, whatever
        the rows look like. Units below it are still told from data.

    Returns
    -------
    Heading
        The header.

    Raises
    ------
    IngestError
        If all rows are empty, or the stated one is or is not among them.

    Examples
    --------
    >>> found = find_heading([["Survey of 2013"], [], ["lon", "lat", "Pb"], ["", "", "mg/kg"],
    ...                       ["5.1", "52.0", "<1"], ["5.2", "52.1", "30"]])
    >>> found.names, found.row, found.units, found.preamble
    (('lon', 'lat', 'Pb'), 3, (None, None, 'mg/kg'), ('Survey of 2013',))
    """
    shapes = [_shape(row) for row in rows]
    first = next((index for index, shape in enumerate(shapes) if shape.filled), None)
    if first is None:
        raise refusal("file_empty")
    if stated is not None:
        return _stated_heading(rows, shapes, stated)
    width = _usual_extent(shapes)
    if width < 2:
        return _heading(rows, first, first, None)
    data = _first_data(shapes, width)
    top = _header_row(rows, shapes, first, data, width)
    bottom = top
    names: tuple[str, ...] | None = None
    group_units: tuple[str | None, ...] | None = None
    if _is_group_row(rows, shapes, top, first, spans):
        top -= 1
        names, group_units = _join_groups(rows[top], rows[bottom], top, spans)
    elif _is_continued(rows, shapes, top, data, width):
        bottom += 1
        names = _join(rows[top], rows[bottom])
    return _heading(rows, top, bottom, names, group_units, data)


def _stated_heading(rows: Rows, shapes: Sequence[_Shape], stated: int) -> Heading:
    if not 0 < stated <= len(rows):
        reason = f"{len(rows)} rows could be looked at"
        raise refusal("header_row_missing", number=stated, reason=reason)
    top = stated - 1
    if not shapes[top].filled:
        raise refusal("header_row_missing", number=stated, reason="that row is empty")
    # not from the header on, whose names may be years
    below = _first_data(shapes[stated:], _usual_extent(shapes[top:]))
    return _heading(rows, top, top, None, None, None if below is None else stated + below)


def _shape(row: Sequence[str]) -> _Shape:
    filled = [index for index, cell in enumerate(row) if cell.strip()]
    numbers = sum(_is_number(row[index]) for index in filled)
    return _Shape(len(filled), filled[-1] + 1 if filled else 0, numbers)


def _is_number(cell: str) -> bool:
    return len(cell) < 40 and _NUMBER.fullmatch(cell.strip()) is not None


def _usual_extent(shapes: Sequence[_Shape]) -> int:
    extents = [shape.extent for shape in shapes if shape.is_data]
    extents = extents or [shape.extent for shape in shapes if shape.filled]
    counts = Counter(extents)
    return max(counts, key=lambda extent: (counts[extent], extent))


def _first_data(shapes: Sequence[_Shape], width: int) -> int | None:
    """Find the first row of data: a preamble's "Date: 2013" is followed by text."""
    present = [index for index, shape in enumerate(shapes) if shape.filled]
    for place, index in enumerate(present):
        shape = shapes[index]
        if not shape.is_data or shape.extent * 2 < width or (shape.is_text and place == 0):
            continue
        after = present[place + 1 : place + 2]
        if not after or shapes[after[0]].is_data:
            return index
    return None


def _header_row(
    rows: Rows, shapes: Sequence[_Shape], first: int, data: int | None, width: int
) -> int:
    end = len(rows) if data is None else data
    texts = [index for index in range(first, end) if shapes[index].is_text]
    # without numbers anywhere, the usual place of a header is the only evidence
    share = 0.5 if data is None else 0.8
    complete = [index for index in texts if shapes[index].filled >= max(2, share * width)]
    if complete:
        top = complete[0]
        below = complete[1] if len(complete) > 1 else None
        # titles for people, then names for programs
        if below == top + 1 and data is not None and _are_codes(rows[below]):
            return top if _are_codes(rows[top]) else below
        return top
    half = [index for index in texts if shapes[index].filled >= max(2, width / 2)]
    if half:
        return half[-1]
    wide = (index for index in range(first, len(rows)) if shapes[index].extent * 2 >= width)
    return next(wide, first)


def _are_codes(row: Sequence[str]) -> bool:
    cells = [cell.strip() for cell in row if cell.strip()]
    return sum(_CODE_NAME.fullmatch(cell) is not None for cell in cells) * 2 > len(cells)


def _is_group_row(
    rows: Rows, shapes: Sequence[_Shape], header: int, first: int, spans: Sequence[Span] | None
) -> bool:
    """Tell whether the row above the header names groups of its columns.

    It does where it is merged over several of them, where it names columns that the header does
    not, or where the header's names repeat; else it is the last line of a preamble.
    """
    above = header - 1
    if above < first or not shapes[above].is_text or shapes[above].filled < 2:
        return False
    if any(row == above and right > left for row, left, right in spans or ()):
        return True
    names = [cell.strip() for cell in rows[header] if cell.strip()]
    return len(set(names)) < len(names) or any(
        upper.strip() and not lower.strip()
        for upper, lower in zip(rows[above], rows[header], strict=False)
    )


def _join_groups(
    upper: Sequence[str], lower: Sequence[str], row: int, spans: Sequence[Span] | None
) -> tuple[tuple[str, ...], tuple[str | None, ...] | None]:
    width = max(len(upper), len(lower))
    above = [_cell(upper, index) for index in range(width)]
    below = [_cell(lower, index) for index in range(width)]
    groups = _spread(above, below, row, spans)
    reached = [group for group in groups if group]
    names: list[str] = []
    units: list[str | None] = []
    unique = {name for name in below if name and below.count(name) == 1}
    for group, name in zip(groups, below, strict=True):
        is_shared = reached.count(group) > 1
        unit = _GROUP_UNIT.search(group) if is_shared and name else None
        units.append(unit[1].strip() if unit and _UNIT.fullmatch(unit[1].strip()) else None)
        # the group is no part of a name that is clear without it
        names.append(name if is_shared and name in unique else f"{group} {name}".strip())
    return tuple(names), tuple(units) if any(units) else None


def _spread(
    above: Sequence[str], below: Sequence[str], row: int, spans: Sequence[Span] | None
) -> list[str]:
    groups = list(above)
    if spans is not None:
        for _, start, end in (span for span in spans if span[0] == row):
            for index in range(start, min(end + 1, len(groups))):
                groups[index] = above[start]
        return groups
    for index in range(1, len(groups)):
        if not groups[index] and below[index]:
            groups[index] = groups[index - 1]
    return groups


def _is_continued(
    rows: Rows, shapes: Sequence[_Shape], header: int, data: int | None, width: int
) -> bool:
    """Tell whether the row below the header goes on with some of its names.

    A sparse row of text with an empty first cell could be a poor row of data; one that has a
    word where the rows below it have numbers could not.
    """
    below = header + 1
    if data is None or below >= data or shapes[below].numbers or not shapes[below].filled:
        return False
    row = rows[below]
    if row[0].strip() or shapes[below].filled * 2 > width or _units(row, len(row)) is not None:
        return False
    return any(
        cell.strip() and _is_name_of_numbers(cell.strip(), index, rows[data:])
        for index, cell in enumerate(row)
    )


def _is_name_of_numbers(name: str, index: int, rows: Rows) -> bool:
    """Tell whether a word stands above numbers only; ND would stand among them once more."""
    cells = [cell for row in rows if (cell := _cell(row, index))]
    is_word = sum(character.isalpha() for character in name) > 1
    return is_word and name not in cells and sum(map(_is_number, cells)) > 0.9 * len(cells) > 0


def _join(upper: Sequence[str], lower: Sequence[str]) -> tuple[str, ...]:
    width = max(len(upper), len(lower))
    return tuple(f"{_cell(upper, index)} {_cell(lower, index)}".strip() for index in range(width))


def _cell(row: Sequence[str], index: int) -> str:
    return row[index].strip() if index < len(row) else ""


def _units(row: Sequence[str], width: int) -> tuple[str | None, ...] | None:
    """Read a row of units; None when it is none."""
    cells = [_cell(row, index) for index in range(width)]
    written = [cell for cell in cells if cell]
    units = tuple(cell if _UNIT.fullmatch(cell) else None for cell in cells)
    found = sum(unit is not None for unit in units)
    if not found or found * 2 < len(written) or any(map(_is_number, written)):
        return None
    return units


def _heading(
    rows: Rows,
    top: int,
    bottom: int,
    names: tuple[str, ...] | None,
    group_units: tuple[str | None, ...] | None = None,
    data: int | None = None,
) -> Heading:
    if names is None:
        names = tuple(cell.strip() for cell in rows[bottom])
    below = bottom + 1
    units = None
    if data is not None and below < min(data, len(rows)):
        units = _units(rows[below], len(names))
    units_row = None if units is None else below + 1
    return Heading(
        names=names,
        row=bottom + 1,
        units=units or group_units,
        units_row=units_row,
        first_data_row=below + (2 if units is not None else 1),
        preamble=tuple(
            " ".join(cell.strip() for cell in row if cell.strip())
            for row in rows[:top]
            if any(cell.strip() for cell in row)
        ),
        is_joined=bottom > top,
    )


def refuse_faulty_header(names: Sequence[str], limit: int) -> None:
    """Refuse too many columns, and names that occur twice.

    Parameters
    ----------
    names : sequence of str
        The header.
    limit : int
        The most columns allowed.

    Raises
    ------
    IngestError
        If the header is faulty.
    """
    if len(names) > limit:
        raise refusal("too_many_columns", number=len(names), limit=limit)
    seen: set[str] = set()
    for name in names:
        if name and name in seen:
            raise refusal("header_duplicate", column=name)
        seen.add(name)
