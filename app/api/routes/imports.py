"""Uploads: a file in, a report out. The operator's alone until accounts exist."""

import json
from contextlib import suppress
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Header, Path, Query, Request, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import AfterValidator, BaseModel
from sqlalchemy.orm import Session
from starlette.requests import ClientDisconnect

from app.api.deps import OPERATOR_ONLY, ReadSession, RuntimeDep
from app.api.routes.jobs import show_job
from app.api.strict import StrictRoute
from app.db.models import Import
from app.errors import InvalidRequest, NotFound
from app.jobs.queue import enqueue
from app.services import imports, mappings, partial_uploads
from app.services.datasets import DatasetTerms, check_name
from app.services.runtime import Runtime
from app.services.storage import StoredFile

router = APIRouter(
    prefix="/imports", route_class=StrictRoute, tags=["Imports"], dependencies=OPERATOR_ONLY
)


def _without_nul(text: str | None) -> str | None:
    if text is not None and "\0" in text:
        raise ValueError("contains a NUL character")
    return text


_SHA256 = "^[0-9a-f]{64}$"
Sha256 = Annotated[str, Path(pattern=_SHA256)]
Text = Annotated[str | None, Form(max_length=2000), AfterValidator(_without_nul)]
Name = Annotated[str | None, Form(max_length=120), AfterValidator(_without_nul)]
Depth = Annotated[float | None, Form(ge=0, allow_inf_nan=False)]


@router.post("", status_code=202, summary="Upload a file")
def upload(
    runtime: RuntimeDep,
    dataset: Annotated[str, Form(max_length=63)],
    file: UploadFile | None = None,
    sha256: Annotated[str | None, Form(pattern=_SHA256)] = None,
    filename: Name = None,
    kind: Annotated[Literal["samples", "sources", "aggregates", "boundaries"], Form()] = "samples",
    load: Annotated[bool, Form(description="Load at once, without a preview.")] = False,
    title: Text = None,
    owner: Text = None,
    licence: Text = None,
    citation: Text = None,
    source_url: Text = None,
    visibility: Annotated[Literal["public", "members", "private"] | None, Form()] = None,
    epsg: Annotated[int | None, Form(ge=1024, le=999_999)] = None,
    country: Annotated[
        str | None,
        Form(pattern="^[A-Za-z]{2}$", description="Where the places lie: others are doubted."),
    ] = None,
    unit: Name = None,
    encoding: Name = None,
    extraction: Name = None,
    fraction: Name = None,
    depth_upper_cm: Depth = None,
    depth_lower_cm: Depth = None,
    header_row: Annotated[
        int | None,
        Form(ge=1, le=10_000, description="Row with the names of the columns."),
    ] = None,
    options: Annotated[
        str | None, Form(max_length=200_000, description="Further options, a JSON object.")
    ] = None,
) -> dict[str, Any]:
    """Store a file, or name one that was stored, and queue its preview, or its loading.

    The job's result names the import, which shows what was understood and, once it is loaded, the
    report.
    """
    check_name(dataset)  # before anything is stored
    terms = DatasetTerms(
        title=title,
        owner=owner,
        licence=licence,
        citation=citation,
        source_url=source_url,
        visibility=visibility,
    )
    said = {
        "epsg": epsg,
        "country": country,
        "unit": unit,
        "encoding": encoding,
        "extraction": extraction,
        "fraction": fraction,
        "depth_upper_cm": depth_upper_cm,
        "depth_lower_cm": depth_lower_cm,
        "header_row": header_row,
    }
    wanted = _json_object(options) | _stated(said)
    imports.check_options(wanted)
    stored = _stored(runtime, file, sha256)
    name = filename or (file.filename if file else None) or "upload"
    order = imports.ImportOrder(kind, dataset, name, terms, wanted)
    with runtime.database.writing() as session:
        record = imports.register(session, stored, order)
        return _queued(session, "import" if load else "preview", record)


