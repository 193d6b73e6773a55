"""Folders, accounts, addresses and packages the embedded cluster meets, the hostile ones first."""

import os
import pwd
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

from app.db import cluster_address, cluster_programs
from app.db.cluster_errors import (
    ClusterError,
    DiskFullError,
    FolderError,
    PostgisMissingError,
    PostgresMissingError,
    VersionMismatchError,
)
from app.db.cluster_process import processes_in
from app.db.cluster_programs import installed_programs
from app.db.embedded import EmbeddedCluster

IS_ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not IS_ROOT, reason="needs root: changes accounts or mounts")

ENSURE = """
import sys
from pathlib import Path
from app.db.cluster_errors import ClusterError
from app.db.embedded import EmbeddedCluster
try:
    EmbeddedCluster(Path(sys.argv[1])).ensure()
except ClusterError as error:
    sys.exit(str(error))
"""


@pytest.fixture
def base() -> Iterator[Path]:
    # pytest's own temporary folders are closed to the postgres user
    folder = Path(tempfile.mkdtemp(prefix="hotspots-test-"))
    folder.chmod(0o755)
    yield folder
    left = [pid for cluster in folder.rglob("postgres") for pid in processes_in(cluster)]
    assert left == []
    shutil.rmtree(folder)


def _ensure_as(user: str, data_dir: Path, repository: Path) -> subprocess.CompletedProcess[str]:
    entry = pwd.getpwnam(user)
    return subprocess.run(
        [sys.executable, "-c", ENSURE, str(data_dir)],
        cwd=repository,
        user=entry.pw_uid,
        group=entry.pw_gid,
        extra_groups=[],
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def nobody(repository: Path) -> str:
    code = "import app.db.embedded"
    try:
        trial = subprocess.run(
            [sys.executable, "-c", code],
            cwd=repository,
            user="nobody",
            capture_output=True,
            check=False,
        )
    except (PermissionError, KeyError, ValueError):
        pytest.skip("cannot run anything as the user nobody here")
    if trial.returncode != 0:
        pytest.skip("the user nobody cannot read this checkout or its environment")
    return "nobody"


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="hotspots-test-"))
    folder.chmod(0o755)
    EmbeddedCluster(folder / "data").ensure()
    yield folder / "data"
    shutil.rmtree(folder)


def _copied(template: Path, data_dir: Path) -> EmbeddedCluster:
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", str(template), str(data_dir)], check=True)
    return EmbeddedCluster(data_dir)


def _answers(cluster: EmbeddedCluster) -> bool:
    with cluster.running() as urls:
        libpq = urls.api.replace("postgresql+psycopg://", "postgresql://")
        with psycopg.connect(libpq) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)


@needs_root
def test_as_root_the_server_runs_as_postgres(base: Path, template: Path) -> None:
    cluster = _copied(template, base / "data")
    with cluster.running():
        pid = cluster.status().pid
        status = Path(f"/proc/{pid}/status").read_text()
        uid = pwd.getpwnam("postgres").pw_uid
        assert f"Uid:\t{uid}\t{uid}\t{uid}\t{uid}" in status
        assert "Groups:\t \n" in status, "root's groups are gone too"


@needs_root
def test_as_a_normal_user_it_runs_as_that_user(base: Path, repository: Path, nobody: str) -> None:
    home = base / "home"
    home.mkdir(mode=0o700)
    shutil.chown(home, nobody)
    data_dir = home / "share" / "soil-hotspots"
    first = _ensure_as(nobody, data_dir, repository)
    assert first.returncode == 0, first.stderr
    assert (data_dir / "postgres").owner() == nobody
    assert data_dir.stat().st_mode & 0o777 == 0o700
    # root may look after it without taking it away from its owner
    assert _answers(EmbeddedCluster(data_dir))
    owners = {path.owner() for path in data_dir.rglob("*")}
    assert owners == {nobody}
    again = _ensure_as(nobody, data_dir, repository)
    assert again.returncode == 0, again.stderr


