"""The map page in a real browser, over a stand-in service that speaks the real contract."""

from playwright.sync_api import Page

from tests.web.browser import click_centre, place, wait_until
from tests.web.conftest import Opener
from tests.web.fake_data import guideline_of, hotspots, samples

# Inside the largest zinc hotspot, away from samples.
IN_HOTSPOT = (5.7279, 50.9615)


def plain(text: str) -> str:
    """Text without marks of direction, and with spaces that break."""
    return text.replace("\u2068", "").replace("\u2069", "").replace("\u00a0", " ")


def card_text(page: Page) -> str:
    wait_until(page, "the card is open", lambda: page.locator("#card").is_visible())
    wait_until(page, "the card is filled", lambda: "Loading" not in page.inner_text("#card"))
    return page.inner_text("#card")


def test_page_opens_clean_and_stays_on_its_own_host(opened: Opener) -> None:
    with opened() as (page, record):
        assert page.title() == "Soil hotspots"
        assert page.input_value("#contaminant") == "Zinc (Zn)"
        assert "do not imply the expression of any opinion" in page.inner_text("#boundary")
        assert page.locator(".hotspot-row").count() == len(hotspots("zn"))
        assert record.of("/tiles/WebMercatorQuad/")
        record.assert_clean()


def test_opening_loads_no_country_borders(opened: Opener) -> None:
    with opened() as (_page, record):
        assert record.of("land-110m.json")
        assert not record.of("countries")


def test_click_on_hotspot_shows_its_evidence(opened: Opener) -> None:
    with opened(place(*IN_HOTSPOT)) as (page, record):
        click_centre(page)
        text = card_text(page)
        assert "Zinc is above 150 mg/kg" in text
        for words in ("Area", "Highest sample", "Mean of the samples", "P(above the guideline"):
            assert words in text
        assert "loam/silt" in text
        assert "extraction not stated in the data; accepted for demonstration" in text
        assert "exceedance_likely" in text
        assert "Likely: P ≥ 0.9" in text
        assert "A sample inside is above the guideline value" in text
        assert "Probability of exceedance" in text
        assert "Meuse flood plain west of Stein" in text
        link = page.locator("#card a", has_text="BBodSchV").first
        assert link.get_attribute("href") == guideline_of("zn")["source_url"]
        record.assert_clean()


def test_hotspot_of_several_contaminants_says_what_each_and_all_do(opened: Opener) -> None:
    with opened(place(*IN_HOTSPOT), scenario="mixed") as (page, record):
        page.select_option("#definition-select", "hl_mix")
        option = page.locator("#definition-select option:checked")
        assert "Several contaminants at once (Zinc + Lead)" in option.inner_text()
        rows = page.locator(".hotspot-row")
        wait_until(page, "its layer is read", lambda: "P 55" in plain(rows.first.inner_text()))
        assert page.locator("#hotspot-fixed").is_hidden()
        rows.first.click()
        text = card_text(page)
        for words in (
            "at least 2 of 2",
            "Zinc: P 90% of being above 150 mg/kg",
            "Lead: P 60% of being above 100 mg/kg",
            "Zinc, Lead: 55%",
            "none of them: 5%",
            "without one of them it would vanish: Zinc",
            "P(so many exceed at once)",
            "Zinc; sum of all ratios 4.25",
            "3.5 × its guideline value",
            "coexistence_likely",
        ):
            assert words in plain(text), words
        record.assert_clean()


def test_click_on_surface_shows_estimate_interval_and_probability(opened: Opener) -> None:
    with opened(place(*IN_HOTSPOT, threshold=300, contaminant="zn")) as (page, _record):
        click_centre(page)
        text = card_text(page)
        assert "median" in text
        assert "90 % interval" in text
        assert "P(> 300 mg/kg)" in text


def test_open_card_follows_the_threshold(opened: Opener) -> None:
    with opened(place(*IN_HOTSPOT, threshold=300, contaminant="zn")) as (page, _record):
        click_centre(page)
        card_text(page)
        page.fill("#threshold-number", "450")
        wait_until(page, "the card follows", lambda: "P(> 450 mg/kg)" in page.inner_text("#card"))


