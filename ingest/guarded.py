"""The process that reads a foreign file under limits; started by `ingest.child`.

The bounds are set after the libraries are loaded and before the file is opened.
"""

import ctypes
import os
import pickle
import resource
import signal
import sys
import traceback
from pathlib import Path
from typing import Any, BinaryIO

from ingest import pipeline, wire
from ingest.errors import IngestError
from ingest.findings import refusal
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
    resource.setrlimit(resource.RLIMIT_DATA, (writable, writable))
    resource.setrlimit(resource.RLIMIT_AS, (space, space))
    resource.setrlimit(resource.RLIMIT_CPU, (4 * seconds, 4 * seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


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
    wire.send_reading(output, stream.reading())


def _preview(output: BinaryIO, *arguments: Any) -> None:
    wire.send_json(output, "preview", pipeline.preview(*arguments))


def _cells(output: BinaryIO, *arguments: Any) -> None:
    wire.send_cells(output, pipeline.read_cells(*arguments))


_MODES = {"stream": _stream, "preview": _preview, "cells": _cells}


def _refuse(output: BinaryIO, error: IngestError) -> None:
    told = {"code": error.code, "message": error.message, "row": error.row, "column": error.column}
    wire.send_json(output, "refused", told)


def main() -> None:
    """Read the task from standard input and write messages to standard output."""
    leave_network()
    # after it, because a change of user makes the kernel forget this
    ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != int(sys.argv[1]):
        return  # it died before it could be told
    # messages go to a copy of standard output, so that no library can write into it
    with os.fdopen(os.dup(1), "wb") as output:
        os.dup2(2, 1)
        _work(sys.stdin.buffer.read(), output)


if __name__ == "__main__":
    main()
