"""Routes that refuse what they do not know: a misspelt parameter must not be ignored."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, NamedTuple, get_args, get_origin

from fastapi import Request, Response, params
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute

from app.api.departures import until_gone
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
    """A route whose unknown query parameters are an error, with the known ones named."""

    def __init__(self, *args: Any, **rest: Any) -> None:
        super().__init__(*args, **rest)
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
            if request.method == "GET":
                return await until_gone(request, handle(request))
            return await handle(request)

        return strict
