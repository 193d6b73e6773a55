"""The door: hosts, origins, sizes, and what every answer carries."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from app.api.guard import LARGEST_HEADERS, LONGEST_LIST
from app.main import create_app
from app.services.runtime import Runtime
from tests.app.conftest import KEY

BODY = {"kind": "person"}


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "", "[::2]", "0.0.0.0", "localhost.evil:8000"],
)
def test_foreign_host_is_refused(visitor: TestClient, host: str) -> None:
    answer = visitor.get("/api", headers={"Host": host})
    assert answer.status_code == 403
    assert "HOTSPOTS_ALLOWED_HOSTS" in answer.json()["detail"]
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8000", "localhost:9", "LOCALHOST", "[::1]:8000"]
)
def test_own_names_are_let_in(visitor: TestClient, host: str) -> None:
    assert visitor.get("/health/live", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9"},
        {"Origin": "http://[evil"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_write_from_another_page_is_refused(keeper: TestClient, headers: dict[str, str]) -> None:
    for method in ("POST", "DELETE"):
        answer = keeper.request(method, "/api/surfaces", json=BODY, headers=headers)
        assert answer.status_code == 403
        assert "HOTSPOTS_ALLOWED_ORIGINS" in answer.json()["detail"]


def test_write_from_the_own_page_reaches_the_route(visitor: TestClient) -> None:
    own = {"Origin": "http://127.0.0.1", "Sec-Fetch-Site": "same-origin"}
    assert visitor.post("/api/members", json={}, headers=own).status_code == 400


def test_reading_is_not_asked_for_its_origin(visitor: TestClient) -> None:
    assert visitor.get("/api", headers={"Origin": "http://evil.example"}).status_code == 200


def _endless(total: int) -> Iterator[bytes]:
    for _ in range(total // 65536):
        yield b"x" * 65536


@pytest.mark.parametrize("path", ["/api/members", "/api/surfaces"])
def test_large_body_is_413_with_and_without_its_length(keeper: TestClient, path: str) -> None:
    size = 2 * 1024 * 1024
    declared = keeper.post(path, content=b"x" * size)
    chunked = keeper.post(path, content=_endless(size))
    assert "content-length" not in chunked.request.headers
    for answer in (declared, chunked):
        assert answer.status_code == 413
        assert answer.headers["content-type"] == "application/problem+json"
        assert "1,048,576 bytes" in answer.json()["detail"]


UPLOADS = ("/api/imports", "/api/boundaries")


def test_upload_has_its_own_limit(limited: object, runtime: Runtime) -> None:
    assert callable(limited)
    app = create_app(runtime=limited(upload_max_bytes=4096))
    with TestClient(app, base_url="http://127.0.0.1") as caller:
        caller.headers["Authorization"] = f"Bearer {KEY}"
        form = {"dataset": "d", "name": "d"}
        for path in UPLOADS:
            answer = caller.post(path, data=form, files={"file": b"x" * 5000})
            assert answer.status_code == 413
            assert "4,096" in answer.json()["detail"]
            chunked = caller.post(
                path,
                content=_endless(131072),
                headers={"Content-Type": "multipart/form-data; boundary=b"},
            )
            assert chunked.status_code == 413
    assert list(runtime.store.uploads.iterdir()) == []


@pytest.mark.parametrize("path", UPLOADS)
def test_large_upload_without_the_key_is_not_even_read(visitor: TestClient, path: str) -> None:
    taken = 0

    def body() -> Iterator[bytes]:
        nonlocal taken
        for _ in range(64):
            taken += 1
            yield b"x" * 65536

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = visitor.post(path, content=body(), headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["/", "/api", "/api/nothing", "/static/nothing.js"])
def test_every_answer_carries_the_policy(visitor: TestClient, path: str) -> None:
    headers = visitor.get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'self'; ")
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/", "/api", "/api/collections/samples/items", "/health/live"])
def test_head_answers_as_get_without_a_body(visitor: TestClient, path: str) -> None:
    answer = visitor.head(path)
    assert answer.status_code == 200
    assert answer.content == b""
    assert answer.headers["content-type"] == visitor.get(path).headers["content-type"]


def test_headers_have_a_limit_together(visitor: TestClient) -> None:
    many = {f"x-{n}": "x" * 1_000 for n in range(40)}
    for headers in ({"Accept": "," * LARGEST_HEADERS}, many, {"x" * LARGEST_HEADERS: ""}):
        answer = visitor.get("/api/collections/samples/items", headers=headers)
        assert answer.status_code == 431
        assert answer.headers["content-type"] == "application/problem+json"
        assert "32,768 bytes" in answer.json()["detail"]


@pytest.mark.parametrize("name", ["Accept", "Accept-Encoding", "If-None-Match"])
@pytest.mark.parametrize("path", ["/api/collections/samples/items?limit=20", "/api/collections"])
def test_list_that_is_too_long_is_as_good_as_none(
    visitor: TestClient, path: str, name: str
) -> None:
    def told(**headers: str) -> tuple[int, str | None, str | None]:
        usual = {"Accept": "*/*", "Accept-Encoding": "identity"}
        answer = visitor.get(path, headers=usual | headers)
        kinds = (answer.headers.get(field) for field in ("content-type", "content-encoding"))
        return answer.status_code, *kinds

    tag = visitor.get(path, headers={"Accept-Encoding": "identity"}).headers["etag"]
    wish = {"Accept": "text/html", "Accept-Encoding": "gzip", "If-None-Match": tag}[name]
    assert told(**{name: wish + "," * (LONGEST_LIST - len(wish))}) != told()
    assert told(**{name: wish + "," * LONGEST_LIST}) == told()
