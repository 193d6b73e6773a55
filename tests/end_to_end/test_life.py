"""Start, start again, be stopped, be killed: nothing is lost and nothing is left behind."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from tests.end_to_end.service import (
    HOTSPOTS,
    RUN,
    Service,
    clean_environment,
    copy_of,
    data_folder,
    is_ready,
    processes_about,
    run_command,
    running,
    start,
)


def _ids(service: Service) -> dict[str, list[str]]:
    return {
        "samples": sorted(
            f["id"]
            for f in service.json("/api/collections/samples/items", limit=10_000)["features"]
        ),
        "hotspots": sorted(
            f["id"] for f in service.json("/api/collections/hotspots/items")["features"]
        ),
        "surfaces": sorted(s["id"] for s in service.json("/api/surfaces")["surfaces"]),
        "layers": sorted(s["id"] for s in service.json("/api/hotspots")["layers"]),
    }


def test_the_demo_is_complete(service: Service) -> None:
    found = {name: len(ids) for name, ids in _ids(service).items()}
    assert found["samples"] == 155
    assert found["surfaces"] == 4
    assert found["layers"] == 4
    assert found["hotspots"] >= 4


def test_a_second_start_changes_nothing_and_ctrl_c_leaves_no_process(demo: Path) -> None:
    with copy_of(demo) as folder:
        with running(folder) as first:
            # A surface of somebody else's is not the demo's to judge at the next start.
            order = {"contaminant": "zn", "datasets": ["meuse-floodplain"], "cell_size": 200}
            first.work("/api/surfaces", order)
            before = _ids(first)
        with running(folder) as second:
            assert _ids(second) == before
            files = sorted((folder / "surfaces").iterdir())
            assert len(files) == 5
        assert processes_about(folder) == []


def test_ctrl_c_stops_a_service_that_is_at_work_and_the_work_goes_on_later(
    demo: Path,
) -> None:
    with copy_of(demo) as folder:
        service = start(folder)
        order = {"contaminant": "zn", "datasets": ["meuse-floodplain"], "cell_size": 4}
        job = service.order("/api/surfaces", order)
        while service.json(f"/api/jobs/{job}")["status"] == "queued":
            time.sleep(0.05)
        started = time.monotonic()
        service.stop()
        assert time.monotonic() - started < 15
        assert processes_about(folder) == []
        with running(folder, "--no-demo") as again:
            shown = again.json(f"/api/jobs/{job}")
            assert shown["error"] is None, shown["error"]
            assert shown["status"] in {"queued", "running"}, shown
            assert again.wait_for_job(job, seconds=120)["status"] == "succeeded"


def test_sigterm_stops_everything_too() -> None:
    with data_folder() as folder:
        service = start(folder, "--no-demo")
        service.stop(signal.SIGTERM)
        assert processes_about(folder) == []


def test_a_killed_service_starts_again(demo: Path) -> None:
    with copy_of(demo) as folder:
        service = start(folder, "--no-demo")
        # Not its group: those that it started end by themselves, but for the database.
        service.process.kill()
        service.process.wait(timeout=30)
        service.stop()
        with running(folder, "--no-demo") as again:
            assert is_ready(again.address)
        assert processes_about(folder) == []


def test_ctrl_c_during_the_demo_leaves_nothing_half_done() -> None:
    with data_folder() as folder:
        process = subprocess.Popen(
            [HOTSPOTS, "demo", "--data", folder],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=clean_environment(),
            start_new_session=True,
        )
        deadline = time.monotonic() + 120
        while not list(folder.glob("surfaces/*.tif")):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 130
        assert errors.strip().endswith("Stopped. Nothing half-done was left behind.")
        assert processes_about(folder) == []
        with running(folder, "--no-demo") as service:
            surfaces = service.json("/api/surfaces")["surfaces"]
            names = {f"{s['id'].removeprefix('sf_')}.tif" for s in surfaces}
            assert {path.name for path in folder.glob("surfaces/*")} == names
            assert list(folder.glob("tmp/*")) == []
        done = run_command("demo", "--data", str(folder), "--json")
        assert done.returncode == 0, done.stderr
        with running(folder, "--no-demo") as service:
            assert len(_ids(service)["layers"]) == 4


def test_a_port_in_use_is_named_with_the_way_out() -> None:
    with data_folder() as folder, socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = subprocess.run(
            [RUN, "--data", folder, "--port", str(port)],
            capture_output=True,
            text=True,
            timeout=60,
            env=clean_environment(),
            check=False,
        )
        assert done.returncode == 1
        assert f"Port {port} is in use by another program." in done.stderr
        assert "--port" in done.stderr
        assert list(folder.iterdir()) == [], "nothing was started in vain"


def test_another_address_needs_a_key_of_the_operators() -> None:
    with data_folder() as folder:
        done = run_command("up", "--host", "0.0.0.0", "--port", "0", "--data", str(folder))
        assert done.returncode == 1
        assert "HOTSPOTS_OPERATOR_KEY" in done.stderr


def test_no_permission_to_write_the_data_folder_is_a_sentence() -> None:
    if os.geteuid() != 0:
        pytest.skip("the folder is made by root, the service runs as nobody")
    with data_folder() as folder:
        done = subprocess.run(
            [
                *("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"),
                *(HOTSPOTS, "up", "--data", folder, "--port", "0"),
            ],
            capture_output=True,
            text=True,
            timeout=60,
            env=clean_environment(HOME="/nonexistent"),
            check=False,
        )
        assert done.returncode == 1, done.stderr
        assert str(folder) in done.stderr
        assert "--data" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("a small file system of its own takes root's rights")
    with data_folder() as folder:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=8m,mode=755", "tmpfs", folder], check=True
        )
        try:
            done = run_command("up", "--data", str(folder), "--port", "0", "--no-demo")
            left = processes_about(folder)
        finally:
            subprocess.run(["umount", folder], check=True)
        assert done.returncode == 1
        assert "full" in done.stderr
        assert "Traceback" not in done.stderr
        assert left == []


def test_doctor_says_what_is_wrong(service: Service) -> None:
    well = run_command("doctor", "--data", str(service.folder))
    assert well.returncode == 0, well.stdout + well.stderr
    bad = run_command(
        "doctor",
        environment=clean_environment(
            HOTSPOTS_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none",
            HOTSPOTS_DATA_DIR=str(service.folder),
        ),
    )
    assert bad.returncode == 1
    assert "BAD" in bad.stdout