def test_sample_shows_non_detect_with_its_limit(opened: Opener) -> None:
    feature = next(
        one
        for one in samples()
        if any(result["censoring"] == "left" for result in one["properties"]["results"])
    )
    longitude, latitude = feature["geometry"]["coordinates"]
    with opened(place(longitude, latitude, 17, contaminant="cd")) as (page, record):
        click_centre(page)
        text = card_text(page)
        assert feature["properties"]["site"] in text
        assert "< 0.2 mg/kg" in text
        assert " ± 5 (k = 2) mg/kg" in text
        assert "date serial, null island" in text
        assert "0–20 cm" in text
        assert all(name in text for name in ("Cadmium", "Copper", "Lead", "Zinc"))
        record.assert_clean()


def test_moving_the_threshold_changes_the_tile_requests(opened: Opener) -> None:
    with opened("#lang=en&view=probability") as (page, record):
        assert record.of("layer=probability&threshold=150")
        page.fill("#threshold-number", "320")
        wait_until(page, "new tiles", lambda: record.of("layer=probability&threshold=320"))
        page.locator("#threshold-slider").focus()
        for _ in range(5):
            page.keyboard.press("ArrowRight")
        value = page.input_value("#threshold-number")
        assert float(value) > 320
        wait_until(page, "tiles of the slider", lambda: record.of(f"threshold={value}"))
        assert page.input_value("#guideline") == ""
        record.assert_clean()


def test_invalid_threshold_is_refused_beside_the_field(opened: Opener) -> None:
    with opened("#lang=en&view=probability") as (page, record):
        before = len(record.of("/tiles/"))
        page.fill("#threshold-number", "-3")
        page.wait_for_timeout(500)
        assert page.locator("#threshold-error").is_visible()
        assert len(record.of("/tiles/")) == before


def test_guideline_choice_sets_the_threshold_and_names_its_source(opened: Opener) -> None:
    with opened("#lang=en&view=probability") as (page, record):
        clay = page.locator("#guideline option", has_text="clay").first.get_attribute("value")
        page.select_option("#guideline", clay)
        wait_until(page, "tiles of 200 mg/kg", lambda: record.of("threshold=200"))
        assert page.input_value("#threshold-number") == "200"
        assert "for soil texture class clay" in page.inner_text("#guideline-line")
        assert page.locator("#guideline-note").is_hidden()
        assert "do not follow the threshold" in page.inner_text("#hotspot-fixed")


def test_unverified_guideline_values_appear_only_when_asked(opened: Opener) -> None:
    with opened() as (page, _record):
        options = page.locator("#guideline option")
        verified = options.count()
        page.check("#guideline-unverified")
        assert options.count() > verified
        assert "Not yet checked" in page.inner_text("#guideline")


def test_contaminant_is_found_by_any_of_its_names(opened: Opener) -> None:
    with opened() as (page, record):
        first = page.locator("#contaminant-list [role=option]").first
        for words in ("Pb", "lead", "plomb", "Plomo", "铅", "Свинец", "7439-92-1"):
            page.click("#contaminant")
            page.fill("#contaminant", words)
            wait_until(
                page, words, lambda: first.is_visible() and "Lead (Pb)" in first.inner_text()
            )
            page.keyboard.press("Escape")
        page.fill("#contaminant", "plomb")
        wait_until(
            page, "lead is offered", lambda: first.is_visible() and "Lead" in first.inner_text()
        )
        page.keyboard.press("Enter")
        wait_until(page, "the surface of lead", lambda: record.of("sf_pb/tiles"))
        assert page.input_value("#contaminant") == "Lead (Pb)"
        record.assert_clean()


def test_contaminants_with_a_surface_come_first(opened: Opener) -> None:
    with opened() as (page, _record):
        page.click("#contaminant")
        groups = page.locator("#contaminant-list .combobox-group")
        assert groups.all_inner_texts() == ["With a surface", "In the registry, no surface yet"]
        names = page.locator("#contaminant-list [role=option]").all_inner_texts()
        assert {name.split(" ")[0] for name in names[:4]} == {"Cadmium", "Copper", "Lead", "Zinc"}


def test_contaminant_without_surface_says_so(opened: Opener) -> None:
    with opened("#lang=en&contaminant=hg") as (page, record):
        assert page.locator("#no-surface").is_visible()
        assert page.locator("#threshold-group").is_hidden()
        record.assert_clean()


