"""A real browser for tests: launched with a software GPU, watched for noise and foreign requests.

Used by the page's own tests and by the end-to-end test:

    with open_browser() as browser, watched_page(browser, address) as (page, record):
        ...
        record.assert_clean()
"""

import contextlib
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

FLAGS = (
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
# The software GPU prints its own remarks about speed; they are not the page's.
_NOT_THE_PAGES = ("GPU stall due to ReadPixels", "WebGL-", "Automatic fallback to software WebGL")


@dataclass
class Record:
    """What a page asked for and what it said."""

    origin: str
    requests: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def foreign(self) -> list[str]:
        """Return requests that left the service (data: and blob: stay inside the browser)."""
        own = urlsplit(self.origin).netloc
        return [
            url for url in self.requests if url.startswith("http") and urlsplit(url).netloc != own
        ]

    def of(self, part: str) -> list[str]:
        """Return the requests whose address contains a text."""
        return [url for url in self.requests if part in url]

    def assert_clean(self) -> None:
        """Fail unless the console is empty, no request failed and none went to another host."""
        assert self.console == []
        assert self.failures == []
        assert self.foreign() == []


def chromium() -> str:
    """Return Chromium's path: HOTSPOTS_TEST_CHROMIUM, or the distribution's; skip without one."""
    found = os.environ.get("HOTSPOTS_TEST_CHROMIUM") or shutil.which("chromium")
    if found is None:
        pytest.skip("needs Chromium (Debian's package chromium)")
    return found


@contextlib.contextmanager
def open_browser() -> Iterator[Browser]:
    """Launch Chromium and close it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def watched_page(
    browser: Browser, origin: str, *, viewport: ViewportSize = DESKTOP, locale: str = "en-GB"
) -> Iterator[tuple[Page, Record]]:
    """Open a page whose requests and console are written down; it goes nowhere yet."""
    # A GPU in software pays for every frame: half the time goes into motion that no test looks at.
    context = browser.new_context(viewport=viewport, locale=locale, reduced_motion="reduce")
    page = context.new_page()
    record = Record(origin)
    page.on("request", lambda request: record.requests.append(request.url))
    page.on("console", lambda message: _note(record, message.type, message.text))
    page.on("pageerror", lambda error: record.console.append(str(error)))
    page.on("requestfailed", lambda request: _note_failure(record, request))
    try:
        yield page, record
    finally:
        context.close()


def _note(record: Record, kind: str, text: str) -> None:
    if not any(part in text for part in _NOT_THE_PAGES):
        record.console.append(f"{kind}: {text}")


def _note_failure(record: Record, request: Any) -> None:
    # A view that moves on aborts what it no longer needs; that is no failure.
    if request.failure != "net::ERR_ABORTED":
        record.failures.append(f"{request.url}: {request.failure}")


def wait_until(
    page: Page, what: str, condition: Callable[[], Any], *, seconds: float = 20.0
) -> Any:
    """Poll a condition: Playwright's own waiting uses eval, which the page's policy forbids."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = condition()
        if answer:
            return answer
        page.wait_for_timeout(60)
    raise AssertionError(f"after {seconds:g} s still not: {what}")


def open_map(page: Page, address: str) -> None:
    """Go to the map and wait until it has loaded everything it opens with."""
    page.goto(address)
    wait_until(page, "the map is ready", lambda: page.evaluate("document.body.dataset.ready"))
    wait_until(page, "nothing is loading", lambda: is_idle(page))


def place(longitude: float, latitude: float, zoom: float = 15, **more: object) -> str:
    """Return the permalink that opens the map centred on a place."""
    values = {"map": f"{zoom}/{latitude}/{longitude}", "lang": "en"} | more
    return "#" + "&".join(f"{name}={value}" for name, value in values.items())


def click_centre(page: Page) -> None:
    """Click what lies in the middle of the map."""
    box = page.locator("#map").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def is_idle(page: Page) -> bool:
    """Return whether the page waits for nothing."""
    return bool(page.evaluate("document.getElementById('stage').ariaBusy === 'false'"))


@contextlib.contextmanager
def serving(app: Any) -> Iterator[str]:
    """Serve an ASGI application on a free port in a thread; yield its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise AssertionError("the stand-in server did not start")
            time.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
