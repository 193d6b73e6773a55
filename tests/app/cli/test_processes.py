"""Processes side by side: replaced when they die, gone when the first one is."""

import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import httpx2
import pytest

_HEAD = """
import asyncio, os, signal, sys, threading, time
from app.cli import processes
from app.cli.output import Interrupted
from app.cli.processes import STOP, run_apart, run_side_by_side, tell_ready

def stopped(_number, _frame):
    raise Interrupted

for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, stopped)

def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())

def live():
    asked = []
    signal.signal(STOP, lambda *_: asked.append(1))
    say("alive", os.getpid())
    tell_ready()
    while not asked:
        time.sleep(0.01)
    say("asked", os.getpid())
"""
_HANGING = """
import faulthandler, uvicorn
from app.cli import serving

processes._LOOK_SECONDS, processes._SILENT_SECONDS = 0.2, 1.0
faulthandler.enable()

async def app(scope, receive, send):
    if scope["path"] == "/hang":
        sum(range(10**11))  # neither the loop nor another thread of Python gets a turn
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(os.getpid()).encode()})

config = uvicorn.Config(app, lifespan="off", log_config=None)
with serving.bind(serving.ServerSettings(host="127.0.0.1", port=0)) as listener:
    def serve():
        server = serving._WatchedServer(config, tell_ready)
        signal.signal(STOP, lambda *_: setattr(server, "should_exit", True))
        serving._run(config, server.serve(sockets=[listener]))

    run_side_by_side([("One", serve)], lambda: say(listener.getsockname()[1]))
say("over")
"""
_TWO = """
run_side_by_side([("One", live), ("Two", live)], lambda: say("ready"))
say("over")
"""
# Not the time of a test that is long: what dies young waits a tenth as long for the next.
_QUICK = "processes._PAUSES = (0.1, 0.2)\n"


