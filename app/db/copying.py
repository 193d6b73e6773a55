"""What a statement finds, copied out of the database: no row is a thing of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np
import psycopg
from numpy.typing import NDArray
from sqlalchemy import Double, LargeBinary, Select, cast, func, literal, select
from sqlalchemy.orm import Session

# Into so many values the rows go, because one may not be larger than a gigabyte.
_CHUNKS = 64


@contextmanager
def copying_out(
    session: Session, statement: Select[Any], form: Literal["binary", "csv"]
) -> Iterator[psycopg.Copy]:
    """Give the rows of a statement as they are copied out; whoever leaves early stops it.

    A usual answer stays in memory whole until its last row is read.
    """
    connection = session.connection()
    dialect = connection.dialect
    compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    told = compiled.params
    for name, bound in getattr(compiled, "binds", {}).items():
        # What the driver takes may be written otherwise than what the statement holds.
        process = bound.type.dialect_impl(dialect).bind_processor(dialect)
        if process is not None and name in told:
            told[name] = process(told[name])
    # Signs of percent are doubled for the driver, which looks at them only where it fills in.
    command = str(compiled) if told else str(compiled).replace("%%", "%")
    driver: Any = connection.connection.driver_connection
    with (
        driver.cursor() as cursor,
        cursor.copy(f"COPY ({command}) TO STDOUT (FORMAT {form})", told or None) as copy,
    ):
        yield copy


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

    A usual answer is text of twice the size.
    """
    with copying_out(session, statement, "binary") as copy:
        copy.set_types(["bytea"])
        for (content,) in copy.rows():
            yield content
