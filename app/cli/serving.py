"""Serve the web and work on jobs, in one process or several, until somebody says stop."""

import asyncio
import errno
import faulthandler
import gc
import logging
import signal
import socket
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import partial

import uvicorn

from app.cli.output import say
from app.cli.processes import STOP, Role, beat, run_side_by_side, tell_ready
from app.errors import UnsafeSettings
from app.jobs.worker import run_worker, stop_work, work_forever
from app.logs import configure_logging
from app.main import create_app, warm_up
from app.services.runtime import Runtime
from app.settings import ServerSettings
from ingest.child import nursery

log = logging.getLogger(__name__)

_WORKER_RETRY_SECONDS = 5.0
_GRACE_SECONDS = 5


@contextmanager
def bind(server: ServerSettings) -> Iterator[socket.socket]:
    """Take the port, or say who to ask for another.

    Raises
    ------
    UnsafeSettings
        Where it is taken or may not be used.
    """
    family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
    # Named: asyncio sends the pieces of an answer at once only on sockets that say they are TCP's.
    # Otherwise every second piece waits 40 ms for the caller's word that the first has come.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((server.host.strip("[]"), server.port))
        except OSError as error:
            raise UnsafeSettings(_why_not(server, error)) from error
        listener.listen(1024)
        listener.setblocking(False)
        yield listener


def _why_not(server: ServerSettings, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {server.port} is in use by another program. Choose another one, for example "
            f"--port {server.port + 1}, or --port 0 for any free one."
        )
    if error.errno == errno.EACCES:
        return f"Port {server.port} needs root's rights. Choose one above 1023 with --port."
    return f"Cannot listen on {server.host}: {error.strerror}. Choose another --host."


class _Server(uvicorn.Server):
    """uvicorn, with its signals left to `_stop_on`."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    def capture_signals(self) -> nullcontext[None]:  # type: ignore[override]  # a wider type
        return nullcontext()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets=sockets)
        # What stands by now stays for good: no collection needs to walk through it again.
        gc.collect()
        gc.freeze()
        self._on_started()


class _WatchedServer(_Server):
    """One that the first process ends where its event loop stands still.

    Callers that it took would wait for ever; the process that takes its place answers the next.
    """

    async def on_tick(self, counter: int) -> bool:
        """Say, ten times a second, that the loop came round."""
        beat()
        return await super().on_tick(counter)


def serve_until_stopped(runtime: Runtime, listener: socket.socket) -> None:
    """Serve, say where, and return when asked to stop; everything is closed by then."""
    configure_logging()
    app = create_app(runtime=runtime)
    warm_up(app)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        timeout_keep_alive=30,
    )
    announce = partial(_announce, listener)
    if runtime.processes > 1:
        _serve_side_by_side(runtime, listener, config, announce)
        return
    server = _Server(config, announce)
    _run(config, _serve(runtime, listener, server, is_worker=runtime.settings.server.worker))


def _serve_side_by_side(
    runtime: Runtime, listener: socket.socket, config: uvicorn.Config, announce: Callable[[], None]
) -> None:
    """Serve with several processes and work with one more, which no answer waits for."""

    def serve() -> None:
        # What each thread was doing is told also where a library holds the interpreter.
        faulthandler.enable()
        server = _WatchedServer(config, tell_ready)
        _run(config, _serve(runtime, listener, server, is_worker=False, stopped_by=(STOP,)))
        runtime.end()
        nursery.close()

    def work() -> None:
        work_forever(runtime.settings, runtime.database, runtime.store, (STOP,))
        nursery.close()

    roles: list[tuple[str, Role]] = [
        (f"Server {number + 1}", serve) for number in range(runtime.processes)
    ]
    if runtime.settings.server.worker:
        roles.append(("The worker", work))
    # Loaded once for all; and nothing that copies must not share: a process to read files with,
    # connections, memory that a collection would write in.
    config.load()
    nursery.close()
    runtime.database.close()
    gc.collect()
    gc.freeze()
    run_side_by_side(roles, announce)


def _run(config: uvicorn.Config, serving: Coroutine[None, None, None]) -> None:
    # The loop that uvicorn chooses, uvloop: more small answers a second than with that of asyncio.
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(serving)


async def _serve(
    runtime: Runtime,
    listener: socket.socket,
    server: uvicorn.Server,
    *,
    is_worker: bool,
    stopped_by: Iterable[signal.Signals] = (signal.SIGINT, signal.SIGTERM),
) -> None:
    _stop_on(stopped_by, server)
    tasks = []
    if is_worker:
        tasks.append(asyncio.create_task(_work(runtime)))
    try:
        await server.serve(sockets=[listener])
    finally:
        stop_work()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _stop_on(numbers: Iterable[signal.Signals], server: uvicorn.Server) -> None:
    def stop() -> None:
        # The second Ctrl-C does not wait for open requests.
        server.force_exit = server.should_exit
        server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in numbers:
        loop.add_signal_handler(number, stop)


async def _work(runtime: Runtime) -> None:
    """Work on jobs; a worker that fell over, say with the database, gets up again."""
    while True:
        try:
            await run_worker(
                runtime.settings,
                runtime.database,
                runtime.store,
                install_signal_handlers=False,
            )
        except Exception:
            log.exception("The worker stopped; it starts again in a moment")
        await asyncio.sleep(_WORKER_RETRY_SECONDS)


def _announce(listener: socket.socket) -> None:
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    with suppress(BrokenPipeError):
        say(f"Map: http://{shown}:{port}  API: http://{shown}:{port}/api  (Ctrl-C stops)")
