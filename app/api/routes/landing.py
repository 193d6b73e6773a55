"""The landing page of the API, what it conforms to, and its documentation."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse

from app.api.strict import StrictRoute
from app.resources import web_static

router = APIRouter(prefix="/api", route_class=StrictRoute, tags=["API"])

CONFORMS_TO = [
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
]


@router.get("", summary="Landing page")
def landing(request: Request) -> dict[str, Any]:
    """What this API is, and where to go from here."""
    base = str(request.base_url).rstrip("/") + "/api"
    links = [
        ("self", base, "application/json", "This document"),
        ("service-desc", f"{base}/openapi.json", "application/vnd.oai.openapi+json;version=3.1",
         "The definition of this API"),
        ("service-doc", f"{base}/docs", "text/html", "The documentation of this API"),
        ("conformance", f"{base}/conformance", "application/json", "What it conforms to"),
        ("data", f"{base}/collections", "application/json", "Collections of features"),
    ]  # fmt: skip
    return {
        "title": "soil-hotspots",
        "description": "Where the soil is polluted, how sure we are, and what may be the source.",
        "links": [
            {"rel": rel, "href": href, "type": kind, "title": title}
            for rel, href, kind, title in links
        ],
    }


@router.get("/conformance", summary="Conformance classes")
def conformance() -> dict[str, list[str]]:
    """Return the conformance classes this API declares."""
    return {"conformsTo": CONFORMS_TO}


@router.get("/docs", include_in_schema=False)
def docs() -> FileResponse:
    """Return the documentation page; everything it loads is ours."""
    return FileResponse(web_static() / "docs.html", media_type="text/html")
