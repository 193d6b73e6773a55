"""The map of the real service in Chromium: click a hotspot, read it, move the threshold."""

from playwright.sync_api import Browser

from tests.end_to_end.service import Service
from tests.web.browser import click_centre, open_map, place, wait_until, watched_page

# Inside the largest zinc hotspot, where the river bends; no sample within 50 m.
IN_HOTSPOT = (5.7279, 50.9615)


def test_the_map_answers_a_click_and_follows_the_threshold(
    service: Service, browser: Browser
) -> None:
    features = service.json("/api/collections/hotspots/items", contaminant="zn")["features"]
    largest = max(features, key=lambda feature: feature["properties"]["area_m2"])
    told = largest["properties"]
    with watched_page(browser, service.address) as (page, record):
        open_map(page, f"{service.address}/{place(*IN_HOTSPOT, threshold=150, contaminant='zn')}")
        assert "do not imply the expression of any opinion" in page.inner_text("#boundary")
        click_centre(page)
        wait_until(page, "the card opens", lambda: page.locator("#card").is_visible())
        wait_until(page, "it is filled", lambda: "Loading" not in page.inner_text("#card"))
        text = page.inner_text("#card")
        assert told["reason_code"] in text
        assert f"{told['max_value']:,.0f} mg/kg" in text
        assert "loam/silt" in text
        assert "extraction not stated in the data; accepted for demonstration" in text
        assert "Meuse flood plain west of Stein" in text

        page.check("input[name=view][value=probability]")
        wait_until(page, "tiles of P", lambda: record.of("layer=probability&threshold=150"))
        page.fill("#threshold-number", "400")
        wait_until(page, "new tiles", lambda: record.of("layer=probability&threshold=400"))
        record.assert_clean()


def test_the_map_opens_on_the_data_with_everything_on_it(
    service: Service, browser: Browser
) -> None:
    with watched_page(browser, service.address) as (page, record):
        open_map(page, f"{service.address}/#lang=en")
        assert page.locator(".hotspot-row").count() == len(
            service.json("/api/collections/hotspots/items", contaminant="zn")["features"]
        )
        wait_until(page, "surface tiles", lambda: record.of("layer=median"))
        legend = page.inner_text("#legend")
        assert "mg/kg" in legend
        record.assert_clean()


def test_the_documentation_is_all_ours(service: Service, browser: Browser) -> None:
    with watched_page(browser, service.address) as (page, record):
        page.goto(f"{service.address}/api/docs")
        wait_until(page, "the operations", lambda: page.locator(".opblock").count() > 20)
        record.assert_clean()
