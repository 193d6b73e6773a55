"""Find hotspots and publish them as a layer, whole or not at all."""

import functools
import uuid
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.db import ids
from app.db.models import HotspotLayer, Surface
from app.db.session import Database
from app.errors import Conflict, HotspotsError, Unprocessable
from app.services.geometry import transform_geometry
from app.services.hashing import lock, sha256_of
from app.services.hotspots.evidence import (
    Gathered,
    Source,
    current_state,
    find_source,
    gather,
    raster_path,
    surface_seen,
)
from app.services.hotspots.order import HotspotOrder
from app.services.hotspots.publishing import Answer, publish
from app.services.hotspots.threshold import Threshold, resolve_threshold
from app.services.registries import find_contaminant
from app.services.storage import FileStore
from app.services.surfaces.building import Engine
from spatial.errors import SpatialError
from spatial.hotspots.contract import Evidence
from spatial.hotspots.finding import Found, find_on_file
from spatial.hotspots.finding import find as find_in

Progress = Callable[[float], None]


@dataclass(frozen=True)
class _Task:
    """What was resolved of an order."""

    order: HotspotOrder
    source: Source
    threshold: Threshold | None
    # Superseded surfaces may be asked for by their id, but not be superseded meanwhile.
    was_superseded: bool

    @property
    def order_sha256(self) -> str:
        """What was asked alone; layers of one order supersede each other."""
        return sha256_of(self.order.asked() | {"contaminant": self.source.contaminant.code})

    def request_sha256(self, inputs_sha256: str) -> str:
        """What was asked, of which evidence."""
        order, surface, threshold = self.order.asked(), self.source.surface, self.threshold
        return sha256_of(
            {
                "contaminant": self.source.contaminant.code,
                "definition": order["definition"],
                "parameters": order["parameters"],
                "least_area_m2": order["least_area_m2"],
                "samples": None if surface is not None else order["samples"],
                "surface": None if surface is None else surface.uid.hex,
                "inputs": inputs_sha256,
                "guideline": None if threshold is None else threshold.guideline_id,
                "chosen_for": None if threshold is None else threshold.asked,
                "threshold": None if threshold is None else threshold.value,
                "extraction_note": order["extraction_note"],
            }
        )


def find(
    database: Database,
    store: FileStore,
    order: HotspotOrder,
    engine: Engine,
    on_progress: Progress,
    *,
    most_cells: int,
) -> dict[str, Any]:
    """Find the hotspots an order asks for, or return the layer that exists.

    Raises
    ------
    NotFound, InvalidRequest, Unprocessable, Conflict
        Each with what would help.
    """
    order.check()
    with database.reading() as session:
        task = _resolve(session, order)
        known = _known(session, task)
        if known is not None:
            return {"layer": ids.show("hotspot_layer", known), "is_new": False}
        gathered = gather(session, task.source, most_cells)
        request = task.request_sha256(gathered.inputs_sha256)
        existing = _existing(session, request)
    if existing is not None:
        return {"layer": ids.show("hotspot_layer", existing), "is_new": False}
    on_progress(0.1)
    found = _compute(store, task, gathered, engine)
    on_progress(0.9)
    with database.writing() as session:
        lock(session, task.order_sha256)
        existing = _existing(session, request)
        if existing is not None:
            return {"layer": ids.show("hotspot_layer", existing), "is_new": False}
        _check_still_true(session, task)
        answer = Answer(
            order, task.source, task.threshold, gathered, found, (request, task.order_sha256)
        )
        layer = publish(session, answer)
        return {
            "layer": ids.show("hotspot_layer", layer.uid),
            "is_new": True,
            "count": len(found.hotspots),
        }


