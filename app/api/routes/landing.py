"""The landing page of the API, what it conforms to, and its documentation."""

from functools import partial

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, JSONResponse

from app.api import pages
from app.api.definition import as_openapi_30
from app.api.links import HTML, JSON, OPENAPI_30, OPENAPI_31, api_base, both_forms, link
from app.api.negotiation import WantsPage, answer
from app.api.routes.collections import TWO_FORMS
from app.api.strict import StrictRoute
from app.resources import web_static

router = APIRouter(prefix="/api", route_class=StrictRoute, tags=["API"])

_CQL2 = (
    "cql2-text",
    "cql2-json",
    "basic-cql2",
    "advanced-comparison-operators",
    "case-insensitive-comparison",
    "accent-insensitive-comparison",
    "basic-spatial-functions",
    "basic-spatial-functions-plus",
    "spatial-functions",
    "temporal-functions",
    "array-functions",
    "property-property",
    "arithmetic",
)
_FEATURES = "http://www.opengis.net/spec/ogcapi-features"
_TILING_SCHEMES = "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes"
_TILES = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf"
# What is no standard's, by its path.
_RELATED = (
    ("surfaces", "Surfaces"),
    ("hotspots", "Hotspot layers"),
    ("hotspots/definitions", "Definitions of a hotspot"),
    ("guidelines/frameworks", "Frameworks of guideline values"),
    ("guidelines", "Guideline values"),
    ("contaminants", "Contaminants"),
    ("source-types", "Types of potential sources"),
    ("datasets", "Data sets, their licences and citations"),
    ("boundaries", "Boundary layers"),
)
CONFORMS_TO = [
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    *(f"{_FEATURES}-1/1.0/conf/{name}" for name in ("core", "oas30", "html", "geojson")),
    f"{_FEATURES}-2/1.0/conf/crs",
    *(
        f"{_TILES}/{name}"
        for name in ("core", "tileset", "tilesets-list", "geodata-tilesets", "mvt")
    ),
    *(f"{_FEATURES}-3/1.0/conf/{name}" for name in ("queryables", "filter", "features-filter")),
    *(f"http://www.opengis.net/spec/cql2/1.0/conf/{name}" for name in _CQL2),
]


@router.get("/", include_in_schema=False)  # clients that put paths together come this way
@router.get("", summary="Landing page", response_class=Response, responses=TWO_FORMS)
def landing(request: Request, is_page: WantsPage) -> Response:
    """What this API is, and where to go from here."""
    base = api_base(request)
    document = {
        "title": "soil-hotspots",
        "description": "Where the soil is polluted, how sure we are, and what may be the source.",
        "links": [
            *both_forms(request, JSON, is_page),
            link("service-desc", f"{base}/openapi-3.0.json", OPENAPI_30, "OpenAPI 3.0"),
            link("service-desc", f"{base}/openapi.json", OPENAPI_31, "OpenAPI 3.1"),
            link("service-doc", f"{base}/docs", HTML, "The documentation of this API"),
            link("conformance", f"{base}/conformance", JSON, "What it conforms to"),
            link("data", f"{base}/collections", JSON, "Collections of features"),
            *(link("related", f"{base}/{path}", JSON, title) for path, title in _RELATED),
            link(_TILING_SCHEMES, f"{base}/tileMatrixSets", JSON, "Tile matrix sets"),
        ],
    }
    return answer(document, partial(pages.landing, base=base), is_page)


@router.get(
    "/conformance", summary="Conformance classes", response_class=Response, responses=TWO_FORMS
)
def conformance(request: Request, is_page: WantsPage) -> Response:
    """Return the conformance classes this API declares."""
    page = partial(pages.conformance, base=api_base(request))
    return answer({"conformsTo": CONFORMS_TO}, page, is_page)


@router.get("/openapi.json", include_in_schema=False)
def definition(request: Request) -> Response:
    """Return the definition of this API."""
    return JSONResponse(request.app.openapi(), media_type=OPENAPI_31)


@router.get("/openapi-3.0.json", include_in_schema=False)
def older_definition(request: Request) -> Response:
    """Return the definition of this API for clients that read OpenAPI 3.0 alone."""
    document = as_openapi_30(request.app.openapi(), str(request.base_url).rstrip("/"))
    return JSONResponse(document, media_type=OPENAPI_30)


@router.get("/docs", include_in_schema=False)
def docs() -> FileResponse:
    """Return the documentation page; everything it loads is ours."""
    return FileResponse(web_static() / "docs.html", media_type="text/html")
