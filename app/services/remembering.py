"""Answers kept for a moment: maps ask for many tiles of one thing at once."""

import threading
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")
# What a command hides is gone from tiles this much later: browsers and proxies ask each time.
SECONDS = 1.0
_MOST = 512


class _Kept(NamedTuple, Generic[_Value]):
    version: Hashable
    until: float
    value: _Value


class Remembered(Generic[_Key, _Value]):
    """Keeps what a key stands for, each for a second; failures are not kept.

    What was made under another version, as `version` tells it, is not kept either.
    """

    def __init__(
        self,
        version: Callable[[], Hashable] = lambda: None,
        seconds: float = SECONDS,
        most: int = _MOST,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._version, self._clock = version, clock
        self._seconds, self._most = seconds, most
        self._lock = threading.Lock()
        self._kept: OrderedDict[_Key, _Kept[_Value]] = OrderedDict()

    def get(self, key: _Key, make: Callable[[], _Value]) -> _Value:
        """Return what is kept under the key, else make it."""
        found = self.find(key)
        if found is not None:
            return found
        begun = self._moment()
        value = make()
        self._keep(key, value, *begun)
        return value

    def find(self, key: _Key) -> _Value | None:
        """Return what is kept under the key, for who does not wait; None where nothing is."""
        with self._lock:
            found = self._kept.get(key)
        if found is None or found.version != self._version() or self._clock() >= found.until:
            return None
        return found.value

    async def fetch(self, key: _Key, make: Callable[[], Awaitable[_Value]]) -> _Value:
        """Return what is kept under the key, else make it, in the event loop."""
        found = self.find(key)
        if found is not None:
            return found
        begun = self._moment()
        value = await make()
        self._keep(key, value, *begun)
        return value

    def _moment(self) -> tuple[Hashable, float]:
        """Return what was before anything was made."""
        return self._version(), self._clock() + self._seconds

    def _keep(self, key: _Key, value: _Value, version: Hashable, until: float) -> None:
        with self._lock:
            self._kept[key] = _Kept(version, until, value)
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
