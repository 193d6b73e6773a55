"""A relay in front of a service, which tells what a client asked."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import httpx2

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}


@dataclass
class Relay:
    """Where it listens, and every path with its query that it passed on."""

    address: str
    asked: list[str] = field(default_factory=list)

    def heard(self, path: str, name: str) -> list[str]:
        """Return every value of a parameter at a path."""
        requests = [urlsplit(text) for text in self.asked]
        return [
            value
            for request in requests
            if request.path == path
            for value in parse_qs(request.query).get(name, [])
        ]


@contextmanager
def relayed(service: str) -> Iterator[Relay]:
    """Listen on a free port and pass every GET and HEAD on; links come back with our own name."""
    relay = Relay("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            relay.asked.append(self.path)
            # The Host goes along, so the service's links lead through here as well.
            answer = httpx2.request(
                self.command, service + self.path, headers=dict(self.headers.items()), timeout=60
            )
            length = len(answer.content)
            if self.command == "HEAD":
                length = int(answer.headers.get("content-length", "0"))
            self.send_response(answer.status_code)
            for key, value in answer.headers.multi_items():
                # The content was unpacked on the way.
                if key.lower() not in _HOP_BY_HOP | {"content-encoding"}:
                    self.send_header(key, value)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(answer.content)

        do_HEAD = do_GET  # noqa: N815 - the name that the standard library calls

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing: what was asked is kept."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    relay.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield relay
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
