"""Potential sources of pollution."""

from typing import Any

from sqlalchemy import ColumnElement, Date, case, cast, func, select
from sqlalchemy.orm import Session

from app.db.models import Source, SourceType
from app.services.features.datasets import dataset_properties, find_dataset
from app.services.visibility import Visible, is_among


def properties() -> dict[str, Any]:
    """Return what a source shows."""
    type_name = select(SourceType.name_en).where(SourceType.code == Source.source_type)
    return {
        "name": Source.name,
        "type": Source.source_type,
        "type_name": type_name.scalar_subquery(),
        "contaminants": Source.contaminants,
        "operating_from": Source.operating_from,
        "operating_to": Source.operating_to,
        "releases": Source.releases,
        "positional_accuracy_m": Source.positional_accuracy_m,
        "position_source": Source.position_source,
        "citation": Source.citation,
        "citation_url": Source.source_url,
        **dataset_properties(Source.dataset_id),
    }


def is_visible(visible: Visible) -> ColumnElement[bool]:
    """Return the condition that a source belongs to a visible data set."""
    return is_among(Source.dataset_id, visible) & Source.superseded_at.is_(None)


def of_dataset(session: Session, public_id: str) -> ColumnElement[bool]:
    """Return the condition that a source belongs to one data set."""
    return Source.dataset_id == find_dataset(session, public_id)


def period() -> tuple[Any, Any]:
    """Return the first and the last day of the years it worked; an end nobody tells is open."""
    began, ended = Source.operating_from, Source.operating_to
    first = case(
        (began.is_not(None), _day_of(began, 1, 1)),
        (ended.is_not(None), cast("-infinity", Date)),
    )
    last = case(
        (ended.is_not(None), _day_of(ended, 12, 31)),
        (began.is_not(None), cast("infinity", Date)),
    )
    return first, last


def _day_of(year: Any, month: int, day: int) -> Any:
    # The database has no year 0, and a file may say anything.
    return func.make_date(func.greatest(1, func.least(9999, year)), month, day, type_=Date)
