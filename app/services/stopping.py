"""The wish to stop, told to whatever is at work in another thread."""

import threading


class WorkStopped(Exception):
    """The service is stopping; the work goes back to the queue."""


_stopping = threading.Event()


def ask_to_stop() -> None:
    """Tell all work in this process to stop at its next step."""
    _stopping.set()


def is_stopping() -> bool:
    """Tell whether the process is about to end."""
    return _stopping.is_set()
