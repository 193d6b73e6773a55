"""Put work on the queue, in the transaction of whoever asks for it."""

from functools import cache
from typing import Any

from procrastinate import App, SyncPsycopgConnector
from sqlalchemy.orm import Session

from app.db.models import Job
from app.jobs.tasks import NAMESPACE, TASKS
from app.services import jobs


@cache
def _offline_app() -> App:
    # Never opened: every deferral runs on the asker's own connection. It knows no task but by
    # name. One for the process, because each lengthens the names of the library's own tasks.
    return App(connector=SyncPsycopgConnector())


def enqueue(session: Session, kind: str, parameters: dict[str, Any]) -> Job:
    """Record a job and queue it; both happen, or neither, when the session commits."""
    job = jobs.create(session, kind, parameters)
    connection = session.connection().connection.driver_connection
    deferrer = _offline_app().configure_task(
        f"{NAMESPACE}:{TASKS[kind]}", connection=connection, lock=None
    )
    job.queue_job_id = deferrer.defer(job_uid=job.uid.hex)
    return job
