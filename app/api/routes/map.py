"""What the map page opens on."""

from typing import Any

from fastapi import APIRouter

from app.api.deps import ReadSession
from app.api.strict import StrictRoute
from app.services import map_start

router = APIRouter(route_class=StrictRoute, tags=["Map"])


@router.get("/map", summary="What the map opens on")
def get_map(session: ReadSession) -> dict[str, Any]:
    """Return the extent of what may be seen, the demo's outline and river, and the credits."""
    return map_start.describe(session)
