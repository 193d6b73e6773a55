"""Which tag an answer had in which state: who has it already is told so without a query.

A tag is the hash of an answer's bytes. That an address had it holds as long as what is shown
stays as it was (`state_within` in `app.services.state`), and the state was read by the statement
that read the answer.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from app.db.reading import Readers
from app.errors import HotspotsError
from app.services.features.whole import fetch_state

# What a command changes is seen this much later; what a process of the service does, at once.
SECONDS = 1.0
# So long before that somebody asks anew.
_AHEAD = 0.25
_MOST = 4_096

Address = tuple[str, str, bytes]


class Known(NamedTuple):
    """An answer's tag and headers, and the state it was read in."""

    state: str
    tag: str
    headers: dict[str, str]


class KnownTags:
    """The tags of what was asked for by those who had it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: OrderedDict[Address, Known] = OrderedDict()
        self._lock = asyncio.Lock()
        self._state = ""
        self._until = float("-inf")
        self._changes = -1

    def remember(self, address: Address, known: Known) -> None:
        """Keep a tag in place of an earlier one; those kept longest go."""
        self._known[address] = known
        self._known.move_to_end(address)
        while len(self._known) > _MOST:
            self._known.popitem(last=False)

    async def get(self, address: Address, readers: Readers, changes: int) -> Known | None:
        """Return what is known of an address if it still holds, else None.

        `changes` is another number once any process of the service wrote.
        """
        known = self._known.get(address)
        if known is None or known.state != await self.state_now(readers, changes):
            return None
        return known

    def is_now(self, state: str, changes: int) -> bool:
        """Whether a state is that of now, as far as is known without asking."""
        return state == self._state and not self._is_old(changes)

    async def state_now(self, readers: Readers, changes: int) -> str:
        """Return the state of now, as it was told less than a second ago."""
        if self._is_old(changes):
            async with self._lock:
                if self._is_old(changes):
                    await self._ask(readers, changes)
        elif self._clock() >= self._until - _AHEAD and not self._lock.locked():
            # One asks before all would have to, and nobody else waits for that. Where the database
            # cannot tell, what is known still holds.
            async with self._lock:
                with suppress(HotspotsError):
                    await self._ask(readers, changes)
        return self._state

    async def _ask(self, readers: Readers, changes: int) -> None:
        asked = self._clock()
        self._state = await fetch_state(readers)
        self._until, self._changes = asked + SECONDS, changes

    def _is_old(self, changes: int) -> bool:
        return changes != self._changes or self._clock() >= self._until
