"""The page that brings a file in, in Chromium: look, correct, load, take back."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.end_to_end.service import Service
from tests.web.browser import PHONE, wait_until, watched_page

FILE = """Probe;Länge;Breite;Tiefe;Blei [mg/kg];Arsen [mg/kg];Bemerkung
A 1;5,7281;50,9611;0-10 cm;299;<1,5;am Ufer
A 2;5,7301;50,9621;0-10 cm;150;3,1;
A 3;5,7311;50,9631;0-10 cm;viel;2,8;
"""


@pytest.fixture
def laboratory_file(tmp_path: Path) -> Path:
    path = tmp_path / "labor.csv"
    path.write_text(FILE, encoding="latin-1")
    return path


def look_at(page: Page, service: Service, path: Path, dataset: str) -> None:
    page.goto(f"{service.address}/import#lang=en")
    wait_until(page, "the words are there", lambda: page.locator("#language option").count() == 6)
    page.set_input_files("#file", path)
    page.fill("#dataset", dataset)
    page.fill("#key", service.key)
    page.click("#look")
    wait_until(page, "the preview", lambda: "What would be read" in page.inner_text("#seen"))


def test_file_is_looked_at_corrected_loaded_and_taken_back(
    workshop: Service, browser: Browser, laboratory_file: Path
) -> None:
    with watched_page(browser, workshop.address) as (page, record):
        look_at(page, workshop, laboratory_file, "page-test")
        text = page.inner_text("#seen")
        assert "All 3 rows were looked at; 1 of them would be set aside" in text
        assert "pb 299 mg/kg" in text
        assert "as < 1.5 mg/kg" in text
        assert page.locator("svg.places circle").count() == 2
        field = page.locator('input[aria-label="Arsen [mg/kg]"]')
        assert field.input_value() == "contaminant:as [mg/kg]"
        before = workshop.json("/api/collections/samples/items", limit=10_000)["numberReturned"]

        field.fill("unused")
        page.get_by_role("button", name="Look again").click()
        wait_until(page, "arsenic is gone", lambda: "as < 1.5" not in page.inner_text("#seen"))
        wait_until(page, "it is ready", lambda: not page.locator("#busy").is_visible())
        page.get_by_role("button", name="Load it").click()
        wait_until(page, "it is loaded", lambda: "is loaded" in page.inner_text("#seen"))
        counts = page.locator(".counts dd").all_inner_texts()
        assert counts == ["3", "2", "0", "1", "0"]
        with page.expect_download() as waiting:
            page.get_by_role("button", name="Download the rows set aside").click()
        assert "viel" in Path(waiting.value.path()).read_text(encoding="utf-8")

        page.get_by_role("button", name="Take it back").click()
        wait_until(page, "it is undone", lambda: "was taken back" in page.inner_text("#seen"))
        after = workshop.json("/api/collections/samples/items", limit=10_000)["numberReturned"]
        assert after == before
        record.assert_clean()


HEADER = "id;lon;lat;Pb (mg/kg);Pb uncertainty (k=2) [mg/kg]\n"
ROWS = "".join(f"B{n};52.5;13.{n};{n}0;{n}\n" for n in range(1, 7))
EXCHANGED = f"Messung 1990\nLat and Lon\n{HEADER}{ROWS}"


def test_country_and_row_of_the_header_are_asked_for(
    workshop: Service, browser: Browser, tmp_path: Path
) -> None:
    path = tmp_path / "exchanged.csv"
    path.write_text(EXCHANGED, encoding="utf-8")
    with watched_page(browser, workshop.address) as (page, record):
        page.goto(f"{workshop.address}/import#lang=en")
        wait_until(page, "the words", lambda: page.locator("#language option").count() == 6)
        page.set_input_files("#file", path)
        page.fill("#dataset", "page-country")
        page.fill("#key", workshop.key)
        page.click("summary")
        page.fill("#country", "de")
        page.fill("#header_row", "3")
        page.click("#look")
        wait_until(page, "the preview", lambda: "What would be read" in page.inner_text("#seen"))
        text = page.inner_text("#seen")
        assert "Of 100 rows 100 lie in DE only when the two coordinates are exchanged" in text
        assert "pb 10 ± 1 mg/kg" in text
        field = page.locator('input[aria-label="Pb uncertainty (k=2) [mg/kg]"]')
        assert field.input_value() == "uncertainty:pb [mg/kg] k=2"
        page.get_by_label("The two coordinates of all rows are exchanged.").check()
        page.get_by_role("button", name="Look again").click()
        wait_until(page, "it is repaired", lambda: "13.10000, 52.5" in page.inner_text("#seen"))
        record.assert_clean()


def test_wrong_key_and_missing_file_are_said(workshop: Service, browser: Browser) -> None:
    with watched_page(browser, workshop.address) as (page, record):
        page.goto(f"{workshop.address}/import#lang=en")
        wait_until(page, "the words", lambda: page.locator("#language option").count() == 6)
        page.click("#look")
        wait_until(page, "a sentence", lambda: "Choose a file first" in page.inner_text("#problem"))
        page.set_input_files("#file", {"name": "a.csv", "mimeType": "", "buffer": b"x,y\n"})
        page.fill("#dataset", "d")
        page.fill("#key", "wrong")
        page.click("#look")
        wait_until(page, "the answer", lambda: "hotspots key show" in page.inner_text("#problem"))
        assert record.foreign() == []


def test_page_reads_right_to_left_and_fits_a_phone(workshop: Service, browser: Browser) -> None:
    with watched_page(browser, workshop.address, viewport=PHONE) as (page, record):
        page.goto(f"{workshop.address}/import#lang=ar")
        wait_until(page, "Arabic", lambda: page.locator("html").get_attribute("dir") == "rtl")
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"]
        assert page.inner_text("h1") == "إدخال ملف"
        record.assert_clean()
