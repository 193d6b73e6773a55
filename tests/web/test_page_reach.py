"""The page for everybody: languages, right to left, phones, keyboard, names for screen readers."""

import re

import pytest

from tests.web.browser import PHONE, click_centre, place, wait_until
from tests.web.conftest import Opener

LANGUAGES = ["en", "fr", "es", "ru", "zh", "ar"]
OVERFLOW = "document.documentElement.scrollWidth - innerWidth"
# Everything a person can use, seen, and without a name that a screen reader can say.
NAMELESS = """() => [...document.querySelectorAll('button, input, select, a, [role=option]')]
  .filter((node) => node.checkVisibility())
  .filter((node) => !(node.getAttribute('aria-label') || node.title || node.innerText?.trim()
    || [...(node.labels ?? [])].some((label) => label.innerText.trim())
    || document.getElementById(node.getAttribute('aria-labelledby'))?.innerText.trim()))
  .map((node) => node.outerHTML)"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_opens_in_each_language(opened: Opener, language: str) -> None:
    with opened(f"#lang={language}&view=probability") as (page, record):
        assert page.evaluate("document.documentElement.lang") == language
        assert page.input_value("#language") == language
        # A key shown instead of its word looks like "legend.median".
        shown = page.evaluate("document.body.innerText")
        assert not re.search(r"\b(?:about|legend|layer|view|threshold|hotspot|kind)\.[a-z]", shown)
        assert page.evaluate(OVERFLOW) <= 0
        record.assert_clean()


def test_arabic_layout_is_mirrored(opened: Opener) -> None:
    with opened("#lang=ar") as (page, record):
        assert page.evaluate("document.documentElement.dir") == "rtl"
        panel, stage = page.locator("#panel").bounding_box(), page.locator("#stage").bounding_box()
        legend, zoom = (
            page.locator("#legend").bounding_box(),
            page.locator(".maplibregl-ctrl-zoom-in").bounding_box(),
        )
        assert panel
        assert stage
        assert legend
        assert zoom
        assert panel["x"] >= stage["x"] + stage["width"] - 1
        assert legend["x"] > stage["x"] + stage["width"] / 2
        assert zoom["x"] > stage["x"] + stage["width"] / 2
        page.locator(".hotspot-row").first.click()
        wait_until(page, "the card is open", lambda: page.locator("#card").is_visible())
        card = page.locator("#card").bounding_box()
        assert card
        assert card["x"] < stage["x"] + stage["width"] / 2
        assert page.evaluate(OVERFLOW) <= 0
        record.assert_clean()


def test_language_chooser_keeps_the_view(opened: Opener) -> None:
    with opened("#lang=en&contaminant=cu&view=probability&threshold=60") as (page, _record):
        page.select_option("#language", "fr")
        wait_until(page, "French", lambda: page.title() == "Points chauds des sols")
        wait_until(page, "ready", lambda: page.evaluate("document.body.dataset.ready"))
        assert page.input_value("#contaminant") == "Cuivre (Cu)"
        assert page.input_value("#threshold-number") == "60"


@pytest.mark.parametrize("language", ["en", "ar", "ru"])
def test_phone_has_no_horizontal_scroll(opened: Opener, language: str) -> None:
    with opened(f"#lang={language}", viewport=PHONE) as (page, record):
        assert page.evaluate(OVERFLOW) <= 0
        assert page.locator("#contaminant").is_hidden()
        page.click("#sheet-handle")
        assert page.locator("#contaminant").is_visible()
        assert page.get_attribute("#sheet-handle", "aria-expanded") == "true"
        assert page.evaluate(OVERFLOW) <= 0
        record.assert_clean()


def test_phone_shows_the_card_as_a_bottom_sheet(opened: Opener) -> None:
    with opened(place(5.7279, 50.9615), viewport=PHONE) as (page, _record):
        click_centre(page)
        wait_until(page, "the card is open", lambda: page.locator("#card").is_visible())
        card = page.locator("#card").bounding_box()
        assert card
        assert card["width"] == PHONE["width"]
        assert card["y"] + card["height"] == pytest.approx(PHONE["height"], abs=1)
        assert page.evaluate(OVERFLOW) <= 0


def test_map_is_read_with_the_keyboard_alone(opened: Opener) -> None:
    with opened(place(5.7279, 50.9615)) as (page, _record):
        page.locator(".maplibregl-canvas").focus()
        page.keyboard.press("Enter")
        wait_until(page, "the card is open", lambda: page.locator("#card").is_visible())
        assert page.evaluate("document.activeElement.id") == "card-title"
        page.keyboard.press("Escape")
        assert page.locator("#card").is_hidden()
        assert "maplibregl-canvas" in page.evaluate("document.activeElement.className")


def test_skip_link_leads_to_the_controls(opened: Opener) -> None:
    with opened() as (page, _record):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "skip"
        page.keyboard.press("Enter")
        wait_until(
            page,
            "the controls have the focus",
            lambda: page.evaluate("document.activeElement.id") == "panel",
        )
        assert "contaminant=zn" in page.url


def test_everything_usable_has_a_name(opened: Opener) -> None:
    with opened(place(5.7279, 50.9615)) as (page, _record):
        click_centre(page)
        wait_until(page, "the card is open", lambda: page.locator("#card").is_visible())
        assert page.evaluate(NAMELESS) == []
        page.click("#register-open")
        assert page.evaluate(NAMELESS) == []
