"""The port that is served."""

import asyncio
import socket

from app.cli.serving import bind
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
