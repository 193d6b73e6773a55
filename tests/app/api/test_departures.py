"""A caller who goes away leaves nothing behind that still computes."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.routing import APIRouter
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from app.api.departures import CallerGone, Work, unless_gone
from app.api.deps import ReadSession
from app.api.strict import StrictRoute
from app.db.session import Database
from tests.app.conftest import FreshDatabase
from tests.app.loops import run_in_loop

router = APIRouter(route_class=StrictRoute)


@router.get("/slow")
def _slow(session: ReadSession) -> dict[str, Any]:
    session.execute(text("SELECT pg_sleep(60)"))
    return {}


@router.get("/quick")
def _quick(session: ReadSession) -> dict[str, Any]:
    return {"one": session.scalar(text("SELECT 1"))}


class _Runtime:
    def __init__(self, database: Database) -> None:
        self.database = database


@contextmanager
def _serving(database: Database) -> Iterator[int]:
    app = FastAPI()
    app.include_router(router)
    app.state.runtime = _Runtime(database)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(timeout=30)
        assert not thread.is_alive()


def _sleeping(url: str) -> int:
    engine = create_engine(url, poolclass=NullPool)
    statement = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND "
    with engine.connect() as connection:
        count: int = connection.execute(text(statement + "state = 'active'")).scalar_one()
    return count


def _until(is_so: Any, seconds: float = 15.0) -> bool:
    limit = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > limit:
            return False
        time.sleep(0.05)
    return True


def test_query_ends_when_its_caller_goes_away(fresh: FreshDatabase) -> None:
    database = Database(fresh.api, read_timeout_ms=60_000, pool_size=1)
    with _serving(database) as port:
        caller = socket.create_connection(("127.0.0.1", port))
        caller.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        assert _until(lambda: _sleeping(fresh.superuser) == 1)
        caller.close()
        assert _until(lambda: _sleeping(fresh.superuser) == 0)
        # The connection that was stopped works for others.
        other = socket.create_connection(("127.0.0.1", port))
        other.sendall(b"GET /quick HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: other.recv(4096), b""))
        other.close()
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b'{"one":1}')
    database.close()


def test_what_is_computed_without_threads_ends_when_its_caller_goes_away() -> None:
    async def going_away() -> str:
        ended: list[str] = []
        messages = [{"type": "http.request"}, {"type": "http.disconnect"}]

        async def receive() -> Any:
            return messages.pop(0)

        async def computing() -> None:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                ended.append("cancelled")
                raise

        with pytest.raises(CallerGone):
            await unless_gone(receive, computing())
        await asyncio.sleep(0)  # the task itself is not cancelled
        return ended[0]

    assert run_in_loop(going_away()) == "cancelled"


def test_quick_answer_is_not_watched() -> None:
    async def answering() -> int:
        async def receive() -> Any:
            raise AssertionError

        async def computing() -> int:
            return 7

        found = await unless_gone(receive, computing())
        await asyncio.sleep(0.1)
        return found

    assert run_in_loop(answering()) == 7


@pytest.mark.parametrize("is_over", [False, True])
def test_only_work_that_is_not_over_is_stopped(is_over: bool) -> None:
    stopped: list[bool] = []
    work = Work(lambda: stopped.append(True))
    if is_over:
        work.end()
    work.stop()
    assert stopped == ([] if is_over else [True])
