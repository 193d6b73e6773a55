"""Whole collections as files, streamed."""

import threading
from collections.abc import Callable

import anyio
from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from app.api.deps import RuntimeDep
from app.api.guard import IS_HEAD
from app.api.queries import AskedQuery
from app.api.strict import StrictRoute
from app.errors import Busy
from app.services.downloads import Download, open_download, open_results
from app.services.features import get_collection

router = APIRouter(prefix="/downloads", route_class=StrictRoute, tags=["Downloads"])

# Each holds a connection for as long as its reader takes; the others are for pages and tiles.
_AT_ONCE = 4
_slots = threading.BoundedSemaphore(_AT_ONCE)


class _Streamed(StreamingResponse):
    """A download that gives back its connection and its slot, also when the reader goes away."""

    def __init__(self, opened: Download, headers: dict[str, str]) -> None:
        super().__init__(opened.pieces, media_type=opened.media_type, headers=headers)
        self._opened = opened

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the pieces; of a HEAD nothing more is read."""
        try:
            if scope.get(IS_HEAD):
                await Response(headers=dict(self.headers))(scope, receive, send)
            else:
                await super().__call__(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):
                await run_in_threadpool(self._opened.close)
            _slots.release()


@router.get(
    "/{layer_id}.{ending}",
    summary="A whole collection",
    response_class=Response,
    responses={
        200: {
            "content": {"application/geo+json": {}, "application/geo+json-seq": {}, "text/csv": {}},
            "description": "The file",
        },
        503: {"description": "Too many downloads at once; Retry-After says when to ask again"},
    },
)
def download(
    request: Request,
    runtime: RuntimeDep,
    asked: AskedQuery,
    layer_id: str,
    ending: str,
) -> Response:
    """Return all features that pass the filters; licences are where Link rel=license points."""
    with runtime.database.reading() as session:
        collection = get_collection(session, layer_id)
        query = asked.of(session, collection)
    return _streamed(
        request,
        lambda: open_download(runtime.database, collection, ending, query),
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
    return _streamed(request, lambda: open_results(runtime.database, dataset), "results.csv")


def _streamed(request: Request, begin: Callable[[], Download], filename: str) -> Response:
    """Answer with a file that is read while it is sent, if not too many are already."""
    if not _slots.acquire(blocking=False):
        raise Busy(f"There are {_AT_ONCE} downloads under way, the most at once; try again soon.")
    try:
        opened = begin()
    except BaseException:
        _slots.release()
        raise
    base = str(request.base_url).rstrip("/")
    headers = {
        "Content-Disposition": f'attachment; filename="{filename}"',
        "Link": f'<{base}/api/datasets>; rel="license"; type="application/json"',
    }
    return _Streamed(opened, headers)