@needs_root
def test_another_user_s_cluster_is_refused_with_the_remedy(
    base: Path, template: Path, repository: Path, nobody: str
) -> None:
    data_dir = base / "data"
    _copied(template, data_dir)
    refused = _ensure_as(nobody, data_dir, repository)
    assert refused.returncode == 1
    assert "There is no permission to write in" in refused.stderr
    assert "--data" in refused.stderr
    data_dir.chmod(0o777)
    for path in data_dir.glob("*.lock"):
        path.chmod(0o666)
    refused = _ensure_as(nobody, data_dir, repository)
    assert refused.returncode == 1
    assert "belongs to the user postgres; start the service as that user" in refused.stderr
    assert "Traceback" not in refused.stderr


@needs_root
def test_an_unwritable_folder_is_named(base: Path, repository: Path, nobody: str) -> None:
    refused = _ensure_as(nobody, base / "data", repository)
    assert refused.returncode == 1
    assert f"There is no permission to write in {base}/data; " in refused.stderr
    assert list(base.iterdir()) == []


@needs_root
def test_a_folder_that_postgres_cannot_enter_is_named(base: Path, template: Path) -> None:
    closed = base / "closed"
    closed.mkdir(mode=0o700)
    data_dir = closed / "deeper" / "data"
    _copied(template, data_dir)
    with pytest.raises(FolderError, match=rf"{closed} cannot be entered .* chmod o\+x '{closed}'"):
        EmbeddedCluster(data_dir).ensure()
    closed.chmod(0o711)
    EmbeddedCluster(data_dir).ensure()


def test_a_file_in_the_way_is_named(base: Path) -> None:
    (base / "data").write_text("not a folder")
    with pytest.raises(FolderError, match="is in the way: it is not a folder"):
        EmbeddedCluster(base / "data").ensure()


def test_a_foreign_folder_in_the_cluster_s_place_is_left_alone(base: Path) -> None:
    (base / "data" / "postgres").mkdir(parents=True)
    (base / "data" / "postgres" / "thesis.txt").write_text("years of work")
    with pytest.raises(FolderError, match="is not a PostgreSQL cluster; move it away"):
        EmbeddedCluster(base / "data").ensure()
    assert (base / "data" / "postgres" / "thesis.txt").exists()


@pytest.mark.skipif(not Path("/proc/sys").is_dir(), reason="needs Linux")
def test_a_read_only_file_system_is_named() -> None:
    with pytest.raises(FolderError, match=r"/proc/sys/hotspots.*--data"):
        EmbeddedCluster(Path("/proc/sys/hotspots")).ensure()


@pytest.fixture
def small_disk(base: Path) -> Iterator[Path]:
    disk = base / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m,mode=755", "tmpfs", str(disk)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"cannot mount a small disk here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@needs_root
