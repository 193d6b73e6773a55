"""What the worker can do. Each task finds its job, runs one service, records the outcome."""

import uuid
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from procrastinate import BaseRetryStrategy, Blueprint, JobContext, RetryDecision
from procrastinate.jobs import Job

from app.db.session import Database
from app.services import hotspots, imports, jobs, prepared, surfaces
from app.services.stopping import WorkStopped
from app.services.storage import FileStore
from app.settings import Settings

# A worker whose heartbeat is older than this is dead, for the worker and the reaper alike.
STALLED_AFTER_SECONDS = 30.0
NAMESPACE = "hotspots"
TASKS = {
    "import": "run_import",
    "preview": "preview_import",
    "undo": "undo_import",
    "surface": "build_surface",
    "hotspots": "find_hotspots",
    "hotspot_batch": "find_hotspot_batch",
    "download": "prepare_download",
}


@dataclass(frozen=True)
class Workshop:
    """What a task works with."""

    settings: Settings
    database: Database
    store: FileStore
    engine: Callable[[], AbstractContextManager[Executor]]


def _workshop(context: JobContext) -> Workshop:
    workshop: Workshop = context.additional_context["workshop"]
    return workshop


def run_import(context: JobContext, *, job_uid: str) -> None:
    """Read an uploaded file and load it."""
    shop = _workshop(context)

    def work(parameters: dict[str, Any], progress: jobs.Progress) -> dict[str, Any]:
        loaded = imports.load(
            shop.database, shop.store, shop.settings.limits, parameters["import"], progress
        )
        # Whoever knows a job's id may read it; what became of the rows is the operator's.
        return {"import": loaded["id"]}

    jobs.run(shop.database, uuid.UUID(job_uid), work)


def preview_import(context: JobContext, *, job_uid: str) -> None:
    """Read the beginning of an uploaded file and show what would be loaded."""
    shop = _workshop(context)

    def work(parameters: dict[str, Any], progress: jobs.Progress) -> dict[str, Any]:
        seen = imports.preview(
            shop.database, shop.store, shop.settings.limits, parameters["import"], progress
        )
        return {"import": seen["id"]}

    jobs.run(shop.database, uuid.UUID(job_uid), work)


def undo_import(context: JobContext, *, job_uid: str) -> None:
    """Take an import back."""
    shop = _workshop(context)

    def work(parameters: dict[str, Any], progress: jobs.Progress) -> dict[str, Any]:
        undone = imports.undo(shop.database, parameters["import"], progress)
        return {"import": undone["id"]}

    jobs.run(shop.database, uuid.UUID(job_uid), work)


def build_surface(context: JobContext, *, job_uid: str) -> None:
    """Build a surface."""
    shop = _workshop(context)

    def work(parameters: dict[str, Any], progress: jobs.Progress) -> dict[str, Any]:
        request = surfaces.SurfaceOrder.from_json(parameters)
        return surfaces.build(
            shop.database,
            shop.store,
            request,
            shop.engine,
            progress,
            budget=surfaces.Budget.of(shop.settings),
        )

    jobs.run(shop.database, uuid.UUID(job_uid), work)


def find_hotspots(context: JobContext, *, job_uid: str) -> None:
    """Find hotspots on a surface."""
    shop = _workshop(context)

    def work(parameters: dict[str, Any], progress: jobs.Progress) -> dict[str, Any]:
        return hotspots.find(
            shop.database,
            shop.store,
            hotspots.HotspotOrder.from_json(parameters),
            shop.engine,
            progress,
            most_cells=shop.settings.limits.surface_max_cells,
        )

    jobs.run(shop.database, uuid.UUID(job_uid), work)


def find_hotspot_batch(context: JobContext, *, job_uid: str) -> None:
    """Find hotspots of many contaminants and guideline values."""
    shop = _workshop(context)

    def work(parameters: dict[str, Any], progress: jobs.Progress) -> dict[str, Any]:
        return hotspots.find_all(
            shop.database,
            shop.store,
            [hotspots.HotspotOrder.from_json(order) for order in parameters["orders"]],
            shop.engine,
            progress,
            most_cells=shop.settings.limits.surface_max_cells,
        )

    jobs.run(shop.database, uuid.UUID(job_uid), work)


def prepare_download(context: JobContext, *, job_uid: str) -> None:
    """Write a file that is to be downloaded."""
    shop = _workshop(context)

    def work(parameters: dict[str, Any], progress: jobs.Progress) -> dict[str, Any]:
        progress(0.0)
        files = prepared.PreparedFiles(shop.database, shop.store, shop.settings)
        return {"features": prepared.make_ordered(files, parameters)}

    jobs.run(shop.database, uuid.UUID(job_uid), work)


async def reap(context: JobContext, timestamp: int) -> None:
    """Give the jobs of a worker that was killed back to the queue."""
    stalled = await context.app.job_manager.get_stalled_jobs(
        seconds_since_heartbeat=STALLED_AFTER_SECONDS
    )
    for job in stalled:
        await context.app.job_manager.retry_job(job)


class _WhenStopped(BaseRetryStrategy):
    """Gives a job back to the queue that was stopped with its worker, and no other."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Decide by what the job was ended with."""
        if isinstance(exception, WorkStopped):
            return RetryDecision(retry_in={"seconds": 0})
        return None


def make_tasks() -> Blueprint:
    """Return the tasks for one application of the queue.

    Anew for each: an application renames the tasks that it is given.
    """
    tasks = Blueprint()
    for work in (
        run_import,
        preview_import,
        undo_import,
        build_surface,
        find_hotspots,
        find_hotspot_batch,
        prepare_download,
    ):
        tasks.task(name=work.__name__, pass_context=True, retry=_WhenStopped())(work)
    reaper = tasks.task(name="reap", queueing_lock="reap", pass_context=True)(reap)
    tasks.periodic(cron="* * * * *")(reaper)
    return tasks
