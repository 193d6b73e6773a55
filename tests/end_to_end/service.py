"""Start the service as a user would, and watch it come and go."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx2

ROOT = Path(__file__).resolve().parents[2]
RUN = ROOT / "scripts" / "run"
HOTSPOTS = ROOT / ".venv" / "bin" / "hotspots"
START_SECONDS = 180.0
_ADDRESS = re.compile(r"^Map: (http://\S+)  API: (http://\S+)  \(Ctrl-C stops\)$", re.MULTILINE)


def clean_environment(**more: str) -> dict[str, str]:
    """Return the environment without a developer's settings, or the test run's own."""
    strange = ("HOTSPOTS_", "PG", "OPENBLAS_")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(strange)}
    return kept | more


@contextmanager
def data_folder() -> Iterator[Path]:
    """Give a folder that the postgres user can enter, and take it away again."""
    folder = Path(tempfile.mkdtemp(prefix="hotspots-e2e-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def copy_folder(source: Path, target: Path) -> None:
    """Copy a data folder that nobody uses: the database's files keep their owner."""
    subprocess.run(["cp", "--archive", "--no-target-directory", source, target], check=True)


@contextmanager
def copy_of(source: Path) -> Iterator[Path]:
    """Give a copy of a data folder that nobody uses, and take it away again."""
    with data_folder() as folder:
        copy_folder(source, folder)
        yield folder


def processes_about(folder: Path) -> list[str]:
    """Return the command lines and working folders of processes that name a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal() or int(entry.name) == os.getpid():
            continue
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            place = str((entry / "cwd").readlink())
        except OSError:
            continue
        if str(folder) in line or place.startswith(str(folder)):
            found.append(f"{entry.name}: {line}")
    return found


@dataclass
class Service:
    """A running service: where it is, and how to talk to it."""

    process: subprocess.Popen[str]
    folder: Path
    address: str
    seconds: float
    key: str
    log: IO[str]

    def get(self, path: str, **parameters: Any) -> httpx2.Response:
        """Ask for a path."""
        return httpx2.get(f"{self.address}{path}", params=parameters, timeout=30)

    def json(self, path: str, **parameters: Any) -> Any:
        """Ask for a path that must answer."""
        answer = self.get(path, **parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def as_operator(self, path: str) -> httpx2.Response:
        """Ask for a path with the operator's key."""
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx2.get(f"{self.address}{path}", headers=headers, timeout=30)

    def order(self, path: str, order: dict[str, Any]) -> str:
        """Order work; return the id of its job."""
        headers = {"Authorization": f"Bearer {self.key}"}
        answer = httpx2.post(f"{self.address}{path}", json=order, headers=headers, timeout=30)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["job"]["id"])

    def work(self, path: str, order: dict[str, Any]) -> Any:
        """Order work and return its result."""
        job = self.wait_for_job(self.order(path, order))
        assert job["status"] == "succeeded", job
        return job["result"]

    def wait_for_job(self, job_id: str, seconds: float = 60.0) -> Any:
        """Return a job once it has ended."""
        deadline = time.monotonic() + seconds
        while (job := self.json(f"/api/jobs/{job_id}"))["status"] in {"queued", "running"}:
            assert time.monotonic() < deadline, job
            time.sleep(0.1)
        return job

    def stop(self, number: int = signal.SIGINT) -> str:
        """Send the signal that Ctrl-C sends; return what was printed until the end."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)
        self.process.wait(timeout=30)
        with self.log:
            return Path(self.log.name).read_text()


def start(folder: Path, *options: str, environment: dict[str, str] | None = None) -> Service:
    """Start by scripts/run and wait for its address line."""
    started = time.monotonic()
    # A file, not a pipe: one that nobody empties would stop the service.
    log = tempfile.NamedTemporaryFile(  # noqa: SIM115 - closed by Service.stop
        "w+", prefix="hotspots-e2e-", suffix=".log"
    )
    process = subprocess.Popen(
        [RUN, "--data", folder, "--port", "0", *options],
        stdout=log,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment or clean_environment(),
        start_new_session=True,  # a process group of its own, as a terminal gives it
    )
    while (found := _ADDRESS.search(Path(log.name).read_text())) is None:
        if process.poll() is not None or time.monotonic() - started > START_SECONDS:
            process.kill()
            raise AssertionError(f"it did not start; it printed:\n{Path(log.name).read_text()}")
        time.sleep(0.05)
    seconds = time.monotonic() - started
    key = run_command("key", "show", "--data", str(folder)).stdout.strip()
    return Service(process, folder, found[1], seconds, key, log)


@contextmanager
def running(folder: Path, *options: str) -> Iterator[Service]:
    """Give a started service and stop it at the end; it must leave no process."""
    service = start(folder, *options)
    try:
        yield service
    finally:
        service.stop()
        assert processes_about(folder) == []


def run_command(*words: str, environment: dict[str, str] | None = None) -> Any:
    """Run the command to its end."""
    return subprocess.run(
        [HOTSPOTS, *words],
        capture_output=True,
        text=True,
        timeout=120,
        env=environment or clean_environment(),
        check=False,
    )


def is_ready(address: str) -> bool:
    """Tell whether the service says it can work."""
    try:
        return httpx2.get(f"{address}/health/ready", timeout=5).status_code == 200
    except httpx2.TransportError:
        return False
