"""What a surface says of places, areas and lines."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from sqlalchemy.orm import Session

from app.api.deps import ReadSession, RuntimeDep, give_back
from app.api.routes.guidelines import parse_place
from app.api.schemas.surfaces import AgainstCreate, PlacesCreate, ProfileCreate, ZoneCreate
from app.api.slots import HeavyReads
from app.api.strict import StrictRoute
from app.db.models import Contaminant, Surface
from app.services import surfaces
from app.services.guidelines import Place, resolve_for

router = APIRouter(prefix="/surfaces", route_class=StrictRoute, tags=["Surfaces"])


@router.get("/{surface_id}/value", summary="The distribution at a place")
def get_value(
    runtime: RuntimeDep,
    session: ReadSession,
    surface_id: str,
    lon: Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)],
    lat: Annotated[float, Query(ge=-90, le=90, allow_inf_nan=False)],
    place: Annotated[Place, Depends(parse_place)],
    threshold: Annotated[
        float | None, Query(gt=0, allow_inf_nan=False, description="in the surface's unit")
    ] = None,
    guideline: Annotated[
        str | None, Query(max_length=120, description="id of a guideline value, as threshold")
    ] = None,
) -> dict[str, Any]:
    """Return median, quantiles and, for a threshold, the probability that it is exceeded.

    With `framework` or `country`, and what else is known of the place, also against each value of
    that law, with why it applies or does not.
    """
    surface = surfaces.get_surface(session, surface_id)
    against = surfaces.find_against(session, surface, threshold, guideline)
    choice = _choice(session, surface, place if place != Place() else None)
    question = surfaces.Question(against, choice.pop("candidates", ()))
    [answer] = surfaces.values_at(runtime.store, surface, [lon], [lat], question)
    return answer | choice | _named(against)


@router.post("/{surface_id}/value", summary="The distribution at many places")
def post_values(
    runtime: RuntimeDep,
    session: ReadSession,
    slots: HeavyReads,
    surface_id: str,
    asked: PlacesCreate,
) -> dict[str, Any]:
    """Return the same for up to 10,000 places, in their order."""
    surface = surfaces.get_surface(session, surface_id)
    against = _against(session, surface, asked)
    place = None
    if asked.place is not None:
        insists = asked.accept_unverified
        place = Place(**asked.place.model_dump(), accept_unverified=insists)
    choice = _choice(session, surface, place)
    question = surfaces.Question(against, choice.pop("candidates", ()))
    give_back(session)  # reading the file needs no connection
    longitudes, latitudes = zip(*asked.places, strict=True)
    with slots.taken():
        values = surfaces.values_at(runtime.store, surface, longitudes, latitudes, question)
    return {"values": values} | choice | _named(against)


@router.post("/{surface_id}/zonal", summary="Mean, maximum and area above a threshold")
def post_zone(
    runtime: RuntimeDep,
    session: ReadSession,
    slots: HeavyReads,
    surface_id: str,
    asked: ZoneCreate,
) -> dict[str, Any]:
    """Return what a surface says of an area, with what is assumed for its uncertainty."""
    surface = surfaces.get_surface(session, surface_id)
    against = _against(session, surface, asked)
    zone = surfaces.read_outline(asked.geometry, "geometry")
    give_back(session)
    with slots.taken():
        answer = surfaces.zonal(runtime.store, surface, zone, against.threshold)
    return answer | _named(against)


@router.post("/{surface_id}/profile", summary="Values along a line")
def post_profile(
    runtime: RuntimeDep,
    session: ReadSession,
    slots: HeavyReads,
    surface_id: str,
    asked: ProfileCreate,
) -> dict[str, Any]:
    """Return the distribution at places equally far apart along a line, with their distance."""
    surface = surfaces.get_surface(session, surface_id)
    against = _against(session, surface, asked)
    along = surfaces.places_along(surfaces.read_line(asked.geometry), asked.points)
    give_back(session)
    question = surfaces.Question(against)
    with slots.taken():
        values = surfaces.values_at(
            runtime.store, surface, along.longitudes, along.latitudes, question
        )
    return {
        "length_m": along.distances[-1],
        "values": [
            {"distance_m": distance} | value
            for distance, value in zip(along.distances, values, strict=True)
        ],
    } | _named(against)


def _against(session: Session, surface: Surface, asked: AgainstCreate) -> surfaces.Against:
    return surfaces.find_against(session, surface, asked.threshold, asked.guideline)


def _named(against: surfaces.Against) -> dict[str, Any]:
    return {} if against.guideline is None else {"guideline": against.guideline}


def _choice(session: Session, surface: Surface, place: Place | None) -> dict[str, Any]:
    """Return which value of a law applies and why, and its candidates; nothing where not asked."""
    if place is None:
        return {}
    contaminant = session.get_one(Contaminant, surface.contaminant)
    told = resolve_for(session, contaminant, place).to_json()
    candidates = told.pop("candidates")
    return {"choice": told, "candidates": candidates}