@contextmanager
def _running(script: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", _HEAD + textwrap.dedent(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=30)


def _line(output: IO[str] | None) -> str:
    assert output is not None
    return output.readline().strip()


def _begun(process: subprocess.Popen[str], number: int = 2) -> list[int]:
    """Return the processes that say they live, and are ready."""
    lines = [_line(process.stdout) for _ in range(number + 1)]
    assert lines.count("ready") == 1
    return [int(line.split()[1]) for line in lines if line != "ready"]


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _wait_until_gone(*pids: int) -> None:
    deadline = time.monotonic() + 10
    while any(map(_is_alive, pids)):
        assert time.monotonic() < deadline, pids
        time.sleep(0.01)


def test_ctrl_c_of_a_terminal_stops_each_once_and_then_the_first() -> None:
    with _running(_TWO) as process:
        pids = _begun(process)
        os.killpg(process.pid, signal.SIGINT)  # a terminal tells all of them
        output, errors = process.communicate(timeout=30)
        assert process.returncode == 0, errors
        *asked, over = output.split("\n")[:-1]
        assert sorted(asked) == sorted(f"asked {pid}" for pid in pids)
        assert over == "over"
        assert errors == ""


def test_one_that_is_killed_is_replaced_and_said() -> None:
    with _running(_QUICK + _TWO) as process:
        first, second = _begun(process)
        for _ in range(3):
            os.kill(first, signal.SIGKILL)
            word, again = _line(process.stdout).split()
            assert (word, int(again) not in {first, second}) == ("alive", True)
            first = int(again)
        assert _is_alive(second)
        process.terminate()
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 0
        assert len(re.findall(r"(One|Two) ended \(SIGKILL\); another takes its place", errors)) == 3


def test_a_server_that_stands_still_is_replaced_and_what_it_did_is_said() -> None:
    with _running(_QUICK + _HANGING) as process:
        address = f"http://127.0.0.1:{_line(process.stdout)}"
        first = _asked(address)
        time.sleep(2)
        assert _asked(address) == first  # one that has nothing to do is left alone
        os.killpg(process.pid, signal.SIGSTOP)
        time.sleep(2)
        os.killpg(process.pid, signal.SIGCONT)
        time.sleep(0.5)
        assert _asked(address) == first  # as are those that were all paused
        with pytest.raises(httpx2.TransportError):
            _asked(f"{address}/hang")
        assert _asked(address) != first
        process.terminate()
        output, errors = process.communicate(timeout=30)
        assert output == "over\n"
        assert "One has stood still for 1 s." in errors
        assert "in app" in errors  # what it was doing
        assert "One ended (SIGABRT); another takes its place." in errors


def _asked(address: str) -> str:
    return httpx2.get(address, timeout=30).text


def test_who_dies_again_and_again_is_replaced_after_pauses() -> None:
    script = """
        def die():
            say("born")
            os._exit(7)
        processes._PAUSES = (0.2, 0.4)
        run_side_by_side([("One", live), ("Two", die)], lambda: say("ready"))
    """
    # Before any is ready it is the end of all, so the second one is born only then.
    script = script.replace("def die():", "def die():\n            time.sleep(0.5)")
    with _running(script) as process:
        [_pid] = _begun(process, 1)
        assert [_line(process.stdout) for _ in range(2)] == ["born", "born"]
        begun = time.monotonic()
        for _ in range(2):
            assert _line(process.stdout) == "born"
        # Pauses of 0.4 s, the longest, beside half a second of life.
        assert 1.7 < time.monotonic() - begun < 6
        process.terminate()
        assert process.wait(timeout=30) == 0


def test_who_cannot_start_ends_them_all_with_its_code() -> None:
    script = """
        def fail():
            say("why")
            sys.exit(3)
        def wait():
            signal.signal(STOP, lambda *_: sys.exit(0))
            time.sleep(60)
        run_side_by_side([("One", wait), ("Two", fail)], lambda: say("ready"))
    """
    with _running(script) as process:
        output, _ = process.communicate(timeout=30)
        assert (process.returncode, output) == (3, "why\n")


def test_none_outlives_the_first() -> None:
    with _running(_TWO) as process:
        pids = _begun(process)
        process.kill()
        _wait_until_gone(*pids)


def test_who_does_not_end_is_killed_and_sooner_when_asked_twice() -> None:
    script = """
        def stay():
            signal.signal(STOP, lambda *_: say("asked"))
            say("alive", os.getpid())
            tell_ready()
            while True:
                time.sleep(1)
        processes._GRACE_SECONDS, processes._HURRY_SECONDS = 60.0, 0.2
        run_side_by_side([("One", stay)], lambda: say("ready"))
    """
    with _running(script) as process:
        [pid] = _begun(process, 1)
        process.terminate()
        assert _line(process.stdout) == "asked"
        assert _is_alive(pid)
        process.terminate()
        assert process.wait(timeout=30) == 0
        _wait_until_gone(pid)


def test_work_apart_leaves_no_thread_and_says_why_it_failed() -> None:
    script = """
        from app.errors import Busy
        threads = lambda: threading.Thread(target=time.sleep, args=(60,)).start()
        run_apart(threads)
        say(threading.active_count(), len(os.listdir("/proc/self/task")))
        def fail():
            raise Busy("There is no room.")
        run_apart(fail)
    """
    with _running(script) as process:
        output, errors = process.communicate(timeout=30)
        assert (process.returncode, output, errors) == (1, "1 1\n", "There is no room.\n")


def test_work_apart_is_given_up_once_when_somebody_asks_to_stop() -> None:
    script = """
        def work():
            try:
                say("begun")
                time.sleep(60)
            finally:
                time.sleep(0.2)
                say("cleared away")
        try:
            run_apart(work)
        except Interrupted:
            say("interrupted")
    """
    for is_a_terminal in (True, False):
        with _running(script) as process:
            assert _line(process.stdout) == "begun"
            (os.killpg if is_a_terminal else os.kill)(process.pid, signal.SIGINT)
            output, errors = process.communicate(timeout=30)
            assert (output, errors) == ("cleared away\ninterrupted\n", "")
            assert process.returncode == 0
