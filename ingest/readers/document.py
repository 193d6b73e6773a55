"""Opens a file whatever it is: unwraps it, lists its tables, and opens the one that is wanted."""

import re
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from ingest.errors import IngestError
from ingest.findings import Finding, finding, refusal
from ingest.folding import squeeze
from ingest.options import ImportOptions, Limits
from ingest.readers.content import (
    BytesContent,
    FileContent,
    GzipContent,
    MemberContent,
    members_of,
    whole,
)
from ingest.readers.contract import ROW, Content, Table, TableEntry
from ingest.readers.registry import READERS
from ingest.readers.sniffing import describe, sniff
from ingest.readers.vector import shapefile_entry, shapefile_sets

_JUNK = ("__macosx/", "thumbs.db", "desktop.ini", ".ds_store")
_NAMED = 20
_SCORED_ROWS = 200
# names that hardly stand in anything but a table of places
_PLACE_WORDS = frozenset({"latitude", "longitude", "lat", "lon", "long", "easting", "northing"})


class Document:
    """A file and the tables in it.

    Parameters
    ----------
    entries : sequence of TableEntry
        Its tables.
    options : ImportOptions
        Statements of the user: the table that is wanted, and the row of its header.
    container : {"gzip", "zip"} or None
        What the tables were packed in.
    findings : sequence of Finding
        What was found while unpacking.
    """

    def __init__(
        self,
        entries: Sequence[TableEntry],
        options: ImportOptions,
        container: str | None = None,
        findings: Sequence[Finding] = (),
    ) -> None:
        self.tables = tuple(entries)
        self.findings = tuple(findings)
        self.container = container
        self._stated = options.sheet
        self._header_row = options.header_row

    def open(self, name: str | None = None) -> Table:
        """Open a table.

        Parameters
        ----------
        name : str, optional
            Its name; the one stated by the user by default, else the one most like data.

        Returns
        -------
        Table
            The open table, with the findings on the file.

        Raises
        ------
        IngestError
            If there is no such table, it cannot be read, or its header is not where it is stated.
        """
        wanted = self._stated if name is None else name
        if wanted is not None:
            table = self._find(wanted).open()
        elif len(self.tables) == 1:
            table = self.tables[0].open()
        else:
            table = self._choose()
        if self._header_row is not None and "header_row" not in table.description:
            reason = f"{table.description['format']} has no row of names"
            raise refusal("header_row_missing", number=self._header_row, reason=reason)
        table.findings = (*self.findings, *table.findings)
        if self.container is not None:
            table.description["container"] = self.container
            if not table.description.keys() & {"sheet", "layer"}:
                table.description["member"] = table.name
        return table

    def _find(self, name: str) -> TableEntry:
        for entry in self.tables:
            if entry.name == name:
                return entry
        alike = [entry for entry in self.tables if squeeze(entry.name) == squeeze(name)]
        if len(alike) == 1:
            return alike[0]
        raise refusal("table_unknown", text=name, tables=_names(self.tables))

    def _choose(self) -> Table:
        """Open the table that looks most like data, and say which others there are."""
        best: tuple[tuple[int, int], Table] | None = None
        faults: list[IngestError] = []
        for entry in [entry for entry in self.tables if not entry.is_hidden] or self.tables:
            try:
                table = entry.open()
                score = _likeness(table)
            except IngestError as error:
                faults.append(error)
                continue
            if best is None or score > best[0]:
                best = score, table
        if best is None:
            raise faults[0]
        table = best[1]
        others = [entry for entry in self.tables if entry.name != table.name]
        choice = finding("table_chosen", text=table.name, tables=_names(others))
        table.findings = (choice, *table.findings)
        return table


def open_document(path: Path, options: ImportOptions, limits: Limits) -> Document:
    """Open a file by its content, never by its name.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    options : ImportOptions
        Statements of the user; `sheet` names the table to be read, `header_row` its header.
    limits : Limits
        Bounds of the reading.

    Returns
    -------
    Document
        The file's tables.

    Raises
    ------
    IngestError
        If the file cannot be opened, is empty, or holds no table this package reads.
    """
    content: Content = FileContent(path)
    kind = kind_of(content, limits)
    container = None
    if kind == "gzip":
        container = kind
        content, kind = _unpacked(GzipContent(content, limits), limits)
    if kind == "zip":
        return _open_archive(content, options, limits)
    reader = READERS.get(kind)
    if reader is None:
        raise refusal("content_not_table", found=describe(kind))
    return Document(reader(content, options, limits), options, container)


