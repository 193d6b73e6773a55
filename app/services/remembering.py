"""Answers kept for a moment: maps ask for many tiles of one thing at once."""

import asyncio
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

from app.errors import HotspotsError

log = logging.getLogger(__name__)

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


# What is asked is handed what was told the last time, which may still be true.
Ask = Callable[[_Value | None], Awaitable[_Value]]


class Current(Generic[_Value]):
    """One value of an event loop, told less than a second ago.

    A quarter of a second before it is old it is asked for beside whatever else goes on, by whoever
    looks at it. So only those wait who come after a pause, or after a change; and one asks for all.
    """

    def __init__(
        self, seconds: float = SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds, self._clock = seconds, clock
        self._value: _Value | None = None
        self._version: Hashable = None
        self._until = float("-inf")
        # Those under way, which nobody else may hold; and the last of them, for which version.
        self._askings: set[asyncio.Task[_Value]] = set()
        self._last: tuple[Hashable, asyncio.Task[_Value]] | None = None

    def find(self, version: Hashable, ask: Ask[_Value]) -> _Value | None:
        """Return the value, for who does not wait; None where it is old or of another version."""
        now = self._clock()
        if version != self._version or now >= self._until:
            return None
        if now >= self._until - _AHEAD:
            # Where nobody can tell, what is known still holds until it is old.
            self._asking(version, ask)
        return self._value

    async def fetch(self, version: Hashable, ask: Ask[_Value]) -> _Value:
        """Return the value, else ask for it; `version` is that of now.

        All who wait share one question and what comes of it, and none who leaves ends it.
        """
        found = self.find(version, ask)
        return await asyncio.shield(self._asking(version, ask)) if found is None else found

    def _asking(self, version: Hashable, ask: Ask[_Value]) -> asyncio.Task[_Value]:
        if self._last is not None and self._last[0] == version and not self._last[1].done():
            return self._last[1]
        asking = asyncio.get_running_loop().create_task(self._ask(version, ask))
        self._askings.add(asking)
        asking.add_done_callback(self._ended)
        self._last = version, asking
        return asking

    async def _ask(self, version: Hashable, ask: Ask[_Value]) -> _Value:
        until = self._clock() + self._seconds
        value = await ask(self._value)
        # Not over what was asked for later, and answered sooner.
        if until >= self._until:
            self._value, self._until, self._version = value, until, version
        return value

    def _ended(self, asking: asyncio.Task[_Value]) -> None:
        self._askings.discard(asking)
        if not asking.cancelled():
            error = asking.exception()
            if error is not None and not isinstance(error, HotspotsError):
                log.error("What is shown could not be asked for.", exc_info=error)