def test_a_full_disk_is_named_and_leaves_nothing_half_done(small_disk: Path) -> None:
    data_dir = small_disk / "data"
    # Too small for initdb, for the database, for the extension; then a file that leaves no byte.
    for size in ("8m", "30m", "44m", "52m"):
        subprocess.run(["mount", "-o", f"remount,size={size}", str(small_disk)], check=True)
        with pytest.raises(DiskFullError, match=r"is full .*free at least 1 GB"):
            EmbeddedCluster(data_dir).ensure()
        assert list(data_dir.glob(".initdb-*")) == []
        assert processes_in(data_dir / "postgres") == []
    room = shutil.disk_usage(small_disk).free
    (data_dir / "filler").write_bytes(b"x" * room)
    with pytest.raises(DiskFullError):
        EmbeddedCluster(data_dir).ensure()
    (data_dir / "filler").unlink()
    subprocess.run(["mount", "-o", "remount,size=400m", str(small_disk)], check=True)
    assert _answers(EmbeddedCluster(data_dir)), "with room it goes on where it stopped"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_first_start_leaves_nothing_half_done(
    base: Path, repository: Path, number: signal.Signals
) -> None:
    data_dir = base / "data"
    with subprocess.Popen(
        [sys.executable, "-c", ENSURE, str(data_dir)],
        cwd=repository,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        deadline = time.monotonic() + 20
        while not list(data_dir.glob(".initdb-*/cluster/PG_VERSION")):
            assert time.monotonic() < deadline
            time.sleep(0.005)
        os.killpg(process.pid, number)
    assert process.returncode != 0
    if number == signal.SIGINT:
        assert list(data_dir.glob(".initdb-*")) == []
    assert EmbeddedCluster(data_dir).status().state == "absent"
    assert _answers(EmbeddedCluster(data_dir))
    assert list(data_dir.glob(".initdb-*")) == []
    assert list(data_dir.glob(".secrets-*")) == []


@pytest.mark.parametrize("name", ["long/" * 40 + "data", 'it\'s "odd" $HOME, `id` Größe;@'])
def test_a_path_too_long_or_too_odd_for_a_socket_gets_a_short_private_one(
    base: Path, template: Path, name: str
) -> None:
    cluster = _copied(template, base / name)
    with cluster.running():
        address = cluster.status().address
        assert address is not None
        assert address.socket_dir is not None
        assert len(str(address.socket_dir)) < 90
        assert address.socket_dir.stat().st_mode & 0o777 == 0o700
        assert _answers(cluster)
    assert not address.socket_dir.exists(), "nothing stays in /tmp"


@needs_root
def test_a_squatter_on_the_short_path_is_avoided(base: Path, template: Path) -> None:
    cluster = _copied(template, base / ("long/" * 40) / "data")
    with cluster.running():
        address = cluster.status().address
    assert address is not None
    assert address.socket_dir is not None
    squatted = address.socket_dir
    squatted.mkdir(mode=0o777)
    try:
        shutil.chown(squatted, "nobody")
        with cluster.running():
            address = cluster.status().address
            assert address is not None
            assert address.socket_dir != squatted
            assert _answers(cluster)
        assert squatted.owner() == "nobody"
        squatted.rmdir()
        squatted.symlink_to(base)
        assert _answers(cluster)
    finally:
        squatted.unlink() if squatted.is_symlink() else squatted.rmdir()


def test_without_unix_sockets_it_listens_on_loopback(
    base: Path, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_address, "accepts_sockets", lambda folder: False)
    cluster = _copied(template, base / "data")
    with cluster.running() as urls:
        address = cluster.status().address
        assert address is not None
        assert address.socket_dir is None
        assert f"@127.0.0.1:{address.port}/hotspots" in urls.api
        assert _answers(cluster)


def test_no_postgresql_names_the_apt_line(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_programs, "DEBIAN_PROGRAMS", base / "none")
    monkeypatch.setenv("PATH", str(base))
    with pytest.raises(PostgresMissingError, match="apt-get install postgresql postgresql-postgis"):
        EmbeddedCluster(base / "data").ensure()


def test_no_postgis_names_the_apt_line(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_programs, "DEBIAN_SHARE", base / "none")
    with pytest.raises(PostgisMissingError, match=r"apt-get install postgresql-\d+-postgis-3"):
        EmbeddedCluster(base / "data").ensure()


def test_a_cluster_of_a_version_no_longer_installed_is_refused(base: Path) -> None:
    cluster = base / "data" / "postgres"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("12\n")
    with pytest.raises(VersionMismatchError, match="apt-get install postgresql-12 postgresql-12-"):
        EmbeddedCluster(base / "data").ensure()
    assert (cluster / "PG_VERSION").read_text() == "12\n"


def test_an_older_cluster_keeps_its_own_programs(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    present = installed_programs()[0]
    share = base / "share"
    for major in (present.major, present.major + 2, present.major + 3):
        folder = base / "lib" / str(major)
        folder.mkdir(parents=True)
        (folder / "bin").symlink_to(present.folder)
        if major != present.major + 3:
            (share / str(major) / "extension").mkdir(parents=True)
            control = share / str(major) / "extension" / "postgis.control"
            control.write_text(f"default_version = '{present.postgis}'\n")
    monkeypatch.setattr(cluster_programs, "DEBIAN_PROGRAMS", base / "lib")
    monkeypatch.setattr(cluster_programs, "DEBIAN_SHARE", share)
    assert cluster_programs.choose_programs(None).major == present.major + 2, "newest with PostGIS"
    assert cluster_programs.choose_programs(present.major).major == present.major


@needs_root
def test_root_without_a_postgres_user_is_told(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(name: str) -> pwd.struct_passwd:
        raise KeyError(name)

    monkeypatch.setattr(cluster_programs.pwd, "getpwnam", unknown)
    with pytest.raises(ClusterError, match="may not run as root and the user 'postgres'"):
        EmbeddedCluster(base / "data").ensure()
