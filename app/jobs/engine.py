"""Where numbers are crunched: child processes, never the web's or the worker's own."""

import multiprocessing
import os
import signal
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import spatial
from spatial.kernel_cache import (
    are_kernels_compiled,
    remember_kernels_are_compiled,
    use_kernel_cache,
)

COMPILING = (
    "Compiling the kernels, once after installation or an upgrade; this takes up to half a minute …"
)


class _Engine(ProcessPoolExecutor):
    """A pool whose processes never hear the terminal's Ctrl-C, not even while they start."""

    def submit(self, *work: Any, **keywords: Any) -> Future[Any]:
        """Submit work; a process that this starts inherits that the signal is blocked."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            return super().submit(*work, **keywords)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


_engines: "weakref.WeakSet[ProcessPoolExecutor]" = weakref.WeakSet()


@contextmanager
def compute_engine(processes: int, data_dir: Path) -> Iterator[Executor]:
    """Give an executor whose processes end with the block, also when it fails.

    They are spawned, not forked: a forked child would share database sockets and locks. Compiled
    kernels are kept beside their source, or in the data folder where that is read-only.
    """
    executor = _Engine(
        max_workers=processes,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_prepare_child,
        initargs=(os.getpid(), data_dir / "kernels"),
    )
    _engines.add(executor)
    try:
        yield executor
    except BaseException:
        # Whoever was interrupted or failed does not wait for what nobody will collect.
        _kill(executor)
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


@contextmanager
def ready_engine(
    processes: int, data_dir: Path, announce: Callable[[str], None]
) -> Iterator[Executor]:
    """Give an engine whose kernels are compiled; where they are not yet, say so and wait."""
    folder = None if _is_source_writable() else data_dir / "kernels"
    with compute_engine(processes, data_dir) as executor:
        if not are_kernels_compiled(folder):
            # Compilers are imported where they are needed only: an idle service holds none.
            from spatial.interpolation.warm_up import warm_up

            announce(COMPILING)
            started = time.monotonic()
            warm_up(executor)
            remember_kernels_are_compiled(folder)
            announce(f"The kernels are compiled ({time.monotonic() - started:.0f} s).")
        yield executor


def stop_engines() -> None:
    """Kill all processes that compute; whoever waits for them is told that they broke."""
    for executor in list(_engines):
        _kill(executor)


def _kill(executor: ProcessPoolExecutor) -> None:
    # The pool has no public way before Python 3.14 (kill_workers); None once it is shut down.
    for process in list((getattr(executor, "_processes", None) or {}).values()):
        process.kill()


def _prepare_child(parent: int, kernels: Path) -> None:
    # Ctrl-C is the parent's to handle: it cancels what is queued and waits.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # One thread each: the processes already fill the cores.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    if not _is_source_writable():
        use_kernel_cache(kernels)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _is_source_writable() -> bool:
    """Return whether compiled kernels can be kept beside their source."""
    return os.access(spatial.__path__[0], os.W_OK)


def _end_with(parent: int) -> None:
    """Leave when the parent was killed and could not say goodbye."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)
