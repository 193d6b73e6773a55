"""What each column of a file means: guesses with their confidence and reason."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ingest.contaminants import CERTAIN, ContaminantIndex
from ingest.findings import FindingLog, finding, refusal
from ingest.folding import squeeze
from ingest.spread_names import SpreadName, read_spread_name

UNUSED = "unused"
CONTAMINANT = "contaminant"
# the uncertainty of one contaminant's column
SPREAD = "uncertainty_of"
# a column that only fills the gaps of another one of the same meaning
FILLER = "gap_filler"
_ANY_NUMBER = frozenset({UNUSED, CONTAMINANT, SPREAD, FILLER})
COORDINATES = ("longitude", "latitude", "easting", "northing")
DEPTHS = ("depth", "depth_upper", "depth_lower")
_WITH_UNIT = frozenset(
    {CONTAMINANT, SPREAD, "uncertainty", *DEPTHS, "value", "reporting_limit", "quantitation_limit"}
    | {"detection_limit", "method_detection_limit"}
)
_BRACKETED = re.compile(r"(?P<name>[^()\[\]{}]*)[(\[{](?P<inside>[^()\[\]{}]*)[)\]}]\s*")
_MAPPED = re.compile(
    r"(?P<kind>contaminant|uncertainty):(?P<code>[^\[\]()]+?)\s*(?:\[(?P<unit>[^\[\]]+)\]\s*)?"
    r"(?:\((?P<extraction>[^()]+)\)\s*)?(?:k\s*=\s*(?P<factor>[0-9]+(?:\.[0-9]+)?)\s*)?"
)
_VALUE_LIKE = re.compile(r"[<>≤≥=~]*\s*[-+]?[\d.,]+(?:[eE][-+]?\d+)?\s*\S{0,3}")
_LENGTH_UNITS = frozenset({"cm", "m", "mm", "in", "inch", "inches", "ft", "feet"})
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class ColumnGuess:
    """What one column was taken for.

    `index` counts from 0. `meaning` is ``contaminant``, ``uncertainty_of`` (a contaminant),
    ``unused`` or a word of the vocabulary; `unit` is the unit in the column's name as written;
    `confidence` runs from 0 to 1; `oxide` is the formula as which an element is reported;
    `coverage_factor` says how many standard uncertainties the column gives.
    """

    index: int
    column: str
    meaning: str
    confidence: float
    reason: str
    contaminant: str | None = None
    unit: str | None = None
    extraction: str | None = None
    oxide: str | None = None
    coverage_factor: float | None = None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words to recognise columns by: names of meanings, and contaminants where they count."""

    words: Mapping[str, tuple[str, float]]
    meanings: tuple[str, ...]
    contaminants: ContaminantIndex | None = None


@dataclass(frozen=True, slots=True)
class Stated:
    """What is known of columns by their numbers, and from whom; the others are guessed.

    `others` is the reason why columns that are not stated are not used; None to guess them.
    """

    meanings: Mapping[int, str]
    reason: str = "stated by the user"
    others: str | None = None


NOTHING_STATED = Stated({})


def recognise_columns(
    header: Sequence[str],
    sample: Sequence[Sequence[str]],
    vocabulary: Vocabulary,
    stated: Stated = NOTHING_STATED,
    units: Sequence[str | None] | None = None,
) -> tuple[ColumnGuess, ...]:
    """Guess the meaning of every column.

    Parameters
    ----------
    header : sequence of str
        The names as written, shape (m,).
    sample : sequence of sequence of str
        Some cells of each column, shape (m, any); a column of text is no contaminant.
    vocabulary : Vocabulary
        The words to recognise columns by.
    stated : Stated
        What is known; it wins over every guess.
    units : sequence of str or None, optional
        The unit of each column, from a row of units below the header.

    Returns
    -------
    tuple of ColumnGuess
        One guess per column, in the file's order. Each meaning but ``contaminant``,
        ``gap_filler`` and ``unused`` occurs at most once.

    Raises
    ------
    IngestError
        If a meaning is not known, or several columns look equally like one coordinate.

    Examples
    --------
    >>> words = {"site": ("site_code", 0.95)}
    >>> recognise_columns(["Site", "ph"], [[], []], Vocabulary(words, ("site_code",)))[0].meaning
    'site_code'
    """
    guesses = []
    for index, (name, cells) in enumerate(zip(header, sample, strict=True)):
        unit = units[index] if units else None
        if index in stated.meanings:
            guess = _stated_guess(index, name, stated, vocabulary)
        elif stated.others is not None:
            guess = ColumnGuess(index, name, UNUSED, 0.0, stated.others)
        else:
            guess = _guess(index, name, cells, vocabulary, unit)
        guesses.append(_with_unit(guess, unit))
    return tuple(_one_column_each(guesses))


