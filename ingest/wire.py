"""What the child that reads a file tells its parent: messages of a kind, a length and a content.

Tables travel in Arrow's format and everything else as JSON, so that the parent never executes
what a process with foreign content says. A column that says the same in all rows of a message, as
most do in files with a row per result, travels once.
"""

import io
import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any, BinaryIO, Literal

import numpy as np
import polars as pl

from ingest.columns import ColumnGuess
from ingest.findings import Counts, Finding, QuarantinedRow
from ingest.records import Reading, Records

Kind = Literal["table", "quarantined", "reading", "preview", "cells", "refused", "failed"]

_KINDS: dict[Kind, bytes] = {
    "table": b"t",
    "quarantined": b"q",
    "reading": b"r",
    "preview": b"p",
    "cells": b"c",
    "refused": b"x",
    "failed": b"f",
}
_NAMES = {sign: kind for kind, sign in _KINDS.items()}
HEAD = struct.Struct(">cQ")
# Rows of a table in one message: what the parent holds at a time.
_SLICE = 100_000
# No longer are the lines before the streams.
_LINES = 4096
_VARIES, _IS_SAME = b"v"[0], b"s"[0]


def send(output: BinaryIO, kind: Kind, *content: bytes | memoryview) -> None:
    """Write one message.

    Parameters
    ----------
    output : binary file
        Where to.
    kind : str
        What the content is.
    *content : bytes or memoryview
        Of any length, one behind the other.
    """
    output.write(HEAD.pack(_KINDS[kind], sum(map(len, content))))
    output.writelines(content)


def read_head(head: bytes | bytearray) -> tuple[Kind, int]:
    """Tell the kind of a message and the length of its content.

    Parameters
    ----------
    head : bytes or bytearray
        As long as `HEAD`.

    Returns
    -------
    kind : str
        What follows.
    length : int
        How many bytes of it.

    Raises
    ------
    ValueError
        If these are no bytes that `send` wrote.

    Examples
    --------
    >>> output = io.BytesIO()
    >>> send(output, "failed", b"why")
    >>> read_head(output.getvalue()[: HEAD.size])
    ('failed', 3)
    """
    sign, length = HEAD.unpack(head)
    if sign not in _NAMES:
        raise ValueError("not a message of the child")
    return _NAMES[sign], length


def send_records(output: BinaryIO, records: Records) -> None:
    """Write the messages of a piece of a file.

    Parameters
    ----------
    output : binary file
        Where to.
    records : Records
        Tables, in slices, and quarantined rows.
    """
    for name, frame in records.tables.items():
        for piece in frame.iter_slices(_SLICE):
            send(output, "table", *_as_content(name, piece))
    if records.quarantined:
        send(output, "quarantined", _as_json([asdict(row) for row in records.quarantined]))


def _as_content(name: str, frame: pl.DataFrame) -> list[bytes | memoryview]:
    """Return a table with one row alone of the columns that say the same in all.

    In lines the name, a sign for each column and the length of the first stream; then a stream of
    the columns that vary, and one of the others.
    """
    # One column travels in full, so that the number of rows does.
    varying = [
        number == 0 or not is_same_in_all(column)
        for number, column in enumerate(frame.get_columns())
    ]
    streams = []
    for wanted, part in ((True, frame), (False, frame.head(1))):
        names = [
            column for column, varies in zip(part.columns, varying, strict=True) if varies is wanted
        ]
        stream = io.BytesIO()
        part.select(names).write_ipc_stream(stream)
        streams.append(stream.getbuffer())
    signs = bytes(_VARIES if varies else _IS_SAME for varies in varying)
    lines = (name.encode(), signs, str(len(streams[0])).encode())
    return [b"\n".join((*lines, b"")), *streams]


def is_same_in_all(column: pl.Series) -> bool:
    """Tell whether all rows of a column say the same.

    Parameters
    ----------
    column : polars.Series
        Of any type.

    Returns
    -------
    bool
        Whether there are rows, and the first one says what all say.

    Examples
    --------
    >>> [is_same_in_all(pl.Series(rows)) for rows in (["a", "a"], [None, None], ["a", None])]
    [True, True, False]
    """
    if not len(column):
        return False
    if column.null_count():
        return column.null_count() == len(column)
    if column.dtype.is_float() and np.unique(np.signbit(column.to_numpy())).size > 1:
        return False  # zeros of both signs are equal, and not the same
    return bool((column == column.new_from_index(0, 1)).all())


