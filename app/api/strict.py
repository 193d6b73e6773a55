"""Routes that refuse what they do not know: a misspelt parameter must not be ignored."""

import inspect
import json
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, NamedTuple, get_args, get_origin

from fastapi import Depends, Request, Response, params
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_flat_params
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from app.api.departures import until_gone
from app.api.links import HTML, api_base
from app.api.negotiation import prefers_page, wants_page
from app.api.pages import anything
from app.errors import InvalidRequest

# Where a definition tells them, once for all routes.
REFERENCE = "#/components/parameters/"


def _takes_many(kind: Any) -> bool:
    """Whether a parameter is a list, or one that may be absent."""
    return any(get_origin(one) is list for one in (kind, *get_args(kind)))


class NamedParameter(NamedTuple):
    """What a definition tells of a parameter: in words, and as a JSON Schema."""

    description: str
    schema: dict[str, Any]


class Named:
    """A dependency: those of many parameters that were sent, as texts.

    Seldom one of them is, and FastAPI would look for each of them in each request.
    """

    def __init__(self, parameters: Mapping[str, NamedParameter]) -> None:
        self.parameters = parameters

    async def __call__(self, request: Request) -> dict[str, str]:
        """Return them by name."""
        return {
            name: text for name, text in request.query_params.items() if name in self.parameters
        }


def named_parameters(dependant: Dependant) -> dict[str, NamedParameter]:
    """Return what a route takes by way of `Named`."""
    found = dict(dependant.call.parameters) if isinstance(dependant.call, Named) else {}
    for inner in dependant.dependencies:
        found |= named_parameters(inner)
    return found


class StrictRoute(APIRoute):
    """A route whose unknown query parameters are an error, with the known ones named.

    What answers a GET with a document is a page, too, for whoever likes that better; but for a
    document whose address ends like a file's.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **rest: Any) -> None:
        self._is_page_too = _answers_document(path, endpoint, rest)
        if self._is_page_too:
            rest["dependencies"] = [*(rest.get("dependencies") or ()), Depends(wants_page)]
            responses = dict(rest.get("responses") or {})
            responses[200] = {"content": {HTML: {}}} | responses.get(200, {})
            rest["responses"] = responses
        super().__init__(path, endpoint, **rest)
        named = named_parameters(self.dependant)
        if named:
            told = [{"$ref": f"{REFERENCE}{name}"} for name in named]
            self.openapi_extra = {"parameters": told}

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the usual handler."""
        handle = super().get_route_handler()
        parameters = {
            parameter.alias: parameter.field_info.annotation
            for parameter in get_flat_params(self.dependant)
            if isinstance(parameter.field_info, params.Query)
        }
        known = sorted(parameters)
        named = named_parameters(self.dependant)
        more = ", and properties of the collection (its queryables)" if named else ""
        lists = {name for name, kind in parameters.items() if _takes_many(kind)}

        async def strict(request: Request) -> Response:
            unknown = [
                name for name in request.query_params if name not in known and name not in named
            ]
            if unknown:
                names = ", ".join(known) or "none"
                raise InvalidRequest(
                    f"There is no parameter {unknown[0][:80]!r} here. There are: {names}{more}.",
                    parameter=unknown[0][:80],
                )
            said: set[str] = set()
            for name, text in request.query_params.multi_items():
                if name in said and name not in lists:
                    raise InvalidRequest(f"{name} can be said only once.", parameter=name)
                said.add(name)
                if "\0" in text:
                    raise InvalidRequest(f"{name} contains a NUL character.", parameter=name)
            if request.method != "GET":
                return await handle(request)
            answer = await until_gone(request, handle(request))
            return await self._as_liked(request, answer) if self._is_page_too else answer

        return strict

    async def _as_liked(self, request: Request, answer: Response) -> Response:
        """Return a document as it is, or as a page."""
        form = request.query_params.get("f")
        accept = request.headers.get("accept", "")
        if answer.status_code == 200 and (form == "html" or (not form and prefers_page(accept))):
            base = api_base(request)
            path = str(request.url.replace(query="")).removeprefix(base)
            data = str(request.url.include_query_params(f="json"))
            title = self.summary or self.name
            told = json.loads(bytes(answer.body))
            made = await run_in_threadpool(anything, told, base, path, title, data)
            answer = HTMLResponse(made)
        answer.headers["Vary"] = "Accept"
        return answer


def _answers_document(path: str, endpoint: Callable[..., Any], rest: Mapping[str, Any]) -> bool:
    """Say whether a route is one that answers with a document, which nobody names like a file."""
    is_read = "GET" in (rest.get("methods") or ("GET",)) and rest.get("include_in_schema", True)
    told = inspect.signature(endpoint)
    returned = told.return_annotation
    is_document = not (isinstance(returned, type) and issubclass(returned, Response))
    # Some say themselves which forms they have.
    return bool(is_read) and is_document and "f" not in told.parameters and ".json" not in path
