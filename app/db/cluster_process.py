"""The server's process: recognising it, telling it from another one with its number, ending it."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from app.db.cluster_address import Address, forget_address
from app.db.cluster_errors import StartError, folder_error
from app.db.cluster_folder import ClusterFolder

_POLL_SECONDS = 0.02
_STOP_SECONDS = 60.0


@dataclass(frozen=True)
class Postmaster:
    """What postmaster.pid says about a server that was verified to be alive, or is not."""

    pid: int
    port: int
    socket_dir: Path | None
    status: str
    is_alive: bool

    @property
    def address(self) -> Address:
        """Where it listens."""
        return Address(self.socket_dir, self.port)


def require_proc() -> None:
    """Refuse a system without /proc, where a server cannot be told from a program with its number.

    Guessing could send a signal to somebody else's process.
    """
    if not Path("/proc/self/cwd").exists():
        raise StartError(
            "The folder /proc is not mounted, and the embedded database needs it to recognise its "
            "server; mount it with: mount -t proc proc /proc"
        )


def read_postmaster(cluster: Path) -> Postmaster | None:
    """Read postmaster.pid (miscadmin.h: pid, folder, start, port, socket, address, shm, status)."""
    try:
        lines = (cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise folder_error(cluster, error) from error
    cells = [line.strip() for line in lines] + [""] * 8
    try:
        pid = abs(int(cells[0]))
    except ValueError:
        return None  # just being written, or cut off by a crash: PostgreSQL decides
    return Postmaster(
        pid=pid,
        port=int(cells[3]) if cells[3].isdecimal() else 0,
        socket_dir=Path(cells[4]) if cells[4] else None,
        status=cells[7],
        is_alive=_works_in(pid, cluster),
    )


def stop_server(folder: ClusterFolder) -> None:
    """Stop the server: fast, and when it does not react, at once."""
    state = read_postmaster(folder.cluster)
    if state is None or not state.is_alive:
        return
    for number in (signal.SIGINT, signal.SIGQUIT):
        _signal(state.pid, number)
        if wait_for_end(state.pid, folder.cluster, _STOP_SECONDS):
            forget_address(folder, state.address)
            return
    raise StartError(
        f"PostgreSQL (process {state.pid}) does not stop; end it with: kill -9 {state.pid}"
    )


def _works_in(pid: int, cluster: Path) -> bool:
    """Tell whether the process is a PostgreSQL of this folder: it works in there all its life."""
    process = Path("/proc") / str(pid)
    try:
        name = (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
        return name in ("postgres", "postmaster") and (process / "cwd").samefile(cluster)
    except OSError:
        return False


def processes_in(cluster: Path) -> list[int]:
    """List the PostgreSQL processes of this folder, the server's children included."""
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal())
    return [pid for pid in pids if _works_in(pid, cluster)]


def is_process(pid: int) -> bool:
    """Tell whether a process with this number exists and is no zombie."""
    try:
        status = (Path("/proc") / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] not in ("Z", "X")


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return  # it has ended meanwhile, which is what was wanted


def wait_for_end(pid: int, cluster: Path, seconds: float) -> bool:
    """Wait until the server has ended, and tell whether it did in time."""
    deadline = time.monotonic() + seconds
    while _works_in(pid, cluster):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def end_process(pid: int, cluster: Path) -> None:
    """End a server that did not come up; SIGQUIT is PostgreSQL's immediate stop."""
    if is_process(pid):
        _signal(pid, signal.SIGQUIT)
        if not wait_for_end(pid, cluster, 10):
            _signal(pid, signal.SIGKILL)
