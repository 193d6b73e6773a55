"""Whole collections as files: text is streamed, anything else is written first and kept."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Query, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse, Response, StreamingResponse
from sqlalchemy.orm import Session
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.types import Receive, Scope, Send

from app.api.departures import begin
from app.api.deps import RuntimeDep
from app.api.files import RangedFile
from app.api.freshness import quoted
from app.api.guard import IS_HEAD
from app.api.links import JSON, api_base, link, link_header
from app.api.queries import Asked, AskedQuery
from app.api.routes.jobs import show_job
from app.api.slots import Slots
from app.api.strict import StrictRoute
from app.db.session import stopper
from app.errors import Busy
from app.jobs.queue import enqueue
from app.services import prepared
from app.services.downloads import (
    STREAMS,
    Download,
    Subset,
    Watch,
    media_type_of,
    open_download,
    open_results,
)
from app.services.features import get_collection
from app.services.files import FILE_FORMATS
from app.services.runtime import Runtime
from app.services.tile_cache import tile_key

log = logging.getLogger(__name__)
router = APIRouter(prefix="/downloads", route_class=StrictRoute, tags=["Downloads"])

# Each holds a connection for as long as its reader takes; the others are for pages and tiles.
AT_ONCE = 4
_MEDIA_TYPES = [
    *(entry.media_type.partition(";")[0] for entry in STREAMS.values()),
    *(entry.media_type for entry in FILE_FORMATS.values()),
]


class _Streamed(StreamingResponse):
    """A download that gives back its connection and its slot, also when the reader goes away."""

    def __init__(
        self,
        opened: Download,
        headers: dict[str, str],
        most_seconds: float,
        give_back: Callable[[], None],
    ) -> None:
        super().__init__(opened.pieces, media_type=opened.media_type, headers=headers)
        self._opened, self._most_seconds, self._give_back = opened, most_seconds, give_back

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the pieces; of a HEAD nothing more is read.

        A reader who takes too long is cut off without the answer's end, so that they notice.
        """
        if scope.get(IS_HEAD):
            # One empty piece: still a stream, whose length and tag nobody knows beforehand.
            self.body_iterator = iterate_in_threadpool([""])
        try:
            with anyio.move_on_after(self._most_seconds) as time:
                await super().__call__(scope, receive, send)
            if time.cancelled_caught:
                log.warning("A download was cut off after %g seconds.", self._most_seconds)
        finally:
            with anyio.CancelScope(shield=True):
                await run_in_threadpool(self._opened.close)
            self._give_back()


@router.get(
    "/{layer_id}.{ending}",
    summary="A whole collection",
    response_class=Response,
    responses={
        200: {
            "content": {media_type: {} for media_type in _MEDIA_TYPES},
            "description": "The file",
        },
        202: {
            "content": {JSON: {}},
            "description": "A large file is being written; ask again when its job has succeeded",
        },
        206: {"description": "The ranges that were asked for"},
        503: {"description": "Too many downloads at once; Retry-After says when to ask again"},
    },
)
def download(
    request: Request,
    runtime: RuntimeDep,
    asked: AskedQuery,
    layer_id: str,
    ending: str,
    kept: Annotated[
        bool,
        Query(
            description="Write text to a file first, too: it has a tag, and is resumed by ranges"
        ),
    ] = False,
) -> Response:
    """Return all features that pass the filters; licences are where Link rel=license points."""
    if ending in FILE_FORMATS or (kept and ending in STREAMS):
        return _prepared(request, runtime, asked, layer_id, ending)
    with runtime.database.reading() as session:
        collection = get_collection(session, layer_id)
        subset = Subset(collection, asked.of(session, collection))
    return _streamed(
        request,
        runtime,
        lambda: open_download(
            runtime.database,
            runtime.store.pages,
            subset,
            ending,
            most_seconds=runtime.settings.limits.download_max_seconds,
            watch=_watch(request),
        ),
        f"{collection.id}.{ending}",
    )


@router.get(
    "/datasets/{dataset}/results.csv",
    summary="The results of a data set, to be read back",
    response_class=Response,
    responses={
        200: {"content": {"text/csv": {}}, "description": "A row per current result"},
        503: {"description": "Too many downloads at once; Retry-After says when to ask again"},
    },
)
def download_results(request: Request, runtime: RuntimeDep, dataset: str) -> Response:
    """Return the current results of a data set, as `hotspots ingest samples` reads them back."""
    return _streamed(
        request,
        runtime,
        lambda: open_results(runtime.database, dataset, _watch(request)),
        "results.csv",
    )


def _watch(request: Request) -> Watch:
    """Let the caller's going away stop what is read, until the answer begins."""

    @contextmanager
    def watch(session: Session) -> Iterator[None]:
        work = begin(request, stopper(session))
        try:
            yield
        finally:
            work.end()

    return watch


def _streamed(
    request: Request, runtime: Runtime, start: Callable[[], Download], filename: str
) -> Response:
    """Answer with a file that is read while it is sent, if not too many are already."""
    slots = _slots_of(request)
    slot = slots.take()
    try:
        opened = start()
    except BaseException:
        slots.give_back(slot)
        raise
    headers = _licence(request) | {"Content-Disposition": f'attachment; filename="{filename}"'}
    most_seconds = runtime.settings.limits.download_max_seconds
    return _Streamed(opened, headers, most_seconds, partial(slots.give_back, slot))


def _slots_of(request: Request) -> Slots:
    slots: Slots = request.app.state.downloads
    return slots


def _licence(request: Request) -> dict[str, str]:
    return {"Link": link_header([link("license", f"{api_base(request)}/datasets", JSON, "")])}


def _prepared(
    request: Request, runtime: Runtime, asked: Asked, layer_id: str, ending: str
) -> Response:
    """Send a file that is kept; write a small one now, and let a job write a large one."""
    told = sorted(request.query_params.multi_items())
    wanted = tile_key("file", request.app.version, layer_id, ending, told)
    key = runtime.files.key(wanted)
    path = runtime.files.find(key)
    if path is None:
        with runtime.database.reading() as session:
            collection = get_collection(session, layer_id)
            query = asked.of(session, collection)
            small = prepared.is_small(session, collection, query)
        if not small:
            order = prepared.order_of(collection.id, query, ending, asked=wanted, key=key)
            return _ordered(request, runtime, order)
        with _slots_of(request).taken():
            key = runtime.files.make(collection.id, query, ending, wanted, _watch(request)).key
        path = runtime.files.find(key)
    if path is None:
        raise Busy("The file was taken away to make room for others; try again soon.")
    headers = _licence(request) | {"ETag": quoted(key)}
    media_type = media_type_of(ending)
    return RangedFile(path, headers=headers, media_type=media_type, filename=f"{layer_id}.{ending}")


def _ordered(request: Request, runtime: Runtime, order: dict[str, Any]) -> Response:
    with runtime.database.writing() as session:
        job = prepared.job_under_way(session, order["key"])
        job = job or enqueue(session, prepared.JOB_KIND, order)
        shown = jsonable_encoder(show_job(job))
    where = f"{api_base(request)}/jobs/{shown['id']}"
    return JSONResponse(
        {"job": shown, "download": str(request.url)},
        status_code=202,
        headers={"Location": where, "Retry-After": "5", "Cache-Control": "no-store"},
    )
