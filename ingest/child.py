"""Reading in a child process that has limits and can be killed.

A hostile or merely huge file must not take the service down: the child (`ingest.guarded`) has
bounds on memory, processor time and written files, is killed when it keeps its parent waiting too
long, and dies with its parent. What it says comes as messages (`ingest.wire`), piece by piece.
"""

import atexit
import contextlib
import json
import os
import pickle
import select
import signal
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

from ingest import wire
from ingest.errors import IngestError
from ingest.findings import refusal
from ingest.nursery import Child, Nursery
from ingest.options import ImportOptions, Limits
from ingest.pipeline import FileKind
from ingest.records import Reading, Records
from ingest.registries import Registries

# One for all readings of this process.
nursery = Nursery()
atexit.register(nursery.close)
_DEFAULT_LIMITS = Limits()
_BETWEEN_CALLS = 0.5  # seconds
_CHUNK = 1 << 20
# Exit by SIGKILL is the kernel's out-of-memory killer, SIGABRT a failed allocation in native code
_MEMORY_SIGNALS = frozenset({-signal.SIGKILL, -signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS})


def stream_in_child(
    kind: FileKind,
    path: Path,
    options: ImportOptions,
    registries: Registries,
    limits: Limits = _DEFAULT_LIMITS,
    on_wait: Callable[[], None] | None = None,
) -> Iterator[Records | Reading]:
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
        Seconds the parent waits for the child, memory (bytes), rows and columns.
    on_wait : callable, optional
        Called about twice a second while the child reads; what it raises ends the child.

    Yields
    ------
    Records or Reading
        Tables and quarantined rows as they are read, and at the end how the file was
        understood. Memory does not grow with the file.

    Raises
    ------
    IngestError
        If the file is refused, or the child took too long, needed too much memory or failed;
        also after pieces were yielded.
    """
    task = ("stream", kind, path.resolve(), options, registries, limits)
    # Nothing of a message is held while the next one comes.
    yield from map(_understood, _messages(task, limits, on_wait))


def _understood(told: tuple[wire.Kind, bytearray]) -> Records | Reading:
    message, content = told
    if message == "table":
        return wire.read_table(content)
    if message == "quarantined":
        return wire.read_quarantined(content)
    return wire.read_reading(content)


def preview_in_child(
    kind: FileKind,
    path: Path,
    options: ImportOptions,
    registries: Registries,
    limits: Limits = _DEFAULT_LIMITS,
    on_wait: Callable[[], None] | None = None,
) -> dict[str, Any]:
    """Read the beginning of a file in a guarded child process.

    Parameters
    ----------
    kind, path, options, registries, limits, on_wait
        As for `stream_in_child`.

    Returns
    -------
    dict
        The `ingest.pipeline.Preview`, as JSON has it.

    Raises
    ------
    IngestError
        As for `stream_in_child`.
    """
    task = ("preview", kind, path.resolve(), options, registries, limits)
    [(_, content)] = _messages(task, limits, on_wait)
    shown: dict[str, Any] = json.loads(content)
    return shown


def cells_in_child(
    path: Path,
    options: ImportOptions,
    rows: Collection[int],
    limits: Limits = _DEFAULT_LIMITS,
    on_wait: Callable[[], None] | None = None,
) -> dict[int, tuple[str, ...]]:
    """Read some rows of a file as they are written, in a guarded child process.

    Parameters
    ----------
    path, options, limits, on_wait
        As for `stream_in_child`.
    rows : collection of int
        The numbers of the rows.

    Returns
    -------
    dict of int to tuple of str
        Cells by row number.

    Raises
    ------
    IngestError
        As for `stream_in_child`.
    """
    task = ("cells", path.resolve(), options, tuple(rows), limits)
    [(_, content)] = _messages(task, limits, on_wait)
    return wire.read_cells(content)


def _messages(
    task: tuple[Any, ...], limits: Limits, on_wait: Callable[[], None] | None
) -> Iterator[tuple[wire.Kind, bytearray]]:
    """Yield what the child says until it has said all; raise what it refused or failed with."""
    try:
        child = nursery.bear()
    except ChildProcessError as error:
        raise _failure(str(error)) from error
    try:
        yield from _Channel(child, limits, on_wait).messages(pickle.dumps(task))
    finally:
        # whatever interrupted the reading, nothing of the child survives it
        child.close()


class _Channel:
    """The pipes to a child, read with patience for as long as the limits allow."""

    def __init__(
        self,
        child: Child,
        limits: Limits,
        on_wait: Callable[[], None] | None,
    ) -> None:
        self._child = child
        self._limits = limits
        self._on_wait = on_wait
        # Only the time spent waiting counts: a slow database is not the file's fault.
        self._patience = limits.wall_seconds
        self._called = time.monotonic()

    def messages(self, task: bytes) -> Iterator[tuple[wire.Kind, bytearray]]:
        self._send(task)
        is_answered = False
        while head := self._take(wire.HEAD.size, may_end=True):
            kind, length = wire.read_head(head)
            if kind == "refused":
                raise IngestError(**json.loads(self._take(length)))
            if kind == "failed":
                raise _failure(self._take(length).decode())
            is_answered = kind in {"reading", "preview", "cells"}
            yield kind, self._take(length)
        if not is_answered:
            raise self._ended()

    def _send(self, task: bytes) -> None:
        """Hand the task over; a child that died at once is reported by the reading."""
        with contextlib.suppress(BrokenPipeError):
            self._child.task.write(task)
            self._child.task.close()

    def _take(self, size: int, *, may_end: bool = False) -> bytearray:
        """Read exactly so many bytes, or none where the child may have ended."""
        pipe = self._child.answer
        parts = bytearray()
        while len(parts) < size:
            self._wait(pipe)
            piece = os.read(pipe, min(size - len(parts), _CHUNK))
            if not piece:
                if may_end and not parts:
                    return parts
                raise self._ended()
            parts += piece
        return parts

    def _wait(self, pipe: int) -> None:
        while True:
            started = time.monotonic()
            ready, _, _ = select.select([pipe], [], [], _BETWEEN_CALLS)
            now = time.monotonic()
            self._patience -= now - started
            if self._on_wait is not None and now - self._called > _BETWEEN_CALLS:
                self._called = now
                self._on_wait()
            if ready:
                return
            if self._patience < 0.0:
                raise refusal("reading_too_slow", seconds=f"{self._limits.wall_seconds:g}")

    def _ended(self) -> IngestError:
        """Say why a child may have ended without an answer."""
        code = self._child.wait()
        if code in _MEMORY_SIGNALS:
            return refusal("reading_too_large", mebibytes=self._limits.memory_bytes >> 20)
        if code == -signal.SIGXCPU:
            return refusal("reading_too_slow", seconds=f"{self._limits.wall_seconds:g}")
        return _failure(f"the child ended with exit code {code} and no answer")


def _failure(trace: str) -> IngestError:
    error = refusal("reading_failed")
    # the trace is for the log of the service, never for the user
    error.add_note(trace)
    return error
