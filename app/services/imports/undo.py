"""Take an import back, whole, unless something was built on it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import ids
from app.db.models import (
    Aggregate,
    Boundary,
    HotspotLayer,
    HotspotLayerPart,
    Import,
    Result,
    Source,
    Surface,
    SurfaceDataset,
)
from app.db.queries import query
from app.db.session import Database
from app.errors import Conflict
from app.services.hashing import lock, sha256_of
from app.services.imports.records import get, show
from app.services.imports.versions import take_back

_NAMED = 5


def undo(
    database: Database, import_id: str, on_progress: Callable[[float], None]
) -> dict[str, Any]:
    """Remove what an import brought and let hold again what it had superseded.

    Returns
    -------
    dict
        The import as lists show it.

    Raises
    ------
    Conflict
        It is not loaded, or surfaces, hotspots or later imports rest on it: they are named.
    """
    with database.writing() as session:
        return show(undo_in(session, get(session, import_id), on_progress))


def undo_in(session: Session, record: Import, on_progress: Callable[[float], None]) -> Import:
    """Remove what an import brought as a part of the session's work; return it.

    Raises
    ------
    Conflict
        As for `undo`.
    """
    lock(session, sha256_of({"dataset": record.dataset_id}))
    session.refresh(record, with_for_update=True)
    check_undoable(session, record)
    on_progress(0.1)
    keys = {"import_id": record.id, "dataset_id": record.dataset_id}
    take_back(session, Source, record.id)
    take_back(session, Aggregate, record.id)
    take_back(session, Boundary, record.id)
    session.execute(query("undo_results"), keys)
    session.execute(query("undo_manners"), keys)
    session.execute(query("undo_samples"), keys)
    session.execute(query("undo_sites"), keys)
    record.status = "undone"
    record.undone_at = datetime.now(UTC)
    session.flush()
    on_progress(0.95)
    return record


def check_undoable(session: Session, record: Import) -> None:
    """Refuse to take back what is not loaded, or what something was built on.

    Raises
    ------
    Conflict
        With what stands in the way.
    """
    if record.status != "loaded":
        raise Conflict(f"Only an import that is loaded can be undone; this one is {record.status}.")
    built = _built_on(session, record)
    if built:
        more = f" and {len(built) - _NAMED} more" if len(built) > _NAMED else ""
        raise Conflict(
            f"The import cannot be undone, because something was built on it: "
            f"{', '.join(built[:_NAMED])}{more}. Nothing was changed.",
            built_on=built,
        )


def _built_on(session: Session, record: Import) -> list[str]:
    """Name what would lose its ground."""
    later = session.execute(query("later_imports"), {"import_id": record.id})
    contaminants = select(Result.contaminant).where(Result.import_id == record.id)
    surfaces = session.execute(
        select(Surface.id, Surface.uid, Surface.contaminant)
        .join(SurfaceDataset, SurfaceDataset.surface_id == Surface.id)
        .where(
            SurfaceDataset.dataset_id == record.dataset_id,
            Surface.created_at >= record.finished_at,
            Surface.contaminant.in_(contaminants),
        )
        .order_by(Surface.id)
    ).all()
    keys = [surface.id for surface in surfaces]
    parts = select(HotspotLayerPart.layer_id).where(HotspotLayerPart.surface_id.in_(keys))
    layers = session.scalars(
        select(HotspotLayer.uid)
        .where(HotspotLayer.surface_id.in_(keys) | HotspotLayer.id.in_(parts))
        .order_by(HotspotLayer.id)
    )
    return [
        *(f"the import {ids.show('import', row.uid)} ({row.filename})" for row in later),
        *(
            f"the surface {ids.show('surface', surface.uid)} ({surface.contaminant})"
            for surface in surfaces
        ),
        *(f"the hotspot layer {ids.show('hotspot_layer', uid)}" for uid in layers),
    ]
