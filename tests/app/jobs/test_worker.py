"""A real worker on a real queue."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from procrastinate import App, PsycopgConnector

from app.db import ids
from app.db.models import Job
from app.db.session import SEARCH_PATH, connection_string
from app.jobs import tasks
from app.jobs.queue import enqueue
from app.jobs.worker import run_worker
from app.services import foresight, jobs
from app.services.features import Query
from app.services.foresight import Foresight
from app.services.pages import preparing
from app.services.runtime import Runtime
from app.services.surfaces import SurfaceOrder
from app.services.tile_matrices import WEB_MERCATOR_QUAD, TileAddress
from app.services.vector_tiles import TileWish, places
from tests.app.conftest import run
from tests.app.loops import run_in_loop
from tests.app.prepared import collection_of, samples_state
from tests.app.scene import register, soil_csv

OPTIONS: dict[str, Any] = {"epsg": 4326, "unit": "mg/kg"}


@contextmanager
def _working(opened: Runtime) -> Iterator[None]:
    """Run a worker in a thread of its own, and stop it as SIGTERM does."""
    loop = asyncio.new_event_loop()
    started = threading.Event()
    task: list[asyncio.Task[None]] = []

    async def work() -> None:
        task.append(
            loop.create_task(
                run_worker(
                    opened.settings, opened.database, opened.store, install_signal_handlers=False
                )
            )
        )
        started.set()
        await asyncio.gather(*task, return_exceptions=True)

    thread = threading.Thread(target=loop.run_until_complete, args=(work(),))
    thread.start()
    started.wait()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(task[0].cancel)
        thread.join(timeout=30)
        assert not thread.is_alive()
        loop.close()


def _ask(opened: Runtime, kind: str, parameters: dict[str, Any]) -> str:
    with opened.database.writing() as session:
        return ids.show("job", enqueue(session, kind, parameters).uid)


def _job(opened: Runtime, job_id: str) -> Job:
    with opened.database.reading() as session:
        return jobs.get(session, job_id)


def _wait(opened: Runtime, job_id: str, done: Callable[[Job], bool]) -> Job:
    deadline = time.monotonic() + 60
    while not done(job := _job(opened, job_id)):
        assert time.monotonic() < deadline, (job.status, job.error)
        time.sleep(0.05)
    return job


def _finished(job: Job) -> bool:
    return job.status in {"succeeded", "failed", "cancelled"}


def test_worker_runs_jobs_to_success_and_records_failures(runtime: Runtime) -> None:
    rows = [("A", 5.1, 51.1, 10)]
    good = register(runtime, soil_csv(rows).encode(), "d", **OPTIONS)
    bad = register(runtime, b"id,zinc\nA,1\n", "d", **OPTIONS)
    cancelled = register(runtime, soil_csv(rows).encode(), "e", **OPTIONS)
    asked = [_ask(runtime, "import", {"import": name}) for name in (good, bad, cancelled)]
    asked.append(_ask(runtime, "surface", SurfaceOrder(contaminant="pb").to_json()))
    asked.append(_ask(runtime, "hotspots", {"contaminant": "zn", "threshold": 1.0}))
    with runtime.database.writing() as session:
        jobs.cancel(session, asked[2])
    with _working(runtime):
        done = [_wait(runtime, name, _finished) for name in asked]
    statuses = [job.status for job in done]
    assert statuses == ["succeeded", "failed", "cancelled", "failed", "failed"]
    assert done[0].result == {"import": good}
    assert (done[0].progress, done[0].attempt) == (1.0, 1)
    assert done[0].started_at is not None
    assert done[0].finished_at is not None
    errors = [job.error or {} for job in done]
    assert errors[1]["code"] == "coordinates_missing_columns"
    assert "No result of Lead fits" in errors[3]["detail"]
    assert "no surface of Zinc" in errors[4]["detail"]
    assert done[2].attempt == 0


def test_after_an_import_first_tiles_and_pages_lie_ready_with_nobody_asking(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foresight, "_CALM_SECONDS", 0.0)
    number = 6_000  # of 5,000 a tile would have every one
    rows = [(f"S{i}", 5 + i / number, 51.1, 10) for i in range(number)]
    asked = register(runtime, soil_csv(rows).encode(), "d", visibility="public", **OPTIONS)
    job_id = _ask(runtime, "import", {"import": asked})
    deadline = time.monotonic() + 60
    with _working(runtime):
        assert _wait(runtime, job_id, _finished).status == "succeeded"
        # Places come first.
        while not (runtime.store.pages / "samples.pages").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
    # Whatever would be read for it, or written, fails.
    monkeypatch.setattr(places, "_read_places", None)
    monkeypatch.setattr(preparing, "write_texts", None)
    samples = collection_of("samples")
    wish, tile = TileWish(samples, Query()), TileAddress(2, 1, 2)
    _, made = runtime.vector_tiles.tile("z2", lambda _session: wish, WEB_MERCATOR_QUAD, tile)
    assert b"samples_cells" in made
    assert runtime.prepared_pages.find(samples, samples_state(runtime)) is not None


def test_a_loop_that_serves_goes_on_while_a_worker_stops(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, stops, goes_on = threading.Event(), threading.Event(), threading.Event()
    told: list[bool] = []
    whole = Foresight.close

    def close_slowly(foreseeing: Foresight) -> None:
        stops.set()
        told.append(goes_on.wait(10))
        whole(foreseeing)

    monkeypatch.setattr(Foresight, "look", lambda _foreseeing: looks.set())
    monkeypatch.setattr(Foresight, "close", close_slowly)

    async def stop_one() -> None:
        working = run_worker(
            runtime.settings, runtime.database, runtime.store, install_signal_handlers=False
        )
        worker = asyncio.create_task(working)
        assert await asyncio.to_thread(looks.wait, 60)
        worker.cancel()
        assert await asyncio.to_thread(stops.wait, 60)
        goes_on.set()
        await asyncio.gather(worker, return_exceptions=True)

    run_in_loop(stop_one())
    assert told == [True]
    assert "foresight" not in {thread.name for thread in threading.enumerate()}


async def _stalled(opened: Runtime) -> None:
    """Take the next task as a worker that dies at once, and let the reaper find it."""
    connector = PsycopgConnector(
        conninfo=connection_string(opened.database.url),
        kwargs={"options": f"-c search_path={SEARCH_PATH}"},
    )
    app = App(connector=connector)
    app.add_tasks_from(tasks.make_tasks(), namespace=tasks.NAMESPACE)
    async with app.open_async():
        worker = await app.job_manager.register_worker()
        taken = await app.job_manager.fetch_job(queues=None, worker_id=worker)
        assert taken is not None
        assert opened.addresses.owner is not None
        run(
            opened.addresses.owner,
            "UPDATE procrastinate.procrastinate_workers "
            "SET last_heartbeat = now() - interval '29 seconds'",
        )
        context: Any = SimpleNamespace(app=app)
        await tasks.reap(context, timestamp=0)
        assert await _status(app, taken.id) == "doing"  # not dead yet
        run(
            opened.addresses.owner,
            "UPDATE procrastinate.procrastinate_workers "
            "SET last_heartbeat = now() - interval '31 seconds'",
        )
        await tasks.reap(context, timestamp=0)
        assert await _status(app, taken.id) == "todo"


async def _status(app: App, job_id: int | None) -> str:
    [job] = await app.job_manager.list_jobs_async(id=job_id)
    status: str = job.status
    return status


def test_job_of_a_dead_worker_is_reaped_and_finished_by_another(runtime: Runtime) -> None:
    import_id = register(runtime, soil_csv([("A", 5.1, 51.1, 10)]).encode(), "d", **OPTIONS)
    job_id = _ask(runtime, "import", {"import": import_id})
    with runtime.database.writing() as session:  # the dead worker had begun
        job = jobs.get(session, job_id)
        job.status, job.attempt = "running", 1
    # A thread of its own: where this process opened a browser, Playwright's loop runs in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, _stalled(runtime)).result()
    with _working(runtime):
        done = _wait(runtime, job_id, _finished)
    assert (done.status, done.attempt) == ("succeeded", 2)


def test_poison_is_given_up_after_three_workers(runtime: Runtime) -> None:
    job_id = _ask(runtime, "import", {"import": "im_x"})
    with runtime.database.writing() as session:
        job = jobs.get(session, job_id)
        job.status, job.attempt = "running", jobs.MAX_ATTEMPTS
    with _working(runtime):
        done = _wait(runtime, job_id, _finished)
    assert (done.status, done.attempt) == ("failed", 3)
    assert done.error is not None
    assert "started 3 times and its worker died each time" in done.error["detail"]
