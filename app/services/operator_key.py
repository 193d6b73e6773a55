"""The operator's key: one door until accounts exist."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from app.services.storage import translated_disk_errors
from app.settings import Settings

_FILE = "operator.key"


def operator_key(settings: Settings) -> str:
    """Return the key the operator set, or the one made at first start."""
    if settings.server.operator_key is not None:
        return settings.server.operator_key
    path = settings.storage.data_dir / _FILE
    with translated_disk_errors(settings.storage.data_dir):
        if not path.exists():
            path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            _make(path)
        return path.read_text(encoding="ascii").strip()


def _make(path: Path) -> None:
    # 256 random bits; written aside and linked, so that two starts at once agree on one key.
    part = path.with_name(f"{_FILE}.{os.getpid()}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(part)
    except FileExistsError:
        return
    finally:
        part.unlink()


def key_matches(given: str, expected: str) -> bool:
    """Compare in a time that tells nothing about where they differ."""
    return hmac.compare_digest(
        hashlib.sha256(given.encode()).digest(), hashlib.sha256(expected.encode()).digest()
    )
