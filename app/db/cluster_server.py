"""Making the cluster's folder and starting its server."""

import os
import subprocess
import tempfile
import time
from pathlib import Path

from app.db.cluster_address import Address, choose_address, forget_address
from app.db.cluster_errors import (
    ClusterError,
    FolderError,
    StartError,
    StartTimeoutError,
    disk_full,
    folder_error,
)
from app.db.cluster_folder import ClusterFolder, Secrets, remove_tree
from app.db.cluster_process import (
    Postmaster,
    end_process,
    is_process,
    processes_in,
    read_postmaster,
)
from app.db.cluster_programs import Account, PostgresPrograms, run_program

SUPERUSER = "postgres"
_POLL_SECONDS = 0.02
_INITDB_SECONDS = 180.0
# Recovery after a power cut replays at most max_wal_size: seconds on an SSD, longer on a slow disk.
_START_SECONDS = 120.0
_ATTEMPTS = 3

# For a small machine. Statements and details stay out of the log: they hold people's data.
# C.UTF-8 sorts by code point, so a new C library cannot spoil an index.
_SETTINGS = """\
# Written by soil-hotspots at each start. ALTER SYSTEM overrides what stands here.
max_connections = 200
shared_buffers = '128MB'
work_mem = '16MB'
maintenance_work_mem = '128MB'
effective_cache_size = '512MB'
random_page_cost = 1.1
huge_pages = off
jit = off
max_worker_processes = 4
max_parallel_workers = 2
max_parallel_workers_per_gather = 1
autovacuum_max_workers = 2
wal_level = minimal
max_wal_senders = 0
wal_compression = on
min_wal_size = '80MB'
max_wal_size = '512MB'
client_connection_check_interval = '5s'
password_encryption = 'scram-sha-256'
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
logging_collector = off
log_destination = 'stderr'
log_line_prefix = '%m [%p] %q%u@%d '
log_checkpoints = off
log_error_verbosity = terse
log_min_error_statement = panic
"""
_SETTINGS_FILE = "soil-hotspots.conf"