def kind_of(content: Content, limits: Limits) -> str:
    """Tell what bytes are; zip archives are told apart by what is in them.

    Parameters
    ----------
    content : Content
        The bytes.
    limits : Limits
        Bounds on archives.

    Returns
    -------
    str
        A kind of `ingest.readers.sniffing`.

    Raises
    ------
    IngestError
        If there are no bytes, or the archive is refused.
    """
    with content.open() as stream:
        kind = sniff(stream)
    return _kind_of_zip(content, limits) if kind == "zip" else kind


def _unpacked(content: Content, limits: Limits) -> tuple[Content, str]:
    """Tell what unpacked bytes are; those that must be sought in come into the memory."""
    with content.open() as stream:
        kind = sniff(stream)
    if kind == "zip":
        content = BytesContent(whole(content, limits), content.name)
        kind = _kind_of_zip(content, limits)
    if kind in {"gzip", "zip"}:
        raise refusal("archive_nested")
    return content, kind


def _kind_of_zip(content: Content, limits: Limits) -> str:
    names = {member.name for member in members_of(content, limits)}
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "xl/workbook.bin" in names:
        return "xlsb"
    if "content.xml" in names and "mimetype" in names:
        return "ods"
    return "zip"


def _open_archive(content: Content, options: ImportOptions, limits: Limits) -> Document:
    members = [member for member in members_of(content, limits) if not _is_junk(member.name)]
    entries: list[TableEntry] = []
    ignored: list[str] = []
    fault: IngestError | None = None
    sets = shapefile_sets(members)
    parts = {part.name for found in sets.values() for part in found.values()}
    entries.extend(
        shapefile_entry(stem, found, options, limits) for stem, found in sorted(sets.items())
    )
    for member in (member for member in members if member.name not in parts):
        try:
            entries.extend(_entries_of(member, options, limits))
        except IngestError as error:
            fault = fault or error
            ignored.append(member.name)
    if not entries:
        if len(members) == 1 and fault is not None:
            raise fault
        raise refusal("archive_without_table")
    findings = []
    if ignored:
        names = ", ".join(ignored[:_NAMED])
        findings.append(finding("archive_members_ignored", text=names, number=len(ignored)))
    return Document(entries, options, "zip", findings)


def _entries_of(member: MemberContent, options: ImportOptions, limits: Limits) -> list[TableEntry]:
    content, kind = _unpacked(member, limits)
    reader = READERS.get(kind)
    if reader is None:
        raise refusal("content_not_table", found=describe(kind))
    return [_within(member.name, entry) for entry in reader(content, options, limits)]


def _within(member: str, entry: TableEntry) -> TableEntry:
    """Name a table of an archive by its member as well."""
    name = f"{member}: {entry.name}" if entry.name else member

    def open_named() -> Table:
        table = entry.open()
        table.name = name
        return table

    return TableEntry(name, open_named, entry.rows, entry.is_hidden)


def _is_junk(name: str) -> bool:
    folded = name.lower()
    last = folded.rpartition("/")[2]
    return folded.startswith(_JUNK) or last.startswith(("._", "~$")) or last in _JUNK


def _names(entries: Sequence[TableEntry]) -> str:
    shown = [f"{entry.name} (hidden)" if entry.is_hidden else entry.name for entry in entries]
    more = "" if len(shown) <= _NAMED else f" and {len(shown) - _NAMED} more"
    return ", ".join(shown[:_NAMED]) + more


def _likeness(table: Table) -> tuple[int, int]:
    """Judge how much a table looks like data: coordinates first, then numbers."""
    words = {word for name in table.header for word in re.split(r"[\W_]+", name.lower())}
    first = next(iter(table.blocks()), None)
    if first is None or len(table.header) < 2:
        return 0, 0
    cells = first.frame.head(_SCORED_ROWS).drop(ROW)
    numbers = cells.select(pl.all().str.contains(r"^\s*[<>]?[-+]?[0-9.,]+\s*$").sum())
    has_places = bool(words & _PLACE_WORDS) or bool(table.geometry_columns)
    return int(has_places), sum(numbers.row(0)) if numbers.width else 0
