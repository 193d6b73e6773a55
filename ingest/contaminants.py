"""Contaminants recognised by code, symbol, name, alias or CAS number, with the unit beside."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from ingest.folding import squeeze
from ingest.more_names import MORE_NAMES
from ingest.oxides import read_oxide
from ingest.registries import ContaminantEntry
from ingest.units import UnitIndex

_BRACKETED = re.compile(r"(?P<name>.*\S)\s*[(\[{](?P<inside>[^()\[\]{}]*)[)\]}]\s*", re.DOTALL)
_SEPARATOR = re.compile(r"[\s_,;:\-]+")
_NOISE_WORDS = """
total tot conc concentration content contents result value soil topsoil gesamt gehalt
konzentration teneur concentración общий содержание dry
"""
_NOISE = frozenset(squeeze(word) for word in _NOISE_WORDS.split())
EXTRACTIONS = {
    "aquaregia": "aqua regia",
    "ar": "aqua regia",
    "konigswasser": "aqua regia",
    "koningswater": "aqua regia",
    "eauregale": "aqua regia",
    "aguaregia": "aqua regia",
    "xrf": "XRF",
    "edta": "EDTA",
    "dtpa": "DTPA",
    "hno3": "HNO3",
    "cacl2": "CaCl2",
    "nh4no3": "NH4NO3",
    "hf": "HF",
}
# below this a name is too short or too common to be a contaminant without a unit beside it
CERTAIN = 0.6


@dataclass(frozen=True, slots=True)
class ContaminantMatch:
    """A column's name understood as a contaminant; `oxide` is the formula it is reported as."""

    contaminant: ContaminantEntry
    confidence: float
    reason: str
    unit: str | None = None
    extraction: str | None = None
    oxide: str | None = None


