"""What tells that something was written, in every process at once."""

import mmap
import secrets


class Changes:
    """A number that is another one after each change.

    It lies in memory that a process shares with those forked from it: each sees at once what any
    of them wrote.
    """

    def __init__(self) -> None:
        self._number = memoryview(mmap.mmap(-1, 8)).cast("Q")

    @property
    def number(self) -> int:
        """What it is now."""
        return self._number[0]

    def tell(self) -> None:
        """Say that something was written."""
        # Drawn: of two that count up at once, one would be lost.
        self._number[0] = secrets.randbits(64)