def read_table(content: bytes | bytearray) -> Records:
    """Read a message of the kind ``table``.

    Parameters
    ----------
    content : bytes or bytearray
        Its content.

    Returns
    -------
    Records
        One table by its name.
    """
    name, signs, length, _ = bytes(content[:_LINES]).split(b"\n", 3)
    # Megabytes: no copy but the one that the library reads.
    streams = memoryview(content)[len(name) + len(signs) + len(length) + 3 :]
    parts = streams[: int(length)], streams[int(length) :]
    rows, once = (pl.read_ipc_stream(io.BytesIO(part)) for part in parts)
    columns, same = iter(rows.get_columns()), iter(once.get_columns())
    frame = pl.DataFrame(
        [
            next(columns) if sign == _VARIES else next(same).new_from_index(0, rows.height)
            for sign in signs
        ]
    )
    return Records({name.decode(): frame}, ())


def read_quarantined(content: bytes | bytearray) -> Records:
    """Read a message of the kind ``quarantined``.

    Parameters
    ----------
    content : bytes or bytearray
        Its content.

    Returns
    -------
    Records
        Quarantined rows and no table.
    """
    rows = [
        QuarantinedRow(row["row_number"], tuple(row["cells"]), _findings(row["reasons"]))
        for row in json.loads(content)
    ]
    return Records({}, tuple(rows))


def send_reading(output: BinaryIO, reading: Reading) -> None:
    """Write the last message of a reading.

    Parameters
    ----------
    output : binary file
        Where to.
    reading : Reading
        How the file was understood; records of children of the class are not sent.
    """
    told = {name: getattr(reading, name) for name in Reading.__dataclass_fields__}
    send(output, "reading", _as_json(_plain(told)))


def read_reading(content: bytes | bytearray) -> Reading:
    """Read a message of the kind ``reading``.

    Parameters
    ----------
    content : bytes or bytearray
        Its content.

    Returns
    -------
    Reading
        As it was sent.
    """
    told = json.loads(content)
    return Reading(
        header=tuple(told["header"]),
        columns=tuple(ColumnGuess(**column) for column in told["columns"]),
        description=told["description"],
        findings=_findings(told["findings"]),
        finding_counts=told["finding_counts"],
        counts=Counts(**told["counts"]),
    )


def send_cells(output: BinaryIO, cells: Mapping[int, tuple[str, ...]]) -> None:
    """Write the cells of some rows.

    Parameters
    ----------
    output : binary file
        Where to.
    cells : mapping of int to tuple of str
        By row number.
    """
    send(output, "cells", _as_json(list(cells.items())))


def read_cells(content: bytes | bytearray) -> dict[int, tuple[str, ...]]:
    """Read a message of the kind ``cells``.

    Parameters
    ----------
    content : bytes or bytearray
        Its content.

    Returns
    -------
    dict of int to tuple of str
        By row number.
    """
    return {row: tuple(cells) for row, cells in json.loads(content)}


def send_json(output: BinaryIO, kind: Kind, thing: Any) -> None:
    """Write a message whose content is JSON.

    Parameters
    ----------
    output : binary file
        Where to.
    kind : str
        What it is.
    thing : object
        Dataclasses, dictionaries, lists, texts, numbers, dates.
    """
    send(output, kind, _as_json(_plain(thing)))


def _findings(told: list[dict[str, Any]]) -> tuple[Finding, ...]:
    return tuple(Finding(**finding) for finding in told)


def _as_json(thing: Any) -> bytes:
    return json.dumps(thing, ensure_ascii=True, allow_nan=False, default=_shown).encode("ascii")


def _shown(thing: Any) -> str:
    if isinstance(thing, date):
        return thing.isoformat()
    raise TypeError(f"{type(thing).__name__} is not sent")


def _plain(thing: Any) -> Any:
    if hasattr(thing, "__dataclass_fields__"):
        return _plain({name: getattr(thing, name) for name in thing.__dataclass_fields__})
    if isinstance(thing, Mapping):
        return {key: _plain(value) for key, value in thing.items()}
    if isinstance(thing, (list, tuple, Iterator)):
        return [_plain(value) for value in thing]
    return thing
