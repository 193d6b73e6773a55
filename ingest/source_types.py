"""Types of potential sources: words and codes of registers mapped to the taxonomy."""

from collections.abc import Iterable, Mapping

from ingest.folding import squeeze
from ingest.registries import SourceTypeEntry


class SourceTypes:
    """Finds the type of a source in the taxonomy.

    Parameters
    ----------
    entries : iterable of SourceTypeEntry
        The taxonomy: codes, and names in several languages.
    stated : mapping of str to str
        What the mapping of the file says: text as written to code. A text that ends in ``*``
        stands for all that begin like it (the longest beginning counts), ``*`` for all others.

    Examples
    --------
    >>> taxonomy = [SourceTypeEntry("coal_power", {"en": "Coal-fired power plant"})]
    >>> types = SourceTypes(taxonomy, {"2211*": "coal_power"})
    >>> types.find("221112"), types.find("coal-fired power plant"), types.find("3314")
    ('coal_power', 'coal_power', None)
    """

    def __init__(self, entries: Iterable[SourceTypeEntry], stated: Mapping[str, str]) -> None:
        self._exact = {
            squeeze(text): code for text, code in stated.items() if not text.endswith("*")
        }
        self._beginnings = sorted(
            (
                (squeeze(text), code)
                for text, code in stated.items()
                if text.endswith("*") and text != "*"
            ),
            key=lambda beginning: -len(beginning[0]),
        )
        self._others = stated.get("*")
        self._names: dict[str, str] = {}
        entries = list(entries)
        for entry in entries:
            self._names[squeeze(entry.code)] = entry.code
        for entry in entries:
            for name in entry.names.values():
                self._names.setdefault(squeeze(name), entry.code)
        self.example = entries[0].code if entries else ""

    def find(self, text: str) -> str | None:
        """Look a type up.

        Parameters
        ----------
        text : str
            The type as written.

        Returns
        -------
        str or None
            The code; None when it is not known.
        """
        key = squeeze(text)
        if not key:
            return None
        if key in self._exact:
            return self._exact[key]
        for beginning, code in self._beginnings:
            if key.startswith(beginning):
                return code
        return self._names.get(key, self._others)
