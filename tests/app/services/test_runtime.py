"""An installation is opened in the right order, and refused with a sentence."""

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.db.migrate import downgrade
from app.db.session import Database
from app.errors import DatabaseUnavailable, NotMigrated, UnsafeSettings
from app.services.runtime import Addresses, Runtime, migrate_schema, open_runtime, sweep_orphans
from app.settings import DatabaseSettings, Settings, StorageSettings
from tests.app.conftest import FreshDatabase
from tests.app.loops import run_in_loop


def _settings(url: str, folder: Path) -> Settings:
    return Settings(
        database=DatabaseSettings(database_url=url), storage=StorageSettings(data_dir=folder)
    )


def test_own_database_is_used_and_never_migrated(fresh: FreshDatabase, tmp_path: Path) -> None:
    settings = _settings(fresh.api, tmp_path / "data")
    with open_runtime(settings, migrate=True) as opened:
        assert opened.addresses == Addresses(fresh.api, None)
        assert len(opened.operator_key) == 43
        assert opened.store.uploads.is_dir()
    downgrade(fresh.owner)
    with pytest.raises(NotMigrated), open_runtime(settings, migrate=True):
        pytest.fail("it opened")


def test_unreachable_database_is_a_sentence(tmp_path: Path) -> None:
    settings = _settings("postgresql://nobody@127.0.0.1:9/x", tmp_path)
    with pytest.raises(DatabaseUnavailable), open_runtime(settings):
        pytest.fail("it opened")


def test_address_that_readers_cannot_use_is_refused_at_the_start(
    fresh: FreshDatabase, tmp_path: Path
) -> None:
    async def start(opened: Runtime) -> None:
        async with opened.readers():
            pytest.fail("it opened")

    with open_runtime(_settings(fresh.api, tmp_path / "data")) as opened:
        url = (
            f"{fresh.api}{'&' if '?' in fresh.api else '?'}sslmode=verify-full&sslrootcert=/nowhere"
        )
        other = replace(opened, database=Database(url))
        with pytest.raises(DatabaseUnavailable):
            run_in_loop(start(other))
        other.database.close()


def test_processes_side_by_side_have_the_connections_of_one(
    fresh: FreshDatabase, tmp_path: Path
) -> None:
    async def readers(opened: Runtime) -> int:
        async with opened.readers() as lent:
            return lent._free._value

    held = {}
    for processes in (1, 2, 4, 12):
        settings = _settings(fresh.api, tmp_path / "data")
        with open_runtime(settings, processes=processes) as opened:
            pools: list[Any] = [opened.database._read.pool, opened.database._write.pool]
            held[processes] = [*(pool.size() for pool in pools), run_in_loop(readers(opened))]
            assert opened.tile_memory._most * processes - 64 * 1024 * 1024 < processes
    # What is held for minutes (downloads, what is prepared) leaves some free.
    assert held == {1: [8, 8, 8], 2: [4, 4, 4], 4: [3, 3, 2], 12: [3, 3, 1]}
    # With as many again where they are needed, all of the most servers and their worker fit in.
    assert 13 * (2 * 3 + 2 * 3 + 1) < 190


def test_commands_do_not_import_what_shows_pages_and_tiles() -> None:
    program = (
        "import sys, app.cli, app.services.guidelines, app.services.runtime; "
        "sys.exit(not {'app.services.pages', 'pyarrow', 'rasterio'}.isdisjoint(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_what_was_made_is_closed_and_nothing_is_made_to_be_closed(
    fresh: FreshDatabase, tmp_path: Path
) -> None:
    with open_runtime(_settings(fresh.api, tmp_path / "data")) as opened:
        pages = opened.prepared_pages
        assert not pages._is_closing
    assert pages._is_closing
    assert {"painter", "vector_tiles"}.isdisjoint(vars(opened))


def test_migration_without_the_owner_is_a_sentence(fresh: FreshDatabase) -> None:
    with pytest.raises(UnsafeSettings, match="HOTSPOTS_OWNER_DATABASE_URL"):
        migrate_schema(Addresses(fresh.api, None))
    migrate_schema(Addresses(fresh.api, fresh.owner))


def test_sweep_keeps_every_recorded_file(meuse: Runtime) -> None:
    old = time.time() - 2 * 3600
    store = meuse.store
    recorded = [*store.uploads.iterdir(), *store.surfaces.iterdir()]
    assert len(recorded) == 4
    orphan = store.uploads / ("c" * 64)
    orphan.write_bytes(b"x")
    for path in [*recorded, orphan]:
        os.utime(path, (old, old))
    assert sweep_orphans(meuse) == 1
    assert sorted([*store.uploads.iterdir(), *store.surfaces.iterdir()]) == sorted(recorded)
    assert sweep_orphans(replace(meuse)) == 0
