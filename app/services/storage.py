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
# An upload that broke off may go on for so long after its last piece.
PARTIAL_SUFFIX = ".resumable"
_PARTIAL_SECONDS = 24 * 3600.0


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


class UploadPart:
    """An upload on its way in, hashed as it comes."""

    def __init__(self, store: "FileStore", target: BinaryIO, limit: int) -> None:
        self._store, self._target, self._limit = store, target, limit
        self._digest = hashlib.sha256()
        self._size = 0

    @property
    def sha256(self) -> str:
        """The hash of what came so far."""
        return self._digest.hexdigest()

    def write(self, chunk: bytes) -> None:
        """Take the next piece.

        Raises
        ------
        TooLarge
            Above the limit.
        """
        self._size += len(chunk)
        if self._size > self._limit:
            raise TooLarge(
                f"The file is larger than {self._limit:,} bytes, the limit set by "
                "HOTSPOTS_UPLOAD_MAX_BYTES. Split it, or ask the operator."
            )
        self._digest.update(chunk)
        self._target.write(chunk)

    def keep(self) -> StoredFile:
        """Store what came under its hash."""
        self._target.flush()
        os.fsync(self._target.fileno())
        path = self._store.upload_path(self.sha256)
        Path(self._target.name).replace(path)
        return StoredFile(path, self.sha256, self._size)


class FileStore:
    """The folder tree. File names are made here: no user's text ever becomes part of a path."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.uploads = data_dir / "uploads"
        self.surfaces = data_dir / "surfaces"
        self.peaks = data_dir / "peaks"
        self.deciding = data_dir / "deciding"
        self.tiles = data_dir / "tiles"
        self.downloads = data_dir / "downloads"
        self.pages = data_dir / "pages"
        self.temporary = data_dir / "tmp"

    def prepare(self) -> None:
        """Make the folders, readable by nobody else."""
        with translated_disk_errors(self.data_dir):
            for folder in (
                self.uploads,
                self.surfaces,
                self.peaks,
                self.deciding,
                self.tiles,
                self.downloads,
                self.pages,
                self.temporary,
            ):
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
        with self.part(limit=limit) as part:
            while chunk := stream.read(_CHUNK):
                part.write(chunk)
            return part.keep()

    @contextmanager
    def part(self, *, limit: int) -> Iterator["UploadPart"]:
        """Give an upload to be written piece by piece; it is gone at the end unless it was kept."""
        path = self.temporary / f"{secrets.token_hex(16)}.part"
        try:
            with translated_disk_errors(self.uploads), path.open("xb") as target:
                yield UploadPart(self, target, limit)
        finally:
            path.unlink(missing_ok=True)

    def find_upload(self, sha256: str) -> StoredFile | None:
        """Return the upload with that hash, or None where there is none."""
        path = self.upload_path(sha256)
        try:
            return StoredFile(path, sha256, path.stat().st_size)
        except FileNotFoundError:
            return None

    def upload_path(self, sha256: str) -> Path:
        """Return where an upload with that hash lies."""
        return self.uploads / sha256

    def surface_path(self, uid: uuid.UUID) -> Path:
        """Return where a surface's COG lies."""
        return self.surfaces / f"{uid.hex}.tif"

    def peaks_path(self, uid: uuid.UUID) -> Path:
        """Return where what is seen of a surface from afar lies."""
        return self.peaks / f"{uid.hex}.peaks"

    def deciding_path(self, uid: uuid.UUID) -> Path:
        """Return where it lies about which thresholds a surface's data can decide.

        Not with its peaks: it cannot be made again once results changed.
        """
        return self.deciding / f"{uid.hex}.deciding"

    def remove_surface(self, uid: uuid.UUID) -> None:
        """Remove the files of a surface that was not published."""
        for path in self._surface_files(uid):
            path.unlink(missing_ok=True)

    def _surface_files(self, uid: uuid.UUID) -> tuple[Path, ...]:
        return self.surface_path(uid), self.peaks_path(uid), self.deciding_path(uid)

    @contextmanager
    def new_surface(self, uid: uuid.UUID) -> Iterator[Path]:
        """Give the path of a new surface; the file is removed where the work fails."""
        try:
            with translated_disk_errors(self.surfaces):
                yield self.surface_path(uid)
        except BaseException:
            self.remove_surface(uid)
            raise

    def sweep(self, known_uploads: set[str], known_surfaces: set[uuid.UUID]) -> list[Path]:
        """Remove what a killed process left: parts, and files that no record names.

        Young files stay: another process may just be receiving or building them.
        """
        names = known_uploads | {
            path.name for uid in known_surfaces for path in self._surface_files(uid)
        }
        folders = (self.temporary, self.uploads, self.surfaces, self.peaks, self.deciding)
        found = [path for folder in folders for path in folder.iterdir()]
        return [path for path in found if path.name not in names and remove_old(path)]


def remove_old(path: Path) -> bool:
    """Remove a file that nobody may still be working on; tell whether it was."""
    spared = _PARTIAL_SECONDS if path.suffix == PARTIAL_SUFFIX else _SPARED_SECONDS
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_mtime < time.time() - spared:
            path.unlink()
            return True
    return False
