"""Tables of one file that belong together: their columns put beside the rows of the first."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import polars as pl

from ingest.findings import refusal
from ingest.mapping.model import Join
from ingest.mapping.recognition import place_columns
from ingest.readers.contract import ROW, Block, Table, cell_column


class JoinedTable:
    """A table whose rows are completed by another one of the same file.

    Parameters
    ----------
    main : Table
        The rows to read; their numbers stay.
    other : Table
        The table that completes them; it is held in memory.
    join : Join
        The columns both have, by which a row finds its other half.

    Raises
    ------
    IngestError
        If one of the tables lacks the columns, or the other one names a row twice.
    """

    def __init__(self, main: Table, other: Table, join: Join) -> None:
        self._main = main
        self._left = _keys(main, join)
        right = _keys(other, join)
        known = {name.strip().casefold() for name in main.header}
        added = [
            index
            for index, name in enumerate(other.header)
            if index not in right and name.strip().casefold() not in known
        ]
        self._names = [cell_column(len(main.header) + number) for number in range(len(added))]
        self._other = _lookup(other, right, dict(zip(added, self._names, strict=True)), join)
        self.name = main.name
        self.header = (*main.header, *(other.header[index] for index in added))
        self.units = _units(main, other, added)
        self.epsg = main.epsg if main.epsg is not None else other.epsg
        self.geometry_columns = main.geometry_columns
        self.preamble = main.preamble
        self.description = main.description | {f"joined {other.name}": ", ".join(join.on)}
        self.findings = (*main.findings, *other.findings)

    def blocks(self) -> Iterator[Block]:
        """Read the rows from the first one on.

        Yields
        ------
        Block
            Rows with the cells of their other half, empty where there is none.
        """
        for block in self._main.blocks():
            keyed = block.frame.with_columns(
                pl.col(cell_column(index)).str.strip_chars().alias(f"key{number}")
                for number, index in enumerate(self._left)
            )
            keys = [f"key{number}" for number in range(len(self._left))]
            joined = keyed.join(self._other, on=keys, how="left", maintain_order="left")
            frame = joined.drop(keys).with_columns(
                pl.col(name).fill_null("") for name in self._names
            )
            yield replace(block, frame=frame)


def _keys(table: Table, join: Join) -> list[int]:
    placed = place_columns(table.header, join.on)
    found = [index for index in placed.values() if index is not None]
    if len(found) < len(join.on):
        raise refusal("join_columns_missing", table=table.name, columns=", ".join(join.on))
    return found


def _lookup(table: Table, keys: Sequence[int], columns: dict[int, str], join: Join) -> pl.DataFrame:
    """Read a whole table as cells by key; blank keys find nothing."""
    frames = [
        block.frame.select(
            ROW,
            *(
                pl.col(cell_column(index)).str.strip_chars().alias(f"key{number}")
                for number, index in enumerate(keys)
            ),
            *(pl.col(cell_column(index)).alias(name) for index, name in columns.items()),
        )
        for block in table.blocks()
    ]
    names = [f"key{number}" for number in range(len(keys))]
    if not frames:
        return pl.DataFrame(schema=dict.fromkeys([*names, *columns.values()], pl.String))
    whole = pl.concat(frames).filter(pl.any_horizontal(pl.col(name) != "" for name in names))
    distinct = whole.drop(ROW).unique(maintain_order=True)
    is_repeated = distinct.select(names).is_duplicated()
    if is_repeated.any():
        text = ", ".join(distinct.filter(is_repeated).select(names).row(0))
        raise refusal("join_not_unique", table=table.name, text=text, columns=", ".join(join.on))
    return distinct


def _units(main: Table, other: Table, added: Sequence[int]) -> tuple[str | None, ...] | None:
    if main.units is None and other.units is None:
        return None
    own = main.units or (None,) * len(main.header)
    return (*own, *(other.units[index] if other.units else None for index in added))