def only(guesses: Sequence[ColumnGuess], meaning: str) -> ColumnGuess | None:
    """Return the one column with a meaning.

    Parameters
    ----------
    guesses : sequence of ColumnGuess
        All columns.
    meaning : str
        The meaning looked for.

    Returns
    -------
    ColumnGuess or None
        The column, or None if no column has this meaning.
    """
    return next((guess for guess in guesses if guess.meaning == meaning), None)


def report_unused(guesses: Sequence[ColumnGuess], log: FindingLog) -> None:
    """Say which columns are not used and why.

    Parameters
    ----------
    guesses : sequence of ColumnGuess
        All columns.
    log : FindingLog
        Where the findings go.
    """
    for guess in guesses:
        if guess.meaning != UNUSED:
            continue
        if guess.column.strip():
            log.add(finding("column_unused", column=guess.column, reason=guess.reason))
        else:
            log.add(finding("header_blank", column=guess.column, number=guess.index + 1))


def stated_columns(header: Sequence[str], columns: Mapping[str, str]) -> dict[int, str]:
    """Find the columns the user speaks of, by their exact names.

    Parameters
    ----------
    header : sequence of str
        The names as written.
    columns : mapping of str to str
        Column name to meaning.

    Returns
    -------
    dict of int to str
        Number of the column to meaning.

    Raises
    ------
    IngestError
        If the file does not have a column.

    Examples
    --------
    >>> stated_columns(["x", "Pb"], {"Pb": "contaminant:pb"})
    {1: 'contaminant:pb'}
    """
    found = {}
    for column, meaning in columns.items():
        if column not in header:
            shown = ", ".join(header)
            raise refusal("mapping_unknown_column", column=column, columns=shown)
        found[header.index(column)] = meaning
    return found


def _stated_guess(index: int, column: str, stated: Stated, vocabulary: Vocabulary) -> ColumnGuess:
    meaning = stated.meanings[index].strip()
    if meaning in {UNUSED, FILLER} or meaning in vocabulary.meanings:
        unit = _split_unit(column)[1] if meaning in _WITH_UNIT else None
        return ColumnGuess(index, column, meaning, 1.0, stated.reason, unit=unit)
    mapped = _MAPPED.fullmatch(meaning)
    if mapped is not None and vocabulary.contaminants is not None:
        found = vocabulary.contaminants.find(mapped["code"])
        if found is not None:
            spread = read_spread_name(column)
            named = vocabulary.contaminants.read_header(spread.name if spread else column)
            factor = spread.factor if spread else None
            if mapped["factor"]:
                factor = float(mapped["factor"])
            return ColumnGuess(
                index,
                column,
                CONTAMINANT if mapped["kind"] == "contaminant" else SPREAD,
                1.0,
                stated.reason,
                contaminant=found[0].code,
                unit=mapped["unit"] or (named.unit if named else None),
                extraction=mapped["extraction"] or (named.extraction if named else None),
                oxide=named.oxide if named and named.contaminant is found[0] else None,
                coverage_factor=factor if mapped["kind"] == "uncertainty" else None,
            )
    raise refusal(
        "mapping_unknown_meaning",
        column=column,
        text=meaning,
        meanings=", ".join(vocabulary.meanings),
    )


def _with_unit(guess: ColumnGuess, unit: str | None) -> ColumnGuess:
    """Take the unit of the row of units where the name says none."""
    wants_unit = guess.meaning in _WITH_UNIT
    return replace(guess, unit=unit) if wants_unit and guess.unit is None and unit else guess


