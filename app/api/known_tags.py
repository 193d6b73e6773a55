"""Which tag an answer had in which state: who has it already is told so without a query.

A tag is the hash of an answer's bytes. That an address had it holds as long as what is shown
stays as it was (`state_within` in `app.services.state`), and the state was read by the statement
that read the answer.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from app.db.reading import Readers
from app.services.features.whole import PageState, fetch_state
from app.services.remembering import Current

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
        self._known: OrderedDict[Address, Known] = OrderedDict()
        # What a command changes is seen a second later; what a process of the service does, at
        # once.
        self._state: Current[PageState] = Current(clock=clock)

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
        if known is None or known.state != (await self.state_now(readers, changes)).state:
            return None
        return known

    def is_now(self, state: str, readers: Readers, changes: int) -> bool:
        """Whether a state is that of now, as far as is known without waiting."""
        now = self._state.find(changes, partial(fetch_state, readers))
        return now is not None and now.state == state

    async def state_now(self, readers: Readers, changes: int) -> PageState:
        """Return the state of now, as it was told less than a second ago."""
        return await self._state.fetch(changes, partial(fetch_state, readers))
