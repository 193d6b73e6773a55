"""Hashes of what was asked and of what went in, so that the same work is not done twice."""

import hashlib
import json
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session


def sha256_of(thing: Any) -> str:
    """Return the hash of a JSON value, whatever the order of its keys."""
    text = json.dumps(thing, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def lock(session: Session, sha256: str) -> None:
    """Wait until nobody else publishes under this hash; held until the transaction ends."""
    session.execute(select(func.pg_advisory_xact_lock(int(sha256[:15], 16))))
