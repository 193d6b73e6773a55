"""The bytes of files, and of files inside archives, counted while they are inflated."""

import gzip
import io
import stat
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from ingest.errors import IngestError
from ingest.findings import refusal
from ingest.options import Limits
from ingest.readers.contract import Content

_BUFFER = 1 << 20
# below this size a high ratio is harmless, and common in files of zeros and blanks
_RATIO_FLOOR = 16 << 20
_MOST_MEMBERS = 10_000
_DAMAGES = (zipfile.BadZipFile, gzip.BadGzipFile, EOFError, zlib.error, NotImplementedError)


class FileContent:
    """A file as it lies on the disk."""

    name = ""

    def __init__(self, path: Path) -> None:
        self.path: Path | None = path
        self._path = path

    def open(self) -> BinaryIO:
        """Open the file.

        Raises
        ------
        IngestError
            If it cannot be opened.
        """
        try:
            return self._path.open("rb")
        except OSError as error:
            reason = error.strerror or "input or output error"
            raise refusal("file_unreadable", reason=reason) from error


class GzipContent:
    """What a gzip file holds."""

    name = ""
    path: Path | None = None

    def __init__(self, packed: Content, limits: Limits) -> None:
        self._packed = packed
        self._limits = limits

    def open(self) -> BinaryIO:
        """Open the inflated bytes, which are counted as they are read."""
        packed = self._packed.open()
        return _counted(gzip.GzipFile(fileobj=packed), packed.tell, self._limits, packed)


class MemberContent:
    """One file of a zip archive whose directory was checked by `members_of`."""

    path: Path | None = None

    def __init__(self, archive: Content, member: zipfile.ZipInfo, limits: Limits) -> None:
        self.name = member.filename
        self._archive = archive
        self._member = member
        self._limits = limits

    def open(self) -> BinaryIO:
        """Open the inflated bytes, which are counted as they are read.

        Raises
        ------
        IngestError
            If the archive is damaged.
        """
        packed = self._archive.open()
        try:
            # closed together with what it reads from, see _Counted
            inflated = zipfile.ZipFile(packed).open(self._member)  # noqa: SIM115
        except (*_DAMAGES, RuntimeError) as error:
            packed.close()
            raise refusal("archive_damaged") from error
        return _counted(inflated, lambda: self._member.compress_size, self._limits, packed)


class BytesContent:
    """Bytes in the memory."""

    path: Path | None = None

    def __init__(self, content: bytes, name: str = "") -> None:
        self.name = name
        self._content = content

    def open(self) -> BinaryIO:
        """Open the bytes."""
        return io.BytesIO(self._content)


class _Counted(io.RawIOBase):
    """Counts inflated bytes and stops where they are out of all proportion."""

    def __init__(
        self, inflated: BinaryIO, consumed: Callable[[], int], limits: Limits, packed: BinaryIO
    ) -> None:
        self._inflated = inflated
        self._consumed = consumed
        self._limits = limits
        self._packed = packed
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        try:
            chunk = self._inflated.read(len(buffer))
        except _DAMAGES as error:
            raise refusal("archive_damaged") from error
        self._count += len(chunk)
        check_size(self._count, self._consumed(), self._limits)
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        if not self.closed:
            self._inflated.close()
            self._packed.close()
        super().close()


def _counted(
    inflated: object, consumed: Callable[[], int], limits: Limits, packed: BinaryIO
) -> BinaryIO:
    raw = _Counted(inflated, consumed, limits, packed)  # type: ignore[arg-type]
    return io.BufferedReader(raw, _BUFFER)


def check_size(inflated: int, packed: int, limits: Limits) -> None:
    """Refuse what is too large, or out of proportion to what was sent.

    Parameters
    ----------
    inflated, packed : int
        Bytes.
    limits : Limits
        `max_inflated_bytes` and `max_ratio`.

    Raises
    ------
    IngestError
        If a limit is passed.
    """
    if inflated > limits.max_inflated_bytes:
        raise refusal("archive_too_large", mebibytes=limits.max_inflated_bytes >> 20)
    if inflated > _RATIO_FLOOR and inflated > limits.max_ratio * max(packed, 1):
        raise refusal("archive_suspicious", ratio=limits.max_ratio)


def whole(content: Content, limits: Limits) -> bytes:
    """Read all bytes of a format that cannot be read piece by piece.

    Parameters
    ----------
    content : Content
        The bytes.
    limits : Limits
        `max_in_memory_bytes`.

    Returns
    -------
    bytes
        All of them.

    Raises
    ------
    IngestError
        If there are too many.
    """
    with content.open() as stream:
        read = stream.read(limits.max_in_memory_bytes + 1)
    if len(read) > limits.max_in_memory_bytes:
        raise refusal("content_too_large", mebibytes=limits.max_in_memory_bytes >> 20)
    return read


def members_of(archive: Content, limits: Limits) -> list[MemberContent]:
    """List the files of a zip archive after checking its directory; nothing is inflated.

    Parameters
    ----------
    archive : Content
        The zip archive.
    limits : Limits
        Bounds on what its files may inflate to, all together.

    Returns
    -------
    list of MemberContent
        The files in the archive's order; folders are left out.

    Raises
    ------
    IngestError
        If the archive is damaged, encrypted, too large or out of proportion, or if names in it
        repeat, lead out of it or are links.
    """
    with archive.open() as packed:
        try:
            infos = zipfile.ZipFile(packed).infolist()
        except (*_DAMAGES, UnicodeDecodeError, ValueError) as error:
            raise refusal("archive_damaged") from error
    _check_directory(infos, limits)
    return [MemberContent(archive, info, limits) for info in infos if not info.is_dir()]


def _check_directory(infos: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(infos) > _MOST_MEMBERS:
        raise refusal("archive_unsafe", text=f"{len(infos)} entries")
    seen: set[str] = set()
    for info in infos:
        fault = _entry_fault(info, seen)
        if fault is not None:
            raise fault
        seen.add(info.filename)
        check_size(info.file_size, info.compress_size, limits)
    packed = sum(info.compress_size for info in infos)
    check_size(sum(info.file_size for info in infos), packed, limits)


def _entry_fault(info: zipfile.ZipInfo, seen: set[str]) -> IngestError | None:
    name = info.orig_filename.replace("\\", "/")
    is_outside = name.startswith("/") or ".." in PurePosixPath(name).parts or name[1:2] == ":"
    is_link = stat.S_ISLNK(info.external_attr >> 16)
    if is_outside or is_link or info.filename in seen or "\x00" in name:
        return refusal("archive_unsafe", text=name.replace("\x00", ""))
    if info.flag_bits & 1:
        return refusal("archive_encrypted")
    # a damaged directory makes Python's library look for a member before the file's beginning
    is_readable = info.compress_type in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
    if info.header_offset < 0 or not is_readable:
        return refusal("archive_damaged")
    return None
