"""Find hotspots and publish them as a layer, whole or not at all."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from sqlalchemy import insert, literal, or_, select
from sqlalchemy.orm import Session

from app.db import ids
from app.db.models import (
    Contaminant,
    Dataset,
    Hotspot,
    HotspotLayer,
    HotspotLayerDataset,
    Surface,
    SurfaceDataset,
)
from app.db.session import Database
from app.errors import Conflict, NotFound, Unprocessable
from app.services.geometry import transform_geometry
from app.services.hashing import lock, sha256_of
from app.services.hotspots.order import HotspotOrder
from app.services.hotspots.threshold import Threshold, resolve_threshold
from app.services.registries import find_contaminant
from app.services.storage import FileStore
from app.services.surfaces.building import Engine, selection_request
from app.services.surfaces.catalogue import get_surface, list_surfaces
from app.services.surfaces.distribution import distribution_of
from app.services.surfaces.order import SurfaceOrder
from app.services.surfaces.selection import Selection, select_results
from app.services.visibility import all_datasets
from spatial.coordinates import hilbert_key
from spatial.errors import SpatialError
from spatial.hotspots.contract import Hotspot as Found
from spatial.hotspots.contract import Surface as Evidence
from spatial.hotspots.registry import get_definition
from spatial.hotspots.statistics import SampleStatistics, sample_statistics
from spatial.raster import read_raster


@dataclass(frozen=True)
class _Task:
    """What was resolved of an order."""

    order: HotspotOrder
    contaminant: Contaminant
    surface: Surface
    threshold: Threshold
    selection: Selection
    request_sha256: str

    @property
    def order_sha256(self) -> str:
        """What was asked alone; layers of one order supersede each other."""
        return sha256_of(self.order.to_json() | {"contaminant": self.contaminant.code})

    @property
    def parameters(self) -> dict[str, Any]:
        """The definition's parameters, as the layer shows them."""
        return {"threshold": self.threshold.value, "q": self.order.q}


