"""In which form a resource is sent: `f` says it, or else the header Accept."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from app.api.links import JSON

# Of what is equally welcome, data comes before a page.
_KINDS = (
    ("application/json", False),
    ("application/geo+json", False),
    ("application/schema+json", False),
    ("text/html", True),
)


async def wants_page(
    request: Request,
    f: Annotated[
        Literal["json", "html"] | None,
        Query(description="The form of the answer; when absent, the header Accept decides."),
    ] = None,
) -> bool:
    """Say whether a page is liked better than data."""
    if f is not None:
        return f == "html"
    return prefers_page(request.headers.get("accept", ""))


WantsPage = Annotated[bool, Depends(wants_page)]


def prefers_page(accept: str) -> bool:
    """Whether a header Accept likes a page better than data; whoever says nothing gets data."""
    ranges = _ranges(accept)
    weights = [(_weight(ranges, kind), is_page) for kind, is_page in _KINDS]
    best = max(weight for weight, _ in weights)
    return best > 0 and not any(weight == best and not is_page for weight, is_page in weights)


def _ranges(accept: str) -> dict[str, float]:
    """Return how welcome each range of media types is that a header names."""
    ranges: dict[str, float] = {}
    for part in accept.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        ranges[name] = max(_quality(parameters), ranges.get(name, 0.0))
    return ranges


def _weight(ranges: dict[str, float], kind: str) -> float:
    """Return how welcome a media type is: the most specific of the ranges that cover it counts."""
    covering = (kind, f"{kind.partition('/')[0]}/*", "*/*")
    return next((ranges[name] for name in covering if name in ranges), 0.0)


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return min(1.0, max(0.0, float(parameter[2:])))
            except ValueError:
                return 0.0
    return 1.0


def answer(
    document: dict[str, Any],
    page: Callable[[dict[str, Any]], str],
    is_page: bool,
    kind: str = JSON,
) -> Response:
    """Return a document as data, or as the page that a function makes of it."""
    varies = {"Vary": "Accept"}
    if is_page:
        return HTMLResponse(page(document), headers=varies)
    return JSONResponse(document, media_type=kind, headers=varies)
