"""The cluster's files: who may enter and own them, its locks, and its passwords."""

import errno
import fcntl
import json
import os
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from app.db.cluster_errors import BusyError, FolderError, SecretsError, folder_error
from app.db.cluster_programs import Account, not_ours, run_program

_POLL_SECONDS = 0.02
_LOG_LIMIT = 5 * 1024 * 1024
_LOG_KEPT = 512 * 1024


@dataclass(frozen=True)
class Secrets:
    """The passwords of the three roles; never shown in a repr."""

    superuser: str = field(repr=False)
    owner: str = field(repr=False)
    api: str = field(repr=False)

    @classmethod
    def new(cls) -> "Secrets":
        """Draw new ones, 256 bits each."""
        return cls(*(secrets.token_urlsafe(32) for _ in range(3)))


class ClusterFolder:
    """The data folder as far as the cluster uses it."""

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir.expanduser().resolve()
        self.cluster = self.path / "postgres"
        self.run = self.path / "run"
        self.log = self.path / "postgres.log"
        self.secrets = self.path / "secrets.json"

    def prepare(self) -> None:
        """Make the folder when it is missing, and refuse one we cannot write."""
        try:
            if not self.path.is_dir():
                # As root, PostgreSQL's account must pass through it; nobody else may look inside.
                mode = 0o711 if os.geteuid() == 0 else 0o700
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self.path.mkdir(mode=mode, exist_ok=True)
                self.path.chmod(mode)
            # os.access knows neither full disks nor read-only mounts seen by root: really write.
            with tempfile.TemporaryFile(dir=self.path) as probe:
                probe.write(b"x" * 4096)
        except OSError as error:
            raise folder_error(self.path, error) from error

    def check_enterable(self, account: Account) -> None:
        """Refuse a path through which PostgreSQL's account cannot pass, naming the folder."""
        if not account.drop or self._can_enter(self.path, account):
            return
        for folder in [*reversed(self.path.parents), self.path]:
            if not self._can_enter(folder, account):
                raise FolderError(
                    f"The folder {folder} cannot be entered by the user '{account.name}', under "
                    f"whom PostgreSQL runs; allow it with: chmod o+x '{folder}' - or choose "
                    "another data folder with --data, such as /var/lib/soil-hotspots."
                )

    @staticmethod
    def _can_enter(folder: Path, account: Account) -> bool:
        # Asking the kernel as that user is the only answer that knows ACLs and mounts.
        return (
            run_program(["/usr/bin/test", "-x", str(folder)], account, timeout=10).returncode == 0
        )

    def existing_major(self) -> int | None:
        """Read the major version of the cluster; None when there is none yet."""
        try:
            text = (self.cluster / "PG_VERSION").read_text(encoding="ascii").strip()
        except FileNotFoundError:
            if self.cluster.exists() and (not self.cluster.is_dir() or any(self.cluster.iterdir())):
                raise FolderError(
                    f"{self.cluster} exists but is not a PostgreSQL cluster; move it away, or "
                    "choose another folder with --data."
                ) from None
            return None
        except PermissionError as error:
            try:
                raise not_ours(self.cluster) from error
            except OSError as cause:
                raise folder_error(self.path, cause) from cause
        except OSError as error:
            raise folder_error(self.path, error) from error
        if not text.isdecimal():
            raise FolderError(
                f"{self.cluster}/PG_VERSION is damaged; restore the folder from a backup, or move "
                "it away and start anew."
            )
        return int(text)

    def remove_leftovers(self) -> None:
        """Remove what an interrupted first start left; call it with the start lock held."""
        for leftover in self.path.glob(".initdb-*"):
            remove_tree(leftover)
        for leftover in self.path.glob(".secrets-*"):
            leftover.unlink(missing_ok=True)

    @contextmanager
    def locked(self, timeout: float) -> Iterator[None]:
        """Hold the start lock: every decision to start or stop is made under it."""
        with _opened(self.path / "start.lock") as lock:
            deadline = time.monotonic() + timeout
            while not try_lock(lock, fcntl.LOCK_EX):
                if time.monotonic() > deadline:
                    raise BusyError(
                        "Another process has been starting or stopping the database in "
                        f"{self.path} for {timeout:.0f} s; wait for it, or end it if it hangs "
                        f"(fuser -v '{self.path / 'start.lock'}' shows which)."
                    )
                time.sleep(_POLL_SECONDS)
            yield

    def open_lock(self, name: str) -> int:
        """Open one of the two lock files, making it when it is missing."""
        return _open_lock(self.path / name)

    def read_secrets(self) -> Secrets | None:
        """Read the passwords, refusing a file that others may read or that was tampered with."""
        try:
            descriptor = os.open(self.secrets, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SecretsError(
                f"{self.secrets} cannot be read ({error.strerror}); start the service as the user "
                "who owns it."
            ) from error
        with os.fdopen(descriptor, encoding="utf-8") as file:
            if stat.S_IMODE(os.fstat(descriptor).st_mode) & 0o077:
                os.fchmod(descriptor, 0o600)
            try:
                content = json.load(file)
                return Secrets(*(str(content[name]) for name in ("superuser", "owner", "api")))
            except (ValueError, KeyError, TypeError) as error:
                raise SecretsError(
                    f"{self.secrets} is damaged; restore it from a backup, or delete it: the next "
                    "start makes new passwords."
                ) from error

    def write_secrets(self, passwords: Secrets) -> None:
        """Keep the passwords, readable by the owner only, all at once or not at all."""
        content = json.dumps(
            {"superuser": passwords.superuser, "owner": passwords.owner, "api": passwords.api}
        )
        try:
            descriptor, name = tempfile.mkstemp(dir=self.path, prefix=".secrets-")  # made 0600
            temporary = Path(name)
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                    file.write(content + "\n")
                    file.flush()
                    os.fsync(file.fileno())
                    give_to_owner_of(self.path, file.fileno())
                temporary.replace(self.secrets)
            finally:
                temporary.unlink(missing_ok=True)
        except OSError as error:
            raise folder_error(self.path, error) from error

    def open_log(self) -> int:
        """Open the server's log for appending, cutting it first when it has grown too long."""
        descriptor = os.open(
            self.log,
            os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC,
            0o600,
        )
        size = os.fstat(descriptor).st_size
        if size > _LOG_LIMIT:
            # The server appends too, so it goes on writing at the new end.
            kept = os.pread(descriptor, _LOG_KEPT, size - _LOG_KEPT)
            os.ftruncate(descriptor, 0)
            os.write(descriptor, kept)
        give_to_owner_of(self.path, descriptor)
        return descriptor

    def log_tail(self, lines: int = 6, start: int = 0) -> list[str]:
        """Read the last lines of the log, at most 8 kB and not before byte `start`."""
        try:
            with self.log.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(start if start <= size else 0, size - 8192))
                return file.read().decode("utf-8", "replace").splitlines()[-lines:]
        except OSError:
            return []


def remove_tree(folder: Path, seconds: float = 5.0) -> None:
    """Remove a folder, again and again while a dying program still writes in it."""
    deadline = time.monotonic() + seconds
    while folder.exists() and time.monotonic() < deadline:
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(_POLL_SECONDS if folder.exists() else 0)


def _open_lock(path: Path) -> int:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        give_to_owner_of(path.parent, descriptor)
    except OSError as error:
        raise folder_error(path.parent, error) from error
    return descriptor


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = _open_lock(path)
    try:
        yield descriptor
    finally:
        unlock(descriptor)


def try_lock(descriptor: int, kind: int) -> bool:
    """Take a lock without waiting, and tell whether it was had."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
            raise
        return False
    return True


def unlock(descriptor: int) -> None:
    """Give a lock back, also when a forked child still holds a copy of the descriptor."""
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


def give_to_owner_of(folder: Path, descriptor: int) -> None:
    """As root in another user's folder, leave the file to that user, who needs it later."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
