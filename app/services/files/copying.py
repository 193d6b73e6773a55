"""Rows copied out of the database as CSV, in large pieces."""

import io
from collections.abc import Generator, Iterator
from typing import Any

from psycopg import pq
from psycopg.errors import error_from_result
from sqlalchemy import Select
from sqlalchemy.orm import Session

_PIECE_BYTES = 1024 * 1024


def copied(session: Session, statement: Select[Any]) -> Iterator[bytes]:
    """Yield the rows of a statement as CSV; whoever stops early ends it."""
    connection = session.connection()
    dialect = connection.dialect
    compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    told = compiled.params
    for name, bound in getattr(compiled, "binds", {}).items():
        # What the driver takes may be written otherwise than what the statement holds.
        process = bound.type.dialect_impl(dialect).bind_processor(dialect)
        if process is not None and name in told:
            told[name] = process(told[name])
    driver: Any = connection.connection.driver_connection
    copy = f"COPY ({compiled}) TO STDOUT (FORMAT csv)"
    with driver.cursor() as cursor, cursor.copy(copy, told or None) as rows:
        # The driver's own loop takes three times as long for a row: it waits for each as if it
        # had not come yet.
        while row := rows.read():
            parts, length = [bytes(row)], len(row)
            for more in _at_hand(driver.pgconn):
                parts.append(more)
                length += len(more)
                if length >= _PIECE_BYTES:
                    yield b"".join(parts)
                    parts, length = [], 0
            yield b"".join(parts)
            if driver.pgconn.transaction_status != pq.TransactionStatus.ACTIVE:
                return


def _at_hand(connection: pq.abc.PGconn) -> Generator[bytes, None, None]:
    """Yield rows that have come already; behind the last of all stands how the statement ended."""
    while True:
        length, row = connection.get_copy_data(1)
        if length > 0:
            yield bytes(row)
        elif length == 0:
            return
        else:
            break
    while (result := connection.get_result()) is not None:
        if result.status != pq.ExecStatus.COMMAND_OK:
            raise error_from_result(result)


class PieceFile(io.RawIOBase):
    """Pieces as a file to be read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = next(pieces, b"")
        self.is_empty = not self._rest

    def readable(self) -> bool:
        """Say so."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return so many bytes, or what is left."""
        parts, length = [self._rest], len(self._rest)
        while size < 0 or length < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            parts.append(piece)
            length += len(piece)
        whole = b"".join(parts)
        end = len(whole) if size < 0 else size
        self._rest = whole[end:]
        return whole[:end]
