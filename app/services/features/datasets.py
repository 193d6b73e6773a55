"""What every feature says of the data set it comes from."""

from typing import Any

from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute

from app.db import ids
from app.db.models import Dataset


def public_id(kind: str, uid: Any) -> Any:
    """Return the id shown outside, as an SQL expression."""
    return func.concat(f"{ids.PREFIXES[kind]}_", func.replace(cast(uid, Text), "-", ""))


def dataset_properties(dataset_id: InstrumentedAttribute[int]) -> dict[str, Any]:
    """Return the data set's id and title."""
    shown = select(public_id("dataset", Dataset.uid)).where(Dataset.id == dataset_id)
    title = select(Dataset.title).where(Dataset.id == dataset_id)
    return {"dataset": shown.scalar_subquery(), "dataset_title": title.scalar_subquery()}
