"""Routes that refuse what they do not know: a misspelt parameter must not be ignored."""

from collections.abc import Callable, Coroutine
from typing import Any, get_args, get_origin

from fastapi import Request, Response, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute

from app.api.departures import until_gone
from app.errors import InvalidRequest


def _takes_many(kind: Any) -> bool:
    """Whether a parameter is a list, or one that may be absent."""
    return any(get_origin(one) is list for one in (kind, *get_args(kind)))


class StrictRoute(APIRoute):
    """A route whose unknown query parameters are an error, with the known ones named."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the usual handler."""
        handle = super().get_route_handler()
        parameters = {
            parameter.alias: parameter.field_info.annotation
            for parameter in get_flat_params(self.dependant)
            if isinstance(parameter.field_info, params.Query)
        }
        known = sorted(parameters)
        lists = {name for name, kind in parameters.items() if _takes_many(kind)}

        async def strict(request: Request) -> Response:
            unknown = [name for name in request.query_params if name not in known]
            if unknown:
                names = ", ".join(known) or "none"
                raise InvalidRequest(
                    f"There is no parameter {unknown[0][:80]!r} here. There are: {names}.",
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
