"""Whatever dies while a file is being loaded, the whole of it is stored, or nothing."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from app.db.embedded import EmbeddedCluster
from app.db.migrate import upgrade
from app.db.models import Import, QuarantinedRow, Result, Sample
from app.db.session import Database
from app.errors import DatabaseUnavailable, StorageFull, Unprocessable
from app.resources import reference_data
from app.services import imports, registries
from app.services.imports import tables
from app.services.imports.copying import Copying
from app.services.runtime import Runtime, sweep_orphans
from app.services.storage import FileStore
from app.settings import LimitSettings
from ingest.nursery import Child, Nursery
from tests.app.scene import quiet, register, soil_csv

OPTIONS: dict[str, Any] = {"epsg": 4326, "unit": "mg/kg"}
ROWS = [(f"S{i}", 5 + i / 1000, 51.1, i if i % 10 else "x") for i in range(400)]
FILE = soil_csv(ROWS).encode()
NOTHING, WHOLE = (0, 0, 0), (360, 360, 40)

# Loads an import and kills itself just before a step of it.
WORKER = """
import os, signal, sys
from pathlib import Path
from app.db.session import Database
from app.services import imports
from app.services.imports import files, loading, tables
from app.services.imports.staging import Staging
from app.services.storage import FileStore
from app.settings import LimitSettings

address, folder, import_id, fatal, is_large = sys.argv[1:]
if is_large == "True":
    files.LARGE_BYTES = 0

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

query, show, taken = loading.query, loading.show, Staging.take
join = tables.Tables.join

def query_or_die(name):
    return die() if name == fatal else query(name)

loading.query = tables.query = query_or_die
if fatal == "take":
    Staging.take = lambda self, records: (taken(self, records), die())
if fatal == "joined":
    tables.Tables.join = lambda self: (join(self), die())
if fatal == "commit":
    loading.show = die
