"""The definition of the API in 3.1 and in 3.0: nothing of 3.1 is left in the older one."""

from typing import Any

from fastapi.testclient import TestClient

from app.api.definition import as_openapi_30


def _nodes(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [found for part in node for found in _nodes(part)]
    if not isinstance(node, dict):
        return []
    return [node, *(found for part in node.values() for found in _nodes(part))]


def test_older_definition_has_no_word_of_the_newer(visitor: TestClient) -> None:
    document = visitor.get("/api/openapi-3.0.json").json()
    for node in _nodes(document):
        assert node.get("type") != "null"
        assert not isinstance(node.get("type"), list)
        assert not {"const", "prefixItems", "$defs", "contentMediaType"} & {
            name for name in node if isinstance(node[name], str | list | int)
        }
        assert not isinstance(node.get("examples"), list)
        for word in ("exclusiveMinimum", "exclusiveMaximum"):
            assert isinstance(node.get(word, True), bool)
        if "$ref" in node and isinstance(node["$ref"], str):
            assert set(node) == {"$ref"}
            _, _, kind, name = node["$ref"].split("/")
            assert name in document["components"][kind]


def test_paths_of_the_older_one_begin_at_the_landing_page(visitor: TestClient) -> None:
    document = visitor.get("/api/openapi-3.0.json").json()
    assert document["servers"] == [{"url": "http://127.0.0.1/api"}]
    assert {"/", "/conformance", "/collections"} <= set(document["paths"])
    [own] = [
        parameter["name"]
        for parameter in document["paths"]["/collections/{collectionId}"]["get"]["parameters"]
        if parameter["in"] == "path"
    ]
    assert own == "collectionId"
    assert document["paths"]["/health/live"]["servers"] == [{"url": "http://127.0.0.1"}]
    assert len(document["paths"]) == len(visitor.get("/api/openapi.json").json()["paths"])


def test_refusals_are_described_as_they_are_sent(visitor: TestClient) -> None:
    document = visitor.get("/api/openapi.json").json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            refused = {
                int(status): answer
                for status, answer in operation["responses"].items()
                if status >= "4"
            }
            assert {400, 403, 503} <= set(refused), path
            assert ("security" in operation) == (401 in refused), path
            assert "{" not in path or 404 in refused, path
            assert (method != "get") == (409 in refused), path
            assert ("206" in operation["responses"]) == (416 in refused), path
            assert all("application/problem+json" in a["content"] for a in refused.values())
    problem = visitor.get("/api/collections/none").json()
    assert set(document["components"]["schemas"]["Problem"]["required"]) <= set(problem)


def test_it_says_where_a_key_is_needed(visitor: TestClient) -> None:
    document = visitor.get("/api/openapi.json").json()
    paths = document["paths"]
    assert set(document["components"]["securitySchemes"]) == {"OperatorKey"}
    assert "security" not in paths["/api/collections"]["get"]
    assert paths["/api/imports"]["get"]["security"] == [{"OperatorKey": []}]
    assert visitor.get("/api/imports").status_code == 401
    assert paths["/api/guidelines/frameworks"]["get"]["security"] == [{}, {"OperatorKey": []}]
    assert visitor.get("/api/guidelines/frameworks").status_code == 200


def test_words_are_translated() -> None:
    schema = {
        "anyOf": [{"type": "string", "maxLength": 3}, {"type": "null"}],
        "title": "T",
    }
    other = {"anyOf": [{"$ref": "#/components/schemas/A"}, {"type": "null"}]}
    many = {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]}
    document = {
        "paths": {},
        "components": {
            "schemas": {
                "A": {"type": "number", "exclusiveMinimum": 0, "examples": [1, 2]},
                "B": {"type": "object", "properties": {"s": schema, "o": other, "m": many}},
                "C": {"const": "x", "type": "string"},
                "D": {"type": "array", "prefixItems": [{"type": "number"}], "maxItems": 1},
            }
        },
    }
    schemas = as_openapi_30(document, "")["components"]["schemas"]
    assert schemas["A"] == {
        "type": "number",
        "minimum": 0,
        "exclusiveMinimum": True,
        "example": 1,
    }
    assert schemas["B"]["properties"] == {
        "s": {"type": "string", "maxLength": 3, "title": "T", "nullable": True},
        "o": {"allOf": [{"$ref": "#/components/schemas/A"}], "nullable": True},
        "m": {"anyOf": [{"type": "string"}, {"type": "integer"}], "nullable": True},
    }
    assert schemas["C"] == {"enum": ["x"], "type": "string"}
    assert schemas["D"]["items"] == {"anyOf": [{"type": "number"}]}
    assert "openapi" not in document  # the one it was made of is left alone