def find(
    database: Database,
    store: FileStore,
    order: HotspotOrder,
    engine: Engine,
    on_progress: Callable[[float], None],
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
        existing = _existing(session, task.request_sha256)
        if existing is not None:
            return {"layer": ids.show("hotspot_layer", existing), "is_new": False}
    on_progress(0.1)
    found, statistics = _compute(store, task, engine)
    on_progress(0.9)
    with database.writing() as session:
        lock(session, task.order_sha256)
        existing = _existing(session, task.request_sha256)
        if existing is not None:
            return {"layer": ids.show("hotspot_layer", existing), "is_new": False}
        layer = _publish(session, task, found, statistics)
        return {"layer": ids.show("hotspot_layer", layer.uid), "is_new": True, "count": len(found)}


def _resolve(session: Session, order: HotspotOrder) -> _Task:
    contaminant = find_contaminant(session, order.contaminant)
    surface = _choose_surface(session, order, contaminant)
    surface_order = SurfaceOrder.from_json(surface.card["order"])
    selection = select_results(session, surface_order, contaminant)
    if selection_request(surface_order, contaminant, selection) != surface.request_sha256:
        raise Conflict(
            "Results were added or changed since the surface was built. Build the surface again, "
            "then ask for hotspots on the new one."
        )
    threshold = resolve_threshold(session, order, surface)
    request = {
        "definition": order.definition,
        "surface": surface.uid.hex,
        "guideline": threshold.guideline_id,
        "chosen_for": threshold.asked,
        "threshold": threshold.value,
        "q": order.q,
        "extraction_note": order.extraction_note,
    }
    return _Task(order, contaminant, surface, threshold, selection, sha256_of(request))


def _choose_surface(session: Session, order: HotspotOrder, contaminant: Contaminant) -> Surface:
    if order.surface is not None:
        # Only the operator orders layers; one on a private surface stays as private as that.
        surface = get_surface(session, order.surface, visible=all_datasets(session))
        if surface.contaminant != contaminant.code:
            raise Unprocessable(f"That surface is one of {surface.contaminant}.")
        return surface
    with_distribution = [
        surface
        for surface in list_surfaces(session, contaminant=contaminant.code)
        if distribution_of(surface).thresholds is None
    ]
    if not with_distribution:
        raise NotFound(
            f"There is no surface of {contaminant.name_en} with an uncertainty. Build one first: "
            "POST /api/surfaces or 'hotspots surface build'."
        )
    return with_distribution[0]


def _existing(session: Session, request_sha256: str) -> uuid.UUID | None:
    return session.scalar(
        select(HotspotLayer.uid).where(HotspotLayer.request_sha256 == request_sha256)
    )


def _compute(
    store: FileStore, task: _Task, engine: Engine
) -> tuple[list[Found], list[SampleStatistics]]:
    surface, selection = task.surface, task.selection
    try:
        definition = get_definition(task.order.definition).create(**task.parameters)
        distribution = distribution_of(surface)
        raster = read_raster(
            store.surface_path(surface.uid),
            distribution.probability(task.threshold.value).bands,
        )
        evidence = Evidence(raster.grid, raster.bands, distribution)
        eastings, northings = selection.places_on(surface.epsg)
        with engine() as executor:
            found = executor.submit(definition.find, evidence).result()
            polygons = [hotspot.geometry for hotspot in found]
            inside = executor.submit(
                sample_statistics, polygons, eastings, northings, selection.halved
            ).result()
    except SpatialError as error:
        raise Unprocessable(str(error)) from error
    return found, inside


def _publish(
    session: Session, task: _Task, found: list[Found], statistics: list[SampleStatistics]
) -> HotspotLayer:
    order = task.order
    previous = session.scalar(
        select(HotspotLayer.id)
        .where(HotspotLayer.order_sha256 == task.order_sha256)
        .order_by(HotspotLayer.id.desc())
        .limit(1)
    )
    layer = HotspotLayer(
        definition=order.definition,
        parameters=task.parameters | {"support": "point"},
        contaminant=task.contaminant.code,
        guideline_id=task.threshold.guideline_id,
        threshold=task.threshold.value,
        unit=task.surface.unit,
        extraction_note=order.extraction_note,
        surface_id=task.surface.id,
        card=_card(task, found),
        request_sha256=task.request_sha256,
        order_sha256=task.order_sha256,
        supersedes_id=previous,
    )
    session.add(layer)
    session.flush()
    session.refresh(layer)
    session.execute(
        insert(HotspotLayerDataset).from_select(
            ["layer_id", "dataset_id"],
            select(literal(layer.id), Dataset.id).where(
                or_(
                    Dataset.id.in_(
                        select(SurfaceDataset.dataset_id).where(
                            SurfaceDataset.surface_id == task.surface.id
                        )
                    ),
                    Dataset.id.in_(task.threshold.dataset_ids),
                )
            ),
        )
    )
    rows = [
        _row(task, layer.id, hotspot, inside)
        for hotspot, inside in zip(found, statistics, strict=True)
    ]
    if rows:
        session.execute(insert(Hotspot), sorted(rows, key=lambda row: row["hilbert"]))
    return layer


def _card(task: _Task, found: list[Found]) -> dict[str, Any]:
    card = task.surface.card
    return {
        "definition": task.order.definition,
        "parameters": task.parameters,
        "threshold": task.threshold.card(),
        "support": "point",
        "count": len(found),
        "area_m2": sum(hotspot.cells.area_m2 for hotspot in found),
        "polygons": "follow the edges of the surface's cells; cells belong together that share one",
        "surface": ids.show("surface", task.surface.uid),
        "surface_array_sha256": task.surface.array_sha256,
        "inputs_sha256": card["inputs"]["sha256"],
        "cross_validation": card["cross_validation"],
        "warnings": card["warnings"],
    }


def _row(task: _Task, layer_id: int, hotspot: Found, inside: SampleStatistics) -> dict[str, Any]:
    geometry = transform_geometry(hotspot.geometry, task.surface.epsg, 4326)
    middle = geometry.representative_point()
    samples = _samples_inside(task, hotspot)
    index = inside.maximum_index
    return {
        "layer_id": layer_id,
        "geom": f"SRID=4326;{geometry.wkt}",
        "contaminants": [task.contaminant.code],
        "reason_code": hotspot.reason_code,
        "reason": _reason(task, hotspot, inside),
        "area_m2": hotspot.cells.area_m2,
        "cell_count": hotspot.cells.cell_count,
        "sample_count": inside.sample_count,
        "place_count": inside.place_count,
        "censored_count": int(task.selection.is_censored[samples].sum()),
        "max_value": inside.maximum,
        "max_sample_id": None if index is None else int(task.selection.sample_ids[index]),
        "mean_value": inside.mean,
        "p_min": hotspot.cells.minimum,
        "p_mean": hotspot.cells.mean,
        "p_max": hotspot.cells.maximum,
        "hilbert": int(hilbert_key([middle.x], [middle.y])[0]),
    }


def _samples_inside(task: _Task, hotspot: Found) -> np.ndarray[Any, np.dtype[np.bool_]]:
    eastings, northings = task.selection.places_on(task.surface.epsg)
    inside: np.ndarray[Any, np.dtype[np.bool_]] = shapely.intersects_xy(
        hotspot.geometry, eastings, northings
    )
    return inside


def _reason(task: _Task, hotspot: Found, inside: SampleStatistics) -> str:
    cells = hotspot.cells
    sentence = (
        f"In each of {cells.cell_count} cells the probability that "
        f"{task.contaminant.name_en.lower()} exceeds {task.threshold.value:g} "
        f"{task.surface.unit} ({task.threshold.sentence}) is at least {task.order.q:.0%} "
        f"(mean {cells.mean:.0%})."
    )
    if inside.maximum is None:
        return f"{sentence} No sample lies inside; the model concludes from those around it."
    plural = "sample lies" if inside.sample_count == 1 else "samples lie"
    return (
        f"{sentence} {inside.sample_count} {plural} inside, the highest with "
        f"{inside.maximum:g} {task.surface.unit}."
    )
