"""Hotspot layers that exist."""

from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from app.db import ids
from app.db.models import Contaminant, GuidelineValue, Hotspot, HotspotLayer, Surface
from app.errors import NotFound
from app.services.features.hotspots import guideline_json
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
    visible = visible_datasets(session)
    statement = select(HotspotLayer).where(layer_is_visible(HotspotLayer.id, visible))
    if contaminant is not None:
        statement = statement.where(HotspotLayer.contaminant == contaminant)
    if latest:
        newer = aliased(HotspotLayer)
        # A newer one that is hidden hides nothing.
        statement = statement.where(
            ~exists().where(
                newer.supersedes_id == HotspotLayer.id, layer_is_visible(newer.id, visible)
            )
        )
    found = session.scalars(statement.order_by(HotspotLayer.created_at.desc(), HotspotLayer.id))
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
    uid = ids.parse("hotspot_layer", public_id)
    layer = session.scalar(
        select(HotspotLayer).where(
            HotspotLayer.uid == uid,
            layer_is_visible(HotspotLayer.id, visible_datasets(session)),
        )
    )
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
