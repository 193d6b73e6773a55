"""Mappings over HTTP: what is saved is found, as it was said, under its name alone."""

import tomllib

import pytest
from fastapi.testclient import TestClient

_TOML = 'name = "our-lab"\ntitle = "Labor für \\"Böden\\" 漢"\n[columns]\n"O\\\\N" = "longitude"\n'
_TYPE = {"content-type": "application/toml"}


def _put(operator: TestClient, name: str, toml: str | bytes, **headers: str) -> tuple[int, str]:
    content = toml if isinstance(toml, bytes) else toml.encode()
    answer = operator.put(f"/api/mappings/{name}", content=content, headers=_TYPE | headers)
    return answer.status_code, answer.text


def test_what_is_saved_is_told_as_it_was_said(operator: TestClient) -> None:
    assert operator.get("/api/mappings").json() == {"mappings": []}
    status, text = _put(operator, "our-lab", _TOML)
    assert status == 200, text
    [shown] = operator.get("/api/mappings").json()["mappings"]
    assert (shown["name"], shown["kind"]) == ("our-lab", "samples")
    assert shown["title"] == 'Labor für "Böden" 漢'
    told = operator.get("/api/mappings/our-lab")
    assert told.headers["content-type"] == "application/toml; charset=utf-8"
    read = tomllib.loads(told.text)
    assert read["columns"] == {"O\\N": "longitude"}
    assert read["title"] == shown["title"]
    # What is told can be saved again, and is the same then.
    assert _put(operator, "our-lab", told.content)[0] == 200
    assert operator.get("/api/mappings/our-lab").text == told.text
    assert len(operator.get("/api/mappings").json()["mappings"]) == 1


def test_what_is_forgotten_is_gone_once(operator: TestClient) -> None:
    _put(operator, "our-lab", _TOML)
    answer = operator.delete("/api/mappings/our-lab")
    assert (answer.status_code, answer.content) == (204, b"")
    for method in ("GET", "DELETE"):
        again = operator.request(method, "/api/mappings/our-lab")
        assert again.status_code == 404
        assert again.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("name", ["x", "0", "a" * 63, "a-_9"])
def test_names_have_a_form(operator: TestClient, name: str) -> None:
    assert _put(operator, name, f'name = "{name}"\n')[0] == 200
    assert operator.get(f"/api/mappings/{name}").status_code == 200


@pytest.mark.parametrize("name", ["a" * 64, "A", "-a", "_a", "a b", "a%0A", "a.b", "%C3%A9", "%00"])
def test_other_names_are_refused(operator: TestClient, name: str) -> None:
    status, text = _put(operator, name, _TOML)
    assert status == 400, text
    assert '"name"' in text
    assert operator.get("/api/mappings").json() == {"mappings": []}


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xff\xfe", b'name = "our-lab"\0', b"name = 1", b'name = "other"', b"[", b"{}",
        _TOML.encode("utf-16"), b'name = "our-lab"\nnone = 1', b"#" * 200_001,
    ],
)  # fmt: skip
def test_what_is_no_mapping_of_that_name_is_refused_and_not_kept(
    operator: TestClient, content: bytes
) -> None:
    status, text = _put(operator, "our-lab", content)
    assert status in {400, 413}, text
    assert len(text) < 2_000
    assert operator.get("/api/mappings").json() == {"mappings": []}


def test_only_the_operator_sees_or_changes_them(client: TestClient) -> None:
    for method in ("GET", "PUT", "DELETE"):
        answer = client.request(method, "/api/mappings/our-lab", content=_TOML, headers=_TYPE)
        assert answer.status_code == 401
    assert client.get("/api/mappings").status_code == 401
