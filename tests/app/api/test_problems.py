"""Every error leaves as problem+json, and a 500 says nothing of the inside."""

import http.client
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app import errors
from app.api import problems
from app.services import map_start


def _is_problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["title"] == http.client.responses[status]
    assert body["type"] == "about:blank"
    assert body["detail"]
    assert body["instance"] == answer.request.url.path
    return body


@pytest.mark.parametrize(
    "path", ["/nothing", "/api/nothing", "/api/collections/", "/static/nothing"]
)
def test_unknown_path(visitor: TestClient, path: str) -> None:
    _is_problem(visitor.get(path), 404)


def test_wrong_method(visitor: TestClient) -> None:
    answer = visitor.put("/api/collections")
    _is_problem(answer, 405)
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
    # Of another route, too.
    assert visitor.delete("/api/surfaces").headers["allow"] == "GET, HEAD, OPTIONS, POST"
    # Of files too, whatever their paths look like.
    assert visitor.post("/static/js/api.js").headers["allow"] == "GET, HEAD, OPTIONS"
    assert visitor.delete("/static/api/surfaces").headers["allow"] == "GET, HEAD, OPTIONS"


def test_surprise_is_a_500_without_its_inside(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_session: object) -> None:
        raise RuntimeError("SELECT secret FROM /var/lib")

    monkeypatch.setattr(map_start, "describe", broken)
    body = _is_problem(client.get("/api/map"), 500)
    assert "secret" not in str(body)
    assert "/var/lib" not in str(body)
    assert "SELECT secret" in caplog.text


def test_every_error_has_a_status() -> None:
    def below(kind: type[errors.HotspotsError]) -> list[type[errors.HotspotsError]]:
        return [kind, *(deeper for child in kind.__subclasses__() for deeper in below(child))]

    own = [kind for kind in below(errors.HotspotsError)[1:] if kind.__module__ == "app.errors"]
    assert len(own) > 10
    for kind in own:
        assert any(issubclass(kind, known) for known, _ in problems._STATUS), kind


DEEP = "[" * 100_000 + "]" * 100_000
LONG = "1" * 5_000


@pytest.mark.parametrize("path", ["/api/members", "/api/surfaces", "/api/hotspots"])
@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "null",
        "[]",
        "\x00",
        DEEP,
        '{"name":' + DEEP + "}",
        '{"outline":' + "[" * 900 + "]" * 900 + "}",
        LONG,
        f'{{"contaminant":"zn","cell_size":{LONG}}}',
        f'{{"contaminant":"zn","neighbours":{LONG}}}',
        '{"contaminant":"zn","cell_size":1e999}',
        '{"contaminant":"zn","cell_size":NaN}',
        '{"contaminant":"zn","threshold":NaN,"q":0.5}',
        '{"contaminant":"zn","outline":{"type":"Polygon","coordinates":[[[NaN,1]]]}}',
        '{"contaminant":"zn","threshold":1,"extraction_note":"a\\u0000b"}',
        '{"contaminant":"zn","datasets":["\\u0000"]}',
        '{"contaminant":"zn","method":"\\ud800"}',
        '{"contaminant":"\\ud800","threshold":1}',
        '{"contaminant":"zn","unknown":1}',
        "\xff\xfe",
    ],
)
def test_malformed_body_is_400(keeper: TestClient, path: str, body: str) -> None:
    headers = {"Content-Type": "application/json"}
    answer = keeper.post(path, content=body.encode("latin-1"), headers=headers)
    problem = _is_problem(answer, 400)
    assert len(problem["detail"]) <= 400


def test_where_a_body_is_no_json_is_told(keeper: TestClient) -> None:
    headers = {"Content-Type": "application/json"}
    answer = keeper.post("/api/surfaces", content=b'{"contaminant": zn}', headers=headers)
    body = _is_problem(answer, 400)
    assert [fault["parameter"] for fault in body["errors"]] == ["body"]
    assert "character 17" in body["detail"]
    for unreadable in (DEEP.encode(), LONG.encode(), b"\xff\xfe"):
        answer = keeper.post("/api/surfaces", content=unreadable, headers=headers)
        assert "body" in _is_problem(answer, 400)["detail"]


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data"])
def test_body_of_another_kind_is_400(keeper: TestClient, kind: str) -> None:
    answer = keeper.post("/api/surfaces", content=b"<a/>", headers={"Content-Type": kind})
    _is_problem(answer, 400)


def test_invalid_parameters_are_named(visitor: TestClient) -> None:
    body = _is_problem(visitor.get("/api/collections/samples/items?limit=x"), 400)
    assert body["errors"][0]["parameter"] == "limit"
