"""Progress of background work."""

from typing import Any

from fastapi import APIRouter

from app.api.deps import OPERATOR_ONLY, ReadSession, RuntimeDep
from app.api.strict import StrictRoute
from app.db import ids
from app.db.models import Job
from app.services import jobs

router = APIRouter(prefix="/jobs", route_class=StrictRoute, tags=["Jobs"])


def show_job(job: Job) -> dict[str, Any]:
    """Return a job as callers see it."""
    return {
        "id": ids.show("job", job.uid),
        "kind": job.kind,
        "status": job.status,
        "progress": job.progress,
        "result": job.result,
        "error": job.error,
        "created": job.created_at,
        "finished": job.finished_at,
    }


@router.get("/{job_id}", summary="One job")
def get_job(session: ReadSession, job_id: str) -> dict[str, Any]:
    """Return how far a job is; who knows its id may ask."""
    return show_job(jobs.get(session, job_id))


@router.delete("/{job_id}", summary="Cancel a job", dependencies=OPERATOR_ONLY)
def cancel_job(runtime: RuntimeDep, job_id: str) -> dict[str, Any]:
    """Ask a job to stop; it stops at its next step and leaves nothing behind."""
    with runtime.database.writing() as session:
        return show_job(jobs.cancel(session, job_id))
