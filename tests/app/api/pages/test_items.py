"""Features as pages: whatever a file says stays text."""

from app.api.pages import feature, features

EVIL = '"><script>alert(1)</script>'
LINKS = [
    {"rel": "alternate", "href": "http://h/api/x?f=json&a=1", "type": "t", "title": "t"},
    {"rel": "next", "href": "http://h/api/x?cursor=1&f=html", "type": "t", "title": "t"},
]


def _feature(**properties: object) -> dict[str, object]:
    return {"id": "sm_1", "geometry": None, "properties": properties, "links": LINKS}


def test_texts_cannot_become_markup() -> None:
    one = _feature(name=EVIL, parts=[EVIL], address=f"https://x/{EVIL}", other="javascript:x")
    whole = {"features": [one], "links": LINKS, "numberMatched": 7}
    for page in (
        feature(one, "http://h/api", "c", EVIL),
        features(whole, "http://h/api", "c", EVIL),
    ):
        assert "<script" not in page
        assert "&lt;script&gt;" in page
        assert 'href="javascript' not in page
        assert "f=json&amp;a=1" in page


def test_a_page_of_features_leads_on_and_says_how_many() -> None:
    whole = {"features": [_feature(a=1, b=None, c=True)], "links": LINKS, "numberMatched": 1234}
    page = features(whole, "http://h/api", "c", "Title")
    assert "1 feature on this page of 1,234" in page
    assert 'href="http://h/api/x?cursor=1&amp;f=html"' in page
    assert "Unknown of all of these: b." in page
    assert '<th scope="col">b</th>' not in page
    assert 'href="http://h/api/collections/c/items/sm_1?f=html"' in page


def test_no_features_is_said() -> None:
    page = features({"features": [], "links": LINKS[:1]}, "http://h/api", "c", "Title")
    assert "There are no features here." in page
    assert "<table" not in page


def test_what_has_parts_is_short_in_tables_and_whole_on_its_own_page() -> None:
    results = [{"contaminant": "cd", "value": 7.3, "method": None}] * 40
    one = _feature(results=results, codes=["a", "b"], limits={"likely": 0.8}, note="x" * 300)
    row = features({"features": [one], "links": LINKS}, "http://h/api", "c", "Title")
    assert "40 entries" in row
    assert "<td>a, b</td>" in row
    assert "<td>likely 0.8</td>" in row
    assert "x" * 79 + "…" in row
    whole = feature(one, "http://h/api", "c", "Title")
    assert whole.count("<td>7.3</td>") == 40
    assert "method" not in whole
    assert "x" * 300 in whole
