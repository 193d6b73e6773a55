"""Which data sets a caller may see: all public ones, until accounts exist."""

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from app.db.models import (
    Dataset,
    GuidelineValue,
    HotspotLayer,
    HotspotLayerDataset,
    HotspotLayerPart,
    OwnFramework,
    SurfaceDataset,
)


def visible_datasets(session: Session) -> list[int]:
    """Return the keys of the data sets the caller may see."""
    return list(session.scalars(select(Dataset.id).where(Dataset.visibility == "public")))


def all_datasets(session: Session) -> list[int]:
    """Return the keys of all data sets: what the operator may work with."""
    return list(session.scalars(select(Dataset.id)))


def layer_is_visible(
    layer_id: InstrumentedAttribute[int], visible: list[int]
) -> ColumnElement[bool]:
    """Return the condition that a hotspot layer rests on visible data sets and values alone."""
    layer, part = aliased(HotspotLayer), aliased(HotspotLayerPart)
    of_layer = exists().where(layer.id == layer_id, layer.guideline_id == GuidelineValue.id)
    of_part = exists().where(part.layer_id == layer_id, part.guideline_id == GuidelineValue.id)
    private_value = (
        exists()
        .where(
            OwnFramework.visibility != "public",
            OwnFramework.framework == GuidelineValue.own_framework,
            of_layer.correlate_except(layer) | of_part.correlate_except(part),
        )
        .correlate_except(GuidelineValue, OwnFramework)
    )
    hidden_dataset = exists().where(
        HotspotLayerDataset.layer_id == layer_id, HotspotLayerDataset.dataset_id.not_in(visible)
    )
    return ~hidden_dataset & ~private_value


def guideline_is_public() -> ColumnElement[bool]:
    """Return the condition that a guideline value is the registry's or of a public framework."""
    public = select(OwnFramework.framework).where(OwnFramework.visibility == "public")
    return GuidelineValue.own_framework.is_(None) | GuidelineValue.own_framework.in_(public)


def surface_is_visible(
    surface_id: InstrumentedAttribute[int], visible: list[int]
) -> ColumnElement[bool]:
    """Return the condition that a surface rests on visible data sets alone."""
    return ~exists().where(
        SurfaceDataset.surface_id == surface_id, SurfaceDataset.dataset_id.not_in(visible)
    )
