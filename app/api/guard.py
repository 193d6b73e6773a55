"""The door: who may call, how large a body may be, and what a browser may do with an answer."""

import asyncio
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.deps import KEY_NEEDED
from app.api.methods import is_asked_by_post
from app.api.problems import problem
from app.services.operator_key import key_matches
from app.settings import LimitSettings, ServerSettings

# In the scope of a HEAD, which routes see as a GET: who streams need not read to the end.
IS_HEAD = "hotspots.is_head"
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
TAKE_FILES = ("/api/imports", "/api/boundaries")
# What uvicorn reads has no end; a cookie and a key are a tenth of this.
LARGEST_HEADERS = 32 * 1024
# Lists are gone through in the event loop, where everybody waits. Whoever sends longer ones gets
# what those get who say nothing.
LONGEST_LIST = 4 * 1024
_LISTS = {b"accept", b"accept-encoding", b"if-none-match"}
_LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
# Everything comes from this service; the map paints tiles from blobs and works in a blob worker.
_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; script-src 'self'; "
    "worker-src 'self' blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_ANSWER_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# As they are sent: every answer passes here.
_ANSWER_FIELDS = [(name.lower().encode(), text.encode()) for name, text in _ANSWER_HEADERS.items()]


class _BodyRefused(HTTPException):
    """Too much of it, or too slow; of a kind that FastAPI lets through while it reads a body."""


class Guard:
    """Middleware in front of everything.

    Any web page can post to 127.0.0.1, and a host name can be made to point there: so the Host
    must be one of ours, and a browser's Origin too where something is written.
    """

    def __init__(self, app: ASGIApp, *, server: ServerSettings, limits: LimitSettings) -> None:
        self.app = app
        self._hosts = _allowed_hosts(server)
        self._origins = {origin.strip() for origin in server.allowed_origins.split(",")} - {""}
        self._readers = frozenset(server.readers)
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check the request, then pass it on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            status, detail = refusal
            fields = {"WWW-Authenticate": "Bearer"} if status == 401 else None
            answer = problem(status, detail, instance=scope["path"], headers=fields)
            await answer(scope, receive, _dressed(send))
            return
        if any(name in _LISTS and len(text) > LONGEST_LIST for name, text in scope["headers"]):
            scope["headers"] = _without_long_lists(scope["headers"])
        limited = _counted(receive, self._limit(scope))
        if scope["method"] not in _SAFE_METHODS:
            limited = _patient(limited, self._limits.body_idle_seconds)
        if scope["method"] == "HEAD":
            await self.app(
                {**scope, "method": "GET", IS_HEAD: True}, limited, _dressed(_without_body(send))
            )
        else:
            await self.app(scope, limited, _dressed(send))

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        fields: list[tuple[bytes, bytes]] = scope["headers"]
        if sum([len(name) + len(text) for name, text in fields]) > LARGEST_HEADERS:
            return 431, (
                f"The request's headers are larger than {LARGEST_HEADERS:,} bytes together, the "
                "most this service reads."
            )
        headers = Headers(raw=fields)
        host = headers.get("host", "")
        if _name_of(host) not in self._hosts:
            return 403, (
                "This service is not called by that name. Its operator can allow the name with "
                "HOTSPOTS_ALLOWED_HOSTS."
            )
        if not self._only_reads(scope, headers) and not self._origin_is_ours(headers, host):
            return 403, (
                "The request comes from another web page. Its operator can allow that page's "
                "origin with HOTSPOTS_ALLOWED_ORIGINS."
            )
        if self._is_upload(scope) and not _has_key(scope, headers):
            # Before the body: nobody else may fill the disk with one.
            return 401, KEY_NEEDED
        declared = headers.get("content-length", "0")
        if declared.isdigit() and int(declared) > self._limit(scope):
            return 413, _too_large(self._limit(scope))
        return None

    def _only_reads(self, scope: Scope, headers: Headers) -> bool:
        """Whether nothing is written, or a page that may read asks a long question."""
        if scope["method"] in _SAFE_METHODS:
            return True
        may_ask = "*" in self._readers or headers.get("origin") in self._readers
        return may_ask and scope["method"] == "POST" and is_asked_by_post(scope["path"])

    def _origin_is_ours(self, headers: Headers, host: str) -> bool:
        if headers.get("sec-fetch-site") == "cross-site" and "origin" not in headers:
            return False
        origin = headers.get("origin")
        if origin is None or origin in self._origins:
            return True  # programs send none; browsers always do when they write
        return _netloc(origin) == host

    def _limit(self, scope: Scope) -> int:
        limits = self._limits
        return limits.upload_max_bytes if self._is_upload(scope) else limits.body_max_bytes

    @staticmethod
    def _is_upload(scope: Scope) -> bool:
        if scope["method"] in _SAFE_METHODS:
            return False
        path: str = scope["path"].rstrip("/")
        return path.endswith(TAKE_FILES) or "/api/imports/files/" in path


def _without_long_lists(fields: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [
        (name, text) for name, text in fields if len(text) <= LONGEST_LIST or name not in _LISTS
    ]


def _allowed_hosts(server: ServerSettings) -> set[str]:
    own = (
        server.host if server.host.startswith("[") or ":" not in server.host else f"[{server.host}]"
    )
    # Written with a port or without: a request's own port is not looked at either.
    named = (_name_of(name.strip()) for name in (own, *server.allowed_hosts.split(",")))
    return {*_LOOPBACK_NAMES, *named} - {"", "0.0.0.0", "[::]"}  # noqa: S104 - any is no name


def _name_of(host: str) -> str:
    """Return the host without its port."""
    if host.startswith("["):
        return host.partition("]")[0].lower() + "]"
    return host.partition(":")[0].lower()


def _too_large(limit: int) -> str:
    return f"The request's body is larger than {limit:,} bytes, the most this address takes."


def _counted(receive: Receive, limit: int) -> Receive:
    received = 0

    async def counting() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise _BodyRefused(413, _too_large(limit))
        return message

    return counting


def _patient(receive: Receive, seconds: float) -> Receive:
    """Wait so long for each piece of a body; who sends no more keeps a connection for nothing."""
    is_whole = False

    async def waiting() -> Message:
        nonlocal is_whole
        if is_whole:  # what comes now tells that the caller has gone, whenever that is
            return await receive()
        try:
            async with asyncio.timeout(seconds):
                message = await receive()
        except TimeoutError:
            detail = f"No more of the request's body came within {seconds:g} s."
            raise _BodyRefused(408, detail, headers={"Connection": "close"}) from None
        is_whole = not message.get("more_body", False)
        return message

    return waiting


def _has_key(scope: Scope, headers: Headers) -> bool:
    scheme, _, given = headers.get("authorization", "").partition(" ")
    expected: str = scope["app"].state.runtime.operator_key
    return scheme.lower() == "bearer" and key_matches(given.strip(), expected)


def _netloc(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


def _without_body(send: Send) -> Send:
    async def silent(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return silent


def _dressed(send: Send) -> Send:
    async def dressing(message: Message) -> None:
        if message["type"] == "http.response.start":
            fields = message["headers"]
            told = {name for name, _ in fields}
            message["headers"] = [*fields, *(one for one in _ANSWER_FIELDS if one[0] not in told)]
        await send(message)

    return dressing
