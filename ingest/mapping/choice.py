"""Which mapping a file is read by: the one stated, else the best that fits, else none."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from ingest.columns import FILLER, Stated, stated_columns
from ingest.findings import Finding, finding, refusal
from ingest.formats import known_formats
from ingest.mapping.model import Kind, Mapping, Statements
from ingest.mapping.recognition import Match, place_columns, recognise
from ingest.mapping.rows import RowRules
from ingest.options import ImportOptions

# what the user says of a file wins over what is known of its kind
_OPTIONS = frozenset(option.name for option in fields(ImportOptions)) & frozenset(
    statement.name for statement in fields(Statements)
)
_NONE = Mapping("none")


@dataclass(frozen=True, slots=True)
class Choice:
    """How one file is read.

    Attributes
    ----------
    mapping : Mapping
        The mapping; the empty one named ``none`` where nothing fits.
    file : Statements
        Its statements, with those of the user over them.
    stated : Stated
        What its columns mean.
    rules : RowRules
        What is done with rows before they are read.
    findings : tuple of Finding
        What to tell of the choice.
    """

    mapping: Mapping
    file: Statements
    stated: Stated
    rules: RowRules
    findings: tuple[Finding, ...]


def choose_mapping(header: Sequence[str], options: ImportOptions, kind: Kind) -> Choice:
    """Choose the mapping of a file by its columns.

    Parameters
    ----------
    header : sequence of str
        The names of the columns.
    options : ImportOptions
        Statements of the user: a mapping, the name of a format, single columns.
    kind : {"samples", "sources", "aggregates"}
        What the rows are about.

    Returns
    -------
    Choice
        The mapping and all that follows from it.

    Raises
    ------
    IngestError
        If the format named is not known or is about something else, or a column named is not
        in the file.
    """
    match = _stated_match(options, kind) or _recognised(header, options, kind)
    findings = []
    if match is None:
        match = Match(_NONE, 0.0, "")
    elif options.mapping is None:
        title = match.mapping.title or match.mapping.name
        findings.append(finding("format_recognised", name=title, reason=match.reason))
    mapping = match.mapping
    if mapping.file.limits == "unknown":
        findings.append(finding("limits_unknown", name=mapping.title or mapping.name))
    rules = RowRules(header, mapping, match.prefix)
    meanings = _placed(header, mapping, match.prefix, rules)
    own = stated_columns(header, options.columns or {})
    title = mapping.title or mapping.name
    reason = "stated by the user" if options.mapping else f"as in {title}"
    others = f"no part of {title}" if mapping.others == "unused" else None
    return Choice(
        mapping,
        _stated_over(mapping.file, options),
        Stated(meanings | own, reason if meanings else "stated by the user", others),
        rules,
        tuple(findings),
    )


def _stated_match(options: ImportOptions, kind: Kind) -> Match | None:
    if options.mapping is not None:
        mapping = options.mapping
    elif options.format is not None:
        known = {mapping.name: mapping for mapping in (*known_formats(), *options.saved)}
        if options.format not in known:
            fitting = sorted(name for name, one in known.items() if one.kind == kind)
            expected = f"one of {', '.join(fitting)}"
            raise refusal("option_invalid", option="format", text=options.format, expected=expected)
        mapping = known[options.format]
    else:
        return None
    if mapping.kind != kind:
        raise refusal("format_of_other_kind", name=mapping.name, kind=mapping.kind, wanted=kind)
    return Match(mapping, 1.0, "it was named")


def _recognised(header: Sequence[str], options: ImportOptions, kind: Kind) -> Match | None:
    for candidates in (options.saved, known_formats()):
        matches = recognise(header, [known for known in candidates if known.kind == kind])
        if matches:
            return matches[0]
    return None


def _placed(
    header: Sequence[str], mapping: Mapping, prefix: str, rules: RowRules
) -> dict[int, str]:
    placed = place_columns(header, mapping.columns, prefix)
    meanings = {index: mapping.columns[name] for name, index in placed.items() if index is not None}
    return meanings | dict.fromkeys(rules.fillers, FILLER)


def _stated_over(file: Statements, options: ImportOptions) -> Statements:
    said = {
        name: value for name in sorted(_OPTIONS) if (value := getattr(options, name)) is not None
    }
    return replace(file, **said)
