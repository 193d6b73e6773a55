"""A stand-in for the service, to bring the page into states the real one seldom shows.

It serves the page's own files and answers the routes the page calls, made from the demo's files:
inverse distances of ln(value) with one sigma stand for a surface. `Scenario` makes it empty,
failing, crowded or hostile. By hand: `.venv/bin/python -m tests.web.fake_api 8123 [scenario]`.
"""

import csv
import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.stats import norm
from shapely.geometry import box, shape
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from app.services.guidelines.registry import describe_framework
from app.web import DOCS_PAGE, INDEX_PAGE, STATIC_DIRECTORY
from tests.app.services.guidelines.registry_rows import answer, registry
from tests.web.fake_data import (
    METALS,
    ROOT,
    SIGMA,
    Scenario,
    contaminants,
    crowd,
    drawing,
    exceedance,
    guideline_of,
    guidelines,
    hotspots,
    locations,
    members,
    mixtures,
    samples,
    settings,
    sources,
    stops,
    surface,
    tile,
)

CSP = (
    "default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; "
    "style-src 'self'; connect-src 'self'"
)
SENTENCE = (
    "The designations employed and the presentation of material in this information product do "
    "not imply the expression of any opinion whatsoever on the part of the publisher concerning "
    "the legal or development status of any country, territory, city or area or of its "
    "authorities, or concerning the delimitation of its frontiers or boundaries."
)
OPENAPI = {
    "openapi": "3.0.3",
    "info": {"title": "soil-hotspots", "version": "0"},
    "paths": {
        "/api/map": {"get": {"summary": "Opening", "responses": {"200": {"description": ""}}}}
    },
}
SCENARIOS = {
    "plain": Scenario(),
    "empty": Scenario(empty=True),
    "failing": Scenario(failing=("/api/guidelines", "/api/collections/samples", "/tiles/")),
    "crowded": Scenario(hotspots=1000),
    "hostile": Scenario(hostile=True),
    "mixed": Scenario(mixed=True),
    "uncertain": Scenario(uncertain=False),
}


def problem(status: int, detail: str) -> JSONResponse:
    body = {"type": "about:blank", "title": "Error", "status": status, "detail": detail}
    return JSONResponse(body, status, media_type="application/problem+json")


def page_of(request: Request, features: list[dict[str, Any]]) -> JSONResponse:
    """Return one page under a bbox, with a next link, in pages small enough to have several."""
    if "bbox" in request.query_params:
        west, south, east, north = map(float, request.query_params["bbox"].split(","))
        view = box(west, south, east, north)
        features = [one for one in features if view.intersects(shape(one["geometry"]))]
    start = int(request.query_params.get("cursor", 0))
    limit = min(int(request.query_params.get("limit", 100)), 100)
    shown = features[start : start + limit]
    links = []
    if start + limit < len(features):
        following = request.url.include_query_params(cursor=start + limit)
        links.append({"rel": "next", "href": str(following)})
    body = {
        "type": "FeatureCollection",
        "features": shown,
        "links": links,
        "numberReturned": len(shown),
    }
    return JSONResponse(body, media_type="application/geo+json")