def find_all(
    database: Database,
    store: FileStore,
    orders: Sequence[HotspotOrder],
    engine: Engine,
    on_progress: Progress,
    *,
    most_cells: int,
) -> dict[str, Any]:
    """Find the hotspots of several orders; one that cannot be answered says why, others go on."""
    answers: list[dict[str, Any]] = []
    with engine() as executor:
        for number, order in enumerate(orders):
            place = order.place
            told: dict[str, Any] = {
                "contaminant": order.contaminant,
                "definition": order.definition,
                "guideline": order.guideline,
                "framework": None if place is None else place.framework,
            }
            try:
                told |= find(
                    database,
                    store,
                    order,
                    lambda: nullcontext(executor),
                    _nobody,
                    most_cells=most_cells,
                )
            except HotspotsError as error:
                told["error"] = error.message
            answers.append(told)
            on_progress((number + 1) / len(orders))
    return {
        "layers": answers,
        "found": sum("layer" in answer for answer in answers),
        "failed": sum("error" in answer for answer in answers),
    }


def _nobody(_fraction: float) -> None:
    """Tell nobody: the batch counts its orders."""


def _resolve(session: Session, order: HotspotOrder) -> _Task:
    contaminant = find_contaminant(session, order.contaminant)
    source = find_source(session, order, contaminant)
    threshold = None
    if order.entry.takes_threshold and source.surface is not None:
        threshold = resolve_threshold(session, order, source.surface)
    return _Task(order, source, threshold, _is_superseded(session, source.surface))


def _is_superseded(session: Session, surface: Surface | None) -> bool:
    if surface is None:
        return False
    return bool(session.scalar(select(exists().where(Surface.supersedes_id == surface.id))))


def _known(session: Session, task: _Task) -> uuid.UUID | None:
    """Return the layer of this order on this state of the data, without reading a result."""
    surface, threshold = task.source.surface, task.threshold
    return session.scalar(
        select(HotspotLayer.uid)
        .where(
            HotspotLayer.order_sha256 == task.order_sha256,
            HotspotLayer.data_state == task.source.data_state,
            HotspotLayer.surface_id.is_not_distinct_from(None if surface is None else surface.id),
            HotspotLayer.threshold.is_not_distinct_from(
                None if threshold is None else threshold.value
            ),
            HotspotLayer.guideline_id.is_not_distinct_from(
                None if threshold is None else threshold.guideline_id
            ),
        )
        .order_by(HotspotLayer.id.desc())
        .limit(1)
    )


def _existing(session: Session, request_sha256: str) -> uuid.UUID | None:
    return session.scalar(
        select(HotspotLayer.uid).where(HotspotLayer.request_sha256 == request_sha256)
    )


def _check_still_true(session: Session, task: _Task) -> None:
    """Refuse to publish what is no longer so."""
    if not task.was_superseded and _is_superseded(session, task.source.surface):
        raise Conflict(
            "The surface was built again while hotspots were searched on it. Ask again, and the "
            "new one is taken."
        )
    if current_state(session, task.source) != task.source.data_state:
        raise Conflict(
            "Results were added or taken back while hotspots were searched. Build the surface "
            "again where there is one, then ask again."
        )


def _compute(store: FileStore, task: _Task, gathered: Gathered, engine: Engine) -> Found:
    order, surface = task.order, task.source.surface
    parcels = [transform_geometry(p, 4326, gathered.epsg) for p in order.parcels()]
    value = None if task.threshold is None else task.threshold.value
    definition = order.create(value, parcels)
    try:
        if surface is not None:
            seen = surface_seen(surface)
            # What the surface cannot say is refused here, before a process is started.
            definition.bands(seen)
            path = raster_path(store, surface)
            work = functools.partial(find_on_file, definition, path, seen, gathered.samples)
        else:
            assert gathered.grid is not None  # noqa: S101 - `gather` lays one
            evidence = Evidence(gathered.grid, gathered.samples)
            work = functools.partial(find_in, definition, evidence)
        with engine() as executor:
            found: Found = executor.submit(work, least_area=order.least_area_m2).result()
    except SpatialError as error:
        raise Unprocessable(str(error)) from error
    return found
