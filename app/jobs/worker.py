"""The worker: takes jobs from the queue, one at a time, until it is told to stop."""

import asyncio
import contextlib
import functools
import logging
import signal
from collections.abc import Iterable

from procrastinate import App, PsycopgConnector

from app.db.session import SEARCH_PATH, Database, connection_string
from app.jobs.engine import ready_engine, stop_engines
from app.jobs.tasks import NAMESPACE, STALLED_AFTER_SECONDS, Workshop, make_tasks
from app.services.foresight import Foresight
from app.services.stopping import ask_to_stop
from app.services.storage import FileStore
from app.settings import Settings

log = logging.getLogger(__name__)


async def run_worker(
    settings: Settings, database: Database, store: FileStore, *, install_signal_handlers: bool
) -> None:
    """Work until cancelled; a job that is running is given a moment to finish, then returned.

    Beside the jobs, what is asked for first after a change is made ready.
    """
    app = App(
        connector=PsycopgConnector(
            conninfo=connection_string(database.url),
            kwargs={"options": f"-c search_path={SEARCH_PATH}"},
            min_size=1,
            max_size=4,
        )
    )
    app.add_tasks_from(make_tasks(), namespace=NAMESPACE)
    workshop = Workshop(
        settings,
        database,
        store,
        functools.partial(
            ready_engine, settings.compute.compute_processes, settings.storage.data_dir, log.info
        ),
    )
    async with app.open_async():
        foresight = Foresight(settings, database, store)
        foresight.start()
        try:
            await app.run_worker_async(
                name="hotspots",
                concurrency=1,
                additional_context={"workshop": workshop},
                install_signal_handlers=install_signal_handlers,
                stalled_worker_timeout=STALLED_AFTER_SECONDS,
                shutdown_graceful_timeout=3.0,
            )
        finally:
            # A single process serves in this loop, also while its worker fell over.
            await asyncio.to_thread(foresight.close)


def stop_work() -> None:
    """Stop what is running: it goes back to the queue, and its processes end at once."""
    ask_to_stop()
    stop_engines()


def work_forever(
    settings: Settings,
    database: Database,
    store: FileStore,
    stopped_by: Iterable[signal.Signals] = (signal.SIGINT, signal.SIGTERM),
) -> None:
    """Run one worker in this process until one of the signals comes."""
    asyncio.run(_work_until_stopped(settings, database, store, stopped_by))


async def _work_until_stopped(
    settings: Settings, database: Database, store: FileStore, stopped_by: Iterable[signal.Signals]
) -> None:
    worker = asyncio.create_task(
        run_worker(settings, database, store, install_signal_handlers=False)
    )

    def stop() -> None:
        stop_work()
        worker.cancel()

    loop = asyncio.get_running_loop()
    for number in stopped_by:
        loop.add_signal_handler(number, stop)
    with contextlib.suppress(asyncio.CancelledError):
        await worker
