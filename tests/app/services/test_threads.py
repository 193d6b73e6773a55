"""Threads of one purpose."""

import threading

import pytest

from app.logs import request_id
from app.services.threads import Threads
from tests.app.loops import run_in_loop


def test_work_runs_in_its_own_threads_and_tells_its_request() -> None:
    threads = Threads("own", 1)

    def work(number: int) -> tuple[int, str, str]:
        return number, threading.current_thread().name, request_id.get()

    async def asking() -> tuple[int, str, str]:
        request_id.set("r1")
        return await threads.run(work, 7)

    assert run_in_loop(asking()) == (7, "own_0", "r1")
    assert threads.begin(work, 8).result(5) == (8, "own_0", "-")
    threads.close()


def test_closing_ends_what_waits_and_lets_what_runs_finish() -> None:
    threads, begun, may_end = Threads("own", 1), threading.Event(), threading.Event()

    def work() -> int:
        begun.set()
        return 7 if may_end.wait(10) else 0

    running, waiting = threads.begin(work), threads.begin(work)
    assert begun.wait(5)
    threads.close()
    may_end.set()
    assert running.result(5) == 7
    assert waiting.cancelled()
    with pytest.raises(RuntimeError):
        threads.begin(work)
