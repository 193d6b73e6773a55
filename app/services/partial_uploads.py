"""Uploads that broke off and go on where they stopped.

What came of a file lies in the folder of temporary files under the SHA-256 that the sender states
for the whole of it, and its size is where to go on. When all is there the hash is worked out over
the whole, and only a file that is what it was said to be is stored.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from app.errors import Conflict, InvalidRequest, StorageFull, TooLarge
from app.services.storage import (
    PARTIAL_SUFFIX,
    FileStore,
    StoredFile,
    remove_old,
    translated_disk_errors,
)


@dataclass(frozen=True)
class Progress:
    """How much of a file is there; all of it where it is stored."""

    offset: int
    is_complete: bool


def progress(store: FileStore, sha256: str) -> Progress:
    """Return how many bytes of a file arrived; none where nothing did."""
    stored = store.find_upload(sha256)
    if stored is not None:
        return Progress(stored.size_bytes, is_complete=True)
    try:
        return Progress(partial_path(store, sha256).stat().st_size, is_complete=False)
    except FileNotFoundError:
        return Progress(0, is_complete=False)


def forget(store: FileStore, sha256: str) -> None:
    """Remove what came of a file that is not complete."""
    partial_path(store, sha256).unlink(missing_ok=True)


class PartialUpload:
    """A piece of a file on its way in, behind what came before."""

    def __init__(self, store: FileStore, sha256: str, target: BinaryIO, length: int) -> None:
        self._store = store
        self._sha256 = sha256
        self._target = target
        self._length = length
        self.offset = target.seek(0, os.SEEK_END)

    @property
    def is_complete(self) -> bool:
        """Whether all bytes are there."""
        return self.offset == self._length

    def write(self, chunk: bytes) -> None:
        """Take the next bytes.

        Raises
        ------
        InvalidRequest
            More than the stated length; nothing of this chunk is kept.
        """
        if self.offset + len(chunk) > self._length:
            raise InvalidRequest(
                f"More than the stated {self._length:,} bytes arrived.", parameter="Upload-Length"
            )
        self._target.write(chunk)
        self._target.flush()
        self.offset += len(chunk)

    def keep(self) -> StoredFile:
        """Store a file of which all bytes are there.

        Raises
        ------
        InvalidRequest
            It is not the file that was announced; nothing of it stays.
        """
        part = partial_path(self._store, self._sha256)
        os.fsync(self._target.fileno())
        with part.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != self._sha256:
            part.unlink(missing_ok=True)
            raise InvalidRequest(
                f"The SHA-256 of what arrived is {found}: the file is another one, or it changed "
                "while it was sent. Nothing was stored; send it again.",
                parameter="sha256",
            )
        stored = self._store.upload_path(self._sha256)
        part.replace(stored)
        return StoredFile(stored, self._sha256, self.offset)


@contextmanager
def resumed(
    store: FileStore, sha256: str, *, offset: int, length: int, limit: int
) -> Iterator[PartialUpload]:
    """Give a file to be continued; what comes stays there when the sender goes away.

    Raises
    ------
    TooLarge
        The stated length is above `limit`.
    Conflict
        Another number of bytes is there (it is told as ``offset``), or somebody is sending.
    StorageFull
        No space left; nothing of the file stays behind.
    """
    if length > limit:
        raise TooLarge(
            f"The file has {length:,} bytes; the limit set by HOTSPOTS_UPLOAD_MAX_BYTES is "
            f"{limit:,}. Split it, or ask the operator."
        )
    sweep(store)
    path = partial_path(store, sha256)
    try:
        with translated_disk_errors(store.temporary), path.open("ab") as target:
            _lock(target, path)
            try:
                yield _continued(PartialUpload(store, sha256, target, length), offset)
            finally:
                # An empty part tells nothing; whoever does not hold the lock leaves it alone.
                with suppress(FileNotFoundError):
                    if path.stat().st_size == 0:
                        path.unlink()
    except StorageFull:
        path.unlink(missing_ok=True)
        raise


def _continued(part: PartialUpload, offset: int) -> PartialUpload:
    if part.offset != offset:
        raise Conflict(
            f"{part.offset:,} bytes of the file are there, and the request goes on at "
            f"{offset:,}. Go on where Upload-Offset says.",
            offset=part.offset,
        )
    return part


def sweep(store: FileStore) -> None:
    """Remove parts to which nothing was added for a day."""
    for path in store.temporary.glob(f"*{PARTIAL_SUFFIX}"):
        remove_old(path)


def partial_path(store: FileStore, sha256: str) -> Path:
    """Return where a file lies of which not all bytes are there; only hexadecimal digits do."""
    return store.temporary / f"{sha256}{PARTIAL_SUFFIX}"


def _lock(file: BinaryIO, path: Path) -> None:
    """Keep two senders of one file apart, also those that two processes serve, until it closes."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_there = os.fstat(file.fileno()).st_ino == path.stat().st_ino
    except (BlockingIOError, FileNotFoundError):
        is_there = False
    if not is_there:  # it is being sent, or was complete a moment ago
        raise Conflict("Somebody is sending this file at this moment; try again soon.")
