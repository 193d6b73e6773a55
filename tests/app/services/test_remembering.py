"""What is kept for a moment."""

import pytest

from app.services.remembering import Remembered
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
    version[0] = 2

    async def later() -> int:
        return 7

    assert run_in_loop(kept.fetch("a", later)) == kept.find("a") == 7


def test_the_oldest_are_forgotten_and_failures_at_once() -> None:
    kept: Remembered[int, int] = Remembered(most=2)
    for key in (1, 2, 3):
        kept.get(key, lambda key=key: key)  # type: ignore[misc]
    assert kept.get(1, lambda: 10) == 10
    assert kept.get(3, lambda: 30) == 3
    with pytest.raises(ZeroDivisionError):
        kept.get(9, lambda: 1 // 0)
    assert kept.get(9, lambda: 9) == 9
