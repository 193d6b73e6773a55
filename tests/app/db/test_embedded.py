"""The embedded cluster's life: start, share, be killed, be adopted, stop. Real PostgreSQL."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, make_url, text

from app.db.cluster_errors import BusyError, SecretsError, StartError
from app.db.cluster_folder import ClusterFolder
from app.db.cluster_process import processes_in
from app.db.embedded import ClusterUrls, EmbeddedCluster

USER_PROCESS = """
import sys, time
from pathlib import Path
from app.db.embedded import EmbeddedCluster
with EmbeddedCluster(Path(sys.argv[1])).running():
    print("ready", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def _pids_about(folder: Path) -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if str(folder) in line:
                found.append(line)
    return found


@pytest.fixture(scope="module")
def base() -> Iterator[Path]:
    # pytest's own temporary folders are closed to the postgres user
    folder = Path(tempfile.mkdtemp(prefix="hotspots-test-"))
    folder.chmod(0o755)
    yield folder
    assert _pids_about(folder) == []
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def template(base: Path) -> Path:
    data_dir = base / "template"
    EmbeddedCluster(data_dir).ensure()
    return data_dir


@pytest.fixture
def data_dir(template: Path) -> Iterator[Path]:
    """The cluster that tests share which leave it sound."""
    yield template
    assert processes_in(template / "postgres") == []


@pytest.fixture
def own_dir(base: Path, template: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A cluster that the test may spoil."""
    copy = base / re.sub(r"\W+", "-", request.node.name)[:40]
    subprocess.run(["cp", "-a", str(template), str(copy)], check=True)
    yield copy
    assert processes_in(copy / "postgres") == []
    shutil.rmtree(copy)


@pytest.fixture
def user_process(repository: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []

    def start(data_dir: Path, seconds: float = 60.0) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", USER_PROCESS, str(data_dir), str(seconds)],
            cwd=repository,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@contextmanager
def _connected(url: str) -> Iterator[psycopg.Connection]:
    libpq = url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(libpq, autocommit=True) as connection:
        yield connection


def _answers(urls: ClusterUrls) -> bool:
    with _connected(urls.api) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def test_first_start_makes_a_complete_cluster(base: Path) -> None:
    data_dir = base / "first"
    cluster = EmbeddedCluster(data_dir)
    assert cluster.status().state == "absent"
    assert not data_dir.exists(), "looking must not make anything"
    began = time.monotonic()
    with cluster.running() as urls:
        assert time.monotonic() - began < 10, "about 1.5 s on an idle machine with two cores"
        status = cluster.status()
        assert status.state == "running"
        assert status.major is not None
        assert status.major >= 15
        with create_engine(urls.api).connect() as connection:
            assert connection.execute(text("SELECT current_user")).scalar() == "hotspots_api"
            version = connection.execute(text("SELECT postgis_lib_version()")).scalar_one()
        assert tuple(map(int, version.split(".")[:2])) >= (3, 3)
        connection.engine.dispose()
        with _connected(urls.owner) as owner:
            row = owner.execute(
                "SELECT current_user, pg_get_userbyid(datdba), pg_encoding_to_char(encoding), "
                "datcollate FROM pg_database WHERE datname = current_database()"
            ).fetchone()
            assert row == ("hotspots_owner", "hotspots_owner", "UTF8", "C.UTF-8")
    assert cluster.status().state == "stopped"
    assert (data_dir / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert (data_dir / "postgres").stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in data_dir.iterdir()) == [
        *("postgres", "postgres.log", "run", "secrets.json", "start.lock", "users.lock")
    ]


def test_second_start_changes_nothing(data_dir: Path) -> None:
    secrets = (data_dir / "secrets.json").read_bytes()
    with EmbeddedCluster(data_dir).running() as urls:
        assert _answers(urls)
    assert (data_dir / "secrets.json").read_bytes() == secrets


def test_urls_hide_their_passwords_from_a_repr(data_dir: Path) -> None:
    with EmbeddedCluster(data_dir).running() as urls:
        assert str(make_url(urls.api).password) not in repr(urls)


def test_two_users_share_one_server_and_the_last_one_stops_it(data_dir: Path) -> None:
    first, second = EmbeddedCluster(data_dir), EmbeddedCluster(data_dir)
    with first.running():
        pid = first.status().pid
        with second.running() as urls:
            assert second.status().pid == pid
        assert first.status().state == "running", "the first one still uses it"
        assert _answers(urls)
    assert first.status().state == "stopped"


def test_processes_share_one_server(
    data_dir: Path, user_process: Callable[..., subprocess.Popen[str]]
) -> None:
    process = user_process(data_dir, 0.5)
    cluster = EmbeddedCluster(data_dir)
    with cluster.running() as urls:
        assert process.wait(timeout=20) == 0
        assert _answers(urls), "the other process left and must not have stopped it"
    assert cluster.status().state == "stopped"


def test_many_users_coming_and_going_never_meet_a_stopped_server(data_dir: Path) -> None:
    def use(_: int) -> bool:
        with EmbeddedCluster(data_dir).running() as urls:
            return _answers(urls)

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(use, range(24)))
    assert EmbeddedCluster(data_dir).status().state == "stopped"


def test_a_killed_user_leaves_an_orphan_that_the_next_one_adopts_and_stops(
    data_dir: Path, user_process: Callable[..., subprocess.Popen[str]]
) -> None:
    cluster = EmbeddedCluster(data_dir)
    process = user_process(data_dir)
    pid = cluster.status().pid
    process.kill()
    process.wait()
    assert cluster.status().state == "orphan"
    with cluster.running() as urls:
        assert cluster.status().pid == pid
        assert cluster.status().state == "running"
        assert _answers(urls)
    assert cluster.status().state == "stopped"


def test_ctrl_c_reaches_the_user_but_not_the_server(
    data_dir: Path, user_process: Callable[..., subprocess.Popen[str]]
) -> None:
    cluster = EmbeddedCluster(data_dir)
    with cluster.running() as urls:
        process = user_process(data_dir)
        os.killpg(process.pid, signal.SIGINT)  # what a terminal does
        assert process.wait(timeout=20) != 0
        assert _answers(urls)
    process = user_process(data_dir)
    pid = cluster.status().pid
    assert pid is not None
    assert os.getsid(pid) != os.getsid(process.pid)
    os.killpg(process.pid, signal.SIGINT)
    process.wait(timeout=20)
    assert cluster.status().state == "stopped", "the last user stops it on its way out"


def _killed_server(data_dir: Path, user_process: Callable[..., subprocess.Popen[str]]) -> Path:
    """Kill user and server, as a power cut does, and return the pid file left behind."""
    process = user_process(data_dir)
    pid = EmbeddedCluster(data_dir).status().pid
    assert pid is not None
    process.kill()
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while processes_in(data_dir / "postgres") and time.monotonic() < deadline:
        time.sleep(0.02)
    return data_dir / "postgres" / "postmaster.pid"


@pytest.mark.parametrize("owner", ["dead", "another program", "another program of the account"])
def test_a_stale_pid_file_does_not_keep_it_from_starting(
    data_dir: Path, user_process: Callable[..., subprocess.Popen[str]], owner: str
) -> None:
    pid_file = _killed_server(data_dir, user_process)
    cluster = EmbeddedCluster(data_dir)
    assert cluster.status().state == "stale"
    account = pid_file.stat()
    # A reboot gives the number to somebody else; PostgreSQL alone refuses when it is its own user.
    user = account.st_uid if owner.endswith("account") else os.geteuid()
    with subprocess.Popen(["/bin/sleep", "60"], user=user) as other:
        try:
            if owner != "dead":
                lines = pid_file.read_text().splitlines()
                pid_file.write_text("\n".join([str(other.pid), *lines[1:]]) + "\n")
                assert cluster.status().state == "stale"
            with cluster.running() as urls:
                assert _answers(urls)
            assert other.poll() is None, "somebody else's process must not be touched"
        finally:
            other.kill()
    assert cluster.status().state == "stopped"


def test_a_server_that_died_under_its_user_is_started_for_the_next_one(data_dir: Path) -> None:
    cluster = EmbeddedCluster(data_dir)
    with cluster.running():
        pid = cluster.status().pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        while cluster.status().state == "running":
            time.sleep(0.02)
        with EmbeddedCluster(data_dir).running() as urls:
            assert _answers(urls)
            assert cluster.status().pid != pid
        assert cluster.status().state == "running"
    assert cluster.status().state == "stopped"


def test_an_orphan_whose_socket_was_swept_away_is_started_anew(
    data_dir: Path, user_process: Callable[..., subprocess.Popen[str]]
) -> None:
    cluster = EmbeddedCluster(data_dir)
    process = user_process(data_dir)
    pid = cluster.status().pid
    process.kill()
    process.wait()
    (data_dir / "run" / ".s.PGSQL.5432").unlink()
    with cluster.running() as urls:
        assert _answers(urls)
        assert cluster.status().pid != pid


def test_an_error_inside_the_block_still_stops_the_server(data_dir: Path) -> None:
    cluster = EmbeddedCluster(data_dir)
    with pytest.raises(ZeroDivisionError), cluster.running():
        raise ZeroDivisionError
    assert cluster.status().state == "stopped"


def test_lost_passwords_are_replaced(own_dir: Path) -> None:
    (own_dir / "secrets.json").unlink()
    with EmbeddedCluster(own_dir).running() as urls:
        assert _answers(urls)
        with _connected(urls.owner) as owner:
            assert owner.execute("SELECT current_user").fetchone() == ("hotspots_owner",)


def test_passwords_lost_during_use_are_refused_with_the_remedy(own_dir: Path) -> None:
    with EmbeddedCluster(own_dir).running():
        (own_dir / "secrets.json").unlink()
        with pytest.raises(SecretsError, match="stop the service"):
            EmbeddedCluster(own_dir).ensure()


def test_a_damaged_secrets_file_is_named(own_dir: Path) -> None:
    for content in ("", "{}", '{"superuser": 1', "[]"):
        (own_dir / "secrets.json").write_text(content)
        with pytest.raises(SecretsError, match=r"secrets.json is damaged; .*delete it"):
            EmbeddedCluster(own_dir).ensure()


def test_wrong_passwords_are_named(own_dir: Path) -> None:
    (own_dir / "secrets.json").write_text('{"superuser": "a", "owner": "b", "api": "c"}')
    with pytest.raises(SecretsError, match="do not fit the database"):
        EmbeddedCluster(own_dir).ensure()
    assert EmbeddedCluster(own_dir).status().state == "stopped"


def test_a_readable_secrets_file_is_closed(data_dir: Path) -> None:
    (data_dir / "secrets.json").chmod(0o644)
    EmbeddedCluster(data_dir).ensure()
    assert (data_dir / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_settings_that_do_not_work_end_in_the_log_s_last_lines(own_dir: Path) -> None:
    with (own_dir / "postgres" / "postgresql.auto.conf").open("a") as settings:
        settings.write("shared_buffers = 'a lot'\n")
    with pytest.raises(StartError, match=r"postgres\.log names: .*shared_buffers"):
        EmbeddedCluster(own_dir).ensure()
    assert EmbeddedCluster(own_dir).status().state in ("stopped", "stale")


def test_the_caller_s_postgresql_variables_change_nothing(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (
        *(("PGHOST", "elsewhere"), ("PGHOSTADDR", "192.0.2.1"), ("PGPORT", "1"), ("PGUSER", "x")),
        *(("PGDATA", "/nowhere"), ("PGDATABASE", "x"), ("PGPASSWORD", "x"), ("LC_ALL", "xx_XX")),
    ):
        monkeypatch.setenv(name, value)
    with EmbeddedCluster(data_dir).running() as urls:
        monkeypatch.delenv("PGHOSTADDR")  # libpq lets nothing in a URL but itself overrule it
        assert _answers(urls)


def test_a_system_without_proc_is_refused(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exists = Path.exists
    monkeypatch.setattr(
        Path, "exists", lambda path: not str(path).startswith("/proc") and exists(path)
    )
    with pytest.raises(StartError, match="mount -t proc proc /proc"):
        EmbeddedCluster(data_dir).ensure()


def test_waiting_for_the_start_lock_ends(data_dir: Path) -> None:
    with (
        ClusterFolder(data_dir).locked(1),
        pytest.raises(BusyError, match="starting or stopping"),
        ClusterFolder(data_dir).locked(0.1),
    ):
        pass


def test_the_log_is_cut_when_it_grows_too_long(own_dir: Path) -> None:
    log = own_dir / "postgres.log"
    with log.open("ab") as file:
        file.write(b"x" * 6_000_000 + b"\nthe end\n")
    with EmbeddedCluster(own_dir).running():
        assert log.stat().st_size < 1_000_000
        assert "the end" in log.read_text()
        EmbeddedCluster(own_dir).bound_log()


def test_the_log_holds_no_values(own_dir: Path) -> None:
    with EmbeddedCluster(own_dir).running() as urls, _connected(urls.owner) as owner:
        owner.execute("CREATE TABLE member (email text PRIMARY KEY)")
        for _ in range(2):
            try:
                owner.execute("INSERT INTO member VALUES ('ada@example.org')")
            except psycopg.errors.UniqueViolation:
                break
    log = (own_dir / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "ada@example.org" not in log
