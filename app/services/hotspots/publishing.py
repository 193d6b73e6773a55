"""From what was found to a layer with its card and polygons, in one transaction."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from sqlalchemy import func, insert, literal, select, update
from sqlalchemy.orm import Session

from app.db import ids
from app.db.models import Aggregate, Hotspot, HotspotLayer, HotspotLayerDataset
from app.services.geometry import transform_geometry
from app.services.hotspots.evidence import Gathered, Source
from app.services.hotspots.order import HotspotOrder
from app.services.hotspots.threshold import Threshold
from app.services.visibility import visible_datasets
from spatial.coordinates import hilbert_key
from spatial.hotspots.contract import CONFIDENCES
from spatial.hotspots.finding import Found
from spatial.hotspots.finding import Hotspot as Spot

# Of a cross-validation: what tells how far the surface can be trusted.
_SKILL = ("scheme", "count", "rmse", "rmsse", "r_squared", "mean_error")


@dataclass(frozen=True)
class Answer:
    """What was asked, of what, and what was found."""

    order: HotspotOrder
    source: Source
    threshold: Threshold | None
    gathered: Gathered
    found: Found
    # Of the request and of the order.
    hashes: tuple[str, str]

    @property
    def value(self) -> float | None:
        """The concentration the layer is held against."""
        return None if self.threshold is None else self.threshold.value

    @property
    def background_ids(self) -> tuple[int, ...]:
        """The data sets a background was worked out from: the layer is as private as they are."""
        return () if self.threshold is None else self.threshold.dataset_ids

    @property
    def parameters(self) -> dict[str, Any]:
        """All parameters of the definition, with the threshold."""
        given = self.order.complete()
        if "parcels" in given:
            given["parcels"] = len(given["parcels"])
        return given if self.value is None else given | {"threshold": self.value}


def publish(session: Session, answer: Answer) -> HotspotLayer:
    """Add the layer and its polygons; they appear when the session commits."""
    request_sha256, order_sha256 = answer.hashes
    surface, threshold = answer.source.surface, answer.threshold
    previous = session.scalar(
        select(HotspotLayer.id)
        .where(HotspotLayer.order_sha256 == order_sha256)
        .order_by(HotspotLayer.id.desc())
        .limit(1)
    )
    layer = HotspotLayer(
        definition=answer.order.definition,
        parameters=answer.parameters,
        contaminant=answer.source.contaminant.code,
        guideline_id=None if threshold is None else threshold.guideline_id,
        threshold=answer.value,
        unit=answer.gathered.selection.unit,
        extraction_note=answer.order.extraction_note,
        surface_id=None if surface is None else surface.id,
        epsg=answer.gathered.epsg,
        card=_card(answer),
        request_sha256=request_sha256,
        order_sha256=order_sha256,
        data_state=answer.source.data_state,
        supersedes_id=previous,
    )
    session.add(layer)
    session.flush()
    session.refresh(layer)
    session.execute(
        insert(HotspotLayerDataset),
        [
            {"layer_id": layer.id, "dataset_id": key}
            for key in sorted({*answer.gathered.selection.dataset_ids, *answer.background_ids})
        ],
    )
    rows = list(_rows(answer, layer.id))
    if rows:
        session.execute(insert(Hotspot), sorted(rows, key=lambda row: row["hilbert"]))
        _name_areas(session, layer.id)
    return layer


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


def _card(answer: Answer) -> dict[str, Any]:
    surface, found, gathered = answer.source.surface, answer.found, answer.gathered
    card: dict[str, Any] = {
        "definition": answer.order.definition,
        "title": answer.order.entry.title,
        "parameters": answer.parameters,
        "threshold": None if answer.threshold is None else answer.threshold.card(),
        "count": len(found.hotspots),
        "area_m2": sum(spot.cells.area_m2 for spot in found.hotspots),
        "classes": by_class(
            (spot.reason.confidence, spot.cells.area_m2) for spot in found.hotspots
        ),
        "quantity": found.quantity_name,
        "how": found.notes,
        "polygons": "follow the edges of cells; cells of one class that share an edge are one",
        "least_area_m2": answer.order.least_area_m2,
        "smaller_left_out": found.left_out,
        "selection_sha256": gathered.inputs_sha256,
        "selection": gathered.selection.counts,
    }
    warnings = [*found.notes.get("warnings", ())]
    if surface is None:
        return card | {
            "support": "samples",
            "surface": None,
            "samples": answer.order.selection().to_json(),
            "grid": None if gathered.grid is None else _grid_of(answer),
            "inputs_sha256": gathered.inputs_sha256,
            "cross_validation": None,
            "skill": None,
            "warnings": [*warnings, *gathered.selection.warnings],
        }
    told = surface.card
    return card | {
        "support": found.notes.get("support", told["support"]),
        "surface": ids.show("surface", surface.uid),
        "surface_array_sha256": surface.array_sha256,
        "inputs_sha256": told["inputs"]["sha256"],
        "cross_validation": told["cross_validation"],
        "skill": _skill(told["cross_validation"], answer.value),
        "warnings": [*warnings, *told["warnings"]],
    }


def _grid_of(answer: Answer) -> dict[str, Any]:
    grid = answer.gathered.grid
    assert grid is not None  # noqa: S101 - narrows
    return {"cell_size": grid.cell_size, "bounds": list(grid.bounds), "epsg": grid.epsg}


def _skill(validated: dict[str, Any] | None, threshold: float | None) -> dict[str, Any] | None:
    """Return what each polygon tells of the surface under it."""
    if validated is None:
        return None
    if "thresholds" in validated:
        figures: list[dict[str, Any]] = validated["thresholds"]
        return next((one for one in figures if one.get("threshold") == threshold), None)
    return {name: validated[name] for name in _SKILL if name in validated}


def by_class(polygons: Iterable[tuple[str, float]]) -> list[dict[str, Any]]:
    """Return count and area of each class that occurs, in the order of the classes."""
    found = list(polygons)
    return [
        {
            "confidence": name,
            "count": sum(one == name for one, _ in found),
            "area_m2": sum(area for one, area in found if one == name),
        }
        for name in CONFIDENCES
        if any(one == name for one, _ in found)
    ]


def _rows(answer: Answer, layer_id: int) -> Iterable[dict[str, Any]]:
    spots = answer.found.hotspots
    if not spots:
        return
    shapes: Any = np.array([spot.geometry for spot in spots], object)
    # All corners at once: one call of the projection for the whole layer.
    shapes = transform_geometry(shapes, answer.gathered.epsg, 4326)
    middles = shapely.point_on_surface(shapes)
    keys = hilbert_key(shapely.get_x(middles), shapely.get_y(middles))
    for spot, text, key in zip(spots, shapely.to_wkt(shapes, -1), keys, strict=True):
        inside, cells = spot.samples, spot.cells
        index = inside.maximum_index
        yield {
            "layer_id": layer_id,
            "geom": f"SRID=4326;{text}",
            "contaminants": [answer.source.contaminant.code],
            "confidence": spot.reason.confidence,
            "reason_code": spot.reason.code,
            "reason": _reason(answer, spot),
            "area_m2": cells.area_m2,
            "cell_count": cells.cell_count,
            "sample_count": inside.sample_count,
            "place_count": inside.place_count,
            "censored_count": inside.censored_count,
            "undecidable_count": inside.undecidable_count,
            "max_value": inside.maximum,
            "max_sample_id": None
            if index is None
            else int(answer.gathered.selection.sample_ids[index]),
            "mean_value": inside.mean,
            "quantity": answer.found.quantity_name,
            "quantity_min": cells.minimum,
            "quantity_mean": cells.mean,
            "quantity_max": cells.maximum,
            "hilbert": int(key),
        }


def _reason(answer: Answer, spot: Spot) -> str:
    """Return the definition's sentence with this polygon's figures."""
    unit, name = answer.gathered.selection.unit, answer.source.contaminant.name_en
    cells, inside = spot.cells, spot.samples
    sentence = f"{name}: {spot.reason.sentence}"
    if answer.threshold is not None:
        sentence += f" ({answer.threshold.value:g} {unit}: {answer.threshold.sentence})"
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
