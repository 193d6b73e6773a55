"""From what was found to a layer with its card and polygons, in one transaction."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely
from sqlalchemy import func, insert, literal, select, update
from sqlalchemy.orm import Session

from app.db.models import (
    Aggregate,
    Hotspot,
    HotspotLayer,
    HotspotLayerDataset,
    HotspotLayerPart,
)
from app.services.geometry import transform_geometry
from app.services.hotspots.answer import Answer
from app.services.hotspots.card import card_of
from app.services.hotspots.mixture import RATIO, mixtures_of, part_rows
from app.services.hotspots.task import Part
from app.services.visibility import visible_datasets
from spatial.coordinates import hilbert_key
from spatial.hotspots.finding import Hotspot as Spot


def publish(session: Session, answer: Answer) -> HotspotLayer:
    """Add the layer and its polygons; they appear when the session commits."""
    task = answer.task
    order_sha256 = task.order_sha256
    previous = session.scalar(
        select(HotspotLayer.id)
        .where(HotspotLayer.order_sha256 == order_sha256)
        .order_by(HotspotLayer.id.desc())
        .limit(1)
    )
    layer = HotspotLayer(
        **_of_single(answer),
        definition=task.order.definition,
        parameters=answer.parameters,
        extraction_note=task.order.extraction_note,
        epsg=answer.gathered[0].epsg,
        card=card_of(answer),
        request_sha256=answer.request_sha256,
        order_sha256=order_sha256,
        data_state=task.data_state,
        supersedes_id=previous,
    )
    session.add(layer)
    session.flush()
    session.refresh(layer)
    session.execute(
        insert(HotspotLayerDataset),
        [{"layer_id": layer.id, "dataset_id": key} for key in answer.dataset_ids],
    )
    if task.single is None:
        session.execute(insert(HotspotLayerPart), part_rows(answer, layer.id))
    rows = list(_rows(session, answer, layer.id))
    if rows:
        session.execute(insert(Hotspot), sorted(rows, key=lambda row: row["hilbert"]))
        _name_areas(session, layer.id)
    return layer


def _of_single(answer: Answer) -> dict[str, Any]:
    """Return what a layer of one contaminant says itself, and one of several says by part."""
    part = answer.task.single
    if part is None:
        return {"unit": RATIO}
    surface = part.source.surface
    return {
        "contaminant": part.source.contaminant.code,
        "guideline_id": part.guideline_id,
        "threshold": part.value,
        "unit": answer.gathered[0].selection.unit,
        "surface_id": None if surface is None else surface.id,
    }


def _name_areas(session: Session, layer_id: int) -> None:
    """Write the codes of the public districts that each polygon touches beside it."""
    codes = (
        select(func.array_agg(Aggregate.area_code.distinct()))
        .where(
            Aggregate.dataset_id.in_(visible_datasets(session)),
            Aggregate.superseded_at.is_(None),
            Aggregate.area_code.is_not(None),
            # ST_Intersects finds its way through the index on the districts' shapes.
            func.ST_Intersects(Aggregate.geom, Hotspot.geom),
        )
        .scalar_subquery()
    )
    session.execute(
        update(Hotspot)
        .where(Hotspot.layer_id == layer_id)
        .values(area_codes=func.coalesce(codes, literal([], Hotspot.area_codes.type)))
        .execution_options(synchronize_session=False)
    )


def _rows(session: Session, answer: Answer, layer_id: int) -> Iterable[dict[str, Any]]:
    spots = answer.found.hotspots
    if not spots:
        return
    told = _contaminants(session, answer)
    shapes: Any = np.array([spot.geometry for spot in spots], object)
    # All corners at once: one call of the projection for the whole layer.
    shapes = transform_geometry(shapes, answer.gathered[0].epsg, 4326)
    middles = shapely.point_on_surface(shapes)
    keys = hilbert_key(shapely.get_x(middles), shapely.get_y(middles))
    texts = shapely.to_wkt(shapes, -1)
    for spot, text, key, (codes, reason, mixture) in zip(spots, texts, keys, told, strict=True):
        inside, cells = spot.samples, spot.cells
        index = inside.maximum_index
        yield {
            "layer_id": layer_id,
            "geom": f"SRID=4326;{text}",
            "contaminants": codes,
            "confidence": spot.reason.confidence,
            "reason_code": spot.reason.code,
            "reason": reason,
            "area_m2": cells.area_m2,
            "cell_count": cells.cell_count,
            "sample_count": inside.sample_count,
            "place_count": inside.place_count,
            "censored_count": inside.censored_count,
            "undecidable_count": inside.undecidable_count,
            "max_value": inside.maximum,
            "max_sample_id": None if index is None else int(answer.sample_ids[index]),
            "mean_value": inside.mean,
            "quantity": answer.found.quantity_name,
            "quantity_min": cells.minimum,
            "quantity_mean": cells.mean,
            "quantity_max": cells.maximum,
            "mixture": mixture,
            "hilbert": int(key),
        }


def _contaminants(
    session: Session, answer: Answer
) -> list[tuple[list[str], str, dict[str, Any] | None]]:
    """Return for each polygon its contaminants, its sentence, and what mixtures tell more."""
    part = answer.task.single
    if part is None:
        return mixtures_of(session, answer)
    code = part.source.contaminant.code
    return [([code], _reason(answer, part, spot), None) for spot in answer.found.hotspots]


def _reason(answer: Answer, part: Part, spot: Spot) -> str:
    """Return the definition's sentence with this polygon's figures."""
    unit, name = answer.gathered[0].selection.unit, part.source.contaminant.name_en
    cells, inside = spot.cells, spot.samples
    sentence = f"{name}: {spot.reason.sentence}"
    if part.threshold is not None:
        sentence += f" ({part.threshold.value:g} {unit}: {part.threshold.sentence})"
    if answer.found.quantity_name == "probability" and cells.mean is not None:
        sentence += f"; on average {cells.mean:.0%} over {cells.cell_count} cells"
    if inside.maximum is None:
        return f"{sentence}. No sample lies inside; it rests on those around it."
    plural = "sample lies" if inside.sample_count == 1 else "samples lie"
    said = f"{sentence}. {inside.sample_count} {plural} inside, the highest with "
    said += f"{inside.maximum:g} {unit}."
    if inside.undecidable_count:
        said += (
            f" {inside.undecidable_count} of them lie below a detection limit too high to decide."
        )
    return said
