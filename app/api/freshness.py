"""Conditional requests: strong entity tags, 304, and what a cache may do with an answer."""

import hashlib
import re
from collections.abc import Mapping, MutableMapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.packing import ENCODINGS, packed_tag

Field = tuple[bytes, bytes]
# What a 304 repeats of the answer it stands for (RFC 9110, 15.4.5).
KEPT = ("cache-control", "content-location", "date", "etag", "expires", "vary", "link")
_KEPT = frozenset(KEPT)
_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')


def matching(asked: str | None, tag: str) -> str | None:
    """Return the tag of an If-None-Match that stands for `tag`, as it was sent, or None.

    A packed answer has a tag of its own, because its bytes are others; it matches likewise.
    """
    if not asked:
        return None
    if asked == tag:  # as browsers send it
        return tag
    if asked.strip() == "*":
        return tag
    plain = tag.removeprefix("W/")
    same = {plain, *(packed_tag(plain, encoding) for encoding in ENCODINGS)}
    for sent in _TAG.findall(asked):
        if sent.removeprefix("W/") in same:
            return str(sent)
    return None


class Freshness:
    """Middleware inside of the packing: tags what is sent whole, and answers 304.

    An answer that is streamed has a tag only where its route knows one beforehand.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and look at the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        await self.app(scope, receive, _Answer(scope, send))


class _Answer:
    """One answer on its way out; its start waits until its first piece is known."""

    def __init__(self, scope: Scope, send: Send) -> None:
        headers = Headers(scope=scope)
        self._send = send
        self._asked = headers.get("if-none-match")
        self._has_key = "authorization" in headers
        self._is_read = scope["method"] == "GET"
        self._start: MutableMapping[str, Any] | None = None
        self._is_answered = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        if self._start is not None:
            start, self._start = self._start, None
            await self._begin(start, message)
        if not self._is_answered:
            await self._send(message)

    async def _begin(self, start: Message, first: Message) -> None:
        headers = MutableHeaders(scope=start)
        headers.setdefault("Cache-Control", self._policy(start["status"]))
        if self._is_read and start["status"] == 200:
            is_whole = first["type"] == "http.response.body" and not first.get("more_body", False)
            if "etag" not in headers and is_whole:
                headers["ETag"] = hashed(first.get("body", b""))
            known = matching(self._asked, headers["etag"]) if "etag" in headers else None
            if known is not None:
                self._is_answered = True
                headers["ETag"] = known
                kept = [pair for pair in start["headers"] if pair[0].lower().decode() in KEPT]
                await self._send({"type": start["type"], "status": 304, "headers": kept})
                await self._send({"type": "http.response.body", "body": b""})
                return
        await self._send(start)

    def _policy(self, status: int) -> str:
        if status >= 400 or not self._is_read:
            return "no-store"
        return policy(self._has_key)


def policy(has_key: bool) -> str:
    """Return what a cache may do: keep, and ask each time, for numbers may be corrected."""
    return "private, no-cache" if has_key else "no-cache"


def known_fields(
    headers: Mapping[str, str], tag: str, *, has_key: bool, is_packed: bool
) -> list[Field]:
    """Return what a 304 says in place of an answer with these headers."""
    told = {"cache-control": policy(has_key)}
    told |= {name.lower(): text for name, text in headers.items() if name.lower() in _KEPT}
    if is_packed:
        told["vary"] = with_packing(told.get("vary"))
    return encoded(told | {"etag": tag})


def with_packing(vary: str | None) -> str:
    """Return on what an answer depends that may be packed."""
    return "Accept-Encoding" if vary is None else f"{vary}, Accept-Encoding"


def encoded(headers: Mapping[str, str]) -> list[Field]:
    """Return headers as they are sent."""
    return [(name.encode("latin-1"), text.encode("latin-1")) for name, text in headers.items()]


def quoted(key: str) -> str:
    """Return the strong tag that a hash is."""
    return f'"{key}"'


def hashed(content: bytes) -> str:
    """Return the strong tag of an answer's bytes."""
    return quoted(hashlib.blake2b(content, digest_size=16).hexdigest())
