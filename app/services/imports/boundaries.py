"""Load boundaries: rows of one name and code are parts of one area."""

from itertools import groupby
from typing import Any

import polars as pl
import shapely
from sqlalchemy.orm import Session

from app.db.models import Boundary, Import
from app.services.imports.versions import load_versions
from spatial.coordinates import hilbert_key


def load_boundaries(session: Session, record: Import, boundaries: pl.DataFrame) -> int:
    """Insert or supersede; return how many rows of the file brought something new."""
    ordered = boundaries.sort("natural_key", "row_number").to_dicts()
    rows, sizes = [], {}
    for key, parts in groupby(ordered, key=lambda part: str(part["natural_key"])):
        together = list(parts)
        sizes[key] = len(together)
        rows.append(_row(together, record))
    if not rows:
        return 0
    return sum(sizes[key] for key in load_versions(session, Boundary, rows))


def _row(parts: list[dict[str, Any]], record: Import) -> dict[str, Any]:
    first = parts[0]
    area = shapely.union_all(shapely.from_wkt([part["geometry"] for part in parts]))
    polygons = [part for part in shapely.get_parts(area) if part.geom_type == "Polygon"]
    middle = shapely.point_on_surface(area)
    return {
        "natural_key": first["natural_key"],
        "area_code": first["area_code"],
        "area_name": first["area_name"],
        "geom": f"SRID=4326;{shapely.to_wkt(shapely.MultiPolygon(polygons), 7)}",
        "hilbert": int(hilbert_key([middle.x], [middle.y])[0]),
        "row_number": first["row_number"],
        "dataset_id": record.dataset_id,
        "import_id": record.id,
    }