def test_permalink_opens_the_same_view(opened: Opener) -> None:
    link = place(5.74, 50.97, 13.5, contaminant="cu", view="probability", threshold=55)
    with opened(link + "&layers=surface,samples") as (page, record):
        assert page.input_value("#contaminant") == "Copper (Cu)"
        assert page.is_checked("input[value=probability]")
        assert page.input_value("#threshold-number") == "55"
        assert not page.is_checked("#layer-hotspots")
        assert record.of("sf_cu/tiles")
        hashed = wait_until(page, "the hash is written", lambda: page.url.split("#")[1])
        assert "map=13.50/50.97000/5.74000" in hashed
        assert "layers=surface,samples" in hashed


def test_method_without_uncertainty_offers_no_probability(opened: Opener) -> None:
    with opened(place(*IN_HOTSPOT), scenario="uncertain") as (page, record):
        assert page.locator("input[value=probability]").is_disabled()
        click_centre(page)
        assert "states no uncertainty" in card_text(page)
        assert not record.of("layer=probability")
        record.assert_clean()


def test_layers_can_be_switched_off(opened: Opener) -> None:
    with opened(place(*IN_HOTSPOT)) as (page, _record):
        page.uncheck("#layer-hotspots")
        page.uncheck("#layer-surface")
        click_centre(page)
        page.wait_for_timeout(500)
        assert page.locator("#card").is_hidden()


def test_source_says_how_exact_its_place_is(opened: Opener) -> None:
    with opened(place(5.5875, 51.23667, 12)) as (page, _record):
        click_centre(page)
        text = card_text(page)
        assert "Budel zinc works" in text
        assert "within 2,000 m of the symbol" in text
        assert "not proven" in text


def test_hostile_names_stay_text(opened: Opener) -> None:
    with opened(place(5.5875, 51.23667, 12), scenario="hostile") as (page, record):
        dialogs: list[str] = []
        page.on("dialog", lambda dialog: dialogs.append(dialog.message))
        click_centre(page)
        assert '<img src=x onerror="alert(1)">' in card_text(page)
        assert page.locator("#card img").count() == 0
        assert page.locator("a[href^=javascript]").count() == 0
        assert dialogs == []
        overflow = "document.documentElement.scrollWidth - innerWidth"
        assert page.evaluate(overflow) <= 0
        record.assert_clean()


def test_many_hotspots_are_all_read_and_listed_in_short(opened: Opener) -> None:
    with opened(scenario="crowded") as (page, record):
        assert page.inner_text("#hotspot-count") == "1,000 hotspots"
        assert len(record.of("/collections/hotspots/items")) >= 10
        assert page.locator(".hotspot-row").count() == 6
        page.click("#hotspot-more")
        assert page.locator(".hotspot-row").count() == 200
        record.assert_clean()


def test_empty_service_says_how_to_load_data(opened: Opener) -> None:
    with opened(scenario="empty") as (page, record):
        assert page.locator("#empty").is_visible()
        text = page.inner_text("#empty")
        assert "No data yet" in text
        assert "hotspots ingest samples" in text
        record.assert_clean()


def test_errors_are_told_in_the_services_words_with_a_way_to_try_again(opened: Opener) -> None:
    with opened(scenario="failing") as (page, record):
        text = wait_until(
            page,
            "notices",
            lambda: (
                "surface is incomplete" in page.inner_text("#notices")
                and page.inner_text("#notices")
            ),
        )
        assert "The samples could not be loaded." in text
        assert "The guideline values could not be loaded." in text
        assert "The disk that holds the samples is full; ask the operator." in text
        before = len(record.of("/collections/samples/items"))
        page.locator(".notice", has_text="samples could").get_by_text("Try again").click()
        wait_until(
            page, "a second try", lambda: len(record.of("/collections/samples/items")) > before
        )
        assert record.foreign() == []
        # What does not depend on the failing parts is still there.
        assert page.locator(".hotspot-row").count() > 0


def test_documentation_page_runs_without_foreign_requests(
    opened: Opener, addresses: dict[str, str]
) -> None:
    with opened() as (page, record):
        page.goto(f"{addresses['plain']}/api/docs")
        wait_until(page, "Swagger UI", lambda: page.locator(".opblock").count() > 0)
        record.assert_clean()
