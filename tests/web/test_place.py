"""Choosing a framework and a land use shows which value applies, and why."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.browser import wait_until
from tests.web.conftest import Opener


def _open(page: Page, framework: str, land_use: str = "") -> None:
    page.click("#place summary")
    expect(page.locator("#place-framework option")).to_have_count(33)
    page.select_option("#place-framework", framework)
    page.select_option("#place-land-use", land_use)


def test_value_of_a_place_is_asked_for_shown_with_its_reasons_and_used(opened: Opener) -> None:
    with opened("#lang=en&view=probability") as (page, record):
        page.click("#place summary")
        expect(page.locator("#place-answer")).to_contain_text("Choose a framework")
        page.click("#place summary")
        _open(page, "NL_RBK", "residential")
        expect(page.locator("#place-answer")).to_contain_text("state what is asked for")
        expect(page.locator("#place-use")).to_be_hidden()
        page.fill("#place-clay", "10")
        page.fill("#place-organic_matter", "5")
        # 200 of the standard soil: (50 + 3 · 10 + 1.5 · 5) / 140 of it.
        expect(page.locator("#place-answer")).to_have_text("125 mg/kg applies.")
        facts = page.inner_text("#place-facts")
        assert "Land use: it holds for residential land" in facts
        assert "Soil type correction: 200 of the standard soil is 125" in facts
        assert "Legal status: Its status is 'check" in facts
        assert "Regeling bodemkwaliteit" in page.inner_text("#place-citation")
        page.click("#place-use")
        wait_until(page, "tiles of 125 mg/kg", lambda: record.of("threshold=125"))
        assert page.input_value("#threshold-number") == "125"
        record.assert_clean()


def test_conditions_are_offered_and_none_is_said(opened: Opener) -> None:
    with opened("#lang=en") as (page, _record):
        _open(page, "CN_GB36600_2018", "agricultural")
        # The standard has no value of zinc; other contaminants have none for farm land.
        expect(page.locator("#place-answer")).to_have_text("No value applies.")
        page.select_option("#place-framework", "DE_BBODSCHV_2021")
        page.select_option("#place-tier", "threshold")
        texture = page.locator("#place-soil_texture")
        expect(texture.locator("option")).to_have_text(["Not stated", "sand", "loam/silt", "clay"])
        texture.select_option("clay")
        page.fill("#place-organic_carbon", "2")
        page.fill("#place-ph", "5.9")
        expect(page.locator("#place-answer")).to_have_text("150 mg/kg applies.")
        assert "clay at pH 5.9 (below 6) takes it" in page.inner_text("#place-facts")


def test_unverified_values_wait_for_the_reader_s_word(opened: Opener) -> None:
    with opened("#lang=en") as (page, _record):
        _open(page, "FI_214_2007", "industrial")
        page.select_option("#place-tier", "intervention")
        expect(page.locator("#place-answer")).to_have_text("No value applies.")
        expect(page.locator("#place-facts")).to_contain_text("Not yet checked: FI_214_2007-")
        page.check("#guideline-unverified")
        expect(page.locator("#place-answer")).to_have_text("400 mg/kg applies.")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", "s’applique"),
        ("es", "Se aplica"),
        ("ru", "Действует"),
        ("zh", "适用值"),
        ("ar", "تنطبق القيمة"),
    ],
)
def test_answer_speaks_the_reader_s_language(opened: Opener, language: str, words: str) -> None:
    with opened(f"#lang={language}") as (page, record):
        _open(page, "IT_DLGS152_2006", "residential")
        expect(page.locator("#place-answer")).to_contain_text(words)
        expect(page.locator("#place-answer")).to_have_text(re.compile("150"))
        record.assert_clean()


def test_frameworks_that_do_not_arrive_are_said(opened: Opener) -> None:
    with opened("#lang=en", scenario="failing") as (page, _record):
        page.click("#place summary")
        expect(page.locator("#place-answer")).to_contain_text("The disk that holds the samples")


def test_threshold_of_a_layer_goes_before_the_registry_s_number(opened: Opener) -> None:
    """A corrected value is 125 of the registry's 200, and 150 in a sample lies above it."""
    with opened("#lang=en") as (page, _record):
        found = page.evaluate(
            """async () => {
                const { supportOf, limitOf } = await import("./static/js/map/hotspots.js");
                const layer = { guideline: { value: 200, unit: "mg/kg" }, threshold: 125 };
                const hotspot = { ...layer, sample_count: 1, max_value: 150 };
                return [limitOf(layer).value, supportOf(hotspot)];
            }"""
        )
        assert found == [125, "confirmed"]
