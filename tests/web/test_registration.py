"""Joining the network from the page."""

from playwright.sync_api import Page

from tests.web.browser import wait_until
from tests.web.conftest import Opener
from tests.web.fake_api import SCENARIOS


def fill_in(page: Page, email: str) -> None:
    page.click("#register-open")
    page.fill("#register-form [name=name]", "Amina <b>Test</b>")
    page.fill("#register-form [name=email]", email)
    page.click("#register-place")
    page.keyboard.type("Maastr")
    option = page.locator("#register-place-list [role=option]").first
    wait_until(page, "places are offered", option.is_visible)
    option.click()
    page.fill("#register-form [name=working_groups]", "mapping, reference values")
    page.check("#register-form [name=consent]")
    page.click("#register-send")


def test_registration_is_sent_and_confirmed(opened: Opener) -> None:
    with opened() as (page, record):
        fill_in(page, "amina@example.org")
        wait_until(page, "thanks", lambda: page.locator("#register-done").is_visible())
        record.assert_clean()
    sent = SCENARIOS["plain"].members[-1]
    assert sent == {
        "name": "Amina <b>Test</b>",
        "kind": "person",
        "email": "amina@example.org",
        "city": "Maastricht",
        "country": "NL",
        "place_id": "2751283",
        "working_groups": ["mapping", "reference values"],
        "consent": True,
    }


def test_registration_names_what_is_missing_and_sends_nothing(opened: Opener) -> None:
    with opened() as (page, _record):
        before = len(SCENARIOS["plain"].members)
        page.click("#register-open")
        page.click("#register-send")
        errors = page.locator("#register-form .field-error:visible").all_inner_texts()
        assert len(errors) == 4
        assert any("consent" in error for error in errors)
        assert page.evaluate("document.activeElement.name") == "name"
        assert len(SCENARIOS["plain"].members) == before


def test_refusal_is_shown_beside_its_field(opened: Opener) -> None:
    with opened() as (page, _record):
        fill_in(page, "nobody@example.invalid")
        error = page.locator("[data-error=email]")
        wait_until(page, "the refusal", error.is_visible)
        assert error.inner_text() == "This address cannot receive mail."
        assert page.locator("#register-form").is_visible()


def test_dialog_closes_with_escape_and_returns_the_focus(opened: Opener) -> None:
    with opened() as (page, _record):
        page.click("#register-open")
        page.keyboard.press("Escape")
        assert not page.evaluate("document.getElementById('register').open")
        assert page.evaluate("document.activeElement.id") == "register-open"