class Service:
    """The routes, over one scenario."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.codes = [] if scenario.empty else list(METALS)

    def collection(self, name: str) -> list[dict[str, Any]]:
        if self.scenario.empty:
            return []
        if name == "hotspots":
            if self.scenario.hotspots:
                return crowd(self.scenario.hotspots)
            own = [feature for code in METALS for feature in hotspots(code)]
            return [*own, *mixtures()] if self.scenario.mixed else own
        if name == "samples":
            return samples()
        return sources(self.scenario) if name == "sources" else members(self.scenario)

    def items(self, request: Request) -> Response:
        features = self.collection(request.path_params["name"])
        layer = request.query_params.get("layer")
        if layer and not self.scenario.hotspots:
            features = [one for one in features if one["properties"]["layer"] == layer]
        return page_of(request, features)

    def item(self, request: Request) -> Response:
        for feature in self.collection(request.path_params["name"]):
            if feature["id"] == request.path_params["id"]:
                return JSONResponse(feature, media_type="application/geo+json")
        return problem(404, f"There is no feature {request.path_params['id']!r}.")

    def map(self, _request: Request) -> Response:
        texts = settings()["map"]
        demo = {"title": texts["title"], "note": texts["note"],
                "outline": drawing("outline"), "river": drawing("river")}  # fmt: skip
        places = np.array([one["geometry"]["coordinates"] for one in samples()])
        return JSONResponse(
            {
                "title": "soil-hotspots",
                "bbox": None if self.scenario.empty else [*places.min(0), *places.max(0)],
                "boundary_sentence": SENTENCE,
                "demo": None if self.scenario.empty else demo,
            }
        )

    def surfaces(self, _request: Request) -> Response:
        return JSONResponse({"surfaces": [surface(code, self.scenario) for code in self.codes]})

    def layers(self, _request: Request) -> Response:
        layers = [
            {
                "id": f"hl_{code}",
                "definition": "exceedance",
                "parameters": {"likely": 0.9, "possible": 0.5, "cannot_be_ruled_out": 0.2},
                "contaminant": code,
                "contaminant_name": METALS[code].capitalize(),
                "contaminants": [code],
                "components": [],
                "guideline": guideline_of(code),
                "extraction_note": settings()["hotspots"]["extraction_note"],
                "q": 0.9,
                "surface": f"sf_{code}",
                "created": "2026-11-22T12:00:00+00:00",
                "count": 3,
                "area_m2": 1e6,
                "items_url": f"/api/collections/hotspots/items?layer=hl_{code}",
            }
            for code in reversed(self.codes)
        ]
        mixed = layers[0] | {
            "id": "hl_mix",
            "definition": "coexistence",
            "contaminant": None,
            "contaminant_name": None,
            "contaminants": ["zn", "pb"],
            "components": [{"contaminant_name": "Zinc"}, {"contaminant_name": "Lead"}],
            "guideline": None,
            "threshold": None,
            "unit": "ratio",
            "surface": None,
        } if layers else {}  # fmt: skip
        return JSONResponse({"layers": [*layers, mixed] if self.scenario.mixed else layers})

    def datasets(self, _request: Request) -> Response:
        if self.scenario.empty:
            return JSONResponse({"datasets": []})
        parts = (("ds_1", settings()["dataset"]), ("ds_2", settings()["sources"]))
        keys = ("name", "title", "owner", "licence", "citation", "source_url")
        return JSONResponse(
            {"datasets": [{"id": name} | {key: part[key] for key in keys} for name, part in parts]}
        )

    def value(self, request: Request) -> Response:
        code = request.path_params["code"]
        longitude, latitude = (float(request.query_params[name]) for name in ("lon", "lat"))
        location = float(locations(code, longitude, latitude))
        answer: dict[str, Any] = {"longitude": longitude, "latitude": latitude, "unit": "mg/kg"}
        if math.isnan(location):
            return JSONResponse(answer | {"inside": False})
        if not self.scenario.uncertain:
            return JSONResponse(answer | {"inside": True, "value": math.exp(location)})
        quantiles = {
            f"p{round(100 * q):02d}": math.exp(location + SIGMA * norm.ppf(q))
            for q in (0.05, 0.25, 0.5, 0.75, 0.95)
        }
        answer |= {"inside": True, "median": math.exp(location), "quantiles": quantiles,
                   "mean": math.exp(location + SIGMA**2 / 2)}  # fmt: skip
        if "threshold" in request.query_params:
            threshold = float(request.query_params["threshold"])
            answer |= {
                "threshold": threshold,
                "probability": float(exceedance(location, threshold)),
            }
        return JSONResponse(answer)

    def tile(self, request: Request) -> Response:
        code, z, y, x = (request.path_params[key] for key in ("code", "z", "y", "x"))
        threshold = request.query_params.get("threshold")
        is_probability = request.query_params["layer"] == "probability"
        if is_probability and not threshold:
            return problem(400, "layer=probability needs threshold.")
        picture = tile(code, z, y, x, float(threshold) if is_probability and threshold else None)
        return Response(picture, media_type="image/png")

    def legend(self, request: Request) -> Response:
        layer = request.query_params["layer"]
        code = request.path_params["code"]
        scale = "linear" if layer == "probability" else "logarithmic"
        return JSONResponse(
            {"layer": layer, "title": layer, "unit": "1" if layer == "probability" else "mg/kg",
             "scale": scale, "stops": stops(code, layer)}
        )  # fmt: skip

    def guidelines(self, request: Request) -> Response:
        code = request.query_params["contaminant"]
        return JSONResponse(
            {"guidelines": [row for row in guidelines() if row["contaminant"] == code]}
        )

    def frameworks(self, _request: Request) -> Response:
        names = sorted({row.framework for row in registry()})
        return JSONResponse(
            {
                "frameworks": [
                    describe_framework(name, [row for row in registry() if row.framework == name])
                    for name in names
                ]
            }
        )

    def resolve(self, request: Request) -> Response:
        """Answer as the service does: by the resolver itself, from the registry's own file."""
        said: dict[str, Any] = dict(request.query_params)
        code = said.pop("contaminant")
        for name in ("ph", "clay", "organic_matter", "organic_carbon"):
            if name in said:
                said[name] = float(said[name])
        said["accept_unverified"] = said.get("accept_unverified") == "true"
        return JSONResponse(answer(code, **said).to_json())

    async def register(self, request: Request) -> Response:
        wanted = await request.json()
        if wanted["email"].endswith("@example.invalid"):
            fault = {"parameter": "email", "message": "This address cannot receive mail."}
            return JSONResponse(
                {"type": "about:blank", "title": "Bad Request", "status": 400,
                 "detail": "email: This address cannot receive mail.", "errors": [fault]},
                400, media_type="application/problem+json",
            )  # fmt: skip
        self.scenario.members.append(wanted)
        return JSONResponse({"id": "mb_new", "status": "pending"}, 201)

    def places(self, request: Request) -> Response:
        wanted = request.query_params["q"].casefold()
        with (ROOT / "data" / "gazetteer" / "places.csv").open(encoding="utf-8") as file:
            found = [
                row for row in csv.DictReader(file) if row["name"].casefold().startswith(wanted)
            ]
        found.sort(key=lambda row: -int(row["population"]))
        return JSONResponse({"places": found[:10]})


