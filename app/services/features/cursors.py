"""Where a page ended, as text that a caller hands back: it can only move the start of a page."""

import base64
import binascii
import json
import math
from typing import Any

from app.errors import InvalidRequest

_LARGEST = 2**63


def encode(position: list[Any]) -> str:
    """Return a cursor for what the last feature of a page is ordered by."""
    text = json.dumps(position, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(text: str, kinds: list[tuple[type, ...]]) -> list[Any]:
    """Return what a cursor holds, a value of each of the kinds.

    Raises
    ------
    InvalidRequest
        It is none of ours, or of a page in another order.
    """
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        position = json.loads(raw)
        is_ours = isinstance(position, list) and len(position) == len(kinds)
        if not is_ours or not all(map(_is_of_kind, position, kinds)):
            raise ValueError(text)
    except (ValueError, binascii.Error, RecursionError) as error:
        raise foreign() from error
    return list(position)


def foreign() -> InvalidRequest:
    """Return the refusal of a cursor."""
    return InvalidRequest(
        "The cursor is not one of ours, or of another order. Follow the 'next' link of a page.",
        parameter="cursor",
    )


def _is_of_kind(value: Any, kinds: tuple[type, ...]) -> bool:
    if type(value) not in kinds:
        return False
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int):
        return -_LARGEST <= value < _LARGEST
    return not isinstance(value, str) or _is_text(value)


def _is_text(value: str) -> bool:
    """Whether the database can hold it: neither NUL nor half of a pair of surrogates."""
    return "\0" not in value and not any("\ud800" <= one <= "\udfff" for one in value)
