"""Ids as the outside sees them: a prefix that says what it is, and 128 random bits."""

import re
import uuid

PREFIXES = {
    "aggregate": "ag",
    "boundary": "bo",
    "dataset": "ds",
    "hotspot": "hs",
    "hotspot_layer": "hl",
    "import": "im",
    "job": "jb",
    "member": "mb",
    "sample": "sm",
    "source": "so",
    "surface": "sf",
}
_PATTERN = re.compile(r"([a-z]{2})_([0-9a-f]{32})")


def show(kind: str, uid: uuid.UUID) -> str:
    """Return the id shown outside, for example ``sf_0a1b…``."""
    return f"{PREFIXES[kind]}_{uid.hex}"


def parse(kind: str, text: str) -> uuid.UUID | None:
    """Return the stored id, or None where the text cannot be an id of that kind."""
    match = _PATTERN.fullmatch(text)
    if match is None or match[1] != PREFIXES[kind]:
        return None
    return uuid.UUID(match[2])
