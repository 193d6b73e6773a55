"""The command in this process, on an installation that a test has opened."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import finding, work
from app.cli.commands import app
from app.services import runtime as opening
from app.services.runtime import Runtime
from tests.app.scene import threads

Command = Callable[..., Any]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[[Runtime], Command]:
    """Give a function that runs a command on an installation and returns what it said."""

    def on(opened: Runtime) -> Command:
        @contextmanager
        def opens(*_: Any, **__: Any) -> Iterator[Runtime]:
            yield opened

        monkeypatch.setattr(opening, "open_runtime", opens)
        monkeypatch.setattr(work, "settings", lambda *_, **__: opened.settings)
        monkeypatch.setattr(finding, "engine_of", lambda _: threads)

        def run(*words: str) -> str:
            done = CliRunner().invoke(app, words)
            if done.exception is not None and not isinstance(done.exception, SystemExit):
                raise done.exception
            return done.output

        return run

    return on
