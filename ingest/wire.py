"""What the child that reads a file tells its parent: messages of a kind, a length and a content.

Tables travel in Arrow's format and everything else as JSON, so that the parent never executes
what a process with foreign content says.
"""

import io
import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any, BinaryIO, Literal

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


def send(output: BinaryIO, kind: Kind, content: bytes) -> None:
    """Write one message.

    Parameters
    ----------
    output : binary file
        Where to.
    kind : str
        What the content is.
    content : bytes
        Any length.
    """
    output.write(HEAD.pack(_KINDS[kind], len(content)))
    output.write(content)


def read_head(head: bytes) -> tuple[Kind, int]:
    """Tell the kind of a message and the length of its content.

    Parameters
    ----------
    head : bytes
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
            content = io.BytesIO()
            content.write(name.encode() + b"\n")
            piece.write_ipc_stream(content)
            send(output, "table", content.getvalue())
    if records.quarantined:
        send(output, "quarantined", _as_json([asdict(row) for row in records.quarantined]))


def read_table(content: bytes) -> Records:
    """Read a message of the kind ``table``.

    Parameters
    ----------
    content : bytes
        Its content.

    Returns
    -------
    Records
        One table by its name.
    """
    name, _, stream = content.partition(b"\n")
    return Records({name.decode(): pl.read_ipc_stream(io.BytesIO(stream))}, ())


def read_quarantined(content: bytes) -> Records:
    """Read a message of the kind ``quarantined``.

    Parameters
    ----------
    content : bytes
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


def read_reading(content: bytes) -> Reading:
    """Read a message of the kind ``reading``.

    Parameters
    ----------
    content : bytes
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


def read_cells(content: bytes) -> dict[int, tuple[str, ...]]:
    """Read a message of the kind ``cells``.

    Parameters
    ----------
    content : bytes
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
