"""What a code is: severity, scope, and the sentence with its remedy."""

from dataclasses import dataclass
from typing import Literal

Scope = Literal["file", "column", "row"]


@dataclass(frozen=True, slots=True)
class FindingKind:
    """One code: a *file* error refuses the file, a *row* error sends the row to quarantine.

    `repair` says what is done instead when the user accepts the code.
    """

    severity: Literal["error", "warning", "info"]
    scope: Scope
    sentence: str
    repair: str | None = None


def refusal(sentence: str) -> FindingKind:
    """Return a code that refuses the file.

    Parameters
    ----------
    sentence : str
        What is wrong, and what to do about it; words in braces are filled in.

    Returns
    -------
    FindingKind
        Its kind.
    """
    return FindingKind("error", "file", sentence)


def fault(sentence: str, repair: str | None = None) -> FindingKind:
    """Return a code that sends the row to quarantine.

    Parameters
    ----------
    sentence : str
        What is wrong, and what to do about it; words in braces are filled in.
    repair : str or None
        What is done instead where the user accepts the code.

    Returns
    -------
    FindingKind
        Its kind.
    """
    return FindingKind("error", "row", sentence, repair)


def doubt(sentence: str, scope: Scope = "row", repair: str | None = None) -> FindingKind:
    """Return a code that warns and holds nothing back.

    Parameters
    ----------
    sentence : str
        What is wrong, and what to do about it; words in braces are filled in.
    scope : {"file", "column", "row"}
        What it is about.
    repair : str or None
        What is done instead where the user accepts the code.

    Returns
    -------
    FindingKind
        Its kind.
    """
    return FindingKind("warning", scope, sentence, repair)


def note(sentence: str, scope: Scope = "column") -> FindingKind:
    """Return a code that only tells.

    Parameters
    ----------
    sentence : str
        What is wrong, and what to do about it; words in braces are filled in.
    scope : {"file", "column", "row"}
        What it is about.

    Returns
    -------
    FindingKind
        Its kind.
    """
    return FindingKind("info", scope, sentence)
