"""What every test may use, and how files are shared out among processes."""

import os

if "PYTEST_XDIST_WORKER" in os.environ:
    # There are as many processes as cores: threads of the linear algebra would only be in the way.
    # It asks once, when NumPy is imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from playwright.sync_api import Browser
from xdist.scheduler import LoadScopeScheduling

from tests.web.browser import open_browser

ROOT = Path(__file__).resolve().parents[1]
# How long an example takes says how busy the machine is.
settings.register_profile("without deadlines", deadline=None)
settings.load_profile("without deadlines")
# What is dear to start is started once: tests whose names begin so go to one process, by groups.
TOGETHER = {
    "tests/web/": "the page",
    "tests/end_to_end/test_life.py::test_the_demo_is_complete": "a service to read",
    "tests/end_to_end/test_life.py::test_doctor": "a service to read",
    "tests/end_to_end/test_page.py": "a service to read",
    "tests/end_to_end/test_hotspots_on_the_map.py": "a service to read",
    "tests/end_to_end/test_bad_files.py": "a service to work on",
    "tests/end_to_end/test_command.py": "a service to work on",
    "tests/end_to_end/test_import_page.py": "a service to work on",
}


class _Files(LoadScopeScheduling):
    """Gives a process one file after another; some files stay together."""

    def _split_scope(self, nodeid: str) -> str:
        for start, group in TOGETHER.items():
            if nodeid.startswith(start):
                return group
        return nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Share the tests out by files where several processes run them (``-n``)."""
    return _Files(config, log)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The one browser of this process."""
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared reference material beside the checkout; a user's clone has none."""
    folder = Path(os.environ.get("SOIL_HOTSPOTS_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip("needs the shared reference folder, which is not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of this checkout."""
    return ROOT
