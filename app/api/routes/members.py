"""Registration of members, and the places they can choose from."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from app.api.deps import RuntimeDep
from app.api.schemas.members import MemberCreate, MemberCreated
from app.api.strict import StrictRoute
from app.db import ids
from app.services import members

router = APIRouter(prefix="/members", route_class=StrictRoute, tags=["Members"])


@router.post("", status_code=201, summary="Register as a member")
def register(runtime: RuntimeDep, wanted: MemberCreate) -> MemberCreated:
    """Register; the operator approves before anything is shown, and then only the city."""
    registration = members.Registration(
        kind=wanted.kind,
        name=wanted.name,
        email=wanted.email,
        city=wanted.city,
        country=wanted.country,
        organisation=wanted.organisation,
        working_groups=tuple(wanted.working_groups),
        place_id=wanted.place_id,
    )
    with runtime.database.writing() as session:
        member = members.register(session, registration)
        return MemberCreated(id=ids.show("member", member.uid), status="pending")


@router.get("/places", summary="Search for a city")
def places(
    q: Annotated[str, Query(min_length=2, max_length=100)],
    country: Annotated[str | None, Query(pattern="^[A-Za-z]{2}$")] = None,
) -> dict[str, Any]:
    """Return cities of the gazetteer (GeoNames) whose name begins with or contains the text."""
    return {
        "places": [
            {
                "id": place.id,
                "name": place.name,
                "country": place.country,
                "longitude": place.longitude,
                "latitude": place.latitude,
            }
            for place in members.search_places(q, country)
        ]
    }
