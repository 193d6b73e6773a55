"""What the map opens on: the extent of what may be seen, and the demo's drawings."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.models import Dataset, Sample
from app.services.demo_files import demo_geometry, read_demo
from app.services.visibility import visible_datasets

# Carried by the maps of the organisations our users belong to.
BOUNDARY_SENTENCE = (
    "The designations employed and the presentation of material in this information product do "
    "not imply the expression of any opinion whatsoever on the part of the publisher concerning "
    "the legal or development status of any country, territory, city or area or of its "
    "authorities, or concerning the delimitation of its frontiers or boundaries."
)


def describe(session: Session) -> dict[str, Any]:
    """Return title, extent, credits and, where the demo is loaded, its outline and river."""
    visible = visible_datasets(session)
    extent = session.execute(
        select(
            func.min(func.ST_X(Sample.geom)),
            func.min(func.ST_Y(Sample.geom)),
            func.max(func.ST_X(Sample.geom)),
            func.max(func.ST_Y(Sample.geom)),
        ).where(Sample.dataset_id.in_(visible))
    ).one()
    demo = session.scalar(
        select(Dataset.id).where(
            Dataset.name == read_demo()["dataset"]["name"], Dataset.id.in_(visible)
        )
    )
    return {
        "title": "soil-hotspots",
        "bbox": None if extent[0] is None else list(extent),
        "boundary_sentence": BOUNDARY_SENTENCE,
        "demo": None if demo is None else _drawings(),
    }


def _drawings() -> dict[str, Any]:
    drawings = read_demo()["map"]
    return {
        "title": drawings["title"],
        "note": drawings["note"],
        "outline": demo_geometry(drawings["outline"]),
        "river": demo_geometry(drawings["river"]),
    }
