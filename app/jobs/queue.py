"""Put work on the queue, in the transaction of whoever asks for it."""

from typing import Any

from procrastinate import App, SyncPsycopgConnector
from sqlalchemy.orm import Session

from app.db.models import Job
from app.jobs.tasks import TASKS, tasks
from app.services import jobs


def _offline_app() -> App:
    # Never opened: every deferral runs on the asker's own connection.
    app = App(connector=SyncPsycopgConnector())
    app.add_tasks_from(tasks, namespace="hotspots")
    return app


def enqueue(session: Session, kind: str, parameters: dict[str, Any]) -> Job:
    """Record a job and queue it; both happen, or neither, when the session commits."""
    job = jobs.create(session, kind, parameters)
    connection = session.connection().connection.driver_connection
    deferrer = _offline_app().configure_task(
        f"hotspots:{TASKS[kind]}", connection=connection, lock=None
    )
    job.queue_job_id = deferrer.defer(job_uid=job.uid.hex)
    return job