def _stored(runtime: Runtime, file: UploadFile | None, sha256: str | None) -> StoredFile:
    """Return the file that came, or the one that is named by its hash."""
    if (file is None) == (sha256 is None):
        raise InvalidRequest(
            "Send a file, or the sha256 of one that was stored before, and not both.",
            parameter="file",
        )
    if file is not None:
        return runtime.store.receive(file.file, limit=runtime.settings.limits.upload_max_bytes)
    found = runtime.store.find_upload(sha256 or "")
    if found is None:
        raise NotFound(f"No file with the SHA-256 {sha256} is stored. Send it.")
    return found


def _stated(said: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value is not None}


def _json_object(text: str | None) -> dict[str, Any]:
    if text is None:
        return {}
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("options is not JSON.", parameter="options") from error
    if not isinstance(content, dict):
        raise InvalidRequest("options is a JSON object.", parameter="options")
    return content


def _queued(session: Session, work: str, record: Import) -> dict[str, Any]:
    shown = imports.show(record)
    job = enqueue(session, work, {"import": shown["id"]})
    return {"import": shown, "job": show_job(job)}


@router.get("/files/{sha256}", summary="Whether a file is stored")
def find_file(runtime: RuntimeDep, sha256: Sha256) -> dict[str, Any]:
    """Return the size of a stored file, so that it need not be sent again; 404 where there is none.

    What came of one that broke off is told by its `upload`.
    """
    found = runtime.store.find_upload(sha256)
    if found is None:
        raise NotFound(f"No file with the SHA-256 {sha256} is stored.")
    return {"sha256": sha256, "size_bytes": found.size_bytes}


@router.put("/files/{sha256}", summary="Store a file, its bytes as the body")
async def put_file(request: Request, runtime: RuntimeDep, sha256: Sha256) -> dict[str, Any]:
    """Store a file under its SHA-256; the same file again changes nothing."""
    with runtime.store.part(limit=runtime.settings.limits.upload_max_bytes) as part:
        async for chunk in request.stream():
            await run_in_threadpool(part.write, chunk)
        if part.sha256 != sha256:
            raise InvalidRequest(
                f"The SHA-256 of what arrived is {part.sha256}: the file is another one, or it "
                "was cut off. Nothing was stored; send it again.",
                parameter="sha256",
            )
        stored = await run_in_threadpool(part.keep)
    return {"sha256": stored.sha256, "size_bytes": stored.size_bytes}


_RESUMED: dict[int | str, dict[str, Any]] = {
    200: {"description": "Upload-Offset says how many bytes are there, Upload-Complete whether all"}
}


@router.get("/files/{sha256}/upload", summary="How much of a file is there", responses=_RESUMED)
def show_upload(runtime: RuntimeDep, sha256: Sha256) -> Response:
    """Return how many bytes of a file arrived, so that the sender can go on from there."""
    found = partial_uploads.progress(runtime.store, sha256)
    return _progress(sha256, found.offset, is_complete=found.is_complete)


@router.patch("/files/{sha256}/upload", summary="Send a file on", responses=_RESUMED)
async def continue_upload(
    request: Request,
    runtime: RuntimeDep,
    sha256: Sha256,
    upload_offset: Annotated[int, Header(ge=0, description="Where the body goes on.")],
    upload_length: Annotated[int, Header(ge=1, description="Bytes of the whole file.")],
) -> Response:
    """Add the body behind what is there; the whole is stored once its SHA-256 is found right.

    Where the connection breaks, what came stays for a day.
    """
    if runtime.store.find_upload(sha256) is not None:
        return show_upload(runtime, sha256)
    limit = runtime.settings.limits.upload_max_bytes
    with partial_uploads.resumed(
        runtime.store, sha256, offset=upload_offset, length=upload_length, limit=limit
    ) as part:
        with suppress(ClientDisconnect):
            async for chunk in request.stream():
                await run_in_threadpool(part.write, chunk)
        if part.is_complete:
            await run_in_threadpool(part.keep)
        return _progress(sha256, part.offset, is_complete=part.is_complete)


@router.delete("/files/{sha256}/upload", status_code=204, summary="Give an upload up")
def give_up_upload(runtime: RuntimeDep, sha256: Sha256) -> None:
    """Remove what came of a file that is not complete; a stored one stays."""
    partial_uploads.forget(runtime.store, sha256)


