"""Where the cluster listens: a unix socket in a short private path, else loopback."""

import hashlib
import os
import re
import socket
import stat
import tempfile
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from app.db.cluster_errors import AddressError
from app.db.cluster_folder import ClusterFolder
from app.db.cluster_programs import Account

PORT = 5432
# sun_path has 108 bytes with its closing NUL (unix(7)); PostgreSQL names the socket by its port
_LONGEST_SOCKET_PATH = 107
_SOCKET_NAME = f".s.PGSQL.{PORT}"
# A comma separates hosts for libpq and folders for the server; quotes have a meaning for both.
_PLAIN_PATH = re.compile(r"[^\x00-\x1f,'\"\\@]+")


@dataclass(frozen=True)
class Address:
    """A folder with the unix socket, or else a port on 127.0.0.1."""

    socket_dir: Path | None
    port: int

    @property
    def host(self) -> str:
        """What libpq calls the host."""
        return "127.0.0.1" if self.socket_dir is None else str(self.socket_dir)

    def clear(self) -> None:
        """Remove a dead server's socket and its lock, which PostgreSQL trusts like its pid file.

        The folder is ours alone, and the caller knows that no server runs.
        """
        if self.socket_dir is not None:
            for name in (_SOCKET_NAME, f"{_SOCKET_NAME}.lock"):
                (self.socket_dir / name).unlink(missing_ok=True)

    def server_options(self) -> list[str]:
        """Give the server's options; on the command line, so that no file can widen them."""
        listen = "127.0.0.1" if self.socket_dir is None else ""
        folder = "" if self.socket_dir is None else f'"{self.socket_dir}"'
        return [
            *("-c", f"listen_addresses={listen}"),
            *("-c", f"unix_socket_directories={folder}"),
            *("-c", "unix_socket_permissions=0700"),
            *("-c", f"port={self.port}"),
        ]


def choose_address(folder: ClusterFolder, account: Account) -> Address:
    """Choose the data folder's own socket, one in a short private folder, or a loopback port."""
    if _fits(folder.run) and _private(folder.run, account) and accepts_sockets(folder.run):
        return Address(folder.run, PORT)
    for parent in _short_parents(account):
        socket_dir = _short_folder(parent, folder.path, account)
        if socket_dir is not None:
            if accepts_sockets(socket_dir):
                return Address(socket_dir, PORT)
            socket_dir.rmdir()
    return Address(None, free_port())


def forget_address(folder: ClusterFolder, address: Address) -> None:
    """Remove a short folder after the server has stopped; the data folder's own one stays."""
    if address.socket_dir not in (None, folder.run):
        with suppress(OSError):
            address.socket_dir.rmdir()


def accepts_sockets(folder: Path) -> bool:
    """Tell whether the file system can hold a unix socket, by making one."""
    probe = folder / ".probe"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as trial:
        try:
            probe.unlink(missing_ok=True)
            trial.bind(str(probe))
        except OSError:
            return False
        probe.unlink(missing_ok=True)
    return True


def free_port() -> int:
    """Find a port on loopback that nobody listens on."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as trial:
        try:
            trial.bind(("127.0.0.1", 0))
        except OSError as error:
            raise AddressError(
                "The database can listen neither on a unix socket nor on 127.0.0.1 "
                f"({error.strerror}); bring the loopback device up (ip link set lo up), or choose "
                "another data folder with --data."
            ) from error
        return int(trial.getsockname()[1])


def _fits(folder: Path) -> bool:
    path = str(folder / _SOCKET_NAME)
    return len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH and bool(_PLAIN_PATH.fullmatch(path))


def _short_parents(account: Account) -> list[Path]:
    parents = [Path("/tmp")]  # noqa: S108 - a private 0700 folder is made inside
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime and not account.drop and Path(runtime).is_dir():
        parents.insert(0, Path(runtime))
    return [parent for parent in parents if os.access(parent, os.W_OK | os.X_OK)]


def _short_folder(parent: Path, data_dir: Path, account: Account) -> Path | None:
    """Make the private folder, under another name when somebody else sits on the first one."""
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    socket_dir = parent / f"soil-hotspots-{digest}"
    if not _fits(socket_dir):
        return None
    if _private(socket_dir, account):
        return socket_dir
    try:
        other = Path(tempfile.mkdtemp(prefix=f"{socket_dir.name}-", dir=parent))
    except OSError:
        return None
    return other if _fits(other) and _private(other, account) else None


def _private(folder: Path, account: Account) -> bool:
    """Make the folder, or accept one that is ours alone: no link, right owner, mode 0700."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    except OSError:
        return False
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        found = os.fstat(descriptor)
        if found.st_uid not in (os.geteuid(), account.uid):
            return False
        os.fchmod(descriptor, stat.S_IRWXU)
        if account.drop:
            os.fchown(descriptor, account.uid, account.gid)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True
