"""Callers who go away: what the database still computes for them is stopped."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import TypeVar

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive

_T = TypeVar("_T")
_IN_SCOPE = "hotspots.work"
# Most answers are there sooner, and to watch their callers would cost more than to compute them.
_PATIENCE_SECONDS = 0.05


class CallerGone(Exception):
    """Nobody waits for the answer any more."""


class Work:
    """What is being computed for one request; others stop it, while it is still for this one."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self._lock = threading.Lock()
        self._is_over = False

    def stop(self) -> None:
        """Stop it; nothing is done once it is over, when its connection works for others."""
        with self._lock:
            if not self._is_over:
                self._stop()

    def end(self) -> None:
        """Say that it is over."""
        with self._lock:
            self._is_over = True


def begin(request: Request, stop: Callable[[], None]) -> Work:
    """Note what is to be stopped when the caller goes away."""
    work = Work(stop)
    request.scope.setdefault(_IN_SCOPE, []).append(work)
    return work


async def until_gone(request: Request, answer: Awaitable[_T]) -> _T:
    """Wait for an answer, and stop what is computed for it where the caller goes away before.

    Only for requests without a body: what comes from the caller is read here.
    """
    watching = asyncio.ensure_future(_stop_when_gone(request))
    try:
        return await answer
    finally:
        watching.cancel()


async def unless_gone(receive: Receive, answer: Awaitable[_T]) -> _T:
    """Wait for what is computed without threads; the caller's going away cancels it.

    Raises
    ------
    CallerGone
        The caller went away.
    """
    loop = asyncio.get_running_loop()
    own = asyncio.current_task()
    assert own is not None  # noqa: S101 - narrows for the type checker
    watching: list[asyncio.Task[None]] = []
    gone: list[bool] = []

    async def cancel_when_gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        gone.append(own.cancel())

    timer = loop.call_later(
        _PATIENCE_SECONDS, lambda: watching.append(loop.create_task(cancel_when_gone()))
    )
    try:
        return await answer
    except asyncio.CancelledError as error:
        if not gone or own.uncancel():
            raise
        raise CallerGone from error
    finally:
        timer.cancel()
        for task in watching:
            task.cancel()


async def _stop_when_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    for work in list(request.scope.get(_IN_SCOPE, [])):
        await run_in_threadpool(work.stop)
