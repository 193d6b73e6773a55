"""Hotspot layers: list them, order one. Their polygons are the collection `hotspots`."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from app.api.deps import OPERATOR_ONLY, ReadSession, RuntimeDep
from app.api.routes.jobs import show_job
from app.api.schemas.surfaces import HotspotBatchCreate, HotspotCreate
from app.api.slots import HeavyReads
from app.api.strict import StrictRoute
from app.jobs.queue import enqueue
from app.services import hotspots
from app.services.guidelines import check_place
from app.services.registries import find_contaminant
from app.services.visibility import visible_datasets

router = APIRouter(prefix="/hotspots", route_class=StrictRoute, tags=["Hotspots"])


@router.get("", summary="Hotspot layers")
def list_layers(
    request: Request,
    session: ReadSession,
    contaminant: Annotated[str | None, Query(max_length=120)] = None,
    latest: Annotated[bool, Query(description="leave out those a newer one supersedes")] = True,
) -> dict[str, Any]:
    """Return the layers that may be seen, each with the definition it answers."""
    code = None if contaminant is None else find_contaminant(session, contaminant).code
    base = str(request.base_url).rstrip("/")
    return {
        "layers": [
            layer | {"items_url": f"{base}/api/collections/hotspots/items?layer={layer['id']}"}
            for layer in hotspots.list_layers(session, contaminant=code, latest=latest)
        ]
    }


@router.get("/definitions", summary="Definitions of a hotspot")
def list_definitions() -> dict[str, Any]:
    """Return every definition with what it looks at and the parameters it takes."""
    return {"definitions": hotspots.list_definitions()}


@router.get("/compare", summary="How two layers differ")
def compare_layers(
    session: ReadSession,
    earlier: Annotated[str, Query(alias="from", max_length=120, description="a layer's id")],
    later: Annotated[str, Query(alias="to", max_length=120, description="a layer's id")],
    confidence: Annotated[
        list[Annotated[str, Query(max_length=40)]] | None,
        Query(max_length=6, description="classes compared; likely, significant and highest"),
    ] = None,
) -> dict[str, Any]:
    """Return GeoJSON of what was gained, lost, grew, shrank, moved or stayed, with areas."""
    return hotspots.compare(session, earlier, later, confidence or ())


@router.get("/{layer_id}", summary="One hotspot layer")
def get_layer(session: ReadSession, layer_id: str) -> dict[str, Any]:
    """Return a layer with its card: definition, parameters, counts, area."""
    return hotspots.show_layer(session, layer_id)


@router.get(
    "/{layer_id}/summary",
    summary="A layer by areas",
    responses={
        200: {"content": {"application/geo+json": {}, "text/csv": {}}, "description": "By area"}
    },
)
def summarise_layer(
    session: ReadSession,
    slots: HeavyReads,
    layer_id: str,
    boundaries: Annotated[
        str, Query(max_length=120, description="name or id, see /api/boundaries")
    ],
    f: Annotated[Literal["json", "geojson", "csv"], Query()] = "json",
) -> Response:
    """Return how much of each area is marked by class, with its share, samples and the highest.

    Areas are geodesic, on the ellipsoid of WGS 84.
    """
    with slots.taken():
        found = hotspots.summarise(session, layer_id, boundaries, visible_datasets(session))
        content = hotspots.summary_text(found, f)
    kinds = {"json": "application/json", "geojson": "application/geo+json", "csv": "text/csv"}
    return Response(content, media_type=kinds[f])


@router.post(
    "",
    status_code=202,
    summary="Find hotspots",
    dependencies=OPERATOR_ONLY,
    responses={200: {"description": "The layer that answers the same order on the same data"}},
)
def order_hotspots(
    runtime: RuntimeDep, wanted: HotspotCreate, response: Response
) -> dict[str, Any]:
    """Return the layer that answers already, or queue the work and return its job."""
    order = hotspots.HotspotOrder.from_json(wanted.model_dump())
    order.check()
    with runtime.database.writing() as session:
        known = hotspots.find_known(session, order)
        if known is None:
            for part in order.parts():  # what does not exist is said at once, not by the job
                find_contaminant(session, part.contaminant)
                if part.place is not None:
                    check_place(session, part.place, with_private=True)
            job = show_job(enqueue(session, "hotspots", order.to_json()))
            return {"job": job, "layer": None}
    response.status_code = 200
    return {"job": None, "layer": known}


@router.post("/batch", status_code=202, summary="Find hotspots of many", dependencies=OPERATOR_ONLY)
def order_batch(runtime: RuntimeDep, wanted: HotspotBatchCreate) -> dict[str, Any]:
    """Queue one job for every contaminant in every framework, or for every guideline value.

    Its result tells each layer, or why there is none.
    """
    told = wanted.model_dump()
    over = hotspots.Variations(
        *(told.pop(name) for name in ("contaminants", "guidelines", "frameworks"))
    )
    with runtime.database.writing() as session:
        first = hotspots.HotspotOrder.from_json({"contaminant": "", **told})
        orders = hotspots.expand(session, first, over)
        parameters = {"orders": [order.to_json() for order in orders]}
        return {"job": show_job(enqueue(session, "hotspot_batch", parameters))}
