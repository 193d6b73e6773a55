"""The last thing a process made of a model: a worker gets many pieces of one model in a row."""

from collections.abc import Callable
from threading import Lock
from typing import TypeVar, cast

Made = TypeVar("Made")

_kept: dict[str, object] = {}
_making = Lock()


def keep(fingerprint: str, make: Callable[[], Made]) -> Made:
    """
    Return what a model makes, from the last call where that was of the same model.

    Parameters
    ----------
    fingerprint : str
        Of the model.
    make : callable
        Makes it, always the same thing of one model.

    Returns
    -------
    object
        What ``make`` returned.

    Examples
    --------
    >>> keep("a", lambda: [1]) is keep("a", lambda: [2])
    True
    """
    with _making:
        if fingerprint not in _kept:
            made = make()
            _kept.clear()
            _kept[fingerprint] = made
        return cast("Made", _kept[fingerprint])
