"""What was found in a file: stable codes, plain sentences, and the catalogue of both.

Every code has a paragraph in docs/findings.md.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from ingest.catalogue import CATALOGUE
from ingest.errors import IngestError
from ingest.excerpt import MAX_EXCERPT, excerpt

Severity = Literal["error", "warning", "info"]

KEPT_PER_CODE = 1000


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark on a file, a column (no row) or a cell.

    `row` counts as a spreadsheet does: the header is row 1. `repair` says what would be done if
    the code were accepted; None where there is nothing to accept.
    """

    row: int | None
    column: str | None
    code: str
    severity: Severity
    message: str
    repair: str | None = None


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A row that was not accepted, with its cells as written and every reason."""

    row_number: int
    cells: tuple[str, ...]
    reasons: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of a file; `read` is always the sum of the other three."""

    read: int
    accepted: int
    quarantined: int
    skipped: int


def finding(
    code: str, *, row: int | None = None, column: str | None = None, **details: object
) -> Finding:
    """Make a finding of the catalogue.

    Parameters
    ----------
    code : str
        A code of the catalogue.
    row : int, optional
        The row of the file (the header is row 1).
    column : str, optional
        The column's name as written.
    **details : object
        What the sentence of the code names; texts are shortened.

    Returns
    -------
    Finding
        The remark with its sentence and remedy.

    Examples
    --------
    >>> finding("value_negative", row=7, column="Pb", text="-5").message
    'The concentration "-5" is below zero. Correct it, or write <5 if 5 is the detection limit.'
    """
    kind = CATALOGUE[code]
    return Finding(
        row=row,
        column=None if column is None else excerpt(column),
        code=code,
        severity=kind.severity,
        message=_sentence(code, {"column": column, "row": row} | details),
        repair=kind.repair,
    )


def refusal(
    code: str, *, row: int | None = None, column: str | None = None, **details: object
) -> IngestError:
    """Make the error that refuses a whole file.

    Parameters
    ----------
    code : str
        A code of the catalogue.
    row, column, **details
        As for `finding`.

    Returns
    -------
    IngestError
        The error, to be raised by the caller.

    Examples
    --------
    >>> raise refusal("file_empty")
    Traceback (most recent call last):
        ...
    ingest.errors.IngestError: The file is empty. Send a file with a header row and data rows.
    """
    shown = None if column is None else excerpt(column)
    sentence = _sentence(code, {"column": column, "row": row} | details)
    return IngestError(code, sentence, row=row, column=shown)


def _sentence(code: str, details: dict[str, object]) -> str:
    shown = {
        name: excerpt(value) if isinstance(value, str) else value for name, value in details.items()
    }
    if "text" in shown:
        shown["magnitude"] = excerpt(str(details["text"]).strip().lstrip("-−"), MAX_EXCERPT // 2)
    return CATALOGUE[code].sentence.format(**shown)


class FindingLog:
    """Collects findings: errors by row without limit, the rest up to a number per code.

    Attributes
    ----------
    counts : collections.Counter
        How often each code occurred, also beyond what is kept.
    row_errors : dict of int to list of Finding
        The errors of each row: these rows are quarantined.

    Examples
    --------
    >>> log = FindingLog()
    >>> log.add(finding("row_blank", row=3))
    >>> log.counts["row_blank"], log.row_errors
    (1, {})
    """

    def __init__(self, kept_per_code: int = KEPT_PER_CODE) -> None:
        self.kept_per_code = kept_per_code
        self.counts: Counter[str] = Counter()
        self.row_errors: dict[int, list[Finding]] = {}
        self._kept: list[Finding] = []
        self._repaired: list[tuple[str, list[int]]] = []

    def add(self, remark: Finding) -> None:
        """Keep one finding.

        Parameters
        ----------
        remark : Finding
            The finding; an error with a row sends that row to quarantine.
        """
        if self.counts[remark.code] < self.kept_per_code:
            self._kept.append(remark)
        self.counts[remark.code] += 1
        if remark.severity == "error" and remark.row is not None:
            self.row_errors.setdefault(remark.row, []).append(remark)

    def extend(self, remarks: "list[Finding]") -> None:
        """Keep several findings.

        Parameters
        ----------
        remarks : list of Finding
            As for `add`.
        """
        for remark in remarks:
            self.add(remark)

    def count_only(self, code: str, number: int) -> None:
        """Count findings that are not worth a sentence each any more.

        Parameters
        ----------
        code : str
            The code.
        number : int
            How many more of them there are.
        """
        self.counts[code] += number

    def room(self, code: str) -> int:
        """Tell how many findings of a code would still be kept.

        Parameters
        ----------
        code : str
            The code.

        Returns
        -------
        int
            Zero or more.
        """
        return max(self.kept_per_code - self.counts[code], 0)

    def note_repair(self, code: str, rows: "list[int]") -> None:
        """Remember which rows a repair was applied to.

        Parameters
        ----------
        code : str
            The code that was accepted.
        rows : list of int
            Numbers of rows.
        """
        self._repaired.append((code, rows))

    def take_repairs(self) -> dict[int, str]:
        """Hand over which repairs were applied, and begin anew.

        Returns
        -------
        dict of int to str
            By row, the codes that were accepted, in alphabetical order and parted by blanks.

        Examples
        --------
        >>> log = FindingLog()
        >>> log.note_repair("null_island", [3])
        >>> log.note_repair("date_serial", [3, 4])
        >>> log.take_repairs()
        {3: 'date_serial null_island', 4: 'date_serial'}
        """
        found: dict[int, set[str]] = {}
        for code, rows in self._repaired:
            for row in rows:
                found.setdefault(row, set()).add(code)
        self._repaired = []
        return {row: " ".join(sorted(codes)) for row, codes in found.items()}

    def take_row_errors(self) -> dict[int, list[Finding]]:
        """Hand over the errors of rows and begin anew.

        Returns
        -------
        dict of int to list of Finding
            The errors by row, in the order of the rows.
        """
        taken = dict(sorted(self.row_errors.items()))
        self.row_errors = {}
        return taken

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The kept findings, those on the file and its columns first, then by row."""
        return tuple(sorted(self._kept, key=lambda remark: remark.row or 0))
