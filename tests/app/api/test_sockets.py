"""Requests that are no good HTTP, over a real socket, and whom they keep waiting."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI

from app.main import create_app
from app.services.runtime import Runtime
from tests.app.conftest import KEY
from tests.app.scene import Showcase

HOST = b"Host: 127.0.0.1\r\n"


@contextmanager
def served(app: FastAPI) -> Iterator[int]:
    """Listen on a free port, as `hotspots serve` does."""
    config = uvicorn.Config(app, port=0, log_level="critical")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    [listener] = server.servers[0].sockets
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def port(showcase: Showcase) -> Iterator[int]:
    """The showcase behind a real socket."""
    with served(create_app(runtime=showcase.runtime)) as found:
        yield found


def _send(port: int, request: bytes) -> bytes:
    """Return the first line that comes back; nothing where the line is cut."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(request)
        return line.recv(65_536).partition(b"\r\n")[0]


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /api HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\na",
        b"GET /api HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n",
        b"GET /api\xff\xfe HTTP/1.1\r\n" + HOST + b"Bad Name: 1\r\n\r\n",
        b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
    ],
)
def test_what_is_no_http_is_400(port: int, request_: bytes) -> None:
    assert _send(port, request_).split(b" ")[1] == b"400"


def test_a_request_with_both_framings_is_read_by_its_chunks(port: int) -> None:
    """The proxy drops the length before; alone, uvicorn passes over it, so no chunk is a body."""
    both = b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    first = _send(port, b"POST /api/members HTTP/1.1\r\n" + HOST + both)
    assert first.split(b" ")[1] == b"400"


def test_a_body_that_stops_is_408(limited: Callable[..., Runtime]) -> None:
    app = create_app(runtime=limited(body_idle_seconds=0.3))
    head = b"Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
    for path in ("/api/members", "/api/imports/files/" + "0" * 64):
        method = "POST" if path.endswith("members") else "PUT"
        key = f"Authorization: Bearer {KEY}\r\n".encode()
        with served(app) as port:
            first = _send(port, f"{method} {path} HTTP/1.1\r\n".encode() + HOST + key + head)
        assert first.split(b" ")[1] == b"408", path


def test_half_open_connections_keep_nobody_waiting(port: int) -> None:
    """uvicorn closes none of them, the proxy does; others are served meanwhile."""
    with ExitStack() as lines:
        for _ in range(150):
            line = lines.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
            line.sendall(b"GET /api HTTP/1.1\r\nHost: 127")
        answer = httpx2.get(f"http://127.0.0.1:{port}/api/collections", timeout=20)
        assert answer.status_code == 200


def test_what_the_service_sees_of_such_clients_is_ended_by_the_proxy(repository: Path) -> None:
    """The limits that uvicorn has not stand in the proxy's configuration."""
    text = (repository / "deploy" / "Caddyfile").read_text(encoding="utf-8")
    for limit in ("read_header 10s", "read_body 15m", "max_header_size 16KB"):
        assert limit in text
