"""Jobs as callers see them: asked, running, how far, what came of it."""

import logging
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select, update
from sqlalchemy.orm import Session

from app.db import ids
from app.db.models import Job
from app.db.session import Database
from app.errors import Conflict, HotspotsError, NotFound
from app.services.stopping import WorkStopped, is_stopping

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
# Kinds of work after which the data are others than before.
_CHANGING_DATA = ("import", "undo")
Progress = Callable[[float], None]


class JobCancelled(Exception):
    """Somebody asked to stop the job."""


def create(session: Session, kind: str, parameters: dict[str, Any]) -> Job:
    """Record that somebody asked for work."""
    job = Job(kind=kind, parameters=parameters)
    session.add(job)
    session.flush()
    session.refresh(job)
    return job


def get(session: Session, public_id: str) -> Job:
    """Return a job.

    Raises
    ------
    NotFound
        Where no job has that id.
    """
    uid = ids.parse("job", public_id)
    job = None if uid is None else session.scalar(select(Job).where(Job.uid == uid))
    if job is None:
        raise NotFound(f"No job has the id {public_id[:80]!r}.")
    return job


def change_is_due(*, of_data: bool = False) -> ColumnElement[bool]:
    """Return the condition that work waits or runs after which data or surfaces are others."""
    changing = _CHANGING_DATA if of_data else (*_CHANGING_DATA, "surface")
    return exists().where(Job.status.in_(("queued", "running")), Job.kind.in_(changing))


def cancel(session: Session, public_id: str) -> Job:
    """Ask a job to stop; it stops at its next step and leaves nothing behind.

    Raises
    ------
    NotFound, Conflict
        Unknown, or finished already.
    """
    job = get(session, public_id)
    # Held until the end, so that a job that finishes at this moment is not called cancelled.
    session.refresh(job, with_for_update=True)
    if job.status not in {"queued", "running"}:
        raise Conflict(f"The job has {job.status} already; there is nothing to cancel.")
    job.status = "cancelled"
    job.finished_at = datetime.now(UTC)
    return job


def run(
    database: Database, uid: uuid.UUID, work: Callable[[dict[str, Any], Progress], dict[str, Any]]
) -> None:
    """Run a job's work and record what came of it.

    An error that has a sentence is recorded with it; any other is logged whole and recorded
    without its inside. A job that has killed its worker `MAX_ATTEMPTS` times is given up.
    """
    started = _start(database, uid)
    if started is None:
        return
    attempt, parameters = started
    try:
        result = work(parameters, _reporter(database, uid, attempt))
        _finish(database, uid, attempt, status="succeeded", result=result)
    except JobCancelled:
        return
    except Exception as error:
        if is_stopping():
            # The engine was taken away, or the reporter said stop: neither is the job's fault.
            _give_back(database, uid, attempt)
            raise WorkStopped from None
        _finish(database, uid, attempt, status="failed", error=_told(uid, error))


def _told(uid: uuid.UUID, error: Exception) -> dict[str, Any]:
    """Return what a caller is told of an error; one without a sentence is logged whole."""
    if isinstance(error, HotspotsError):
        return {"detail": error.message} | error.details
    log.error("Job %s failed", uid, exc_info=error)
    return {
        "detail": "The job failed for a reason that is not yours; the operator's log tells more."
    }


def _give_back(database: Database, uid: uuid.UUID, attempt: int) -> None:
    with database.writing() as session:
        session.execute(
            update(Job)
            .where(Job.uid == uid, Job.status == "running", Job.attempt == attempt)
            .values(status="queued", progress=0.0, attempt=Job.attempt - 1)
        )


def _start(database: Database, uid: uuid.UUID) -> tuple[int, dict[str, Any]] | None:
    with database.writing() as session:
        job = session.scalar(select(Job).where(Job.uid == uid).with_for_update())
        if job is None or job.status not in {"queued", "running"}:
            return None
        if job.attempt >= MAX_ATTEMPTS:
            job.status = "failed"
            job.finished_at = datetime.now(UTC)
            job.error = {
                "detail": f"The job was started {MAX_ATTEMPTS} times and its worker died each "
                "time. It is not tried again; a smaller area or a larger cell may help."
            }
            return None
        job.status = "running"
        job.attempt += 1
        job.started_at = datetime.now(UTC)
        return job.attempt, job.parameters


def _reporter(database: Database, uid: uuid.UUID, attempt: int) -> Progress:
    def report(fraction: float) -> None:
        if is_stopping():
            raise WorkStopped
        # Twice a second; requests read it where they tell it.
        with database.writing(is_shown=False) as session:
            mine = session.execute(
                update(Job)
                .where(Job.uid == uid, Job.status == "running", Job.attempt == attempt)
                .values(progress=min(max(fraction, 0.0), 1.0))
                .returning(Job.id)
            ).first()
        if mine is None:
            raise JobCancelled

    return report


def _finish(
    database: Database,
    uid: uuid.UUID,
    attempt: int,
    *,
    status: str,
    result: dict[str, Any] | None = None,
    error: dict[str, Any] | None = None,
) -> None:
    with database.writing() as session:
        session.execute(
            update(Job)
            .where(Job.uid == uid, Job.status == "running", Job.attempt == attempt)
            .values(
                status=status,
                result=result,
                error=error,
                progress=1.0 if status == "succeeded" else Job.progress,
                finished_at=func.now(),
            )
        )
