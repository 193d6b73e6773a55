"""Processes side by side: the first one starts the others, replaces one that dies, and stops them.

It does nothing else, for only a process without threads, connections and an event loop can be
copied at any time. Copies share its open port, and its memory until they change it.
"""

import ctypes
import logging
import mmap
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NoReturn

from app.cli.output import Interrupted, complain_of

log = logging.getLogger(__name__)

# What the first process tells the others. Those of terminals and service managers reach all of
# them at once, or the first one alone: so only that one hears these, and each is heard once.
STOP = signal.SIGUSR1
_READY = signal.SIGUSR1
_ASKS_TO_STOP: set[int] = {signal.SIGINT, signal.SIGTERM}
_HEARD: set[int] = {*_ASKS_TO_STOP, signal.SIGCHLD, _READY}
_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)
# Longer than the servers and the worker give what is under way.
_GRACE_SECONDS = 15.0
_HURRY_SECONDS = 3.0
# Who dies sooner than this is replaced after a pause, which grows.
_SHORT_LIFE_SECONDS = 10.0
_PAUSES = (1.0, 10.0)
_LONG = 3600.0
# How often it is looked whether those that beat still do, and when one that does not is ended.
_LOOK_SECONDS = 10.0
_SILENT_SECONDS = 60.0
_BEATS = 255

Role = Callable[[], object]


@dataclass
class _Place:
    """What one process is there for, and which one that is at present."""

    name: str
    role: Role
    pid: int | None = None
    begun: float = 0.0
    pause: float = 0.0
    due: float = 0.0
    # Shared with the process: how often it beat, 0 for never; what that was, and since when.
    pulse: mmap.mmap = field(default_factory=lambda: mmap.mmap(-1, 1))
    beats: int = 0
    heard: float = 0.0
    is_told: bool = False


# That of this copy.
_pulse: mmap.mmap | None = None


def beat() -> None:
    """Tell the first process that this one goes on; who did and no longer does is ended."""
    if _pulse is not None:
        _pulse[0] = _pulse[0] % _BEATS + 1


def tell_ready() -> None:
    """Tell the first process that this one does what it is there for."""
    os.kill(os.getppid(), _READY)


def run_side_by_side(roles: list[tuple[str, Role]], on_ready: Callable[[], None]) -> None:
    """Run each role in a process of its own until somebody asks this one to stop.

    `on_ready` is called once, when the first of them is ready. The processes end when this one is
    killed.

    Raises
    ------
    SystemExit
        One ended before any was ready; with its code, and it has said why.
    """
    crew = _Crew([_Place(*each) for each in roles], on_ready)
    with _heard() as ear:
        try:
            crew.run(ear)
        finally:
            crew.kill()
    if crew.failure is not None:
        raise SystemExit(crew.failure)


def run_apart(work: Role) -> None:
    """Do work in a copy of this process, which takes with it what the work would leave behind.

    Threads above all: some libraries never end theirs, and later copies would wait for them for
    ever.

    Raises
    ------
    SystemExit
        The work failed, and has said why.
    Interrupted
        Somebody asked to stop, and the work did.
    """
    when_asked = signal.getsignal(signal.SIGTERM)

    def role() -> None:
        signal.signal(STOP, when_asked)
        try:
            work()
        except Exception as error:
            complain_of(error)
            raise SystemExit(1) from None

    was_asked = False
    with _heard() as ear:
        pid = _copied("The work", role)
        while (ended := os.waitpid(pid, os.WNOHANG))[0] == 0:
            if _ASKS_TO_STOP & ear.listen(_LONG) and not was_asked:
                was_asked = True
                os.kill(pid, STOP)
    if was_asked:
        raise Interrupted
    code = os.waitstatus_to_exitcode(ended[1])
    if code:
        raise SystemExit(max(code, 1))


