"""Every request has an id: in the answer's header, in its problem, and in the log."""

import re
import secrets

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.logs import request_id

HEADER = "X-Request-ID"
_RAW = HEADER.lower().encode()
_ACCEPTED = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class Tracing:
    """Middleware that takes a proxy's id of the request where it is a plain word, or makes one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Name the request, then pass it on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = next((text for name, text in scope["headers"] if name == _RAW), b"")
        own = given if _ACCEPTED.fullmatch(given) else secrets.token_hex(16).encode()
        # Not taken back: the task ends with the request, and surprises are caught outside of here.
        request_id.set(own.decode())

        async def naming(message: Message) -> None:
            if message["type"] == "http.response.start":
                others = [pair for pair in message["headers"] if pair[0] != _RAW]
                message["headers"] = [*others, (_RAW, own)]
            await send(message)

        await self.app(scope, receive, naming)
