"""What can go wrong with the embedded cluster; each error is a sentence with cause and remedy.

ClusterError
├── PostgresMissingError        no usable PostgreSQL programs
├── PostgisMissingError         PostgreSQL is there, PostGIS is not (or too old)
├── VersionMismatchError        the cluster was made by a version that is no longer installed
├── FolderError                 the data folder cannot be written, entered or used by us
├── DiskFullError               the disk, or the quota, is full
├── SecretsError                secrets.json is missing or does not fit the cluster
├── BusyError                   another process has been starting or stopping it for too long
├── AddressError                neither a unix socket nor a loopback port can be had
└── StartError                  PostgreSQL did not start or stop; carries the last log lines
    └── StartTimeoutError       ... within the time allowed
"""

import errno
from pathlib import Path

from app.errors import NotReady


class ClusterError(NotReady):
    """The embedded cluster cannot be used."""


class PostgresMissingError(ClusterError):
    """No usable PostgreSQL programs are installed."""


class PostgisMissingError(ClusterError):
    """PostgreSQL is installed, PostGIS is not, or is too old."""


class VersionMismatchError(ClusterError):
    """The cluster was made by a PostgreSQL version that is not installed any more."""


class FolderError(ClusterError):
    """The data folder cannot be written, entered or used by this account."""


class DiskFullError(ClusterError):
    """No space is left for the cluster."""


class SecretsError(ClusterError):
    """The passwords in secrets.json are missing or wrong."""


class BusyError(ClusterError):
    """Another process holds the start lock for too long."""


class AddressError(ClusterError):
    """There is no address at which PostgreSQL could listen."""


class StartError(ClusterError):
    """PostgreSQL did not start, or did not stop."""


class StartTimeoutError(StartError):
    """PostgreSQL did not start within the time allowed."""


def disk_full(folder: Path) -> DiskFullError:
    """Name the full disk and the way out."""
    return DiskFullError(
        f"The disk that holds {folder} is full (or its quota is reached); free at least 1 GB "
        "there, or choose a folder on another disk with --data."
    )


def folder_error(folder: Path, error: OSError) -> ClusterError:
    """Put an operating system's error about a folder into a sentence."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(folder)
    if error.errno == errno.EROFS:
        return FolderError(
            f"{folder} is on a read-only file system; choose another folder with --data."
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return FolderError(
            f"There is no permission to write in {folder}; make it yours with chown, "
            "or choose another folder with --data."
        )
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return FolderError(
            f"{error.filename or folder} is in the way: it is not a folder; move it away, "
            "or choose another folder with --data."
        )
    return FolderError(
        f"The data folder {folder} cannot be used ({error.strerror or error}); "
        "choose another folder with --data."
    )
