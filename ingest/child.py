"""Reading in a child process that has limits and can be killed.

A hostile or merely huge file must not take the service down: the child has bounds on memory,
processor time and written files, is killed when its wall time is over, and dies with its parent.
The bounds are set after the libraries are loaded and before the file is opened.
"""

import ctypes
import os
import pickle
import resource
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

from ingest.errors import IngestError
from ingest.findings import refusal
from ingest.options import ImportOptions, Limits
from ingest.registries import Registries

if TYPE_CHECKING:
    from ingest.records import SampleImport, SourceImport

_PACKAGE_ROOT = Path(__file__).resolve().parents[1]
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONPATH", "TMPDIR", "TZ")
_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)
_RESERVED_SPACE = 4 << 30
_DEFAULT_LIMITS = Limits()
_BETWEEN_CALLS = 0.5  # seconds
# Exit by SIGKILL is the kernel's out-of-memory killer, SIGABRT a failed allocation in native code
_MEMORY_SIGNALS = frozenset({-signal.SIGKILL, -signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS})


@overload
def read_in_child(
    kind: Literal["samples"],
    path: Path,
    options: ImportOptions,
    registries: Registries,
    limits: Limits = ...,
    on_wait: Callable[[], None] | None = ...,
) -> "SampleImport": ...


@overload
def read_in_child(
    kind: Literal["sources"],
    path: Path,
    options: ImportOptions,
    registries: Registries,
    limits: Limits = ...,
    on_wait: Callable[[], None] | None = ...,
) -> "SourceImport": ...


def read_in_child(
    kind: Literal["samples", "sources"],
    path: Path,
    options: ImportOptions,
    registries: Registries,
    limits: Limits = _DEFAULT_LIMITS,
    on_wait: Callable[[], None] | None = None,
) -> "SampleImport | SourceImport":
    """Read a file in a guarded child process.

    Parameters
    ----------
    kind : {"samples", "sources"}
        What the file holds.
    path : pathlib.Path
        The file.
    options : ImportOptions
        Statements of the user.
    registries : Registries
        Reference records.
    limits : Limits
        Wall time (s), memory (bytes), rows and columns.
    on_wait : callable, optional
        Called twice a second while the child reads; what it raises ends the child.

    Returns
    -------
    SampleImport or SourceImport
        What `read_samples` or `read_sources` returned in the child.

    Raises
    ------
    IngestError
        If the file is refused, or the child took too long, needed too much memory or failed.
    """
    task = pickle.dumps((kind, path.resolve(), options, registries, limits))
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "ingest.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
        start_new_session=True,
    ) as child:
        try:
            answer = _await_answer(child, task, limits, on_wait)
        finally:
            # whatever interrupted the waiting, nothing of the child survives it
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
    return _unpack(answer, child.returncode, limits)


def _await_answer(
    child: "subprocess.Popen[bytes]",
    task: bytes,
    limits: Limits,
    on_wait: Callable[[], None] | None,
) -> bytes:
    deadline = time.monotonic() + limits.wall_seconds
    unsent: bytes | None = task
    while True:
        try:
            answer, _ = child.communicate(unsent, timeout=_BETWEEN_CALLS)
            return answer
        except subprocess.TimeoutExpired as error:
            if time.monotonic() > deadline:
                raise refusal("reading_too_slow", seconds=f"{limits.wall_seconds:g}") from error
        unsent = None  # it goes on with what it has begun to send
        if on_wait is not None:
            on_wait()


def _environment() -> dict[str, str]:
    # an allow-list: the addresses and keys of the service are no business of a foreign file
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    paths = [str(_PACKAGE_ROOT), *filter(None, [inherited.get("PYTHONPATH")])]
    return inherited | {
        "PYTHONPATH": os.pathsep.join(paths),
        "PROJ_NETWORK": "OFF",
        "POLARS_MAX_THREADS": "2",
        "OPENBLAS_NUM_THREADS": "1",
    }


def _unpack(answer: bytes, code: int, limits: Limits) -> "SampleImport | SourceImport":
    if not answer:
        if code in _MEMORY_SIGNALS:
            raise refusal("reading_too_large", mebibytes=limits.memory_bytes >> 20)
        if code == -signal.SIGXCPU:
            raise refusal("reading_too_slow", seconds=f"{limits.wall_seconds:g}")
        raise _failure(f"the child ended with exit code {code} and no answer")
    # the child runs this package's own code; only its input is foreign
    status, content = pickle.loads(answer)  # noqa: S301
    if status == "refused":
        raise content
    if status == "failed":
        raise _failure(content)
    result: SampleImport | SourceImport = content
    return result


def _failure(trace: str) -> IngestError:
    error = refusal("reading_failed")
    # the trace is for the log of the service, never for the user
    error.add_note(trace)
    return error


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


def _answer(task: bytes) -> tuple[str, object]:
    # the task comes from the parent, which made it itself
    kind, path, options, registries, limits = pickle.loads(task)  # noqa: S301
    try:
        from ingest import pipeline  # here, because this module is imported by that one

        _limit_this_process(limits)
        read = pipeline.read_samples if kind == "samples" else pipeline.read_sources
        return "done", read(path, options, registries, limits)
    except IngestError as error:
        return "refused", error
    except MemoryError:
        return "refused", refusal("reading_too_large", mebibytes=limits.memory_bytes >> 20)
    except Exception:  # the parent raises it again, with this trace for the log
        return "failed", traceback.format_exc()


def main() -> None:
    """Read the task from standard input and write the answer to standard output."""
    ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    # the answer goes to a copy of standard output, so that no library can write into it
    with os.fdopen(os.dup(1), "wb") as output:
        os.dup2(2, 1)
        pickle.dump(_answer(sys.stdin.buffer.read()), output)


if __name__ == "__main__":
    main()
