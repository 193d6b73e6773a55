"""Boundary layers: areas that users bring, by which layers are summarised."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, UploadFile

from app.api.deps import OPERATOR_ONLY, ReadSession, RuntimeDep
from app.api.routes.jobs import show_job
from app.api.strict import StrictRoute
from app.jobs.queue import enqueue
from app.services import boundaries, imports
from app.services.datasets import DatasetTerms, check_name
from app.services.visibility import visible_datasets

router = APIRouter(prefix="/boundaries", route_class=StrictRoute, tags=["Boundaries"])

Text = Annotated[str | None, Form(max_length=2000)]
Column = Annotated[str | None, Form(max_length=200)]


@router.get("", summary="Boundary layers")
def list_boundaries(session: ReadSession) -> dict[str, Any]:
    """Return the boundary layers that may be seen; their areas are the collection `boundaries`."""
    return {"boundaries": boundaries.list_boundaries(session, visible_datasets(session))}


@router.post("", status_code=202, summary="Load boundaries", dependencies=OPERATOR_ONLY)
def load_boundaries(
    runtime: RuntimeDep,
    name: Annotated[str, Form(max_length=63)],
    file: UploadFile,
    name_column: Column = None,
    code_column: Column = None,
    epsg: Annotated[int | None, Form(ge=1024, le=999_999)] = None,
    title: Text = None,
    owner: Text = None,
    licence: Text = None,
    citation: Text = None,
    source_url: Text = None,
    visibility: Annotated[Literal["public", "members", "private"] | None, Form()] = None,
) -> dict[str, Any]:
    """Store a file of polygons and queue its loading into the data set `name`.

    GeoJSON, GeoPackage, Shapefile (in a zip), FlatGeobuf, or text with a column of well-known text.
    """
    check_name(name)  # before anything is stored
    terms = DatasetTerms(
        title=title,
        owner=owner,
        licence=licence,
        citation=citation,
        source_url=source_url,
        visibility=visibility,
    )
    options = boundaries.options_of(name_column, code_column, epsg)
    stored = runtime.store.receive(file.file, limit=runtime.settings.limits.upload_max_bytes)
    order = imports.ImportOrder("boundaries", name, file.filename or "upload", terms, options)
    with runtime.database.writing() as session:
        shown = imports.show(imports.register(session, stored, order))
        job = enqueue(session, "import", {"import": shown["id"]})
        return {"import": shown, "job": show_job(job)}


@router.delete("/{name}", summary="Remove boundaries", dependencies=OPERATOR_ONLY)
def remove_boundaries(runtime: RuntimeDep, name: str) -> dict[str, Any]:
    """Take back every file that brought areas of a boundary layer."""
    return boundaries.remove_boundaries(runtime.database, name)
