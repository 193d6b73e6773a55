"""The doctor's checks, on a real cluster and on what is wrong with it."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from app.db import cluster_programs
from app.db.cluster_process import processes_in
from app.db.embedded import ClusterUrls, EmbeddedCluster
from app.services.diagnosis import Check, check_database, check_folder, check_space, diagnose

REVISION = "20261122_first"


@pytest.fixture(scope="module")
def base() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="hotspots-test-"))
    folder.chmod(0o755)
    yield folder
    assert processes_in(folder / "data" / "postgres") == []
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def cluster(base: Path) -> EmbeddedCluster:
    made = EmbeddedCluster(base / "data")
    with made.running() as urls, _connected(urls.owner) as owner:
        owner.execute("CREATE TABLE hotspots.revision (version_num text)")
        owner.execute("INSERT INTO hotspots.revision VALUES (%s)", (REVISION,))
        owner.execute("GRANT USAGE ON SCHEMA hotspots TO hotspots_api")
        owner.execute("GRANT SELECT ON hotspots.revision TO hotspots_api")
    with made.running() as urls, _connected(urls.superuser) as superuser:
        superuser.execute("CREATE DATABASE plain OWNER hotspots_owner")
    return made


@pytest.fixture
def urls(cluster: EmbeddedCluster) -> Iterator[ClusterUrls]:
    with cluster.running() as addresses:
        yield addresses


def _connected(url: str) -> psycopg.Connection:
    libpq = url.replace("postgresql+psycopg://", "postgresql://")
    return psycopg.connect(libpq, autocommit=True)


def _named(checks: list[Check], name: str) -> Check:
    return next(check for check in checks if check.name == name)


def test_everything_is_well(cluster: EmbeddedCluster) -> None:
    checks = diagnose(cluster.folder.path, None, None, REVISION)
    assert [check for check in checks if not check.ok] == []
    assert {check.name for check in checks} >= {
        *("python", "data folder", "disk space", "PostgreSQL", "PostGIS", "cluster"),
        *("connection", "schema", "role"),
    }
    assert cluster.status().state == "stopped", "the doctor leaves it as it was"


def test_a_cluster_never_made_is_left_alone(base: Path) -> None:
    checks = diagnose(base / "never", None, None, REVISION)
    assert all(check.ok for check in checks)
    assert "the first start makes it" in _named(checks, "cluster").detail
    assert not (base / "never").exists()


def test_running_is_told(cluster: EmbeddedCluster, urls: ClusterUrls) -> None:
    check = _named(diagnose(cluster.folder.path, None, None), "cluster")
    assert "in use" in check.detail


def test_orphan_and_stale_pid_are_told(cluster: EmbeddedCluster, repository: Path) -> None:
    code = (
        "import sys, os, signal; from pathlib import Path\n"
        "from app.db.embedded import EmbeddedCluster\n"
        "with EmbeddedCluster(Path(sys.argv[1])).running():\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    data_dir = cluster.folder.path
    for expected in ("for nobody", "left its pid file behind"):
        subprocess.run([sys.executable, "-c", code, data_dir], cwd=repository, check=False)
        pid = cluster.status().pid
        assert pid is not None
        if "pid file" in expected:
            os.kill(pid, signal.SIGKILL)
            while cluster.status().state == "orphan":
                time.sleep(0.02)
        checks = diagnose(data_dir, None, None, REVISION)
        assert all(check.ok for check in checks), "every one of these states mends itself"
        assert expected in _named(checks, "cluster").detail
        assert cluster.status().state == "stopped"


def test_missing_programs_are_told(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_programs, "DEBIAN_PROGRAMS", base / "none")
    monkeypatch.setenv("PATH", str(base))
    check = _named(diagnose(base / "never", None, None), "PostgreSQL")
    assert not check.ok
    assert check.remedy == "Install it with: apt-get install postgresql postgresql-postgis"


def test_a_missing_postgis_extension_is_told(urls: ClusterUrls) -> None:
    checks = check_database(urls.owner.replace("/hotspots?", "/plain?"), REVISION)
    check = _named(checks, "PostGIS")
    assert not check.ok
    assert check.detail == "The database has no PostGIS extension."
    assert check.remedy is not None
    assert "apt-get install postgresql-1" in check.remedy
    assert "CREATE EXTENSION postgis;" in check.remedy


def test_a_schema_not_migrated_is_told(urls: ClusterUrls) -> None:
    check = _named(check_database(urls.owner.replace("/hotspots?", "/plain?"), REVISION), "schema")
    assert check == Check("schema", False, "The database is not migrated.", "Run: hotspots migrate")


def test_another_revision_is_told(urls: ClusterUrls) -> None:
    check = _named(check_database(urls.api, "20270101_second"), "schema")
    assert not check.ok
    assert f"is at revision {REVISION}, and this program needs 20270101_second" in check.detail
    assert "hotspots migrate" in (check.remedy or "")


@pytest.mark.parametrize("role", ["owner", "superuser"])
def test_a_role_with_too_much_power_is_told(urls: ClusterUrls, role: str) -> None:
    check = _named(check_database(getattr(urls, role), REVISION), "role")
    assert not check.ok
    assert "too powerful" in check.detail
    assert "HOTSPOTS_OWNER_DATABASE_URL" in (check.remedy or "")


def test_a_server_of_one_s_own_is_checked_with_its_owner(
    cluster: EmbeddedCluster, urls: ClusterUrls
) -> None:
    checks = diagnose(cluster.folder.path, urls.api, urls.owner, REVISION)
    assert all(check.ok for check in checks)
    assert _named(checks, "owner").detail == "Migrations can connect as hotspots_owner."


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://me:secret@127.0.0.1:1/soil", "at 127.0.0.1:1/soil does not answer"),
        ("postgresql+psycopg://me:secret@/soil?host=/nowhere", "/nowhere/soil does not answer"),
        ("postgresql://me:secret@no-such-host.invalid/soil", "does not answer"),
        ("mysql://me:secret@localhost/soil", "cannot be read"),
        ("not a url", "cannot be read"),
    ],
)
def test_an_unreachable_server_is_told_without_its_password(
    base: Path, url: str, words: str
) -> None:
    checks = diagnose(base / "never", url, url)
    for name in ("connection", "owner"):
        check = _named(checks, name)
        assert not check.ok
        assert words in check.detail
        assert check.remedy
        assert "secret" not in f"{check.detail} {check.remedy}"


def test_a_wrong_password_is_told(urls: ClusterUrls) -> None:
    wrong = urls.api.replace("hotspots_api:", "hotspots_api:wrong")
    check = _named(check_database(wrong), "connection")
    assert "refused the password" in check.detail
    assert "wrong" not in check.detail


def test_a_database_that_does_not_exist_is_told(urls: ClusterUrls) -> None:
    check = _named(check_database(urls.api.replace("/hotspots?", "/soil?")), "connection")
    assert "knows no such database" in check.detail


def test_a_file_in_the_folder_s_place_is_told(base: Path) -> None:
    (base / "file").write_text("")
    check = check_folder(base / "file" / "data")
    assert not check.ok
    assert check.remedy


def test_little_space_is_told(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(base)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=5_000_000))
    check = check_space(base)
    assert not check.ok
    assert check.remedy is not None
    assert check.remedy.startswith("Free at least 1 GB")
