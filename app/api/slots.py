"""How many answers that cost much are computed at once; whoever comes then is told to ask again."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, Request

from app.errors import Busy


class Slots:
    """So many answers at once."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._free = threading.BoundedSemaphore(count)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold one as long as the block lasts.

        Raises
        ------
        Busy
            None is free.
        """
        if not self._free.acquire(blocking=False):
            raise Busy(
                f"There are {self._count} large calculations under way, the most at once; "
                "try again soon."
            )
        try:
            yield
        finally:
            self._free.release()


async def _get_slots(request: Request) -> Slots:
    slots: Slots = request.app.state.heavy_reads
    return slots


HeavyReads = Annotated[Slots, Depends(_get_slots)]
