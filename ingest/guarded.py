"""The processes that read foreign files under limits; asked for by `ingest.nursery`.

The first one loads the libraries and forks a child for each file. A child sets its bounds before
it opens the file.
"""

import contextlib
import ctypes
import os
import pickle
import resource
import select
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from ingest import pipeline, wire
from ingest.errors import IngestError
from ingest.findings import refusal
from ingest.nursery import BEAR, BORN, ENDED, IDLE_SECONDS, KILL
from ingest.options import Limits

_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)
_RESERVED_SPACE = 4 << 30
_NEW_NETWORK, _NEW_USER = 0x40000000, 0x10000000  # CLONE_NEWNET and CLONE_NEWUSER of unshare(2)


def leave_network() -> bool:
    """Move this process where no network is, if the system allows it.

    Root may at once; others only where the kernel lets them have a user namespace of their own,
    which is refused to them in many containers.

    Returns
    -------
    bool
        Whether it worked. Where it did not, no library here is told to reach out, but nothing
        keeps it from doing so.
    """
    unshare = ctypes.CDLL(None).unshare
    return any(unshare(flags) == 0 for flags in (_NEW_NETWORK, _NEW_USER | _NEW_NETWORK))


def _limit_this_process(limits: Limits) -> None:
    seconds = int(limits.wall_seconds) + 1
    # what the loaded libraries hold comes on top: it grows with the cores of the machine
    pages = [int(word) for word in Path("/proc/self/statm").read_text(encoding="ascii").split()]
    size, data = (pages[field] * resource.getpagesize() for field in (0, 5))
    # allocators reserve address space far beyond what they use, so the writable part counts
    writable = data + limits.memory_bytes
    space = size + limits.memory_bytes + _RESERVED_SPACE
    _bound(resource.RLIMIT_DATA, writable)
    _bound(resource.RLIMIT_AS, space)
    _bound(resource.RLIMIT_CPU, 4 * seconds)
    _bound(resource.RLIMIT_FSIZE, 0)
    _bound(resource.RLIMIT_CORE, 0)


def _bound(kind: int, most: int) -> None:
    """Set a bound of this process; a stricter one of the system's stays, as users must let it."""
    _, known = resource.getrlimit(kind)
    bound = most if known == resource.RLIM_INFINITY else min(most, known)
    resource.setrlimit(kind, (bound, bound))


def _work(task: bytes, output: BinaryIO) -> None:
    # the task comes from the parent, which made it itself
    mode, *arguments = pickle.loads(task)  # noqa: S301
    limits: Limits = arguments[-1]
    try:
        _limit_this_process(limits)
        _MODES[mode](output, *arguments)
    except IngestError as error:
        _refuse(output, error)
    except MemoryError:
        _refuse(output, refusal("reading_too_large", mebibytes=limits.memory_bytes >> 20))
    except BrokenPipeError:
        raise  # the parent is gone, and nobody listens
    except Exception:  # the parent raises it again, with this trace for the log
        wire.send(output, "failed", traceback.format_exc().encode())


def _stream(output: BinaryIO, *arguments: Any) -> None:
    stream = pipeline.open_stream(*arguments)
    for records in stream:
        wire.send_records(output, records)
        del records  # before the next ones are made
    wire.send_reading(output, stream.reading())


def _preview(output: BinaryIO, *arguments: Any) -> None:
    wire.send_json(output, "preview", pipeline.preview(*arguments))


def _cells(output: BinaryIO, *arguments: Any) -> None:
    wire.send_cells(output, pipeline.read_cells(*arguments))


_MODES = {"stream": _stream, "preview": _preview, "cells": _cells}


def _refuse(output: BinaryIO, error: IngestError) -> None:
    told = {"code": error.code, "message": error.message, "row": error.row, "column": error.column}
    wire.send_json(output, "refused", told)


class _Nursery:
    """The process that bears children and tells their parent how each of them ended."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._fates: dict[int, int] = {}
        self._woken, self._wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake)

    def serve(self) -> None:
        """Bear children until the parent is gone, or has wanted none for a while."""
        watched: list[socket.socket | int] = [self._control, self._woken]
        while True:
            patience = None if self._fates else IDLE_SECONDS
            ready, _, _ = select.select(watched, [], [], patience)
            if not ready:
                return
            if self._woken in ready:
                os.read(self._woken, 4096)
                self._reap()
            if self._control in ready:
                message, ends, _, _ = socket.recv_fds(self._control, 64, 3)
                if not message:
                    return
                if message == BEAR:
                    self._bear(*ends)
                else:
                    self._kill(*KILL.unpack(message)[1:])

    def _reap(self) -> None:
        while self._fates:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            fate = self._fates.pop(pid)
            _tell(fate, ENDED.pack(status))
            os.close(fate)

    def _kill(self, pid: int) -> None:
        # One that has ended and was reaped is not among them: its number may be another's now.
        if pid in self._fates:
            os.killpg(pid, signal.SIGKILL)

    def _bear(self, task: int, answer: int, fate: int) -> None:
        nursery = os.getpid()
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for end in (self._control.fileno(), self._woken, self._wake, *self._fates.values()):
                os.close(end)
            os.close(fate)
            _live(nursery, task, answer)
        os.close(task)
        os.close(answer)
        # Before anybody may ask to kill it: it leads a group of its own, here and there.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.setpgid(pid, pid)
        self._fates[pid] = fate
        _tell(fate, BORN.pack(pid))


def _tell(pipe: int, words: bytes) -> None:
    with contextlib.suppress(BrokenPipeError):  # nobody listens any more
        os.write(pipe, words)


def _live(nursery: int, task: int, answer: int) -> NoReturn:
    """Do what a child is for, and end."""
    code = 1
    try:
        os.setpgid(0, 0)
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
        if os.getppid() == nursery:  # else it died before the kernel was told
            with os.fdopen(answer, "wb") as output, os.fdopen(task, "rb") as words:
                _work(words.read(), output)
            code = 0
    finally:
        os._exit(code)


def main() -> None:
    """Serve the parent at the other end of the socket whose number is told."""
    leave_network()
    _Nursery(socket.socket(fileno=int(sys.argv[1]))).serve()


if __name__ == "__main__":
    main()