class _Ear:
    """Hears signals whichever thread they come to: those of libraries block none."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe

    def listen(self, seconds: float) -> set[int]:
        """Return what came, as soon as something did."""
        if not select.select([self._pipe], [], [], seconds)[0]:
            return set()
        return set(os.read(self._pipe, 512))


@contextmanager
def _heard() -> Iterator[_Ear]:
    """Let signals do nothing but be heard."""
    pipe, end = os.pipe()
    os.set_blocking(end, False)
    handlers = {number: signal.signal(number, _do_nothing) for number in _HEARD}
    others = signal.set_wakeup_fd(end, warn_on_full_buffer=False)
    try:
        yield _Ear(pipe)
    finally:
        signal.set_wakeup_fd(others)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        os.close(pipe)
        os.close(end)


def _do_nothing(_number: int, _frame: object) -> None:
    pass


class _Crew:
    def __init__(self, places: list[_Place], on_ready: Callable[[], None]) -> None:
        self.failure: int | None = None
        self._places, self._on_ready = places, on_ready
        self._is_ready = False
        # When those that do not end are killed; None as long as nobody asked to stop.
        self._deadline: float | None = None

    def run(self, ear: _Ear) -> None:
        for place in self._places:
            self._begin(place)
        while self._deadline is None or any(place.pid for place in self._places):
            patience, asleep = self._patience(), time.monotonic()
            heard = ear.listen(patience)
            # Where this one was held up longer than it meant to wait so were the others: a
            # container that paused, a terminal's Ctrl-Z.
            was_held_up = time.monotonic() - asleep > patience + _LOOK_SECONDS
            if heard & _ASKS_TO_STOP:
                self._stop()
            if _READY in heard and not self._is_ready:
                self._is_ready = True
                self._on_ready()
            self._listen_for_beats(was_held_up=was_held_up)
            self._look_after()

    def kill(self) -> None:
        """End at once those that are left."""
        for place in self._places:
            if place.pid is not None:
                os.kill(place.pid, signal.SIGKILL)
                os.waitpid(place.pid, 0)
                place.pid = None

    def _patience(self) -> float:
        if self._deadline is not None:
            moments = [self._deadline]
        else:
            moments = [place.due for place in self._places if place.pid is None]
        now = time.monotonic()
        return max(0.0, min([*moments, now + _LOOK_SECONDS]) - now)

    def _listen_for_beats(self, *, was_held_up: bool) -> None:
        """End those that beat once and no longer do; they say on their way what they were doing."""
        if self._deadline is not None:
            return
        now = time.monotonic()
        for place in self._places:
            beats = place.pulse[0]
            if place.pid is None or was_held_up or beats != place.beats:
                place.beats, place.heard = beats, now
            elif beats and now - place.heard > _SILENT_SECONDS:
                log.error("%s has stood still for %.0f s.", place.name, now - place.heard)
                os.kill(place.pid, signal.SIGKILL if place.is_told else signal.SIGABRT)
                place.is_told = True

    def _look_after(self) -> None:
        for place in self._places:
            if place.pid is not None:
                pid, status = os.waitpid(place.pid, os.WNOHANG)
                if pid:
                    place.pid = None
                    self._ended(place, os.waitstatus_to_exitcode(status))
        if self._deadline is None:
            for place in self._places:
                if place.pid is None and place.due <= time.monotonic():
                    self._begin(place)
        elif time.monotonic() >= self._deadline:
            self.kill()

    def _stop(self) -> None:
        """Ask all to stop; asked again, they do not wait for what is under way."""
        now = time.monotonic()
        if self._deadline is None:
            self._deadline = now + _GRACE_SECONDS
        else:
            self._deadline = min(self._deadline, now + _HURRY_SECONDS)
        for place in self._places:
            if place.pid is not None:
                os.kill(place.pid, STOP)

    def _ended(self, place: _Place, code: int) -> None:
        if self._deadline is not None:
            return
        if not self._is_ready:
            self.failure = max(code, 1)
            self._stop()
            return
        self._let_wait(place)
        how = f"exit code {code}" if code >= 0 else signal.Signals(-code).name
        log.error("%s ended (%s); another takes its place.", place.name, how)

    def _let_wait(self, place: _Place) -> None:
        now = time.monotonic()
        first, longest = _PAUSES
        was_short = now - place.begun < _SHORT_LIFE_SECONDS
        # The first to die is replaced at once.
        place.pause = min(longest, max(first, 2 * place.pause)) if was_short else 0.0
        place.due = now + place.pause

    def _begin(self, place: _Place) -> None:
        place.begun = place.heard = time.monotonic()
        place.pulse[0] = place.beats = 0
        place.is_told = False
        try:
            place.pid = _copied(place.name, place.role, place.pulse)
        except OSError as error:
            if not self._is_ready:
                raise
            log.error("%s could not be started: %s", place.name, error.strerror)
            self._let_wait(place)


def _copied(name: str, role: Role, pulse: mmap.mmap | None = None) -> int:
    """Copy this process; return the copy's number, while the copy does what it is for."""
    sys.stdout.flush()
    sys.stderr.flush()
    first = os.getpid()
    # What comes to the copy before it is ready for it waits.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
    try:
        pid = os.fork()
        if pid == 0:
            global _pulse  # noqa: PLW0603 - a copy has one
            _pulse = pulse
            _live(name, role, first, before)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return pid


def _live(name: str, role: Role, first: int, mask: set[int | signal.Signals]) -> NoReturn:
    """Do what this copy is for, and end without what the first process has still to do."""
    code = 1
    try:
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
        if os.getppid() == first:  # else it died before the kernel was told
            signal.set_wakeup_fd(-1)
            for number in _HEARD - _ASKS_TO_STOP:
                signal.signal(number, signal.SIG_DFL)
            # Terminals ask all to stop. That is for the first process to hear; what is ignored
            # here would be in programs that this one starts, too.
            for number in _ASKS_TO_STOP:
                signal.signal(number, _do_nothing)
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            role()
            code = 0
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 1
    except Interrupted:
        code = 130
    except BaseException:
        log.exception("%s failed", name)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
