"""Connections for what is only read, without threads: one statement answers one request."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from app.db.session import (
    SEARCH_PATH,
    connection_string,
    driver_url,
    translated_errors,
    unavailable,
)
from app.errors import Busy

# What asyncpg, or the server at the beginning of a session, understands of an address. All else
# that libpq knows would be handed to the server, which refuses it.
_UNDERSTOOD = {
    *("host", "port", "dbname", "user", "password", "passfile", "service"),
    *("sslmode", "sslcert", "sslkey", "sslrootcert", "sslcrl", "sslpassword", "sslnegotiation"),
    *("ssl_min_protocol_version", "ssl_max_protocol_version"),
    *("target_session_attrs", "krbsrvname", "gsslib", "application_name", "options"),
}
_CONNECT_SECONDS = 5.0


class Readers:
    """Connections of one event loop, as the role of the API, that cannot write.

    They are opened as they are needed and stay. Each statement is prepared once on each of them,
    and planned once: whoever needs a plan of its own for each box asks `app.db.session`.
    """

    def __init__(
        self,
        url: str,
        *,
        read_timeout_ms: int = 5_000,
        pool_size: int = 8,
        pool_wait_seconds: float = 10.0,
    ) -> None:
        whole = driver_url(url)
        understood = whole.difference_update_query(set(whole.query) - _UNDERSTOOD)
        self._address = connection_string(understood.render_as_string(hide_password=False))
        self._settings = {
            "search_path": SEARCH_PATH,
            "statement_timeout": str(read_timeout_ms),
            "default_transaction_read_only": "on",
            "plan_cache_mode": "force_generic_plan",
            # A plan for all boxes looks dear enough to be compiled, at each of them.
            "jit": "off",
        }
        self._wait_seconds = pool_wait_seconds
        # Who has another way to go is to take it before PostgreSQL stops the statement.
        self._longest_patience = 0.6 * read_timeout_ms / 1000
        self._free = asyncio.Semaphore(pool_size)
        self._idle: list[asyncpg.Connection] = []
        self._is_closed = False

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """Lend a connection; what the driver says of errors is said in our words.

        Raises
        ------
        Busy
            All are lent, and none came back in time.
        """
        await self._wait_for_one()
        try:
            with translated_errors():
                connection = self._taken() or await self._opened()
                try:
                    yield connection
                except asyncpg.InterfaceError:
                    # It may be of no use any more, whatever it says of itself.
                    connection.terminate()
                    raise
                finally:
                    self._put_back(connection)
        finally:
            self._free.release()

    async def row(self, statement: str, *values: Any, within_seconds: float | None = None) -> Any:
        """Return the first row that a statement gives, or None; it is a moment of its own.

        Raises
        ------
        TimeoutError
            The statement took longer than its reader waits, and was stopped.
        """
        if within_seconds is not None:
            within_seconds = min(within_seconds, self._longest_patience)
        async with self.connection() as connection:
            return await connection.fetchrow(statement, *values, timeout=within_seconds)

    async def check(self) -> None:
        """Refuse an address that this driver cannot use, before anybody asks.

        Raises
        ------
        DatabaseUnavailable
            No connection can be opened.
        """
        await self.row("SELECT 1")

    async def close(self) -> None:
        """Close the connections; one that is lent is closed when it comes back."""
        self._is_closed = True
        while self._idle:
            self._idle.pop().terminate()

    async def _wait_for_one(self) -> None:
        if not self._free.locked():
            await self._free.acquire()
            return
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._free.acquire()
        except TimeoutError as error:
            raise Busy("Too many requests at once; try again in a moment.") from error

    def _taken(self) -> asyncpg.Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        return None

    async def _opened(self) -> asyncpg.Connection:
        try:
            return await asyncpg.connect(
                self._address,
                timeout=_CONNECT_SECONDS,
                server_settings=self._settings,
                max_cached_statement_lifetime=0,
                max_cacheable_statement_size=0,
            )
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise unavailable() from error

    def _put_back(self, connection: asyncpg.Connection) -> None:
        if connection.is_closed():
            return
        if self._is_closed or connection.is_in_transaction():
            connection.terminate()
            return
        self._idle.append(connection)
