"""What the command prints: progress on a terminal, JSON for scripts, errors in a sentence."""

import json
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from app.errors import HotspotsError

_errors = Console(stderr=True, highlight=False, soft_wrap=True)
_out = Console(highlight=False, soft_wrap=True)


class Interrupted(BaseException):
    """Ctrl-C, or a request to end; not an error, and nobody's to swallow."""


def say(text: str) -> None:
    """Print a line for people."""
    _out.print(text, markup=False)


def complain(text: str) -> None:
    """Print what went wrong."""
    _errors.print(text, markup=False, style="red" if _errors.is_terminal else None)


def complain_of(error: Exception) -> None:
    """Print why it failed: an error that has a sentence is that sentence and no traceback."""
    complain(error.message if isinstance(error, HotspotsError) else unexpected(error))


def note(text: str) -> None:
    """Say what is waited for, beside the answer and not in it."""
    _errors.print(text, markup=False)


def unexpected(error: Exception) -> str:
    """Keep the details of an error nobody foresaw in a file; return a sentence that names it."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="hotspots-", suffix=".log", delete=False, encoding="utf-8"
    ) as file:
        file.writelines(traceback.format_exception(error))
    return (
        f"Something went wrong that should not ({type(error).__name__}). The details are in "
        f"{file.name}; please send them with a word on what you did."
    )


def show(answer: dict[str, Any], *, as_json: bool, sentence: str) -> None:
    """Print an answer: JSON on one line for scripts, else a sentence."""
    if as_json:
        sys.stdout.write(json.dumps(answer, ensure_ascii=False, default=str) + "\n")
    else:
        say(sentence)


@contextmanager
def progress(title: str) -> Iterator[Callable[[str, float], None]]:
    """Give a function that moves a bar; it is drawn on a terminal only."""
    if not _errors.is_terminal:
        yield lambda _step, _fraction: None
        return
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=_errors
    )
    with bar:
        task = bar.add_task(title, total=1.0)

        def move(step: str, fraction: float) -> None:
            bar.update(task, description=f"{title}: {step}" if step else title, completed=fraction)

        yield move
