"""Tables on their way into the database, in a thread: the next one is made ready meanwhile."""

import io
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, cast

import polars as pl
from psycopg import Connection, sql
from sqlalchemy.orm import Session

# Samples and their results; what waits is held in memory as text.
_MOST_WAITING = 2


class Copying:
    """Copies tables into the transaction of a session, one after the other, as they are asked for.

    Whoever asks for the `session` waits until all is copied. What goes wrong is raised by the next
    call, and the transaction is of no use any more.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._connection = cast(
            "Connection[Any]", session.connection().connection.driver_connection
        )
        self._thread = ThreadPoolExecutor(1, "copying")
        self._waiting: deque[Future[None]] = deque()

    @property
    def session(self) -> Session:
        """The session, once nothing is under way."""
        self._wait_until_left(0)
        return self._session

    def copy(self, table: str, frame: pl.DataFrame) -> None:
        """Copy rows into the columns of the same names."""
        statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, frame.columns))
        )
        # An empty cell is null, an empty text is quoted.
        content = io.BytesIO()
        frame.write_csv(content, include_header=False, quote_style="necessary")
        self._wait_until_left(_MOST_WAITING - 1)
        self._waiting.append(self._thread.submit(self._send, statement, content))

    def close(self) -> None:
        """Let what is under way end, so that the session can be rolled back."""
        for copying in self._waiting:
            copying.cancel()
        self._thread.shutdown()

    def _send(self, statement: sql.Composed, content: io.BytesIO) -> None:
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(content.getbuffer())

    def _wait_until_left(self, number: int) -> None:
        while len(self._waiting) > number:
            self._waiting.popleft().result()
