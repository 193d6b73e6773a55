"""OPTIONS on every resource, and which other web pages may read."""

import re

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.routing import Match, Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from app.settings import ServerSettings

_READING = {"GET", "HEAD"}
_METHODS = _READING | {"POST", "PUT", "PATCH", "DELETE"}
# Questions that are too long for an address: nothing is written, and whoever may read may ask.
_ASKED_BY_POST = re.compile(r"/api/surfaces/[^/]+/(value|zonal|profile)")
_EXPOSED = [
    "ETag",
    "Link",
    "Retry-After",
    "X-Request-ID",
    "Accept-Ranges",
    "Content-Range",
    "Content-Length",
    "Content-Crs",
    "Content-Disposition",
    "Location",
]


class Options:
    """Middleware that answers OPTIONS with the methods of the resource; no resource is a 404."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer OPTIONS, pass everything else on."""
        if scope["type"] == "http" and scope["method"] == "OPTIONS":
            allowed = await allowed_methods(scope)
            if allowed:
                await Response(status_code=204, headers={"Allow": allowed})(scope, receive, send)
                return
        await self.app(scope, receive, send)


async def allowed_methods(scope: Scope) -> str:
    """Return the methods of a path as the header `Allow` lists them; none where it is nothing's."""
    # The first time the whole definition is put together.
    # What is mounted below another path has the scope of its own part of it.
    whole = {**scope, "root_path": scope.get("app_root_path", scope.get("root_path", ""))}
    methods = await run_in_threadpool(_methods, scope["app"], whole)
    return ", ".join(sorted(methods | {"OPTIONS"})) if methods else ""


def _methods(app: FastAPI, scope: Scope) -> set[str]:
    """Return the methods of a path; static files are only read.

    A path of its own, such as `batch`, is not the id that another route would take it for.
    """
    defined = app.openapi()["paths"].get(scope["path"])
    if defined is None:
        found = {
            method
            for route in app.routes
            for method in (_READING if isinstance(route, Mount) else _METHODS)
            if route.matches({**scope, "method": method})[0] is Match.FULL
        }
    else:
        found = _METHODS & {method.upper() for method in defined}
    return found | (_READING if "GET" in found else set())


def is_asked_by_post(path: str) -> bool:
    """Say whether a POST to a path reads, as a GET does elsewhere."""
    return _ASKED_BY_POST.fullmatch(path) is not None


class _CrossOrigin:
    """Middleware that tells browsers which pages of other origins may do what."""

    def __init__(self, app: ASGIApp, readers: list[str]) -> None:
        self._read, self._asked = (
            CORSMiddleware(
                app,
                allow_origins=readers,
                allow_methods=["GET", "HEAD", "OPTIONS", *more],
                allow_headers=["If-None-Match", "If-Range", "Range", "X-Request-ID"],
                expose_headers=_EXPOSED,
                max_age=3600,
            )
            for more in ([], ["POST"])
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what browsers ask first, and add what they look for."""
        is_asked = scope["type"] == "http" and is_asked_by_post(scope["path"])
        await (self._asked if is_asked else self._read)(scope, receive, send)


def add_cross_origin(app: FastAPI, server: ServerSettings) -> None:
    """Let the pages of other origins that the operator named read, never write or send a key."""
    if server.readers:
        app.add_middleware(_CrossOrigin, readers=server.readers)
