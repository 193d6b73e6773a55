"""What becomes of a job."""

import sys
import uuid
from typing import Any

import pytest

from app.db import ids
from app.db.session import Database
from app.errors import Conflict, NotFound, Unprocessable
from app.services import jobs


def _made(database: Database) -> uuid.UUID:
    with database.writing() as session:
        return jobs.create(session, "import", {"import": "im_x"}).uid


def _read(database: Database, uid: uuid.UUID) -> Any:
    with database.reading() as session:
        return jobs.get(session, ids.show("job", uid))


def test_success_is_recorded_with_its_result(database: Database) -> None:
    uid = _made(database)
    seen: list[Any] = []

    def work(parameters: dict[str, Any], progress: jobs.Progress) -> dict[str, Any]:
        progress(0.25)
        seen.append((parameters, _read(database, uid).progress, _read(database, uid).status))
        progress(7.0)
        return {"answer": 42}

    jobs.run(database, uid, work)
    assert seen == [({"import": "im_x"}, 0.25, "running")]
    job = _read(database, uid)
    assert (job.status, job.result, job.error, job.progress) == (
        "succeeded", {"answer": 42}, None, 1.0,
    )  # fmt: skip


def test_own_error_is_recorded_with_its_sentence(database: Database) -> None:
    uid = _made(database)

    def work(*_: Any) -> dict[str, Any]:
        raise Unprocessable("The file is empty.", code="file_empty")

    jobs.run(database, uid, work)
    job = _read(database, uid)
    assert (job.status, job.error) == (
        "failed", {"detail": "The file is empty.", "code": "file_empty"},
    )  # fmt: skip
    assert job.finished_at is not None


def test_surprise_is_recorded_without_its_inside(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    uid = _made(database)

    def work(*_: Any) -> dict[str, Any]:
        raise RuntimeError("SELECT secret")

    jobs.run(database, uid, work)
    job = _read(database, uid)
    assert job.status == "failed"
    assert "operator's log" in job.error["detail"]
    assert "secret" not in str(job.error)
    assert "SELECT secret" in caplog.text


def test_cancelled_job_stops_at_its_next_step(database: Database) -> None:
    uid = _made(database)
    steps: list[str] = []

    def work(_parameters: dict[str, Any], progress: jobs.Progress) -> dict[str, Any]:
        progress(0.1)
        with database.writing() as session:
            jobs.cancel(session, ids.show("job", uid))
        steps.append("before")
        progress(0.2)
        steps.append("after")
        return {}

    jobs.run(database, uid, work)
    assert steps == ["before"]
    job = _read(database, uid)
    assert (job.status, job.result, job.progress) == ("cancelled", None, 0.1)


def test_cancelled_before_it_began_never_begins(database: Database) -> None:
    uid = _made(database)
    with database.writing() as session:
        jobs.cancel(session, ids.show("job", uid))
    jobs.run(database, uid, lambda *_: pytest.fail("it began"))
    assert _read(database, uid).attempt == 0


def test_worker_that_was_declared_dead_cannot_publish_over_its_successor(
    database: Database,
) -> None:
    uid = _made(database)

    def slow(_parameters: dict[str, Any], progress: jobs.Progress) -> dict[str, Any]:
        jobs.run(database, uid, lambda *_: {"by": "successor"})
        return {"by": "ghost"}

    jobs.run(database, uid, slow)
    job = _read(database, uid)
    assert (job.status, job.result, job.attempt) == ("succeeded", {"by": "successor"}, 2)


def test_finished_job_is_neither_run_nor_cancelled_again(database: Database) -> None:
    uid = _made(database)
    jobs.run(database, uid, lambda *_: {})
    jobs.run(database, uid, lambda *_: pytest.fail("it ran again"))
    with pytest.raises(Conflict, match="succeeded already"), database.writing() as session:
        jobs.cancel(session, ids.show("job", uid))
    assert _read(database, uid).status == "succeeded"


def test_job_is_given_up_after_its_last_attempt(database: Database) -> None:
    uid = _made(database)
    for _ in range(jobs.MAX_ATTEMPTS):
        with pytest.raises(SystemExit):  # as abrupt as a kill: nothing is recorded
            jobs.run(database, uid, lambda *_: sys.exit(1))
    jobs.run(database, uid, lambda *_: pytest.fail("a fourth time"))
    job = _read(database, uid)
    assert (job.status, job.attempt) == ("failed", 3)


def test_unknown_job(database: Database) -> None:
    jobs.run(database, uuid.uuid4(), lambda *_: pytest.fail("it ran"))
    with database.reading() as session, pytest.raises(NotFound):
        jobs.get(session, "jb_x")
