"""Whether a page or data is sent, as browsers and programs ask for it."""

import pytest

from app.api.negotiation import prefers_page

FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "is_page"),
    [
        ("", False),
        ("*/*", False),
        (FIREFOX, True),
        ("text/html", True),
        ("text/*", True),
        ("TEXT/HTML", True),
        ("application/geo+json, application/json", False),
        ("application/json, text/html", False),
        ("application/json;q=0.5, text/html", True),
        ("text/html;q=0.5, application/*", False),
        ("text/html;q=0", False),
        ("text/html;q=x", False),
        ("image/png", False),
        (";;,,=", False),
    ],
)
def test_form_follows_the_header(accept: str, is_page: bool) -> None:
    assert prefers_page(accept) is is_page
