"""What is kept for a moment."""

import asyncio

import pytest

from app.errors import Busy
from app.services.remembering import Current, Remembered
from tests.app.loops import run_in_loop


def test_an_answer_is_kept_for_its_time_alone() -> None:
    now, made = [0.0], []

    def make() -> int:
        made.append(len(made))
        return made[-1]

    kept: Remembered[str, int] = Remembered(seconds=1.0, clock=lambda: now[0])
    assert [kept.get("a", make), kept.get("a", make), kept.get("b", make)] == [0, 0, 1]
    now[0] = 1.0
    assert kept.get("a", make) == 2


def test_an_answer_of_another_version_is_made_again() -> None:
    version = [0]
    made: list[int] = []

    def make() -> int:
        made.append(version[0])
        version[0] = max(version[0], 1)  # somebody writes meanwhile
        return made[-1]

    kept: Remembered[str, int] = Remembered(lambda: version[0])
    assert [kept.get("a", make), kept.find("a"), kept.get("a", make)] == [0, None, 1]
    assert [kept.find("a"), kept.get("a", make)] == [1, 1]


def test_the_oldest_are_forgotten_and_failures_at_once() -> None:
    kept: Remembered[int, int] = Remembered(most=2)
    for key in (1, 2, 3):
        kept.get(key, lambda key=key: key)  # type: ignore[misc]
    assert kept.get(1, lambda: 10) == 10
    assert kept.get(3, lambda: 30) == 3
    with pytest.raises(ZeroDivisionError):
        kept.get(9, lambda: 1 // 0)
    assert kept.get(9, lambda: 9) == 9


class _Told:
    """What is asked for, and when; it is told when `go_on` is set."""

    def __init__(self) -> None:
        self.now, self.asked, self.go_on = 0.0, list[float](), asyncio.Event()
        self.go_on.set()
        self.current: Current[str] = Current(clock=lambda: self.now)

    async def __call__(self, before: str | None) -> str:
        # What was told the last time is handed on.
        assert before == (f"value {len(self.asked)}" if self.asked else None)
        self.asked.append(self.now)
        answer = f"value {len(self.asked)}"
        await self.go_on.wait()
        return answer


async def _settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_current_value_is_asked_for_before_it_is_old_and_nobody_waits_for_that() -> None:
    async def look() -> None:
        told = _Told()
        current = told.current
        assert current.find(7, told) is None
        assert await current.fetch(7, told) == "value 1"
        told.now = 0.7
        assert [current.find(7, told), await current.fetch(7, told)] == ["value 1"] * 2
        await _settled()
        assert told.asked == [0.0]
        told.now = 0.8
        told.go_on.clear()
        # Who only looks has it asked for, too, and once.
        assert [current.find(7, told), current.find(7, told)] == ["value 1"] * 2
        await _settled()
        assert await current.fetch(7, told) == "value 1"
        assert told.asked == [0.0, 0.8]
        told.go_on.set()
        await _settled()
        told.now = 1.2
        assert current.find(7, told) == "value 2"

    run_in_loop(look())


def test_after_a_pause_or_a_change_one_asks_for_all() -> None:
    async def look() -> None:
        told = _Told()
        current = told.current
        for now, version in ((0.0, 7), (5.0, 7), (5.1, 8)):
            told.now = now
            assert current.find(version, told) is None
            found = await asyncio.gather(*(current.fetch(version, told) for _ in range(5)))
            assert found == [f"value {len(told.asked)}"] * 5
        assert told.asked == [0.0, 5.0, 5.1]

    run_in_loop(look())


def test_all_who_wait_hear_of_one_failure_and_none_who_leaves_ends_the_question() -> None:
    async def look() -> None:
        told = _Told()
        told.go_on.clear()
        asked = []

        async def busy(_before: str | None) -> str:
            asked.append(told.now)
            await told.go_on.wait()
            raise Busy("Too many requests at once.")

        waiting = [asyncio.ensure_future(told.current.fetch(7, busy)) for _ in range(20)]
        await _settled()
        waiting[0].cancel()
        await _settled()
        told.go_on.set()
        left, *others = await asyncio.gather(*waiting, return_exceptions=True)
        assert isinstance(left, asyncio.CancelledError)
        assert {type(one) for one in others} == {Busy}
        assert len(asked) == 1

    run_in_loop(look())


def test_an_answer_that_comes_late_does_not_replace_a_later_one() -> None:
    async def look() -> None:
        told, slow = _Told(), _Told()
        slow.go_on.clear()
        first = asyncio.ensure_future(told.current.fetch(7, slow))
        await _settled()
        told.now = 0.1
        assert await told.current.fetch(8, told) == "value 1"
        slow.go_on.set()
        assert await first == "value 1"
        assert told.current.find(8, told) == "value 1"
        assert told.current.find(7, told) is None

    run_in_loop(look())


def test_what_nobody_waits_for_is_logged_where_it_is_a_fault(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def look() -> None:
        told = _Told()
        await told.current.fetch(7, told)

        async def broken(_before: str | None) -> str:
            raise OSError("gone")

        told.now = 0.9
        assert told.current.find(7, broken) == "value 1"
        await _settled()

    run_in_loop(look())
    assert "could not be asked for" in caplog.text


def test_current_value_holds_while_nobody_can_tell_another() -> None:
    async def look() -> None:
        told = _Told()
        current = told.current
        await current.fetch(7, told)

        async def busy(_before: str | None) -> str:
            raise Busy("Too many requests at once.")

        told.now = 0.9
        assert await current.fetch(7, busy) == "value 1"
        await _settled()
        assert current.find(7, busy) == "value 1"
        await _settled()
        told.now = 1.1
        with pytest.raises(Busy):
            await current.fetch(7, busy)
        assert await current.fetch(7, told) == "value 2"

    run_in_loop(look())
