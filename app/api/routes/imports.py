"""Uploads: a file in, a report out. The operator's alone until accounts exist."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Query, UploadFile
from fastapi.responses import Response
from pydantic import AfterValidator

from app.api.deps import OPERATOR_ONLY, ReadSession, RuntimeDep
from app.api.routes.jobs import show_job
from app.api.strict import StrictRoute
from app.jobs.queue import enqueue
from app.services import imports
from app.services.datasets import DatasetTerms, check_name

router = APIRouter(
    prefix="/imports", route_class=StrictRoute, tags=["Imports"], dependencies=OPERATOR_ONLY
)


def _without_nul(text: str | None) -> str | None:
    if text is not None and "\0" in text:
        raise ValueError("contains a NUL character")
    return text


Text = Annotated[str | None, Form(max_length=2000), AfterValidator(_without_nul)]
Name = Annotated[str | None, Form(max_length=120), AfterValidator(_without_nul)]
Depth = Annotated[float | None, Form(ge=0, allow_inf_nan=False)]


@router.post("", status_code=202, summary="Upload a file")
def upload(
    runtime: RuntimeDep,
    file: UploadFile,
    dataset: Annotated[str, Form(max_length=63)],
    kind: Annotated[Literal["samples", "sources"], Form()] = "samples",
    title: Text = None,
    owner: Text = None,
    licence: Text = None,
    citation: Text = None,
    source_url: Text = None,
    visibility: Annotated[Literal["public", "members", "private"] | None, Form()] = None,
    epsg: Annotated[int | None, Form(ge=1024, le=999_999)] = None,
    unit: Name = None,
    encoding: Name = None,
    extraction: Name = None,
    fraction: Name = None,
    depth_upper_cm: Depth = None,
    depth_lower_cm: Depth = None,
) -> dict[str, Any]:
    """Store the file and queue its reading; the job's result names the import's report."""
    check_name(dataset)  # before anything is stored
    terms = DatasetTerms(
        title=title,
        owner=owner,
        licence=licence,
        citation=citation,
        source_url=source_url,
        visibility=visibility,
    )
    options = {
        "epsg": epsg,
        "unit": unit,
        "encoding": encoding,
        "extraction": extraction,
        "fraction": fraction,
        "depth_upper_cm": depth_upper_cm,
        "depth_lower_cm": depth_lower_cm,
    }
    stored = runtime.store.receive(file.file, limit=runtime.settings.limits.upload_max_bytes)
    order = imports.ImportOrder(kind, dataset, file.filename or "upload", terms, options)
    with runtime.database.writing() as session:
        record = imports.register(session, stored, order)
        shown = imports.show(record)
        job = enqueue(session, "import", {"import": shown["id"]})
        return {"import": shown, "job": show_job(job)}


@router.get("", summary="Imports")
def list_imports(
    session: ReadSession, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> dict[str, Any]:
    """Return the newest imports."""
    return {"imports": [imports.show(record) for record in imports.list_newest(session, limit)]}


@router.get("/{import_id}", summary="One import with its report")
def get_import(session: ReadSession, import_id: str) -> dict[str, Any]:
    """Return what was understood, what was found, and what became of every row."""
    record = imports.get(session, import_id)
    return imports.show(record) | {"report": record.report}


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
