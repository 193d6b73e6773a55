"""Answers kept for a moment: maps ask for many tiles of one thing at once."""

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from contextlib import suppress
from typing import Generic, NamedTuple, TypeVar

from app.errors import HotspotsError

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")
# What a command hides is gone from tiles this much later: browsers and proxies ask each time.
SECONDS = 1.0
# So long before that somebody asks anew.
_AHEAD = 0.25
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

    def _moment(self) -> tuple[Hashable, float]:
        """Return what was before anything was made."""
        return self._version(), self._clock() + self._seconds

    def _keep(self, key: _Key, value: _Value, version: Hashable, until: float) -> None:
        with self._lock:
            self._kept[key] = _Kept(version, until, value)
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


class Current(Generic[_Value]):
    """One value of an event loop, told less than a second ago.

    A quarter of a second before it is old it is asked for beside whatever else goes on, by whoever
    looks at it. So only those wait who come after a pause, or after a change; and one asks for all.
    """

    def __init__(
        self, seconds: float = SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds, self._clock = seconds, clock
        self._lock = asyncio.Lock()
        self._value: _Value | None = None
        self._version: Hashable = None
        self._until = float("-inf")
        self._renewal: asyncio.Task[None] | None = None

    def find(self, version: Hashable, ask: Callable[[], Awaitable[_Value]]) -> _Value | None:
        """Return the value, for who does not wait; None where it is old or of another version."""
        if self._is_old(version):
            return None
        if self._is_nearly_old() and (self._renewal is None or self._renewal.done()):
            self._renewal = asyncio.get_running_loop().create_task(self._renew(version, ask))
        return self._value

    async def fetch(self, version: Hashable, ask: Callable[[], Awaitable[_Value]]) -> _Value:
        """Return the value, else ask for it; `version` is that of now."""
        found = self.find(version, ask)
        if found is not None:
            return found
        async with self._lock:
            if self._is_old(version):
                await self._ask(version, ask)
        assert self._value is not None  # noqa: S101 - it was asked for
        return self._value

    async def _renew(self, version: Hashable, ask: Callable[[], Awaitable[_Value]]) -> None:
        # Where nobody can tell, what is known still holds; who asks when it is old hears of it.
        with suppress(HotspotsError):
            async with self._lock:
                if self._is_nearly_old():
                    await self._ask(version, ask)

    async def _ask(self, version: Hashable, ask: Callable[[], Awaitable[_Value]]) -> None:
        until = self._clock() + self._seconds
        self._value = await ask()
        self._until, self._version = until, version

    def _is_old(self, version: Hashable) -> bool:
        return version != self._version or self._clock() >= self._until

    def _is_nearly_old(self) -> bool:
        return self._clock() >= self._until - _AHEAD