imports.load(
    Database(address), FileStore(Path(folder)), LimitSettings(), import_id, lambda fraction: None
)
die()
"""


def _stored(database: Database) -> tuple[int, ...]:
    with database.reading() as session:
        return tuple(
            session.scalar(select(func.count()).select_from(model)) or 0
            for model in (Sample, Result, QuarantinedRow)
        )


def _status(database: Database, import_id: str) -> str:
    with database.reading() as session:
        return imports.get(session, import_id).status


def _nobody_works(database: Database) -> None:
    """Wait until the database has noticed that its client is gone."""
    others = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND state <> 'idle'"
    )
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with database.reading() as session:
            if session.scalar(others) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("a backend works on for a client that is gone")


@pytest.mark.parametrize(
    ("moment", "is_large"),
    [
        ("take", False),
        ("new_sample_ids", False),
        ("load_quarantine", False),
        ("commit", False),
        ("end", False),
        # With tables of its own.
        ("take", True),
        ("joined", True),
        ("end", True),
    ],
)
def test_killed_worker_leaves_nothing_or_the_whole(
    runtime: Runtime, moment: str, *, is_large: bool
) -> None:
    import_id = register(runtime, FILE, "d", **OPTIONS)
    address, folder = runtime.addresses.api, str(runtime.store.data_dir)
    killed = subprocess.run(
        [sys.executable, "-c", WORKER, address, folder, import_id, moment, str(is_large)],
        check=False,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[4])},
    )
    assert killed.returncode == -signal.SIGKILL
    _nobody_works(runtime.database)
    if moment == "end":
        assert (_stored(runtime.database), _status(runtime.database, import_id)) == (
            WHOLE,
            "loaded",
        )
        return
    assert (_stored(runtime.database), _status(runtime.database, import_id)) == (NOTHING, "reading")
    # The job's next attempt finds all as it was.
    imports.load(runtime.database, runtime.store, LimitSettings(), import_id, quiet)
    assert (_stored(runtime.database), _status(runtime.database, import_id)) == (WHOLE, "loaded")


def test_import_that_nobody_takes_up_again_is_refused_at_start(runtime: Runtime) -> None:
    import_id = register(runtime, FILE, "d", **OPTIONS)
    with runtime.database.writing() as session:
        hour_ago = func.now() - text("interval '2 hours'")
        session.execute(update(Import).values(status="reading", created_at=hour_ago))
    sweep_orphans(runtime)
    with runtime.database.reading() as session:
        record = imports.get(session, import_id)
        assert record.status == "refused"
        assert record.report is not None
        assert record.report["refusal"]["code"] == "loading_stopped"


def test_killed_reader_is_told_and_leaves_nothing(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_id = register(runtime, FILE, "d", **OPTIONS)
    bear = Nursery.bear

    def bear_and_kill(nursery: Nursery) -> Child:
        reader = bear(nursery)
        os.killpg(reader.pid, signal.SIGKILL)
        return reader

    monkeypatch.setattr(Nursery, "bear", bear_and_kill)
    with pytest.raises(Unprocessable, match="memory"):
        imports.load(runtime.database, runtime.store, LimitSettings(), import_id, quiet)
    assert (_stored(runtime.database), _status(runtime.database, import_id)) == (NOTHING, "refused")


def _fill_disk(connection: Any) -> None:
    """Let the server say what it says when its disk is full."""
    with connection.cursor() as cursor:
        cursor.execute("DO $$ BEGIN RAISE 'No space left' USING ERRCODE = '53100'; END $$")


@pytest.mark.parametrize("step", ["copy", "new_sample_ids"])
def test_full_disk_says_so_and_leaves_nothing(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    import_id = register(runtime, FILE, "d", **OPTIONS)
    query = tables.query
    with monkeypatch.context() as patched:
        if step == "copy":
            patched.setattr(Copying, "_send", lambda self, *_: _fill_disk(self._connection))
        else:
            full = text("DO $$ BEGIN RAISE 'No space left' USING ERRCODE = '53100'; END $$")
            patched.setattr(tables, "query", lambda name: full if name == step else query(name))
        with pytest.raises(StorageFull, match="Nothing was stored; free some space"):
            imports.load(runtime.database, runtime.store, LimitSettings(), import_id, quiet)
    assert (_stored(runtime.database), _status(runtime.database, import_id)) == (NOTHING, "refused")


@pytest.fixture
def mortal() -> Iterator[tuple[Database, FileStore]]:
    """A cluster of the test's own, because a killed backend takes all the others with it."""
    folder = Path(tempfile.mkdtemp(prefix="hotspots-test-"))
    folder.chmod(0o755)
    with EmbeddedCluster(folder).running() as urls:
        upgrade(urls.owner, urls.api)
        with closing(Database(urls.api)) as database:
            with database.writing() as session:
                registries.seed(session, reference_data())
            store = FileStore(folder / "data")
            store.prepare()
            yield database, store
    shutil.rmtree(folder)


def test_killed_backend_leaves_nothing(
    mortal: tuple[Database, FileStore], runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, store = mortal
    opened = Runtime(runtime.settings, runtime.addresses, database, store, runtime.operator_key)
    import_id = register(opened, FILE, "d", **OPTIONS)
    copy = Copying.copy

    def copy_and_kill(self: Copying, table: str, frame: Any) -> None:
        copy(self, table, frame)
        if table == "staged_quarantine":
            backend = self.session.execute(text("SELECT pg_backend_pid()")).scalar_one()
            os.kill(backend, signal.SIGKILL)
            copy(self, table, frame)

    with monkeypatch.context() as patched:
        patched.setattr(Copying, "copy", copy_and_kill)
        with pytest.raises(DatabaseUnavailable):
            imports.load(database, store, LimitSettings(), import_id, quiet)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            assert _stored(database) == NOTHING
            break
        except DatabaseUnavailable:  # it recovers
            time.sleep(0.2)
    status = _status(database, import_id)
    assert status in {"reading", "refused"}  # as it was quicker to recover or to refuse
    if status == "reading":
        imports.load(database, store, LimitSettings(), import_id, quiet)
        assert (_stored(database), _status(database, import_id)) == (WHOLE, "loaded")
