"""Answers are packed as the caller takes them: zstd, else br, else gzip."""

import io
import zlib
from collections.abc import Callable
from typing import Any, Protocol

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# The first one is preferred: for a page of features zstd takes a fifth of the time of br.
ENCODINGS = ("zstd", "br", "gzip")
# One whole answer at once: (codec of pyarrow, level).
_CODECS = {"zstd": ("zstd", 3), "br": ("brotli", 1), "gzip": ("gzip", 6)}
# As a stream br has no level to choose, and its own is slow.
_STREAMED = ("zstd", "gzip")
_LEAST = 1_024
_LEAST_FOR_A_THREAD = 256 * 1_024
# Pictures, rasters and packages are packed already.
_PACKABLE = (
    "text/",
    "application/json",
    "application/geo+json",
    "application/schema+json",
    "application/problem+json",
    "application/vnd.oai.openapi+json",
    "application/vnd.mapbox.style+json",
    "application/vnd.mapbox-vector-tile",
    "application/x-ndjson",
    "application/javascript",
    "application/xml",
    "image/svg+xml",
)


def chosen(accepted: str, offered: tuple[str, ...]) -> str | None:
    """Return the encoding that a header Accept-Encoding likes best, or None for none."""
    weights = {}
    for part in accepted.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weights["gzip" if name == "x-gzip" else name] = _weight(parameters)
    best = None
    for name in offered:
        weight = weights.get(name, weights.get("*", 0.0))
        if weight > 0 and (best is None or weight > best[1]):
            best = (name, weight)
    return best and best[0]


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, number = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(number)
            except ValueError:
                return 0.0
    return 1.0


class Packing:
    """Middleware that packs answers; the tag of packed bytes is another, because they are."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and pack the answer on its way out."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        accepted = Headers(scope=scope).get("accept-encoding", "")
        await self.app(scope, receive, _Answer(accepted, send))


class _Packer(Protocol):
    def add(self, piece: bytes) -> bytes: ...
    def finish(self) -> bytes: ...


class _Answer:
    """One answer on its way out; its start waits until it is known whether it comes whole."""

    def __init__(self, accepted: str, send: Send) -> None:
        self._accepted = accepted
        self._send = send
        self._start: Message | None = None
        self._packer: _Packer | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        if self._start is None:
            await self._send(await self._next(message))
            return
        start, self._start = self._start, None
        await self._send_first(start, message)

    async def _send_first(self, start: Message, message: Message) -> None:
        headers = MutableHeaders(scope=start)
        if _may_be_packed(start["status"], headers):
            headers.add_vary_header("Accept-Encoding")
            is_whole = not message.get("more_body", False)
            encoding = chosen(self._accepted, ENCODINGS if is_whole else _STREAMED)
            body = message.get("body", b"")
            if encoding is not None and (not is_whole or len(body) >= _LEAST):
                _rename(headers, encoding)
                message = await self._pack_first(headers, encoding, message, is_whole)
        elif start["status"] == 304:
            headers.add_vary_header("Accept-Encoding")
        await self._send(start)
        await self._send(message)

    async def _pack_first(
        self, headers: MutableHeaders, encoding: str, message: Message, is_whole: bool
    ) -> Message:
        if not is_whole:
            del headers["content-length"]
            self._packer = _PACKERS[encoding]()
            return await self._next(message)
        packed = await pack_quickly(message["body"], encoding)
        headers["Content-Length"] = str(len(packed))
        return {**message, "body": packed}

    async def _next(self, message: Message) -> Message:
        if self._packer is None or message["type"] != "http.response.body":
            return message
        body = message.get("body", b"")
        if len(body) < _LEAST_FOR_A_THREAD:
            packed = self._packer.add(body)
        else:
            packed = await run_in_threadpool(self._packer.add, body)
        if not message.get("more_body", False):
            packed += self._packer.finish()
        return {**message, "body": packed}


def _may_be_packed(status: int, headers: Headers) -> bool:
    kind = headers.get("content-type", "")
    is_part = status == 206 or "content-range" in headers
    return kind.startswith(_PACKABLE) and not is_part and "content-encoding" not in headers


def _rename(headers: MutableHeaders, encoding: str) -> None:
    headers["Content-Encoding"] = encoding
    if "etag" in headers:
        headers["ETag"] = packed_tag(headers["etag"], encoding)


def packed_tag(tag: str, encoding: str) -> str:
    """Return the tag of an answer's bytes when packed."""
    return f'{tag[:-1]}-{encoding}"'


def worth_packing(accepted: str, body: bytes) -> str | None:
    """Return how to pack a whole answer of a kind that can be, or None to leave it as it is."""
    return chosen(accepted, ENCODINGS) if accepted and len(body) >= _LEAST else None


async def pack_quickly(body: bytes, encoding: str) -> bytes:
    """Return bytes packed, by another thread where there are many."""
    if len(body) < _LEAST_FOR_A_THREAD:
        return pack(body, encoding)
    return await run_in_threadpool(pack, body, encoding)


def pack(body: bytes, encoding: str) -> bytes:
    """Return bytes packed at once."""
    import pyarrow as pa  # large, and here already for other reasons

    name, level = _CODECS[encoding]
    packed: bytes = pa.Codec(name, compression_level=level).compress(body, asbytes=True)
    return packed


class _Gzip:
    def __init__(self) -> None:
        # A stream waits for it: the first level takes half the time of the sixth, and
        # features repeat so much that it makes them small all the same.
        self._packer = zlib.compressobj(1, zlib.DEFLATED, 16 + zlib.MAX_WBITS)

    def add(self, piece: bytes) -> bytes:
        return self._packer.compress(piece)

    def finish(self) -> bytes:
        return self._packer.flush()


class _Zstd:
    def __init__(self) -> None:
        import pyarrow as pa

        self._sink = _Sink()
        self._packer: Any = pa.CompressedOutputStream(pa.PythonFile(self._sink, "w"), "zstd")

    def add(self, piece: bytes) -> bytes:
        self._packer.write(piece)
        self._packer.flush()  # a reader need not wait for the next piece
        return self._sink.taken()

    def finish(self) -> bytes:
        self._packer.close()
        return self._sink.taken()


class _Sink(io.RawIOBase):
    """What was written and not yet sent; closing it loses nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


_PACKERS: dict[str, Callable[[], _Packer]] = {"zstd": _Zstd, "gzip": _Gzip}