def _guess(
    index: int, name: str, cells: Sequence[str], vocabulary: Vocabulary, row_unit: str | None
) -> ColumnGuess:
    shown = name[:_LONGEST_NAME]
    word, unit = _split_unit(shown)
    # "%" leaves no trace in a squeezed name
    signs = unit if unit is not None and not squeeze(unit) else None
    for text, text_unit in ((shown, signs), (word, unit)):
        meaning, confidence = vocabulary.words.get(squeeze(text), ("", 0.0))
        if meaning:
            return ColumnGuess(
                index, name, meaning, confidence, f'named "{text.strip()}"', unit=text_unit
            )
    spread = read_spread_name(shown)
    if spread is not None and vocabulary.contaminants is not None:
        return _guess_spread(index, name, spread, vocabulary.contaminants)
    guess = _guess_contaminant(index, name, cells, vocabulary.contaminants)
    if guess.meaning == UNUSED and row_unit and squeeze(name):
        # a unit below a name makes even a single letter a content
        with_unit = f"{shown} [{row_unit}]"
        named = _guess_contaminant(index, with_unit, cells, vocabulary.contaminants)
        return replace(named if named.meaning == CONTAMINANT else guess, column=name)
    return guess


def _guess_spread(
    index: int, name: str, spread: SpreadName, contaminants: ContaminantIndex
) -> ColumnGuess:
    """Take a column named as an uncertainty for that of a contaminant, or of the row's result."""
    rest, unit = _split_unit(spread.name)
    if not squeeze(rest):
        meaning, reason = "uncertainty", "named as an uncertainty"
        return ColumnGuess(
            index, name, meaning, 0.9, reason, unit=unit, coverage_factor=spread.factor
        )
    match = contaminants.read_header(spread.name)
    if match is None:
        reason = "it is named as an uncertainty, but not of what"
        return ColumnGuess(index, name, UNUSED, 0.0, reason)
    return ColumnGuess(
        index,
        name,
        SPREAD,
        match.confidence,
        f"named as the uncertainty of {match.contaminant.code}",
        contaminant=match.contaminant.code,
        unit=match.unit,
        extraction=match.extraction,
        coverage_factor=spread.factor,
    )


def _guess_contaminant(
    index: int, name: str, cells: Sequence[str], contaminants: ContaminantIndex | None
) -> ColumnGuess:
    unknown = ColumnGuess(index, name, UNUSED, 0.0, "its name is not known")
    if contaminants is None or not squeeze(name):
        return unknown
    match = contaminants.read_header(name[:_LONGEST_NAME])
    if match is None:
        return unknown
    code = match.contaminant.code
    if match.confidence < CERTAIN:
        reason = f"its name may mean {code}, but is too short to be sure without a unit"
        return replace(unknown, confidence=match.confidence, reason=reason)
    # "As" may also be a word: a short name without a unit needs numbers below it
    is_doubtful = match.confidence < 0.9 or (match.unit is None and len(squeeze(name)) <= 3)
    if is_doubtful and not _holds_values(cells):
        return replace(unknown, reason=f"its name may mean {code}, but it holds no numbers")
    return ColumnGuess(
        index,
        name,
        CONTAMINANT,
        match.confidence,
        match.reason,
        contaminant=code,
        unit=match.unit,
        extraction=match.extraction,
        oxide=match.oxide,
    )


def _holds_values(cells: Sequence[str]) -> bool:
    filled = [text for cell in cells if (text := cell.strip())]
    values = sum(_VALUE_LIKE.fullmatch(text[:60]) is not None for text in filled)
    return 2 * values >= len(filled)


def _split_unit(name: str) -> tuple[str, str | None]:
    """Take a bracket or a length unit off a name: ``depth_top_cm``, ``Tiefe (cm)``."""
    bracketed = _BRACKETED.fullmatch(name)
    if bracketed is not None:
        return bracketed["name"], bracketed["inside"].strip()
    words = re.split(r"[\s_]+", name.strip())
    if len(words) > 1 and words[-1].casefold() in _LENGTH_UNITS:
        return "_".join(words[:-1]), words[-1]
    return name, None


def _one_column_each(guesses: list[ColumnGuess]) -> list[ColumnGuess]:
    """Keep the most certain column of each meaning; equal coordinates are refused."""
    best: dict[str, ColumnGuess] = {}
    for guess in guesses:
        if guess.meaning in _ANY_NUMBER:
            continue
        rival = best.get(guess.meaning)
        if rival is None or guess.confidence > rival.confidence:
            best[guess.meaning] = guess
        elif guess.confidence == rival.confidence and guess.meaning in COORDINATES:
            raise refusal(
                "column_ambiguous",
                meaning=guess.meaning,
                columns=f"{rival.column}, {guess.column}",
            )
    return [
        guess
        if guess.meaning in _ANY_NUMBER or best[guess.meaning] is guess
        else replace(
            guess,
            meaning=UNUSED,
            reason=f'"{best[guess.meaning].column}" is taken for {guess.meaning}',
        )
        for guess in guesses
    ]
