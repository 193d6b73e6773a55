"""Hotspot layers that exist."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import ids
from app.db.models import Contaminant, GuidelineValue, Hotspot, HotspotLayer, Surface
from app.errors import NotFound
from app.services.features.hotspots import find_layer, guideline_json, visible_layers
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
        select(HotspotLayer.uid).where(HotspotLayer.id == layer.supersedes_id)
    )
    return {
        "id": ids.show("hotspot_layer", layer.uid),
        "definition": layer.definition,
        "parameters": layer.parameters,
        "contaminant": layer.contaminant,
        "contaminant_name": session.scalar(
            select(Contaminant.name_en).where(Contaminant.code == layer.contaminant)
        ),
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
