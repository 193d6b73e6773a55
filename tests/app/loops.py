"""Event loops of tests."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

_T = TypeVar("_T")


def run_in_loop(work: Coroutine[Any, Any, _T]) -> _T:
    """Run in a loop in a thread of its own: a browser's tests leave one running in the caller's."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, work).result()
