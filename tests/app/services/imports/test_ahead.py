"""A thread reads ahead: what it meets is met here, and it never outlives who asked."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from app.services.imports.ahead import read_ahead


def _nothing() -> None:
    pass


def _threads() -> int:
    return sum(thread.name == "reading ahead" for thread in threading.enumerate())


def test_all_comes_in_order() -> None:
    assert list(read_ahead(lambda _: iter(range(50)), _nothing, 3)) == list(range(50))
    assert _threads() == 0


def test_no_more_is_fetched_than_allowed() -> None:
    fetched = []

    def stream(_: Callable[[], None]) -> Iterator[int]:
        for number in range(50):
            fetched.append(number)
            yield number

    with closing(read_ahead(stream, _nothing, 3)) as things:
        assert next(things) == 0
        time.sleep(0.3)
        # the one taken, three that wait, and one that found no room
        assert len(fetched) <= 5
    assert _threads() == 0
    assert len(fetched) < 50


def test_what_fails_there_is_raised_here_after_what_came_before() -> None:
    def stream(_: Callable[[], None]) -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    things = read_ahead(stream, _nothing, 3)
    assert next(things) == 1
    with pytest.raises(ValueError, match="broken"):
        next(things)


def test_waiting_stream_ends_when_nobody_asks_and_when_told_to() -> None:
    closed = threading.Event()

    def stream(on_wait: Callable[[], None]) -> Iterator[int]:
        yield 1
        try:
            while True:
                time.sleep(0.01)
                on_wait()
        finally:
            closed.set()

    with closing(read_ahead(stream, _nothing, 3)) as things:
        assert next(things) == 1
    assert closed.is_set()

    def cancel() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(read_ahead(stream, cancel, 3))
