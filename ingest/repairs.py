"""Repairs: applied only where the user accepted the code of the finding, and always said."""

from collections.abc import Set as AbstractSet

import polars as pl

from ingest.catalogue import CATALOGUE
from ingest.findings import FindingLog, refusal
from ingest.rows import report

REPAIRABLE = frozenset(code for code, kind in CATALOGUE.items() if kind.repair)


class Repairs:
    """What the user accepted, and where findings go.

    Parameters
    ----------
    accepted : set of str
        Codes of findings whose repair is to be applied.
    log : FindingLog
        Where findings go.

    Raises
    ------
    IngestError
        If a code has no repair that could be accepted.

    Examples
    --------
    >>> Repairs(frozenset({"null_island"}), FindingLog()).is_accepted("null_island")
    True
    """

    def __init__(self, accepted: AbstractSet[str], log: FindingLog) -> None:
        unknown = sorted(accepted - REPAIRABLE)
        if unknown:
            shown = ", ".join(sorted(REPAIRABLE))
            raise refusal(
                "option_invalid", option="accepted repair", text=unknown[0], expected=shown
            )
        self._accepted = accepted
        self.log = log

    def is_accepted(self, code: str) -> bool:
        """Tell whether the repair of a code is to be applied.

        Parameters
        ----------
        code : str
            A code of the catalogue.

        Returns
        -------
        bool
            Whether the user accepted it.
        """
        return code in self._accepted

    def settle(
        self,
        code: str,
        rows: pl.Series,
        column: str | None,
        texts: pl.Series,
        change: str,
        **details: object,
    ) -> bool:
        """Report a finding on some rows, or that its repair is applied to them.

        Parameters
        ----------
        code : str
            A code of the catalogue.
        rows : polars.Series
            The rows concerned, shape (n,).
        column : str or None
            The column's name.
        texts : polars.Series
            The offending texts, shape (n,).
        change : str
            What an applied repair did, as the end of a sentence.
        **details : object
            What else the sentence names.

        Returns
        -------
        bool
            Whether the caller is to apply the repair.
        """
        if not self.is_accepted(code):
            report(self.log, code, rows, column, texts, **details)
            return False
        if not rows.is_empty():
            report(self.log, "repair_applied", rows, column, texts, accepted=code, change=change)
            self.log.note_repair(code, rows.to_list())
        return True