class ContaminantIndex:
    """Finds contaminants by the names files use.

    Parameters
    ----------
    contaminants : iterable of ContaminantEntry
        The registry.
    units : UnitIndex
        Known units, to take them off column names.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from ingest.registries import UnitEntry
    >>> lead = ContaminantEntry("pb", {"en": "Lead", "de": "Blei"}, symbol="Pb")
    >>> units = UnitIndex([UnitEntry("µg/g", "mg/kg", Fraction(1))])
    >>> match = ContaminantIndex([lead], units).read_header("Lead [µg/g]")
    >>> match.contaminant.code, match.unit
    ('pb', 'µg/g')
    """

    def __init__(self, contaminants: Iterable[ContaminantEntry], units: UnitIndex) -> None:
        self._units = units
        self._exact: dict[str, tuple[ContaminantEntry, str] | None] = {}
        self._squeezed: dict[str, tuple[ContaminantEntry, str] | None] = {}
        self.by_code = {entry.code: entry for entry in contaminants}
        for entry in self.by_code.values():
            for text, how in _spellings(entry):
                _enter(self._exact, text, entry, how)
                _enter(self._squeezed, squeeze(text), entry, how)
        self._enter_short_names()
        self._elements = {
            entry.symbol: entry
            for entry in self.by_code.values()
            if entry.symbol and entry.molar_mass and re.fullmatch("[A-Z][a-z]?", entry.symbol)
        }
        self._masses = {name: entry.molar_mass or 0.0 for name, entry in self._elements.items()}

    def _enter_short_names(self) -> None:
        """Enter "Xylenes" for "Xylenes (sum)" where no other contaminant has that name."""
        short: dict[str, tuple[ContaminantEntry, str] | None] = {}
        for entry in self.by_code.values():
            for language, name in entry.names.items():
                bracketed = _BRACKETED.fullmatch(name)
                if bracketed is not None:
                    _enter(short, squeeze(bracketed["name"]), entry, f"name ({language})")
        for key, found in short.items():
            self._squeezed.setdefault(key, found)

    def share_of_element(self, oxide: str) -> Fraction:
        """Return the share of an oxide's mass that is its element.

        Parameters
        ----------
        oxide : str
            The formula, as in `ContaminantMatch.oxide`.

        Returns
        -------
        fractions.Fraction
            More than 0 and less than 1.

        Raises
        ------
        ValueError
            If it is not the formula of an oxide whose element is known.
        """
        found = read_oxide(oxide, self._masses)
        if found is None:
            raise ValueError(f"{oxide} is not the oxide of a known element")
        return found.share

    def find(self, text: str) -> tuple[ContaminantEntry, float, str] | None:
        """Look one name up.

        Parameters
        ----------
        text : str
            A code, symbol, name, alias or CAS number.

        Returns
        -------
        tuple or None
            The entry, the confidence (0 to 1) and how it was found.
        """
        text = text.strip()
        exact = self._exact.get(text)
        if exact is not None:
            entry, how = exact
            return entry, _exact_confidence(text), how
        found = self._squeezed.get(squeeze(text))
        if found is None:
            return None
        entry, how = found
        length = len(squeeze(text))
        confidence = 0.9 if length > 3 else 0.7 if length == 2 else 0.5
        return entry, confidence, f"{how}, spelt otherwise"

    def read_header(self, header: str) -> ContaminantMatch | None:
        """Understand a column's name as contaminant, unit and extraction.

        Parameters
        ----------
        header : str
            The name as written, such as ``zinc (mg/kg)``, ``Pb_ppm`` or ``Cd``.

        Returns
        -------
        ContaminantMatch or None
            What was understood; None for other columns. `unit` is the text as written, also
            when it stands in brackets and is not known.
        """
        for name, unit in _unit_splits(header, self._units):
            match = self._read_name(name)
            if match is not None:
                # a unit beside it makes even a single letter a content
                confidence = max(match.confidence, 0.9)
                reason = f"{match.reason} with the unit {unit}"
                return replace(match, confidence=confidence, reason=reason, unit=unit)
        match = self._read_name(header)
        if match is not None:
            return match
        bracketed = _BRACKETED.fullmatch(header)
        if bracketed is None or (found := self.find(bracketed["name"])) is None:
            return None
        entry, confidence, how = found
        return ContaminantMatch(entry, confidence, how, bracketed["inside"].strip() or None)

    def _read_name(self, name: str) -> ContaminantMatch | None:
        found = self.find(name)
        if found is not None:
            return ContaminantMatch(*found)
        oxide = read_oxide(name, self._masses)
        if oxide is not None:
            reason = f"the oxide {oxide.formula}"
            return ContaminantMatch(self._elements[oxide.symbol], 0.9, reason, oxide=oxide.formula)
        bracketed = _BRACKETED.fullmatch(name)
        if bracketed is not None:
            return self._read_bracketed(bracketed["name"], bracketed["inside"])
        return self._read_words(name)

    def _read_bracketed(self, name: str, inside: str) -> ContaminantMatch | None:
        match = self._read_name(name)
        if match is None:
            return None
        key = squeeze(inside)
        if key in EXTRACTIONS:
            return replace(match, extraction=EXTRACTIONS[key])
        named = self.find(inside)
        is_same = named is not None and named[0].code == match.contaminant.code
        return match if is_same or key in _NOISE or not key else None

    def _read_words(self, name: str) -> ContaminantMatch | None:
        words = [word for word in _SEPARATOR.split(name) if word]
        extraction = None
        kept: list[str] = []
        for word in words:
            key = squeeze(word)
            # "aqua" waits for its "regia"
            pair = squeeze(kept[-1]) + key if kept else ""
            if pair in EXTRACTIONS:
                kept.pop()
                extraction = EXTRACTIONS[pair]
            elif key in EXTRACTIONS:
                extraction = EXTRACTIONS[key]
            elif key not in _NOISE:
                kept.append(word)
        if not kept or len(kept) == len(words):
            return None
        found = self.find(" ".join(kept))
        if found is None:
            return None
        entry, confidence, how = found
        return ContaminantMatch(entry, min(confidence, 0.8), how, None, extraction)


def _spellings(entry: ContaminantEntry) -> Iterator[tuple[str, str]]:
    for language, name in entry.names.items():
        yield name, f"name ({language})"
    yield entry.code, "code"
    if entry.symbol:
        yield entry.symbol, "symbol"
    for alias in entry.aliases:
        yield alias, "alias"
    if entry.cas:
        yield entry.cas, "CAS number"
    for name in MORE_NAMES.get(entry.code, "").split():
        yield name, "name in another language"


def _enter(
    index: dict[str, tuple[ContaminantEntry, str] | None],
    key: str,
    entry: ContaminantEntry,
    how: str,
) -> None:
    """Enter a spelling; one that means two contaminants means none."""
    if not key:
        return
    known = index.setdefault(key, (entry, how))
    if known is not None and known[0].code != entry.code:
        index[key] = None


def _exact_confidence(text: str) -> float:
    if len(text) == 1:
        # one letter may be anything, one Chinese character is a name
        return 0.5 if text.isascii() else 0.95
    return 0.8 if len(text) == 2 and text.islower() else 0.95


def _unit_splits(header: str, units: UnitIndex) -> Iterator[tuple[str, str]]:
    """Yield (name, unit) for every way to take a known unit off a column's name."""
    bracketed = _BRACKETED.fullmatch(header)
    if bracketed is not None and units.find(bracketed["inside"]) is not None:
        yield bracketed["name"], bracketed["inside"].strip()
    for separator in re.finditer(r"[\s_,:;.\-]+", header):
        name, tail = header[: separator.start()], header[separator.end() :].strip()
        if name and units.find_in_name(tail) is not None:
            yield name, tail
