"""Answers kept for a moment: maps ask for many tiles of one thing at once."""

import threading
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")
# What becomes private is gone from tiles this much later: browsers and proxies ask each time.
SECONDS = 1.0
_MOST = 512


class Remembered(Generic[_Key, _Value]):
    """Keeps what a key stands for, each for a second; failures are not kept."""

    def __init__(
        self,
        seconds: float = SECONDS,
        most: int = _MOST,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds, self._most, self._clock = seconds, most, clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[_Key, tuple[float, _Value]] = OrderedDict()

    def get(self, key: _Key, make: Callable[[], _Value]) -> _Value:
        """Return what is kept under the key, else make it."""
        now = self._clock()
        with self._lock:
            found = self._kept.get(key)
        if found is not None and now < found[0]:
            return found[1]
        value = make()
        self._keep(key, value, now)
        return value

    def find(self, key: _Key) -> _Value | None:
        """Return what is kept under the key, for who does not wait; None where nothing is."""
        with self._lock:
            found = self._kept.get(key)
        return None if found is None or self._clock() >= found[0] else found[1]

    async def fetch(self, key: _Key, make: Callable[[], Awaitable[_Value]]) -> _Value:
        """Return what is kept under the key, else make it, in the event loop."""
        found = self.find(key)
        if found is not None:
            return found
        now = self._clock()
        value = await make()
        self._keep(key, value, now)
        return value

    def _keep(self, key: _Key, value: _Value, now: float) -> None:
        with self._lock:
            self._kept[key] = (now + self._seconds, value)
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
