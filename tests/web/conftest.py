"""A fresh watched page on a scenario for each test of the page."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from tests.web.browser import DESKTOP, Record, open_map, serving, watched_page
from tests.web.fake_api import SCENARIOS, create_fake

Opener = Callable[..., AbstractContextManager[tuple[Page, Record]]]


@pytest.fixture(scope="session")
def addresses() -> Iterator[dict[str, str]]:
    """The address of each scenario's service."""
    with contextlib.ExitStack() as stack:
        yield {
            name: stack.enter_context(serving(create_fake(scenario)))
            for name, scenario in SCENARIOS.items()
        }


@pytest.fixture
def opened(browser: Browser, addresses: dict[str, str]) -> Opener:
    """Open the map of a scenario at a permalink."""

    @contextlib.contextmanager
    def open_at(
        permalink: str = "#lang=en", *, scenario: str = "plain", viewport: ViewportSize = DESKTOP
    ) -> Iterator[tuple[Page, Record]]:
        address = addresses[scenario]
        with watched_page(browser, address, viewport=viewport) as (page, record):
            open_map(page, f"{address}/{permalink}")
            yield page, record

    return open_at
