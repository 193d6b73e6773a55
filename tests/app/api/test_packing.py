"""Answers are packed as the caller takes them, whole and streamed, and unpack to the same bytes."""

import asyncio
import zlib
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from anyio.from_thread import start_blocking_portal
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from app.api.packing import ENCODINGS, Packing, chosen, pack

ITEMS = "/api/collections/samples/items?limit=20"
CODECS = {"zstd": "zstd", "br": "brotli"}
LONG = b"".join(b"line %d\n" % number for number in range(2_000))


def _unpacked(body: bytes, encoding: str) -> bytes:
    if encoding == "gzip":
        return zlib.decompress(body, 16 + zlib.MAX_WBITS)
    unpacked: bytes = pa.CompressedInputStream(pa.BufferReader(body), CODECS[encoding]).read()
    return unpacked


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("", None),
        ("identity", None),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "br"),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("*", "zstd"),
        ("*;q=0", None),
        ("zstd;q=0, *", "br"),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("GZIP ; Q=1", "gzip"),
        ("zstd;q=x, gzip", "gzip"),
        (";,=,q", None),
    ],
)
def test_encoding_follows_the_header(accepted: str, encoding: str | None) -> None:
    assert chosen(accepted, ENCODINGS) == encoding


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_packed_bytes_unpack_to_the_same(encoding: str) -> None:
    packed = pack(LONG, encoding)
    assert len(packed) < len(LONG) / 2
    assert _unpacked(packed, encoding) == LONG


def _raw(app: Callable[..., Any], path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Return an answer as it goes over the wire; clients unpack what they know."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()  # the caller stays
        raise AssertionError

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [
            (name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()
        ],
    }
    # In a thread of its own: a browser's tests leave a running loop in this one.
    with start_blocking_portal() as portal:
        portal.call(app, scope, receive, send)
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], told, b"".join(message.get("body", b"") for message in sent[1:])


def _pieces() -> Any:
    yield from (LONG[start : start + 4_000] for start in range(0, len(LONG), 4_000))


APP = Packing(
    Starlette(
        routes=[
            Route("/whole", lambda _: Response(LONG, media_type="text/csv")),
            Route("/large", lambda _: Response(LONG * 20, media_type="application/geo+json")),
            Route("/short", lambda _: Response(b"x" * 1_023, media_type="text/csv")),
            Route("/stream", lambda _: StreamingResponse(_pieces(), media_type="text/csv")),
            Route("/picture", lambda _: Response(LONG, media_type="image/png")),
            Route(
                "/part",
                lambda _: Response(
                    LONG, 206, {"Content-Range": "bytes 0-9/10"}, media_type="text/csv"
                ),
            ),
            Route(
                "/tagged",
                lambda _: Response(LONG, headers={"ETag": '"a"'}, media_type="text/csv"),
            ),
            Route("/known", lambda _: Response(status_code=304)),
        ]
    )
)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(("path", "times"), [("/whole", 1), ("/large", 20)])
def test_whole_answer_is_packed_with_its_length(encoding: str, path: str, times: int) -> None:
    _, headers, body = _raw(APP, path, accept_encoding=encoding)
    assert headers["content-encoding"] == encoding
    assert int(headers["content-length"]) == len(body)
    assert headers["vary"] == "Accept-Encoding"
    assert _unpacked(body, encoding) == LONG * times


@pytest.mark.parametrize(("accepted", "encoding"), [("zstd", "zstd"), ("br, gzip", "gzip")])
def test_stream_is_packed_piece_by_piece(accepted: str, encoding: str) -> None:
    _, headers, body = _raw(APP, "/stream", accept_encoding=accepted)
    assert headers["content-encoding"] == encoding
    assert "content-length" not in headers
    assert _unpacked(body, encoding) == LONG


@pytest.mark.parametrize(
    ("path", "accepted", "varies"),
    [
        ("/short", "zstd", True),
        ("/whole", "identity", True),
        ("/stream", "br", True),
        ("/known", "zstd", True),
        ("/picture", "zstd", False),
        ("/part", "zstd", False),
    ],
)
def test_others_are_sent_as_they_are(path: str, accepted: str, varies: bool) -> None:
    _, headers, _ = _raw(APP, path, accept_encoding=accepted)
    assert "content-encoding" not in headers
    assert ("vary" in headers) == varies


def test_each_encoding_has_a_tag_of_its_own() -> None:
    tags = [_raw(APP, "/tagged", accept_encoding=e)[1]["etag"] for e in ("identity", *ENCODINGS)]
    assert tags == ['"a"', '"a-zstd"', '"a-br"', '"a-gzip"']


def test_304_knows_every_encodings_tag(visitor: TestClient) -> None:
    for encoding in ENCODINGS:
        first = visitor.head(ITEMS, headers={"Accept-Encoding": encoding})
        assert first.headers["content-encoding"] == encoding
        asked = {"Accept-Encoding": encoding, "If-None-Match": first.headers["etag"]}
        assert visitor.get(ITEMS, headers=asked).status_code == 304
