"""Files in the data folder: uploads by their hash, surfaces by their id, nothing half-written."""

import contextlib
import errno
import hashlib
import os
import secrets
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from app.errors import StorageFull, TooLarge, UnsafeSettings

_CHUNK = 1024 * 1024
# A file without a record may be on its way into one, by another process, for so long.
_SPARED_SECONDS = 3600.0


@contextmanager
def translated_disk_errors(folder: Path) -> Iterator[None]:
    """Turn the operating system's refusals that have a remedy into a sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageFull(
                f"The disk that holds {folder} is full. Nothing was stored; free some space and "
                "try again."
            ) from error
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
            raise UnsafeSettings(
                f"No permission to write in {folder}. Choose another folder with --data, or "
                "change the folder's owner."
            ) from error
        if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.EEXIST, errno.EISDIR}:
            raise UnsafeSettings(
                f"{folder} is not a folder that can be used: {error.strerror}. Choose another one."
            ) from error
        raise


@dataclass(frozen=True)
class StoredFile:
    """A file as it was received."""

    path: Path
    sha256: str
    size_bytes: int


class FileStore:
    """The folder tree. File names are made here: no user's text ever becomes part of a path."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.uploads = data_dir / "uploads"
        self.surfaces = data_dir / "surfaces"
        self.temporary = data_dir / "tmp"

    def prepare(self) -> None:
        """Make the folders, readable by nobody else."""
        with translated_disk_errors(self.data_dir):
            for folder in (self.uploads, self.surfaces, self.temporary):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def receive(self, stream: BinaryIO, *, limit: int) -> StoredFile:
        """Store an upload under its hash; the same content is stored once.

        Raises
        ------
        TooLarge
            Above `limit` bytes.
        StorageFull
            No space left; nothing stays behind.
        """
        part = self.temporary / f"{secrets.token_hex(16)}.part"
        digest = hashlib.sha256()
        size = 0
        try:
            with translated_disk_errors(self.uploads):
                with part.open("xb") as target:
                    while chunk := stream.read(_CHUNK):
                        size += len(chunk)
                        if size > limit:
                            raise TooLarge(
                                f"The file is larger than {limit:,} bytes, the limit set by "
                                "HOTSPOTS_UPLOAD_MAX_BYTES. Split it, or ask the operator."
                            )
                        digest.update(chunk)
                        target.write(chunk)
                    target.flush()
                    os.fsync(target.fileno())
                path = self.upload_path(digest.hexdigest())
                part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        return StoredFile(path, digest.hexdigest(), size)

    def upload_path(self, sha256: str) -> Path:
        """Return where an upload with that hash lies."""
        return self.uploads / sha256

    def surface_path(self, uid: uuid.UUID) -> Path:
        """Return where a surface's COG lies."""
        return self.surfaces / f"{uid.hex}.tif"

    @contextmanager
    def new_surface(self, uid: uuid.UUID) -> Iterator[Path]:
        """Give the path of a new surface; the file is removed where the work fails."""
        path = self.surface_path(uid)
        try:
            with translated_disk_errors(self.surfaces):
                yield path
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def sweep(self, known_uploads: set[str], known_surfaces: set[uuid.UUID]) -> list[Path]:
        """Remove what a killed process left: parts, and files that no record names.

        Young files stay: another process may just be receiving or building them.
        """
        names = known_uploads | {f"{uid.hex}.tif" for uid in known_surfaces}
        found = [*self.temporary.iterdir(), *self.uploads.iterdir(), *self.surfaces.iterdir()]
        return [path for path in found if path.name not in names and _remove_old(path)]


def _remove_old(path: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_mtime < time.time() - _SPARED_SECONDS:
            path.unlink()
            return True
    return False
