"""A private PostgreSQL cluster in the data folder, shared by every process that uses it.

Two flocks decide its life. `start.lock` is held while somebody decides to start or stop.
`users.lock` is held, shared, by everyone who uses the cluster; who leaves tries to have it alone
and, if so, stops the server. The kernel drops the locks of a killed process, so a server left
behind is adopted by the next user and stopped when that one leaves.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from app.db.cluster_address import Address
from app.db.cluster_errors import SecretsError, StartError
from app.db.cluster_folder import ClusterFolder, Secrets, try_lock, unlock
from app.db.cluster_process import read_postmaster, require_proc, stop_server
from app.db.cluster_programs import choose_programs, server_account
from app.db.cluster_roles import API_ROLE, OWNER_ROLE, provision, url_for
from app.db.cluster_server import SUPERUSER, Server

_LOCK_SECONDS = 180.0

ClusterState = Literal["absent", "stopped", "stale", "starting", "running", "orphan"]


@dataclass(frozen=True)
class ClusterUrls:
    """The SQLAlchemy addresses of the database, one for each role; never shown in a repr."""

    owner: str = field(repr=False)
    api: str = field(repr=False)
    superuser: str = field(repr=False)


@dataclass(frozen=True)
class ClusterStatus:
    """How the cluster is, seen from outside.

    absent: never made. stopped: made, not running. stale: not running, but a killed server left its
    pid file. starting: a process works on it now. running: in use. orphan: running for nobody.
    """

    state: ClusterState
    major: int | None = None
    pid: int | None = None
    address: Address | None = None


class EmbeddedCluster:
    """The cluster in `<data_dir>/postgres`; nothing is touched before it is used."""

    def __init__(self, data_dir: Path) -> None:
        self.folder = ClusterFolder(data_dir)

    @contextmanager
    def running(self) -> Iterator[ClusterUrls]:
        """Use the cluster: made when absent, started when stopped, stopped by the last who leaves.

        A process that is ended by SIGTERM must leave this block (turn the signal into an
        exception); one that is killed leaves an orphan, which the next user adopts.

        Raises
        ------
        ClusterError
            One sentence with cause and remedy; nothing is left half-done.
        """
        users = self._enter()
        try:
            yield users.urls
        finally:
            self._leave(users.lock)

    def ensure(self) -> None:
        """Make the cluster complete, and leave it as it was: stopped, or running for others."""
        with self.running():
            pass

    def status(self) -> ClusterStatus:
        """Look at the cluster without changing anything."""
        major = self.folder.existing_major()
        if major is None:
            return ClusterStatus("absent")
        postmaster = read_postmaster(self.folder.cluster)
        if postmaster is None:
            return ClusterStatus("stopped", major)
        if not postmaster.is_alive:
            return ClusterStatus("stale", major, postmaster.pid)
        return ClusterStatus(self._liveliness(), major, postmaster.pid, postmaster.address)

    def bound_log(self) -> None:
        """Cut the server's log when it is too long; start does so too, a long run may call it."""
        unlock(self.folder.open_log())

    def _liveliness(self) -> Literal["starting", "running", "orphan"]:
        # Under the start lock, because a leaving process must not meet our trial in users.lock.
        start = self.folder.open_lock("start.lock")
        try:
            if not try_lock(start, fcntl.LOCK_EX):
                return "starting"
            users = self.folder.open_lock("users.lock")
            try:
                return "orphan" if try_lock(users, fcntl.LOCK_EX) else "running"
            finally:
                unlock(users)
        finally:
            unlock(start)

    def _enter(self) -> "_Use":
        require_proc()
        self.folder.prepare()
        with self.folder.locked(_LOCK_SECONDS):
            users = self.folder.open_lock("users.lock")
            try:
                is_alone = try_lock(users, fcntl.LOCK_EX)
                urls = self._start(is_alone=is_alone)
                # Nobody takes the lock alone without the start lock, so this cannot wait.
                fcntl.flock(users, fcntl.LOCK_SH)
            except BaseException:
                unlock(users)
                raise
        return _Use(users, urls)

    def _start(self, *, is_alone: bool) -> ClusterUrls:
        major = self.folder.existing_major()
        programs = choose_programs(major)
        server = Server(self.folder, programs, server_account(self.folder.cluster))
        if is_alone:
            self.folder.remove_leftovers()
            self.folder.check_enterable(server.account)
        passwords = self._passwords(server, is_alone=is_alone, is_new=major is None)
        if major is None:
            server.initialise(passwords)
        try:
            address = server.start()
            try:
                provision(self.folder, address, passwords, programs.postgis)
            except StartError:
                if not is_alone:
                    raise
                # An orphan whose socket was swept out of /tmp runs, but cannot be reached.
                stop_server(self.folder)
                address = server.start()
                provision(self.folder, address, passwords, programs.postgis)
        except BaseException:
            if is_alone:
                stop_server(self.folder)
            raise
        return ClusterUrls(
            owner=url_for(address, OWNER_ROLE, passwords.owner),
            api=url_for(address, API_ROLE, passwords.api),
            superuser=url_for(address, SUPERUSER, passwords.superuser),
        )

    def _passwords(self, server: Server, *, is_alone: bool, is_new: bool) -> Secrets:
        passwords = self.folder.read_secrets()
        if passwords is not None:
            return passwords
        passwords = Secrets.new()
        if not is_new:
            if not is_alone:
                raise SecretsError(
                    f"{self.folder.secrets} is missing while the database is in use; stop the "
                    "service and start it again: that makes new passwords."
                )
            stop_server(self.folder)
            server.set_superuser_password(passwords.superuser)
        self.folder.write_secrets(passwords)
        return passwords

    def _leave(self, users: int) -> None:
        try:
            with self.folder.locked(_LOCK_SECONDS):
                if try_lock(users, fcntl.LOCK_EX):
                    stop_server(self.folder)
        finally:
            unlock(users)


@dataclass(frozen=True)
class _Use:
    lock: int
    urls: ClusterUrls
