"""Hotspot layers that exist."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import ids
from app.db.models import (
    Contaminant,
    GuidelineValue,
    Hotspot,
    HotspotLayer,
    HotspotLayerPart,
    Surface,
)
from app.errors import NotFound
from app.services.features.hotspots import find_layer, guideline_json, visible_layers
from app.services.visibility import layer_is_visible, visible_datasets
from spatial.hotspots.contract import CONFIDENCES
from spatial.hotspots.registry import DEFINITIONS


def list_definitions() -> list[dict[str, Any]]:
    """Return the definitions there are, with what they look at and all their parameters."""
    return [entry.described() for entry in DEFINITIONS.values()]


def list_layers(
    session: Session, *, contaminant: str | None = None, latest: bool = True
) -> list[dict[str, Any]]:
    """Return the layers the caller may see, newest first."""
    found = visible_layers(session, latest=latest, contaminant=contaminant)
    return [_show(session, layer) for layer in found]


def show_layer(session: Session, public_id: str) -> dict[str, Any]:
    """Return a layer with its card."""
    layer = get_layer(session, public_id)
    return _show(session, layer) | {"card": layer.card}


def get_layer(session: Session, public_id: str) -> HotspotLayer:
    """Return a layer.

    Raises
    ------
    NotFound
        Unknown, or not the caller's to see.
    """
    layer = find_layer(session, public_id)
    if layer is None:
        raise NotFound(
            f"There is no hotspot layer {public_id[:80]!r}. GET /api/hotspots lists them."
        )
    return layer


def contaminants_of(session: Session, layer: HotspotLayer) -> list[str]:
    """Return the codes of a layer's contaminants, in the order in which they were named."""
    if layer.contaminant is not None:
        return [layer.contaminant]
    parts = select(HotspotLayerPart.contaminant).where(HotspotLayerPart.layer_id == layer.id)
    return list(session.scalars(parts.order_by(HotspotLayerPart.position)))


def _show(session: Session, layer: HotspotLayer) -> dict[str, Any]:
    counted = {
        row.confidence: {"confidence": row.confidence, "count": row[1], "area_m2": row[2]}
        for row in session.execute(
            select(Hotspot.confidence, func.count(), func.sum(Hotspot.area_m2))
            .where(Hotspot.layer_id == layer.id)
            .group_by(Hotspot.confidence)
        )
    }
    classes = [counted[name] for name in CONFIDENCES if name in counted]
    guideline = session.scalar(
        select(guideline_json()).where(GuidelineValue.id == layer.guideline_id)
    )
    surface = session.scalar(select(Surface.uid).where(Surface.id == layer.surface_id))
    previous = session.scalar(
        select(HotspotLayer.uid).where(
            HotspotLayer.id == layer.supersedes_id,
            layer_is_visible(HotspotLayer.id, visible_datasets(session)),
        )
    )
    return {
        "id": ids.show("hotspot_layer", layer.uid),
        "definition": layer.definition,
        "parameters": layer.parameters,
        "contaminant": layer.contaminant,
        "contaminant_name": session.scalar(
            select(Contaminant.name_en).where(Contaminant.code == layer.contaminant)
        ),
        "contaminants": contaminants_of(session, layer),
        "components": _components(session, layer),
        "guideline": guideline,
        "threshold": layer.threshold,
        "unit": layer.unit,
        "extraction_note": layer.extraction_note,
        "q": layer.parameters.get("likely"),
        "surface": None if surface is None else ids.show("surface", surface),
        "created": layer.created_at,
        "count": sum(one["count"] for one in classes),
        "area_m2": sum(one["area_m2"] for one in classes),
        "classes": classes,
        "supersedes": None if previous is None else ids.show("hotspot_layer", previous),
    }


def _components(session: Session, layer: HotspotLayer) -> list[dict[str, Any]]:
    """Return each contaminant of a layer of several, with its surface and its value."""
    rows = session.execute(
        select(HotspotLayerPart, Contaminant.name_en, Surface.uid, guideline_json())
        .join(Contaminant, Contaminant.code == HotspotLayerPart.contaminant)
        .join(Surface, Surface.id == HotspotLayerPart.surface_id)
        .outerjoin(GuidelineValue, GuidelineValue.id == HotspotLayerPart.guideline_id)
        .where(HotspotLayerPart.layer_id == layer.id)
        .order_by(HotspotLayerPart.position)
    )
    return [
        {
            "contaminant": part.contaminant,
            "contaminant_name": name,
            "threshold": part.threshold,
            "unit": part.unit,
            "guideline": None if part.guideline_id is None else guideline,
            "surface": ids.show("surface", surface),
            "extraction_note": part.extraction_note,
        }
        for part, name, surface, guideline in rows
    ]
