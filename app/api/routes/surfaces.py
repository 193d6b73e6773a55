"""Surfaces: model cards and orders."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from app.api.deps import OPERATOR_ONLY, ReadSession, RuntimeDep
from app.api.routes.jobs import show_job
from app.api.schemas.surfaces import SurfaceCreate
from app.api.strict import StrictRoute
from app.jobs.queue import enqueue
from app.services import surfaces
from app.services.registries import find_contaminant

router = APIRouter(prefix="/surfaces", route_class=StrictRoute, tags=["Surfaces"])


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


@router.post(
    "",
    status_code=202,
    summary="Build a surface",
    dependencies=OPERATOR_ONLY,
    responses={200: {"description": "What it would cost, on a dry run"}},
)
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
