"""Areas of boundary layers."""

from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from app.db.models import Boundary
from app.services.features.datasets import dataset_properties, find_dataset
from app.services.visibility import Visible, is_among


def properties() -> dict[str, Any]:
    """Return what an area shows."""
    return {
        "area_code": Boundary.area_code,
        "area_name": Boundary.area_name,
    } | dataset_properties(Boundary.dataset_id)


def is_visible(visible: Visible) -> ColumnElement[bool]:
    """Return the condition that an area belongs to a visible data set."""
    return is_among(Boundary.dataset_id, visible) & Boundary.superseded_at.is_(None)


def of_dataset(session: Session, public_id: str) -> ColumnElement[bool]:
    """Return the condition that an area belongs to one data set."""
    return Boundary.dataset_id == find_dataset(session, public_id)
