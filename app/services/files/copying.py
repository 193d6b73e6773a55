"""Rows copied out of the database as CSV, in large pieces, while earlier ones are worked on."""

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import psycopg
from psycopg import pq
from psycopg.errors import error_from_result
from sqlalchemy import Select
from sqlalchemy.orm import Session

from app.db.copying import copying_out
from app.db.session import stopper

Found = TypeVar("Found")
# Larger ones are worked on no faster, and a file takes some twenty times as much memory.
_PIECE_BYTES = 384 * 1024


def copied(session: Session, statement: Select[Any]) -> Generator[bytearray, None, None]:
    """Yield the rows of a statement as CSV, whole rows each; whoever stops early ends it."""
    return ahead(_pieces(session, statement), stopper(session))


def ahead(
    found: Generator[Found, None, None], stop: Callable[[], None]
) -> Generator[Found, None, None]:
    """Yield what a statement gives; the next one is made ready while its reader works on one.

    Nothing else may be asked of the session meanwhile. `stop` ends the statement when the reader
    stops early.
    """
    with ThreadPoolExecutor(1, "ahead") as thread:
        coming = thread.submit(next, found, None)
        try:
            while (one := coming.result()) is not None:
                coming = thread.submit(next, found, None)
                yield one
        except GeneratorExit:
            if not coming.done():
                stop()
            if coming.exception() is None:
                found.close()
            raise


def _pieces(session: Session, statement: Select[Any]) -> Generator[bytearray, None, None]:
    with copying_out(session, statement, "csv") as rows:
        yield from _joined(rows)


def _joined(rows: psycopg.Copy) -> Iterator[bytearray]:
    """Yield what is copied, whole rows together.

    The driver's own loop waits for each row as if it had not come yet; there are a million of them.
    """
    connection, piece = rows.connection.pgconn, bytearray()
    take = connection.get_copy_data
    while row := rows.read():
        size = len(row)
        while size > 0:
            piece += row
            if len(piece) >= _PIECE_BYTES:
                yield piece
                piece = bytearray()
            size, row = take(1)
        if size < 0:
            # Behind the last row stands how the statement ended; all of it has to be read, or the
            # connection takes no other statement.
            results = list(iter(connection.get_result, None))
            for result in results:
                if result.status != pq.ExecStatus.COMMAND_OK:
                    raise error_from_result(result)
            break
    if piece:
        yield piece
