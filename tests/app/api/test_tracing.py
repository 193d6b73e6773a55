"""The id of a request is in its answer, its problem and the log."""

import logging
import re

import pytest
from fastapi.testclient import TestClient

from app.logs import configure_logging
from app.services import map_start


def test_every_answer_has_an_id_of_its_own(visitor: TestClient) -> None:
    first, second = (visitor.get("/health/live").headers["x-request-id"] for _ in range(2))
    assert re.fullmatch(r"[0-9a-f]{32}", first)
    assert first != second


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "a\tb", "<script>"])
def test_only_a_plain_word_is_taken_over(visitor: TestClient, given: str) -> None:
    assert (
        visitor.get("/api", headers={"X-Request-ID": "Edge-1.a_b"}).headers["x-request-id"]
        == "Edge-1.a_b"
    )
    assert visitor.get("/api", headers={"X-Request-ID": given}).headers["x-request-id"] != given


@pytest.mark.parametrize("path", ["/api/nothing", "/api/collections?x=1"])
def test_problem_names_its_request(visitor: TestClient, path: str) -> None:
    answer = visitor.get(path)
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_refusal_at_the_door_has_one_too(visitor: TestClient) -> None:
    answer = visitor.get("/api", headers={"Host": "evil.example"})
    assert answer.status_code == 403
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_surprise_is_found_in_the_log_by_its_id(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_session: object) -> None:
        raise RuntimeError("inside")

    monkeypatch.setattr(map_start, "describe", broken)
    root, level = logging.getLogger(), logging.getLogger().level
    kept = root.handlers[:]
    try:
        configure_logging()
        answer = client.get("/api/map", headers={"X-Request-ID": "find-me"})
    finally:
        root.handlers[:] = kept
        root.setLevel(level)
    assert answer.status_code == 500
    assert answer.json()["request_id"] == answer.headers["x-request-id"] == "find-me"
    assert "[find-me]: Unexpected error at /api/map" in capsys.readouterr().err
