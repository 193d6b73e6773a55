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
from app.api.freshness import Field, encoded, hashed, known_fields, matching, policy, with_packing
from app.api.links import JSON
from app.api.negotiation import prefers_page
from app.api.packing import pack_quickly, packed_tag, worth_packing
from app.api.problems import problem_of
from app.api.recent import Answer, RecentAnswers, address_of, is_small
from app.db.reading import Readers
from app.errors import HotspotsError
from app.services.runtime import Runtime

_PLAIN_HOST = re.compile(r"[A-Za-z0-9.:\[\]-]{1,255}")
# Neither escapes nor anything else that could be read in two ways.
_PLAIN_QUERY = re.compile(rb"[A-Za-z0-9._~,=&:%+-]*")


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
    # Says without waiting whether it would be the same now; None where it is not to be kept.
    holds: Callable[[], bool] | None = None


# Returns what will answer, or None for what is not plain; that too may leave it to the route.
Lane = Callable[[Ask], Awaitable[Reply | None] | None]


class Lanes:
    """Middleware that asks each lane in turn."""

    def __init__(self, app: ASGIApp, *, lanes: Sequence[Lane]) -> None:
        self.app = app
        self._lanes = lanes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what is plain; pass everything else on."""
        headers = _headers_of(scope)
        address = address_of(scope, headers)
        if address is not None:
            kept: RecentAnswers = scope["app"].state.recent
            recent = kept.get(address)
            if recent is not None and await _sent_again(recent, headers, send):
                return
        try:
            ask = _plain(scope, headers)
            reply = None if ask is None else await self._replied(ask, receive)
        except HotspotsError as error:
            await problem_of(error, scope["path"])(scope, receive, send)
        except CallerGone:
            return
        else:
            if ask is None or reply is None:
                await self.app(scope, receive, send)
            else:
                answer = await _send(ask, reply, send)
                if answer is not None and address is not None:
                    kept.put(address, answer)

    async def _replied(self, ask: Ask, receive: Receive) -> Reply | None:
        for lane in self._lanes:
            answer = lane(ask)
            if answer is not None:
                return await unless_gone(receive, answer)
        return None


def _headers_of(scope: Scope) -> dict[bytes, bytes]:
    return dict(scope.get("headers", ())[::-1])  # the first one counts


async def _sent_again(answer: Answer, headers: dict[bytes, bytes], send: Send) -> bool:
    """Send what was sent before, or that the caller has it; False where it is not kept."""
    tags = headers.get(b"if-none-match")
    known = None if tags is None else answer.said_to(tags.decode("latin-1"))
    if known is not None:
        await _send_known(known, send)
        return True
    if answer.body is None:
        return False
    await _send_whole(answer.fields, answer.body, send)
    return True


def _plain(scope: Scope, headers: dict[bytes, bytes]) -> Ask | None:
    """Return a request that lanes can look at, or None."""
    if scope["type"] != "http" or scope["method"] != "GET" or scope.get("root_path"):
        return None
    readers = getattr(scope["app"].state, "readers", None)
    query: bytes = scope["query_string"]
    if readers is None or not _PLAIN_QUERY.fullmatch(query):
        return None
    pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True)
    parameters = dict(pairs)
    host = headers.get(b"host", b"").decode("latin-1")
    is_plain = len(parameters) == len(pairs) and "\0" not in "".join(parameters.values())
    if not is_plain or not _PLAIN_HOST.fullmatch(host):
        return None
    way = scope["path"].split("/")[1:]
    return Ask(way, parameters, headers, f"{scope['scheme']}://{host}", readers, scope)


async def _send(ask: Ask, reply: Reply, send: Send) -> Answer | None:
    """Send an answer with its tag, packed as the caller takes it, or say that it is known.

    What was sent is returned where it holds for a while.
    """
    has_key = b"authorization" in ask.headers
    tag = reply.tag or hashed(reply.body)
    known = matching(ask.header(b"if-none-match"), tag)
    if known is not None:
        fields = known_fields(reply.headers, known, has_key=has_key, is_packed=reply.is_packable)
        await _send_known(fields, send)
        return _answer_of(reply, tag)
    told = {"cache-control": policy(has_key)}
    told |= {name.lower(): text for name, text in reply.headers.items()}
    if reply.is_packable and reply.body:
        told["vary"] = with_packing(told.get("vary"))
    body, encoding, own = reply.body, None, tag
    if reply.is_packable:
        encoding = worth_packing(ask.header(b"accept-encoding"), body)
    if encoding is not None:
        body, own = await pack_quickly(body, encoding), packed_tag(tag, encoding)
        told["content-encoding"] = encoding
    told["etag"] = own
    if body:
        told |= {"content-type": reply.kind, "content-length": str(len(body))}
    await _send_whole(encoded(told), body, send)
    return _answer_of(reply, tag, encoded(told), body)


def _answer_of(
    reply: Reply, tag: str, fields: list[Field] | None = None, body: bytes | None = None
) -> Answer | None:
    if reply.holds is None:
        return None
    if fields is None or body is None or not is_small(body):
        return Answer(reply.holds, tag, reply.headers, reply.is_packable)
    return Answer(reply.holds, tag, reply.headers, reply.is_packable, body, fields)


async def _send_whole(fields: list[Field], body: bytes, send: Send) -> None:
    status = 200 if body else 204
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})


async def _send_known(fields: list[Field], send: Send) -> None:
    await send({"type": "http.response.start", "status": 304, "headers": fields})
    await send({"type": "http.response.body", "body": b""})
