"""How many answers that cost much are computed at once; whoever comes then is told to ask again."""

import fcntl
import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, Request

from app.errors import Busy


class Slots:
    """So many at once, in this process and those forked from it together.

    Each is a byte of a file in memory. Its lock belongs to a process and goes with it, however
    that ends; which of them this process holds it knows itself.
    """

    def __init__(self, count: int, what: str) -> None:
        self._count, self._what = count, what
        self._lock = threading.Lock()
        self._held: set[int] = set()
        self._file = os.memfd_create("slots")
        weakref.finalize(self, os.close, self._file)

    def take(self) -> int:
        """Take one, which is to be given back.

        Raises
        ------
        Busy
            None is free.
        """
        with self._lock:
            for slot in range(self._count):
                if slot not in self._held and self._is_locked(slot):
                    self._held.add(slot)
                    return slot
        raise Busy(
            f"There are {self._count} {self._what} under way, the most at once; try again soon."
        )

    def give_back(self, slot: int) -> None:
        """Let somebody else have it."""
        with self._lock:
            self._held.remove(slot)
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, slot)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold one as long as the block lasts.

        Raises
        ------
        Busy
            None is free.
        """
        slot = self.take()
        try:
            yield
        finally:
            self.give_back(slot)

    def _is_locked(self, slot: int) -> bool:
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, slot)
        except BlockingIOError:
            return False
        return True


async def _get_slots(request: Request) -> Slots:
    slots: Slots = request.app.state.heavy_reads
    return slots


HeavyReads = Annotated[Slots, Depends(_get_slots)]