def _progress(sha256: str, offset: int, *, is_complete: bool) -> Response:
    return JSONResponse(
        {"sha256": sha256, "offset": offset, "is_complete": is_complete},
        headers={
            "Upload-Offset": str(offset),
            "Upload-Complete": "?1" if is_complete else "?0",
            "Cache-Control": "no-store",
        },
    )


@router.get("", summary="Imports")
def list_imports(
    session: ReadSession, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> dict[str, Any]:
    """Return the newest imports."""
    return {"imports": [imports.show(record) for record in imports.list_newest(session, limit)]}


@router.get("/{import_id}", summary="One import with its preview and report")
def get_import(session: ReadSession, import_id: str) -> dict[str, Any]:
    """Return what was understood, what was found, and what became of every row."""
    return imports.report_json(imports.get(session, import_id))


class PreviewChange(BaseModel):
    """How a file is to be read otherwise; an option that is null is not stated any more."""

    options: dict[str, Any] = {}


@router.post("/{import_id}/preview", status_code=202, summary="Look again, read otherwise")
def preview_again(runtime: RuntimeDep, import_id: str, change: PreviewChange) -> dict[str, Any]:
    """Change how the file is read and queue a new preview; nothing is stored by it."""
    with runtime.database.writing() as session:
        return _queued(session, "preview", imports.change(session, import_id, change.options))


class NewMapping(BaseModel):
    """What a saved mapping is to be called."""

    name: str
    title: str = ""


@router.post("/{import_id}/mapping", status_code=201, summary="Save how the file is read")
def save_mapping(runtime: RuntimeDep, import_id: str, wanted: NewMapping) -> dict[str, Any]:
    """Save a mapping of the file's columns: the next file with them is read so again."""
    with runtime.database.writing() as session:
        record = imports.get(session, import_id)
        mapping = mappings.save_from_import(session, record, wanted.name, wanted.title)
        return {"name": mapping.name, "title": mapping.title, "kind": mapping.kind}


@router.post("/{import_id}/confirm", status_code=202, summary="Load what the preview shows")
def confirm(runtime: RuntimeDep, import_id: str) -> dict[str, Any]:
    """Queue the loading of a previewed file, read as its preview shows it."""
    with runtime.database.writing() as session:
        return _queued(session, "import", imports.confirm(session, import_id))


@router.post("/{import_id}/undo", status_code=202, summary="Take an import back")
def undo(runtime: RuntimeDep, import_id: str) -> dict[str, Any]:
    """Queue the removal of all that an import brought; refused where something rests on it."""
    with runtime.database.writing() as session:
        record = imports.get(session, import_id)
        imports.check_undoable(session, record)
        return _queued(session, "undo", record)


@router.get("/{import_id}/report.json", summary="The report as JSON")
def get_report(session: ReadSession, import_id: str) -> dict[str, Any]:
    """Return the same as the import itself, under a name fit for a file."""
    return imports.report_json(imports.get(session, import_id))


@router.get(
    "/{import_id}/report.html",
    summary="The report as a page",
    response_class=HTMLResponse,
)
def get_report_page(session: ReadSession, import_id: str) -> HTMLResponse:
    """Return the report in plain words, to be read or printed."""
    page = imports.report_html(imports.get(session, import_id))
    # The page brings its own style, and nothing else may come in.
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return HTMLResponse(page, headers={"Content-Security-Policy": policy})


@router.get(
    "/{import_id}/report.csv",
    summary="The findings as a table",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}, "description": "A finding a line"}},
)
def get_report_table(session: ReadSession, import_id: str) -> Response:
    """Return the findings, one a line."""
    record = imports.get(session, import_id)
    return Response(
        imports.report_csv(record),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{import_id}-findings.csv"'},
    )


@router.get(
    "/{import_id}/quarantine.csv",
    summary="Rows that could not be loaded",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}, "description": "The file's columns, and why"}},
)
def get_quarantine(session: ReadSession, import_id: str) -> Response:
    """Return the bad rows in the file's own columns plus the reason, to correct and send again."""
    record = imports.get(session, import_id)
    return Response(
        imports.quarantine_csv(session, record),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{import_id}-quarantine.csv"'},
    )