def create_fake(scenario: Scenario) -> Starlette:
    """Return the application of one scenario, under the page's real content security policy."""
    service = Service(scenario)

    async def guard(request: Request, answer: Callable[[Request], Any]) -> Response:
        if any(part in request.url.path for part in scenario.failing):
            return problem(500, "The disk that holds the samples is full; ask the operator.")
        response: Response = await answer(request)
        response.headers["Content-Security-Policy"] = CSP
        return response

    own = "/api/surfaces/sf_{code}"
    routes = [
        Route("/", lambda _request: FileResponse(INDEX_PAGE)),
        Route("/api/map", service.map),
        Route("/api/contaminants", lambda _request: JSONResponse({"contaminants": contaminants()})),
        Route("/api/guidelines", service.guidelines),
        Route("/api/guidelines/frameworks", service.frameworks),
        Route("/api/guidelines/resolve", service.resolve),
        Route("/api/surfaces", service.surfaces),
        Route(own + "/value", service.value),
        Route(own + "/legend", service.legend),
        Route(own + "/tiles/WebMercatorQuad/{z:int}/{y:int}/{x:int}.png", service.tile),
        Route("/api/hotspots", service.layers),
        Route("/api/datasets", service.datasets),
        Route("/api/collections/{name}/items", service.items),
        Route("/api/collections/{name}/items/{id}", service.item),
        Route("/api/members", service.register, methods=["POST"]),
        Route("/api/members/places", service.places),
        Route("/api/docs", lambda _request: FileResponse(DOCS_PAGE)),
        Route("/api/openapi.json", lambda _request: JSONResponse(OPENAPI)),
        Mount("/static", StaticFiles(directory=STATIC_DIRECTORY)),
    ]
    return Starlette(routes=routes, middleware=[Middleware(BaseHTTPMiddleware, dispatch=guard)])


if __name__ == "__main__":
    import uvicorn

    chosen = SCENARIOS[sys.argv[2] if len(sys.argv) > 2 else "plain"]
    uvicorn.run(create_fake(chosen), port=int(sys.argv[1]), log_level="warning")
