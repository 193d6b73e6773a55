"""The definition of the API: what FastAPI leaves out, and a rendering in OpenAPI 3.0.3.

FastAPI writes OpenAPI 3.1 alone; OGC API's clients and its official test suite read 3.0.
"""

from copy import deepcopy
from typing import Any

from fastapi import FastAPI

from app.api.deps import KEY, OPTIONAL_KEY
from app.api.queries import BY_PROPERTY

_PREFIX = "/api"
_PROBLEM: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "What went wrong, in plain words (RFC 9457).",
    "required": ["type", "title", "status", "detail", "instance", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "request_id": {"type": "string"},
        "parameter": {"type": "string", "description": "The parameter at fault."},
    },
}
_REFUSED = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
# What is no HTTP, or an address above 64 kB, is refused before anything of ours reads it.
_NO_HTTP: dict[str, Any] = {"text/plain": {"schema": {"type": "string"}}}
# Every status of a problem but 500, which nobody means to send, and where it is met. A method that
# a resource has not is no operation: 405 has no place in a definition.
_ANYWHERE = {
    400: "What was asked cannot be understood; `parameter` or `errors` names the part at fault",
    403: "The service is not called by that name, or another web page wants to write",
    431: "The request's headers are larger than the limit that `detail` states",
    503: "Busy, or the database does not answer: try again after `Retry-After`",
}
_WITH_KEY = {401: "The operator's key is missing or wrong"}
_ASKED = {
    404: "No such thing",
    413: "Larger than the limit that `detail` states",
    422: "Understood, but it cannot be done; `detail` says what would help",
}
_IN_RANGES = {416: "The range begins behind the file's end; `Content-Range` tells its size"}
_WRITING = {
    408: "No more of the body came for too long",
    409: "It exists already or has moved on",
    507: "No space is left on the disk",
}
# As OGC API - Features writes them; here they are read as text, to say more exactly what is wrong.
_BBOX = {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}
_DATETIME = {"type": "string"}
# The names in the standard, by which GDAL finds what a collection can be asked.
_STANDARD_NAMES = {"collection_id": "collectionId", "feature_id": "featureId"}


def add_definition(app: FastAPI, page_limit: int) -> None:
    """Let the application describe itself with what FastAPI leaves out."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(plain(), page_limit)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def _completed(document: dict[str, Any], page_limit: int) -> dict[str, Any]:
    schemas = document["components"]["schemas"]
    # Invalid requests are 400 and problems here.
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    schemas["Problem"] = _PROBLEM
    document["components"]["parameters"] = _named_parameters()
    document["components"]["securitySchemes"].pop(OPTIONAL_KEY, None)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            responses = operation["responses"]
            responses.pop("422", None)
            if method == "get":
                responses.setdefault("304", {"description": "What If-None-Match named is current"})
            for status, description in _refusals(method, operation).items():
                told = responses.setdefault(str(status), {"description": description})
                told.setdefault("content", _REFUSED | (_NO_HTTP if status == 400 else {}))
            _complete_security(operation)
            for parameter in operation.get("parameters", []):
                if "$ref" in parameter:
                    continue
                _complete_parameter(parameter)
                if parameter["name"] == "limit" and path.endswith("/items"):
                    parameter["schema"]["maximum"] = page_limit
    return document


def _named_parameters() -> dict[str, Any]:
    """Return what routes take by name alone: they lead to it."""
    return {
        name: {
            "name": name,
            "in": "query",
            "required": False,
            "description": told.description,
            "schema": told.schema,
            "style": "form",
            "explode": False,
        }
        for name, told in BY_PROPERTY.parameters.items()
    }


def _refusals(method: str, operation: dict[str, Any]) -> dict[int, str]:
    found = dict(_ANYWHERE)
    if "security" in operation:
        found |= _WITH_KEY
    if "parameters" in operation or "requestBody" in operation:
        found |= _ASKED
    if "206" in operation["responses"]:
        found |= _IN_RANGES
    if method != "get":
        found |= _WRITING
    return found


def _complete_security(operation: dict[str, Any]) -> None:
    """Say where a key may be left out: FastAPI knows only what must be given."""
    if {OPTIONAL_KEY: []} in operation.get("security", []):
        operation["security"] = [{}, {KEY: []}]


def _complete_parameter(parameter: dict[str, Any]) -> None:
    if parameter["in"] != "query":
        return
    if parameter["name"] == "bbox":
        parameter["schema"] = dict(_BBOX)
    elif parameter["name"] == "datetime":
        parameter["schema"] = dict(_DATETIME)
    parameter["style"] = "form"
    parameter["explode"] = False


def as_openapi_30(document: dict[str, Any], root: str) -> dict[str, Any]:
    """Return a definition as OpenAPI 3.0.3, its paths seen from the landing page."""
    rendered: dict[str, Any] = _older(deepcopy(document))
    rendered["openapi"] = "3.0.3"
    rendered["servers"] = [{"url": f"{root}{_PREFIX}"}]
    rendered["paths"] = dict(_path(path, item, root) for path, item in rendered["paths"].items())
    return rendered


def _path(path: str, item: dict[str, Any], root: str) -> tuple[str, dict[str, Any]]:
    for name, standard in _STANDARD_NAMES.items():
        path = path.replace(f"{{{name}}}", f"{{{standard}}}")
    for operation in item.values():
        for parameter in operation.get("parameters", []):
            if parameter.get("in") == "path":
                parameter["name"] = _STANDARD_NAMES.get(parameter["name"], parameter["name"])
    if path == _PREFIX or path.startswith(f"{_PREFIX}/"):
        return path.removeprefix(_PREFIX) or "/", item
    return path, item | {"servers": [{"url": root}]}


def _older(node: Any) -> Any:
    """Return a part of a definition in the words of 3.0."""
    if isinstance(node, list):
        return [_older(part) for part in node]
    if not isinstance(node, dict):
        return node
    node = {name: _older(part) for name, part in node.items()}
    _nullable(node)
    _bounds(node)
    if "const" in node and not isinstance(node["const"], dict):
        node["enum"] = [node.pop("const")]
    if node.get("contentMediaType") == "application/octet-stream":
        node.pop("contentMediaType")
        node["format"] = "binary"
    if isinstance(node.get("prefixItems"), list):
        node["items"] = {"anyOf": node.pop("prefixItems")}
    if isinstance(node.get("examples"), list):
        node["example"] = node.pop("examples")[0]
    return node


def _nullable(node: dict[str, Any]) -> None:
    choices = node.get("anyOf")
    if not isinstance(choices, list) or {"type": "null"} not in choices:
        return
    others = [choice for choice in choices if choice != {"type": "null"}]
    node["nullable"] = True
    if len(others) > 1:
        node["anyOf"] = others
        return
    del node["anyOf"]
    # Beside a reference nothing else is read.
    if "$ref" in others[0]:
        node["allOf"] = others
    else:
        for name, part in others[0].items():
            node.setdefault(name, part)


def _bounds(node: dict[str, Any]) -> None:
    for word, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(node.get(word), int | float) and not isinstance(node[word], bool):
            node[bound] = node[word]
            node[word] = True
