"""Uploads over a real socket that break, go on, or meet a full disk."""

import hashlib
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
import uvicorn
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from app.db.models import Import, Job
from app.main import create_app
from app.services.runtime import Runtime
from app.services.storage import FileStore
from tests.app.conftest import KEY
from tests.app.scene import soil_csv

CONTENT = soil_csv([(f"A{n}", 5.1, 51.1, n) for n in range(5000)]).encode()
SHA256 = hashlib.sha256(CONTENT).hexdigest()
UPLOAD = f"/api/imports/files/{SHA256}/upload"
FORM = {"dataset": "d", "epsg": "4326", "unit": "mg/kg"}


@pytest.fixture
def port(runtime: Runtime) -> Iterator[int]:
    """The service behind a real socket."""
    config = uvicorn.Config(create_app(runtime=runtime), port=0, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    [listener] = server.servers[0].sockets
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join(10)


def _patch(
    caller: TestClient | httpx2.Client, piece: bytes, offset: int
) -> tuple[int, dict[str, object]]:
    headers = {"Upload-Offset": str(offset), "Upload-Length": str(len(CONTENT))}
    answer = caller.patch(UPLOAD, content=piece, headers=headers)
    return answer.status_code, answer.json()


def test_killed_connection_is_gone_on_from(runtime: Runtime, port: int) -> None:
    half = len(CONTENT) // 2
    key = {"Authorization": f"Bearer {KEY}"}
    # through the socket alone: a second application in this process would be built meanwhile
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers=key) as caller:
        with socket.create_connection(("127.0.0.1", port)) as line:
            head = (
                f"PATCH {UPLOAD} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {KEY}\r\n"
                f"Upload-Offset: 0\r\nUpload-Length: {len(CONTENT)}\r\n"
                f"Content-Length: {len(CONTENT)}\r\n\r\n"
            )
            line.sendall(head.encode() + CONTENT[:half])
            deadline = time.monotonic() + 20
            while caller.get(UPLOAD).json()["offset"] < half and time.monotonic() < deadline:
                time.sleep(0.05)
        deadline = time.monotonic() + 20
        # the server lets go of the file when it notices that the line is dead
        while (told := _patch(caller, CONTENT[half:], half))[0] == 409:
            assert time.monotonic() < deadline, told
            time.sleep(0.05)
        assert told == (200, {"sha256": SHA256, "offset": len(CONTENT), "is_complete": True})
        assert runtime.store.upload_path(SHA256).read_bytes() == CONTENT
        assert list(runtime.store.temporary.iterdir()) == []
        posted = caller.post("/api/imports", data=FORM | {"sha256": SHA256})
        assert posted.status_code == 202


def test_offset_is_told_asked_for_and_checked(operator: TestClient, runtime: Runtime) -> None:
    empty = operator.head(UPLOAD)
    assert (empty.headers["upload-offset"], empty.headers["upload-complete"]) == ("0", "?0")
    assert _patch(operator, CONTENT[:100], 0)[0] == 200
    assert operator.head(UPLOAD).headers["upload-offset"] == "100"
    status, told = _patch(operator, CONTENT[50:], 50)
    assert (status, told["offset"]) == (409, 100)
    assert operator.get(f"/api/imports/files/{SHA256}").status_code == 404
    assert operator.delete(UPLOAD).status_code == 204
    assert operator.head(UPLOAD).headers["upload-offset"] == "0"
    assert _patch(operator, CONTENT[::-1], 0)[0] == 400
    assert list(runtime.store.temporary.iterdir()) == []
    assert operator.patch(UPLOAD, content=b"x").status_code == 400
    assert _patch(operator, CONTENT, 0)[0] == 200
    assert operator.head(UPLOAD).headers["upload-complete"] == "?1"
    assert _patch(operator, CONTENT, 0)[0] == 200  # all of it is there already


def test_nobody_else_sends_or_asks(client: TestClient) -> None:
    headers = {"Upload-Offset": "0", "Upload-Length": "1"}
    assert client.patch(UPLOAD, content=b"x", headers=headers).status_code == 401
    assert client.get(UPLOAD).status_code == 401
    assert client.delete(UPLOAD).status_code == 401


@pytest.fixture
def full_disk(tmp_path: Path, runtime: Runtime) -> Iterator[TestClient]:
    """A caller of a service whose data lie on a disk of 128 KiB: too small for the file."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    command = [str(mount), "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(folder)]
    done = subprocess.run(command, check=False, capture_output=True, text=True) if mount else None
    if done is None or done.returncode:
        why = "there is no mount" if done is None else done.stderr.strip()
        pytest.skip(f"a disk that is really full needs the right to mount one: {why}")
    try:
        store = FileStore(folder)
        store.prepare()
        app = create_app(runtime=replace(runtime, store=store))
        with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as caller:
            caller.headers["Authorization"] = f"Bearer {KEY}"
            yield caller
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("way", ["form", "put", "patch"])
def test_full_disk_is_507_and_leaves_nothing(
    full_disk: TestClient, runtime: Runtime, tmp_path: Path, way: str
) -> None:
    content = CONTENT * 4
    sha256 = hashlib.sha256(content).hexdigest()
    path = f"/api/imports/files/{sha256}"
    if way == "form":
        answer = full_disk.post("/api/imports", data=FORM, files={"file": ("a.csv", content)})
    elif way == "put":
        answer = full_disk.put(path, content=content)
    else:
        headers = {"Upload-Offset": "0", "Upload-Length": str(len(content))}
        answer = full_disk.patch(f"{path}/upload", content=content, headers=headers)
    assert answer.status_code == 507
    assert "is full. Nothing was stored" in answer.json()["detail"]
    assert [one for one in (tmp_path / "disk").rglob("*") if one.is_file()] == []
    with runtime.database.reading() as session:
        counts = [session.scalar(select(func.count()).select_from(m)) for m in (Import, Job)]
    assert counts == [0, 0]
    # and what fits is stored again
    small = b"id,lon,lat,zinc\nA,5,51,1\n"
    stored = full_disk.put(f"/api/imports/files/{hashlib.sha256(small).hexdigest()}", content=small)
    assert stored.status_code == 200
