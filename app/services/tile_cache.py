"""Tiles kept on the disk under the hash of all they follow from; the oldest go first."""

import contextlib
import fcntl
import hashlib
import logging
import os
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

log = logging.getLogger(__name__)

# What is asked for again counts as young; it need not be written down at every time.
_REFRESH_SECONDS = 60.0
# Room made at once, as a share of the limit, so that not every new tile makes its own.
_ROOM = 0.2
# All is counted again when a process has added such a share: others add, too.
_UNSEEN = 0.05
# What a tile takes in memory besides its own bytes.
_ENTRY_BYTES = 256


def tile_key(*parts: object) -> str:
    """Return the name of a tile: a hash of its address, its layer's version and its parameters."""
    return hashlib.blake2b("\0".join(map(str, parts)).encode(), digest_size=20).hexdigest()


class TileMemory:
    """The tiles asked for last, of at most so many bytes, in the memory of one process."""

    def __init__(self, most_bytes: int) -> None:
        self._most, self._bytes = most_bytes, 0
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def get(self, key: str) -> bytes | None:
        """Return a tile, or None where it is not kept."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
        return found

    def put(self, key: str, content: bytes) -> None:
        """Keep a tile; those asked for longest ago make room."""
        size = len(content) + _ENTRY_BYTES
        if size > self._most:
            return
        with self._lock:
            if key in self._kept:
                return
            self._kept[key] = content
            self._bytes += size
            while self._bytes > self._most:
                self._bytes -= len(self._kept.popitem(last=False)[1]) + _ENTRY_BYTES


class TileCache:
    """A folder of at most so many bytes; several processes may share it.

    Everything in it can be made again, so nothing that goes wrong with it is an error: a tile that
    cannot be kept is painted again.
    """

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._folder, self._most = folder, most_bytes
        self._lock = threading.Lock()
        # Counted at the first writing, and again after some.
        self._bytes: int | None = None
        self._added = 0

    def get(self, key: str) -> bytes | None:
        """Return a tile, or None where it is not kept."""
        path = self._path(key)
        try:
            content = path.read_bytes()
            if time.time() - path.stat().st_mtime > _REFRESH_SECONDS:
                os.utime(path)
        except OSError:
            return None
        return content

    def put(self, key: str, content: bytes) -> None:
        """Keep a tile: whole, or not at all."""
        if len(content) > self._most:
            return
        path = self._path(key)
        partial = path.with_name(f".{secrets.token_hex(8)}.partial")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            partial.write_bytes(content)
            partial.replace(path)
        except OSError as error:
            log.warning("A tile could not be kept: %s", error.strerror)
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
            return
        self._count(len(content))

    def find(self, key: str) -> Path | None:
        """Return where a file lies, or None where it is not kept."""
        path = self._path(key)
        try:
            os.utime(path)
        except OSError:
            return None
        return path

    def asked_at(self, key: str) -> float | None:
        """Return when a file was asked for last, which this does not change; None without one."""
        try:
            return self._path(key).stat().st_mtime
        except OSError:
            return None

    def adopt(self, key: str, file: Path) -> None:
        """Keep a finished file, which lies on the same disk; older ones make room for it."""
        path = self._path(key)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        size = file.stat().st_size
        file.replace(path)
        os.utime(path)
        self._count(size, path)

    @contextlib.contextmanager
    def making(self, key: str) -> Iterator[None]:
        """Wait while another process makes the same; then look whether it did."""
        lock = self._path(key).with_name(f".{key}.lock")
        try:
            if not self._most:
                raise OSError("Nothing is kept here.")
            lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = lock.open("wb")
        except OSError:  # what cannot be kept each makes for itself
            yield
            return
        with file:
            fcntl.flock(file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                # Who waits for this very file and who comes later find what was made.
                lock.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / key

    def _count(self, added: int, newest: Path | None = None) -> None:
        with self._lock:
            self._added += added
            if self._bytes is None or self._added > self._most * _UNSEEN:
                self._bytes, self._added = sum(size for _, size, _ in self._listed()), 0
            else:
                self._bytes += added
            if self._bytes > self._most:
                self._bytes = self._make_room(newest)

    def _make_room(self, newest: Path | None) -> int:
        """Remove what was not asked for longest, never the newest; return how many bytes stay."""
        listed = sorted(self._listed())
        left = sum(size for _, size, _ in listed)
        for _, size, path in listed:
            if left <= self._most * (1.0 - _ROOM):
                break
            if path == newest:
                continue
            with contextlib.suppress(OSError):
                path.unlink()
            left -= size
        return left

    def _listed(self) -> list[tuple[float, int, Path]]:
        """Return age, size and path of everything, also of what a killed process left half done."""
        found = []
        with contextlib.suppress(FileNotFoundError):
            for folder in self._folder.iterdir():
                for path in folder.iterdir():
                    with contextlib.suppress(FileNotFoundError):
                        told = path.stat()
                        found.append((told.st_mtime, told.st_size, path))
        return found
