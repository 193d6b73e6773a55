"""Where reading children are born: a process that has loaded the libraries and opens no file.

Loading them takes most of a second, more than reading most files. The nursery (`ingest.guarded`)
does it once and forks a child for each file; each child sets its own limits, reads one file and
ends. Nothing of a file ever reaches the nursery, which ends when nobody has wanted a child for a
while, and at once when its parent does; its children end with it.
"""

import contextlib
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

_PACKAGE_ROOT = Path(__file__).resolve().parents[1]
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONPATH", "TMPDIR", "TZ")
IDLE_SECONDS = 60.0

# Messages to the nursery: a child wanted (with the ends of three pipes), a child to be killed.
BEAR = b"b"
KILL = struct.Struct("=cq")
# What the nursery says of a child: its process, and how it ended, as os.waitpid has it.
BORN = struct.Struct("=q")
ENDED = struct.Struct("=i")


class Child:
    """A child as its parent sees it: the end of a pipe for its task, and one for its answer."""

    def __init__(self, nursery: socket.socket, pid: int, task: int, answer: int, fate: int) -> None:
        self._nursery = nursery
        self._fate = fate
        self._code: int | None = None
        self.pid = pid
        self.answer = answer
        self.task = os.fdopen(task, "wb")

    def wait(self) -> int:
        """Return the exit code once the child has ended, negative for a signal."""
        if self._code is None:
            told = _read(self._fate, ENDED.size)
            # A nursery that was killed says nothing, and the kernel kills its children.
            self._code = os.waitstatus_to_exitcode(*ENDED.unpack(told)) if told else -signal.SIGKILL
        return self._code

    def close(self) -> None:
        """Let nothing of the child survive."""
        if self._code is None and not select.select([self._fate], [], [], 0)[0]:
            with contextlib.suppress(OSError):
                self._nursery.send(KILL.pack(b"k", self.pid))
        self.wait()
        with contextlib.suppress(BrokenPipeError):
            self.task.close()
        os.close(self.answer)
        os.close(self._fate)


class Nursery:
    """Starts the process when a child is wanted; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._last_code: int | None = None

    @property
    def pid(self) -> int | None:
        """The process, if it runs."""
        if self._process is None or self._process.poll() is not None:
            return None
        return self._process.pid

    def bear(self) -> Child:
        """Return a new child.

        Raises
        ------
        ChildProcessError
            None can be started.
        """
        with self._lock:
            # One that was about to end for want of work may have taken the message with it.
            child = self._ask() or self._ask()
            if child is None:
                raise ChildProcessError(
                    f"the child ended with exit code {self._last_code} and no answer"
                )
            return child

    def prepare(self) -> None:
        """Start the process, if none runs, and do not wait until it has loaded its libraries.

        Raises
        ------
        OSError
            It cannot be started.
        """
        with self._lock:
            self._start_unless_it_runs()

    def close(self) -> None:
        """End the process, and with it every child; a later child starts another."""
        with self._lock:
            self._end()

    def _start_unless_it_runs(self) -> None:
        if self.pid is None:
            self._end()
            self._start()

    def _ask(self) -> Child | None:
        self._start_unless_it_runs()
        control = self._control
        if control is None:
            raise RuntimeError("a nursery is always started with its control")
        theirs_task, task = os.pipe()
        answer, theirs_answer = os.pipe()
        fate, theirs_fate = os.pipe()
        theirs = [theirs_task, theirs_answer, theirs_fate]
        try:
            socket.send_fds(control, [BEAR], theirs)
            sent = True
        except OSError:
            sent = False
        finally:
            for end in theirs:
                os.close(end)
        told = _read(fate, BORN.size) if sent else b""
        if told:
            return Child(control, BORN.unpack(told)[0], task, answer, fate)
        for end in (task, answer, fate):
            os.close(end)
        self._end()
        return None

    def _start(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "ingest.guarded", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment(),
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        # So that one that ended for want of work is no zombie until somebody asks for it.
        threading.Thread(target=self._process.wait, daemon=True).start()
        self._control = ours

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()  # which tells it
        if self._process is not None:
            self._last_code = self._process.wait()
        self._control = self._process = None


def environment() -> dict[str, str]:
    """Return the environment of children: an allow-list.

    The addresses and keys of the service are no business of a foreign file.
    """
    inherited: Mapping[str, str] = {
        name: os.environ[name] for name in _INHERITED if name in os.environ
    }
    paths = [str(_PACKAGE_ROOT), *filter(None, [inherited.get("PYTHONPATH")])]
    return {
        **inherited,
        "PYTHONPATH": os.pathsep.join(paths),
        "PROJ_NETWORK": "OFF",
        "POLARS_MAX_THREADS": "2",
        "OPENBLAS_NUM_THREADS": "1",
        # Threads do not live on in a forked child: the allocators of Polars and Arrow start none.
        "_RJEM_MALLOC_CONF": "background_thread:false",
        "JE_ARROW_MALLOC_CONF": "background_thread:false",
    }


def _read(pipe: int, size: int) -> bytes:
    """Read exactly so many bytes, or none where the other end was closed before."""
    parts = b""
    while len(parts) < size:
        piece = os.read(pipe, size - len(parts))
        if not piece:
            return b""
        parts += piece
    return parts
