"""Reading without threads: the same role, limits and words as with them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from app.db.cluster_roles import API_ROLE
from app.db.embedded import ClusterUrls
from app.db.reading import Readers
from app.db.session import SEARCH_PATH
from app.errors import Busy, DatabaseUnavailable, NotMigrated
from tests.app.conftest import FreshDatabase, renamed, run
from tests.app.loops import run_in_loop


def _with(url: str, work: Callable[[Readers], Awaitable[Any]], **limits: Any) -> Any:
    async def running() -> Any:
        readers = Readers(url, **limits)
        try:
            return await work(readers)
        finally:
            await readers.close()

    return run_in_loop(running())


def _row(url: str, statement: str, *values: Any, **limits: Any) -> Any:
    return _with(url, lambda readers: readers.row(statement, *values), **limits)


def test_statement_is_answered_as_the_role_of_the_api(cluster: ClusterUrls) -> None:
    told = _row(cluster.api, "SELECT current_user, current_setting('search_path'), $1::int8", 2**40)
    assert tuple(told) == (API_ROLE, SEARCH_PATH, 2**40)
    assert _row(cluster.api, "SELECT 1 WHERE false") is None


def test_reading_cannot_write(fresh: FreshDatabase) -> None:
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        _row(fresh.api, "DELETE FROM hotspots.unit")


def test_slow_statement_is_stopped_with_a_sentence(cluster: ClusterUrls) -> None:
    with pytest.raises(Busy, match="took too long"):
        _row(cluster.api, "SELECT pg_sleep(30)", read_timeout_ms=100)


def test_exhausted_pool_is_busy_and_serves_again(cluster: ClusterUrls) -> None:
    async def crowd(readers: Readers) -> Any:
        async with readers.connection():
            with pytest.raises(Busy, match="at once"):
                await readers.row("SELECT 1")
        return await readers.row("SELECT 2")

    assert _with(cluster.api, crowd, pool_size=1, pool_wait_seconds=0.05)[0] == 2


def test_connections_stay_and_a_lost_one_is_replaced(cluster: ClusterUrls) -> None:
    async def work(readers: Readers) -> list[int]:
        seen = [(await readers.row("SELECT pg_backend_pid()"))[0] for _ in range(2)]
        run(cluster.superuser, f"SELECT pg_terminate_backend({seen[0]})")
        await asyncio.sleep(0.3)
        return [*seen, (await readers.row("SELECT pg_backend_pid()"))[0]]

    first, second, third = _with(cluster.api, work)
    assert first == second != third


def test_connection_lost_at_work_is_one_sentence(cluster: ClusterUrls) -> None:
    async def work(readers: Readers) -> None:
        own = (await readers.row("SELECT pg_backend_pid()"))[0]
        sleeping = asyncio.ensure_future(readers.row("SELECT pg_sleep(30)"))
        await asyncio.sleep(0.2)
        run(cluster.superuser, f"SELECT pg_terminate_backend({own})")
        await sleeping

    with pytest.raises(DatabaseUnavailable, match="does not answer"):
        _with(cluster.api, work, read_timeout_ms=60_000)


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:9/nothing", None])
def test_nobody_there_is_one_sentence(cluster: ClusterUrls, url: str | None) -> None:
    with pytest.raises(DatabaseUnavailable, match=r"does not answer.*hotspots doctor"):
        _row(url or renamed(cluster.api, "absent"), "SELECT 1")


def test_missing_table_is_one_sentence(cluster: ClusterUrls) -> None:
    with pytest.raises(NotMigrated, match="hotspots migrate"):
        _row(cluster.api, "SELECT * FROM hotspots.nothing")


def _more(url: str, parameters: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{parameters}"


@pytest.mark.parametrize(
    "parameters",
    [
        "connect_timeout=3&keepalives=1",
        "gssencmode=disable&sslcompression=0&sslsni=0&sslcertmode=disable",
        "require_auth=scram-sha-256&client_encoding=latin1&ssl_of_the_future=1",
    ],
)
def test_what_only_libpq_understands_is_left_out(cluster: ClusterUrls, parameters: str) -> None:
    address = _more(cluster.api, f"{parameters}&application_name=map")
    told = _row(address, "SELECT current_setting('application_name'), 'ě'")
    assert tuple(told) == ("map", "ě")


def test_address_that_cannot_be_used_is_refused_before_anybody_asks(cluster: ClusterUrls) -> None:
    address = _more(cluster.api, "sslmode=verify-full&sslrootcert=/nowhere")
    with pytest.raises(DatabaseUnavailable, match="does not answer"):
        _with(address, lambda readers: readers.check())


def test_nothing_is_compiled_where_the_server_would(fresh: FreshDatabase) -> None:
    run(fresh.superuser, "ALTER DATABASE fresh SET jit = on")
    assert _row(fresh.api, "SELECT current_setting('jit')")[0] == "off"


def test_statement_that_may_not_take_long_is_stopped(cluster: ClusterUrls) -> None:
    async def work(readers: Readers) -> Any:
        with pytest.raises(TimeoutError):
            await readers.row("SELECT pg_sleep(30)", within_seconds=0.1)
        return await readers.row("SELECT 2")

    assert _with(cluster.api, work, pool_size=1)[0] == 2


def test_who_has_another_way_takes_it_before_the_statement_is_stopped(cluster: ClusterUrls) -> None:
    async def work(readers: Readers) -> None:
        with pytest.raises(TimeoutError):
            await readers.row("SELECT pg_sleep(30)", within_seconds=60)

    _with(cluster.api, work, read_timeout_ms=500)


def test_connection_that_is_out_of_step_is_one_sentence_and_replaced(cluster: ClusterUrls) -> None:
    async def ask_twice(readers: Readers) -> None:
        async with readers.connection() as connection:
            both = (connection.fetchrow(f"SELECT pg_sleep({seconds})") for seconds in (30, 0))
            await asyncio.gather(*both)

    async def work(readers: Readers) -> tuple[int, int]:
        own = (await readers.row("SELECT pg_backend_pid()"))[0]
        with pytest.raises(DatabaseUnavailable, match="does not answer"):
            await ask_twice(readers)
        return own, (await readers.row("SELECT pg_backend_pid()"))[0]

    first, second = _with(cluster.api, work, pool_size=1)
    assert first != second


def test_connection_that_is_lent_while_others_are_closed_is_closed_too(
    cluster: ClusterUrls,
) -> None:
    async def work(readers: Readers) -> bool:
        async with readers.connection() as connection:
            await readers.close()
            assert (await connection.fetchrow("SELECT 3"))[0] == 3
        return bool(connection.is_closed())

    assert _with(cluster.api, work)


def test_cancelled_statement_ends_in_the_database_and_frees_its_connection(
    cluster: ClusterUrls,
) -> None:
    async def work(readers: Readers) -> tuple[int, int, int]:
        own = (await readers.row("SELECT pg_backend_pid()"))[0]
        sleeping = asyncio.ensure_future(readers.row("SELECT pg_sleep(60)"))
        await asyncio.sleep(0.2)
        sleeping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sleeping
        left = await readers.row(
            "SELECT pg_backend_pid(), (SELECT count(*) FROM pg_stat_activity "
            "WHERE query LIKE 'SELECT pg_sleep(60)%' AND state = 'active')"
        )
        return own, left[0], left[1]

    own, after, sleeping = _with(cluster.api, work, pool_size=1, read_timeout_ms=60_000)
    assert own == after
    assert sleeping == 0
