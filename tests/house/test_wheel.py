"""The wheel, as a user without a checkout gets it: built, opened, installed, run."""

import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

BIN = Path(sys.executable).parent
UV = str(BIN / "uv") if (BIN / "uv").exists() else shutil.which("uv")
START_SECONDS = 120.0


@pytest.fixture(scope="module")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    assert UV is not None, "uv is in the dev lock; run scripts/test"
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [
            *(UV, "build", "--quiet", "--wheel", "--no-build-isolation"),
            *("--python", sys.executable, "--out-dir", out, repository),
        ],
        check=True,
        cwd=out,
    )
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_wheel_holds_the_three_packages_and_nothing_else(names: list[str]) -> None:
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"app", "spatial", "ingest"}


def test_wheel_holds_every_known_format(repository: Path, names: list[str]) -> None:
    ours = {
        f"ingest/formats/{path.name}" for path in (repository / "ingest/formats").glob("*.toml")
    }
    assert ours
    assert ours <= set(names)


@pytest.mark.parametrize("folder", ["reference", "demo", "gazetteer"])
def test_wheel_holds_every_data_file(repository: Path, names: list[str], folder: str) -> None:
    ours = {
        f"app/data/{path.relative_to(repository / 'data')}"
        for path in (repository / "data" / folder).rglob("*")
        if path.is_file()
    }
    assert ours
    assert ours <= set(names)


def test_wheel_holds_the_migrations(repository: Path, names: list[str]) -> None:
    revisions = list((repository / "migrations" / "versions").glob("*.py"))
    assert revisions
    for path in revisions:
        assert f"app/migrations/versions/{path.name}" in names


def test_wheel_holds_the_page_and_its_vendored_libraries(
    repository: Path, names: list[str]
) -> None:
    static = repository / "app" / "web" / "static"
    files = [path for path in static.rglob("*") if path.is_file()]
    assert any("vendor" in path.parts for path in files)
    for path in files:
        assert f"app/web/static/{path.relative_to(static)}" in names


def test_wheel_holds_every_sql_file(repository: Path, names: list[str]) -> None:
    for path in (repository / "app" / "db").rglob("*.sql"):
        assert str(path.relative_to(repository)) in names


def test_wheel_holds_no_tests_caches_or_scripts(names: list[str]) -> None:
    unwanted = re.compile(r"(^|/)(tests?|scripts|benchmarks|__pycache__|\.git)/|\.(pyc|nbi|nbc)$")
    assert [name for name in names if unwanted.search(name)] == []


def test_wheel_names_its_licence_and_stays_private(wheel: Path, names: list[str]) -> None:
    (metadata,) = [name for name in names if name.endswith(".dist-info/METADATA")]
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read(metadata).decode()
    assert "License-Expression: Apache-2.0" in text
    assert "Classifier: Private :: Do Not Upload" in text
    assert any(name.endswith("licenses/LICENSE") for name in names)


@pytest.fixture(scope="module")
def installed(repository: Path, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a fresh environment from the lock and the wheel; return its folder of programs."""
    assert UV is not None
    place = tmp_path_factory.mktemp("fresh") / "venv"
    python = place / "bin" / "python"
    lock = repository / "requirements.lock"
    for words in (
        ["venv", "--python", sys.executable, place],
        ["pip", "sync", "--python", python, "--require-hashes", lock],
        ["pip", "install", "--python", python, "--no-deps", wheel],
    ):
        subprocess.run([UV, *words[:1], "--quiet", *words[1:]], check=True, cwd=place.parent)
    return place / "bin"


def clean_environment(**more: str) -> dict[str, str]:
    """Nothing of this checkout, of the test run or of a developer's settings."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("HOTSPOTS_", "PYTHON", "VIRTUAL_ENV", "PG"))
    }
    return {**kept, **more}


def test_installed_packages_agree(installed: Path) -> None:
    assert UV is not None
    subprocess.run([UV, "pip", "check", "--python", installed / "python"], check=True)


def test_installed_command_answers(installed: Path, tmp_path: Path) -> None:
    answer = subprocess.run(
        [installed / "hotspots", "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env=clean_environment(),
    )
    for command in ("up", "demo", "serve", "worker", "migrate", "seed", "doctor"):
        assert re.search(rf"\b{command}\b", answer.stdout), command


@pytest.fixture
def data_folder() -> Iterator[Path]:
    """Make a folder that the postgres user can enter when the tests run as root."""
    outer = Path(tempfile.mkdtemp(prefix="hs-wheel-"))
    outer.chmod(0o755)
    yield outer / "data"
    shutil.rmtree(outer)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_address(process: subprocess.Popen[str]) -> str:
    """Read what the service prints until its address; fail with all of it otherwise."""
    assert process.stdout is not None
    said: list[str] = []
    deadline = time.monotonic() + START_SECONDS
    while (remaining := deadline - time.monotonic()) > 0:
        if not select.select([process.stdout], [], [], remaining)[0]:
            break
        line = process.stdout.readline()
        if not line:
            break
        said.append(line)
        if found := re.search(r"Map: (http://127\.0\.0\.1:\d+)", line):
            return found.group(1)
    pytest.fail("the service printed no address:\n" + "".join(said))


def test_installed_service_starts_answers_and_stops(
    installed: Path, data_folder: Path, tmp_path: Path
) -> None:
    port = free_port()
    process = subprocess.Popen(
        [
            *(installed / "hotspots", "up", "--no-demo"),
            *("--port", str(port), "--data", data_folder),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        bufsize=1,
        cwd=tmp_path,
        env=clean_environment(PYTHONUNBUFFERED="1"),
        start_new_session=True,
    )
    try:
        address = wait_for_address(process)
        assert address == f"http://127.0.0.1:{port}"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        for path in ("/health/live", "/health/ready", "/api", "/api/contaminants", "/"):
            with opener.open(address + path, timeout=10) as answer:
                assert answer.status == 200, path
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=30)
        assert process.returncode == 0, rest
        assert "Traceback" not in rest
    finally:
        if process.poll() is None:
            # Its own session: this ends the service and what it started, and nothing else.
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    assert list(data_folder.rglob("postmaster.pid")) == []
