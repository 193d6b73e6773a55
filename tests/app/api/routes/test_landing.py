"""The landing page, conformance, the definition and its documentation."""

import re

from fastapi.testclient import TestClient

from app.resources import web_static


def test_every_link_of_the_landing_page_answers(visitor: TestClient) -> None:
    links = visitor.get("/api").json()["links"]
    rels = {link["rel"] for link in links}
    assert rels >= {"self", "alternate", "service-desc", "service-doc", "conformance", "data"}
    for link in links:
        found = visitor.get(link["href"])
        assert found.status_code == 200
        assert found.headers["content-type"].partition(";")[0] == link["type"].partition(";")[0]


def test_conformance_names_features_core(visitor: TestClient) -> None:
    conforms = visitor.get("/api/conformance").json()["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in conforms


def test_definition_describes_every_path(visitor: TestClient) -> None:
    document = visitor.get("/api/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert len(document["paths"]) >= 20
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert operation["summary"], path
            assert operation["description"], path
    assert "$ref" not in re.sub(r'"\$ref": ?"#/', "", visitor.get("/api/openapi.json").text)


def test_documentation_loads_nothing_from_elsewhere(visitor: TestClient) -> None:
    page = visitor.get("/api/docs").text
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert addresses
    for address in addresses:
        assert address.startswith("/"), address
        assert not address.startswith("//")
        assert visitor.get(address).status_code == 200
    assert not re.search(r"<script(?![^>]*src=)[^>]*>", page)
    assert " style=" not in page


def test_map_page_loads_nothing_from_elsewhere(visitor: TestClient) -> None:
    page = visitor.get("/").text
    for address in re.findall(r'(?:src|href)="([^"]+)"', page):
        assert not re.match(r"(https?:)?//", address) or "openapi" in address, address
    assert visitor.get("/static/index.html").status_code == 200


def test_static_files_do_not_lead_out_of_their_folder(visitor: TestClient) -> None:
    assert (web_static() / "index.html").is_file()
    for path in ("/static/../web/__init__.py", "/static/..%2f__init__.py", "/static//etc/passwd"):
        assert visitor.get(path).status_code == 404
