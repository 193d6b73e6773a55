"""A mapping made of what was understood of one file, so that the next one finds it again."""

from collections.abc import Sequence
from dataclasses import replace

from ingest.columns import CONTAMINANT, FILLER, SPREAD, ColumnGuess
from ingest.mapping.model import LONGEST_TEXT, Kind, Layout, Mapping


def mapping_of(
    name: str,
    columns: Sequence[ColumnGuess],
    kind: Kind,
    layout: Layout | None = None,
    base: Mapping | None = None,
) -> Mapping:
    """Make a mapping of what the columns of a file were taken for.

    Parameters
    ----------
    name : str
        Its name.
    columns : sequence of ColumnGuess
        All columns of the file, as a preview shows them, with what the user changed.
    kind : {"samples", "sources", "aggregates"}
        What the rows are about.
    layout : {"wide", "long"} or None
        The layout that was found.
    base : Mapping, optional
        The mapping the file was read by: statements, flags and rules are kept from it.

    Returns
    -------
    Mapping
        A file with exactly these columns finds it, and is read the same way.

    Raises
    ------
    IngestError
        If the name cannot be one.

    Examples
    --------
    >>> lead = ColumnGuess(0, "Pb", "contaminant", 0.9, "symbol", "pb", "ppm", "aqua regia")
    >>> mapping_of("own", [lead], "samples").columns
    {'Pb': 'contaminant:pb [ppm] (aqua regia)'}
    """
    named = [
        guess for guess in columns if guess.column.strip() and len(guess.column) <= LONGEST_TEXT
    ]
    # what only fills gaps keeps the meaning that the mapping gives it
    meanings = {guess.column: _meaning(guess) for guess in named if guess.meaning != FILLER}
    kept = base if base is not None else Mapping(name)
    return replace(
        kept,
        name=name,
        title=kept.title if base is None else f"{kept.title or kept.name}, as {name}",
        kind=kind,
        layout=layout or kept.layout,
        # the columns of a joined table are not in the header by which the next file is known
        required=kept.required if kept.joins else tuple(guess.column for guess in named),
        prefixes=(),
        columns={**meanings, **_fillers(named, kept)},
    )


def _meaning(guess: ColumnGuess) -> str:
    if guess.meaning not in {CONTAMINANT, SPREAD}:
        return guess.meaning
    kind = "contaminant" if guess.meaning == CONTAMINANT else "uncertainty"
    unit = f" [{guess.unit}]" if guess.unit else ""
    extraction = f" ({guess.extraction})" if guess.extraction else ""
    factor = "" if guess.coverage_factor is None else f" k={guess.coverage_factor:g}"
    return f"{kind}:{guess.contaminant}{unit}{extraction}{factor}"


def _fillers(columns: Sequence[ColumnGuess], base: Mapping) -> dict[str, str]:
    return {
        guess.column: base.columns[guess.column]
        for guess in columns
        if guess.meaning == FILLER and guess.column in base.columns
    }
