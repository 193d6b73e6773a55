"""The rows of a file before they are read: rows left out, gaps filled, codes of absence emptied."""

from collections.abc import Sequence

import polars as pl

from ingest.findings import FindingLog
from ingest.mapping.model import Mapping
from ingest.mapping.recognition import place_columns
from ingest.readers.contract import ROW, cell_column
from ingest.rows import report


class RowRules:
    """What a mapping says of rows and cells, settled for the columns of one file.

    Parameters
    ----------
    header : sequence of str
        The names of the file's columns.
    mapping : Mapping
        How the file is understood.
    prefix : str
        What the file's names begin with besides.

    Examples
    --------
    >>> from ingest.mapping.model import RowRule
    >>> mapping = Mapping("own", skip=(RowRule("type", ("blank",), "a blank"),))
    >>> frame = pl.DataFrame({"row_number": [2, 3], "c0": ["Blank", "soil"]})
    >>> kept, skipped = RowRules(["Type"], mapping).apply(frame)
    >>> kept.rows(), skipped.rows()
    ([(3, 'soil')], [(2, 'a blank')])
    """

    def __init__(self, header: Sequence[str], mapping: Mapping, prefix: str = "") -> None:
        self._header = header
        self._prefix = prefix
        self._rules = [
            (index, rule, is_kept)
            for rules, is_kept in ((mapping.keep, True), (mapping.skip, False))
            for rule in rules
            if (index := self._place(rule.column)) is not None
        ]
        self._missing = self._codes(mapping)
        self._gaps = self._same_meaning(mapping)

    @property
    def fillers(self) -> dict[int, int]:
        """Columns (by number) that only fill the gaps of another one of the same meaning."""
        return {other: first for first, others in self._gaps.items() for other in others}

    def apply(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Prepare some rows.

        Parameters
        ----------
        frame : polars.DataFrame
            Trimmed rows.

        Returns
        -------
        kept : polars.DataFrame
            The rows to read.
        skipped : polars.DataFrame
            ``row_number`` and ``reason`` of the others.
        """
        skipped = []
        for index, rule, is_kept in self._rules:
            values = [value.casefold().strip() for value in rule.values]
            is_named = frame[cell_column(index)].str.to_lowercase().is_in(values)
            left_out = ~is_named if is_kept else is_named
            if left_out.any():
                reason = pl.lit(rule.reason).alias("reason")
                skipped.append(frame.filter(left_out).select(ROW, reason))
                frame = frame.filter(~left_out)
        empty = pl.DataFrame(schema={ROW: pl.Int64, "reason": pl.String})
        return self._filled(frame), pl.concat([empty, *skipped])

    def clean(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Empty the codes of absence and fill gaps, without leaving rows out.

        Parameters
        ----------
        frame : polars.DataFrame
            Trimmed rows.

        Returns
        -------
        polars.DataFrame
            The same rows.
        """
        return self._filled(frame)

    def _filled(self, frame: pl.DataFrame) -> pl.DataFrame:
        frame = frame.with_columns(
            pl.when(pl.col(name).is_in(codes)).then(pl.lit("")).otherwise(pl.col(name)).alias(name)
            for name, codes in self._missing.items()
        )
        return frame.with_columns(
            _joined(names) if first in self._replicates else _first_filled(names)
            for first, others in self._gaps.items()
            for names in [[cell_column(index) for index in (first, *others)]]
        )

    def _place(self, column: str) -> int | None:
        return place_columns(self._header, [column], self._prefix)[column]

    def _codes(self, mapping: Mapping) -> dict[str, list[str]]:
        everywhere = list(mapping.file.missing)
        codes = {cell_column(index): everywhere for index in range(len(self._header)) if everywhere}
        for column, own in mapping.missing.items():
            index = self._place(column)
            if index is not None:
                codes[cell_column(index)] = [*everywhere, *own]
        return codes

    def _same_meaning(self, mapping: Mapping) -> dict[int, list[int]]:
        groups: dict[str, list[int]] = {}
        for column, meaning in mapping.columns.items():
            index = self._place(column)
            if index is not None and meaning != "unused" and not meaning.startswith("contaminant"):
                groups.setdefault(meaning, []).append(index)
        self._replicates = frozenset(groups.get("replicate", [])[:1])
        return {first: others for first, *others in groups.values() if others}


def report_skipped(skipped: pl.DataFrame, log: FindingLog) -> None:
    """Say why rows were left out.

    Parameters
    ----------
    skipped : polars.DataFrame
        ``row_number`` and ``reason``, as `RowRules.apply` gives them.
    log : FindingLog
        Where the notes go.
    """
    for part in skipped.partition_by("reason", maintain_order=True):
        report(log, "row_filtered", part[ROW], None, reason=part["reason"][0])


def _joined(names: list[str]) -> pl.Expr:
    """Tell replicates apart by all their columns: field duplicate 1, laboratory replicate 2."""
    filled = [pl.when(pl.col(name) != "").then(pl.col(name)) for name in names]
    return pl.concat_str(filled, separator="-", ignore_nulls=True).alias(names[0])


def _first_filled(names: list[str]) -> pl.Expr:
    filled = [pl.when(pl.col(name) != "").then(pl.col(name)) for name in names]
    return pl.coalesce(*filled, pl.lit("")).alias(names[0])
