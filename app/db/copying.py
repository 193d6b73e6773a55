"""Numbers out of the database in its binary form: no row is a thing of its own."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Double, LargeBinary, Select, cast, func, literal, select
from sqlalchemy.orm import Session

# Into so many values the rows go, because one may not be larger than a gigabyte.
_CHUNKS = 64


def read_numbers(
    session: Session, statement: Select[Any], spread_by: Any
) -> list[NDArray[np.float64]]:
    """Return the columns of a statement, each a number in every row (none is null).

    `spread_by` is a whole number of a row, by which rows are put together.
    """
    columns = [cast(column, Double) for column in statement.selected_columns]
    packed: Any = func.float8send(columns[0], type_=LargeBinary)
    for column in columns[1:]:
        packed = packed.concat(func.float8send(column, type_=LargeBinary))
    rows = statement.with_only_columns(
        packed.label("packed"), (spread_by % _CHUNKS).label("chunk"), maintain_column_froms=True
    ).subquery("rows")
    nothing = literal(b"", LargeBinary)
    packs = select(func.string_agg(rows.c.packed, nothing)).group_by(rows.c.chunk)
    parts = [
        np.frombuffer(pack, ">f8").reshape(-1, len(columns)).T.astype(np.float64)
        for pack in _copied(session, packs)
    ]
    return list(np.concatenate([np.empty((len(columns), 0)), *parts], axis=1))


def _copied(session: Session, statement: Select[Any]) -> Iterator[bytes]:
    """Yield the bytes that a statement's only column holds, row by row.

    A usual answer is text of twice the size, and stays in memory whole until its last row is read.
    """
    connection = session.connection()
    compiled = statement.compile(
        dialect=connection.dialect, compile_kwargs={"render_postcompile": True}
    )
    driver: Any = connection.connection.driver_connection
    command = f"COPY ({compiled}) TO STDOUT (FORMAT binary)"
    with driver.cursor() as cursor, cursor.copy(command, compiled.params) as copy:
        copy.set_types(["bytea"])
        for (content,) in copy.rows():
            yield content
