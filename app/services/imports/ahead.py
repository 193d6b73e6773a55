"""Reading ahead: a thread fetches what comes next while what came before is worked on."""

import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from queue import Empty, Full, Queue
from typing import Generic, TypeVar

Thing = TypeVar("Thing")
Open = Callable[[Callable[[], None]], Iterator[Thing]]

_POLL_SECONDS = 0.1


class _Stopped(Exception):
    """Ends a reading that nobody waits for."""


class _Fetching(Generic[Thing]):
    """The thread's side: fetches until the stream ends or nobody asks any more."""

    def __init__(self, open_stream: Open[Thing], on_wait: Callable[[], None], most: int) -> None:
        self._open_stream = open_stream
        self._on_wait = on_wait
        self.things: Queue[Thing] = Queue(most)
        self.stop = threading.Event()
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            for thing in self._open_stream(self._wait):
                self._put(thing)
                del thing  # it is somebody else's now, who may have done with it
        except _Stopped:
            return
        except BaseException as error:
            self.failure = error

    def _wait(self) -> None:
        if self.stop.is_set():
            raise _Stopped
        self._on_wait()

    def _put(self, thing: Thing) -> None:
        while not self.stop.is_set():
            try:
                self.things.put(thing, timeout=_POLL_SECONDS)
            except Full:
                continue
            return
        raise _Stopped


def read_ahead(
    open_stream: Open[Thing], on_wait: Callable[[], None], most: int
) -> Generator[Thing, None, None]:
    """Yield what a stream yields, up to `most` things of it fetched in advance.

    The stream is opened with what it calls while it waits. What it raises is raised here, and when
    nobody asks any more it is closed before this returns.
    """
    fetching = _Fetching(open_stream, on_wait, most)
    thread = threading.Thread(target=fetching.run, name="reading ahead", daemon=True)
    thread.start()
    try:
        # A thread that has ended puts nothing more: what is empty then stays empty.
        while thread.is_alive() or not fetching.things.empty():
            with suppress(Empty):
                yield fetching.things.get(timeout=_POLL_SECONDS)
        if fetching.failure is not None:
            raise fetching.failure
    finally:
        fetching.stop.set()
        thread.join()
