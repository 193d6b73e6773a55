"""What is to be said with features: whose they are, and under which terms."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import ids
from app.db.models import Dataset


def licences_of(session: Session, public_ids: set[str]) -> list[dict[str, Any]]:
    """Return title, owner, licence and citation of data sets, by name."""
    uids = [ids.parse("dataset", public_id) for public_id in public_ids]
    found = session.scalars(
        select(Dataset).where(Dataset.uid.in_([u for u in uids if u])).order_by(Dataset.name)
    )
    return [
        {
            "title": dataset.title,
            "owner": dataset.owner,
            "licence": dataset.licence,
            "citation": dataset.citation,
            "source_url": dataset.source_url,
        }
        for dataset in found
    ]
