"""Every error leaves as problem+json (RFC 9457); only this file knows which status it has."""

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from app import errors
from app.api.methods import allowed_methods
from app.logs import request_id

log = logging.getLogger(__name__)

_STATUS: tuple[tuple[type[errors.HotspotsError], int], ...] = (
    (errors.InvalidRequest, 400),
    (errors.NotAuthorised, 401),
    (errors.NotFound, 404),
    (errors.Conflict, 409),
    (errors.TooLarge, 413),
    (errors.Unprocessable, 422),
    (errors.Busy, 503),
    (errors.StorageFull, 507),
    (errors.NotReady, 503),
)
_MAX_SHOWN = 200


class ProblemResponse(JSONResponse):
    """A problem detail."""

    media_type = "application/problem+json"


def problem(
    status: int, detail: str, *, instance: str, headers: dict[str, str] | None = None, **more: Any
) -> ProblemResponse:
    """Return a problem detail; `more` are its extension members."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": instance,
        "request_id": request_id.get(),
    }
    # What nobody expected is answered outside of every middleware, so the headers are set here.
    fields = {"X-Request-ID": request_id.get(), "Cache-Control": "no-store"} | (headers or {})
    return ProblemResponse(body | more, status_code=status, headers=fields)


def add_problem_handlers(app: FastAPI) -> None:
    """Teach the application to answer every error as a problem."""
    app.add_exception_handler(errors.HotspotsError, _on_own_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(Exception, _on_surprise)


async def _on_own_error(request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, errors.HotspotsError)  # noqa: S101 - narrows for the type checker
    return problem_of(error, request.url.path)


def problem_of(error: errors.HotspotsError, path: str) -> ProblemResponse:
    """Return what an error of ours is at an address."""
    status = next(code for kind, code in _STATUS if isinstance(error, kind))
    headers = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = "5"
    return problem(status, error.message, instance=path, headers=headers, **error.details)


async def _on_invalid_request(request: Request, error: Exception) -> ProblemResponse:
    """Answer 400, as OGC API asks, and name the parameters without repeating what was sent."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - narrows for the type checker
    faults = [_fault(told) for told in error.errors()]
    detail = "; ".join(f"{f['parameter']}: {f['message']}" for f in faults)[:_MAX_SHOWN]
    return problem(400, detail, instance=request.url.path, errors=faults)


def _fault(told: dict[str, Any]) -> dict[str, str]:
    """Return which parameter is at fault and how; of a body that is no JSON, where."""
    _, *place = told["loc"]
    if told["type"] == "json_invalid":
        message = f"this is not JSON (at character {place[0] + 1}: {told['ctx']['error']})"
        return {"parameter": "body", "message": message}
    return {"parameter": ".".join(map(str, place)) or "body", "message": told["msg"]}


async def _on_http_error(request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - narrows for the type checker
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        # Starlette names those of the first route alone, and not what middleware answers.
        allowed = await allowed_methods(request.scope)
        headers |= {"Allow": allowed} if allowed else {}
    if error.status_code == HTTPStatus.BAD_REQUEST and error.__cause__ is not None:
        return problem_of(_unreadable_body(), request.url.path)
    return problem(error.status_code, str(error.detail), instance=request.url.path, headers=headers)


def _unreadable_body() -> errors.InvalidRequest:
    return errors.InvalidRequest(
        "body: it cannot be read: it is not UTF-8, is nested too deeply, or has a number of too "
        "many digits.",
        parameter="body",
    )


async def _on_surprise(request: Request, error: Exception) -> ProblemResponse:
    log.error("Unexpected error at %s", request.url.path, exc_info=error)
    return problem(
        500,
        "Something went wrong inside the service; the operator's log tells more.",
        instance=request.url.path,
    )
