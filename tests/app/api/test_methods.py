"""OPTIONS, and pages of other origins."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from tests.app.scene import Showcase

MAPS = "https://maps.example.org"
PREFLIGHT = {"Origin": MAPS, "Access-Control-Request-Method": "GET"}


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/api", "GET, HEAD, OPTIONS"),
        ("/api/collections/samples/items", "GET, HEAD, OPTIONS"),
        ("/api/surfaces", "GET, HEAD, OPTIONS, POST"),
        ("/api/hotspots/batch", "OPTIONS, POST"),
        ("/api/hotspots/compare", "GET, HEAD, OPTIONS"),
        ("/api/guidelines/frameworks/x", "DELETE, OPTIONS, PUT"),
        ("/static/app.js", "GET, HEAD, OPTIONS"),
        ("/", "GET, HEAD, OPTIONS"),
    ],
)
def test_options_names_the_methods(visitor: TestClient, path: str, methods: str) -> None:
    answer = visitor.options(path)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["allow"] == methods


def test_options_of_nothing_is_404(visitor: TestClient) -> None:
    assert visitor.options("/api/nothing").status_code == 404


def test_other_pages_may_read_nothing_unless_told(visitor: TestClient) -> None:
    for answer in (
        visitor.get("/api", headers={"Origin": MAPS}),
        visitor.options("/api", headers=PREFLIGHT),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control")]


def _opened(showcase: Showcase, origins: str) -> Iterator[TestClient]:
    told = showcase.runtime.settings
    server = told.server.model_copy(update={"cors_origins": origins})
    app = create_app(runtime=replace(showcase.runtime, settings=replace(told, server=server)))
    with TestClient(app, base_url="http://127.0.0.1") as caller:
        yield caller


@pytest.fixture
def named(showcase: Showcase) -> Iterator[TestClient]:
    yield from _opened(showcase, f"{MAPS}, http://localhost:3000")


@pytest.fixture
def anybody(showcase: Showcase) -> Iterator[TestClient]:
    yield from _opened(showcase, "*")


def test_named_pages_may_read(named: TestClient) -> None:
    answer = named.get("/api/contaminants", headers={"Origin": MAPS})
    assert answer.headers["access-control-allow-origin"] == MAPS
    shown = answer.headers["access-control-expose-headers"].split(", ")
    assert {"ETag", "Content-Crs", "Location", "X-Request-ID"} <= set(shown)
    resumed = {"Access-Control-Request-Headers": "if-none-match, if-range, range, x-request-id"}
    assert named.options("/api", headers=PREFLIGHT | resumed).status_code == 200
    assert {"Origin", "Accept-Encoding"} <= set(answer.headers["vary"].split(", "))
    other = named.get("/api", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers


def test_named_pages_may_neither_write_nor_send_a_key(named: TestClient) -> None:
    assert named.options("/api", headers=PREFLIGHT).status_code == 200
    for asked in (
        {"Access-Control-Request-Method": "POST"},
        {"Access-Control-Request-Headers": "authorization"},
    ):
        assert named.options("/api/surfaces", headers=PREFLIGHT | asked).status_code == 400
    refused = named.post("/api/members", json={}, headers={"Origin": MAPS})
    assert refused.status_code == 403
    # The page may read why.
    assert refused.headers["access-control-allow-origin"] == MAPS
    assert "HOTSPOTS_ALLOWED_ORIGINS" in refused.json()["detail"]


def test_named_pages_may_ask_what_is_too_long_for_an_address(
    named: TestClient, visitor: TestClient, showcase: Showcase
) -> None:
    path = f"/api/surfaces/{showcase.zinc}/value"
    asked = PREFLIGHT | {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    allowed = named.options(path, headers=asked)
    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, MAPS)
    body = {"places": [[5.745, 50.975]]}
    answer = named.post(path, json=body, headers={"Origin": MAPS})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, MAPS)
    assert answer.json()["values"][0]["inside"]
    evil = {"Origin": "https://evil.example"}
    assert named.options(path, headers=asked | evil).status_code == 400
    assert named.post(path, json=body, headers=evil).status_code == 403
    assert named.delete(path, headers={"Origin": MAPS}).status_code == 403
    # Where nobody was named nobody may.
    assert visitor.post(path, json=body, headers={"Origin": MAPS}).status_code == 403


def test_any_page_may_read(anybody: TestClient) -> None:
    answer = anybody.get("/api", headers={"Origin": "https://anywhere.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    # Errors too, or the other page could not say what was wrong.
    fault = anybody.get("/api/nothing", headers={"Origin": "https://anywhere.example"})
    assert fault.headers["access-control-allow-origin"] == "*"
