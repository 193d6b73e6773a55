"""What the flags and conditions beside a result say: columns of their own in long files."""

import re
from collections.abc import Iterable, Mapping

from ingest.censoring import FlagIndex

AMBIGUOUS = "ambiguous"
UNKNOWN = "unknown"
_NONE = frozenset({"", "=", "eq"})
_SIGNS = {"<": "left", "<=": "left", "≤": "left", ">": "right", ">=": "right", "≥": "right"}
_SEPARATORS = re.compile(r"[\s,;|/]+")
_LETTERS = re.compile(r"[A-Za-z][+-]?|\*")
# of several flags on one result the one that says most counts
_RANK = (AMBIGUOUS, UNKNOWN, "rejected", "missing", "left", "right", "estimated", "none")


class QualifierIndex:
    """Tells what a flag or a detection condition says of its result.

    Parameters
    ----------
    flags : FlagIndex
        The registry of flags.
    qualifiers, conditions : mapping of str to str
        What the mapping of the file says of them; it wins over the registry. The flag ``*``
        stands for all others, and makes the list complete: the registry is not asked.

    Examples
    --------
    >>> index = QualifierIndex(FlagIndex([]), {"B": "missing"}, {"N": "left"})
    >>> index.flag("B"), index.flag("Z9"), index.condition("n")
    ('missing', 'unknown', 'left')
    """

    def __init__(
        self, flags: FlagIndex, qualifiers: Mapping[str, str], conditions: Mapping[str, str]
    ) -> None:
        self._flags = flags
        self._others = qualifiers.get("*")
        self._qualifiers = {flag.strip(): meaning for flag, meaning in qualifiers.items()}
        self._conditions = {_fold(text): meaning for text, meaning in conditions.items()}

    def flag(self, text: str) -> str:
        """Classify the flags of one result.

        Parameters
        ----------
        text : str
            The cell as written: one flag, or several side by side (``U J``, ``UJ``, ``B;U``).

        Returns
        -------
        str
            none, estimated, left, right, missing, rejected; ambiguous for a flag that means
            different things in different laboratories, unknown for one nobody described.
        """
        text = text.strip()
        whole = self._single(text)
        if whole != UNKNOWN:
            return whole
        parts = [part for part in _SEPARATORS.split(text) if part]
        return _strongest(self._word(part) for part in parts or [text])

    def condition(self, text: str) -> str:
        """Classify the words on detection beside one result.

        Parameters
        ----------
        text : str
            The cell as written, such as ``Not Detected``.

        Returns
        -------
        str
            none, left, right, missing, rejected or unknown.
        """
        key = _fold(text)
        if not key:
            return "none"
        if key in self._conditions:
            return self._conditions[key]
        word = self._flags.word(text)
        if word is None or word.censoring not in {"left", "right", "missing", "invalid"}:
            return UNKNOWN
        return "rejected" if word.censoring == "invalid" else word.censoring

    def _word(self, text: str) -> str:
        """Classify one flag, or the letters of several written without a gap."""
        whole = self._single(text)
        if whole != UNKNOWN:
            return whole
        if self._others is not None:
            return self._others
        letters = _LETTERS.findall(text)
        if len(letters) > 1 and "".join(letters) == text:
            return _strongest(self._single(letter) for letter in letters)
        return UNKNOWN

    def _single(self, text: str) -> str:
        if text in self._qualifiers:
            return self._qualifiers[text]
        if text in _NONE:
            return "none"
        if text in _SIGNS:
            return _SIGNS[text]
        # a complete list of flags is not mixed with what other laboratories mean by them
        return UNKNOWN if self._others is not None else self._registered(text)

    def _registered(self, text: str) -> str:
        flag, is_known = self._flags.suffix(text)
        if flag is None:
            return AMBIGUOUS if is_known else self._named(text)
        is_estimated = flag.censoring == "none" and "quality" in flag.handling
        meaning = "rejected" if flag.censoring == "invalid" else flag.censoring
        return "estimated" if is_estimated else meaning

    def _named(self, text: str) -> str:
        condition = self.condition(text)
        return UNKNOWN if condition == "none" else condition


def _strongest(meanings: Iterable[str]) -> str:
    found = set(meanings)
    return next(meaning for meaning in _RANK if meaning in found)


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())
