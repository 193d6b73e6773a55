"""What districts say: counts, quantiles and shares of areas, never points."""

from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from app.db.models import Aggregate
from app.services.features.datasets import dataset_properties, find_dataset
from app.services.registries import find_contaminant
from app.services.visibility import Visible, is_among

_TOLD = [
    "area_code",
    "area_name",
    "contaminant",
    "n",
    "n_nondetect",
    "detection_limit",
    "minimum",
    "p05",
    "p10",
    "p25",
    "p50",
    "p75",
    "p90",
    "p95",
    "p99",
    "maximum",
    "mean",
    "threshold",
    "share_above",
    "share_lower",
    "share_upper",
    "unit",
    "basis",
    "extraction",
    "fraction",
    "depth_upper_cm",
    "depth_lower_cm",
    "sampled_from",
    "sampled_to",
]


def properties() -> dict[str, Any]:
    """Return what an aggregate shows."""
    return {name: getattr(Aggregate, name) for name in _TOLD} | dataset_properties(
        Aggregate.dataset_id
    )


def is_visible(visible: Visible) -> ColumnElement[bool]:
    """Return the condition that an aggregate belongs to a visible data set."""
    return is_among(Aggregate.dataset_id, visible) & Aggregate.superseded_at.is_(None)


def of_contaminant(session: Session, name: str) -> ColumnElement[bool]:
    """Return the condition that an aggregate is of a contaminant, by any of its names."""
    return Aggregate.contaminant == find_contaminant(session, name).code


def of_dataset(session: Session, public_id: str) -> ColumnElement[bool]:
    """Return the condition that an aggregate belongs to one data set."""
    return Aggregate.dataset_id == find_dataset(session, public_id)
