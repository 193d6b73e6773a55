"""Surfaces: model cards, values at a place, tiles, legends."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.api.deps import OPERATOR_ONLY, ReadSession, RuntimeDep
from app.api.freshness import matching, tag_of
from app.api.routes.jobs import show_job
from app.api.schemas.surfaces import SurfaceCreate
from app.api.strict import StrictRoute
from app.db.models import Contaminant
from app.errors import InvalidRequest
from app.jobs.queue import enqueue
from app.services import surfaces
from app.services.registries import find_contaminant
from app.services.rendering import legend, render_tile

router = APIRouter(prefix="/surfaces", route_class=StrictRoute, tags=["Surfaces"])

Layer = Annotated[Literal["median", "probability"], Query()]
Threshold = Annotated[
    float | None, Query(gt=0, allow_inf_nan=False, description="in the surface's unit")
]
# A surface's bands never change under its id.
_IMMUTABLE = {"Cache-Control": "public, max-age=31536000, immutable"}


@router.get("", summary="Surfaces")
def list_surfaces(
    session: ReadSession,
    contaminant: Annotated[str | None, Query(max_length=120)] = None,
    latest: Annotated[bool, Query(description="leave out those a newer one supersedes")] = True,
) -> dict[str, Any]:
    """Return the surfaces that may be seen."""
    code = None if contaminant is None else find_contaminant(session, contaminant).code
    found = surfaces.list_surfaces(session, contaminant=code, latest=latest)
    return {"surfaces": [surfaces.show_surface(session, surface) for surface in found]}


@router.post("", status_code=202, summary="Build a surface", dependencies=OPERATOR_ONLY)
def order_surface(
    runtime: RuntimeDep,
    response: Response,
    wanted: SurfaceCreate,
    dry_run: Annotated[bool, Query(description="only estimate cells, time and memory")] = False,
) -> dict[str, Any]:
    """Queue the work and return its job; on a dry run 200 with what it would cost."""
    order = surfaces.SurfaceOrder.from_json(wanted.model_dump())
    order.check()
    if dry_run:
        response.status_code = 200
        budget = surfaces.Budget.of(runtime.settings)
        return {"estimate": surfaces.estimate(runtime.database, order, budget)}
    with runtime.database.writing() as session:
        find_contaminant(session, order.contaminant)
        return {"job": show_job(enqueue(session, "surface", order.to_json()))}


@router.get("/{surface_id}", summary="Model card")
def get_surface(session: ReadSession, surface_id: str) -> dict[str, Any]:
    """Return a surface with its model card."""
    return surfaces.show_card(session, surfaces.get_surface(session, surface_id))


@router.get("/{surface_id}/value", summary="The distribution at a place")
def get_value(
    runtime: RuntimeDep,
    session: ReadSession,
    surface_id: str,
    lon: Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)],
    lat: Annotated[float, Query(ge=-90, le=90, allow_inf_nan=False)],
    threshold: Threshold = None,
) -> dict[str, Any]:
    """Return median, quantiles and, for a threshold, the probability that it is exceeded."""
    surface = surfaces.get_surface(session, surface_id)
    return surfaces.value_at(runtime.store, surface, lon, lat, threshold)


@router.get("/{surface_id}/legend", summary="What the colours mean")
def get_legend(session: ReadSession, surface_id: str, layer: Layer = "median") -> dict[str, Any]:
    """Return the stops of a layer's colours: the same that its tiles are painted with."""
    surface = surfaces.get_surface(session, surface_id)
    contaminant = session.get_one(Contaminant, surface.contaminant)
    return legend(surface, contaminant.name_en, layer)


@router.get(
    "/{surface_id}/tiles/WebMercatorQuad/{z}/{y}/{x}.png",
    summary="Raster tile",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}, "description": "256 × 256 pixels"}},
)
def get_tile(
    request: Request,
    runtime: RuntimeDep,
    session: ReadSession,
    surface_id: str,
    z: int,
    y: int,
    x: int,
    layer: Layer = "median",
    threshold: Threshold = None,
) -> Response:
    """Return a tile of the median, or of the probability that a threshold is exceeded."""
    if layer == "probability" and threshold is None:
        raise InvalidRequest(
            "layer=probability needs threshold=…, a concentration in the surface's unit.",
            parameter="threshold",
        )
    surface = surfaces.get_surface(session, surface_id)
    session.close()  # painting needs no connection, and there are many painters
    # The picture follows from the address and from how this version paints: no need to paint it.
    tag = tag_of(request.app.version, surface.uid, z, y, x, layer, threshold)
    headers = _IMMUTABLE | {"ETag": tag}
    known = matching(request.headers.get("if-none-match"), tag)
    if known is not None:
        return Response(status_code=304, headers=headers | {"ETag": known})
    picture = render_tile(runtime.store, surface, (z, y, x), layer, threshold)
    return Response(picture, media_type="image/png", headers=headers)
