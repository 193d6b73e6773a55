"""Find hotspots and publish them as a layer, whole or not at all."""

import functools
import uuid
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

from sqlalchemy import Select, bindparam, select, update
from sqlalchemy.orm import Session

from app.db import ids
from app.db.models import HotspotLayer
from app.db.session import Database
from app.errors import HotspotsError, NotFound, Unprocessable
from app.services.geometry import transform_geometry
from app.services.hashing import lock
from app.services.hotspots.answer import Answer, datasets_of
from app.services.hotspots.evidence import (
    Gathered,
    gather,
    put_side_by_side,
    raster_path,
)
from app.services.hotspots.order import HotspotOrder
from app.services.hotspots.publishing import publish
from app.services.hotspots.task import Task, check_still_true, is_of_now, resolve, superseded
from app.services.jobs import change_is_due
from app.services.storage import FileStore
from app.services.surfaces.building import Engine
from app.services.surfaces.distribution import surface_seen
from app.services.visibility import layer_rests_on
from spatial.errors import SpatialError
from spatial.hotspots.contract import Evidence
from spatial.hotspots.finding import Found, Layer, find_on_file, find_on_files
from spatial.hotspots.finding import find as find_in

Progress = Callable[[float], None]


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
        task = resolve(session, order)
        known = _known(session, task)
        if known is not None:
            return {"layer": ids.show("hotspot_layer", known), "is_new": False}
        before = superseded(session, task)
        gathered = tuple(gather(session, part.source, most_cells) for part in task.parts)
        request = task.request_sha256(gathered)
        datasets = datasets_of(task, gathered)
        existing = _existing(session, request, datasets)
    if existing is not None:
        with database.writing() as session:
            _put_forward(session, existing, task)
        return {"layer": ids.show("hotspot_layer", existing), "is_new": False}
    on_progress(0.1)
    found = _compute(store, task, gathered, engine)
    on_progress(0.9)
    with database.writing() as session:
        # Layers of one order supersede each other, and other orders may come to the same. The lock
        # on what was asked of which evidence is the last one: who holds it waits for no other.
        lock(session, task.order_sha256)
        lock(session, request)
        existing = _existing(session, request, datasets)
        if existing is not None:
            return {"layer": ids.show("hotspot_layer", existing), "is_new": False}
        check_still_true(session, task, before)
        layer = publish(session, Answer(task, gathered, found, request))
        return {
            "layer": ids.show("hotspot_layer", layer.uid),
            "is_new": True,
            "count": len(found.hotspots),
        }


def find_known(session: Session, order: HotspotOrder) -> str | None:
    """Return the id of the layer that answers an order already; None where work has to be done.

    So it is too where a background must be worked out first, where work in front of the order may
    change what it rests on, and where it cannot be answered now: its job says why, if it still
    cannot when its turn comes.
    """
    if any(part.background is not None for part in order.parts()):
        return None
    try:
        known = _known(session, resolve(session, order), may_change=False)
    except (NotFound, Unprocessable):
        return None
    return None if known is None else ids.show("hotspot_layer", known)


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
                "contaminant": order.contaminant or None,
                "contaminants": [part.contaminant for part in order.parts()],
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


def _known(session: Session, task: Task, *, may_change: bool = True) -> uuid.UUID | None:
    """Return the layer of this request on this state of the data, without reading a result.

    Unless the state `may_change`, there is none while work is due after which it is another.
    """
    statement = _layer_of_state() if may_change else _layer_of_lasting_state()
    known: uuid.UUID | None = session.scalar(statement, {"state": task.data_state})
    return known


@functools.cache
def _layer_of_state() -> Select[Any]:
    return (
        select(HotspotLayer.uid)
        .where(HotspotLayer.data_state == bindparam("state"))
        .order_by(HotspotLayer.id.desc())
        .limit(1)
    )


@functools.cache
def _layer_of_lasting_state() -> Select[Any]:
    return _layer_of_state().where(~change_is_due())


def _put_forward(session: Session, layer: uuid.UUID, task: Task) -> None:
    """Let a layer stand for the state of now: imports came meanwhile, but no result is another."""
    if is_of_now(session, task):
        session.execute(
            update(HotspotLayer).where(HotspotLayer.uid == layer).values(data_state=task.data_state)
        )


def _existing(session: Session, request_sha256: str, datasets: list[int]) -> uuid.UUID | None:
    """Return the layer of a request; one of the same numbers of other data sets may be hidden."""
    return session.scalar(
        select(HotspotLayer.uid).where(
            HotspotLayer.request_sha256 == request_sha256,
            layer_rests_on(HotspotLayer.id, datasets),
        )
    )


def _compute(store: FileStore, task: Task, gathered: tuple[Gathered, ...], engine: Engine) -> Found:
    try:
        prepare = _of_one if task.single is not None else _of_several
        work = prepare(store, task, gathered)
        with engine() as executor:
            found: Found = executor.submit(work, least_area=task.order.least_area_m2).result()
    except SpatialError as error:
        raise Unprocessable(str(error)) from error
    return found


def _of_one(store: FileStore, task: Task, evidence: tuple[Gathered, ...]) -> Callable[..., Found]:
    order, part, gathered = task.order, task.parts[0], evidence[0]
    surface = part.source.surface
    parcels = [transform_geometry(p, 4326, gathered.epsg) for p in order.parcels()]
    definition = order.create(part.value, parcels)
    if surface is None:
        assert gathered.grid is not None  # noqa: S101 - `gather` lays one
        return functools.partial(find_in, definition, Evidence(gathered.grid, gathered.samples))
    seen = surface_seen(surface)
    # What the surface cannot say is refused here, before a process is started.
    definition.bands(seen)
    path = raster_path(store, surface)
    return functools.partial(find_on_file, definition, path, seen, gathered.samples)


def _of_several(
    store: FileStore, task: Task, evidence: tuple[Gathered, ...]
) -> Callable[..., Found]:
    values = [part.value for part in task.parts]
    definition = task.order.create_joint([value for value in values if value is not None])
    together = put_side_by_side(evidence)
    layers = []
    for part, gathered, row in zip(task.parts, evidence, together.rows, strict=True):
        surface, name = part.source.surface, part.source.contaminant.name_en
        assert surface is not None  # noqa: S101 - parts of several look at surfaces
        path = raster_path(store, surface)
        layers.append(Layer(name, path, surface_seen(surface), gathered.samples, row))
    definition.bands_of([layer.surface for layer in layers])
    return functools.partial(find_on_files, definition, layers, together.samples)
