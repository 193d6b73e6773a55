"""Callers who go away: what the database still computes for them is stopped."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import TypeVar

from fastapi import Request
from starlette.concurrency import run_in_threadpool

_T = TypeVar("_T")
_IN_SCOPE = "hotspots.work"


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


async def _stop_when_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    for work in list(request.scope.get(_IN_SCOPE, [])):
        await run_in_threadpool(work.stop)
