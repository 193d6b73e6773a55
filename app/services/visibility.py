"""Which data sets a caller may see: all public ones, until accounts exist."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, all_, any_, exists, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
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

# Keys of data sets, or the array of them that a statement itself looks up.
Visible = list[int] | ColumnElement[Any]


def visible_datasets(session: Session) -> list[int]:
    """Return the keys of the data sets the caller may see."""
    return list(session.scalars(select(Dataset.id).where(Dataset.visibility == "public")))


def visible_within() -> ColumnElement[Any]:
    """Return the keys of the same data sets as a part of a statement, seen in its own moment."""
    public = select(Dataset.id).where(Dataset.visibility == "public")
    return func.array(public.scalar_subquery())


def is_among(dataset_id: Any, visible: Visible) -> ColumnElement[bool]:
    """Return the condition that a data set is one of those that may be seen."""
    found: ColumnElement[bool] = (
        dataset_id.in_(visible) if isinstance(visible, list) else dataset_id == any_(visible)
    )
    return found


def is_hidden(dataset_id: Any, visible: Visible) -> ColumnElement[bool]:
    """Return the condition that a data set is none of those that may be seen."""
    found: ColumnElement[bool] = (
        dataset_id.not_in(visible) if isinstance(visible, list) else dataset_id != all_(visible)
    )
    return found


def all_datasets(session: Session) -> list[int]:
    """Return the keys of all data sets: what the operator may work with."""
    return list(session.scalars(select(Dataset.id)))


def layer_is_visible(layer_id: InstrumentedAttribute[int], visible: Visible) -> ColumnElement[bool]:
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
        HotspotLayerDataset.layer_id == layer_id,
        is_hidden(HotspotLayerDataset.dataset_id, visible),
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


def layer_rests_on(
    layer_id: InstrumentedAttribute[int], datasets: Sequence[int]
) -> ColumnElement[bool]:
    """Return the condition that a hotspot layer rests on these data sets (sorted) and no others."""
    return _keys_are(
        HotspotLayerDataset.dataset_id, HotspotLayerDataset.layer_id == layer_id, datasets
    )


def surface_rests_on(
    surface_id: InstrumentedAttribute[int], datasets: Sequence[int]
) -> ColumnElement[bool]:
    """Return the condition that a surface rests on these data sets (sorted) and no others."""
    return _keys_are(SurfaceDataset.dataset_id, SurfaceDataset.surface_id == surface_id, datasets)


def _keys_are(
    key: InstrumentedAttribute[int], belongs: ColumnElement[bool], datasets: Sequence[int]
) -> ColumnElement[bool]:
    keys = select(func.array_agg(aggregate_order_by(key, key))).where(belongs)
    return keys.scalar_subquery() == list(datasets)
