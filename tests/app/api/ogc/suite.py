"""What the tests of OGC's own suite have in common: a caller that asks each question once."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx2
from fastapi.testclient import TestClient

GEOJSON = "application/geo+json"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
Json = dict[str, Any]


@dataclass
class Suite:
    """The service under test, and what it answered already."""

    caller: TestClient
    known: dict[str, httpx2.Response] = field(default_factory=dict)

    def ask(self, path: str, status: int = 200, **query: Any) -> httpx2.Response:
        """Return the answer of a GET as the suite sends it."""
        key = f"{path} {query}"
        if key not in self.known:
            # No parameters at all would take the place of those of the address.
            asked = query or None
            self.known[key] = self.caller.get(path, params=asked, headers={"Accept": GEOJSON})
        assert self.known[key].status_code == status, self.known[key].text
        return self.known[key]

    def json(self, path: str, **query: Any) -> Any:
        """Return the document of a GET."""
        return self.ask(path, **query).json()

    @property
    def collections(self) -> list[Json]:
        """Every collection, as all of them are told together."""
        found: list[Json] = self.json("/api/collections")["collections"]
        return found

    def operation(self) -> dict[str, Json]:
        """Return the parameters of items as the definition tells them."""
        document = self.json("/api/openapi-3.0.json")
        told = document["paths"]["/collections/{collectionId}/items"]["get"]["parameters"]
        return {one["name"]: one for one in map(partial(_found, document), told)}


def _found(document: Json, node: Json) -> Json:
    """Return a part of a definition, or what it refers to."""
    for name in node["$ref"].removeprefix("#/").split("/") if "$ref" in node else ():
        document = document[name]
    return document if "$ref" in node else node


def items(collection: Json) -> str:
    """Return the address of a collection's features."""
    [href] = [k["href"] for k in collection["links"] if (k["rel"], k["type"]) == ("items", GEOJSON)]
    return str(href).partition("?")[0]


def first(suite: Suite, collection: Json) -> str:
    """Return the address of a collection's first feature."""
    features = suite.json(items(collection))["features"]
    assert features, collection["id"]
    return f"{items(collection)}/{features[0]['id']}"
