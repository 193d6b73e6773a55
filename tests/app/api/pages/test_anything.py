"""Any document as a page: what is many is a table, and nothing said becomes markup."""

from typing import Any

from app.api.pages import anything

EVIL = '"><script>alert(1)</script>'


def _page(document: Any, path: str = "/surfaces") -> str:
    return anything(document, "http://h/api", path, "Title", "http://h/api/surfaces?f=json&a=1")


def test_texts_cannot_become_markup() -> None:
    told = {
        EVIL: EVIL,
        "entries": [{"id": EVIL, EVIL: [EVIL]}],
        "one": {EVIL: {EVIL: "javascript:x"}},
    }
    page = _page(told)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert 'href="javascript' not in page
    assert "f=json&amp;a=1" in page


def test_entries_are_a_table_that_leads_to_each() -> None:
    page = _page({"surfaces": [{"id": "sf_1", "unit": "mg/kg"}, {"id": "sf_2", "more": [1, 2]}]})
    assert "Surfaces: 2." in page
    assert 'href="http://h/api/surfaces/sf_1"' in page
    assert page.count("<tr>") == 3
    assert '<th scope="col">more</th>' in page
    assert "/sf_1" not in _page({"tiles": [{"id": "sf_1"}]}, "/surfaces/sf_0").replace(">sf_1<", "")


def test_long_lists_are_cut_and_say_so() -> None:
    page = _page({"contaminants": [{"code": f"c{n}"} for n in range(1_234)]}, "/contaminants")
    assert "Contaminants: 1,234, the first 500 of them here." in page
    assert page.count("<tr>") == 501


def test_shapes_and_rows_of_numbers_are_short() -> None:
    shape = {"type": "Polygon", "coordinates": [[[1, 2]] * 99]}
    told = {"outline": shape, "numbers": list(range(99)), "few": [1, 2.5]}
    cells = {"features": [{"geometry": shape}] * 10_000}
    page = _page(told | {"cells": cells}, "/surfaces/sf_1")
    assert "<dt>features</dt><dd>10,000 entries</dd>" in page
    assert len(page) < 3_000
    assert "<dt>outline</dt><dd>Polygon</dd>" in page
    assert "<dt>numbers</dt><dd>99 values</dd>" in page
    assert "<dt>few</dt><dd>1, 2.5</dd>" in page
    assert '<a href="http://h/api/surfaces?f=html">Surfaces</a>' in page


def test_templates_are_no_links() -> None:
    one = {"rel": "item", "href": "http://h/{z}", "type": "t", "title": "Tiles", "templated": True}
    page = _page({"links": [one, {**one, "href": "http://h/x", "templated": False}]})
    assert "Tiles: <code>http://h/{z}</code>" in page
    assert '<a href="http://h/x">Tiles</a>' in page


def test_a_list_and_a_text_are_pages_too() -> None:
    assert page_of([{"a": 1}]).count("<tr>") == 2
    assert ">word<" in page_of("word")


def page_of(document: Any) -> str:
    """Return the page of a document that is no object."""
    return _page(document, "/other")
