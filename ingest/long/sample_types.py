"""Samples told from duplicates, blanks, spikes and controls by the words files use."""

from collections.abc import Mapping

from ingest.folding import squeeze

# In this order: a duplicate of a spike is a spike, a blank of any kind a blank.
_WORDS = (
    ("blank", ("blank", "blind", "blanc", "blanco", "холост", "空白")),
    ("spike", ("spike", "aufstock", "加标")),
    (
        "duplicate",
        ("duplicate", "replicate", "split", "doppel", "duplicat", "replik", "дубл", "平行"),
    ),
    ("control", ("reference", "control", "standard", "surrogate", "calibration")),
)
# WQX begins all of these with "Quality Control Sample-"
_PREFIX = "qualitycontrol"
_CODES = {
    "n": "sample",
    "reg": "sample",
    "so": "sample",
    "fd": "duplicate",
    "dup": "duplicate",
    "fr": "duplicate",
    "lr": "duplicate",
    "ld": "duplicate",
    "fb": "blank",
    "tb": "blank",
    "eb": "blank",
    "rb": "blank",
    "mb": "blank",
    "lb": "blank",
    "ab": "blank",
    "ms": "spike",
    "msd": "spike",
    "sd": "spike",
    "bs": "spike",
    "bd": "spike",
    "lcs": "control",
    "lcsd": "control",
    "srm": "control",
    "crm": "control",
    "qc": "control",
}
_ORDINARY = ("sample", "routine", "normal", "regular", "primary", "composite", "grab", "probe")


class SampleTypes:
    """Tells what kind of sample a row is about.

    Parameters
    ----------
    stated : mapping of str to str
        What the mapping of the file says; it wins over the words known here.

    Examples
    --------
    >>> types = SampleTypes({"K": "blank"})
    >>> types.find("Quality Control Sample-Field Blank"), types.find("FD"), types.find("K")
    ('blank', 'duplicate', 'blank')
    >>> types.find("moss") is None
    True
    """

    def __init__(self, stated: Mapping[str, str]) -> None:
        self._stated = {squeeze(text): kind for text, kind in stated.items()}

    def find(self, text: str) -> str | None:
        """Look a type up.

        Parameters
        ----------
        text : str
            The type as written; empty for an ordinary sample.

        Returns
        -------
        str or None
            sample, duplicate, blank, spike or control; None when the words are not known.
        """
        key = squeeze(text)
        if not key:
            return "sample"
        known = self._stated.get(key) or _CODES.get(key)
        if known is not None:
            return known
        key = key.removeprefix(_PREFIX)
        for kind, words in _WORDS:
            if any(squeeze(word) in key for word in words):
                return kind
        return "sample" if any(word in key for word in _ORDINARY) else None
