"""Services with the demo, started as a user would: one that is only read, one to work on."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.service import Service, copy_folder, copy_of, data_folder, running


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a service that was started from nothing, loaded the demo and stopped.

    It is made once for all processes of a run, and only copied. Services on copies of it are
    started without the demo, so what they have is what the first start loaded.
    """
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    kept = base / "demo"
    with (base / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            # pytest's own folders are closed to the postgres user.
            with data_folder() as folder:
                with running(folder):
                    pass
                # What a worker left half done when it was killed.
                shutil.rmtree(base / "demo.part", ignore_errors=True)
                copy_folder(folder, base / "demo.part")
            (base / "demo.part").rename(kept)
    return kept


@pytest.fixture(scope="session")
def service(demo: Path) -> Iterator[Service]:
    """A running service with the demo loaded, which tests only read."""
    with copy_of(demo) as folder, running(folder, "--no-demo") as started:
        yield started


@pytest.fixture(scope="session")
def workshop(demo: Path) -> Iterator[Service]:
    """A running service with the demo loaded, which tests may add to."""
    with copy_of(demo) as folder, running(folder, "--no-demo") as started:
        yield started
