"""The GloSIS template v6: its sheets, and the units and procedures of its properties."""

import re
from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from ingest.contaminants import ContaminantIndex
from ingest.errors import IngestError
from ingest.findings import finding
from ingest.mapping.model import Mapping
from ingest.mapping.recognition import column_key, place_columns
from ingest.readers.contract import Table, cell_column
from ingest.readers.document import Document
from ingest.vocabulary import sample_words

NAME = "glosis-v6"
_ORIGINAL = "Original Data"
_PROCEDURES = "Procedures"
_COLUMNS = (
    "soil_property",
    "property_phys_chem_id",
    "procedure_phys_chem_id",
    "unit_of_measure_id",
)
_PLACES = ({"longitude", "latitude"}, {"easting", "northing"})
_PARTS = (
    ("total", re.compile(r"tot(al)?$", re.IGNORECASE)),
    ("extractable", re.compile(r"ext(r\w*)?$", re.IGNORECASE)),
)
_NO_BRACKETS = str.maketrans({"(": "", ")": "", "[": "", "]": ""})


def original_data(document: Document) -> Table | None:
    """Open the sheet with the laboratory's own table, where it can be read by itself.

    Parameters
    ----------
    document : Document
        The workbook.

    Returns
    -------
    Table or None
        The sheet; None where it is missing, blank, or has no columns of coordinates. What was
        made from it has lost detection limits and rounded small contents to zero.
    """
    if all(entry.name != _ORIGINAL for entry in document.tables):
        return None
    try:
        table = document.open(_ORIGINAL)
    except IngestError:
        return None  # a blank sheet is part of the template
    words = sample_words()
    meanings = {words.get(column_key(name), ("", 0.0))[0] for name in table.header}
    has_rows = any(block.frame.height for block in table.blocks())
    if not has_rows or not any(pair <= meanings for pair in _PLACES):
        return None
    table.findings = (*table.findings, finding("glosis_original_read"))
    return table


def with_procedures(
    mapping: Mapping, document: Document, header: Sequence[str], contaminants: ContaminantIndex
) -> Mapping:
    """Say by the sheet Procedures what the columns of Specimen Data hold.

    Parameters
    ----------
    mapping : Mapping
        The format.
    document : Document
        The workbook.
    header : sequence of str
        The columns of the specimens.
    contaminants : ContaminantIndex
        Known contaminants.

    Returns
    -------
    Mapping
        The format with a meaning for each column of a contaminant: its unit, and whether the
        property is total or extractable together with the procedure as its extraction, so that
        what was measured otherwise is never pooled.
    """
    if all(entry.name != _PROCEDURES for entry in document.tables):
        return mapping
    columns = dict(mapping.columns)
    for name, identifier, procedure, unit in _procedures(document.open(_PROCEDURES)):
        index = place_columns(header, [name])[name] if name else None
        code, part = _contaminant(name, identifier, contaminants)
        if index is None or code is None:
            continue
        how = ", ".join(filter(None, (part, procedure.translate(_NO_BRACKETS))))
        meaning = f"contaminant:{code}"
        meaning += f" [{unit}]" if unit else ""
        columns[header[index]] = meaning + (f" ({how})" if how else "")
    return replace(mapping, columns=columns)


def _procedures(table: Table) -> list[tuple[str, str, str, str]]:
    placed = place_columns(table.header, _COLUMNS)
    names = [None if placed[name] is None else cell_column(placed[name] or 0) for name in _COLUMNS]
    cells = [
        pl.lit("").alias(column) if name is None else pl.col(name).str.strip_chars().alias(column)
        for name, column in zip(names, _COLUMNS, strict=True)
    ]
    return [row for block in table.blocks() for row in block.frame.select(cells).rows()]


def _contaminant(
    name: str, identifier: str, contaminants: ContaminantIndex
) -> tuple[str | None, str]:
    """Find a property among the contaminants, and whether it is total or extractable."""
    for text in (name, re.sub(r"(?i)property$", "", identifier)):
        for part, ending in (("", None), *_PARTS):
            stem = text if ending is None else ending.sub("", text).strip(" _-")
            found = contaminants.find(stem) if stem else None
            if found is not None:
                return found[0].code, part
    return None, ""
