"""Threads of one purpose: whoever fills them leaves the event loop's own to jobs and host names."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

_Told = ParamSpec("_Told")
_Value = TypeVar("_Value")


class Threads:
    """At most so many; they begin as they are needed."""

    def __init__(self, name: str, count: int) -> None:
        self._pool = ThreadPoolExecutor(count, thread_name_prefix=name)

    def begin(
        self, work: Callable[_Told, _Value], *told: _Told.args, **named: _Told.kwargs
    ) -> Future[_Value]:
        """Begin work as soon as a thread is free."""
        return self._pool.submit(work, *told, **named)

    async def run(
        self, work: Callable[_Told, _Value], *told: _Told.args, **named: _Told.kwargs
    ) -> _Value:
        """Wait for work in the event loop; its log lines tell the request it is for."""
        within = partial(copy_context().run, work, *told, **named)
        return await asyncio.get_running_loop().run_in_executor(self._pool, within)

    def close(self, *, wait: bool = False) -> None:
        """Let what has begun come to its end, and nothing else begin."""
        self._pool.shutdown(wait=wait, cancel_futures=True)
