"""Work is queued in the transaction of whoever asks for it."""

import pytest
from procrastinate import App, SyncPsycopgConnector
from sqlalchemy import text

from app.db import ids
from app.db.models import Job
from app.db.session import Database
from app.jobs.queue import enqueue
from app.jobs.tasks import NAMESPACE, TASKS, make_tasks


def _queued(database: Database) -> tuple[int, int]:
    with database.reading() as session:
        own = session.scalar(text("SELECT count(*) FROM hotspots.job"))
        theirs = session.scalar(text("SELECT count(*) FROM procrastinate.procrastinate_jobs"))
        return int(own or 0), int(theirs or 0)


def test_job_and_task_are_stored_together(database: Database) -> None:
    with database.writing() as session:
        job = enqueue(session, "import", {"import": "im_x"})
        assert ids.show("job", job.uid).startswith("jb_")
        key = job.id
    assert _queued(database) == (1, 1)
    with database.reading() as session:
        stored = session.get_one(Job, key)
        task = session.execute(
            text(
                "SELECT task_name, args, status FROM procrastinate.procrastinate_jobs WHERE id=:i"
            ),
            {"i": stored.queue_job_id},
        ).one()
    assert tuple(task) == ("hotspots:run_import", {"job_uid": stored.uid.hex}, "todo")
    assert (stored.status, stored.attempt, stored.parameters) == ("queued", 0, {"import": "im_x"})


def test_rollback_leaves_neither(database: Database) -> None:
    def fail() -> None:
        with database.writing() as session:
            enqueue(session, "import", {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert _queued(database) == (0, 0)


def test_unknown_kind_leaves_neither(database: Database) -> None:
    with pytest.raises(KeyError), database.writing() as session:
        enqueue(session, "dance", {})
    assert _queued(database) == (0, 0)


def test_tasks_keep_their_names_however_much_is_queued(database: Database) -> None:
    for _ in range(3):
        with database.writing() as session:
            enqueue(session, "surface", {})
    with database.reading() as session:
        names = session.scalars(text("SELECT task_name FROM procrastinate.procrastinate_jobs"))
        assert list(names) == ["hotspots:build_surface"] * 3
    for _ in range(2):  # as many workers as a process starts
        app = App(connector=SyncPsycopgConnector())
        app.add_tasks_from(make_tasks(), namespace=NAMESPACE)
        assert {f"{NAMESPACE}:{task}" for task in [*TASKS.values(), "reap"]} <= set(app.tasks)
        assert {task.name for task in make_tasks().tasks.values()} == {*TASKS.values(), "reap"}