class Server:
    """PostgreSQL on one folder; the caller holds the start lock."""

    def __init__(self, folder: ClusterFolder, programs: PostgresPrograms, account: Account) -> None:
        self.folder = folder
        self.programs = programs
        self.account = account

    def initialise(self, passwords: Secrets) -> None:
        """Make the cluster beside its place and move it there when it is complete."""
        try:
            # mkdtemp: mode 0700
            workshop = Path(tempfile.mkdtemp(dir=self.folder.path, prefix=".initdb-"))
            try:
                self._initialise_in(workshop, passwords.superuser)
                if self.folder.cluster.is_dir():
                    self.folder.cluster.rmdir()  # only ever an empty one, see existing_major
                (workshop / "cluster").rename(self.folder.cluster)
                _sync_folder(self.folder.path)
            finally:
                remove_tree(workshop)
        except OSError as error:
            raise folder_error(self.folder.path, error) from error

    def _initialise_in(self, workshop: Path, password: str) -> None:
        password_file = workshop / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(password + "\n", encoding="ascii")
        if self.account.drop:
            os.chown(password_file, self.account.uid, self.account.gid)
            os.chown(workshop, self.account.uid, self.account.gid)
        cluster = workshop / "cluster"
        for locale in ("C.UTF-8", "C"):
            command = [
                self.programs.program("initdb"),
                *("-D", str(cluster), "-U", SUPERUSER, "--encoding=UTF8", f"--locale={locale}"),
                *("--auth=scram-sha-256", f"--pwfile={password_file}", "--no-instructions"),
            ]
            try:
                result = run_program(command, self.account, _INITDB_SECONDS)
            except subprocess.TimeoutExpired as error:
                raise StartTimeoutError(
                    f"Making the database in {self.folder.path} took longer than "
                    f"{_INITDB_SECONDS:.0f} s; choose a folder on a faster disk with --data."
                ) from error
            if result.returncode == 0:
                with (cluster / "postgresql.conf").open("a", encoding="utf-8") as settings:
                    settings.write(f"\ninclude_if_exists = '{_SETTINGS_FILE}'\n")
                return
            if "invalid locale name" not in result.stderr:
                break
        self._refuse_initdb(result)

    def _refuse_initdb(self, result: subprocess.CompletedProcess[str]) -> None:
        lines = [line for line in result.stderr.splitlines() if line.strip()]
        if _speaks_of_full_disk(lines):
            raise disk_full(self.folder.path)
        if any("Permission denied" in line for line in lines):
            raise FolderError(
                f"The user '{self.account.name}' may not write in {self.folder.path}; check the "
                "folder's permissions, or choose another one with --data."
            )
        raise StartError(
            f"The database in {self.folder.path} could not be made: "
            f"{' | '.join(lines[-3:])[:600] or f'initdb ended with {result.returncode}'}; remove "
            "the cause, or choose another folder with --data."
        )

    def start(self) -> Address:
        """Start it, or adopt the one that runs, and wait until it takes connections."""
        for attempt in range(1, _ATTEMPTS + 1):
            running = read_postmaster(self.folder.cluster)
            if running is not None and running.is_alive:
                adopted = self._adopt(running)
                if adopted is not None:
                    return adopted
            self._clear_stale_pid()
            self._write_settings()
            address = choose_address(self.folder, self.account)
            address.clear()
            try:
                return self._launch(address)
            except StartError as error:
                forget_address(self.folder, address)
                # A port taken meanwhile, or a dead server's last backends: both pass.
                passing = ("pre-existing shared memory block", "could not bind", "Address already")
                if attempt == _ATTEMPTS or not any(words in str(error) for words in passing):
                    raise
                time.sleep(1.0)
            except BaseException:
                forget_address(self.folder, address)
                raise
        raise AssertionError("the last attempt returns or raises")

    def _adopt(self, running: Postmaster) -> Address | None:
        deadline = time.monotonic() + _START_SECONDS
        state: Postmaster | None = running
        while state is not None and state.is_alive:
            if state.status == "ready":
                return state.address
            if time.monotonic() > deadline:
                raise self._timeout(0)
            time.sleep(_POLL_SECONDS)
            state = read_postmaster(self.folder.cluster)
        return None

    def _launch(self, address: Address) -> Address:
        try:
            log = self.folder.open_log()
        except OSError as error:
            raise folder_error(self.folder.path, error) from error
        try:
            before = os.fstat(log).st_size
            # A shell in between, so that the server is init's child and no zombie of ours. Its own
            # session keeps the terminal's Ctrl-C away. Arguments are never part of the script.
            result = run_program(
                [
                    *("/bin/sh", "-c", '"$@" </dev/null >&2 & echo $!', "sh"),
                    *(self.programs.program("postgres"), "-D", str(self.folder.cluster)),
                    *address.server_options(),
                ],
                self.account,
                timeout=10,
                stderr=log,
            )
        finally:
            os.close(log)
        pid = int(result.stdout)
        try:
            return self._await_ready(pid, before)
        except BaseException:
            end_process(pid, self.folder.cluster)
            raise

    def _await_ready(self, pid: int, log_start: int) -> Address:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            state = read_postmaster(self.folder.cluster)
            if state is not None and state.pid == pid and state.status == "ready":
                return state.address
            if not is_process(pid):
                raise self._failure(log_start)
            if time.monotonic() > deadline:
                raise self._timeout(log_start)
            time.sleep(_POLL_SECONDS)

    def _failure(self, log_start: int) -> ClusterError:
        lines = self.folder.log_tail(start=log_start)
        if _speaks_of_full_disk(lines):
            return disk_full(self.folder.path)
        if any("Cannot allocate memory" in line for line in lines):
            return StartError(
                "PostgreSQL did not start because the machine has too little free memory (it asks "
                "for about 150 MB); end other programs and try again."
            )
        return StartError(
            f"PostgreSQL did not start in {self.folder.path}; remove the cause that the end of "
            f"{self.folder.log} names: {_quoted(lines)}"
        )

    def _timeout(self, log_start: int) -> StartTimeoutError:
        return StartTimeoutError(
            f"PostgreSQL in {self.folder.path} was not ready after {_START_SECONDS:.0f} s; try "
            f"again, and if it stays so look into {self.folder.log}, which ends: "
            f"{_quoted(self.folder.log_tail(start=log_start))}"
        )

    def _clear_stale_pid(self) -> None:
        """Remove a postmaster.pid whose number belongs to another program or to a zombie.

        PostgreSQL itself takes any process of its account for a server and would refuse; zombies
        stay where a container's first process does not collect them. A number that is free is left
        to PostgreSQL, whose own checks are the safer ones.
        """
        state = read_postmaster(self.folder.cluster)
        if state is None or state.is_alive or not (Path("/proc") / str(state.pid)).exists():
            return
        deadline = time.monotonic() + 10
        while others := processes_in(self.folder.cluster):
            if time.monotonic() > deadline:
                raise StartError(
                    f"Processes of an earlier PostgreSQL ({', '.join(map(str, others))}) still "
                    f"work in {self.folder.cluster}; end them with kill and try again."
                )
            time.sleep(0.1)
        (self.folder.cluster / "postmaster.pid").unlink(missing_ok=True)

    def _write_settings(self) -> None:
        """Bring the settings file to this version's; by renaming, which follows no links."""
        target = self.folder.cluster / _SETTINGS_FILE
        try:
            is_file = target.exists() and not target.is_symlink()
            if is_file and target.read_text(encoding="utf-8") == _SETTINGS:
                return
            descriptor, name = tempfile.mkstemp(dir=self.folder.cluster, prefix=".settings-")
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(_SETTINGS)
                if self.account.drop:
                    os.fchown(file.fileno(), self.account.uid, self.account.gid)
            Path(name).replace(target)
        except OSError as error:
            raise folder_error(self.folder.cluster, error) from error

    def set_superuser_password(self, password: str) -> None:
        """Replace a lost password; needs no login, but the stopped cluster and its account."""
        self._clear_stale_pid()
        result = run_program(
            [
                *(self.programs.program("postgres"), "--single", "-j"),
                *("-D", str(self.folder.cluster), "postgres"),
            ],
            self.account,
            timeout=60,
            # -j: a statement ends with semicolon and empty line; token_urlsafe has no quotes
            stdin=f"ALTER ROLE {SUPERUSER} PASSWORD '{password}';\n\n",
        )
        if result.returncode != 0 or "ERROR" in result.stderr:
            raise StartError(
                f"The lost passwords of {self.folder.cluster} could not be replaced: "
                f"{_quoted(result.stderr.splitlines()[-3:])}; restore {self.folder.secrets}."
            )


def _speaks_of_full_disk(lines: list[str]) -> bool:
    return any("No space left" in line or "Disk quota exceeded" in line for line in lines)


def _quoted(lines: list[str]) -> str:
    return " | ".join(line.strip() for line in lines)[:800] or "(nothing)"


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
