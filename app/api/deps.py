"""What routes are handed: the opened installation, sessions, the operator, parsed parameters."""

import math
import re
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session

from app.api.departures import Work, begin
from app.db.session import stopper
from app.errors import InvalidRequest, NotAuthorised
from app.services.operator_key import key_matches
from app.services.runtime import Runtime

KEY_NEEDED = (
    "This needs the operator's key in the header 'Authorization: Bearer KEY'. "
    "'hotspots key show' prints it on the machine that runs the service."
)
_WORK = "work"  # of a session
# How the definition names a key that must be given, and one that may be.
KEY = "OperatorKey"
OPTIONAL_KEY = "OperatorKeyIfAny"
_KEY_TOLD = "The operator's key: 'hotspots key show'."
_bearer = HTTPBearer(auto_error=False, scheme_name=KEY, description=_KEY_TOLD)
_maybe_bearer = HTTPBearer(auto_error=False, scheme_name=OPTIONAL_KEY, description=_KEY_TOLD)


async def get_runtime(request: Request) -> Runtime:
    """Return the installation this application serves."""
    runtime: Runtime = request.app.state.runtime
    return runtime


RuntimeDep = Annotated[Runtime, Depends(get_runtime)]


def _reading(request: Request, runtime: RuntimeDep) -> Iterator[Session]:
    yield from _stoppable(request, runtime, {})


def _reading_one_state(request: Request, runtime: RuntimeDep) -> Iterator[Session]:
    yield from _stoppable(request, runtime, {"isolation_level": "REPEATABLE READ"})


def _stoppable(request: Request, runtime: Runtime, options: dict[str, Any]) -> Iterator[Session]:
    """Give a session whose connection stays the same: whoever stops it stops no other's."""
    with runtime.database.reading() as session:
        session.connection(execution_options=options)
        work = session.info[_WORK] = begin(request, stopper(session))
        try:
            yield session
        finally:
            work.end()


def give_back(session: Session) -> None:
    """Give a connection back before the answer is computed; it is nobody's to stop from then on."""
    work: Work = session.info[_WORK]
    work.end()
    session.close()


ReadSession = Annotated[Session, Depends(_reading)]
# All that is read in it is of one moment.
SnapshotSession = Annotated[Session, Depends(_reading_one_state)]


async def require_operator(
    runtime: RuntimeDep,
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> None:
    """Let only the operator pass."""
    _check_key(runtime, given)


def _check_key(runtime: Runtime, given: HTTPAuthorizationCredentials | None) -> None:
    if given is None or not key_matches(given.credentials, runtime.operator_key):
        raise NotAuthorised(KEY_NEEDED)


OPERATOR_ONLY = [Depends(require_operator)]


async def is_operator(
    runtime: RuntimeDep,
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(_maybe_bearer)],
) -> bool:
    """Say whether the caller is the operator; a wrong key is refused, none is anybody."""
    if given is not None:
        _check_key(runtime, given)
    return given is not None


IsOperator = Annotated[bool, Depends(is_operator)]

Box = tuple[float, float, float, float]


def parse_bbox(bbox: str) -> tuple[Box, ...]:
    """Return a box in degrees as one or, across the antimeridian, two boxes."""
    return split_box(bbox_numbers(bbox))


def bbox_numbers(bbox: str) -> Box:
    """Return the four numbers of a box; heights, which may stand between, are not ours."""
    parts = bbox.split(",")
    # float() takes more than numbers as people write them: 1_0, digits of other scripts.
    is_plain = all(re.fullmatch(r"\s*[+-]?[0-9.]+([eE][+-]?[0-9]+)?\s*", part) for part in parts)
    try:
        numbers = [float(part) for part in parts] if is_plain else []
    except ValueError:
        numbers = []
    if len(numbers) == 6:
        numbers = [numbers[0], numbers[1], numbers[3], numbers[4]]
    if len(numbers) != 4 or not all(math.isfinite(number) for number in numbers):
        raise InvalidRequest(
            "bbox takes four numbers, west,south,east,north in degrees, for example "
            "5.7,50.9,5.8,51.0.",
            parameter="bbox",
        )
    west, south, east, north = numbers
    return west, south, east, north


def split_box(box: Box) -> tuple[Box, ...]:
    """Check a box in degrees; return it as one or, across the antimeridian, two boxes."""
    west, south, east, north = box
    if south > north or min(south, north) < -90 or max(south, north) > 90:
        raise InvalidRequest(
            "bbox: south must not be above north, and both lie between -90 and 90.",
            parameter="bbox",
        )
    if not -180 <= west <= 180 or not -180 <= east <= 180:
        raise InvalidRequest("bbox: west and east lie between -180 and 180.", parameter="bbox")
    if west <= east:
        return ((west, south, east, north),)
    return ((west, south, 180.0, north), (-180.0, south, east, north))
