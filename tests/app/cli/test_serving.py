"""The port that is served, and by whom."""

import asyncio
import socket
from dataclasses import replace
from typing import Any

import pytest

from app.cli import serving
from app.cli.serving import bind, serve_until_stopped
from app.services.runtime import Runtime
from app.settings import ServerSettings
from tests.app.loops import run_in_loop


def test_pieces_of_an_answer_are_sent_at_once() -> None:
    async def delay_is_off(listener: socket.socket) -> int:
        seen: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def met(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            found = writer.get_extra_info("socket")
            seen.set_result(found.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        server = await asyncio.start_server(met, sock=listener)
        async with server:
            _, writer = await asyncio.open_connection(*listener.getsockname()[:2])
            told = await seen
            writer.close()
            await writer.wait_closed()
        return told

    with bind(ServerSettings(host="127.0.0.1", port=0)) as listener:
        assert run_in_loop(delay_is_off(listener)) == 1


@pytest.mark.parametrize("is_worker", [True, False])
def test_servers_are_as_many_as_told_and_one_process_works_on_jobs(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, is_worker: bool
) -> None:
    names: list[str] = []

    def begun(roles: list[tuple[str, Any]], on_ready: Any) -> None:
        names.extend(name for name, _ in roles)
        pool: Any = runtime.database._read.pool
        assert pool.checkedin() == 0  # no connection is copied

    monkeypatch.setattr(serving, "run_side_by_side", begun)
    monkeypatch.setattr(serving, "configure_logging", lambda: None)
    monkeypatch.setattr(serving.gc, "freeze", lambda: None)
    runtime.database.check(None)
    server = runtime.settings.server.model_copy(update={"worker": is_worker})
    opened = replace(runtime, settings=replace(runtime.settings, server=server), processes=3)
    with bind(ServerSettings(host="127.0.0.1", port=0)) as listener:
        serve_until_stopped(opened, listener)
    workers = ["The worker"] if is_worker else []
    assert names == ["Server 1", "Server 2", "Server 3", *workers]
