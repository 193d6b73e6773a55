"""The mapping: what one kind of file means, said once, saved, and found again.

A format this package knows and a mapping somebody saves are the same thing, written in the
same TOML (`ingest.mapping.serial`).
"""

import re
from collections import abc
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, get_args

from ingest.dates import DayOrder
from ingest.errors import IngestError
from ingest.findings import refusal

Kind = Literal["samples", "sources", "aggregates"]
Layout = Literal["wide", "long"]
Others = Literal["guess", "unused"]
FlagMeaning = Literal["none", "left", "right", "estimated", "missing", "rejected"]
ConditionMeaning = Literal["none", "left", "right", "missing", "rejected"]
SampleType = Literal["sample", "duplicate", "blank", "spike", "control"]

KINDS: tuple[Kind, ...] = get_args(Kind)
LAYOUTS: tuple[Layout, ...] = get_args(Layout)
OTHERS: tuple[Others, ...] = get_args(Others)
FLAG_MEANINGS: tuple[FlagMeaning, ...] = get_args(FlagMeaning)
CONDITION_MEANINGS: tuple[ConditionMeaning, ...] = get_args(ConditionMeaning)
SAMPLE_TYPES: tuple[SampleType, ...] = get_args(SampleType)

LAST_HEADER_ROW = 10_000
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
LONGEST_TEXT = 200
MOST_ENTRIES = 1000


@dataclass(frozen=True, slots=True)
class Statements:
    """What holds for the whole file; None means not stated.

    Attributes
    ----------
    epsg : int or None
        Reference system of the coordinates.
    country : str or None
        Where the places lie (ISO 3166-1 alpha-2); those outside are doubted.
    unit, basis, moisture_percent
        Unit of contents that name none, ``dry`` or ``wet``, and water per wet mass (%).
    scale : {"ln", "log10"} or None
        Contents are written as logarithms of the unit.
    extraction, fraction, method, laboratory : str or None
        Used where the row names none.
    decimal, day_order : str or None
        How numbers and dates are written: ``.`` or ``,``; ``day first`` or ``month first``.
    depth_upper_cm, depth_lower_cm, depth_unit, sampled_from, sampled_to
        Used where the file has no such columns.
    coverage_factor : float or None
        How many standard uncertainties the uncertainties are, where neither column nor row says.
    missing : tuple of str
        Texts that say "no entry" in every column.
    negative : {"below_limit", "error"} or None
        Whether a negative content is a limit with a minus before it.
    limits : {"unknown"} or None
        Detection limits were lost before this file was written: zeros stand for them.
    source_type, contaminants, citation, source_url, accuracy_m
        For files of sources that say so nowhere.
    """

    epsg: int | None = None
    country: str | None = None
    unit: str | None = None
    basis: str | None = None
    moisture_percent: float | None = None
    scale: str | None = None
    extraction: str | None = None
    fraction: str | None = None
    method: str | None = None
    laboratory: str | None = None
    decimal: str | None = None
    day_order: DayOrder | None = None
    depth_upper_cm: float | None = None
    depth_lower_cm: float | None = None
    depth_unit: str | None = None
    sampled_from: date | None = None
    sampled_to: date | None = None
    coverage_factor: float | None = None
    missing: tuple[str, ...] = ()
    negative: str | None = None
    limits: str | None = None
    source_type: str | None = None
    contaminants: tuple[str, ...] = ()
    citation: str | None = None
    source_url: str | None = None
    accuracy_m: float | None = None


@dataclass(frozen=True, slots=True)
class RowRule:
    """Rows known by the text of one column, and why they are left out (or kept)."""

    column: str
    values: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Join:
    """Another table of the same file whose columns belong to the rows, found by common columns."""

    table: str
    on: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mapping:
    """How files of one kind are to be understood.

    Attributes
    ----------
    name : str
        Its name, ``[a-z0-9][a-z0-9_-]{0,62}``.
    title : str
        What people call it.
    kind : {"samples", "sources", "aggregates"}
        What a row is about.
    layout : {"wide", "long"} or None
        A column per contaminant, or a row per result; None when found from the columns.
    others : {"guess", "unused"}
        What becomes of columns that are not named here.
    required : tuple of str
        A file with all these columns is of this kind.
    prefixes : tuple of str
        Taken off the names of columns before they are looked up; one of them per file.
    sheet : str or None
        The sheet or layer to read.
    header_row : int or None
        The row with the names of the columns, from 1; found when None. It needs the mapping, or
        its name, to be stated: columns are what tells mappings apart.
    columns : mapping of str to str
        Column as written to meaning. Where several columns have one meaning, the first
        filled cell counts, in this order; those of replicates are joined.
    file : Statements
        What holds for the whole file.
    missing : mapping of str to tuple of str
        Column to texts that say "no entry" there.
    analytes : mapping of str to str
        What was measured, as written, to the code of a contaminant; it wins over the registry.
    qualifiers, conditions, sample_types, types : mapping of str to str
        Flag, detection condition, type of sample, and type of source, as written, to its
        meaning. The flag ``*`` stands for all others. A type that ends in ``*`` stands for all
        that begin like it.
    joins : tuple of Join
        Other tables (sheets, members) of the file that complete the rows of this one.
    keep, skip : tuple of RowRule
        Rows to keep (others are skipped) and rows to skip.

    Examples
    --------
    >>> Mapping("own", columns={"Pb": "contaminant:pb [mg/kg]"}).others
    'guess'
    """

    name: str
    title: str = ""
    kind: Kind = "samples"
    layout: Layout | None = None
    others: Others = "guess"
    required: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    sheet: str | None = None
    header_row: int | None = None
    columns: abc.Mapping[str, str] = field(default_factory=dict)
    file: Statements = field(default_factory=Statements)
    missing: abc.Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    analytes: abc.Mapping[str, str] = field(default_factory=dict)
    qualifiers: abc.Mapping[str, str] = field(default_factory=dict)
    conditions: abc.Mapping[str, str] = field(default_factory=dict)
    sample_types: abc.Mapping[str, str] = field(default_factory=dict)
    types: abc.Mapping[str, str] = field(default_factory=dict)
    joins: tuple[Join, ...] = ()
    keep: tuple[RowRule, ...] = ()
    skip: tuple[RowRule, ...] = ()

    def __post_init__(self) -> None:
        check(self)


