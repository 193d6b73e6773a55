"""Lanes: plain requests that are answered in the event loop, past threads, routes and models.

A lane takes what it understands whole and leaves everything else to the routes: they say what is
wrong with a request, and what they document is what lanes answer. What comes to light only on the
way, such as an id that nobody may see or a database that does not answer, is said here, in the
routes' own words. Whoever is asked for most has a lane: an answer that took a statement of half a
millisecond would take two in a thread.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.departures import CallerGone, unless_gone
from app.api.freshness import KEPT, hashed, matching, policy
from app.api.links import JSON
from app.api.negotiation import prefers_page
from app.api.packing import pack_quickly, packed_tag, worth_packing
from app.api.problems import problem_of
from app.db.reading import Readers
from app.errors import HotspotsError
from app.services.runtime import Runtime

Field = tuple[bytes, bytes]
_PLAIN_HOST = re.compile(r"[A-Za-z0-9.:\[\]-]{1,255}")
# Neither escapes nor anything else that could be read in two ways.
_PLAIN_QUERY = re.compile(rb"[A-Za-z0-9._~,=&:%+-]*")
_KEPT = frozenset(name.encode() for name in KEPT)


class Ask(NamedTuple):
    """A request for one plain resource: every parameter is said once."""

    # The parts of the path: "api", "collections", …
    way: list[str]
    parameters: dict[str, str]
    headers: dict[bytes, bytes]
    # Scheme and host, as links begin.
    origin: str
    readers: Readers
    scope: Scope

    @property
    def runtime(self) -> Runtime:
        """The installation that is served."""
        found: Runtime = self.scope["app"].state.runtime
        return found

    def header(self, name: bytes) -> str:
        """Return a header, empty where it is not sent."""
        return self.headers.get(name, b"").decode("latin-1")

    def wants_page(self) -> bool:
        """Whether people are to read the answer."""
        form = self.parameters.get("f")
        return prefers_page(self.header(b"accept")) if form is None else form != "json"

    def address(self, **changed: str) -> str:
        """Return this request's address with other parameters, which then stand at its end."""
        kept = {name: text for name, text in self.parameters.items() if name not in changed}
        return f"{self.origin}{self.scope['path']}?{urlencode(kept | changed)}"


@dataclass(slots=True)
class Reply:
    """What is sent whole, with 204 where it is empty; without a tag it has that of its bytes."""

    body: bytes
    kind: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    tag: str | None = None
    # Pictures are packed already.
    is_packable: bool = True


# Returns what will answer, or None for what is not plain; that too may leave it to the route.
Lane = Callable[[Ask], Awaitable[Reply | None] | None]


class Lanes:
    """Middleware that asks each lane in turn."""

    def __init__(self, app: ASGIApp, *, lanes: Sequence[Lane]) -> None:
        self.app = app
        self._lanes = lanes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what is plain; pass everything else on."""
        try:
            ask = _plain(scope)
            reply = None if ask is None else await self._replied(ask, receive)
        except HotspotsError as error:
            await problem_of(error, scope["path"])(scope, receive, send)
        except CallerGone:
            return
        else:
            if ask is None or reply is None:
                await self.app(scope, receive, send)
            else:
                await _send(ask, reply, send)

    async def _replied(self, ask: Ask, receive: Receive) -> Reply | None:
        for lane in self._lanes:
            answer = lane(ask)
            if answer is not None:
                return await unless_gone(receive, answer)
        return None


def _plain(scope: Scope) -> Ask | None:
    """Return a request that lanes can look at, or None."""
    if scope["type"] != "http" or scope["method"] != "GET" or scope.get("root_path"):
        return None
    readers = getattr(scope["app"].state, "readers", None)
    query: bytes = scope["query_string"]
    if readers is None or not _PLAIN_QUERY.fullmatch(query):
        return None
    pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True)
    parameters = dict(pairs)
    headers = dict(scope["headers"][::-1])  # the first one counts
    host = headers.get(b"host", b"").decode("latin-1")
    is_plain = len(parameters) == len(pairs) and "\0" not in "".join(parameters.values())
    if not is_plain or not _PLAIN_HOST.fullmatch(host):
        return None
    way = scope["path"].split("/")[1:]
    return Ask(way, parameters, headers, f"{scope['scheme']}://{host}", readers, scope)


async def _send(ask: Ask, reply: Reply, send: Send) -> None:
    """Send an answer with its tag, packed as the caller takes it, or say that it is known."""
    told = {
        "cache-control": policy(b"authorization" in ask.headers),
        **{name.lower(): text for name, text in reply.headers.items()},
    }
    tag = reply.tag or hashed(reply.body)
    known = matching(ask.header(b"if-none-match"), tag)
    if reply.is_packable and (reply.body or known is not None):
        told["vary"] = ", ".join(filter(None, (told.get("vary"), "Accept-Encoding")))
    if known is not None:
        told["etag"] = known
        fields = [(name, text) for name, text in _encoded(told) if name in _KEPT]
        await send({"type": "http.response.start", "status": 304, "headers": fields})
        await send({"type": "http.response.body", "body": b""})
        return
    body, encoding = reply.body, None
    if reply.is_packable:
        encoding = worth_packing(ask.header(b"accept-encoding"), body)
    if encoding is not None:
        body, tag = await pack_quickly(body, encoding), packed_tag(tag, encoding)
        told["content-encoding"] = encoding
    told["etag"] = tag
    if body:
        told |= {"content-type": reply.kind, "content-length": str(len(body))}
    status = 200 if body else 204
    await send({"type": "http.response.start", "status": status, "headers": _encoded(told)})
    await send({"type": "http.response.body", "body": body})


def _encoded(headers: dict[str, str]) -> list[Field]:
    return [(name.encode("latin-1"), text.encode("latin-1")) for name, text in headers.items()]
