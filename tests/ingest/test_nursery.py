import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest import guarded
from ingest.nursery import Child, Nursery, environment


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    yield nursery
    nursery.close()
    assert nursery.pid is None


def environment_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


def ends(child: Child) -> int:
    """Let a child find nothing to do, and return how it ended."""
    child.task.close()
    code = child.wait()
    child.close()
    return code


def test_children_come_from_one_process_and_tell_how_they_ended(nursery: Nursery) -> None:
    first, second = nursery.bear(), nursery.bear()
    born_by = nursery.pid
    os.kill(first.pid, signal.SIGABRT)
    assert first.wait() == -signal.SIGABRT
    assert ends(second) == 1  # no task is no pickle
    third = nursery.bear()
    assert nursery.pid == born_by
    assert len({first.pid, second.pid, third.pid}) == 3
    first.close()
    third.close()
    assert third.wait() == -signal.SIGKILL


def test_one_that_was_prepared_bears_the_children(nursery: Nursery) -> None:
    assert nursery.pid is None
    nursery.prepare()
    prepared = nursery.pid
    assert prepared is not None
    nursery.prepare()
    child = nursery.bear()
    assert nursery.pid == prepared
    assert ends(child) == 1


def test_many_threads_may_want_children(nursery: Nursery) -> None:
    codes: list[int] = []

    def live() -> None:
        child = nursery.bear()
        child.close()
        codes.append(child.wait())

    threads = [threading.Thread(target=live) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [-signal.SIGKILL] * 12


def test_killed_nursery_takes_its_children_along_and_is_replaced(nursery: Nursery) -> None:
    child = nursery.bear()
    killed = nursery.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    child.close()
    assert ends(nursery.bear()) == 1
    assert nursery.pid not in {None, killed}


def test_nursery_ends_when_no_child_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarded, "IDLE_SECONDS", 0.05)
    handler, wakeup = signal.getsignal(signal.SIGCHLD), signal.set_wakeup_fd(-1)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        with ours, theirs:
            guarded._Nursery(theirs).serve()  # it would wait for ever otherwise
    finally:
        signal.set_wakeup_fd(wakeup)
        signal.signal(signal.SIGCHLD, handler)


def test_child_is_told_of_by_its_own_pipes_alone(nursery: Nursery) -> None:
    def channels(child: Child) -> list[str]:
        files = [entry.readlink() for entry in Path(f"/proc/{child.pid}/fd").iterdir()]
        return [str(file) for file in files if str(file).startswith(("pipe:", "socket:"))]

    first = nursery.bear()
    second = nursery.bear()
    deadline = time.monotonic() + 10
    while len(channels(second)) > 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(set(channels(second))) == 2  # its task and its answer
    first.close()
    second.close()


def test_children_do_not_inherit_secrets(nursery: Nursery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTSPOTS_DATABASE_URL", "postgresql://secret")
    assert not any(name.startswith("HOTSPOTS") for name in environment())
    assert environment()["PROJ_NETWORK"] == "OFF"
    child = nursery.bear()
    assert b"secret" not in environment_of(child.pid)
    child.close()
