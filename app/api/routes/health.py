"""Whether the service lives, and whether it can work."""

from fastapi import APIRouter

from app.api.deps import RuntimeDep
from app.api.strict import StrictRoute
from app.db.migrate import head_revision

router = APIRouter(prefix="/health", route_class=StrictRoute, tags=["Operations"])


@router.get("/live", summary="The process answers")
def live() -> dict[str, str]:
    """Answer; nothing is asked of anybody else."""
    return {"status": "live"}


@router.get("/ready", summary="The database answers and fits")
def ready(runtime: RuntimeDep) -> dict[str, str]:
    """Answer 200 when database, PostGIS and schema are as they must be, else 503 with why."""
    runtime.database.check(head_revision())
    return {"status": "ready"}