def invalid(key: str, reason: str, remedy: str) -> IngestError:
    """Make the error that refuses a mapping.

    Parameters
    ----------
    key : str
        Where the fault is, such as ``file.epsg``.
    reason : str
        What is wrong there.
    remedy : str
        What to write instead, a sentence without its full stop.

    Returns
    -------
    IngestError
        The error, to be raised by the caller.

    Examples
    --------
    >>> invalid("kind", '"soil" is not known', "write samples").message
    'The mapping cannot be used: at "kind", "soil" is not known. To mend it, write samples.'
    """
    return refusal("mapping_invalid", key=key, reason=reason, remedy=remedy)


def check(mapping: Mapping) -> None:
    """Refuse a mapping that cannot be meant.

    Parameters
    ----------
    mapping : Mapping
        The mapping.

    Raises
    ------
    IngestError
        ``mapping_invalid``, naming the key and what to write instead.
    """
    if not NAME.fullmatch(mapping.name):
        raise invalid(
            "name",
            f'"{mapping.name}" is no name',
            "use small letters, digits, - and _, at most 63, beginning with a letter or digit",
        )
    _one_of("kind", mapping.kind, KINDS)
    _one_of("others", mapping.others, OTHERS)
    if mapping.layout is not None:
        _one_of("layout", mapping.layout, LAYOUTS)
    _bounded("title", (mapping.title,), 0)
    _bounded("sheet", (mapping.sheet or "",), 0)
    if mapping.header_row is not None and not 0 < mapping.header_row <= LAST_HEADER_ROW:
        raise invalid(
            "recognise.header_row",
            f"{mapping.header_row} is no row of a header",
            f"write a number from 1 to {LAST_HEADER_ROW}",
        )
    _bounded("recognise.required", mapping.required)
    _bounded("recognise.prefixes", mapping.prefixes)
    _check_tables(mapping)
    _bounded("join", [join.table for join in mapping.joins])
    for number, join in enumerate(mapping.joins, 1):
        _bounded(f"join {number}.on", join.on)
    for table, rules in (("keep", mapping.keep), ("skip", mapping.skip)):
        _bounded(table, [rule.column for rule in rules])
        for number, rule in enumerate(rules, 1):
            _bounded(f"{table} {number}.values", rule.values)
            _bounded(f"{table} {number}.reason", (rule.reason,))
    _check_statements(mapping.file)


def _check_tables(mapping: Mapping) -> None:
    _bounded("columns", [*mapping.columns, *mapping.columns.values()])
    _bounded("missing", mapping.missing)
    for column, codes in mapping.missing.items():
        _bounded(f"missing.{column}", codes)
    for table, words, meanings in (
        ("qualifiers", mapping.qualifiers, FLAG_MEANINGS),
        ("conditions", mapping.conditions, CONDITION_MEANINGS),
        ("sample_types", mapping.sample_types, SAMPLE_TYPES),
    ):
        _bounded(table, words)
        for word, meaning in words.items():
            _one_of(f"{table}.{word}", meaning, meanings)
    _bounded("analytes", [*mapping.analytes, *mapping.analytes.values()])
    _bounded("types", [*mapping.types, *mapping.types.values()])


def _check_statements(file: Statements) -> None:
    for key, text, choices in (
        ("basis", file.basis, ("dry", "wet")),
        ("scale", file.scale, ("ln", "log10")),
        ("decimal", file.decimal, (".", ",")),
        ("day_order", file.day_order, ("day first", "month first")),
        ("negative", file.negative, ("below_limit", "error")),
        ("limits", file.limits, ("unknown",)),
    ):
        if text is not None:
            _one_of(f"file.{key}", text, choices)
    _bounded("file.missing", file.missing)
    _bounded("file.contaminants", file.contaminants)
    for key in ("country", "unit", "extraction", "fraction", "method", "laboratory"):
        _bounded(f"file.{key}", (getattr(file, key) or "",), 0)
    for key, number, most in (
        ("moisture_percent", file.moisture_percent, 100.0),
        ("depth_upper_cm", file.depth_upper_cm, 10_000.0),
        ("depth_lower_cm", file.depth_lower_cm, 10_000.0),
        ("accuracy_m", file.accuracy_m, 1e6),
        ("coverage_factor", file.coverage_factor, 100.0),
    ):
        if number is not None and not 0 <= number < most:
            raise invalid(f"file.{key}", f"{number!r} is out of range", f"write 0 to {most:g}")


def _one_of(key: str, text: str, choices: tuple[str, ...]) -> None:
    if text not in choices:
        listed = ", ".join(f'"{choice}"' for choice in choices)
        raise invalid(key, f'"{text}" is not known', f"write one of {listed}")


def _bounded(key: str, texts: abc.Iterable[str], shortest: int = 1) -> None:
    texts = list(texts)
    if len(texts) > 2 * MOST_ENTRIES:
        raise invalid(key, f"it has {len(texts)} entries", f"write at most {MOST_ENTRIES}")
    for text in texts:
        if not shortest <= len(text) <= LONGEST_TEXT:
            length = f"a text has {len(text)} characters"
            raise invalid(key, length, f"write {shortest} to {LONGEST_TEXT}")
